from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
import pytest

from custseg.orders.cleaning import Cleaned, clean
from custseg.orders.lines import before
from custseg.outlook.hindsight import LINE, changed_lines, each_date, lines_before
from custseg.settings import CleanSettings
from tests.conftest import nightly, raw_lines, rows, table

if TYPE_CHECKING:
    import ibis.expr.types as ir

START = date(2024, 1, 1)
CUT_OFF = date(2024, 2, 1)


def line(order: str, day: str, quantity: int) -> dict[str, Any]:
    return {"order_id": order, "ordered_at": f"2024-{day} 09:00", "quantity": quantity}


def told(lines: ir.Table) -> list[tuple[str, Any]]:
    return sorted((row["order_id"], row["quantity"]) for row in rows(lines))


def cleaned_then_and_today(
    cut_off: date, raw: ir.Table, settings: CleanSettings
) -> tuple[Cleaned, Cleaned]:
    at_it = settings.model_copy(update={"as_of": cut_off})
    return clean(raw, settings=at_it), clean(raw, settings=settings)


def changed_at(cut_off: date, then: Cleaned, today: Cleaned) -> ir.Table:
    """What a study is given of the lines known at a date."""
    changed = changed_lines(then.transactions, before(today.transactions, cut_off))
    return changed.mutate(date=ibis.literal(cut_off.isoformat()))


def test_only_orders_that_returns_have_changed_since_are_told_with_all_their_lines():
    raw = raw_lines(
        line("1", "01-01", 5) | {"product_id": "a"},
        line("2", "01-02", 4) | {"product_id": "b"},
        line("2", "01-02", 1) | {"product_id": "c"},
        line("3", "02-03", -3) | {"product_id": "b"},
    )
    changed = changed_at(CUT_OFF, *cleaned_then_and_today(CUT_OFF, raw, CleanSettings()))
    assert told(changed) == [("2", 1), ("2", 4)]


def test_of_an_order_that_did_not_count_then_nothing_but_its_name_is_told():
    # A return counts where the customer has bought anything, be it later.
    raw = raw_lines(
        line("1", "01-01", -2),
        line("2", "02-03", 2),
        line("3", "01-05", 1) | {"customer_id": "bob"},
    )
    then, today = cleaned_then_and_today(CUT_OFF, raw, CleanSettings(returns="subtract"))
    changed = changed_at(CUT_OFF, then, today)
    (row,) = rows(changed)
    named = ("customer_id", "order_id")
    assert row["order_id"] == "1"
    assert all(row[name] is None for name in LINE if name not in named)
    assert told(lines_before(CUT_OFF, today.transactions, changed)) == [("3", 1)]


def random_lines(seed: int) -> list[dict[str, Any]]:
    """Purchases and returns of few customers and products, some in one order, some twice."""
    draw = np.random.default_rng(seed)
    lines = []
    for number in range(150):
        day = START + timedelta(days=int(draw.integers(60)))
        lines.append(
            {
                "customer_id": f"c{draw.integers(6)}",
                "order_id": f"{day}-{draw.integers(2)}" if draw.integers(9) else None,
                "ordered_at": f"{day} {draw.integers(9, 18):02d}:00",
                "product_id": f"p{draw.integers(4)}" if draw.integers(12) else None,
                "description": f"d{number % 3}" if number % 7 else None,
                "unit_price": f"{draw.integers(1, 4)}.00",
                "quantity": int(draw.choice([-3, -2, -1, 1, 2, 3, 4])),
            }
        )
    return lines + lines[:5]


@pytest.mark.parametrize(
    ("returns", "seed"), [("net", 0), ("subtract", 2), ("drop", 3), *nightly([("net", 1)])]
)
def test_the_lines_of_a_date_are_those_that_cleaning_at_it_gives(returns, seed):
    raw, cut_off = raw_lines(*random_lines(seed)), START + timedelta(days=40)
    settings = CleanSettings(returns=returns, duplicates="keep")
    then, today = cleaned_then_and_today(cut_off, raw, settings)
    given = lines_before(cut_off, today.transactions, changed_at(cut_off, then, today))
    assert counted(given) == counted(then.transactions)
    # The back-test of lists takes what was given back by then from what was by today.
    assert seen(given, before(today.removed, cut_off)) == seen(given, then.removed)


def counted(lines: ir.Table) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row[name] for name in LINE) for row in rows(lines.select(*LINE)))


def seen(lines: ir.Table, removed: ir.Table) -> set[tuple[str, str]]:
    """The customers with every product that they had bought, given back or not."""
    undone = removed.filter(removed.rule == "undone")
    return {
        (row["customer_id"], row["product_id"])
        for some in (lines.filter(lines.quantity > 0), undone)
        for row in rows(some.select("customer_id", "product_id"))
    }


def test_dates_come_in_order_and_their_customers_too():
    known = table(
        pd.DataFrame(
            {
                "date": ["2024-02-01", "2024-01-01", "2024-02-01"],
                "customer_id": ["cleo", "anna", "bob"],
                "segment": [1, 2, 1],
            }
        )
    )
    found = list(each_date(known))
    assert [one.cut_off for one in found] == [START, CUT_OFF]
    assert [one.customers["customer_id"].tolist() for one in found] == [["anna"], ["bob", "cleo"]]

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from custseg.engine.base import fetch_frame
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.report.summary.movement import Regulars, leaving, slipping, slipping_test, windows
from custseg.report.summary.segment import Slipping
from custseg.report.summary.studies import SlippingTest, Window
from custseg.settings import CleanSettings, SummarySettings
from tests.conftest import raw_lines

if TYPE_CHECKING:
    import ibis.expr.types as ir

AS_OF = date(2024, 12, 31)
SETTINGS = SummarySettings()


def orders(*bought: tuple[str, int, str, str]) -> ir.Table:
    """Transactions of (customer, days before AS_OF, product, price), an order each."""
    lines = [
        {
            "customer_id": customer,
            "order_id": f"{number}",
            "product_id": product,
            "description": f"A {product.upper()} ",
            "unit_price": price,
            "ordered_at": f"{AS_OF - timedelta(days=ago)} 00:00",
        }
        for number, (customer, ago, product, price) in enumerate(bought)
    ]
    return clean(raw_lines(*lines), settings=CleanSettings(as_of=AS_OF)).transactions


def regulars_of(transactions: ir.Table, segments: dict[str, int] | None = None) -> Regulars:
    table = fetch_frame(measured(transactions)).sort_values("customer_id")
    members = table.assign(
        segment=table["customer_id"].map(segments or {}).fillna(1).astype(int),
        buying_probability=0.25,
    )
    return Regulars.among(members, SETTINGS)


def measured(transactions: ir.Table) -> ir.Table:
    lines = raw_lines({"customer_id": "nobody"})
    cleaned = clean(lines, settings=CleanSettings(as_of=AS_OF))
    return features(transactions, cleaned.removed, AS_OF.isoformat())


def test_a_regular_customer_slips_after_three_usual_gaps():
    bought = orders(
        # every 10 days: slips after 30
        *[("on time", ago, "mug", "2.00") for ago in (49, 39, 29)],
        *[("just now", ago, "mug", "2.00") for ago in (50, 40, 30)],
        # a gap of 45 days on average
        *[("slow", ago, "mug", "2.00") for ago in (130, 60, 40)],
        # two days are no habit
        *[("seldom", ago, "mug", "2.00") for ago in (300, 299)],
    )
    found = regulars_of(bought).table.set_index("customer_id")["slipping"]
    assert found.to_dict() == {"on time": False, "just now": True, "slow": False}


def test_those_who_slip_are_counted_with_what_they_spent_in_a_year():
    bought = orders(
        *[("away", ago, "mug", "2.00") for ago in (120, 110, 100)],
        ("away", 364, "mug", "5.00"),
        ("away", 366, "mug", "7.00"),
        *[("here", ago, "mug", "1.00") for ago in (30, 20, 10)],
    )
    regulars = regulars_of(bought, {"away": 1, "here": 2})
    regulars.table.loc[regulars.table["customer_id"] == "away", "slipping"] = True
    found = slipping(regulars, bought, AS_OF, [1, 2, 3])
    away = Slipping(1, 1, Decimal("11.0000"), Decimal("11.0000"), 0.25)
    assert found[1] == away
    assert found[2] == Slipping(1, 0, Decimal(0), Decimal("3.0000"), None)
    assert found[3] == Slipping(0, 0, Decimal(0), Decimal(0), None)
    assert found[0] == Slipping(2, 1, Decimal("11.0000"), Decimal("14.0000"), 0.25)


def test_what_became_of_those_who_were_slipping():
    bought = orders(
        # silent for 60 days on the day 90 days ago, after gaps of 10; one of two came back
        *[("lost", ago, "mug", "2.00") for ago in (170, 160, 150)],
        *[("back", ago, "mug", "2.00") for ago in (170, 160, 150, 5)],
        *[("here", ago, "mug", "2.00") for ago in (115, 105, 95, 85)],
    )
    assert slipping_test(bought, AS_OF, 90, SETTINGS) == SlippingTest(
        cut_off="2024-10-02", days=90, slipping=2, came_back=1, others=1, others_came_back=1
    )


def test_without_anybody_slipping_then_there_is_nothing_to_look_at():
    bought = orders(*[("here", ago, "mug", "2.00") for ago in (115, 105, 95, 85)])
    assert slipping_test(bought, AS_OF, 90, SETTINGS) is None


def test_sales_of_the_last_days_and_of_those_before():
    bought = orders(
        ("anna", 1, "mug", "2.00"),
        ("anna", 90, "mug", "2.50"),
        ("berit", 91, "mug", "4.00"),
        ("berit", 180, "cup", "1.00"),
    )
    first = AS_OF - timedelta(days=180)
    assert windows(bought, AS_OF, 90, first) == (
        Window(90, 0, 1, 2, Decimal("4.5000")),
        Window(90, 90, 1, 2, Decimal("5.0000")),
    )
    assert len(windows(bought, AS_OF, 90, first + timedelta(days=1))) == 1


def test_the_same_days_a_year_ago_are_told_where_they_are_known():
    bought = orders(("anna", 1, "mug", "2.00"), ("anna", 400, "mug", "3.00"))
    first = AS_OF - timedelta(days=365 + 90)
    ago = windows(bought, AS_OF, 90, first)[-1]
    assert ago == Window(90, 365, 1, 1, Decimal("3.0000"))


def shop_that_loses_buyers_of(product: str) -> tuple[ir.Table, Regulars]:
    """40 regulars who buy mugs; 40 others who buy the product, most of whom slip."""
    bought = orders(
        *[(f"m{i:02d}", ago, "mug", "2.00") for i in range(40) for ago in (30, 20, 10)],
        *[(f"p{i:02d}", ago, product, "3.00") for i in range(40) for ago in (30, 20, 10)],
    )
    regulars = regulars_of(bought)
    ids = regulars.table["customer_id"]
    slips = ids.str.startswith("p") & (ids.str[1:].astype(int) < 30) | (ids == "m00")
    return bought, Regulars(regulars.table.assign(slipping=slips))


def test_a_product_whose_regular_buyers_slip_is_named():
    bought, regulars = shop_that_loses_buyers_of("jug")
    (found,) = leaving(regulars, bought, AS_OF, SETTINGS)
    assert (found.product_id, found.description) == ("jug", "A JUG")
    assert (found.regulars, found.slipping, found.share) == (40, 30, 0.75)
    assert found.year_revenue == Decimal("270.0000")
    assert found.q_value < 1e-9


def test_no_product_is_named_that_loses_buyers_as_the_shop_does():
    bought = orders(
        *[
            (f"c{i:02d}", ago, product, "2.00")
            for i in range(80)
            for product, ago in (("mug", 30), ("jug", 20), ("mug" if i % 2 else "jug", 10))
        ]
    )
    regulars = regulars_of(bought)
    slips = regulars.table["customer_id"].str[1:].astype(int) < 20
    assert leaving(Regulars(regulars.table.assign(slipping=slips)), bought, AS_OF, SETTINGS) == ()


def test_products_with_few_regular_buyers_are_not_judged():
    bought, regulars = shop_that_loses_buyers_of("jug")
    assert leaving(regulars, bought, AS_OF, SummarySettings(min_buyers=41)) == ()


@pytest.mark.parametrize("days", [2, 4])
def test_how_many_days_make_a_regular_customer_is_a_setting(days):
    bought = orders(*[("anna", ago, "mug", "2.00") for ago in (30, 20, 10)])
    table = fetch_frame(measured(bought)).assign(segment=1, buying_probability=0.5)
    found = Regulars.among(table, SummarySettings(regular_days=days)).table
    assert isinstance(found, pd.DataFrame)
    assert len(found) == (days <= 3)

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from custseg.artifacts import ARTIFACTS, NUMERIC_FEATURES
from custseg.engine.base import fetch_frame
from custseg.engine.duckdb import connect
from custseg.engine.parquet import write
from custseg.orders.cleaning import clean
from custseg.orders.customer_features import features
from custseg.orders.lines import product_descriptions
from custseg.pipeline.stages import STAGES
from custseg.segments.model.fit import fit
from custseg.segments.profiles.figures import feature_figures
from custseg.segments.profiles.profile import Habits, Profiled, group_products, habits, profile
from custseg.segments.profiles.seasons import months, orders_of_segments, times
from custseg.settings import CleanSettings, EngineSettings, ProfileSettings, SourceSettings
from custseg.sources.raw import read_orders
from tests.conftest import raw_lines, rows

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

NAMES = {1: "Champions", 2: "New"}


@dataclass(frozen=True)
class Both(Profiled, Habits):
    """Who is in each segment, and what they buy and when."""


def members(segments: dict[str, int]) -> ir.Table:
    """The segments artifact, from each customer's segment."""
    return ibis.memtable(
        pa.table(
            {
                "customer_id": list(segments),
                "segment": list(segments.values()),
                "segment_name": [NAMES[segment] for segment in segments.values()],
                "distance": [0.0] * len(segments),
                # Of whom the name is not true is the last one.
                "fits_name": [True] * (len(segments) - 1) + [False],
            }
        )
    )


def profiles_of(
    table: ir.Table,
    segments: ir.Table,
    transactions: ir.Table,
    settings: ProfileSettings | None = None,
) -> Both:
    """Profiles with the product groups that the transactions have."""
    groups = group_products(transactions)
    schema = ARTIFACTS["product_groups"].schema()
    typed = ibis.memtable(pa.Table.from_pandas(groups, schema=schema, preserve_index=False))
    return Both(
        **vars(profile(table, segments, settings)),
        **vars(habits(segments, transactions, typed, settings)),
    )


@pytest.fixture(scope="module")
def profiled() -> Both:
    """Anna and Bob in segment 1, Cleo in segment 2."""
    ibis.set_backend(connect())
    cleaned = clean(
        raw_lines(
            {"customer_id": "anna", "unit_price": "6.00", "product_id": "cup"},
            {"customer_id": "anna", "unit_price": "1.00", "product_id": "mug", "order_id": "2"},
            {"customer_id": "bob", "unit_price": "2.00", "product_id": "mug", "country": "Sweden"},
            {"customer_id": "cleo", "unit_price": "1.00", "product_id": "cup"},
        )
    )
    table = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
    segments = members({"anna": 1, "bob": 1, "cleo": 2})
    return profiles_of(table, segments, cleaned.transactions, ProfileSettings(top=1))


def test_sizes_and_shares_of_segments(profiled):
    first, second = rows(profiled.profiles.order_by("segment"))
    assert (first["customers"], first["orders"], first["revenue"]) == (2, 3, Decimal("9.00"))
    assert first["customer_share"] == pytest.approx(2 / 3)
    assert first["revenue_share"] == pytest.approx(0.9)
    assert second["customers"] == 1


def test_of_net_refunds_nobody_has_a_share():
    lines = raw_lines(
        {"customer_id": "anna"},
        {"customer_id": "anna", "order_id": "2", "quantity": -9},
        {"customer_id": "bob"},
    )
    cleaned = clean(lines, settings=CleanSettings(returns="subtract"))
    table = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
    found = profiles_of(table, members({"anna": 1, "bob": 2}), cleaned.transactions)
    assert [row["revenue_share"] for row in rows(found.profiles)] == [None, None]


def test_means_and_medians_of_features(profiled):
    table = profiled.profile_features.set_index(["segment", "feature"])
    assert table.loc[(1, "monetary"), "mean"] == 4.5
    assert table.loc[(1, "frequency"), "median"] == 1.5
    assert table.loc[(2, "frequency"), "overall_median"] == 1
    assert pd.isna(table.loc[(2, "gap_days_mean"), "mean"])


def test_top_products_are_those_with_most_revenue(profiled):
    first, _ = rows(profiled.profile_products.order_by("segment"))
    assert (first["product_id"], first["rank"]) == ("cup", 1)
    assert (first["buyers"], first["revenue"]) == (1, Decimal("6.00"))


def test_countries_are_ranked_by_customers_and_then_by_name(profiled):
    first, second = rows(profiled.profile_countries.order_by("segment"))
    assert (first["country"], first["customers"], first["customer_share"]) == ("Norway", 1, 0.5)
    assert second["customer_share"] == 1.0


def test_a_product_is_described_as_it_is_most_often():
    lines = raw_lines(
        {"description": "MUG"},
        {"description": "A MUG"},
        {"description": "A MUG"},
        {"product_id": "cup", "description": "B"},
        {"product_id": "cup", "description": "A"},
        {"product_id": "bowl", "description": None},
        {"product_id": "bowl", "description": "BOWL"},
        {"product_id": "fork", "description": None},
    )
    found = {row["product_id"]: row["description"] for row in rows(product_descriptions(lines))}
    assert found == {"mug": "A MUG", "cup": "A", "bowl": "BOWL", "fork": None}


def test_quartiles_and_standardised_differences_of_features(profiled):
    table = profiled.profile_features.set_index(["segment", "feature"])
    # Spend 7, 2 and 1: quartiles of 2 and 7, and z scores of their logarithms.
    assert table.loc[(1, "monetary"), ["q25", "q75"]].tolist() == [3.25, 5.75]
    logs = np.log1p([7.0, 2.0, 1.0])
    z = (logs - logs.mean()) / logs.std()
    found = table.loc[[(1, "monetary"), (2, "monetary")], "standardised_difference"]
    assert found.tolist() == pytest.approx([z[:2].mean(), z[2]])
    # Everybody's is the same, and nobody's is known.
    assert table.loc[(1, "recency_days"), "standardised_difference"] == 0
    assert pd.isna(table.loc[(1, "gap_days_mean"), "standardised_difference"])


def test_a_feature_that_can_be_negative_is_compared_without_the_logarithm():
    members = pd.DataFrame(
        dict.fromkeys(NUMERIC_FEATURES, 1.0)
        | {"spend_trend": [-1.0, 0.0, 0.5, 0.5], "segment": [1, 1, 2, 2], "segment_name": "x"}
    )
    table = feature_figures(members).set_index(["segment", "feature"])["standardised_difference"]
    # Mean 0, standard deviation sqrt(0.375).
    assert table[1, "spend_trend"] == pytest.approx(-0.5 / np.sqrt(0.375))
    assert table[2, "spend_trend"] == pytest.approx(0.5 / np.sqrt(0.375))


def test_returns_are_shares_of_value_and_of_customers():
    lines = [
        {"customer_id": "anna", "quantity": 4, "unit_price": "5.00"},
        {"customer_id": "anna", "quantity": -1, "unit_price": "5.00", "order_id": "C2"},
        {"customer_id": "bob", "order_id": "3"},
    ]
    for line, day in zip(lines, (10, 11, 12), strict=True):
        line["ordered_at"] = f"2024-01-{day} 12:00"
    cleaned = clean(raw_lines(*lines))
    table = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
    found = profiles_of(table, members({"anna": 1, "bob": 1}), cleaned.transactions)
    (row,) = rows(found.profiles)
    # Anna sent back a quarter of what she bought, Bob nothing.
    assert (row["return_rate"], row["returning_share"]) == (0.125, 0.5)


def test_orders_by_weekday_and_hour_and_month():
    lines = raw_lines(
        {"ordered_at": "2024-01-31 09:30"},
        {"ordered_at": "2024-01-31 09:45", "product_id": "cup"},  # the same order
        {"ordered_at": "2024-02-07 09:59", "order_id": "2", "unit_price": "3.00"},
        {"ordered_at": "2024-02-08 10:00", "order_id": "3", "customer_id": "bob"},
        {"ordered_at": "2024-02-08 10:00", "order_id": "3", "customer_id": "cleo"},
    )
    kept = clean(lines).transactions
    segments = members({"anna": 1, "bob": 1, "cleo": 2})
    found = rows(times(orders_of_segments(kept, segments)).order_by("segment", "weekday", "hour"))
    assert [(r["segment"], r["weekday"], r["hour"], r["orders"]) for r in found] == [
        (1, 2, 9, 2),
        (1, 3, 10, 1),
        (2, 3, 10, 1),
    ]
    assert [r["order_share"] for r in found] == pytest.approx([2 / 3, 1 / 3, 1])
    found = rows(
        months(orders_of_segments(kept, segments), kept, segments).order_by("segment", "month")
    )
    assert [(r["segment"], r["month"], r["orders"], r["revenue"]) for r in found] == [
        (1, "2024-01", 1, Decimal("4.00")),
        (1, "2024-02", 2, Decimal("5.00")),
        (2, "2024-02", 1, Decimal("2.00")),
    ]


def test_a_month_with_nothing_but_a_return_has_money_and_no_order():
    lines = raw_lines(
        {"ordered_at": "2024-01-31 09:30", "quantity": 3},
        {"ordered_at": "2024-02-01 09:30", "quantity": -1, "order_id": "C2"},
    )
    kept = clean(lines, settings=CleanSettings(returns="subtract")).transactions
    anna = members({"anna": 1})
    found = rows(months(orders_of_segments(kept, anna), kept, anna).order_by("month"))
    assert [(r["orders"], r["revenue"], r["order_share"]) for r in found] == [
        (1, Decimal("6.00"), 1.0),
        (0, Decimal("-2.00"), 0.0),
    ]


def test_what_segments_spend_on_each_product_group():
    lines = raw_lines(
        {"category": "Tea", "unit_price": "6.00", "product_id": "cup"},
        {"category": "Cutlery", "unit_price": "2.00", "product_id": "fork"},
        {"customer_id": "bob", "category": "Cutlery", "unit_price": "8.00", "product_id": "fork"},
    )
    cleaned = clean(lines)
    table = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
    found = profiles_of(table, members({"anna": 1, "bob": 2}), cleaned.transactions)
    assert group_products(cleaned.transactions)["group_name"].tolist() == ["Tea", "Cutlery"]
    first, second, third = rows(found.profile_groups.order_by("segment", "group_name"))
    assert (first["group_name"], first["buyers"], first["lines"]) == ("Cutlery", 1, 1)
    assert (first["revenue"], first["revenue_share"]) == (Decimal("2.00"), 0.25)
    # 10 of all 16 go into cutlery.
    assert first["lift"] == pytest.approx(0.25 / (10 / 16))
    assert (second["group_name"], second["revenue_share"]) == ("Tea", 0.75)
    assert (third["revenue_share"], third["lift"]) == (1.0, pytest.approx(1.6))


def test_lines_without_products_have_no_product_tables():
    cleaned = clean(
        raw_lines(
            {"product_id": None, "description": None},
            {"product_id": None, "description": None, "customer_id": "bob", "unit_price": "9.00"},
        )
    )
    table = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
    found = profiles_of(table, members({"anna": 1, "bob": 2}), cleaned.transactions)
    assert group_products(cleaned.transactions).empty
    assert rows(found.profile_groups) == rows(found.profile_products) == []


def written(found: Profiled) -> dict[str, bytes]:
    """Each table as the bytes of its artifact."""
    files = {}
    for name in STAGES["profile"].writes:
        write(getattr(found, name), ARTIFACTS[name], stream := io.BytesIO())
        files[name] = stream.getvalue()
    return files


@pytest.fixture(scope="module")
def shop(small_shop: Path) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Features, segments and transactions of a demo store."""
    raw = read_orders(small_shop, small_shop.parent, SourceSettings(), EngineSettings()).raw
    cleaned = clean(raw)
    table = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
    segments = fit(fetch_frame(table.order_by("customer_id")), 4).segments
    return table.to_pyarrow(), pa.Table.from_pandas(segments), cleaned.transactions.to_pyarrow()


def test_the_order_of_rows_and_the_number_of_threads_change_no_byte(shop):
    results = []
    for seed, threads in ((0, 2), (1, 1)):
        connection = connect(EngineSettings(threads=threads))
        draw = np.random.default_rng(seed)
        tables = [
            connection.create_table(f"t{i}", data.take(draw.permutation(len(data))))
            for i, data in enumerate(shop)
        ]
        found = profiles_of(*tables)
        results.append(written(found))
    assert results[0] == results[1]


def test_shares_add_up_to_one(shop):
    found = profiles_of(*map(ibis.memtable, shop))
    for part, share in (
        (found.profile_times, "order_share"),
        (found.profile_months, "order_share"),
        (found.profile_groups, "revenue_share"),
    ):
        sums = fetch_frame(part.group_by("segment").agg(total=part[share].sum()))
        assert sums["total"].tolist() == pytest.approx([1.0] * 4)
    assert fetch_frame(found.profile_groups)["group_name"].nunique() > 2

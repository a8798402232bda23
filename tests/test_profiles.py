from __future__ import annotations

from decimal import Decimal

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from custseg.cleaning import clean
from custseg.customer_features import features
from custseg.profiles import Profiled, product_descriptions, profile
from custseg.settings import ProfileSettings
from tests.conftest import raw_lines, rows


@pytest.fixture
def profiled() -> Profiled:
    """Anna and Bob in segment 1, Cleo in segment 2."""
    cleaned = clean(
        raw_lines(
            {"customer_id": "anna", "unit_price": "6.00", "product_id": "cup"},
            {"customer_id": "anna", "unit_price": "1.00", "product_id": "mug", "order_id": "2"},
            {"customer_id": "bob", "unit_price": "2.00", "product_id": "mug", "country": "Sweden"},
            {"customer_id": "cleo", "unit_price": "1.00", "product_id": "cup"},
        )
    )
    table = features(cleaned.transactions, cleaned.removed, cleaned.as_of)
    segments = ibis.memtable(
        pa.table(
            {
                "customer_id": ["anna", "bob", "cleo"],
                "segment": [1, 1, 2],
                "segment_name": ["Champions", "Champions", "New"],
                "distance": [0.1, 0.2, 0.3],
            }
        )
    )
    return profile(table, segments, cleaned.transactions, ProfileSettings(top=1))


def test_sizes_and_shares_of_segments(profiled):
    first, second = rows(profiled.profiles.order_by("segment"))
    assert (first["customers"], first["orders"], first["revenue"]) == (2, 3, Decimal("9.00"))
    assert first["customer_share"] == pytest.approx(2 / 3)
    assert first["revenue_share"] == pytest.approx(0.9)
    assert second["customers"] == 1


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

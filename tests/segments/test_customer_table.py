"""The wide table of customers."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pyarrow.parquet as pq

from custseg.artifacts import ARTIFACTS
from custseg.segments.customers.table import customer_table

CUSTOMERS = {
    "customer_id": "string",
    "as_of": "date",
    "segment": "int64",
    "segment_name": "string",
    "distance": "double",
    "next_segment": "int64",
    "margin": "double",
    "ambiguous": "bool",
    "silhouette": "double",
    "fits_name": "bool",
    "buying_probability": "double",
    "expected_orders": "double",
    "expected_spend": "double",
    "recency_score": "int64",
    "frequency_score": "int64",
    "monetary_score": "int64",
    "rfm_segment": "string",
    "recency_days": "int64",
    "frequency": "int64",
    "monetary": "decimal(18,4)",
    "tenure_days": "int64",
    "active_days": "int64",
    "average_order_value": "double",
    "distinct_products": "int64",
    "units_per_order": "double",
    "products_per_order": "double",
    "gap_days_mean": "double",
    "gap_days_sd": "double",
    "tenure_per_active_day": "double",
    "overdue": "double",
    "purchase_rate": "double",
    "lateness": "double",
    "return_rate": "double",
    "weekend_share": "double",
    "morning_share": "double",
    "product_entropy": "double",
    "top_product_share": "double",
    "average_unit_price": "double",
    "recent_spend": "decimal(18,4)",
    "recent_share": "double",
    "spend_trend": "double",
    "country": "string",
    "top_hour": "int64",
    "top_weekday": "int64",
}
"""What BI tools and notebooks rely on: a change here breaks their reports."""


def test_names_and_types_of_the_columns_stay_as_they_are():
    assert {column.name: column.type for column in ARTIFACTS["customers"].columns} == CUSTOMERS
    assert list(CUSTOMERS) == ARTIFACTS["customers"].column_names()


def test_every_customer_has_one_row_of_all_columns(undisturbed):
    found = pq.read_table(undisturbed / "customers.parquet")
    assert found.column_names == [column.name for column in ARTIFACTS["customers"].columns]
    assert str(found.schema.field("as_of").type) == "date32[day]"
    for name in ("segments", "features", "rfm"):
        own = pq.read_table(undisturbed / f"{name}.parquet")
        for column in own.column_names:
            assert found[column].equals(own[column]), column
    assert found["expected_spend"].null_count == len(found)


def test_what_is_expected_stands_beside_it(studied):
    found = pq.read_table(studied / "customers.parquet")
    value = pq.read_table(studied / "value.parquet")
    assert found["expected_orders"].equals(value["expected_orders"])


def test_amounts_stay_exact_and_who_is_not_forecast_is_kept():
    def of(name: str, **known: object) -> ibis.Table:
        schema = ARTIFACTS[name].schema()
        row = dict.fromkeys(schema.names) | {"customer_id": "anna"} | known
        return ibis.memtable(schema.empty_table().from_pylist([row], schema=schema))

    empty = ibis.memtable(ARTIFACTS["value"].schema().empty_table())
    told = customer_table(
        of("features", monetary=Decimal("0.1000")), of("segments"), of("rfm"), empty, "2024-02-29"
    ).to_pyarrow()
    assert told["monetary"].to_pylist() == [Decimal("0.1000")]
    assert told["expected_spend"].to_pylist() == [None]
    assert str(told["as_of"][0]) == "2024-02-29"

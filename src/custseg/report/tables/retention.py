"""Sales lately, regular customers who slip away, and products that lose their buyers.

The page and the workbook show them from the Summary; no command prints them.
"""

from __future__ import annotations

from typing import Final

from custseg.report.tables.definition import Definition
from custseg.report.tables.table import Column, decimals, money, percent, whole

WINDOWS: Final = Definition(
    "windows",
    (
        Column("days", "days"),
        Column("customers", "customers who ordered", whole),
        Column("orders", "orders", whole),
        Column("revenue", "revenue", money),
    ),
)
SLIPPING: Final = Definition(
    "slipping",
    (
        Column("segment_name", "segment"),
        Column("regulars", "regular customers", whole),
        Column("customers", "slipping", whole),
        Column("share", "share slipping", percent),
        Column(
            "year_revenue",
            "what those slipping spent in 365 days",
            money,
        ),
        Column("regulars_year_revenue", "what all regulars spent", money, page=None),
        Column("at_risk", "of it at risk", percent, page=None),
        Column(
            "buying_probability",
            "likely to order in {days} days all the same",
            percent,
        ),
    ),
    drops=frozenset({"page", "workbook"}),
    sheet_name="Slipping",
)
SLIPPING_TEST: Final = Definition(
    "slipping_test",
    (
        Column("group", "on that day"),
        Column("customers", "customers", whole),
        Column("came", "ordered again", whole),
        Column("share", "share", percent),
    ),
)
LEAVING: Final = Definition(
    "leaving",
    (
        Column("product_id", "code"),
        Column("description", "product"),
        Column("regulars", "regular buyers", whole),
        Column("slipping", "slipping", whole),
        Column("share", "share slipping", percent),
        Column(
            "year_revenue",
            "what those slipping spent on it in 365 days",
            money,
        ),
        Column("q_value", "q-value", decimals(3)),
    ),
    first={"workbook": ("description", "product_id")},
    sheet_name="LeavingProducts",
)

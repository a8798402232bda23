"""A small summary whose figures can be checked by hand, for the charts of customers and revenue."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from custseg.report.charts.drawing import Drawing, specification
from custseg.report.summary.segment import (
    FeatureFigures,
    Product,
    SegmentSummary,
    Slipping,
    UnitsNeeded,
)
from custseg.report.summary.whole import Cell, LedgerStep, Month, Summary
from tests.summaries import METHOD, bare_segment, bare_summary, moved


def figures(feature: str, median: float, overall: float, z: float | None) -> FeatureFigures:
    return FeatureFigures(feature, None, None, median, None, None, overall, z)


def product(
    description: str, lift: float | None, *, code: str | None = "P1", buyers: int = 10
) -> Product:
    return Product(code, description, buyers, 0.25, lift)


def needed(
    code: str, description: str | None, expected: float, *, band: bool = True
) -> UnitsNeeded:
    low, high = (expected / 2, expected * 2) if band else (None, None)
    return UnitsNeeded(code, description, 30, 5.0, expected, low, high)


def segment(number: int, name: str, **changes: Any) -> SegmentSummary:
    """The first brings 300 of 400 and is a quarter of the customers, the second the rest."""
    first = number == 1
    values: dict[str, Any] = {
        "colour": "#0072b2" if first else "#d55e00",
        "customers": 25 if first else 75,
        "customer_share": 0.25 if first else 0.75,
        "orders": 50,
        "revenue": Decimal("300.00") if first else Decimal("100.00"),
        "revenue_share": 0.75 if first else 0.25,
        "return_rate": 0.0,
        "returning_share": 0.5,
        "recency_days": 4.0 if first else 90.0,
        "frequency": 15.0 if first else 1.0,
        "monetary": 12.0,
        "features": (
            figures("recency_days", 4.0, 30.0, -1.0)
            if first
            else figures("recency_days", 90.0, 30.0, 0.5),
            figures("frequency", 15.0, 2.0, 2.0) if first else figures("frequency", 1.0, 2.0, -0.5),
            figures("overdue", 1.0, 1.0, None),
        ),
        "silhouette": 0.3,
        "ambiguous_share": 0.1,
        "pc1": 0.0,
        "pc2": 0.0,
        "over_buys": (product("RED MUG", 2.5),) if first else (),
        "over_bought_groups": () if first else (product("clocks", 4.0, code=None),),
        "units_needed": (needed("P1", "RED MUG", 40.0),) if first else (),
        "slipping": Slipping(20, 2, Decimal("80.00"), Decimal("200.00"), None)
        if first
        else Slipping(10, 4, Decimal("20.00"), Decimal("50.00"), None),
    }
    return bare_segment(number, name, **(values | changes))


def step(rule: str, meaning: str, rows: int, value: str, rows_left: int, left: str) -> LedgerStep:
    return LedgerStep(rule, meaning, rows, Decimal(value), rows_left, Decimal(left), 100, 100)


def summary(**changes: Any) -> Summary:
    """Two segments, November and the first nine days of December."""
    values: dict[str, Any] = {
        "as_of": "2011-12-10",
        "first_day": "2011-11-01",
        "last_day": "2011-12-09",
        "rows_in": 1000,
        "rows_kept": 600,
        "revenue": Decimal("400.00"),
        "customers": 100,
        "orders": 100,
        "products": 3,
        "k": 2,
        "silhouette": 0.3,
        "explained_variance": 0.9,
        "segments": (segment(1, "Champions"), segment(2, "Dormant")),
        "ledger": (
            step("raw", "Rows in the source", 0, "0", 1000, "500.10"),
            step("duplicate", "Exact copy of another row", 0, "0", 1000, "500.10"),
            step("missing_customer", "No customer", 300, "150.10", 700, "350.00"),
            step("return_matched", "Return that undoes a purchase", 100, "-60.00", 600, "410.00"),
            step("undone_in_part", "Units undone", 0, "10.00", 600, "400.00"),
        ),
        "recency_frequency": (
            Cell(1, 3.0, 5.0, 14.0, 17.0, 20),
            Cell(1, 80.0, 100.0, 1.0, 2.0, 5),
            Cell(2, 80.0, 100.0, 1.0, 2.0, 75),
        ),
        "months": (
            Month(1, "2011-11", True, 20, Decimal("210.00")),
            Month(2, "2011-11", True, 30, Decimal("70.00")),
            Month(1, "2011-12", False, 10, Decimal("90.00")),
            Month(2, "2011-12", False, 10, Decimal("30.00")),
        ),
        "slipping": Slipping(30, 6, Decimal("100.00"), Decimal("250.00"), None),
        "method": replace(METHOD, features=("recency_days", "frequency")),
    }
    values |= changes
    return bare_summary(**({"movement": moved(values["segments"])} | values))


def many(count: int) -> Summary:
    """So many segments, all alike but for their numbers."""
    return summary(
        segments=tuple(segment(number, f"Segment {number}") for number in range(1, count + 1))
    )


def drawn(drawing: Drawing | None) -> Drawing:
    assert drawing is not None
    return drawing


def rows(drawing: Drawing | None, field: str) -> list[dict[str, Any]]:
    """Rows of the chart's data that have a field, in the order in which they are drawn."""
    return [
        row
        for data in specification(drawn(drawing))["datasets"].values()
        for row in data
        if field in row
    ]

"""A summary by hand: two segments of a small shop, every study there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import altair as alt

from custseg.report.charts.drawing import Drawing
from custseg.report.summary.segment import (
    Busiest,
    CountryShare,
    Expected,
    FeatureFigures,
    PastBehaviour,
    Product,
    Rule,
    Slipping,
    UnitsNeeded,
)
from custseg.report.summary.studies import (
    Bundle,
    Cohort,
    CustomerGroup,
    ForecastTest,
    LeavingProduct,
    ListTest,
    PredictivePower,
    RevenueTree,
    SlippingTest,
    UnitsTest,
    Window,
)
from custseg.report.summary.whole import (
    DriftMeasure,
    KScore,
    LedgerStep,
    Loading,
    Month,
    Point,
    Variance,
)
from tests.summaries import NOBODY, PLAN, bare_segment, bare_summary, moved, without_side_studies

if TYPE_CHECKING:
    from collections.abc import Sequence

EVIL = "<script>alert(1)</script>"

_PLAN = replace(PLAN, buying_probability=0.9)


def _feature(
    name: str, quartiles: tuple[float, float, float], overall: float, difference: float
) -> FeatureFigures:
    low, median, high = quartiles
    return FeatureFigures(name, median, low, median, high, difference, overall, difference)


CHAMPIONS = bare_segment(
    1,
    "Champions",
    reason="15 orders (2 for all); medians",
    colour="#0072b2",
    customers=10,
    customer_share=0.25,
    orders=150,
    revenue=Decimal("7500.5000"),
    revenue_share=0.75,
    return_rate=0.01,
    returning_share=0.2,
    recency_days=4.0,
    frequency=15.0,
    monetary=700.0,
    features=(
        _feature("frequency", (12.0, 15.0, 22.0), 2.0, 2.3),
        _feature("recency_days", (2.0, 4.0, 11.0), 50.0, -1.5),
        _feature("monetary", (500.0, 700.0, 900.0), 65.0, 1.8),
        _feature("return_rate", (0.0, 0.0, 0.02), 0.0, 0.1),
    ),
    silhouette=0.31,
    ambiguous_share=0.067,
    silhouettes=(0.5, 0.3),
    pc1=2.0,
    pc2=0.1,
    top_products=(Product("mug", "A MUG", 6, 0.6, None, Decimal(9), Decimal("90.00")),),
    best_sellers=(Product("mug", "A MUG", 6, 0.6, 1.2),),
    over_buys=(Product("cup", EVIL, 3, 0.3, 1.8), Product("pot", "A POT", 2, 0.2, 1.04)),
    over_bought_groups=(Product(None, "tea · pot", 4, 0.4, 1.4),),
    countries=(CountryShare("Norway", 9, 0.9),),
    busiest=Busiest(3, 0.23, 12, 0.17, "2024-11", 0.13),
    rules=(Rule("frequency >= 11", 9, 0.92, 0.83),),
    expected=Expected(0.92, 30.4, 15.0, 45.0, 900.0, 450.0, 1350.0, 0.6),
    plan=_PLAN,
    units_needed=(UnitsNeeded("mug", "A MUG", 30, 5.0, 6.0, 2.0, 9.0),),
    past=PastBehaviour("2024-09-01", 8, 0.995, 0.98, 0.999, 250.0),
    slipping=Slipping(10, 1, Decimal("700.00"), Decimal("7000.00"), 0.8),
)
DORMANT = replace(
    CHAMPIONS,
    segment=2,
    segment_name="Dormant",
    rule="Dormant",
    colour="#7a7a7a",
    customers=25,
    customer_share=0.625,
    orders=40,
    revenue=Decimal("999.5000"),
    revenue_share=0.1,
    frequency=1.0,
    monetary=30.0,
    objective="Win back",
    plan=replace(_PLAN, objective="Win back"),
    best_sellers=(),
    over_buys=(),
    over_bought_groups=(),
    slipping=NOBODY,
    units_needed=(),
)
NEW = replace(
    DORMANT,
    segment=3,
    segment_name="New",
    rule="New",
    colour="#009e73",
    customers=5,
    customer_share=0.125,
    revenue=Decimal("1500.0000"),
    revenue_share=0.15,
    objective="Win the second order",
)

DRIFT = (
    DriftMeasure("age", "", 0.0, 1.0, 1.0, 3.0, False),
    DriftMeasure("error", "", 2.0, 2.6, 1.3, 1.25, True),
    DriftMeasure("psi", "monetary", 300.0, 330.0, 0.21, None, None),
    DriftMeasure("refit_gain", "", 2.6, 2.1, 0.19, None, None),
    DriftMeasure("relabelled", "", 0.0, 0.12, 0.12, 0.1, True),
    DriftMeasure("share", "Dormant", 0.6, 0.625, 0.025, None, None),
)
_SCORE = KScore(2, 9.0, 0.4, 0.3, 99.0, 1.0, 1.5, 0.97, 0.01, 10, 1.0, 0.25, 0.75, None, False)
SUMMARY = bare_summary(
    as_of="2024-12-10",
    first_day="2023-12-01",
    last_day="2024-12-09",
    rows_in=500,
    rows_kept=420,
    revenue=Decimal("10000.0000"),
    customers=40,
    orders=230,
    products=25,
    k=3,
    k_reason="k = 3: asked for",
    structure="Groups that touch",
    warnings=("Two segments are small",),
    silhouette=0.4,
    explained_variance=0.91,
    verdicts={"validation": "The segments explain 25 % of spend", "expected": "Off by 9 %"},
    segments=(CHAMPIONS, DORMANT, NEW),
    ledger=(
        LedgerStep("raw", "Rows in the source", 0, Decimal(0), 500, Decimal("12345.67"), 300, 50),
        LedgerStep(
            "duplicate", "Exact copy", 80, Decimal("-2345.67"), 420, Decimal(10000), 230, 40
        ),
    ),
    k_scores=(_SCORE, replace(_SCORE, k=3, chosen=True)),
    variances=(Variance(1, 0.6, 0.6, True), Variance(2, 0.31, 0.91, True)),
    loadings=tuple(
        Loading(component, feature, 0.5)
        for component in (1, 2)
        for feature in ("recency_days", "frequency", "monetary")
    ),
    points=(
        Point(1, 1.0, 0.5, 4, 15, 700.0),
        Point(2, -1.0, 0.1, 90, 1, 30.0),
        Point(3, -2.0, 1.1, 9, 1, 30.0),
    ),
    months=(
        Month(1, "2024-10", True, 20, Decimal(500)),
        Month(1, "2024-11", True, 30, Decimal(900)),
        Month(2, "2024-11", True, 3, Decimal(70)),
    ),
    validation=(PredictivePower("2024-09-01", "segments", 3, 35, 0.25, 0.01, 0.73, 0.01),),
    forecast_test=(
        ForecastTest("mbg-nbd", 0, "2024-09-01", 35, 50.0, 55.0, 1900.0, 2100.0),
        ForecastTest("mbg-nbd", 1, "2024-09-01", 4, 30.0, 33.0, 1000.0, 1100.0),
    ),
    list_test=(ListTest("2024-09-01", "new products", "new for you", 20, 0.5, 0.02, 0.2),),
    units_test=(UnitsTest("2024-11-10", "recent rate", True, 100.0, 110.0, 0.4),),
    bundles=(
        Bundle("GREEN CUP", "ROSE CUP", 50, 30, 0.78, 14.1, 0.7),
        Bundle("RED CLOCK", "GREEN CLOCK", 9, 8, 0.6, 10.0, 0.5),
        Bundle("LUNCH BAG", EVIL, 120, 60, 0.5, 4.0, 0.5),
    ),
    windows=(Window(90, 0, 9, 40, Decimal("2000.00")), Window(90, 90, 8, 30, Decimal("1500.00"))),
    cohorts=(
        Cohort(0, "2024-09", "2024-09", 0, 30, 30, 1.0, 20.0),
        Cohort(0, "2024-09", "2024-09", 1, 30, 12, 0.4, 32.5),
        Cohort(0, "2024-10", "2024-10", 0, 20, 20, 1.0, 1234.0),
    ),
    segment_cohorts=(
        Cohort(1, "2024-09", "2024-09", 0, 20, 20, 1.0, 25.0),
        Cohort(1, "2024-09", "2024-09", 1, 20, None, None, None),
        Cohort(0, "2024-09", "2024-09", 0, 30, 30, 1.0, 20.0),
        Cohort(0, "2024-09", "2024-09", 1, 30, 12, 0.4, 32.5),
    ),
    revenue_tree=RevenueTree(
        Window(90, 90, 8, 30, Decimal("1500.00")),
        Window(90, 0, 9, 40, Decimal("2000.00")),
        (
            CustomerGroup("kept", 6, 25, 35, Decimal("1300.00"), Decimal("1800.00")),
            CustomerGroup("new", 3, 0, 5, Decimal(0), Decimal("200.00")),
            CustomerGroup("lost", 2, 5, 0, Decimal("200.00"), Decimal(0)),
        ),
    ),
    slipping=Slipping(10, 1, Decimal("700.00"), Decimal("7000.00"), 0.8),
    slipping_test=SlippingTest("2024-09-01", 90, 10, 6, 20, 16),
    leaving=(LeavingProduct("pot", "A LEAKY POT", 30, 12, 0.4, Decimal("444.40"), 0.01),),
    fitted_now=False,
    model_of="2024-11-10",
    model_reason="the model of 2024-11-10 is kept (1 months old; all is well)",
    drift=DRIFT,
    movement=moved((CHAMPIONS, DORMANT, NEW), "2024-11-10", "2024-12-10"),
)
BARE = without_side_studies(SUMMARY, k_scores=(replace(_SCORE, k=3, chosen=True),))
"""The same without side studies, products and countries."""


def drawings(points: int = 2000) -> tuple[Drawing, Drawing]:
    """A plane of so many points, painted where they are many, and bars on the same data."""
    return (
        drawing("plane", "segments", alt.Chart(_data(points)).mark_circle(size=400), "x:Q"),
        drawing("bars", "revenue", alt.Chart(_data(3)).mark_bar(), "name:N"),
    )


def drawing(name: str, section: Any, chart: alt.Chart, x: str) -> Drawing:
    """A chart of the made-up data."""
    colour = alt.Color("name:N", scale=alt.Scale(range=["#0072b2", "#7a7a7a"]))
    shown = chart.encode(x=x, y="y:Q", color=colour, tooltip=["name:N", "y:Q"])
    return Drawing(
        name=name,
        title=f"What {name} show, {EVIL}",
        caption=f"How to read {name}.",
        alt_text=f"The {name}.",
        section=section,
        chart=shown.properties(height=300),
    )


def _data(points: int) -> alt.InlineData:
    rows: Sequence[dict[str, Any]] = [
        {"x": i % 50, "y": i // 50 + 1.23456789012345, "name": EVIL if i % 2 else "Champions"}
        for i in range(points)
    ]
    return alt.InlineData(values=list(rows))

"""A small summary with literal figures, how to vary it, and the workbook of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from custseg.report.summary.segment import (
    Busiest,
    CountryShare,
    Expected,
    FeatureFigures,
    PastBehaviour,
    Product,
    Rule,
    SegmentSummary,
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
    Summary,
    Variance,
)
from custseg.report.workbook.book import workbook
from custseg.settings import ReportSettings
from tests.summaries import METHOD, bare_segment, bare_summary, moved, without_side_studies
from tests.summaries import PLAN as BASE_PLAN

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

FORMULA = '=HYPERLINK("http://x")'
SCRIPT = "<script>alert(1)</script>"
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#e69f00")


ODD_NAMES = (
    "'Anna's'",
    r"a/b:c*d?e[f]\g",
    "Champions",
    "CHAMPIONS",
    "History",
    "Overview",
    "?",
    "=1+1",
    SCRIPT,
    "重要なお客様" * 8,
    "عملاء مخلصون",
    "A very long name " * 4,
)

PLAN = replace(
    BASE_PLAN,
    value_at_stake=900.5,
    contact_worth=7.25,
    offer_ceiling=0.021,
    control_customers=4,
    message="Thanks.",
    channel="A letter.",
    products="Mugs.",
    measure="Leave 4 alone.",
)


def segment(number: int, name: str, revenue: str) -> SegmentSummary:
    return bare_segment(
        number,
        name,
        rule="Champions",
        reason="last order 4 days ago",
        colour=_COLOURS[(number - 1) % len(_COLOURS)],
        customers=10 * number,
        customer_share=number / 3,
        orders=1234,
        revenue=Decimal(revenue),
        revenue_share=0.5,
        return_rate=0.016,
        returning_share=0.85,
        recency_days=4.0,
        frequency=15.0,
        monetary=5792.69,
        features=(
            FeatureFigures("recency_days", 5.0, 2.0, 4.0, 11.0, -1.48, 50.0, -1.3),
            FeatureFigures("return_rate", 0.02, 0.0, 0.01, 0.03, 0.03, 0.0, None),
            FeatureFigures("monetary", None, None, None, None, None, None, None),
        ),
        silhouette=0.31,
        ambiguous_share=0.067,
        silhouettes=(0.5, 0.2),
        pc1=4.3,
        pc2=0.2,
        top_products=(
            Product("m1", "A MUG", 7, 0.7, None, Decimal("7248.0000"), Decimal("81588.1500")),
            Product("f1", FORMULA, 6, 0.6, None, Decimal("12.5000"), Decimal("0.0125")),
        ),
        best_sellers=(Product("m1", "A MUG", 7, 0.7, 1.26),),
        over_buys=(Product("s1", SCRIPT, 3, 0.3, 1.78),),
        over_bought_groups=(Product(None, "mug · cup", 5, 0.5, 1.11),),
        countries=(CountryShare("Norway", 9, 0.9), CountryShare("=1+1", 1, 0.1)),
        busiest=Busiest(3, 0.225, 12, 0.175, "2011-11", 0.125),
        rules=(Rule("monetary >= 1260", 9, 0.9, 0.8),),
        expected=Expected(0.92, 13.3, 6.7, 20.0, 1000.0, None, None, 0.4),
        plan=PLAN,
        units_needed=(UnitsNeeded("m1", None, 30, 170.0, 161.7, 4.4, 420.9),),
        past=PastBehaviour("2011-09-11", 9, 0.99, 0.97, 1.0, 5574.1),
        slipping=Slipping(10, 3, Decimal("70.9200"), Decimal("3966.9000"), 0.98),
    )


def summary() -> Summary:
    steps = (
        ("raw", "Rows in the source", 0, "0.0000", 100, "9747747.9340"),
        ("missing_customer", "No customer", 20, "1458549.5900", 80, "8289198.3440"),
        ("return_matched", "Return that undoes a purchase", 5, "-183.5460", 75, "8289381.8900"),
    )
    segments = (
        segment(1, "Champions", "4134404.2600"),
        segment(2, "Hibernating", "4154977.6300"),
    )
    return bare_summary(
        as_of="2011-12-10",
        first_day="2010-12-01",
        last_day="2011-12-09",
        rows_in=100,
        rows_kept=75,
        revenue=Decimal("8289381.8900"),
        customers=30,
        orders=2468,
        products=2,
        k=2,
        k_reason="k = 2: asked for",
        structure="Natural groups.",
        warnings=("One segment is small.",),
        silhouette=0.268,
        explained_variance=0.91,
        verdicts={"rules": "24 rules put 86.0 % into their segment"},
        segments=segments,
        fitted_now=False,
        model_of="2011-11-10",
        model_reason="the model of 2011-11-10 is kept",
        drift=(DriftMeasure("psi", "monetary", 300.0, 330.0, 0.21, None, None),),
        movement=moved(segments),
        ledger=tuple(
            LedgerStep(rule, meaning, out, Decimal(value), left, Decimal(kept), 9, 8)
            for rule, meaning, out, value, left, kept in steps
        ),
        k_scores=tuple(
            KScore(k, 99.5, 0.4, 0.3, 150.2, 0.9, 1.7, 0.8276, 0.1, 50, 1.0, 0.2, 0.8, None, k == 2)
            for k in (2, 3)
        ),
        variances=(Variance(1, 0.57, 0.57, kept=True), Variance(2, 0.18, 0.75, kept=False)),
        loadings=(Loading(1, "recency_days", -0.62), Loading(1, "frequency", 0.93)),
        months=tuple(
            Month(number, month, month != "2011-12", 5, Decimal(amount))
            for number, month, amount in (
                (1, "2011-11", "10.1500"),
                (2, "2011-11", "20.0500"),
                (1, "2011-12", "1.2500"),
            )
        ),
        validation=(PredictivePower("2011-09-11", "segments", 7, 3363, 0.249, 0.01, 0.73, 0.01),),
        forecast_test=(ForecastTest("mbg-nbd", 0, "2011-09-11", 9, 36.0, 49.9, 15.2, 25.7),),
        list_test=(ListTest("2011-09-11", "any product", "best-sellers", 19, 0.55, 0.01, 0.11),),
        units_test=(UnitsTest("2011-09-11", "recent rate", True, 171.3, 180.0, 0.44),),
        bundles=(Bundle("A MUG", FORMULA, 508, 300, 0.78, 14.1, None),),
        windows=(Window(90, 0, 28, 65, Decimal("3140997.6500")),),
        cohorts=(
            Cohort(0, "2011-08", "2011-08", 0, 20, 20, 1.0, 20.0),
            Cohort(0, "2011-08", "2011-08", 1, 20, 8, 0.4, 32.5),
            Cohort(0, "2011-09", "2011-09", 0, 8, 8, 1.0, 1234.0),
        ),
        segment_cohorts=(
            Cohort(1, "2011-08", "2011-08", 0, 15, 15, 1.0, 25.0),
            Cohort(1, "2011-08", "2011-08", 1, 15, None, None, None),
            Cohort(0, "2011-08", "2011-08", 0, 20, 20, 1.0, 20.0),
            Cohort(0, "2011-08", "2011-08", 1, 20, 8, 0.4, 32.5),
        ),
        revenue_tree=RevenueTree(
            Window(90, 90, 20, 30, Decimal("1773437.8200")),
            Window(90, 0, 28, 65, Decimal("3140997.6500")),
            (
                CustomerGroup("kept", 19, 28, 50, Decimal("1773430.00"), Decimal("3000000.00")),
                CustomerGroup("new", 9, 0, 15, Decimal(0), Decimal("140997.65")),
                CustomerGroup("lost", 1, 2, 0, Decimal("7.8200"), Decimal(0)),
            ),
        ),
        slipping=Slipping(20, 6, Decimal("230374.9900"), Decimal("6769999.6800"), 0.61),
        slipping_test=SlippingTest("2011-09-11", 90, 10, 6, 11, 9),
        leaving=(LeavingProduct("m1", "A MUG", 40, 20, 0.5, Decimal("99.9900"), 0.01),),
        method=replace(METHOD, features=("recency_days", "frequency"), scikit_learn="1.9.1"),
    )


def named(*names: str) -> Summary:
    """The summary with a segment of each name."""
    segments = tuple(segment(number, name, "10.0000") for number, name in enumerate(names, 1))
    return replace(summary(), segments=segments)


def without_studies() -> Summary:
    """The summary of a run that left out what can be left out, in a shop without products."""
    left = without_side_studies(summary(), k_scores=(), months=(), loadings=(), currency="")
    segments = tuple(replace(one, revenue_share=None, silhouette=None) for one in left.segments)
    return replace(left, segments=segments)


def made(run: Summary | None = None, title: str = "") -> bytes:
    """The workbook of a run; of the summary if of no other."""
    return workbook(run or summary(), ReportSettings(title=title))


def cell_right_of(sheet: Worksheet, label: str, columns: int = 1) -> Cell:
    """The cell so many columns right of the first with this text."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == label:
                return sheet.cell(cell.row, cell.column + columns)
    raise AssertionError(f"{label} is not in {sheet.title}")

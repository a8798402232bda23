"""A small summary whose every figure can be checked by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from custseg.report.summary.studies import ForecastTest, ListTest, PredictivePower
from custseg.report.summary.whole import (
    KFlow,
    KScore,
    LedgerStep,
    Loading,
    Month,
    Point,
    Summary,
    Variance,
)
from tests.summaries import bare_segment, bare_summary

if TYPE_CHECKING:
    from custseg.report.summary.segment import SegmentSummary

NAMES = ("Champions", "Needs attention", "Dormant")
COLOURS = ("#0072b2", "#e69f00", "#7a7a7a")


def small_summary() -> Summary:
    """Ten customers in three segments: 2, 3 and 5 of them; every study was made."""
    return bare_summary(
        as_of="2024-07-01",
        first_day="2023-07-03",
        last_day="2024-06-30",
        rows_in=120,
        rows_kept=100,
        revenue=Decimal("1000.00"),
        customers=10,
        orders=40,
        products=12,
        k=3,
        k_reason="k = 3: natural groups, each well apart (silhouette at least 0.60 ≥ 0.5); "
        "the silhouette says 2",
        structure="Natural groups: the customers fall into 3 that are well apart.",
        silhouette=0.55,
        explained_variance=0.9,
        segments=tuple(
            _segment(number, customers, revenue, centre)
            for number, customers, revenue, centre in (
                (1, 2, "700.00", (3.0, 0.5)),
                (2, 3, "200.00", (0.0, 1.0)),
                (3, 5, "100.00", (-1.2, -0.8)),
            )
        ),
        ledger=(
            LedgerStep("raw", "Rows read", 0, Decimal(0), 120, Decimal("1100.00"), 44, 11),
            LedgerStep(
                "no customer",
                "Without a customer",
                20,
                Decimal("100.00"),
                100,
                Decimal("1000.00"),
                40,
                10,
            ),
        ),
        k_scores=tuple(_score(*figures) for figures in _SCORES),
        k_flows=tuple(
            KFlow(k, cluster, to, customers, position)
            for k, cluster, to, customers, position in (
                (2, 1, 1, 2, 2.0),
                (2, 1, 2, 1, 2.0),
                (2, 2, 2, 2, -1.0),
                (2, 2, 3, 5, -1.0),
                (3, 1, 1, 2, 3.0),
                (3, 2, 2, 3, 0.0),
                (3, 3, 3, 3, -1.2),
                (3, 3, 4, 2, -1.2),
                (4, 1, 0, 2, 3.0),
                (4, 2, 0, 3, 0.0),
                (4, 3, 0, 3, -1.0),
                (4, 4, 0, 2, -1.5),
            )
        ),
        variances=(
            Variance(1, 0.6, 0.6, kept=True),
            Variance(2, 0.3, 0.9, kept=True),
            Variance(3, 0.1, 1.0, kept=False),
        ),
        loadings=tuple(
            Loading(component, feature, loading)
            for component, loadings in ((1, (-0.5, 0.9, 0.8)), (2, (0.8, 0.1, -0.2)))
            for feature, loading in zip(
                ("recency_days", "frequency", "monetary"), loadings, strict=True
            )
        ),
        points=tuple(
            Point(segment, x, y, days, orders, spend)
            for segment, x, y, days, orders, spend in (
                (1, 2.5, 0.3, 3, 12, 400.0),
                (1, 3.5, 0.7, 5, 9, 300.0),
                (2, -0.5, 1.1, 60, 4, 80.0),
                (2, 0.0, 0.7, 70, 4, 60.0),
                (2, 0.5, 1.2, 80, 3, 60.0),
                (3, -1.6, -0.9, 200, 1, 10.0),
                (3, -1.4, -0.5, 210, 2, 30.0),
                (3, -1.2, -1.0, 220, 2, 20.0),
                (3, -1.0, -0.7, 230, 2, 20.0),
                (3, -0.8, -0.9, 240, 1, 20.0),
            )
        ),
        months=tuple(
            Month(segment, month, complete=True, orders=orders, revenue=Decimal(revenue))
            for month in ("2024-05", "2024-06")
            for segment, orders, revenue in ((1, 3, "60.00"), (2, 2, "20.00"), (3, 1, "5.00"))
        ),
        validation=tuple(
            PredictivePower("2024-04-02", method, groups, 8, r2, 0.02, auc, 0.01)
            for method, groups, r2, auc in (
                ("RFM rules", 11, 0.2, 0.7),
                ("boosted trees", None, 0.4, 0.8),
                ("segments", 3, 0.3, 0.75),
            )
        ),
        forecast_test=tuple(
            ForecastTest("mbg-nbd", decile, "2024-04-02", customers, 10.0, 12.0, expected, actual)
            for decile, customers, expected, actual in (
                (0, 8, 200.0, 250.0),
                (1, 4, 160.0, 200.0),
                (2, 4, 40.0, 50.0),
            )
        ),
        list_test=tuple(
            ListTest("2024-04-02", task, method, 8, hit, 0.05, 0.1)
            for task, method, hit in (
                ("new products", "new for you", 0.5),
                ("new products", "recent best-sellers", 0.25),
                ("any product", "buy again", 0.75),
            )
        ),
    )


def without_studies(summary: Summary) -> Summary:
    """The same of a run that left out every study on the side."""
    scores = tuple(
        replace(score, gap=None, stability=None, stability_sd=None, seed_ari=None)
        for score in summary.k_scores
    )
    return replace(summary, validation=(), forecast_test=(), list_test=(), k_scores=scores)


def on_one_component(summary: Summary) -> Summary:
    """The same of a model that keeps a single component."""
    return replace(
        summary,
        components=1,
        explained_variance=0.6,
        points=tuple(replace(point, pc2=None) for point in summary.points),
        segments=tuple(replace(own, pc2=None) for own in summary.segments),
        variances=tuple(replace(own, kept=own.component == 1) for own in summary.variances),
        loadings=tuple(own for own in summary.loadings if own.component == 1),
    )


_SCORES = (
    # k, inertia, silhouette, Davies-Bouldin, stability, smallest share, favoured by
    (2, 100.0, 0.60, 0.50, 0.95, 0.3, "silhouette"),
    (3, 40.0, 0.55, 0.40, 0.90, 0.2, "elbow, davies_bouldin"),
    (4, 30.0, 0.45, 0.70, 0.60, 0.2, None),
)


def _score(
    k: int,
    inertia: float,
    silhouette: float,
    davies_bouldin: float,
    stability: float,
    smallest: float,
    favoured: str | None,
) -> KScore:
    return KScore(
        k=k,
        inertia=inertia,
        silhouette=silhouette,
        weakest_silhouette=silhouette - 0.1,
        calinski_harabasz=1000.0 * k,
        davies_bouldin=davies_bouldin,
        gap=0.5 * k,
        stability=stability,
        stability_sd=0.02,
        resamples=50,
        seed_ari=0.99,
        smallest_share=smallest,
        largest_share=0.5,
        favoured_by=favoured,
        chosen=k == 3,
    )


def _segment(
    number: int, customers: int, revenue: str, centre: tuple[float, float]
) -> SegmentSummary:
    return bare_segment(
        number,
        NAMES[number - 1],
        colour=COLOURS[number - 1],
        customers=customers,
        customer_share=customers / 10,
        orders=10,
        revenue=Decimal(revenue),
        revenue_share=float(revenue) / 1000,
        return_rate=0.01,
        returning_share=0.1,
        recency_days=10.0 * number,
        frequency=4.0,
        monetary=float(revenue) / customers,
        silhouette=(0.7, 0.5, 0.5)[number - 1],
        ambiguous_share=(0.0, 0.0, 0.2)[number - 1],
        silhouettes=((0.8, 0.6), (0.6, 0.5, 0.4), (0.9, 0.7, 0.6, 0.4, -0.1))[number - 1],
        pc1=centre[0],
        pc2=centre[1],
    )

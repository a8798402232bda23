"""How the segments were made, in words and in the components' loadings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.workbook.formats import HUNDREDTHS, PERCENT, SIGNED
from custseg.report.workbook.layout import Column, Pair, Shown
from custseg.report.workbook.words import feature
from custseg.words.figures import capital, percent

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.report.workbook.layout import Layout

_RETURNS: Final = {
    "net": "A return undoes the latest earlier purchase of the same product by the same customer.",
    "drop": "Returns are left out; purchases stay whole.",
    "subtract": "A return counts against the spend of its own date.",
}


def method(layout: Layout, summary: Summary) -> None:
    """How the segments were made, in words and in the components' loadings."""
    how = summary.method
    layout.pages = (1, 1)
    layout.title("Method", "How the segments were made, and what the words mean.")
    layout.pairs(_steps(summary))
    if summary.variances:
        layout.heading("Components: what they hold of the variance")
        layout.table(
            [
                Column("Component"),
                Column("Share", PERCENT),
                Column("With those before", PERCENT),
                Column("Kept"),
            ],
            [
                [str(one.component), one.share, one.cumulative_share, one.kept]
                for one in summary.variances
            ],
        )
    if summary.loadings:
        layout.heading("Loadings: each feature's correlation with the components")
        loadings = {(one.feature, one.component): one.loading for one in summary.loadings}
        components = sorted({one.component for one in summary.loadings})
        layout.table(
            [
                Column("Feature"),
                *(Column(f"Component {component}", SIGNED) for component in components),
            ],
            [
                [
                    feature(name, summary.currency)[0],
                    *(loadings.get((name, component)) for component in components),
                ]
                for name in how.features
            ],
        )


def _steps(summary: Summary) -> list[Pair]:
    how = summary.method
    labels = [feature(name, summary.currency)[0] for name in how.features]
    steps: list[Pair] = [
        ("As of", f"{summary.as_of}: what came on this day or later is not used.", ""),
        ("Returns", _RETURNS.get(how.returns, how.returns), ""),
        ("Features", "; ".join(labels), ""),
    ]
    plain = [feature(name, summary.currency)[0] for name in how.transformed]
    scale = "Every feature is taken as log(1 + x), and scaled to mean 0 and standard deviation 1."
    if plain:
        scale = (
            f"Features are taken as log(1 + x), but for {'; '.join(plain)}; all are scaled to "
            "mean 0 and standard deviation 1."
        )
    steps += [
        ("Scale", scale, ""),
        (
            "Components",
            (
                f"{summary.components} hold {percent(summary.explained_variance)} of the "
                f"variance; at least {percent(how.variance, 0)} is asked for."
            ),
            "",
        ),
        (
            "Clusters",
            f"{how.algorithm}, best of {how.n_init} starts, seed {how.seed}.",
            ""
            if summary.fitted_now
            else "kept from an earlier run: each customer is in the segment of the nearest centre",
        ),
        ("Number of segments", summary.number_reason, ""),
        *([("Model", capital(summary.model_reason), "")] if summary.model_reason else []),
        (
            "Asked of segments",
            (
                f"They survive resampling (mean ARI of {how.resamples} resamples at least "
                f"{how.min_stability:g}) and hold at least {percent(how.min_share, 0)} of "
                "customers."
            ),
            "",
        ),
        ("Silhouette", Shown(summary.silhouette, HUNDREDTHS), "of the segments"),
        ("Made with", f"custseg {how.custseg}, scikit-learn {how.scikit_learn}", ""),
    ]
    return steps

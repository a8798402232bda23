"""How the segments were made, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.report.workbook.cells import Pair, Shown
from custseg.report.workbook.formats import HUNDREDTHS, WHOLE, rounded_money
from custseg.report.workbook.words import feature
from custseg.words.figures import capital, counted, percent

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary

_RETURNS: Final = {
    "net": "A return undoes the latest earlier purchase of the same product by the same customer.",
    "drop": "Returns are left out; purchases stay whole.",
    "subtract": "A return counts against the spend of its own date.",
}


def method(summary: Summary) -> list[Pair]:
    """Say what the segments were made of, and how."""
    return [*_shop(summary), *_steps(summary)]


def _shop(summary: Summary) -> list[Pair]:
    """What they were made of."""
    left_out = summary.rows_in - summary.rows_kept
    revenue = rounded_money(summary.currency, float(summary.revenue))
    return [
        ("Orders", Shown(summary.orders, WHOLE), "that count: returns are settled, see Ledger"),
        *[("Revenue", Shown(summary.revenue, revenue), "")] * summary.money,
        ("Customers", Shown(summary.customers, WHOLE), ""),
        *[("Products", Shown(summary.products, WHOLE), "bought and kept")] * bool(summary.products),
        ("Source", f"{summary.source}: orders from {summary.first_day} to {summary.last_day}", ""),
        ("Rows in the source", Shown(summary.rows_in, WHOLE), ""),
        ("Rows kept", Shown(summary.rows_kept, WHOLE), f"{left_out:,} are left out: see Ledger"),
    ]


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
        ("Outlook axis", f"{capital(summary.outlook_note)}.", ""),
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
                f"{how.min_stability:g}) and hold at least "
                f"{counted(how.least_customers, 'customer', 'customers')} and "
                f"{percent(how.min_share, 0)} of all."
            ),
            "",
        ),
        ("Silhouette", Shown(summary.silhouette, HUNDREDTHS), "of the segments"),
        ("Made with", f"custseg {how.custseg}, scikit-learn {how.scikit_learn}", ""),
    ]
    return steps

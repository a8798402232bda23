"""How the segments were made, in sentences with the run's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.words.features import FEATURES
from custseg.words.figures import capital

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

_RETURNS: Final = {
    "net": "A return undoes the customer’s latest earlier purchase of the same product.",
    "drop": "Returns are left out; the purchases that they undo stay whole.",
    "subtract": "Returns count against the day on which they came.",
}
_ALGORITHMS: Final = {"kmeans": "K-means", "minibatch": "Mini-batch K-means"}


def account(summary: Summary, wording: Wording) -> list[str]:
    """Tell step by step how order lines became segments."""
    method = summary.method
    names = [FEATURES[name].name for name in method.features]
    plain = [FEATURES[name].name for name in method.transformed]
    scale = "Each enters as log(1 + x)"
    if plain:
        scale += f", but {', '.join(plain)} as {'it is' if len(plain) == 1 else 'they are'}"
    steps = [
        (
            "Order lines are cleaned by fixed rules, each of which tells what it left out. "
            f"{_RETURNS[method.returns]}"
        ),
        (
            f"Every customer is described by {wording.plural(len(names), 'figure', 'figures')} "
            f"as of {summary.as_of}: {', '.join(names)}."
        ),
        (
            f"{scale}, scaled to mean 0 and standard deviation 1, so that none outweighs "
            "the others by its unit."
        ),
        (
            "Principal components are kept until they hold "
            f"{wording.percent(method.variance)} of the variance: {summary.components}, with "
            f"{wording.percent(summary.explained_variance)}."
        ),
        f"{capital(summary.outlook_note)}.",
    ]
    if summary.smallest_group > 1:
        steps.insert(
            1,
            f"Figures of fewer than {summary.smallest_group} customers are left out, and some that "
            "would give them away; an empty cell is one of these, or nobody.",
        )
    if not summary.segmented:
        return [*steps, "They are in one group: this shop is too small to segment."]
    steps.append(
        f"{_ALGORITHMS[method.algorithm]} puts customers who are alike "
        f"together, from {method.n_init} random starts (seed {method.seed})."
    )
    if not summary.fitted_now:
        steps.append(
            "The model was kept from an earlier run: each customer is in the segment whose centre "
            f"is nearest. {capital(summary.model_reason)}".strip()
        )
    elif any(score.resamples for score in summary.k_scores):
        steps.append(
            "The number of segments is the largest that survives when customers are drawn again "
            f"({method.resamples} times at most, adjusted Rand index of at least "
            f"{method.min_stability:g}) and of which none holds fewer than "
            f"{wording.plural(method.least_customers, 'customer', 'customers')} or "
            f"{wording.percent(method.min_share)} of all, unless the customers fall into "
            "natural groups or a number was asked for."
        )
    if summary.fitted_now and summary.model_reason:
        steps.append(capital(summary.model_reason))
    steps.append("Each segment is named by how it differs from the average customer.")
    return steps

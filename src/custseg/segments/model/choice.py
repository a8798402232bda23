"""The rule that chooses the number of segments, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from custseg.words.figures import beside, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import pandas as pd

    from custseg.settings import ModelSettings

    Stability = Callable[[int], float]
    """The mean adjusted Rand index of a k under resampling, computed where it is not known yet."""

FEWEST_FOR_ELBOW: Final = 3
"""An elbow needs two neighbours."""
ASKED_FOR: Final = "asked for"
_SHORT: Final = 2
"""So many numbers are named one by one."""
_NEAR_BEST: Final = 0.7
_STRONG: Final = 0.7
ONE_SEGMENT: Final = "No segments: all customers are in one group."
"""The structure of a shop that is too small to segment."""
_SAYINGS: Final = {"silhouette": "the silhouette says", "gap": "the gap statistic says"}
"""Criteria that a reader will know and ask about, besides the elbow."""


@dataclass(frozen=True)
class Choice:
    """The number of segments, why, and what the data look like."""

    k: int
    reason: str
    structure: str


def favourites(scores: pd.DataFrame, gap_at_1: float | None) -> dict[str, int]:
    """The k that each criterion would choose by itself; one that has no answer is left out.

    Parameters
    ----------
    scores
        The criteria for each k, as in the artifact `k_scores`.
    gap_at_1
        The gap statistic of leaving all customers together; None where it was not computed.

    Notes
    -----
    Elbow: Satopää et al. (2011), "Finding a 'Kneedle' in a Haystack". Gap: the smallest k whose gap
    is at least the next one's less its standard error, 1 included (Tibshirani et al. 2001).
    """
    ks = scores["k"].to_numpy()
    best = {
        "elbow": _elbow(scores),
        "silhouette": int(ks[scores["silhouette"].argmax()]),
        "calinski_harabasz": int(ks[scores["calinski_harabasz"].argmax()]),
        "davies_bouldin": int(ks[scores["davies_bouldin"].argmin()]),
        "gap": None if gap_at_1 is None else _first_gap(scores, gap_at_1),
    }
    return {criterion: k for criterion, k in best.items() if k is not None}


def natural(
    scores: pd.DataFrame, settings: ModelSettings, denied: Collection[int] = ()
) -> int | None:
    """The largest k whose every segment is a group well apart from the others; None: there is none.

    The k `denied` are no such groups, for reasons that the scores don't tell.

    A segment is where its mean silhouette is at least `natural_silhouette`: above 0.5 it means a
    reasonable structure (Kaufman & Rousseeuw 1990, p. 88). The mean over all segments would not
    do: it hides two groups taken for one, and one group cut in two. Nor may a k fall far behind the
    best k's weakest segment. Along a single component the parts of any spread reach 0.5, even of a
    uniform one, so `single_component` asks for more there.
    """
    weakest = scores["weakest_silhouette"]
    apart = scores[
        (weakest >= max(settings.natural_silhouette, _NEAR_BEST * weakest.max()))
        & large_enough(scores, settings)
        & (scores["largest_share"] <= settings.max_share)
        & ~scores["k"].isin(denied)
    ]
    return None if apart.empty else int(apart["k"].max())


def large_enough(scores: pd.DataFrame, settings: ModelSettings) -> pd.Series[bool]:
    """Which k have no segment below `min_share` of customers or below `least_customers`."""
    return (scores["smallest_share"] >= settings.min_share) & (
        scores["smallest_customers"] >= settings.least_customers
    )


def single_component(settings: ModelSettings) -> ModelSettings:
    """Settings for points on a line: 0.7 means a strong structure (Kaufman & Rousseeuw 1990)."""
    floor = max(settings.natural_silhouette, _STRONG)
    return settings.model_copy(update={"natural_silhouette": floor})


def choosable(scores: pd.DataFrame, settings: ModelSettings) -> list[int]:
    """The k from fewest_segments to most_segments that were tried, or all where none is."""
    tried = scores["k"].tolist()
    within = [k for k in tried if settings.fewest_segments <= k <= settings.most_segments]
    return within or tried


def choose(
    scores: pd.DataFrame,
    favoured: Mapping[str, int],
    stability: Stability,
    settings: ModelSettings,
    denied: Collection[int] = (),
) -> Choice:
    """Choose the number of segments.

    No segment may be too small: see `large_enough`. Where customers fall into natural groups that
    survive resampling: as many as there are. Else the largest k of `choosable` whose segments
    survive resampling: the finest partition that can be trusted, as a continuum has no true number
    of parts. If none does, the k whose segments survive best. Where every k of `choosable` has a
    segment too small, the same of the k below them; where those have one too, 1: no segments.

    Parameters
    ----------
    favoured
        What `favourites` gives.
    stability
        Asked only for the k that matter: largest first, until one passes.
    denied
        The k that are no natural groups whatever their scores.
    """
    groups = natural(scores, settings, denied)
    if groups and stability(groups) < settings.min_stability:
        groups = None
    structure = _structure(scores, favoured, groups)

    def chosen(k: int, reason: str) -> Choice:
        return Choice(k, f"k = {k}: {reason}{_others(scores, favoured, k)}", structure)

    if settings.k:
        return chosen(settings.k, ASKED_FOR)
    weakest = dict(zip(scores["k"], scores["weakest_silhouette"], strict=True))
    if groups:
        return chosen(
            groups,
            f"natural groups, each well apart (silhouette at least "
            f"{beside(weakest[groups], settings.natural_silhouette)} ≥ "
            f"{settings.natural_silhouette:g}), that survive resampling "
            f"(ARI {_ari(stability(groups), settings)} ≥ {settings.min_stability:g})",
        )
    usual = choosable(scores, settings)
    enough = scores.loc[large_enough(scores, settings), "k"].tolist()
    below = [k for k in scores["k"] if k < usual[0]]
    for ks, so in (
        (usual, ""),
        (below, f"every k of {_span(usual)} has a segment too small, so fewer: "),
    ):
        if fit := [k for k in ks if k in enough]:
            k, reason = _finest(fit, ks, stability, settings)
            return chosen(k, so + reason)
    every = _span(scores["k"].tolist())
    return too_small(
        f"every k of {every} has a segment of fewer than {settings.least_customers:,} customers or "
        f"{100 * settings.min_share:g} % of all"
    )


def _finest(
    fit: list[int], asked: list[int], stability: Stability, settings: ModelSettings
) -> tuple[int, str]:
    """Of the k that fit among those asked for, the largest that survives resampling, and why."""
    for k in reversed(fit):
        if stability(k) >= settings.min_stability:
            return k, (
                f"the largest k up to {asked[-1]} whose segments survive resampling "
                f"(ARI {_ari(stability(k), settings)} ≥ {settings.min_stability:g}) and hold at "
                f"least {settings.least_customers:,} customers and "
                f"{100 * settings.min_share:g} % of all"
            )
    best = max(fit, key=stability)
    which = (
        f"of {_span(fit)} the k whose segments survive resampling best"
        if len(fit) > 1
        else f"the only one of {_span(asked)} without a segment too small"
        if len(asked) > 1
        else "without a segment too small"
    )
    return best, (
        f"{which} (ARI {_ari(stability(best), settings)}, below {settings.min_stability:g}: on "
        "other customers the borders would be others)"
    )


def too_small(why: str) -> Choice:
    """Leave all customers in one segment.

    Parameters
    ----------
    why
        What makes the shop too small to segment.
    """
    return Choice(1, f"k = 1: this shop is too small to segment: {why}", ONE_SEGMENT)


def _span(ks: list[int]) -> str:
    """Name several k: "4 to 7", or each of them where some between are missing."""
    if len(ks) > _SHORT and ks == list(range(ks[0], ks[-1] + 1)):
        return f"{ks[0]} to {ks[-1]}"
    return listed([str(k) for k in ks])


def _others(scores: pd.DataFrame, favoured: Mapping[str, int], chosen: int | None) -> str:
    """What the other criteria say; those that agree need no word."""
    words = _SAYINGS | {"elbow": f"the elbow of {scores['k'].min()} to {scores['k'].max()} says"}
    told = [f"{words[name]} {k}" for name, k in favoured.items() if name in words and k != chosen]
    return f"; {', '.join(told)}" if told else ""


def _ari(stability: float, settings: ModelSettings) -> str:
    return beside(stability, settings.min_stability)


def _structure(scores: pd.DataFrame, favoured: Mapping[str, int], groups: int | None) -> str:
    silhouettes = dict(zip(scores["k"], scores["silhouette"], strict=True))
    if groups:
        return (
            f"Natural groups: the customers fall into {groups} that are well apart (silhouette "
            f"{silhouettes[groups]:.2f})."
        )
    best = favoured["silhouette"]
    width = f"silhouette {silhouettes[best]:.2f} at k = {best}"
    cuts = "the segments are a useful cut through one cloud of customers, not groups of their own."
    gap = favoured.get("gap")
    if gap is None:
        return f"No natural groups ({width} at best): {cuts}"
    if gap == 1:
        return f"No natural groups ({width} at best, and the gap statistic finds none): {cuts}"
    return (
        f"Groups that touch ({width} at best; the gap statistic finds {gap} denser regions): the "
        "segments' borders run through customers, see their margins."
    )


def _elbow(scores: pd.DataFrame) -> int | None:
    """The k at which the inertia stops falling fast; None where it shows no such point.

    Satopää, Albrecht, Irwin & Raghavan (2011), "Finding a 'kneedle' in a haystack": of the curve's
    distance to the line between its ends, the first peak from which it falls by more than one mean
    step of k before it rises again (sensitivity 1).
    """
    ks, inertia = scores["k"].to_numpy(dtype=float), scores["inertia"].to_numpy(dtype=float)
    if len(ks) < FEWEST_FOR_ELBOW or not np.ptp(inertia):
        return None
    along = (ks - ks.min()) / np.ptp(ks)
    beyond = 1 - (inertia - inertia.min()) / np.ptp(inertia) - along
    before, after = np.r_[beyond[:1], beyond[:-1]], np.r_[beyond[1:], beyond[-1:]]
    peaks = (beyond >= before) & (beyond >= after)
    troughs = (beyond <= before) & (beyond <= after)
    step = np.diff(along).mean()
    peak = None
    for i in range(len(ks) - 1):
        if troughs[i]:
            peak = None
        elif peaks[i]:
            peak = i
        if peak is not None and beyond[i + 1] < beyond[peak] - step:
            return int(ks[peak])
    return None


def _first_gap(scores: pd.DataFrame, gap_at_1: float) -> int | None:
    ks = [1, *scores["k"]]
    gaps = np.array([gap_at_1, *scores["gap"]])
    bars = gaps[1:] - scores["gap_se"].to_numpy()
    (enough,) = np.nonzero(gaps[:-1] >= bars)
    return int(ks[enough[0]]) if len(enough) else None

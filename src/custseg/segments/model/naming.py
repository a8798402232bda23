"""Names for segments, from how they differ from the shop's average customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pandas as pd

from custseg.segments.model.claims import LEAST_TRUE, PLAIN, RULES
from custseg.segments.model.pipeline import log1p_positive, z_scores
from custseg.segments.model.standing import FEATURES, customers_of, shop_of
from custseg.words.names import EVERYBODY, PARTS, features_of, numbered, plain_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from numpy.typing import NDArray

    from custseg.segments.model.claims import Claim

_Label = TypeVar("_Label", bound="Hashable")
_MOST_PARTS: Final = 2
_MONEY: Final = frozenset({"monetary", "order_value"})
_PHRASES: Final = {
    "recency": ("last order {} day ago", "last order {} days ago"),
    "frequency": ("{} order", "{} orders"),
    "monetary": ("{} spent", "{} spent"),
    "tenure": ("first order {} day ago", "first order {} days ago"),
    "order_value": ("{} per order", "{} per order"),
}


def standardised_means(features: pd.DataFrame, labels: NDArray[np.int64]) -> pd.DataFrame:
    """Mean z score of what names speak of by segment, of log1p values standardised over all.

    Returns
    -------
    DataFrame
        One row per label, sorted; one column per figure that is known of every customer and not
        the same for all.
    """
    present = {
        name: column
        for name, column in FEATURES.items()
        if column in features and features[column].notna().all()
    }
    logs = pd.DataFrame(
        log1p_positive(features[list(present.values())].to_numpy(dtype=float)),
        columns=list(present),
        index=features.index,
    )
    z = z_scores(logs)
    return z.loc[:, z.any()].groupby(labels).mean()


def name_segments(
    features: pd.DataFrame,
    labels: NDArray[np.int64],
    held: Mapping[int, str] | None = None,
) -> dict[int, str]:
    """Name each segment, all differently, so that at least 90 % of its customers meet the claim.

    Parameters
    ----------
    features
        Of all customers of the shop.
    labels
        Their segments.
    held
        Names of segments that keep theirs; no other gets one of them without a number.

    Returns
    -------
    dict
        The name of each label. The names of `claims.RULES` are tried in turn: each goes to the
        segment that it fits best of those whose customers meet its claim and that have no name
        yet. Who is left gets a plain name of the most telling features whose claims are met. What
        is the same for all customers tells nothing.
    """
    held = held or {}
    z = standardised_means(features, labels).drop(index=list(held), errors="ignore")
    if len(np.unique(labels)) == 1:
        return dict.fromkeys(map(_label, z.index), EVERYBODY)
    customers = customers_of(features)
    shop = shop_of(customers)

    def share(claim: Claim) -> pd.Series[float]:
        return claim.holds(customers, shop).astype(float).groupby(labels).mean().reindex(z.index)

    found: dict[int, str] = {}
    taken = set(held.values())
    for name, claim in RULES.items():
        fit = _fit(z, claim.signs).drop(index=list(found))
        fit = fit[(fit > 0) & (share(claim)[fit.index] >= LEAST_TRUE)]
        if name not in taken and len(fit):
            found[_label(fit.idxmax())] = name
    if len(found) < len(z):
        met = {part: claim.holds(customers, shop) for part, claim in PLAIN.items()}
        for label in z.index.difference(list(found)):
            found[_label(label)] = plain_name(_parts(z.loc[label], met, labels == label))
    named = {number: found[number] for number in sorted(found)}
    everything = distinct(dict(held) | named)
    return {number: everything[number] for number in named}


def _fit(z: pd.DataFrame, signs: Mapping[str, int]) -> pd.Series[float]:
    """How far segments are on a claim's side of the average; 0 if what it speaks of tells nothing.

    Without amounts, spend is left out of it.
    """
    known = [name for name in signs if name in z]
    if not known or set(signs) - set(known) - {"monetary"}:
        return pd.Series(0.0, index=z.index)
    return sum((z[name] * signs[name] for name in known), start=pd.Series(0.0, index=z.index))


def _parts(
    z: pd.Series[float], met: Mapping[str, pd.Series[bool]], own: NDArray[np.bool_]
) -> list[str]:
    """Choose up to two parts of a plain name, that most customers of a segment meet together.

    Parameters
    ----------
    z
        The segment's mean z scores: what is farthest from 0 tells most.
    met
        Who of all customers meets the claim of each part; what is as often met by the others says
        nothing.
    own
        Who is in the segment.
    """
    ranked = z.abs().sort_values(ascending=False, kind="stable").index.to_list()
    chosen: dict[str, str] = {}
    together = pd.Series(own, index=next(iter(met.values())).index)
    while ranked and len(chosen) < _MOST_PARTS:
        if _MONEY.intersection(chosen):
            # Of small orders, low spend is no news: it comes after what tells something else.
            ranked.sort(key=_MONEY.__contains__)
        feature = ranked.pop(0)
        for part in PARTS[feature]:
            both = together & met[part]
            telling = met[part][own].mean() > met[part].mean()
            if telling and both[own].mean() >= LEAST_TRUE:
                chosen[feature], together = part, both
                break
    return list(chosen.values())


def _label(label: Hashable) -> int:
    return int(str(label))


def rename(names: Mapping[_Label, str], own: Mapping[str, str]) -> dict[_Label, str]:
    """Put the shop's own names in place of ours; distinct all the same."""
    return distinct({label: own.get(name, name) for label, name in names.items()})


def reasons(
    features: pd.DataFrame, labels: pd.Series[int], names: Mapping[_Label, str]
) -> dict[_Label, str]:
    """Say in figures why each segment has the name that `name_segments` gave it.

    Returns
    -------
    dict
        For each label, medians of what the name speaks of beside those of all customers.
    """
    present = {
        name: column
        for name, column in FEATURES.items()
        if column in features and features[column].notna().any()
    }
    medians = features[list(present.values())].groupby(labels.to_numpy()).median().to_dict()
    overall = features[list(present.values())].median()
    told: dict[_Label, str] = {}
    for label, name in names.items():
        figures = [
            _phrase(kind, medians[present[kind]][label])
            + f" ({overall[present[kind]]:,.0f} for all)"
            for kind in _told(name)
            if kind in present
        ]
        without = "everybody is in it" if name == EVERYBODY else "no figure sets it apart"
        told[label] = f"{', '.join(figures)}; medians" if figures else without
    return told


def _phrase(kind: str, median: float) -> str:
    written = f"{median:,.0f}"
    return _PHRASES[kind][written != "1"].format(written)


def _told(name: str) -> tuple[str, ...]:
    own = numbered(name)[0]
    return tuple(RULES[own].signs) if own in RULES else features_of(own)


def distinct(names: Mapping[_Label, str]) -> dict[_Label, str]:
    """Number what would have the same name, in the order given."""
    found: dict[_Label, str] = {}
    for label, name in names.items():
        number, free = 1, name
        while free in found.values():
            number += 1
            free = f"{name} {number}"
        found[label] = free
    return found

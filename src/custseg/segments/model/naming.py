"""Names for segments, from how they differ from the shop's average customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pandas as pd

from custseg.segments.model.pipeline import log1p_positive, z_scores
from custseg.settings import SegmentSettings

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

_Label = TypeVar("_Label", bound="Hashable")

NAMING_FEATURES: Final = {
    "recency": "recency_days",
    "frequency": "frequency",
    "monetary": "monetary",
    "tenure": "tenure_days",
    "order_value": "average_order_value",
}
_REST: Final = ("Hibernating", "Lapsed small buyers", "Dormant")
_REST_BY_ORDERS: Final = ("Hibernating", "Dormant")
"""… where what they spent is not known."""
_EVERYBODY: Final = "All customers"
"""The name of the one segment of a shop that is too small for more."""
_TELLING: Final = {
    _EVERYBODY: (),
    "New": ("tenure",),
    "Champions": ("recency", "frequency", "monetary"),
    "Loyal": ("frequency", "recency"),
    "Potential loyal": ("frequency", "recency"),
    "Big baskets": ("order_value", "recency"),
    "Big baskets, slipping": ("order_value", "recency"),
    "Needs attention": ("frequency", "recency"),
    "Hibernating": ("recency", "monetary"),
    "Lapsed small buyers": ("monetary", "recency"),
    "Dormant": ("recency", "monetary"),
}
"""What of a segment shows that its name fits."""
_PHRASES: Final = {
    "recency": "last order {:,.0f} days ago",
    "frequency": "{:,.0f} orders",
    "monetary": "{:,.0f} spent",
    "tenure": "first order {:,.0f} days ago",
    "order_value": "{:,.0f} per order",
}


def standardised_means(features: pd.DataFrame, labels: pd.Series[int]) -> pd.DataFrame:
    """Mean z score of the naming features by segment, of log1p values standardised over all.

    Returns
    -------
    DataFrame
        One row per label, sorted; one column per naming feature that the table has a value of for
        every customer and that is not the same for all.
    """
    present = {
        name: column
        for name, column in NAMING_FEATURES.items()
        if column in features and features[column].notna().all()
    }
    logs = pd.DataFrame(
        log1p_positive(features[list(present.values())].to_numpy(dtype=float)),
        columns=list(present),
        index=features.index,
    )
    z = z_scores(logs)
    return z.loc[:, z.any()].groupby(labels.to_numpy()).mean()


def name_segments(z: pd.DataFrame, settings: SegmentSettings | None = None) -> dict[Hashable, str]:
    """Name each segment, all differently.

    Parameters
    ----------
    z
        What `standardised_means` gives.
    settings
        The `[segments]` settings; their names are not used.

    Returns
    -------
    dict
        The name of each label. Rules are tried in turn, each taking its segment away; a rule
        whose features are missing, or the same for all customers, is skipped; surplus segments
        get a number ("Dormant 2").
    """
    if len(z) == 1:
        return dict.fromkeys(z.index, _EVERYBODY)
    claims = _claims(z, settings or SegmentSettings())
    return distinct(dict(claims))


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
        for name, column in NAMING_FEATURES.items()
        if column in features and features[column].notna().any()
    }
    medians = features[list(present.values())].groupby(labels.to_numpy()).median().to_dict()
    overall = features[list(present.values())].median()
    told: dict[_Label, str] = {}
    for label, name in names.items():
        figures = [
            _PHRASES[kind].format(medians[present[kind]][label])
            + f" ({overall[present[kind]]:,.0f} for all)"
            for kind in _TELLING[plain(name)]
            if kind in present
        ]
        without = "everybody is in it" if name == _EVERYBODY else "no figure speaks for it"
        told[label] = f"{', '.join(figures)}; medians" if figures else without
    return told


def plain(name: str) -> str:
    """A name without its number: "Dormant" of "Dormant 2"."""
    return name.rstrip(" 0123456789")


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


def _claims(z: pd.DataFrame, settings: SegmentSettings) -> Iterator[tuple[Hashable, str]]:
    """Segments with their names, in the order in which the rules take them."""
    left = z.assign(**{name: np.nan for name in NAMING_FEATURES if name not in z})

    def take(label: Hashable, name: str) -> tuple[Hashable, str]:
        nonlocal left
        left = left.drop(index=label)
        return label, name

    if len(left) and left["tenure"].min() <= settings.new_below:
        yield take(left["tenure"].idxmin(), "New")
    # Where no money is known, who orders most often and latest leads.
    standing = left["frequency"] + left["monetary"].fillna(0.0) - left["recency"]
    if standing.notna().any():
        yield take(standing.idxmax(), "Champions")
    loyal = left[(left["frequency"] > settings.loyal_above) & (left["recency"] < 0)]
    order = standing.loc[loyal.index].sort_values(ascending=False, kind="stable").index
    for label, name in zip(order, ("Loyal", *["Potential loyal"] * len(order)), strict=False):
        yield take(label, name)
    if len(left) and left["order_value"].max() > settings.big_baskets_above:
        biggest = left.sort_values("order_value", ascending=False, kind="stable").head(1)
        if biggest["monetary"].item() > 0:
            slipping = biggest["recency"].item() > 0
            yield take(biggest.index[0], "Big baskets, slipping" if slipping else "Big baskets")
    if len(left) and left["frequency"].max() > settings.attention_above:
        yield take(left["frequency"].idxmax(), "Needs attention")
    value, names = ("monetary", _REST) if "monetary" in z else ("frequency", _REST_BY_ORDERS)
    rest = left.sort_values(value, ascending=False, kind="stable").index
    for label, name in zip(rest, (*names, *[names[-1]] * len(rest)), strict=False):
        yield take(label, name)

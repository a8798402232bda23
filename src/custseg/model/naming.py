"""Names for segments, from how they differ from the shop's average customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from custseg.model.pipeline import log1p_positive

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

NAMING_FEATURES: Final = {
    "recency": "recency_days",
    "frequency": "frequency",
    "monetary": "monetary",
    "tenure": "tenure_days",
    "order_value": "average_order_value",
}
NEW_BELOW: Final = -1.0
LOYAL_ABOVE: Final = 0.5
BIG_BASKET_ABOVE: Final = 0.5
ATTENTION_ABOVE: Final = -0.3
_REST: Final = ("Hibernating", "Lapsed small buyers", "Dormant")


def standardised_means(features: pd.DataFrame, labels: pd.Series[int]) -> pd.DataFrame:
    """Mean z score of the naming features by segment, of log1p values standardised over all.

    Returns
    -------
    DataFrame
        One row per label, sorted; one column per naming feature that the table has a value of for
        every customer.
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
    spread = logs.std(ddof=0).replace(0, np.nan)
    z = ((logs - logs.mean()) / spread).fillna(0.0)
    return z.groupby(labels.to_numpy()).mean()


def name_segments(z: pd.DataFrame) -> dict[Hashable, str]:
    """Name each segment, all differently.

    Parameters
    ----------
    z
        What `standardised_means` gives.

    Returns
    -------
    dict
        The name of each label. Rules are tried in turn, each taking its segment away; a rule
        whose features are missing is skipped; surplus segments get a number ("Dormant 2").
    """
    names: dict[Hashable, str] = {}
    for label, name in _claims(z):
        taken = sum(given == name or given.startswith(f"{name} ") for given in names.values())
        names[label] = name if not taken else f"{name} {taken + 1}"
    return names


def _claims(z: pd.DataFrame) -> Iterator[tuple[Hashable, str]]:
    """Segments with their names, in the order in which the rules take them."""
    left = z.assign(**{name: np.nan for name in NAMING_FEATURES if name not in z})

    def take(label: Hashable, name: str) -> tuple[Hashable, str]:
        nonlocal left
        left = left.drop(index=label)
        return label, name

    if len(left) and left["tenure"].min() <= NEW_BELOW:
        yield take(left["tenure"].idxmin(), "New")
    standing = left["frequency"] + left["monetary"] - left["recency"]
    if standing.notna().any():
        yield take(standing.idxmax(), "Champions")
    loyal = left[(left["frequency"] > LOYAL_ABOVE) & (left["recency"] < 0)]
    order = standing.loc[loyal.index].sort_values(ascending=False, kind="stable").index
    for label, name in zip(order, ("Loyal", *["Potential loyal"] * len(order)), strict=False):
        yield take(label, name)
    if len(left) and left["order_value"].max() > BIG_BASKET_ABOVE:
        biggest = left.sort_values("order_value", ascending=False, kind="stable").head(1)
        if biggest["monetary"].item() > 0:
            slipping = biggest["recency"].item() > 0
            yield take(biggest.index[0], "Big baskets, slipping" if slipping else "Big baskets")
    if len(left) and left["frequency"].max() > ATTENTION_ABOVE:
        yield take(left["frequency"].idxmax(), "Needs attention")
    rest = left.sort_values("monetary", ascending=False, kind="stable").index
    for label, name in zip(rest, (*_REST, *[_REST[-1]] * len(rest)), strict=False):
        yield take(label, name)

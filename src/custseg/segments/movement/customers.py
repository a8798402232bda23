"""Each customer's way from one month's segments to another's, and what it is due to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from custseg.artifacts import MONEY_SCALE
from custseg.orders.money import has_money
from custseg.segments.movement.figures import NOWHERE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from custseg.segments.model.scoring import ScoringModel

MOVERS: Final = ("customer_id", "from_segment", "by_old_model", "to_segment", "cause")
"""Columns of the artifact `movers`."""
_WAY: Final = list(MOVERS[1:])
_AMOUNTS: Final = ("revenue_before", "revenue")


@dataclass(frozen=True)
class Month:
    """The customers of an as-of date."""

    as_of: str
    features: pd.DataFrame
    """customer_id, monetary, tenure_days and the features of models that are applied to them."""
    segments: pd.DataFrame
    """customer_id and segment of the same customers."""


def trace(old: Month, new: Month, model: ScoringModel) -> pd.DataFrame:
    """Follow every customer from one month to a later one.

    Of who is in both, a is the segment then, b the one by the old model now, and c the one now:
    a to b is what the customer did, b to c what the new model changed. With each segment a unit
    vector, (e_b - e_a) + (e_c - e_b) = e_c - e_a, customer by customer. Where the model was kept,
    b is c.

    Parameters
    ----------
    old, new
        The months, the earlier first.
    model
        The model of the old one. If it needs a feature that some customers have no value of now,
        nothing tells what they did from what the model changed: b is taken to be a, so that every
        change is the model's.

    Returns
    -------
    DataFrame
        A row for every customer of either month, sorted by customer_id: `MOVERS`, with 0 in place
        of a segment that there is none of, and `revenue_before` and `revenue`, their net spend as
        of each month in ten-thousandths (missing where they are not in it, or without amounts).
        A customer who is not in the old month is new whose first order came on its as-of date or
        later, else returning.
    """
    then = _customers(old, "from_segment", "revenue_before")
    now = _customers(new, "to_segment", "revenue").assign(
        by_old_model=_relabelled(new.features, model),
        age=new.features["tenure_days"].to_numpy(),
    )
    both = then.merge(now, on="customer_id", how="outer", sort=True)
    a, b, c = (both[name].to_numpy() for name in ("from_segment", "by_old_model", "to_segment"))
    came, left = np.isnan(a), np.isnan(c)
    b = np.where(np.isnan(b) & ~left, a, b)
    days = (date.fromisoformat(new.as_of) - date.fromisoformat(old.as_of)).days
    causes = {
        "lost": left,
        # An order at the old as-of midnight, which it did not know, is so many days ago.
        "new": came & (both["age"].to_numpy() <= days),
        "returning": came,
        "stayed": (a == b) & (b == c),
        "behaviour": b == c,
        "model": a == b,
        "cancelled": a == c,
    }
    both["cause"] = np.select(list(causes.values()), list(causes), "both")
    for name, known in (
        ("from_segment", a),
        ("by_old_model", np.where(came | left, NOWHERE, b)),
        ("to_segment", c),
    ):
        both[name] = np.nan_to_num(known, nan=NOWHERE).astype("int64")
    return both[[*MOVERS, *_AMOUNTS]]


def count(traced: pd.DataFrame) -> pd.DataFrame:
    """Count the customers who went the same way: the artifact `migration`, without names.

    Returns
    -------
    DataFrame
        from_segment, by_old_model, to_segment, cause, customers, and the exact sums of their
        `revenue_before` and `revenue` (Decimal; None of who is not in that month).
    """
    ways = traced.groupby(_WAY)
    sums = ways[list(_AMOUNTS)].sum(min_count=1)
    sums.insert(0, "customers", ways.size())
    sums = sums.reset_index()
    for name in _AMOUNTS:
        exact = [None if pd.isna(u) else Decimal(int(u)).scaleb(-MONEY_SCALE) for u in sums[name]]
        sums[name] = pd.Series(exact, index=sums.index, dtype="object")
    return sums


def _customers(month: Month, segment: str, revenue: str) -> pd.DataFrame:
    """A month's customers with their segment and spend."""
    known = month.features[["customer_id"]].assign(**{revenue: _ten_thousandths(month.features)})
    own = month.segments[["customer_id", "segment"]].rename(columns={"segment": segment})
    return known.merge(own, on="customer_id", validate="one_to_one").astype({segment: "float64"})


def _ten_thousandths(features: pd.DataFrame) -> pd.Series[int]:
    """Spend in the smallest unit that is stored: exact, as a float keeps 15 digits."""
    if not has_money(features):
        return pd.Series(pd.NA, index=features.index, dtype="Int64")
    return (features["monetary"] * 10**MONEY_SCALE).round().astype("Int64")


def _relabelled(features: pd.DataFrame, model: ScoringModel) -> NDArray[np.float64]:
    """Segments by a model; missing where it can't be applied."""
    if model.lacking(features):
        return np.full(len(features), np.nan)
    with threadpool_limits(1):
        labels = model.labels(model.points(model.matrix(features)))
    return labels.astype(np.float64)

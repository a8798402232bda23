"""The outlook axis: in which direction of the features customers spent more in the days after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from threadpoolctl import threadpool_limits

from custseg.artifacts import ARTIFACTS
from custseg.engine.base import fetch, fetch_frame
from custseg.errors import DataError, ModelError
from custseg.orders.judging import judge
from custseg.orders.known import known_at
from custseg.orders.lines import first_day, outcomes_from
from custseg.orders.money import has_money
from custseg.segments.model.pipeline import (
    log1p_positive,
    matrix,
    standardiser,
    telling,
    usable_features,
)
from custseg.segments.model.sampling import columns_seen
from custseg.settings import CleanSettings, FeatureSettings, ModelSettings
from custseg.words.figures import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from custseg.orders.judging import Judged

_FEWEST: Final = 200
"""Customers known a horizon ago below whom nothing is learned of them."""
_LEAST_PARTS: Final = 3
"""The days looked back over are at most this part of all days."""
_PENALTIES: Final = np.logspace(-2, 4, 25)


@dataclass(frozen=True)
class OutlookLearned:
    """How the features of a horizon ago foretold the spend since, and what it was learned from."""

    outlook_axis: pd.DataFrame
    """The artifact of that name: no row where nothing could be learned."""
    outlook_note: str


def learn_outlook(  # noqa: PLR0913, PLR0917  (a stage's parameters are what it declares)
    raw: ir.Table,
    transactions: ir.Table,
    features: ir.Table,
    preset: str,
    as_of: str,
    settings: ModelSettings | None = None,
    clean_settings: CleanSettings | None = None,
    features_settings: FeatureSettings | None = None,
) -> OutlookLearned:
    """Learn which customers spent more over the last days, from what was known before these.

    Parameters
    ----------
    raw
        Canonical order lines, cleaned here as they were known `outlook_days` ago.
    transactions, features
        What counts as of `as_of`, and the customers of now: only what the model uses of these is
        looked at.
    preset, as_of
        Name of the code patterns; ISO date at which the data end.
    settings, clean_settings, features_settings
        The `[model]`, `[clean]` and `[features]` settings.

    Returns
    -------
    OutlookLearned
        A coefficient for each standardised feature of the model. Nothing on or after `as_of` is
        seen.

    Notes
    -----
    Ridge regression (Hoerl & Kennard 1970), its penalty by leave-one-out, of log1p of the net spend
    (of orders, where no amounts are known) in the last days on the features before them, which are
    standardised by their own mean and spread.

    Examples
    --------
    >>> learned = custseg.learn_outlook(raw, transactions, features, preset, as_of)
    >>> len(learned.outlook_axis)  # too few customers to learn from
    0
    """
    return learn_from(
        judge(raw, preset, clean_settings),
        transactions,
        features,
        as_of,
        settings,
        features_settings,
    )


def learn_from(
    judged: Judged,
    transactions: ir.Table,
    features: ir.Table,
    as_of: str,
    settings: ModelSettings | None = None,
    features_settings: FeatureSettings | None = None,
) -> OutlookLearned:
    """Learn as `learn_outlook` does, from order lines that are judged already."""
    settings = settings or ModelSettings()
    if not settings.outlook_weight:
        return _nothing("the outlook axis is off ([model] outlook_weight = 0)")
    end, first = date.fromisoformat(as_of), first_day(transactions)
    days = min(settings.outlook_days, (end - first).days // _LEAST_PARTS)
    cut_off = end - timedelta(days=days)
    # Cleaning leaves no more, and takes long.
    before = judged.raw.filter(judged.raw.ordered_at < cut_off)
    ever = fetch(before.aggregate(customers=before.customer_id.nunique()))[0]["customers"]
    if ever < _FEWEST:
        return _too_few(ever, days)
    try:
        seen = columns_seen(settings)
        known = known_at(judged, cut_off, features_settings, seen)
        then = known.features
        if len(then) < _FEWEST:
            return _too_few(len(then), days)
        now = fetch_frame(features.select(seen))
        used = usable_features(settings, now)
        beside = (name for name in settings.outlook_features if name not in used.features)
        used = _with_beside(used, telling(beside, settings, now))
        values = matrix(then, used)
    except (DataError, ModelError) as error:
        return _nothing(f"no outlook axis: {days} days ago: {error.message}")
    came = _came(transactions, then, cut_off)
    if not np.ptp(came):
        return _nothing(f"no outlook axis: all have spent the same in the {days} days since")
    with threadpool_limits(1):
        standardised = standardiser(used).fit_transform(values)
        fitted = RidgeCV(alphas=_PENALTIES).fit(standardised, came)
    explained = float(fitted.score(standardised, came))
    axis = pd.DataFrame({"feature": list(used.features), "coefficient": fitted.coef_})
    outcome = "spend" if has_money(then) else "orders"
    return OutlookLearned(
        axis,
        f"the outlook axis is learned from {len(then):,} customers known on {cut_off}: their "
        f"features explain {percent(explained, 0)} of the variance of their log {outcome} in the "
        f"{days} days since",
    )


def with_outlook(
    settings: ModelSettings, features: pd.DataFrame, outlook_axis: pd.DataFrame | None
) -> tuple[ModelSettings, tuple[float, ...] | None]:
    """Settings with the usable features, and the axis by them in their order.

    Where there is no axis it is None, and no feature is left that only the axis sees.

    Raises
    ------
    ModelError
        No customer has a value of any feature of the components.
    """
    usable = usable_features(settings, features)
    if outlook_axis is None or outlook_axis.empty:
        return usable, None
    known = outlook_axis.set_index("feature")["coefficient"]
    beside = tuple(
        name
        for name in settings.outlook_features
        if name in known.index and name not in usable.features
    )
    used = _with_beside(usable, beside)
    return used, tuple(float(known.get(name, 0.0)) for name in used.features)


def _with_beside(usable: ModelSettings, beside: tuple[str, ...]) -> ModelSettings:
    """Add features that the components don't see."""
    features = (*usable.features, *beside)
    return usable.model_copy(update={"features": features, "outlook_features": beside})


def _came(transactions: ir.Table, customers: pd.DataFrame, cut_off: date) -> NDArray[np.float64]:
    """What each customer spent from a date on, as log1p; orders, where no amounts are known."""
    sums = fetch_frame(outcomes_from(transactions, cut_off))
    found = customers[["customer_id"]].merge(sums, on="customer_id", how="left")
    name = "spend_after" if has_money(customers) else "orders_after"
    return log1p_positive(found[name].fillna(0).to_numpy(dtype=np.float64))


def _too_few(customers: int, days: int) -> OutlookLearned:
    return _nothing(
        f"no outlook axis: {customers:,} customers were known {days} days ago, and it takes "
        f"{_FEWEST}"
    )


def _nothing(why: str) -> OutlookLearned:
    return OutlookLearned(ARTIFACTS["outlook_axis"].empty(), why)

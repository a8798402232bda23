"""What a model sees of very many customers: which columns, and whom it is fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pandas as pd

from custseg.artifacts import ARTIFACTS
from custseg.segments.model.pipeline import customer_value
from custseg.segments.model.standing import FEATURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from custseg.settings import ModelSettings

_Scalar = TypeVar("_Scalar", bound=np.generic)

_STRATA: Final = 100
_HASHED: Final = 200_000
"""Ids that are Python's at once."""
_BATCH: Final = 500_000
"""Customers whose copies are held at once. The last bits of a product of matrices may depend on how
many rows are multiplied, so fewer would change the results of shops that are whole below this."""


def columns_seen(settings: ModelSettings, before: Iterable[str] = ()) -> list[str]:
    """Return the columns of `features` that fitting, scoring and naming look at.

    Parameters
    ----------
    before
        The features of a model that customers are held against, too.
    """
    used = {*settings.features, *settings.outlook_features, *FEATURES.values(), *before}
    used |= {"customer_id", "active_days"}
    return [name for name in ARTIFACTS["features"].column_names() if name in used]


def rows_to_fit(
    features: pd.DataFrame, settings: ModelSettings, draw: int = 0
) -> NDArray[np.intp] | None:
    """Which customers a model is fitted on, ascending; None: all of them.

    Above `max_fit_customers` so many are drawn, an equal share of each hundredth of customers by
    spend (orders, where no amounts are known): of each those whose keyed hash of the id is lowest.
    Neither other rows nor their order decide who is drawn within a hundredth.

    Parameters
    ----------
    draw
        Other numbers draw other customers.
    """
    customers, most = len(features), settings.max_fit_customers
    if customers <= most:
        return None
    hashes = _hashes(features["customer_id"], f"{settings.seed:010}{draw:06}")
    by_value = np.lexsort((hashes, customer_value(features)))
    borders = np.arange(_STRATA + 1) * customers // _STRATA
    taken = np.arange(_STRATA + 1) * most // _STRATA
    drawn = []
    for start, end, count in zip(borders[:-1], borders[1:], np.diff(taken), strict=True):
        stratum = by_value[start:end]
        drawn.append(stratum[np.argsort(hashes[stratum], kind="stable")[:count]])
    return np.sort(np.concatenate(drawn))


def told_of_sample(customers: int, settings: ModelSettings) -> str:
    """Say that not all customers are fitted; empty where they are."""
    if customers <= settings.max_fit_customers:
        return ""
    return (
        f"a sample of {settings.max_fit_customers:,} of the {customers:,} customers, drawn evenly "
        "by spend"
    )


def batches(customers: int) -> Iterator[slice]:
    """Parts of the customers, in their order."""
    for start in range(0, max(customers, 1), _BATCH):
        yield slice(start, start + _BATCH)


def in_batches(
    compute: Callable[[NDArray[np.float64]], NDArray[_Scalar]], values: NDArray[np.float64]
) -> NDArray[_Scalar]:
    """What is computed for each customer by itself, without copies of all customers."""
    return np.concatenate([compute(values[part]) for part in batches(len(values))])


def _hashes(ids: pd.Series[str], key: str) -> NDArray[np.uint64]:
    return np.concatenate(
        [
            pd.util.hash_array(
                ids.iloc[start : start + _HASHED].to_numpy(dtype=object),
                hash_key=key,
                categorize=False,
            )
            for start in range(0, len(ids), _HASHED)
        ]
    )

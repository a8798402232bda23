"""Signs that segments cannot mean much: each with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from custseg.segments.model.pipeline import NEARLY_ALL, commonest, transformed
from custseg.words.figures import counted

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from custseg.settings import ModelSettings

_NEARLY_EQUAL: Final = 0.9999
_COMMON: Final = 0.05


def feature_warnings(
    values: NDArray[np.float64], settings: ModelSettings, used: tuple[str, ...]
) -> list[str]:
    """Tell which features are left out, and warn of pairs that say the same.

    Parameters
    ----------
    values
        The features asked for, shape (customers, features), untransformed.
    used
        Those of them that the model uses.
    """
    names = settings.features
    found = []
    steady = set()
    seen = transformed(values, settings)
    for name, column, seen_column in zip(names, values.T, seen.T, strict=True):
        alike = commonest(seen_column)
        count = int(alike.sum())
        if count >= NEARLY_ALL * len(column):
            steady.add(name)
            share = "all" if count == len(column) else f"{count / len(column):.0%} of"
            done = "Name others in [model] features." if name in used else "It is left out."
            found.append(
                f"{name} {_told(column[alike])} for {share} customers and so sets apart at most "
                f"the few others. {done}"
            )
    for name, column in zip(names, values.T, strict=True):
        if name not in used and name not in steady:
            first, last = np.quantile(column, [1 - NEARLY_ALL, NEARLY_ALL])
            found.append(
                f"{name} is left out: customers joined together (nine in ten of them {first:.0f} "
                f"to {last:.0f} days ago), so that it grows for all alike."
            )
    varying = [i for i, name in enumerate(names) if name in used and name not in steady]
    if len(varying) > 1:
        correlation = np.abs(np.corrcoef(seen[:, varying], rowvar=False))
        for i, j in zip(*np.nonzero(np.triu(correlation, 1) >= _NEARLY_EQUAL), strict=True):
            one, other = names[varying[i]], names[varying[j]]
            found.append(
                f"{one} and {other} say the same (correlation {correlation[i, j]:.3f}), so it "
                "counts twice. Leave one out of [model] features, or give each a weight of 0.7."
            )
    return found


def discrete_maker(
    values: NDArray[np.float64], labels: NDArray[np.int32], names: tuple[str, ...]
) -> str | None:
    """Name a feature of whole numbers whose neighbouring values are different groups.

    Between 1 order and 2 there is nobody, in any shop: groups along such a border are well apart
    without being groups. Theirs is a feature that tells everybody's group (but for 1 in 20), and of
    which two neighbouring whole numbers, each of 1 customer in 20, are in different groups.

    Parameters
    ----------
    values
        The model's features, shape (customers, features), untransformed.
    labels
        The group of each customer.
    """
    for name, column in zip(names, values.T, strict=True):
        if (column % 1).any():
            continue
        numbers, places = np.unique(column, return_inverse=True)
        counts = np.zeros((len(numbers), labels.max() + 1), dtype=np.int64)
        np.add.at(counts, (places, labels), 1)
        told, group = counts.max(axis=1).sum(), counts.argmax(axis=1)
        common = counts.sum(axis=1) >= _COMMON * len(labels)
        border = (np.diff(numbers) == 1) & (np.diff(group) != 0) & common[1:] & common[:-1]
        if told >= NEARLY_ALL * len(labels) and border.any():
            return name
    return None


def partition_warnings(chosen: pd.Series[float], settings: ModelSettings) -> list[str]:
    """Warn of a segment that holds nearly everyone, and of one too small to act on.

    Parameters
    ----------
    chosen
        The chosen k's row of `k_scores`.
    """
    found = []
    if chosen["largest_share"] > settings.max_share:
        found.append(
            f"One segment holds {chosen['largest_share']:.0%} of the customers and so says nothing "
            "about them: a few outliers make up the others. Use transform log1p, or leave out of "
            "[model] features what has the outliers."
        )
    customers = int(chosen["smallest_customers"])
    if chosen["smallest_share"] < settings.min_share or customers < settings.least_customers:
        found.append(
            f"The smallest segment holds {counted(customers, 'customer', 'customers')} "
            f"({chosen['smallest_share']:.1%}), fewer than {settings.least_customers:,} ([model] "
            f"least_customers) or {settings.min_share:.0%} (min_share): too few to plan for. Ask "
            "for fewer segments with --k."
        )
    return found


def _told(alike: NDArray[np.float64]) -> str:
    """Say a value; to a logarithm all net refunds are one."""
    return f"is {alike[0]:g}" if not np.ptp(alike) else "is not above zero"

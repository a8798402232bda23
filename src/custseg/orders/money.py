"""Whether a shop's orders have amounts: nothing is made up where they have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def has_money(features: pd.DataFrame) -> bool:
    """Whether the orders that these customers were measured by have amounts.

    Parameters
    ----------
    features
        One row per customer; without amounts `monetary` is missing for everyone.
    """
    return "monetary" in features and bool(features["monetary"].notna().any())

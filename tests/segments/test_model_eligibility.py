"""What a shop is told about itself before its segments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custseg.segments.model.eligibility import eligibility
from custseg.settings import ModelSettings


def told(customers: int, days: int, orders: int, settings: ModelSettings | None = None) -> str:
    """Of customers of whom the first came `days` ago, and one in two has `orders`, the others 1."""
    frame = pd.DataFrame(
        {
            "tenure_days": np.linspace(0, days, customers + 1)[1:].astype(int),
            "frequency": np.where(np.arange(customers) % 2 == 1, orders, 1),
        }
    )
    return eligibility(frame, settings or ModelSettings())


def test_a_shop_that_lacks_nothing_is_told_so_with_its_figures():
    assert told(4324, 281, 3) == (
        "4,324 customers, 281 days of history, 2,162 with three orders or more: enough for segments"
    )


def test_too_few_customers_for_two_segments():
    assert told(39, 281, 3) == (
        "39 customers, 281 days of history, 19 with three orders or more: too few customers for "
        "two segments of 20 or more"
    )
    assert told(39, 281, 3, ModelSettings(least_customers=5)).endswith(
        "fewer than 500 customers make few and broad segments"
    )


def test_all_that_is_lacking_is_told():
    assert told(499, 179, 2) == (
        "499 customers, 179 days of history, 0 with three orders or more: fewer than 500 customers "
        "make few and broad segments; with fewer than 180 days, forecasts and outlook have little "
        "to go by; without third orders, nobody's usual wait between orders is well known"
    )


def test_one_customer_and_one_day_are_not_in_the_plural():
    assert told(1, 1, 1).startswith("1 customer, 1 day of history, 0 with three orders or more: ")

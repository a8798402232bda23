"""The shop-wide control group: who is left out of every list for some months, and then is not."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from custseg.workspace.key import customer_key

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_DIGITS: Final = 13
"""Hexadecimal digits of a hash that a double holds exactly."""
_MONTHS: Final = 12


@dataclass(frozen=True)
class ShopWide:
    """Whom of some customers the shop leaves alone."""

    held: NDArray[np.bool_]
    """Whether each is of this period's group: what lists are compared with."""
    waiting: NDArray[np.bool_]
    """Whether each was of the group before, whose last campaigns are still being measured."""


def shop_wide(
    customer_ids: pd.Series[str], as_of: date, share: float, months: int, horizon_days: int
) -> ShopWide:
    """Find whom a shop-wide control group holds.

    Every customer has a place between 0 and 1, by a hash with the user's key. Each period of so
    many months, counted from January of the year 0, holds the next part of these places, and begins
    again after the last: who was held in one period is not in the next.

    Parameters
    ----------
    customer_ids
        Each once, in any order.
    as_of
        The date of the list.
    share
        Part of the customers to hold; 0 holds nobody.
    months
        Length of a period.
    horizon_days
        Days that campaigns are measured for: so long a group is kept after its period.
    """
    if not share:
        nobody = np.zeros(len(customer_ids), dtype=np.bool_)
        return ShopWide(nobody, nobody)
    places = _places(customer_ids)
    held = _window(places, as_of, share, months)
    earlier = _window(places, as_of - timedelta(days=horizon_days), share, months)
    return ShopWide(held, earlier & ~held)


def _window(places: NDArray[np.float64], day: date, share: float, months: int) -> NDArray[np.bool_]:
    period = (day.year * _MONTHS + day.month - 1) // months
    # Whole turns are left out: so many periods later the places begin anew.
    inside: NDArray[np.bool_] = (places - period * share) % 1 < share
    return inside


def _places(customer_ids: pd.Series[str]) -> NDArray[np.float64]:
    """A number of each customer from 0 up to 1 that only the key tells."""
    import ibis
    import pyarrow as pa

    from custseg.engine.base import fetch_frame
    from custseg.sources.values.people import keyed

    # A key of its own: the place of a customer tells no mark and no pseudonym of theirs.
    key = hmac.digest(customer_key(), b"custseg always hold", "sha256")
    ids = ibis.memtable(pa.table({"id": pa.array(customer_ids.drop_duplicates(), pa.string())}))
    found = fetch_frame(ids.mutate(hash=keyed(ids.id, key)[:_DIGITS])).set_index("id")["hash"]
    text = "".join(customer_ids.map(found)).encode("ascii")
    signs = np.frombuffer(text, dtype=np.uint8).reshape(-1, _DIGITS).astype(float)
    digits = np.where(signs >= ord("a"), signs - ord("a") + 10, signs - ord("0"))
    places: NDArray[np.float64] = digits @ (16.0 ** -np.arange(1, _DIGITS + 1))
    return places

"""Customers by where they come from: the segment they were in in the snapshot before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.errors import DataError, UsageError
from custseg.offers.export.selection import segments_of, select
from custseg.segments.movement.figures import NOWHERE
from custseg.words.figures import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from custseg.offers.export.selection import Segment

WAYS: Final = ("from_segment", "from_name")
"""Columns of the artifact `migration` that tell which segments there were."""
WAY: Final = ("customer_id", "from_segment")
"""Columns of the artifact `movers` that tell who was in which."""


def origins_of(ways: pd.DataFrame, asked: Sequence[str]) -> list[Segment]:
    """Find the segments of the snapshot before that were asked for.

    Parameters
    ----------
    ways
        `WAYS` of every way that customers went.
    asked
        Numbers, names or slugs.

    Raises
    ------
    UsageError
        There is no snapshot before, or nobody was in such a segment.
    """
    known = ways[ways["from_segment"] != NOWHERE].drop_duplicates()
    if known.empty:
        raise UsageError(
            "--from: there is no snapshot before to tell who was in which segment.",
            "Leave --from out, or run custseg run-all for an earlier --as-of first, then for "
            "this one again.",
        )
    return select(asked, segments_of(known.itertuples(index=False, name=None)), "--from")


def who_came(
    members: pd.DataFrame, movers: pd.DataFrame, origins: Sequence[Segment]
) -> pd.DataFrame:
    """Those of some customers who were in one of these segments in the snapshot before.

    Parameters
    ----------
    members
        customer_id and segment_name of customers.
    movers
        `WAY` of all.
    origins
        The segments before.

    Raises
    ------
    DataError
        None of them was.
    """
    before = movers[movers["from_segment"].isin([segment.number for segment in origins])]
    found = members[members["customer_id"].isin(before["customer_id"])]
    if found.empty:
        now = listed(members["segment_name"].drop_duplicates().tolist())
        was = listed([segment.name for segment in origins])
        raise DataError(
            f"Nobody who is in {now} was in {was} in the snapshot before.",
            "custseg movement tells how many customers went from where to where.",
        )
    return found

"""What must not be told of a shop's segments, decided once for all that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from custseg.privacy.disclosure import is_dominated, suppress_list
from custseg.words.language import english

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True)
class Silence:
    """What must not be told of a shop's segments: decided once, for all that is shown."""

    least: int
    """Customers of the smallest group that is told of; up to 1, everything is."""
    withheld: frozenset[int] = frozenset()
    """Segments that are too small, or would give away those that are."""
    dominated: frozenset[int] = frozenset()
    """Segments of whose money one customer has most, or that would give that away."""
    everything: bool = False
    """Whether nothing can be told at all."""

    @classmethod
    def of(cls, members: pd.DataFrame, least: int) -> Silence:
        """Decide by everyone's segment and spend."""
        if least <= 1:
            return cls(least)
        sizes = members.groupby("segment").size()
        numbers = np.array([int(str(number)) for number in sizes.index])
        withheld = withheld_segments(
            dict(zip(numbers.tolist(), sizes.tolist(), strict=True)), least
        )
        if len(members) < least or len(withheld) == len(sizes):
            return cls(least, withheld, everything=True)
        spend = members["monetary"].fillna(0.0).groupby(members["segment"])
        dominated = {int(str(number)) for number, own in spend if is_dominated(own)}
        others = [(abs(float(own.sum())), int(str(number))) for number, own in spend]
        # The total is known: what one segment has would follow from the others.
        for _, number in sorted(others):
            if not dominated or len(dominated) > 1:
                break
            dominated.add(number)
        return cls(least, withheld, frozenset(dominated))


def withheld_because(least: int) -> str:
    """Say why nothing is told of a shop."""
    return english().render("page.nothing", {"least": least})


def withheld_segments(sizes: Mapping[int, int], least: int) -> frozenset[int]:
    """Segments that can't be told of; their total is known."""
    if least <= 1:
        return frozenset()
    hidden = suppress_list(list(sizes.values()), least)
    return frozenset(number for number, gone in zip(sizes, hidden, strict=True) if gone)

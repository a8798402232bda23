"""What follows from the figures, for the shop and for each segment: marketing, retention, stock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from custseg.summary.whole import Summary

Area = Literal["marketing", "retention", "inventory"]


@dataclass(frozen=True)
class Insight:
    """A sentence with its figures, and what it rests on."""

    name: str
    area: Area
    segment: int
    """0: of the whole shop."""
    sentence: str
    figures: dict[str, float]
    basis: str


def insights(summary: Summary) -> tuple[Insight, ...]:
    """Say what follows from the figures; what doesn't hold is not said."""
    return (
        Insight(
            "slipping",
            "retention",
            0,
            f"{summary.slipping.customers:,} of {summary.slipping.regulars:,} regulars slip.",
            {
                "customers": summary.slipping.customers,
                "regulars": summary.slipping.regulars,
            },
            "Silent for three times their usual gap.",
        ),
    )

"""What a run found, in sentences with their figures: the opening of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from custseg.summary.whole import Summary

Subject = Literal["segments", "value", "changed", "actions", "trust"]


@dataclass(frozen=True)
class Finding:
    """A sentence that holds on this data, and what it rests on."""

    name: str
    subject: Subject
    sentence: str
    figures: dict[str, float]
    """Every number in the sentence, by what it is."""
    basis: str
    """What the figures are of, and how they were found."""


def findings(summary: Summary) -> tuple[Finding, ...]:
    """Say what a run found, most important first; what doesn't hold is not said."""
    best = max(summary.segments, key=lambda segment: segment.revenue)
    return (
        Finding(
            "best",
            "value",
            f"{best.segment_name} bring most revenue: {best.revenue:,.0f}.",
            {"revenue": float(best.revenue)},
            "Net spend of all orders that count.",
        ),
    )

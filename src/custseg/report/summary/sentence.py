"""A sentence that holds on this data, with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from custseg.report.summary.measure import Measure
from custseg.words.figures import percent

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary

Subject = Literal["segments", "value", "changed", "actions", "trust"]
Area = Literal["marketing", "retention", "inventory"]

SHOP: Final = 0
"""In place of a segment's number."""
YEAR: Final = 365
NO_AMOUNTS: Final = "not known: the orders have no amounts"
NO_SEASON: Final = (
    "A forecast that knows no season: after a peak it is too high, before one too low."
)
SEASONAL: Final = "A forecast that follows last year's season."


@dataclass(frozen=True)
class Finding:
    """What a run found, and what it rests on."""

    name: str
    subject: Subject
    sentence: str
    figures: dict[str, float]
    """Every number in the sentence, by what it is."""
    basis: str
    """What the figures are of, and how they were found."""


@dataclass(frozen=True)
class Insight:
    """What follows from a figure, and what it rests on."""

    name: str
    area: Area
    sentence: str
    figures: dict[str, float]
    """Every number in the sentence, by what it is."""
    basis: str
    segment: int = SHOP


def forecast_error(summary: Summary) -> tuple[str, float] | None:
    """The date of the forecast's last test, and how far off it was; None where nothing came."""
    tested = next((row for row in summary.forecast_test if row.decile == 0), None)
    expected, came = Measure.of(summary).tested(tested) if tested else (0.0, 0.0)
    return (tested.cut_off, expected / came - 1) if tested and came > 0 else None


def season_basis(summary: Summary) -> str:
    """Whether the forecast of orders and spend follows a season."""
    return SEASONAL if summary.seasonal else NO_SEASON


def forecast_basis(summary: Summary) -> str:
    """How far off the forecast of spend, or of orders, was when it was last tested."""
    tested, season, off = forecast_error(summary), season_basis(summary), summary.forecast_off
    if tested is None or off is None:
        return season
    longer = "below" if off > 0 else "above"
    return (
        f"{season} Made on {tested[0]} and corrected as this one is, it was {off_by(off)} the "
        f"{Measure.of(summary).spend} that came in the days after: the range, which should hold "
        f"four outcomes in five, is longer {longer}."
    )


def off_by(off: float) -> str:
    """9.6 % below; 3.1 % above."""
    return f"{percent(abs(off))} {'above' if off > 0 else 'below'}"


def units_basis(summary: Summary) -> str:
    """How far off the forecast of units was at past dates."""
    tested = [row for row in summary.units_test if row.chosen and row.wape is not None]
    came = sum(row.units_came for row in tested)
    if not came:
        return NO_SEASON
    off = sum((row.wape or 0.0) * row.units_came for row in tested) / came
    told = f"A forecast: at {len(tested)} past dates it was off by {percent(off)} per product."
    if any("season" in row.method for row in tested):
        return told
    return f"{told} It knows no season: goods of one that ends are overstated."

"""A sentence that holds on this data, with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from custseg.report.summary.measure import Measure
from custseg.words.language import Texts, english

if TYPE_CHECKING:
    from custseg.report.summary.whole import Summary
    from custseg.words.language import Wording

Subject = Literal["segments", "value", "changed", "actions", "trust"]
Area = Literal["marketing", "retention", "inventory"]

SHOP: Final = 0
"""In place of a segment's number."""
YEAR: Final = 365
_PARTS: Final = ("said", "basis")
"""Of what is told: the sentence, and what it rests on."""
NO_AMOUNTS: Final = "not known: the orders have no amounts"


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


@dataclass(frozen=True)
class Telling:
    """A run that is told in a language: what its sentences are made of."""

    summary: Summary
    say: Texts
    """Those below `evidence`."""

    @classmethod
    def of(cls, summary: Summary, wording: Wording | None) -> Telling:
        """Tell it in a language; in English by default."""
        words = wording or english(summary.currency)
        return cls(summary, Texts(words, "evidence", {"money": summary.money}))

    @property
    def measure(self) -> Measure:
        """What customers are weighed by."""
        return Measure.of(self.summary)

    def finding(
        self,
        name: str,
        subject: Subject,
        figures: dict[str, float],
        key: str = "",
        /,
        **named: Any,  # noqa: ANN401  (what a text names)
    ) -> Finding:
        """Tell a finding by the texts of its name, or at another key."""
        at = f"findings.{key or name}"
        sentence, basis = (self.say(f"{at}.{part}", **figures, **named) for part in _PARTS)
        return Finding(name, subject, sentence, figures, basis)

    def insight(
        self,
        name: str,
        area: Area,
        figures: dict[str, float],
        key: str = "",
        /,
        **named: Any,  # noqa: ANN401  (likewise)
    ) -> Insight:
        """Tell an insight likewise."""
        at = f"insights.{key or name}"
        sentence, basis = (self.say(f"{at}.{part}", **figures, **named) for part in _PARTS)
        return Insight(name, area, sentence, figures, basis)

    def amounts(self, **amounts: float | None) -> dict[str, str]:
        """Write amounts, or numbers of orders where no amounts are known; nothing for None."""
        return {
            name: "" if amount is None else self.say("amount", amount=amount)
            for name, amount in amounts.items()
        }

    def season(self) -> str:
        """Say whether the forecast of orders and spend follows a season."""
        return self.say("basis.seasonal" if self.summary.seasonal else "basis.no_season")

    def forecast(self) -> str:
        """Say how far off the forecast of spend, or of orders, was when it was last tested."""
        tested, off = forecast_error(self.summary), self.summary.forecast_off
        if tested is None or off is None:
            return self.season()
        return self.say("basis.forecast", season=self.season(), date=tested[0], off=off)

    def units(self) -> str:
        """Say how far off the forecast of units was at past dates."""
        tested = [row for row in self.summary.units_test if row.chosen and row.wape is not None]
        came = sum(row.units_came for row in tested)
        if not came:
            return self.say("basis.no_season")
        off = sum((row.wape or 0.0) * row.units_came for row in tested) / came
        seasonal = any("season" in row.method for row in tested)
        return self.say("basis.units", dates=len(tested), off=off, seasonal=seasonal)

    def since(self, days: int) -> str:
        """The date a year before the one so many days before the as-of date."""
        as_of = date.fromisoformat(self.summary.as_of)
        return (as_of - timedelta(days=YEAR + days)).isoformat()


def forecast_error(summary: Summary) -> tuple[str, float] | None:
    """The date of the forecast's last test, and how far off it was; None where nothing came."""
    tested = next((row for row in summary.forecast_test if row.decile == 0), None)
    expected, came = Measure.of(summary).tested(tested) if tested else (0.0, 0.0)
    return (tested.cut_off, expected / came - 1) if tested and came > 0 else None

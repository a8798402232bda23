"""What a control group of a given size can tell, and which one would be needed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from custseg.offers.playbook.trial import NO_TRIAL, Design, Trial, trial
from custseg.words.figures import percent

if TYPE_CHECKING:
    import pandas as pd

    from custseg.settings import Settings


@dataclass(frozen=True)
class Advice:
    """The test that a list and its control group make."""

    sent: int
    control: int
    horizon_days: int
    buying: float | None
    """Share expected to order within the horizon without being asked; None without a forecast, and
    then no test can be worked out."""
    hoped: float
    """Points by which the share is hoped to rise ([playbook] extra_orders, at most as many as order
    anyway), as a fraction; where nearly all order anyway, hoped_spend counts."""
    hoped_spend: float
    detectable_share: float | None
    """Smallest rise of the share that the test finds; None without control group, or if none."""
    detectable_spend: float | None
    """Smallest rise of spend per customer; None likewise, or where the orders have no amounts."""
    needed: Trial
    """The smallest control group that would find what is hoped for, or how far off it is."""
    confidence: float
    power: float

    @property
    def needed_share(self) -> float | None:
        """Share to hold out to find what is hoped for, in whole tenths of a per cent."""
        if not self.needed.found:
            return None
        customers = self.sent + self.control
        return math.ceil(1000 * Fraction(self.needed.control, customers)) / 1000

    @property
    def suffices(self) -> bool:
        """Whether the control group finds what is hoped for."""
        return self.needed.found and self.control >= self.needed.control

    def sentences(self, *, own: bool = True) -> list[str]:
        """The advice in words; `own` where the control group is the list's own, if it has one."""
        if self.buying is None:
            unknown = (
                "How many of them order without being asked is not known, as the shop is too young "
                "for a forecast: what a control group of any size can tell can't be worked out."
            )
            return [unknown]
        first = (
            f"{percent(self.buying)} of them are expected to order within {self.horizon_days} days "
            "without being asked."
        )
        if not self.control:
            return [
                f"{first} Nobody is held out: what the list brings can't be told.",
                self._needed(),
            ]
        found = [
            f"{self.detectable_share * 100:.1f} points more" if self.detectable_share else "",
            f"{self.detectable_spend:,.2f} more spend each" if self.detectable_spend else "",
        ]
        told = " or ".join(part for part in found if part) or "no rise, however large"
        compared = (
            f"Sending to {self.sent:,} and holding out {self.control:,}, a test finds {told} "
            f"({self.confidence * 100:g} % confidence, {self.power * 100:g} % power)."
        )
        said = [f"{first} {compared}", *([self._needed()] if own else [])]
        if own and (self._hopeless or not any(found)):
            said.append("To do without a control group: the same again with --holdout 0 --force.")
        return said

    @property
    def _hopeless(self) -> bool:
        """Whether no test of such lists, nor of a year of them, finds what is hoped for."""
        return (
            not self.suffices
            and self.needed_share is None
            and (self.needed.rounds is None or not self.needed.worthwhile)
        )

    def _needed(self) -> str:
        spend = self.needed.measured == "spend"
        hoped = (
            f"{self.hoped_spend:,.2f} more spend each"
            if spend
            else f"{self.hoped * 100:.1f} points"
        )
        aim = f"the {hoped} hoped for ([playbook] extra_orders)"
        if self.suffices:
            return f"That is enough to find {aim}."
        if self.needed.found and self.needed_share is not None:
            return f"Finding {aim} takes --holdout {self.needed_share * 100:g}%."
        if self._hopeless:
            return (
                f"No test of a list like this finds {aim}, not even a year of them: leave nobody "
                "out, or join segments."
            )
        return (
            f"Even half held out is too few to find {aim}: it takes {self.needed.rounds} such "
            "lists, with half of each held out, counted together."
        )


def advise(listed: pd.DataFrame, control: int, plans: pd.DataFrame, settings: Settings) -> Advice:
    """Work out what the control group of a list can tell.

    Parameters
    ----------
    listed
        segment, average_order_value and recent_spend of the customers listed, control included.
    control
        How many of them are held out.
    plans
        Each segment's buying_probability.
    settings
        `[playbook]`: what is hoped for, confidence and power; `[value]` horizon_days; `[features]`
        recent_days.
    """
    playbook, horizon = settings.playbook, settings.value.horizon_days
    chances = plans.set_index("segment")["buying_probability"]
    buying = float(listed["segment"].map(chances).mean())
    if math.isnan(buying):
        return Advice(
            sent=len(listed) - control,
            control=control,
            horizon_days=horizon,
            buying=None,
            hoped=0.0,
            hoped_spend=0.0,
            detectable_share=None,
            detectable_spend=None,
            needed=NO_TRIAL,
            confidence=playbook.confidence,
            power=playbook.power,
        )
    hoped = min(playbook.extra_orders, buying)
    money = bool(listed["recent_spend"].notna().any())
    hoped_spend = hoped * max(float(listed["average_order_value"].median()), 0.0) if money else 0.0
    # Spend over twice the days varies twice as much, days being alike.
    stretch = horizon / settings.features.recent_days
    spread = float(listed["recent_spend"].std(ddof=0)) * stretch**0.5 if money else None
    sure = (playbook.confidence, playbook.power)
    found = {
        kind: Design(kind, buying, spread or 0.0, *sure).detectable(control, len(listed))
        for kind in ("share", "spend")
        if control and (money or kind == "share")
    }
    return Advice(
        sent=len(listed) - control,
        control=control,
        horizon_days=horizon,
        buying=buying,
        hoped=hoped,
        hoped_spend=hoped_spend,
        detectable_share=found.get("share"),
        detectable_spend=found.get("spend"),
        needed=trial(
            len(listed),
            buying,
            hoped,
            hoped_spend,
            spread,
            confidence=playbook.confidence,
            power=playbook.power,
        ),
        confidence=playbook.confidence,
        power=playbook.power,
    )

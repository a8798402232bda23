"""Who of a list is left alone: its own control group, or the shop's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from custseg.errors import DataError
from custseg.offers.campaigns.holdout import shop_wide
from custseg.offers.export.audience import Audience, LeftOut, Rule
from custseg.offers.export.holdout import control_size, hold_out

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from numpy.typing import NDArray

    from custseg.settings import Settings
    from custseg.workspace.campaigns import Campaign, Control

_HELD: Final = Rule(
    "always_held",
    "held out of every list ([campaigns] always_hold)",
    lambda c: c["held"],
)
_WAITING: Final = Rule(
    "still_held",
    "held in the period before, while its campaigns are measured",
    lambda c: c["held"],
)


@dataclass(frozen=True)
class Groups:
    """A list divided into whom to send to and whom to leave alone."""

    audience: Audience
    """Without those who are held out of every list, unless they are the control group."""
    held: NDArray[np.bool_]
    """Which of those listed are the control group."""
    control: Control

    @property
    def size(self) -> int:
        """Customers of the control group."""
        return int(self.held.sum())


def divide(
    audience: Audience,
    campaign: str,
    settings: Settings,
    as_of: date,
    registered: Iterable[Campaign] = (),
) -> Groups:
    """Divide a list: with `[export] holdout` by itself, else by the shop-wide control group.

    Parameters
    ----------
    registered
        Campaigns that may still be measured: their shop-wide groups are kept that long.

    Raises
    ------
    DataError
        Nobody would be left to send to.
    """
    share, shop = settings.export.holdout, settings.campaigns
    days = [one.horizon_days for one in registered if one.control == "shop-wide" and one.members]
    groups = shop_wide(
        audience.listed["customer_id"],
        as_of,
        shop.always_hold,
        shop.hold_months,
        max([settings.value.horizon_days, *days]),
    )
    compared = groups.held if not share else np.zeros_like(groups.held)
    left = ~groups.waiting & (compared | ~groups.held)
    out = {_HELD: groups.held & ~compared, _WAITING: groups.waiting}
    audience = replace(
        audience,
        listed=audience.listed[left].reset_index(drop=True),
        left_out=(
            *audience.left_out,
            *(LeftOut(rule, int(who.sum())) for rule, who in out.items() if shop.always_hold),
        ),
    )
    held = compared[left]
    if share:
        size = control_size(len(audience.listed), share)
        held = hold_out(audience.listed["customer_id"], campaign, size)
    if held.all():
        raise DataError(
            "Nobody is left to send to: all customers of the list are held out of every list "
            "([campaigns] always_hold).",
            "Choose more segments.",
        )
    return Groups(audience, held, "own" if share else "shop-wide" if held.any() else "none")

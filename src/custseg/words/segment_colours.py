"""A colour for each segment, by its naming rule: the same in every chart and every month."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_BY_RULE: Final = {
    "Champions": "#0072b2",
    "Loyal": "#56b4e9",
    "Potential loyal": "#44aa99",
    "Big baskets": "#332288",
    "Big baskets, slipping": "#cc79a7",
    "Needs attention": "#e69f00",
    "New": "#009e73",
    "Hibernating": "#d55e00",
    "Lapsed small buyers": "#882255",
    "Dormant": "#7a7a7a",
}
"""Okabe & Ito (2008), "Color universal design", filled up from Tol (2021), "Colour schemes": told
apart with every common colour vision. A kept segment of one kind of big baskets can come together
with a new one of the other."""
_STEP: Final = 0.3
"""How far each further segment of a kind ("Dormant 2") is from the one before towards white."""


def colour(rule: str, own: Mapping[str, str]) -> str:
    """Return the colour of the segment that fits a naming rule, or the shop's own for it."""
    if rule in own:
        return own[rule].lower()
    name, number = rule, 1
    if numbered := re.fullmatch(r"(.+) (\d+)", rule):
        name, number = numbered[1], int(numbered[2])
    base = own.get(name, _BY_RULE[name]).lower()
    share = (1 - _STEP) ** (number - 1)
    channels = (int(base[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - channel) * share):02x}" for channel in channels)

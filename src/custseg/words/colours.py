"""Colours of the report, on white and on the page's dark ground, and a colour for each segment."""

from __future__ import annotations

from colorsys import hls_to_rgb
from typing import TYPE_CHECKING, Final

from custseg.words.names import PLAIN_NAMES, numbered

if TYPE_CHECKING:
    from collections.abc import Mapping

INK: Final = "#1f2328"
"""Of text on white and of dark text on a fill."""
PALE: Final = "#57606a"
"""Of what explains, and of labels that belong to no segment."""
GRID: Final = "#e4e7eb"
WHITE: Final = "#ffffff"
GROUND: Final = "#1b1f24"
"""Of cards and charts in the dark theme, as in style.css."""
GREY: Final = "#7d8590"
"""Of lines and marks that must be seen on white and on the dark ground."""
DEEP: Final = "#30363d"
"""Of marks with a white rim, which are seen on anything."""
BLUE: Final = "#0072b2"
"""What is ours, or more; Okabe & Ito (2008), "Color universal design"."""
VERMILION: Final = "#d55e00"
"""What stands out, or less; likewise."""
_SEEN: Final = 3.5
"""Above the 3:1 that WCAG 2.2, 1.4.11, asks of what is not text."""
_STEP: Final = 0.05
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
    "All customers": "#117733",
}
"""Okabe & Ito (2008), "Color universal design", filled up from Tol (2021), "Colour schemes": told
apart with every common colour vision. A kept segment of one kind of big baskets can come together
with a new one of the other."""
_FURTHER: Final = 0.3
"""How far each further segment of a kind ("Dormant 2") is from the one before towards white."""

_GOLDEN_ANGLE: Final = 0.381966
"""Of a full turn: hues so far apart fill the circle evenly, however many there are."""
_LIGHTNESS: Final = (0.35, 0.5, 0.42)
_SATURATION: Final = 0.45


def segment_colour(rule: str, own: Mapping[str, str]) -> str:
    """Return the colour of the segment with a naming rule, or the shop's own colour for it.

    It is the same in every chart and every month.
    """
    if rule in own:
        return own[rule].lower()
    name, number = numbered(rule)
    colour = own.get(name) or _BY_RULE.get(name) or _plain_colour(name)
    return paler(colour.lower(), 1 - (1 - _FURTHER) ** (number - 1))


def _plain_colour(name: str) -> str:
    """The colour of a plain name: the next hue by the golden angle, so that few are alike."""
    place = PLAIN_NAMES.index(name)
    hue, lightness = place * _GOLDEN_ANGLE % 1, _LIGHTNESS[place % len(_LIGHTNESS)]
    channels = hls_to_rgb(hue, lightness, _SATURATION)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


def ink_on(fill: str) -> str:
    """The colour in which text is read best on a fill."""
    return INK if contrast(INK, fill) > contrast(WHITE, fill) else WHITE


def on_dark(colour: str) -> str:
    """Return the colour, nearer to white where it would not be seen well on the dark ground."""
    share, found = 0.0, colour
    while contrast(found, GROUND) < _SEEN:
        share += _STEP
        found = paler(colour, share)
    return found


def paler(colour: str, share: float) -> str:
    """The colour moved by a share of the way to white."""
    return mix(colour, WHITE, share)


def mix(start: str, end: str, share: float) -> str:
    """The colour that lies a share of the way from one to another."""
    channels = zip(_channels(start), _channels(end), strict=True)
    moved = (round(high - (high - low) * (1 - share)) for low, high in channels)
    return "#" + "".join(f"{channel:02x}" for channel in moved)


def in_excel(colour: str) -> str:
    """As a workbook writes a colour: 0072B2."""
    return colour.lstrip("#").upper()


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hexadecimal colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for level in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

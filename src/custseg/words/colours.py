"""Colours of the report, on white and on the page's dark ground, and a colour for each segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from custseg.words.names import numbered

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
_SEGMENTS: Final = (
    "#0072b2",
    "#56b4e9",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#cc79a7",
    "#332288",
    "#882255",
    "#44aa99",
    "#7a7a7a",
    "#117733",
    "#aa9900",
)
"""Of segments, by their numbers: Okabe & Ito (2008), "Color universal design", filled up from Tol
(2021), "Colour schemes"."""
_FURTHER: Final = 0.3
"""How far a further round of colours, or segment of a kind ("Dormant 2"), is from the one before
towards white."""


def segment_colour(number: int, rule: str, own: Mapping[str, str]) -> str:
    """Return a segment's colour: the shop's own for its naming rule, else that of its number.

    A segment keeps its number, so it has one colour in every chart and every month, and the
    segments of a first fit have the colours that are told apart best.
    """
    if rule in own:
        return own[rule].lower()
    name, place = numbered(rule)
    if name in own:
        return _further(own[name].lower(), place - 1)
    again, index = divmod(number - 1, len(_SEGMENTS))
    return _further(_SEGMENTS[index], again)


def _further(colour: str, rounds: int) -> str:
    return paler(colour, 1 - (1 - _FURTHER) ** rounds)


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

"""Colours of the report, on white and on the page's dark ground; those of segments are theirs."""

from __future__ import annotations

from typing import Final

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
    channels = (round(255 - (255 - channel) * (1 - share)) for channel in _channels(colour))
    return "#" + "".join(f"{channel:02x}" for channel in channels)


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

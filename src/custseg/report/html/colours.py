"""Colours of segments on the page's dark ground."""

from __future__ import annotations

from typing import Final

GROUND: Final = "#1b1f24"
"""Of cards and charts in the dark theme, as in style.css."""
_CONTRAST: Final = 3.5
"""Above the 3:1 that WCAG 2.2, 1.4.11, asks of what is not text."""
_STEP: Final = 0.05


def on_dark(colour: str) -> str:
    """Return the colour, nearer to white where it would not be seen well on the dark ground."""
    share, found = 0.0, colour
    while contrast(found, GROUND) < _CONTRAST:
        share += _STEP
        channels = (round(255 - (255 - channel) * (1 - share)) for channel in _channels(colour))
        found = "#" + "".join(f"{channel:02x}" for channel in channels)
    return found


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hexadecimal colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for level in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

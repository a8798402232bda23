"""Small pictures that stand beside a figure on a terminal, drawn with block characters."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BAR: Final = 8
"""Characters of a full bar."""
_SIDE: Final = 5
"""Characters of a full bar on one side of the middle line."""
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"
_HEIGHTS: Final = "▁▂▃▄▅▆▇█"
_LINE: Final = "│"
_TOLERANCE: Final = 1e-9
"""An error of floating point costs no eighth."""


class Picture(Protocol):
    """A drawing for each row of a table, beside the figures of one of its columns."""

    @property
    def note(self) -> str:
        """What a reader must know of it (nothing: ""); shown only where the picture is."""

    def drawn(self, figures: Sequence[Any]) -> list[str]:
        """Draw it for the column's figures, top to bottom; blank for a missing one."""


@dataclass(frozen=True)
class Bar:
    """A bar from 0: 8 characters at most, in eighths. Above 0 it is never nothing."""

    full: float | None = None
    """The figure of a full bar; None: the column's largest."""
    tick: float | None = None
    """A threshold between 0 and `full`: a line in the bar, which only what is above it crosses."""
    note: str = ""

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], *columns: str) -> Bar:
        """Make one bar for several columns, so that they compare: the largest figure fills it."""
        figures = [_number(row[column]) for row in rows for column in columns]
        return cls(max((figure for figure in figures if figure is not None), default=None))

    def drawn(self, figures: Sequence[Any]) -> list[str]:
        """Draw the bars, the full one 8 characters long and a tick one more."""
        values = [_number(figure) for figure in figures]
        full = self.full or max((value for value in values if value is not None), default=0.0)
        return ["" if value is None else self._one(value, full) for value in values]

    def _one(self, value: float, full: float) -> str:
        if full <= 0:
            return ""
        if self.tick is None or not 0 < self.tick < full:
            return _filled(value / full, _BAR)
        below = min(max(round(_BAR * self.tick / full), 1), _BAR - 1)
        above = (value - self.tick) / (full - self.tick)
        return _filled(value / self.tick, below) + _LINE + _filled(above, _BAR - below)


@dataclass(frozen=True)
class Diverging:
    """A bar to the left of a middle line below 0 and to the right above, in halves."""

    note: str = ""

    def drawn(self, figures: Sequence[Any]) -> list[str]:
        """Draw the bars, the largest in absolute value 5 characters long on its side."""
        values = [_number(figure) for figure in figures]
        full = max((abs(value) for value in values if value is not None), default=0.0) or 1.0
        return ["" if value is None else self._one(value / full) for value in values]

    def _one(self, length: float) -> str:
        # Halves, as there are no blocks that fill three eighths from the right.
        whole, half = divmod(int(2 * _SIDE * abs(length) + 0.5), 2)
        below, above = ("▐", "▌") if whole or half else ("▕", "▏")
        part = half or (not whole and length)
        if length < 0:
            return ((below if part else "") + "█" * whole).rjust(_SIDE) + _LINE + " " * _SIDE
        return " " * _SIDE + _LINE + ("█" * whole + (above if part else "")).ljust(_SIDE)


@dataclass(frozen=True)
class Sparkline:
    """A line of columns for each row, from 0 to the row's own largest value.

    A missing value is a gap, 0 the lowest mark, and what is above 0 is higher than that.
    """

    series: tuple[tuple[float | None, ...], ...]
    """The values of each row of the table, all of one length."""
    note: str = ""

    def drawn(self, figures: Sequence[Any]) -> list[str]:
        """Draw the series of each row; its column's own figures have no part in it."""
        return [_line(values) for _, values in zip(figures, self.series, strict=True)]


def _number(figure: Any) -> float | None:  # noqa: ANN401  (a figure of any kind, or none)
    return float(figure) if figure is not None and isfinite(figure) else None


def _filled(share: float, width: int) -> str:
    """A bar of some share of a width, from the left."""
    eighths = min(int(8 * width * max(share, 0) + _TOLERANCE), 8 * width)
    if share > 0:
        eighths = max(eighths, 1)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()).ljust(width)


def _line(values: Sequence[float | None]) -> str:
    largest = max((value for value in values if value is not None), default=0.0)
    steps = len(_HEIGHTS) - 1
    # Rounded up, so that 0 alone has the lowest mark.
    return "".join(
        " "
        if value is None
        else _HEIGHTS[0]
        if value <= 0
        else _HEIGHTS[max(ceil(steps * value / largest - _TOLERANCE), 1)]
        for value in values
    )

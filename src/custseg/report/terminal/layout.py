"""How wide a table's columns are on a terminal, and which of them and their pictures fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from custseg.report.tables.table import Column

GAP: Final = 2
"""Cells between columns."""
_SHORT: Final = 20
"""Cells that are enough for any text."""
_FEW: Final = 2
"""Lines of a short text that are still read at a glance."""


@dataclass(frozen=True)
class Widths:
    """How wide a column can be, in a terminal's cells."""

    least: int
    """No figure is broken, and texts only between words."""
    fair: int
    """A text takes two lines at most, or has 20 cells."""
    natural: int
    """Nothing is broken."""


@dataclass(frozen=True)
class Arrangement:
    """The columns that are shown, with their widths, and those of them with their picture."""

    widths: dict[int, int]
    pictured: set[int]


def arrange(
    columns: Sequence[Column],
    lines: Sequence[Sequence[str]],
    pictures: Mapping[int, Sequence[str]],
    available: int,
) -> Arrangement | None:
    """Lay out a table; None where even its needed columns have no room side by side.

    Parameters
    ----------
    columns
        All columns.
    lines
        Their headers, then the cells of each row.
    pictures
        By column, the drawings of each row.
    available
        The terminal's width.
    """
    texts = list(zip(*lines, strict=True))
    plain = {i: measure(column, *texts[i]) for i, column in enumerate(columns)}
    # A long text is welcome in whatever room there is; for the sake of a column that can be done
    # without, the others' texts are not broken into shreds.
    wanted = [w.least if columns[i].optional else w.fair for i, w in plain.items()]
    shown = fitting(wanted, columns, available)
    if total(plain[i].least for i in shown) > available:
        return None
    drawn = {
        i: measure(columns[i], *texts[i], picture=longest(drawings))
        for i, drawings in pictures.items()
        if i in shown and any(drawings)
    }
    plain = {i: plain[i] for i in shown}
    pictured = with_pictures(plain, drawn, available)
    chosen = plain | {i: drawn[i] for i in pictured}
    prose = {i for i in shown if not columns[i].numeric}
    return Arrangement(spread(chosen, prose, available), pictured)


def measure(column: Column, header: str, *cells: str, picture: int = 0) -> Widths:
    """Measure a column whose picture, if it has one, is so many cells wide."""
    words = [word for text in (header, *cells) for word in text.split()]
    if column.numeric:
        figures = longest(cells) + (1 + picture if picture else 0)
        least = max(figures, longest(header.split()))
        return Widths(least, least, max(figures, cell_len(header)))
    least = longest(words)
    enough = max(least, _SHORT)
    texts = [cell.split() for cell in cells]
    fair = next(
        (
            width
            for width in range(least, enough)
            if all(_lines(text, width) <= _FEW for text in texts)
        ),
        enough,
    )
    return Widths(least, fair, longest([header, *cells]))


def fitting(widths: Sequence[int], columns: Sequence[Column], available: int) -> list[int]:
    """Choose the columns that a terminal has room for, leaving out optional ones from the right."""
    shown = list(range(len(widths)))
    while total(widths[i] for i in shown) > available:
        droppable = [i for i in shown if columns[i].optional]
        if not droppable:
            break
        shown.remove(droppable[-1])
    return shown


def with_pictures(
    plain: Mapping[int, Widths], drawn: Mapping[int, Widths], available: int
) -> set[int]:
    """Choose the pictures that there is room for, those on the right first.

    Parameters
    ----------
    plain
        The columns shown, without pictures.
    drawn
        Those of them that have a picture, with it.
    available
        The terminal's width.
    """
    taken = total(widths.fair for widths in plain.values())
    chosen = set()
    for i in sorted(drawn, reverse=True):
        more = drawn[i].fair - plain[i].fair
        if taken + more <= available:
            chosen.add(i)
            taken += more
    return chosen


def spread(columns: Mapping[int, Widths], prose: set[int], available: int) -> dict[int, int]:
    """Give the room that is left to the texts broken most, and then to headers of figures."""
    widths = {i: column.least for i, column in columns.items()}
    for _ in range(available - total(widths.values())):
        broken = [i for i, column in columns.items() if widths[i] < column.natural]
        if not broken:
            break
        widths[max(broken, key=lambda i: (i in prose, columns[i].natural / widths[i]))] += 1
    return widths


def total(widths: Iterable[int]) -> int:
    """Return the cells that a table with columns so wide takes."""
    return sum(width + GAP for width in widths) + 1


def longest(texts: Iterable[str]) -> int:
    """Return the cells of the widest text: some characters take two, some none."""
    return max(map(cell_len, texts), default=0)


def _lines(words: Sequence[str], width: int) -> int:
    """How many lines words take, each line filled before the next."""
    lines, room = 0, 0
    for size in map(cell_len, words):
        if size > room - 1 or lines == 0:
            lines, room = lines + 1, width - size
        else:
            room -= size + 1
    return lines

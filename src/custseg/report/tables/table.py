"""Small tables of plain values, with how a person wants them written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from custseg.words import figures
from custseg.words.figures import TEXT, printable

if TYPE_CHECKING:
    from custseg.report.tables.pictures import Picture

Format = Callable[[Any], str]


def text(value: object) -> str:
    """As it is; nothing for a missing value."""
    return "" if value is None else str(value)


def whole(value: float | None) -> str:
    """1,234."""
    return TEXT.number(value)


def money(value: float | None) -> str:
    """1,234.56."""
    return TEXT.number(value, 2)


def decimals(places: int) -> Format:
    """0.268."""
    return figures.decimals(places)


def percent(value: float | None) -> str:
    """12.3 %."""
    return TEXT.percent(value)


def mark(value: object) -> str:
    """A tick for true."""
    return "✓" if value else ""


@dataclass(frozen=True)
class Column:
    """A column of a table: the key in its rows, its header and how values are written."""

    key: str
    header: str
    format: Format = text
    optional: bool = False
    """It may be left out where the terminal is too narrow for all."""
    picture: Picture | None = None
    """What stands beside its figures on a terminal with room for it; in no pipe and no JSON."""

    @property
    def numeric(self) -> bool:
        """Whether it is set flush right."""
        return self.format not in {text, mark}


@dataclass(frozen=True)
class Table:
    """Rows of plain values with a title. `name` is its key in JSON."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)
    bold: str = ""
    """The key that is true in the rows that a terminal sets in bold."""
    pairs: bool = False
    """Its rows are names and what is said of them: a terminal needs no headers for that."""

    @property
    def headers(self) -> list[str]:
        """The columns' headers."""
        return [column.header for column in self.columns]

    def written(self) -> list[list[str]]:
        """Its cells as text; no character of a value steers the terminal or breaks a line."""
        return [
            [printable(column.format(row.get(column.key))) for column in self.columns]
            for row in self.rows
        ]


def with_values(columns: Sequence[Column], rows: Sequence[dict[str, Any]]) -> tuple[Column, ...]:
    """Columns without those that no row has a value of: what the orders tell nothing of."""
    return tuple(
        column for column in columns if not rows or any(row[column.key] is not None for row in rows)
    )


def pairs(name: str, title: str, listed: list[tuple[str, object]]) -> Table:
    """A table of two columns: what, and its value."""
    columns = (Column("what", "what"), Column("value", "value"))
    return Table(name, title, columns, [{"what": a, "value": b} for a, b in listed], pairs=True)

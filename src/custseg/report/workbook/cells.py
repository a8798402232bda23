"""What a sheet's tables are made of: their headings, and values that say how they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from custseg.report.workbook.formats import TEXT, Format, Number


@dataclass(frozen=True)
class Heading:
    """The head of a column: its header and how the numbers below are written."""

    header: str
    format: Format = TEXT
    width: float | None = None
    """In letters; otherwise as wide as what it holds."""
    colour: str | None = None
    """A segment's, behind its header."""


@dataclass(frozen=True)
class Shown:
    """A number that is written in another way than its column is."""

    value: Number | None
    format: Format


@dataclass(frozen=True)
class Label:
    """A text with a segment's colour beside it, or with a link to a sheet."""

    text: str
    colour: str | None = None
    link: str | None = None


Value = str | Number | bool | Shown | Label | None
Pair = tuple[str | Label, Value, str]
"""A label, its value, and a note that says more: empty beside a text."""


@dataclass(frozen=True)
class Block:
    """Where a table lies: its rows and columns, from 1."""

    header: int
    first: int
    last: int
    columns: int

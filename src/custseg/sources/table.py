"""A table as its source holds it: a header, a sample, and its rows when they are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.settings import CanonicalField

SAMPLE_ROWS: Final = 200
"""Rows that a table shows before it is read, for headers and mappings to be judged by."""
ROW: Final = "source_row"
REQUIRED_FIELDS: Final[tuple[CanonicalField, ...]] = ("customer_id", "ordered_at")
"""Without these there is nobody to segment, or no time to do it by."""
MONEY_FIELDS: Final[tuple[CanonicalField, ...]] = ("unit_price", "amount", "order_total")
"""Any of these gives a line its value."""


@dataclass(frozen=True)
class Rejected:
    """A row that is no row of its table, and why."""

    row: int
    reason: str
    """Such as `9 fields where the header has 8`; never a value."""
    alone: bool = False
    """A single field in a table of several columns, as remarks above and below a table are."""


@dataclass(frozen=True)
class Loaded:
    """Rows of a table, as the engine reads them."""

    rows: ir.Table
    """The wanted columns, as text or in the source's own types, and `source_row`: the row's number
    in the file or sheet, counted from 1 with all that is above it."""
    rejected: tuple[Rejected, ...] = ()


class SourceTable(Protocol):
    """A file's table, a sheet, a member of an archive, or a query's result."""

    @property
    def name(self) -> str:
        """What messages and `source_file` call it: `orders.csv`, `book.xlsx, sheet "May"`."""

    @property
    def header(self) -> tuple[str, ...]:
        """Its columns as the source names them, without blanks around them.

        A name that comes again gets a number (`Name (2)`), one that is missing is `column 3`.
        """

    @property
    def sample(self) -> tuple[tuple[str | None, ...], ...]:
        """At most SAMPLE_ROWS of its first rows as text, one value per column; None where empty."""

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:
        """Read some of its columns, in bounded memory; no other column is kept anywhere.

        Raises
        ------
        DataError
            It cannot be read to its end.
        """


@runtime_checkable
class ParsedTable(Protocol):
    """A table that is parsed without an engine, which takes long and can be imported meanwhile."""

    def parsed(self, columns: Sequence[str]) -> SourceTable:
        """Read some of its columns now, for `load` to give.

        Raises
        ------
        DataError
            It cannot be read to its end.
        """


@runtime_checkable
class NestedTable(Protocol):
    """A table whose rows are the lines of orders that its source holds as records."""

    @property
    def lines_own(self) -> frozenset[str]:
        """Its columns that are a line's; the others are the whole order's, and repeat."""

"""What the databases that custseg reads have in common: relations, columns, batches of rows."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import pyarrow as pa

from custseg.errors import DataError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

BATCH: Final = 20_000
"""Rows fetched at a time."""

Kind = Literal["whole", "float", "exact", "boolean", "date", "moment", "instant", "text"]
"""What a column holds. `exact` is a decimal number of any size, fetched as the digits it has;
`moment` is a time without zone, `instant` one with; `text` is everything else."""

ARROW: Final[dict[Kind, pa.DataType]] = {
    "whole": pa.int64(),
    "float": pa.float64(),
    "exact": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "moment": pa.timestamp("us"),
    "instant": pa.timestamp("us", "UTC"),
    "text": pa.string(),
}
WRITTEN: Final = ("exact", "text")
"""Kinds that the database is asked to write out."""


@dataclass(frozen=True)
class Relation:
    """A table or view."""

    schema: str
    name: str
    near: bool = True
    """It is found by its name alone."""

    @property
    def dotted(self) -> str:
        """Its name with its schema."""
        return f"{self.schema}.{self.name}"

    @property
    def shown(self) -> str:
        """Its name, with its schema where it needs one."""
        return self.name if self.near else self.dotted

    @property
    def query(self) -> str:
        """All of it."""
        return f"SELECT * FROM {_quoted(self.schema)}.{_quoted(self.name)}"  # noqa: S608  # nosec B608


@dataclass(frozen=True)
class SqlColumn:
    """A column of a relation or of a query's result."""

    name: str
    kind: Kind | None
    """None: bytes, which are no use to anyone here."""


class Session(Protocol):
    """One connection, which changes nothing and sees one moment of the database."""

    dialect: str
    """sqlglot's name of its SQL."""
    errors: type[Exception]
    """What its driver raises."""

    def check(self, query: str) -> None:
        """Refuse a query of the user's that reaches more than the tables."""

    def relations(self) -> list[Relation]:
        """Every table and view that may be read, sorted."""

    def columns(self, query: str) -> list[SqlColumn]:
        """The columns of a query's result."""

    def kinds(self, query: str, columns: Sequence[SqlColumn], wanted: Sequence[int]) -> list[Kind]:
        """What some of its columns hold."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """A small result, whole."""

    def batches(self, sql: str, kinds: Sequence[Kind]) -> Iterator[pa.RecordBatch]:
        """A large result, in pieces whose columns have the types of `ARROW`."""

    def failure(self, error: Any, where: str) -> DataError:  # noqa: ANN401  (one of `errors`)
        """Explain an error of the driver without any value of a row."""


def select_sql(query: str, width: int, wanted: Sequence[int], written: Container[int]) -> str:
    """SQL for some of a query's columns, by position, named as `aliases` are, some as text.

    By position, because names may be anything and come twice.
    """
    picked = ", ".join(
        (f"CAST(p{at} AS TEXT)" if at in written else f"p{at}") + f" AS {alias}"
        for at, alias in zip(wanted, aliases(len(wanted)), strict=True)
    )
    return f"{relation_sql(query, width)} SELECT {picked} FROM relation"  # noqa: S608  # nosec B608


def relation_sql(query: str, width: int) -> str:
    """SQL that calls a query `relation` and its columns p0, p1, …: a SELECT follows."""
    names = ", ".join(f"p{at}" for at in range(width))
    return f"WITH relation({names}) AS (\n{query}\n)"


def aliases(count: int) -> list[str]:
    """Names for columns while they are on their way."""
    return [f"c{place}" for place in range(count)]


def single_query(query: str, dialect: str) -> str:
    """Return a query as it can stand within another one.

    Raises
    ------
    SettingsError
        It is anything but one SELECT, or one with a WITH before it, that only reads.
    """
    import sqlglot
    from sqlglot import exp

    logger = logging.getLogger("sqlglot")
    level = logger.level
    # It would print the statement that it gives up on.
    logger.setLevel(logging.CRITICAL)
    try:
        statements = [tree for tree in sqlglot.parse(query, read=dialect) if tree is not None]
    except sqlglot.ParseError as error:
        at = error.errors[0] if error.errors else {}
        near = f' (near "{at["highlight"]}")' if at.get("highlight") else ""
        raise _no_query(f"cannot be read: line {at.get('line', 1)}{near}") from None
    except sqlglot.errors.SqlglotError:
        raise _no_query("cannot be read; is a quote or bracket left open?") from None
    finally:
        logger.setLevel(level)
    if len(statements) != 1:
        raise _no_query(f"holds {len(statements)} statements")
    (tree,) = statements
    writes = (exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command)
    reads = isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery) and not any(
        isinstance(node, writes) and not isinstance(node, exp.Query) for node in tree.walk()
    )
    if not reads:
        raise _no_query("does more than read")
    return re.sub(r"[\s;]+\Z", "", query)


def _no_query(what: str) -> SettingsError:
    return SettingsError(
        f"[source] query {what}.", "It has to be a single SELECT, or WITH … SELECT."
    )


def declared(columns: Sequence[SqlColumn], wanted: Sequence[int]) -> list[Kind]:
    """What columns hold by their types."""
    return [columns[at].kind or "text" for at in wanted]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""A chain of steps over a table: as one expression, or as a readable query of a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import fill, indent, wrap
from typing import TYPE_CHECKING, Final

import ibis
import sqlglot
from ibis.backends.sql.compilers.duckdb import compiler
from sqlglot import exp

from custseg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

_WIDTH: Final = 100
_LONGEST: Final = 140
"""A choice by conditions is easier to compare with the next one on a line."""
_PARTS_OF_A_NAME: Final = {"this", "db", "catalog"}
_BINDS_TIGHTER: Final[dict[object, tuple[type[object], ...]]] = {
    exp.Add: (exp.Mul, exp.Div, exp.Pow),
    exp.Sub: (exp.Mul, exp.Div),
    exp.Pow: (exp.Add, exp.Sub),
    exp.And: (exp.EQ, exp.NEQ),
}
"""What needs no brackets within what; a power is written as a function."""
_TERM: Final = re.compile(r" (?!\+ [a-zA-Z])")
"""A blank that is not before the next term of a sum."""
_JOINED: Final = "\0"
_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Step:
    """One step of a query: a selection from the table that the step before made."""

    name: str
    meaning: str
    """In a sentence: the comment above it."""
    select: Callable[[ir.Table], ir.Table]
    often_read: bool = False
    """Whether the steps after it read a column of it many times."""


def chained(
    table: ir.Table, steps: Sequence[Step], keep: Callable[[ir.Table], ir.Table] | None = None
) -> ir.Table:
    """All steps as one expression, to be run where the table is.

    Parameters
    ----------
    keep
        Done to what is often read, on a backend that would compute it anew each time it is read.
    """
    for step in steps:
        table = step.select(table)
        if keep and step.often_read:
            table = keep(table)
    return table


def query(steps: Sequence[Step], schema: ibis.Schema, source: str, dialect: str, head: str) -> str:
    """Write the steps as a query: each but the last a named table with its comment.

    Parameters
    ----------
    schema
        Of the table that the first step reads.
    source
        Its name in the database, or a function of tables, as the dialect writes it.
    dialect
        As sqlglot calls it.
    head
        The comment above all.

    Raises
    ------
    UsageError
        The source is no table.
    """
    read = _table(source, dialect)
    written = []
    for step in steps:
        made = step.select(ibis.table(schema, name="source"))
        schema = made.schema()
        text = _laid_out(_plain(compiler.to_sqlglot(made)), read, dialect)
        read = exp.to_table(step.name)
        written.append((step, text))
    *named, (last, final) = written
    tables = ",\n".join(
        f"{_comment(step.meaning)}\n{step.name} AS {_kept(step, dialect)}(\n{indent(text, '  ')}\n)"
        for step, text in named
    )
    return f"{_comment(head)}\nWITH\n{tables}\n{_comment(last.meaning)}\n{final}\n"


def _kept(step: Step, dialect: str) -> str:
    """PostgreSQL puts steps into each other: what is read often would be computed as often."""
    return "MATERIALIZED " if step.often_read and dialect == "postgres" else ""


def _table(source: str, dialect: str) -> exp.Table:
    try:
        table = sqlglot.parse_one(source, into=exp.Table, read=dialect)
    except sqlglot.errors.SqlglotError:
        table = None
    # A table beside others, or with a sample or pivot of it, would make another query.
    parts = {name for name, part in table.args.items() if part} if table else set()
    if not isinstance(table, exp.Table) or parts - _PARTS_OF_A_NAME:
        raise UsageError(
            f'--from "{source}" is no table of {dialect}.',
            "Name one, such as features or shop.features.",
        )
    return table


def _laid_out(select: exp.Select, source: exp.Table, dialect: str) -> str:
    """A selection from a table: a line for each column, where it is short enough for one."""
    columns = [indent(_column(column, dialect), "  ") for column in select.expressions]
    listed = ",\n".join(columns)
    return f"SELECT\n{listed}\nFROM {source.sql(dialect)}"


def _plain(select: exp.Select) -> exp.Select:
    """Write names without quotes and table, of which there is only one.

    Where names are quoted, a database that spells them in capitals knows none of them.
    """
    select = select.copy()
    for column in select.find_all(exp.Column):
        column.set("table", None)
    for identifier in select.find_all(exp.Identifier):
        identifier.set("quoted", not _PLAIN.fullmatch(identifier.name))
    for division in select.find_all(exp.Div):
        # All are of floats: no dialect has to make one of a whole number.
        division.set("typed", True)
    for bracket in list(select.find_all(exp.Paren)):
        if isinstance(bracket.this, _BINDS_TIGHTER.get(type(bracket.parent), ())):
            bracket.replace(bracket.this)
    return select


def _column(column: exp.Expression, dialect: str) -> str:
    """A column on a line, or on several that are broken between terms."""
    line = column.sql(dialect)
    if column.find(exp.Case):
        return line if len(line) <= _LONGEST else column.sql(dialect, pretty=True)
    terms = fill(
        _TERM.sub(_JOINED, line),
        _WIDTH,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return terms.replace(_JOINED, " ")


def _comment(text: str) -> str:
    return "\n".join(f"-- {line}" for line in wrap(text, _WIDTH - 3))

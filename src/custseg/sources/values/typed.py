"""Canonical types for a source's values; every value that does not fit is counted and shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import ibis

from custseg.engine.base import fetch, is_scan
from custseg.engine.duckdb import spool
from custseg.errors import DataError
from custseg.sources.values.dates import date_parser
from custseg.sources.values.faults import (
    EMPTY,
    UNREADABLE,
    Fault,
    counts_as_fault,
    find_faults,
    masked,
)
from custseg.sources.values.identifiers import identifier, label, lost_digits
from custseg.sources.values.numbers import blank, number_parsers
from custseg.sources.values.rates import rate_parser, without_percent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import ibis.expr.types as ir

    from custseg.settings import CanonicalField, SourceSettings
    from custseg.sources.values.numbers import Parser

Kind = Literal["id", "label", "text", "number", "date"]

KINDS: Final[dict[CanonicalField, Kind]] = {
    "customer_id": "id",
    "order_id": "id",
    "product_id": "id",
    "description": "text",
    "category": "label",
    "country": "label",
    "quantity": "number",
    "unit_price": "number",
    "amount": "number",
    "discount": "number",
    "discount_rate": "number",
    "tax": "number",
    "refunded": "number",
    "order_total": "number",
    "order_discount": "number",
    "order_tax": "number",
    "order_shipping": "number",
    "order_refunded": "number",
    "order_paid": "number",
    "order_paid_shipping": "number",
    "ordered_at": "date",
    "status": "label",
    "kind": "label",
    "cancelled_at": "label",
    "currency": "label",
}
"""What each column holds."""
ORIGIN: Final = ("source_file", "source_row")
BLANK: Final = "blank"
_MOST_EXAMPLES: Final = 3


@dataclass(frozen=True)
class Typed:
    """A source's rows in canonical types. Computed from the source each time it is asked for."""

    lines: ir.Table
    """Every row: the mapped canonical columns, `source_file` and `source_row`; `blank` where the
    whole row is; for each column that can be faulty `given_<column>`, as given; the marks."""
    columns: tuple[str, ...]
    """The canonical columns that the source has."""
    count: int
    """Rows that are not blank."""
    blank_rows: int
    faults: tuple[Fault, ...]
    several_files: bool


def convert_types(
    table: ir.Table,
    mapped: Mapping[str, str],
    settings: SourceSettings,
    where: str,
    scratch: Path,
) -> Typed:
    """Give a table in canonical columns its canonical types, and find what does not fit them.

    The table is computed once for the numbers as text, once for the dates as text, and once to be
    kept in a file; a workbook, whose rows are in memory, in the engine; of a typed file nothing is.

    Parameters
    ----------
    table
        Canonical columns as the source has them (text or its own types), with source_file and
        source_row.
    mapped
        The source's name of each canonical column that it has, for messages.
    settings
        Date format, decimal mark and time zone.
    where
        The source's name, for messages.
    scratch
        A temporary folder for that file.

    Raises
    ------
    DataError
        Numbers or dates can be read in two ways, or there is no row but blank ones.
    """
    columns: list[CanonicalField] = [name for name in KINDS if name in mapped]
    numbers = [name for name in columns if KINDS[name] == "number"]
    rate = "discount_rate" in columns
    bare = table.mutate(discount_rate=without_percent(table.discount_rate)) if rate else table
    parsers = number_parsers(bare, numbers, settings.decimal, where, mapped)
    if rate:
        parsers["discount_rate"] = rate_parser(table, "discount_rate", parsers["discount_rate"])
    for name in columns:
        if KINDS[name] == "date":
            parsers[name] = date_parser(
                table, name, settings.date_format, settings.timezone, where, mapped[name]
            )
        elif KINDS[name] != "number":
            parsers[name] = {"id": identifier, "label": label, "text": _text}[KINDS[name]]
    lines, marks = _lines(table, columns, parsers)
    # Values are parsed once: what follows reads columns of a file, or what the engine keeps.
    if _is_in_memory(table):
        lines = lines.cache()
    elif not _is_typed(table, columns):
        lines = spool(lines, scratch)
    counts = fetch(
        lines.aggregate(
            rows=lines.count(),
            blank=lines[BLANK].sum(),
            several_files=lines.source_file.min() != lines.source_file.max(),
            **{mark: lines[mark].sum() for mark in marks},
        )
    )[0]
    rows, blank_rows = (int(counts[name] or 0) for name in ("rows", BLANK))
    if rows == blank_rows:
        raise DataError(f"{where}: holds no order lines.", "Export the orders again.")
    found = (
        Fault(name, what, mark, int(counts[mark] or 0)) for mark, (what, name) in marks.items()
    )
    return Typed(
        lines,
        tuple(columns),
        rows - blank_rows,
        blank_rows,
        tuple(fault for fault in found if counts_as_fault(fault, rows - blank_rows)),
        bool(counts["several_files"]),
    )


def select_good_lines(typed: Typed) -> ir.Table:
    """Return the rows that are neither blank nor faulty: canonical columns and their origin."""
    lines = typed.lines
    # Only where there is something to leave out: the engine computes what a filter needs twice.
    if typed.blank_rows:
        lines = lines.filter(~lines[BLANK])
    if typed.faults:
        lines = lines.filter(~faulty(lines, typed))
    return lines.select(*typed.columns, *ORIGIN)


def select_rejected_lines(typed: Typed) -> ir.Table:
    """Return the faulty rows: source_file, source_row, and the reason, which holds no value."""
    lines = typed.lines
    reasons = [lines[fault.mark].ifelse(f"; {fault.reason}", "") for fault in typed.faults]
    reason = ibis.literal("").concat(*reasons).substr(2) if reasons else ibis.literal("")
    return lines.filter(faulty(lines, typed)).select(*ORIGIN, reason=reason)


def refusal(typed: Typed, mapped: Mapping[str, str], where: str) -> DataError | None:
    """Return the error that names every fault with its first rows, or None where there is none."""
    if not typed.faults:
        return None
    told = [
        f'{where}, column "{mapped[fault.column]}": {fault.count:,} of {typed.count:,} values '
        f"{fault.what}"
        for fault in typed.faults
    ]
    problems = [
        f"{what} (first: {_examples(typed, fault)})."
        for what, fault in zip(told, typed.faults, strict=True)
    ]
    return DataError(
        "\n".join(problems),
        "Correct them in the source, or leave those rows out of it.",
        "\n".join(f"{what}." for what in told),
    )


def _is_in_memory(table: ir.Table) -> bool:
    """Whether rows come from memory, as a workbook's do, and not from a file of the engine's."""
    import ibis.expr.operations as ops

    return bool(table.op().find(ops.InMemoryTable))


def _is_typed(table: ir.Table, columns: list[CanonicalField]) -> bool:
    """Whether rows can be computed again as fast as they can be read from a file of our own.

    They can where a file holds numbers and dates in types of their own, beside each other.
    """
    parsed = any(table[name].type().is_string() for name in columns if KINDS[name] in UNREADABLE)
    return not parsed and is_scan(table)


def _text(column: ir.Value) -> ir.Value:
    return column.cast("string").nullif("")


def _lines(
    table: ir.Table, columns: list[CanonicalField], parsers: Mapping[str, Parser]
) -> tuple[ir.Table, dict[str, tuple[str, str]]]:
    """`Typed.lines`, and the fault that each of its marks means."""
    given: dict[str, ir.Value] = {
        name: table[name] if KINDS[name] == "id" else blank(table[name])
        for name in columns
        if KINDS[name] in {"id", *UNREADABLE}
    }
    # Views, or the expression of each step would be written out within the next.
    lines = table.select(
        *ORIGIN,
        **{name: parsers[name](table[name]) for name in columns},
        **{f"given_{name}": value for name, value in given.items()},
        **{f"lost_{name}": lost_digits(table[name]) for name in columns if KINDS[name] == "id"},
    ).view()
    is_blank = [
        lines[f"given_{name}"].isnull()
        if KINDS[name] in UNREADABLE
        else lines[name].isnull() & ~lines[f"lost_{name}"]
        if KINDS[name] == "id"
        else lines[name].isnull()
        for name in columns
    ]
    lines = lines.mutate(**{BLANK: ibis.and_(*is_blank)}).view()
    faults = find_faults(lines, {name: KINDS[name] for name in columns})
    marks = {f"fault_{i}": fault for i, fault in enumerate(faults)}
    return lines.mutate(
        **{mark: faults[fault] & ~lines[BLANK] for mark, fault in marks.items()}
    ).view(), marks


def faulty(lines: ir.Table, typed: Typed) -> ir.Value:
    """Whether a row has a fault."""
    return ibis.or_(*(lines[fault.mark] for fault in typed.faults))


def _examples(typed: Typed, fault: Fault) -> str:
    first = typed.lines.filter(typed.lines[fault.mark]).order_by(*ORIGIN).limit(_MOST_EXAMPLES)
    shown = fetch(first.select(*ORIGIN, value=first[f"given_{fault.column}"].cast("string")))
    return ", ".join(
        (f"{row['source_file']} " if typed.several_files else "")
        + f"row {row['source_row']}"
        + (f' "{masked(row["value"])}"' if row["value"] and fault.what != EMPTY else "")
        for row in shown
    )


def line_value(lines: ir.Table, columns: Collection[str]) -> ir.Value:
    """Return what lines say that they are worth, as floats: amount, or quantity × unit price."""
    parts = [lines.amount.cast("float64")] if "amount" in columns else []
    if "unit_price" in columns:
        units = lines.quantity.cast("float64") if "quantity" in columns else ibis.literal(1.0)
        parts.append((units * lines.unit_price.cast("float64")).round(4))
    return ibis.coalesce(*parts) if parts else ibis.null("float64")

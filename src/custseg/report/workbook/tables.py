"""Writes a table's definition into a sheet: each column as its form and the currency say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from custseg.report.tables.table import Form
from custseg.report.workbook.cells import Block, Heading, Label, Shown, Value
from custseg.report.workbook.formats import (
    HUNDREDTHS,
    PERCENT,
    SIGNED,
    TENTHS,
    TEXT,
    THOUSANDTHS,
    TIMES,
    WHOLE,
    Format,
    exact_money,
    exact_units,
    money,
    rounded_money,
    rounded_share,
)
from custseg.report.workbook.words import feature

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from custseg.report.summary.segment import SegmentSummary
    from custseg.report.summary.whole import Summary
    from custseg.report.tables.definition import Definition, Row
    from custseg.report.tables.table import Column
    from custseg.report.workbook.sheet import SheetWriter
    from custseg.words.language import Texts, Wording

_NUMBERS = {0: WHOLE, 1: TENTHS, 2: HUNDREDTHS, 3: THOUSANDTHS}


def write_table(
    writer: SheetWriter,
    definition: Definition,
    rows: Sequence[Row],
    summary: Summary,
    *,
    total: Row | None = None,
    words: Mapping[str, object] | None = None,
) -> Block:
    """Write rows under the headers that a definition has in the workbook's language.

    Parameters
    ----------
    writer
        The sheet.
    definition
        The table's columns.
    rows
        Values by column. One with a `colour` has it beside its segment's name.
    summary
        The run: whether amounts are known.
    total
        A row in bold below.
    words
        What the headers name.
    """
    columns = columns_of(definition, rows, summary, writer.say, words)
    exact = [
        row.get(column.key)
        for column in columns
        if column.kind == "money" and isinstance(column.format, Form) and column.format.exact
        for row in (*rows, *([total] if total else []))
    ]
    heads = [
        Heading(
            column.header,
            number_format(
                column,
                writer.wording,
                exact if column.kind == "money" else [row.get(column.key) for row in rows],
            ),
            column.width,
        )
        for column in columns
    ]
    cells = [[_cell(column, row, writer.wording) for column in columns] for row in rows]
    block = writer.table(heads, cells, definition.sheet_name)
    if total:
        writer.total(heads, [_cell(column, total, writer.wording) for column in columns])
    return block


def columns_of(
    definition: Definition,
    rows: Sequence[Row],
    summary: Summary,
    say: Texts,
    words: Mapping[str, object] | None = None,
) -> tuple[Column, ...]:
    """Return a definition's columns for the workbook under its language's headers.

    They are those of the page, but for the ones that the workbook has of its own.
    """
    columns = definition.columns_for("workbook", rows, money=summary.money, words=words)
    page = say.wording.texts(f"page.tables.{definition.name}.columns")
    headers = {**page, **say.wording.texts(f"workbook.tables.{definition.name}")}
    named = {"money": summary.money, **(words or {})}
    return tuple(
        replace(one, header=say.wording.fill(headers[one.key], named))
        if one.key in headers
        else one
        for one in columns
    )


def write_found(
    writer: SheetWriter,
    heading: str,
    definition: Definition,
    rows: Sequence[Row],
    summary: Summary,
    note: str = "",
) -> None:
    """Write a table under its heading and what is to be known of it; nothing without rows."""
    if rows:
        writer.heading(heading)
        if note:
            writer.sentence(note, pale=True)
        write_table(writer, definition, rows, summary)


def write_list(
    writer: SheetWriter, definition: Definition, rows: Sequence[Row], summary: Summary, printed: int
) -> None:
    """Write a list to sort and filter, of which the first rows are printed, on one page."""
    if len(rows) > printed:
        writer.sentence(writer.say("products.rows", rows=len(rows), printed=printed), pale=True)
    block = write_table(writer, definition, rows, summary)
    writer.freeze(block.first)
    writer.print_first(block, printed)


def of_segment(segment: SegmentSummary) -> Row:
    """Return what names a segment in a row."""
    return {"segment_name": segment.segment_name, "colour": segment.colour}


def number_format(column: Column, wording: Wording, values: Sequence[Any]) -> Format:
    """Return the number format of a column's form; `values` are what an exact one must hold."""
    form = column.format
    if not isinstance(form, Form):
        return TEXT
    if form.kind == "money":
        return exact_money(wording, values) if form.exact else money(wording)
    if form.kind == "share":
        return PERCENT
    if form.kind == "count":
        return exact_units(values) if form.exact else WHOLE
    if form.kind == "number":
        return SIGNED if form.signed else TIMES if form.times else _NUMBERS[form.places]
    return TEXT


def rounded(column: Column, value: Value, wording: Wording) -> Value:
    """Return a value of a column with as many decimals as a reader needs."""
    if value is None or isinstance(value, str | bool | Shown | Label):
        return value
    if column.kind == "money":
        return Shown(value, rounded_money(wording, value))
    if column.kind == "share":
        return Shown(value, rounded_share(float(value)))
    return Shown(value, number_format(column, wording, [value]))


def _cell(column: Column, row: Row, wording: Wording) -> Value:
    value: Value = row.get(column.key)
    if isinstance(column.format, Form) and column.format.of_feature:
        assert not isinstance(value, str | bool | Shown | Label)
        return Shown(value, feature(row["feature"], wording)[1])
    if column.key == "feature":
        return feature(row["feature"], wording)[0]
    if column.key == "segment_name" and "colour" in row:
        return Label(row["segment_name"], row["colour"])
    exact = isinstance(column.format, Form) and column.format.exact
    return rounded(column, value, wording) if column.kind == "money" and not exact else value

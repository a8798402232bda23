"""Canonical types for a source's values; every value that does not fit is counted and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis
import ibis.expr.datatypes as dt

from custseg.artifacts import MONEY, MONEY_SCALE
from custseg.engine import fetch
from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis.expr.types as ir

    Parser = Callable[[ir.Value], ir.Value]

PLAIN_IDENTIFIERS: Final = ("customer_id", "order_id")
TEXTS: Final = ("description", "country", "category")
NUMBERS: Final = ("quantity", "unit_price", "amount")
NOUNS: Final = {name: "numbers" for name in NUMBERS} | {"ordered_at": "dates"}
NEVER_EMPTY: Final = ("order_id", "quantity", "unit_price", "amount", "ordered_at")

_DAY_FORMATS: Final = (
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d-%b-%y",
    "%d-%b-%Y",
    "%d %b %Y",
)
DATE_FORMATS: Final = tuple(
    f"{day}{time}" for time in ("", " %H:%M", " %H:%M:%S", " %I:%M %p") for day in _DAY_FORMATS
)

_MOST_EXAMPLES: Final = 3
_LONGEST_VALUE: Final = 40
_LAST_MOMENT: Final = "9000-01-01"
_LARGEST_AMOUNT: Final = 1e13


@ibis.udf.scalar.builtin(signature=((dt.string, dt.string), dt.timestamp))  # type: ignore[untyped-decorator]
def try_strptime(text: str, format: str) -> object:  # noqa: A002
    """DuckDB's own: the timestamp, or null where the text does not have the format."""


def typed(
    table: ir.Table, mapped: Mapping[str, str], date_format: str | None, where: str
) -> tuple[ir.Table, int]:
    """Give a table in canonical columns its canonical types.

    Parameters
    ----------
    table
        Canonical columns as the source has them (text, or a Parquet file's own types), with
        source_file and source_row.
    mapped
        The source's name of each canonical column, for messages.
    date_format
        How dates are written; None: the one format that fits every row.
    where
        The source's name, for messages.

    Returns
    -------
    tuple of ibis Table and int
        The typed rows without those that are wholly empty, and the number of the latter.

    Raises
    ------
    DataError
        A value is not of its column's type, or empty where it must not be.
    """
    text = table.mutate(
        **{name: _identifier(table[name]) for name in PLAIN_IDENTIFIERS},
        product_id=_digits(table.product_id),
        **{name: table[name].cast("string").nullif("") for name in TEXTS},
    )
    parsers: dict[str, Parser] = dict.fromkeys(NUMBERS, _number)
    parsers["ordered_at"] = _date_parser(text, mapped, date_format, where)
    # Kept by the engine (on disk where memory is short): checked, then written, parsed once.
    parsed = text.mutate(
        filled=ibis.or_(*(text[name].notnull() for name in mapped)),
        **{f"parsed_{name}": parse(text[name]) for name, parse in parsers.items()},
    ).cache()
    blank_rows = _check(parsed, mapped, where)
    # A source without quantities tells of one thing a line.
    quantity = parsed.parsed_quantity.fill_null(1).cast(MONEY)
    raw = parsed.filter(parsed.filled).mutate(
        quantity=quantity,
        unit_price=parsed.parsed_unit_price,
        amount=(quantity * parsed.parsed_unit_price)
        .round(MONEY_SCALE)
        .fill_null(parsed.parsed_amount),
        ordered_at=parsed.parsed_ordered_at,
    )
    return raw.select(table.columns), blank_rows


def _identifier(column: ir.Value) -> ir.Value:
    """An id without blanks around it, and without the `.0` that a spreadsheet's export gave it."""
    text = _digits(column).strip().nullif("")
    return text.endswith(".0").ifelse(text.re_replace(r"^(\d+)\.0$", r"\1"), text)


def _digits(column: ir.Value) -> ir.Value:
    """Text, null where blank; a whole number that a float column holds is written without `.0`."""
    if column.type().is_floating():
        column = column.isnan().ifelse(None, column)
        digits = column.try_cast("decimal(38,0)")
        whole = (digits.cast("float64") == column) & digits.notnull()
        column = whole.ifelse(digits.cast("string"), column.cast("string"))
    return column.cast("string").nullif("")


def _number(column: ir.Value) -> ir.Value:
    return (column.strip() if column.type().is_string() else column).try_cast(MONEY)


def _date_parser(
    table: ir.Table, mapped: Mapping[str, str], date_format: str | None, where: str
) -> Parser:
    """The one way to read every date of the column."""
    kind = table.ordered_at.type()
    if kind.is_timestamp() and kind.timezone is not None:
        raise _zoned(mapped, where)
    if kind.is_timestamp() or kind.is_date():
        return lambda column: _sane(column.cast("timestamp(6)"))
    if date_format:
        return _reading(date_format)
    distinct = table.select(date=table.ordered_at.cast("string")).distinct().cache()
    zoned = distinct.date.re_search(r":\d\d(\.\d+)?\s*(Z|[+-]\d\d(:?\d\d)?)\s*$")
    if fetch(distinct.aggregate(n=zoned.sum()))[0]["n"]:
        raise _zoned(mapped, where)
    not_iso = _failures(distinct, [_iso])
    if not_iso == [0]:
        return _iso
    readings = [_reading(pattern) for pattern in DATE_FORMATS]
    failures = _failures(distinct, readings)
    fitting = [i for i, failed in enumerate(failures) if not failed]
    if not fitting:
        # What the best reading cannot read is what the check then shows row by row.
        best = min(
            zip(failures + not_iso, [*readings, _iso], strict=True), key=lambda pair: pair[0]
        )
        return best[1]
    first = fitting[0]
    for other in fitting[1:]:
        differ = readings[first](distinct.date) != readings[other](distinct.date)
        if fetch(distinct.aggregate(n=differ.sum()))[0]["n"]:
            raise DataError(
                f'{where}, column "{mapped["ordered_at"]}": every date can be read as '
                f"{DATE_FORMATS[first]} and as {DATE_FORMATS[other]}.",
                f'Say which in custseg.toml: [source] date_format = "{DATE_FORMATS[first]}" or '
                f'date_format = "{DATE_FORMATS[other]}"',
            )
    return readings[first]


def _zoned(mapped: Mapping[str, str], where: str) -> DataError:
    return DataError(
        f'{where}, column "{mapped["ordered_at"]}": times carry a zone.',
        "Write them in the shop's local time, without zone.",
    )


def _iso(column: ir.Value) -> ir.Value:
    return _sane(column.cast("string").strip().try_cast("timestamp(6)"))


def _reading(pattern: str) -> Parser:
    def read(column: ir.Value) -> ir.Value:
        text = column.cast("string").strip()
        # The engine reads "infinity" as a date in every format.
        return _sane(text.re_search(r"^\d").ifelse(try_strptime(text, pattern), None))

    return read


def _sane(moment: ir.Value) -> ir.Value:
    """No moment where it is infinite or in a year that no calendar shows."""
    return (moment < ibis.timestamp(_LAST_MOMENT)).ifelse(moment, None)


def _failures(distinct: ir.Table, readings: list[Parser]) -> list[int]:
    """How many dates each reading fails to read."""
    value = distinct.date
    failed = {
        f"f{i}": (read(value).isnull() & value.notnull()).sum() for i, read in enumerate(readings)
    }
    return [n or 0 for n in fetch(distinct.aggregate(**failed))[0].values()]


def _check(table: ir.Table, mapped: Mapping[str, str], where: str) -> int:
    """Count the blank rows, and raise one error with all columns that hold or lack wrongly."""
    given = {name: table[name].cast("string").nullif("") for name in NEVER_EMPTY if name in mapped}
    faults = {
        ("are empty", name): table.filled & value.isnull() for name, value in given.items()
    } | {
        (f"are not {noun}", name): table[f"parsed_{name}"].isnull() & given[name].notnull()
        for name, noun in NOUNS.items()
        if name in mapped
    }
    amount = table.parsed_quantity.cast("float64") * table.parsed_unit_price.cast("float64")
    if {"quantity", "unit_price"} <= mapped.keys():
        faults[("times the price are too large", "quantity")] = amount.abs() >= _LARGEST_AMOUNT
    counts = table.aggregate(
        rows=table.count(),
        lines=table.filled.sum(),
        **{f"fault_{i}": fault.sum() for i, fault in enumerate(faults.values())},
    )
    rows, lines, *found = (n or 0 for n in fetch(counts)[0].values())
    if not lines:
        raise DataError(f"{where}: holds no order lines.", "Export the orders again.")
    problems = [
        f'{where}, column "{mapped[name]}": {count:,} of {lines:,} values {what} '
        f"(first: {_examples(table.filter(fault), name)})."
        for ((what, name), fault), count in zip(faults.items(), found, strict=True)
        if count
    ]
    if problems:
        raise DataError(
            "\n".join(problems), "Correct them in the source, or leave those rows out of it."
        )
    return rows - lines


def _examples(faulty: ir.Table, name: str) -> str:
    first = faulty.order_by("source_row").limit(_MOST_EXAMPLES)
    shown = fetch(first.select("source_row", value=first[name].cast("string")))
    return ", ".join(
        f"row {row['source_row']}" + (f' "{row["value"][:_LONGEST_VALUE]}"' if row["value"] else "")
        for row in shown
    )

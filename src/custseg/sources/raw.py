"""From a source's tables to the canonical raw table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.errors import CustsegError, DataError, SettingsError
from custseg.settings import SourceSettings
from custseg.sources.columns.match import ColumnMap, match
from custseg.sources.formats import name_of, one_of_each_database, open_tables
from custseg.sources.places import Place
from custseg.sources.table import MONEY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    import duckdb
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.settings import CanonicalField, EngineSettings
    from custseg.sources.table import Loaded, SourceTable

_MEMORY: Final = "500MB"
"""What the engine may hold while it reads; more spills to disk, and a file is read as fast."""
_ALIKE: Final = ("order_id", "quantity", *MONEY_FIELDS)


@dataclass(frozen=True)
class Raw:
    """A source's rows in canonical columns and types."""

    raw: ir.Table
    rejected: ir.Table
    """Rows that could not be read, with the reason; none where these stop the run."""
    preset: str
    """The cleaning preset that fits the export recognised, or rows without quantity."""
    blank_rows: int
    """Rows left out because every mapped column was empty."""
    rejected_rows: int
    source_name: str
    """The file's name, without the folders that lead to it."""
    money: bool
    """Whether the lines have a value."""
    people: bool
    """Whether customers are keyed hashes of e-mail addresses or names."""
    key_check: str
    """Of these hashes' key; empty where there are none."""
    mapping: tuple[dict[str, str], ...]
    """Which column was taken for which, by whom (proposal, export or you), and why."""
    beside: tuple[str, ...]
    """Sheets and members of archives that hold no orders."""


def read_orders(
    found: Path | str | Sequence[Place],
    scratch: Path,
    settings: SourceSettings | None = None,
    engine: EngineSettings | None = None,
) -> Raw:
    """Read the order lines of some files.

    Parameters
    ----------
    found
        A file or several: xlsx and its kin, delimited text, JSON lines, Parquet, SQLite, DuckDB, or
        archives of them. Their content decides, not their names. Text: a database's address.
    scratch
        An existing folder for what is unpacked and what the engine spills; needed for as long as
        the table is.
    settings
        The `[source]` settings.
    engine
        The `[engine]` settings.

    Returns
    -------
    Raw
        One row per row of the source, in canonical columns; only mapped columns are read.

    Raises
    ------
    DataError
        A file cannot be read, lacks columns, or holds values of the wrong type (all of them are
        counted, with the first rows).
    """
    settings = settings or SourceSettings()
    if isinstance(found, Path):
        if not found.exists():
            raise DataError(f"{found}: no such file.", "Check the path, or try: demo")
        found = [Place(found, found.name)]
    tables = _joined(open_tables(found, scratch, settings), scratch, settings)
    files = [] if isinstance(found, str) else [place.name for place in found]
    chosen, beside = _orders_among(tables, files, settings)

    import duckdb

    from custseg.engine.duckdb import connect

    connection = connect(engine, scratch, _MEMORY)
    source_name = name_of(found)
    try:
        return _raw(connection, chosen, beside, source_name, scratch, settings)
    except duckdb.Error as error:
        raise _unreadable(source_name, error) from error


def _joined(
    tables: list[SourceTable], scratch: Path, settings: SourceSettings
) -> list[SourceTable]:
    from custseg.sources.joining import join_bundles, join_each

    tables = join_bundles(tables)
    for join in settings.join:
        path = Path(join.file)
        if not path.exists():
            raise DataError(f"{path}: no such file.", "Check [[source.join]] file.")
        others = open_tables([Place(path, path.name)], scratch, settings)
        if len(others) != 1:
            raise DataError(
                f"{path.name}: holds {len(others)} tables; a joined file has one.",
                "Save the one to join in a file of its own.",
            )
        tables = join_each(tables, others[0], join.on)
    return tables


def _orders_among(
    tables: Sequence[SourceTable], files: Container[str], settings: SourceSettings
) -> tuple[list[tuple[SourceTable, ColumnMap]], list[str]]:
    """The tables that hold orders, each with its map, and the names of those that don't.

    Sheets of a workbook and members of an archive may hold other things; a file of its own may not.
    """
    chosen: list[tuple[SourceTable, ColumnMap]] = []
    beside, refused = [], []
    for table in one_of_each_database(tables, lambda table: _fits(table, settings)):
        try:
            chosen.append((table, match(table, settings.columns)))
        except DataError as error:
            if table.name in files:
                raise
            refused.append(error)
            beside.append(table.name)
    if not chosen:
        raise refused[0] if refused else DataError("The source holds no table.", "Export it again.")
    return chosen, beside


def _fits(table: SourceTable, settings: SourceSettings) -> bool:
    try:
        match(table, settings.columns)
    except DataError:
        return False
    return True


def _raw(
    connection: Backend,
    chosen: Sequence[tuple[SourceTable, ColumnMap]],
    beside: list[str],
    source_name: str,
    scratch: Path,
    settings: SourceSettings,
) -> Raw:
    from custseg.engine.base import fetch
    from custseg.sources.people import (
        customer_key,
        hashed,
        key_check,
        looks_personal,
        names_people,
        nobody,
    )
    from custseg.sources.reading import read_alike, united
    from custseg.sources.shapes import fill_down, order_lines, refuse_differing
    from custseg.sources.values.currencies import in_one_currency

    _refuse_different(chosen)
    fields = list(dict.fromkeys(name for _, columns in chosen for name in columns.columns))
    maps = [columns for _, columns in chosen]
    mapped = {name: next(m for m in maps if name in m.columns) for name in fields}
    labels: dict[str, str] = {name: " + ".join(m.columns[name]) for name, m in mapped.items()}
    # Text is never a measure for cells that a file holds as numbers and dates, nor these for text.
    alike: dict[tuple[str, ...], list[tuple[ir.Table, SourceTable, Loaded]]] = {}
    for table, columns in chosen:
        loaded = table.load(columns.wanted(), connection, scratch)
        part = _canonical(loaded.rows, columns, fields, table.name)
        filled = columns.filled_down if settings.fill_down is None else settings.fill_down
        part = fill_down(part, columns.columns) if filled else part
        kinds = tuple(str(part[name].type()) for name in fields)
        alike.setdefault(kinds, []).append((part, table, loaded))
    reads = [
        read_alike(
            [part for part, _, _ in group],
            {table.name: loaded.rejected for _, table, loaded in group},
            labels,
            source_name,
            scratch,
            settings,
        )
        for group in alike.values()
    ]
    lines, rejected = (
        united([one.lines for one in reads]),
        united([one.rejected for one in reads]),
    )
    refuse_differing(lines, fields, labels)
    personal = settings.customers == "hash" or (
        settings.customers == "auto"
        and (
            any(columns.people for columns in maps)
            or any(names_people(name) for m in maps for name in m.columns["customer_id"])
            or looks_personal(lines.customer_id)
        )
    )
    lines = lines.mutate(customer_id=nobody(lines.customer_id).ifelse(None, lines.customer_id))
    key = customer_key() if personal else b""
    if personal:
        lines = lines.mutate(customer_id=hashed(lines.customer_id, key))
    lines = in_one_currency(lines, fields, settings.rates, source_name)
    raw = order_lines(lines, fields)
    return Raw(
        raw,
        rejected,
        _preset(maps, fields),
        sum(one.blank_rows for one in reads),
        fetch(rejected.aggregate(n=rejected.count()))[0]["n"],
        source_name,
        money=not {*MONEY_FIELDS}.isdisjoint(fields),
        people=personal,
        key_check=key_check(key) if personal else "",
        mapping=tuple(
            {"field": name, "column": labels[name]} | mapped[name].why(name) for name in fields
        ),
        beside=tuple(beside),
    )


def _preset(maps: Sequence[ColumnMap], fields: Sequence[CanonicalField]) -> str:
    """The code patterns that fit every table, if the same do."""
    presets = {columns.preset for columns in maps}
    if len(presets) == 1 and presets != {"none"}:
        return presets.pop()
    return "none" if "quantity" in fields and "order_total" not in fields else "unit-rows"


def _refuse_different(chosen: Sequence[tuple[SourceTable, ColumnMap]]) -> None:
    """Refuse tables of which only some have what a line's value or its order is made of."""
    for name in _ALIKE:
        having = [table.name for table, columns in chosen if name in columns.columns]
        lacking = [table.name for table, columns in chosen if name not in columns.columns]
        if having and lacking:
            raise DataError(
                f"{lacking[0]}: lacks a column for {name}, which {having[0]} has.",
                "Read together, all tables have to have it: export them alike, or name the column.",
            )


def _canonical(
    rows: ir.Table, columns: ColumnMap, fields: Sequence[CanonicalField], name: str
) -> ir.Table:
    """The mapped columns of one table under their canonical names; what it lacks is null."""
    import ibis

    def value(field: CanonicalField) -> ir.Value:
        sources = [rows[column] for column in columns.columns.get(field, ())]
        if len(sources) < 2:  # noqa: PLR2004  (there is nothing to combine)
            return sources[0] if sources else ibis.null("string")
        texts = [source.cast("string").strip().nullif("") for source in sources]
        if field != "ordered_at":
            return ibis.coalesce(*texts)
        # A date that a spreadsheet holds says midnight; its time is in the next column.
        texts[0] = texts[0].re_replace(r"[ T]00:00:00(\.0+)?$", "")
        return reduce(lambda text, part: text + (ibis.literal(" ") + part).fill_null(""), texts)

    return rows.select(
        **{field: value(field) for field in fields},
        source_file=ibis.literal(name),
        source_row=rows.source_row.cast("int64"),
    )


def _unreadable(where: str, error: duckdb.Error) -> CustsegError:
    """Say where reading failed; the engine's own message quotes rows, so it is not shown."""
    if "format specifier" in str(error):
        return SettingsError("[source] date_format is no date format.", "Such as %d/%m/%Y %H:%M")
    return DataError(
        f"{where}: cannot be read as a table; the file is damaged.",
        "Export it again; --debug shows the engine's message, which may quote customer data.",
    )

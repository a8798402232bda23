"""From a source's tables to the canonical raw table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.artifacts import ARTIFACTS
from custseg.errors import CustsegError, DataError, SettingsError
from custseg.settings import PrivacySettings, SourceSettings
from custseg.sources.columns.match import map_columns
from custseg.sources.columns.minor_units import settle_minor_units
from custseg.sources.columns.names import plain_name
from custseg.sources.files.formats import name_of
from custseg.sources.files.places import Place
from custseg.sources.table import MONEY_FIELDS, ParsedTable
from custseg.sources.tables.choosing import ask, choose_tables
from custseg.sources.tables.pooling import own_names, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.settings import CanonicalField, EngineSettings
    from custseg.sources.columns.exports import Columns
    from custseg.sources.columns.mapping import ColumnMap
    from custseg.sources.table import SourceTable
    from custseg.sources.tables.choosing import Choice
    from custseg.workspace.left_out import LeftOut

_MEMORY: Final = "500MB"
"""What the engine may hold while it reads; more spills to disk, and a file is read as fast."""
_MEGABYTE: Final = 1_000_000
_LARGE: Final = 100 * _MEGABYTE
"""Bytes that take more than some seconds to read."""
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
    other_rows: int
    """Rows left out because a known export's are no order lines: views, transfers."""
    forgotten_rows: int
    """Rows left out because their customers were forgotten."""
    expired_rows: int
    """Rows left out because they are older than `[privacy] keep_months`."""
    rejected_rows: int
    masked_texts: int
    """Descriptions and categories in which an e-mail, a telephone or a card number was masked."""
    source_name: str
    """The file's name, without the folders that lead to it."""
    money: bool
    """Whether the lines have a value."""
    currency: str
    """Code of their currency, or a sign that several have; empty where nothing names one."""
    people: bool
    """Whether customers are keyed hashes, or some of them."""
    all_keyed: bool
    """Whether all are."""
    key_check: str
    """Of these hashes' key; empty where there are none."""
    mapping: tuple[dict[str, str], ...]
    """Which column was taken for which, by whom (proposal, export or you), and why."""
    left_out: tuple[str, ...]
    """Notes on fields that it is not clear which column is, and that change nothing that counts."""
    beside: tuple[str, ...]
    """Tables that hold no orders, each with why or what is joined of it."""


@dataclass(frozen=True)
class _Asked:
    """How a source is to be read."""

    source: SourceSettings
    privacy: PrivacySettings
    left_out: LeftOut | None


def read_orders(
    found: Path | str | Sequence[Place],
    scratch: Path,
    settings: SourceSettings | None = None,
    engine: EngineSettings | None = None,
    tell: Callable[[str], None] | None = None,
    left_out: LeftOut | None = None,
    privacy: PrivacySettings | None = None,
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
    tell
        Is told how much is to be read, where that takes a while.
    left_out
        Customers who were forgotten, or object.
    privacy
        The `[privacy]` settings: what customers are called, and how old orders may be.

    Returns
    -------
    Raw
        One row per row of the source, in canonical columns; only mapped columns are read.

    Raises
    ------
    DataError
        A file cannot be read, lacks columns, or holds values of the wrong type (all of them are
        counted, with the first rows).

    Examples
    --------
    >>> read = custseg.read_orders(Path("orders.csv"), scratch)
    >>> read.raw.count().to_pyarrow().as_py()
    19034
    """
    settings = settings or SourceSettings()
    if isinstance(found, Path):
        if not found.exists():
            raise DataError(f"{found}: no such file.", "Check the path, or try: demo")
        found = [Place(found, found.name)]
    choice = choose_tables(found, scratch, settings)
    mapped = map_tables(choice, settings)
    beside = [f"{one.name} ({one.why})" for one in choice.beside]
    _announce(found, scratch, tell)
    chosen = [
        (table.parsed(columns.wanted()) if isinstance(table, ParsedTable) else table, columns)
        for table, columns in mapped
    ]

    import duckdb

    from custseg.engine.duckdb import connect

    connection = connect(engine, scratch, _MEMORY)
    source_name = name_of(found)
    try:
        asked = _Asked(settings, privacy or PrivacySettings(), left_out)
        return _read_chosen(connection, chosen, beside, source_name, scratch, asked)
    except duckdb.Error as error:
        raise _unreadable(source_name, error) from error


def _announce(
    found: str | Sequence[Place], scratch: Path, tell: Callable[[str], None] | None
) -> None:
    """Say how much is to be read, if it is much: archives are unpacked by now."""
    paths = [file for file in scratch.iterdir() if file.is_file()]
    paths += [] if isinstance(found, str) else [place.path for place in found]
    size = sum(path.stat().st_size for path in paths)
    if tell and size > _LARGE:
        tell(f"{size / _MEGABYTE:,.0f} MB to read")


def map_tables(choice: Choice, settings: SourceSettings) -> list[tuple[SourceTable, ColumnMap]]:
    """Return each table of orders with its map; those with the same columns have the same.

    Raises
    ------
    DataError
        Columns are missing or unclear, or tables cannot be read together.
    """
    if not choice.orders:
        raise DataError("The source holds no table.", "Export it again.")
    if choice.questions:
        raise ask(choice.questions[0])
    mapped = []
    for group in choice.orders:
        columns = map_columns(group, settings.columns)
        mapped.append((group, settle_minor_units(group, columns, settings.minor_units)))
    _refuse_the_same_orders(mapped)
    chosen = []
    for group, columns in mapped:
        for part in parts_of(group):
            own = own_names(group, part)
            named: Columns = {
                field: tuple(own[name] for name in names)
                for field, names in columns.columns.items()
            }
            chosen.append((part, replace(columns, columns=named)))
    _refuse_different(chosen)
    return chosen


def _refuse_the_same_orders(mapped: Sequence[tuple[SourceTable, ColumnMap]]) -> None:
    """Refuse two tables that tell of the same orders in different columns, such as of returns.

    One would be taken for the newer version of the other.
    """
    told: list[tuple[SourceTable, set[str | None], list[tuple[str, ...]]]] = []
    for table, columns in mapped:
        if columns.export or "order_id" not in columns.columns:
            continue
        at = table.header.index(columns.columns["order_id"][0])
        named = [
            tuple(map(plain_name, columns.columns.get(field, ())))
            for field in ("ordered_at", *MONEY_FIELDS)
        ]
        orders = {row[at] for row in table.sample} - {None}
        for other, others, names in told:
            if names != named and orders & others:
                raise DataError(
                    f"{other.name} and {table.name} tell of the same orders, in columns of "
                    "different names.",
                    "Name only the one that holds the orders: custseg run-all FILE",
                )
        told.append((table, orders, named))


def _read_chosen(
    connection: Backend,
    chosen: Sequence[tuple[SourceTable, ColumnMap]],
    beside: list[str],
    source_name: str,
    scratch: Path,
    asked: _Asked,
) -> Raw:
    from custseg.engine.base import fetch
    from custseg.sources.lines.ends import leave_out_expired
    from custseg.sources.lines.reading import read_tables, unite
    from custseg.sources.lines.restarting import refuse_restarting
    from custseg.sources.lines.shapes import order_lines, refuse_differing
    from custseg.sources.values.currencies import convert_to_one_currency, known_currency
    from custseg.sources.values.free_text import mask_free_text
    from custseg.sources.values.identities import identify
    from custseg.sources.values.marks import leave_out

    fields = list(dict.fromkeys(name for _, columns in chosen for name in columns.columns))
    maps = [columns for _, columns in chosen]
    mapped = {name: next(m for m in maps if name in m.columns) for name in fields}
    labels: dict[str, str] = {name: " + ".join(m.columns[name]) for name, m in mapped.items()}
    reads = read_tables(connection, chosen, labels, source_name, scratch, asked.source)
    lines = unite([one.lines for one in reads])
    rejected = unite([one.rejected for one in reads])
    refuse_differing(lines, fields, labels)
    identified = identify(
        _without_guests(lines, asked.source),
        asked.privacy.customer_ids,
        of_people=_are_people(maps),
    )
    lines = identified.lines
    refuse_restarting(lines, fields, labels)
    lines, currency = convert_to_one_currency(lines, fields, asked.source.rates, source_name)
    currency = currency or known_currency({sign for one in reads for sign in one.signs})
    lines, masked_texts = mask_free_text(lines, fields)
    kept, expired_rows = leave_out_expired(order_lines(lines, fields), asked.privacy.keep_months)
    kept, forgotten_rows = leave_out(kept, asked.left_out)
    return Raw(
        kept.select(*ARTIFACTS["raw"].column_names()),
        rejected,
        _preset(maps, fields),
        sum(one.blank_rows for one in reads),
        sum(one.other_rows for one in reads),
        forgotten_rows,
        expired_rows,
        fetch(rejected.aggregate(n=rejected.count()))[0]["n"],
        masked_texts,
        source_name,
        money=not {*MONEY_FIELDS}.isdisjoint(fields),
        currency=currency,
        people=bool(identified.key_check),
        all_keyed=identified.all_keyed,
        key_check=identified.key_check,
        mapping=tuple(
            {"field": name, "column": labels[name]} | mapped[name].why(name) for name in fields
        ),
        left_out=tuple(dict.fromkeys(note for columns in maps for note in columns.left_out)),
        beside=tuple(beside),
    )


def _are_people(maps: Sequence[ColumnMap]) -> bool:
    """Whether the customers' columns hold names or addresses, by what they are called."""
    from custseg.sources.values.people import names_people

    return any(
        columns.people or any(map(names_people, columns.columns["customer_id"])) for columns in maps
    )


def _without_guests(lines: ir.Table, settings: SourceSettings) -> ir.Table:
    from custseg.sources.values.nobody import is_nobody

    nobody = is_nobody(lines.customer_id, settings.nobody, settings.somebody)
    return lines.mutate(customer_id=nobody.ifelse(None, lines.customer_id))


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
                "Read together, all tables have to have it: name only the files that hold orders, "
                "export them alike, or name the column.",
            )


def _unreadable(where: str, error: duckdb.Error) -> CustsegError:
    """Say where reading failed; the engine's own message quotes rows, so it is not shown."""
    if "format specifier" in str(error):
        return SettingsError("[source] date_format is no date format.", "Such as %d/%m/%Y %H:%M")
    return DataError(
        f"{where}: cannot be read as a table; the file is damaged.",
        "Export it again; --debug shows the engine's message, which may quote customer data.",
    )

"""From a typed table of a server, or a folder that Spark reads, to order lines that stay there.

Text is never read as a number or a date here: what a column holds is what its type says. Customers
alone come here, once each, to be told from nobody and, where they are people, hashed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ibis

from custseg.artifacts import ARTIFACTS, MONEY
from custseg.engine.base import FILE, PLACE, fetch, register
from custseg.errors import DataError
from custseg.settings import PrivacySettings, SourceSettings
from custseg.sources.columns.exports import Rules
from custseg.sources.columns.match import map_columns
from custseg.sources.databases.address import is_server
from custseg.sources.files.parquet import as_texts, is_plain
from custseg.sources.header import name_columns
from custseg.sources.lines.ends import leave_out_expired
from custseg.sources.lines.shapes import order_lines
from custseg.sources.raw import Raw
from custseg.sources.table import MONEY_FIELDS, SAMPLE_ROWS
from custseg.sources.values.currencies import known_currency
from custseg.sources.values.identities import identify
from custseg.sources.values.marks import leave_out
from custseg.sources.values.nobody import is_nobody
from custseg.sources.values.people import names_people
from custseg.words.figures import counted, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from custseg.engine.base import Engine
    from custseg.settings import CanonicalField
    from custseg.sources.columns.mapping import ColumnMap
    from custseg.sources.table import Loaded, SourceTable
    from custseg.workspace.left_out import LeftOut

_TEXTS: Final = (
    *(
        "customer_id",
        "order_id",
        "product_id",
        "description",
        "country",
        "category",
        "status",
        "currency",
    ),
)
_NUMBERS: Final = ("quantity", "unit_price", "amount", "discount", "refunded")
_ORIGIN: Final = ("source_file", "source_row")
_ORIGIN_THERE: Final = (FILE, PLACE)
_AFTERWARDS: Final = ("status", "currency")
"""What says nothing of a line's value here."""
_NEEDED: Final[tuple[CanonicalField, ...]] = ("ordered_at", "quantity")
_HINT: Final = (
    "Give it that type, in a view that is named with --table or where the files are written; or "
    'read it with [engine] backend = "duckdb".'
)
_ZONE_HINT: Final = (
    "Say which with [source] timezone, where files are read; or take a view with a timestamp "
    "without time zone."
)


def read_where_it_is(
    engine: Engine,
    table: SourceTable,
    rows: ir.Table,
    source_name: str,
    settings: SourceSettings | None = None,
    left_out: LeftOut | None = None,
    privacy: PrivacySettings | None = None,
) -> Raw:
    """Map a table's columns to canonical order lines, as an expression of its own engine.

    Parameters
    ----------
    engine
        Where the table is.
    table
        Its header and a sample, by which its columns are proposed.
    rows
        The table itself; with `FILE` and `PLACE`, where its rows are in files.
    source_name
        What messages call the source.
    settings, left_out, privacy
        As for `read_orders`.

    Raises
    ------
    DataError
        A column has not the type that it needs, or lacks values; or the lines would have to be
        worked out of whole orders.
    """
    settings, privacy = settings or SourceSettings(), privacy or PrivacySettings()
    columns = map_columns(table, settings.columns)
    named = _single_columns(table, columns)
    typed = {field: _typed(rows[own], field, own) for field, own in named.items()}
    in_files = FILE in rows.columns
    origin = {"source_file": rows[FILE], "source_row": rows[PLACE] + 1} if in_files else {}
    lines = rows.select(**typed, **origin)
    currency = _sole_currency(lines, named)
    blank = ibis.and_(*(lines[name].isnull() for name in named))
    blank_rows = fetch(lines.aggregate(n=blank.sum()))[0]["n"] or 0
    lines = lines.filter(~blank)
    _refuse_gaps(lines, named)
    numbered = lines
    if not in_files:
        # A server has its rows in no order: only so do the same rows get the same numbers.
        numbered = lines.mutate(
            source_file=ibis.literal(table.name),
            source_row=ibis.row_number().over(order_by=list(named)).cast("int64") + 1,
        )
    of_people = columns.people or names_people(named["customer_id"])
    called = _call_customers(numbered, settings, privacy, left_out, of_people=of_people)
    ordered = order_lines(called.lines.drop("objected"), set(named) - {*_AFTERWARDS})
    objected = called.lines.select(*_ORIGIN, "objected")
    ordered = ordered.join(objected, _ORIGIN).select(*ordered.columns, "objected")
    kept, expired_rows = leave_out_expired(ordered, privacy.keep_months)
    return Raw(
        engine.store(kept.select(*ARTIFACTS["raw"].column_names()), "raw"),
        ibis.memtable(ARTIFACTS["rejected"].schema().empty_table()),
        columns.preset if columns.preset != "none" or "quantity" in named else "unit-rows",
        blank_rows,
        other_rows=0,
        forgotten_rows=called.forgotten_rows,
        expired_rows=expired_rows,
        rejected_rows=0,
        masked_texts=0,
        source_name=source_name,
        money=not {*MONEY_FIELDS}.isdisjoint(named),
        currency=currency,
        people=bool(called.key_check),
        all_keyed=called.all_keyed,
        key_check=called.key_check,
        mapping=tuple(
            {"field": field, "column": own} | columns.why(field) for field, own in named.items()
        ),
        left_out=columns.left_out,
        beside=(),
    )


def read_pushed(
    engine: Engine,
    address: str,
    settings: SourceSettings,
    left_out: LeftOut | None = None,
    privacy: PrivacySettings | None = None,
) -> Raw:
    """Map the one table of orders of a server, or of a folder; as `read_where_it_is`."""
    if not is_server(address):
        return _read_folder(engine, address, settings, left_out, privacy)
    from custseg.engine.postgres import PostgreSQL
    from custseg.sources.databases.database import database_name, open_database, sole

    assert isinstance(engine, PostgreSQL)
    name = database_name(address)
    found = open_database(address, settings, name)
    table = sole(found, lambda one: _fits(one, settings))
    rows = engine.query(table.query)
    # Columns that hold bytes have no name there.
    places = zip(table.header, table.columns, strict=True)
    rows = rows.select(**{own: rows[at] for own, at in places})
    return read_where_it_is(engine, table, rows, name, settings, left_out, privacy)


@dataclass(frozen=True)
class _Folder:
    """A folder of Parquet as a `SourceTable`: its header and some rows."""

    name: str
    header: tuple[str, ...]
    sample: tuple[tuple[str | None, ...], ...]

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:
        """Nothing is read here: the rows stay where they are."""
        raise NotImplementedError(self.name)


def _read_folder(
    engine: Engine,
    location: str,
    settings: SourceSettings,
    left_out: LeftOut | None,
    privacy: PrivacySettings | None,
) -> Raw:
    """Map the columns of a folder or file of Parquet that Spark finds at a location.

    Raises
    ------
    DataError
        There is none, or none of its columns holds plain values.
    """
    from custseg.engine.spark import Spark

    assert isinstance(engine, Spark)
    name = location.rstrip("/").rpartition("/")[2] or location
    with engine.explaining():
        found = engine.read(location, settings.timezone)
        plain = [own for own in found.columns if own not in _ORIGIN_THERE]
        first = found.select(*plain).limit(SAMPLE_ROWS).to_pyarrow()
    plain = [own for own in plain if is_plain(first.schema.field(own).type)]
    if not plain:
        raise DataError(f"{name}: no column holds plain values.", "Write flat columns.")
    header = name_columns(plain)
    texts = [as_texts(first.column(own).combine_chunks()) for own in plain]
    table = _Folder(name, header, tuple(zip(*texts, strict=True)))
    rows = found.select(
        **{called: found[own] for called, own in zip(header, plain, strict=True)},
        **{own: found[own] for own in _ORIGIN_THERE},
    )
    return read_where_it_is(engine, table, rows, name, settings, left_out, privacy)


def _fits(table: SourceTable, settings: SourceSettings) -> bool:
    try:
        map_columns(table, settings.columns)
    except DataError:
        return False
    return True


def _single_columns(table: SourceTable, columns: ColumnMap) -> dict[CanonicalField, str]:
    """The one column of each field, where each can be had line by line."""
    known = {*_TEXTS, *_NUMBERS, "ordered_at"}
    whole = [field for field in columns.columns if field not in known]
    several = [field for field, names in columns.columns.items() if len(names) > 1]
    if whole or several or columns.filled_down or columns.rules != Rules():
        why = (
            f"its columns for {listed([*whole, *several])} have to be worked out"
            if whole or several
            else f"it is taken for {columns.export or 'an export'}, whose rows count by rules"
        )
        raise DataError(
            f"{table.name}: cannot be cleaned where it is: {why}.",
            "Make a view of one row per line, each field in one column, and name it with --table; "
            'or set [engine] backend = "duckdb".',
        )
    return {field: names[0] for field, names in columns.columns.items()}


def _typed(column: ir.Value, field: str, own: str) -> ir.Value:
    """A column as its field's type, if its own type says that it is that."""
    kind = column.type()
    if field == "ordered_at":
        if kind.is_date() or (kind.is_timestamp() and kind.timezone is None):
            return column.cast("timestamp")
        zoned = ", with a time zone: which day an hour is on depends on the shop's"
        if kind.is_timestamp():
            raise _mistyped(own, "no date or time without zone", zoned, _ZONE_HINT)
        raise _mistyped(own, "no date or time without zone")
    if field in _NUMBERS:
        if kind.is_numeric():
            return column.cast(MONEY)
        raise _mistyped(own, "no number")
    if kind.is_floating():
        column = column.cast("int64")
    text = column.cast("string")
    # A description stays as the source has it, as where files are read.
    return (text if field == "description" else text.strip()).nullif("")


def _mistyped(own: str, what: str, more: str = "", hint: str = _HINT) -> DataError:
    return DataError(f'Column "{own}" is {what} by its type{more}.', hint)


def _refuse_gaps(lines: ir.Table, named: Mapping[CanonicalField, str]) -> None:
    """Refuse rows without what a line needs: nothing says here which they were."""
    needed: list[CanonicalField] = [field for field in _NEEDED if field in named]
    missing = {field: lines[field].isnull().sum() for field in needed}
    found = fetch(lines.aggregate(rows=lines.count(), **missing))[0]
    if not found["rows"]:
        raise DataError("The table holds no rows.", "Check its name.")
    for field in needed:
        if found[field]:
            raise DataError(
                f'Column "{named[field]}" is empty in {counted(found[field], "row", "rows")}.',
                "Leave such rows out, in a view that is named with --table or where the files are "
                'written; or set [engine] backend = "duckdb" and --on-bad-row reject.',
            )


def _sole_currency(lines: ir.Table, named: Mapping[CanonicalField, str]) -> str:
    """Return the code of the currency that all lines are in, where they name one."""
    if "currency" not in named:
        return ""
    (found,) = fetch(lines.aggregate(n=lines.currency.nunique(), name=lines.currency.min()))
    if found["n"] > 1:
        raise DataError(
            f'Column "{named["currency"]}" names several currencies.',
            'Convert the amounts in a view, or set [engine] backend = "duckdb" and [source] rates.',
        )
    return known_currency({found["name"]} - {None})


@dataclass(frozen=True)
class _Called:
    """Lines whose customers are called as they are to be, with `objected`."""

    lines: ir.Table
    forgotten_rows: int
    all_keyed: bool
    key_check: str


def _call_customers(
    lines: ir.Table,
    settings: SourceSettings,
    privacy: PrivacySettings,
    left_out: LeftOut | None,
    *,
    of_people: bool,
) -> _Called:
    """Judge each customer once, here: what tells people and nobody apart is more than SQL."""
    own = lines.filter(lines.customer_id.notnull()).select(own="customer_id").distinct()
    here = ibis.memtable(own.to_pyarrow())
    nobody = is_nobody(here.own, settings.nobody, settings.somebody)
    named = here.mutate(customer_id=nobody.ifelse(None, here.own))
    identified = identify(named, privacy.customer_ids, of_people=of_people)
    known, _ = leave_out(identified.lines, left_out)
    judged = register(
        known.select("own", called="customer_id", objected="objected").to_pyarrow(), lines
    )
    joined = lines.left_join(judged, lines.customer_id == judged.own)
    forgotten = joined.customer_id.notnull() & joined.own.isnull()
    rows = fetch(joined.aggregate(n=forgotten.sum()))[0]["n"] or 0 if left_out else 0
    kept = joined.filter(~forgotten) if left_out else joined
    others = [name for name in lines.columns if name != "customer_id"]
    called = kept.select(*others, customer_id=kept.called, objected=kept.objected.fill_null(False))
    return _Called(called, rows, identified.all_keyed, identified.key_check)

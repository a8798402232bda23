"""Whole tables of customers for other tools: as of now, and month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from custseg.artifacts import ARTIFACTS
from custseg.artifacts.table import ID, SEGMENT, Artifact, Column
from custseg.engine.parquet import as_frame, read_frame, require_table
from custseg.errors import WorkspaceError
from custseg.offers.export.files import check_places, check_rows, check_suffix, write_tables
from custseg.offers.export.formats import write_csv
from custseg.privacy.register import left_out_of
from custseg.segments.customers.published import published
from custseg.sources.values.marks import are_marked

if TYPE_CHECKING:
    from pathlib import Path

    from custseg.offers.export.lists import Freshness
    from custseg.settings import Settings
    from custseg.workspace.history import History
    from custseg.workspace.workspace import Workspace

TableName = Literal["customers", "customers_by_month"]
GivenName = Literal["segments", "customers", "customers_by_month"]
_AS_OF: Final = Column("as_of", "date", "Midnight at which the orders end, exclusive")
_PUBLISHED: Final = ("segment", "segment_name", "margin", "ambiguous", "fits_name")
GIVEN: Final[dict[GivenName, Artifact]] = {
    "segments": Artifact(
        "segments",
        "The segment of each customer, with a row for each as-of date that was published here",
        (
            _AS_OF,
            ID,
            *(column for column in ARTIFACTS["segments"].columns if column.name in _PUBLISHED),
        ),
        ("as_of", "customer_id"),
    ),
    "customers": ARTIFACTS["customers"],
    "customers_by_month": Artifact(
        "customers_by_month",
        "The segment of each customer at every as-of date, the one before, and since when",
        (
            ID,
            _AS_OF,
            *SEGMENT,
            Column(
                "previous_segment",
                "int64",
                "Segment at the as-of date before; null: the customer was not there",
            ),
            Column(
                "since",
                "date",
                "The first of the as-of dates in a row that the customer has been in this segment",
            ),
        ),
        ("customer_id", "as_of"),
    ),
}
"""The tables that other tools are given: columns, their types and what they mean, and the key."""


@dataclass(frozen=True)
class Given:
    """A table as other tools are given it: nobody who is left out is in it."""

    name: GivenName
    rows: pa.Table
    """The columns of `GIVEN`; amounts are exact decimals."""
    as_of: str
    """ISO date of the last of its months."""
    marks: frozenset[str]
    """Of everybody who was forgotten or objects, whether they would be in it or not."""
    left_out: int
    """Rows that it would have of them."""


@dataclass(frozen=True)
class WrittenTable:
    """What was written; customers are counted, never named."""

    name: TableName
    rows: int
    columns: int
    file: Path


def write_customers(
    workspace: Workspace,
    settings: Settings,
    name: TableName,
    freshness: Freshness,
    output: Path | None = None,
    *,
    force: bool = False,
) -> WrittenTable:
    """Write one of the tables as csv, xlsx or Parquet, without customers who object.

    Amounts are exact in Parquet.

    Parameters
    ----------
    freshness
        Tells whether the orders or settings have changed since the table was made.
    output
        By default a csv in the workspace's folder `exports`.
    force
        Replace a file that is there.

    Raises
    ------
    UsageError
        The file may not be written there.
    WorkspaceError
        The table is not there yet, or stale; or a snapshot is not as it was published.
    DataError
        It has more rows than a sheet.
    """
    file = output or workspace.exports / f"{name}.csv"
    check_suffix(file)
    with workspace.writing(settings.run.lock_timeout, runs="export"):
        check_places(file, (), workspace, {}, force=force)
        rows = give_table(workspace, settings, name, freshness, "export --table").rows
        check_rows(file, len(rows), "rows")
        exact = file.suffix.lower() == ".parquet"
        write_tables({file: rows if exact else _for_sheets(rows)}, workspace)
    return WrittenTable(name, len(rows), rows.num_columns, file)


def pour_customers(
    workspace: Workspace,
    settings: Settings,
    name: TableName,
    freshness: Freshness,
    sink: BinaryIO,
) -> None:
    """Write the rows that `write_customers` would, as csv into a stream.

    Raises
    ------
    WorkspaceError
        The table is not there yet, or stale; or a snapshot is not as it was published.
    """
    with workspace.writing(settings.run.lock_timeout, runs="export"):
        rows = give_table(workspace, settings, name, freshness, "export --table").rows
    write_csv(_for_sheets(rows), sink)


def give_table(
    workspace: Workspace,
    settings: Settings,
    name: GivenName,
    freshness: Freshness,
    asked_by: str,
    as_of: str | None = None,
) -> Given:
    """Return a table for other tools, without the customers who were forgotten or object.

    Parameters
    ----------
    freshness
        Tells whether the orders or settings have changed since the table `customers` was made.
    asked_by
        The command that needs it.
    as_of
        Snapshot that `segments` are of; by default the latest.

    Raises
    ------
    UsageError
        Nothing of that date is published.
    WorkspaceError
        The table is not there yet, or stale; or a snapshot is not as it was published.
    DataError
        The file of objections cannot be read.
    """
    schema = GIVEN[name].schema()
    if name == "customers":
        freshness.require_made((name,), (), asked_by)
        rows = pq.read_table(require_table(workspace.path(name)), partitioning=None)
        as_of = workspace.manifest().facts()["as_of"]
    elif name == "segments":
        snapshot = published(workspace, as_of)
        as_of = snapshot.as_of
        day = pd.Timestamp(as_of).date()
        frame = snapshot.read(name).assign(as_of=day)[schema.names]
        rows = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    else:
        frame = by_month(workspace.history)
        as_of = str(frame["as_of"].max())
        rows = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    # Read last: who is forgotten meanwhile is left out all the same.
    marks = left_out_of(workspace, settings.privacy).marks
    kept = rows
    if marks:
        customers = rows["customer_id"].to_pandas()
        kept = rows.filter(pa.array(~are_marked(customers, marks)))
    return Given(name, kept, str(as_of), marks, len(rows) - len(kept))


def _for_sheets(rows: pa.Table) -> pd.DataFrame:
    """Return a table as csv and workbooks have it: whole numbers stay whole beside missing ones."""
    frame = as_frame(rows)
    for field in rows.schema:
        if pa.types.is_integer(field.type) and rows[field.name].null_count:
            frame[field.name] = pd.array(rows[field.name].to_pylist(), dtype="Int64")
    return frame


def by_month(history: History) -> pd.DataFrame:
    """Return the segment of every customer at every published as-of date.

    Returns
    -------
    DataFrame
        The columns that `GIVEN` says, by customer and date.

    Raises
    ------
    WorkspaceError
        Nothing is published, or a snapshot is not as it was published.
    """
    snapshots = history.snapshots()
    if not snapshots:
        raise WorkspaceError("No run has published a snapshot yet.", "Run: custseg run-all")
    read = [ID.name, *(column.name for column in SEGMENT)]
    months = [
        read_frame(one.path("segments"), read).assign(month=number)
        for number, one in enumerate(snapshots)
    ]
    table = pd.concat(months, ignore_index=True)
    table = table.sort_values(["customer_id", "month"], kind="stable", ignore_index=True)
    dates = pd.to_datetime([one.as_of for one in snapshots])
    month, segment = table["month"].to_numpy(), table["segment"].to_numpy()
    same = table["customer_id"].eq(table["customer_id"].shift()).to_numpy()
    follows = same & (month == np.roll(month, 1) + 1)
    stays = follows & (segment == np.roll(segment, 1))
    first = np.maximum.accumulate(np.where(stays, 0, np.arange(len(table))))
    return pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "as_of": dates[month].date,
            "segment": segment,
            "segment_name": table["segment_name"],
            "previous_segment": pd.arrays.IntegerArray(np.roll(segment, 1), ~follows),
            "since": dates[month[first]].date,
        }
    )

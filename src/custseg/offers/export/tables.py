"""Whole tables of customers for other tools: as of now, and month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from custseg.engine.parquet import read_frame
from custseg.errors import WorkspaceError
from custseg.offers.export.files import check_places, check_rows, check_suffix, write_tables
from custseg.privacy.register import left_out_of
from custseg.sources.values.marks import marks_of

if TYPE_CHECKING:
    from pathlib import Path

    from custseg.offers.export.lists import Freshness
    from custseg.settings import Settings
    from custseg.workspace.history import History
    from custseg.workspace.workspace import Workspace

TableName = Literal["customers", "customers_by_month"]
_MONTHLY: Final = ("customer_id", "segment", "segment_name")


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
        if name == "customers":
            freshness.require_made((name,), (), "export --table")
            table = read_frame(workspace.path(name))
        else:
            table = by_month(workspace.history)
        left_out = left_out_of(workspace, settings.privacy)
        gone = left_out.forgotten | left_out.objected
        if gone:
            table = table[~marks_of(table["customer_id"]).isin(gone)]
        check_rows(file, len(table), "rows")
        write_tables({file: table}, workspace)
    return WrittenTable(name, len(table), len(table.columns), file)


def by_month(history: History) -> pd.DataFrame:
    """Return the segment of every customer at every published as-of date.

    Returns
    -------
    DataFrame
        customer_id, as_of, segment, segment_name, previous_segment (at the as-of date before; null
        where the customer was not there), since (the first of the as-of dates in a row that the
        customer has been in this segment); by customer and date.

    Raises
    ------
    WorkspaceError
        Nothing is published, or a snapshot is not as it was published.
    """
    snapshots = history.snapshots()
    if not snapshots:
        raise WorkspaceError("No run has published a snapshot yet.", "Run: custseg run-all")
    months = [
        read_frame(one.path("segments"), list(_MONTHLY)).assign(month=number)
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

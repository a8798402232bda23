"""What a workspace holds of single customers: tables, published months, campaigns, and lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import ARTIFACTS
from custseg.artifacts.campaigns import MEMBERS
from custseg.workspace.campaigns import read_register
from custseg.workspace.inside import own

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path
    from typing import BinaryIO

    import pandas as pd
    import pyarrow as pa

    from custseg.artifacts import Artifact
    from custseg.workspace.snapshot import Snapshot
    from custseg.workspace.workspace import Workspace

ID: Final = "customer_id"
_OF_A_LIST: Final = ("customerid", "externid")
"""What the formats of lists call the customer, in small letters without blanks."""
RECORD: Final = "-record.json"
"""Ends the name of a list's record, in which customers are counted."""


@dataclass(frozen=True)
class Holding:
    """A Parquet table with rows of single customers."""

    artifact: Artifact
    path: Path
    snapshot: Snapshot | None = None
    """The published month that it is of; None: it is of the last run."""

    def rows(self, ids: Collection[str]) -> list[dict[str, Any]]:
        """The rows of some customers, as plain values."""
        import pyarrow.parquet as pq

        table = pq.read_table(self.path, filters=[(ID, "in", list(ids))], partitioning=None)
        found: list[dict[str, Any]] = table.to_pylist()
        return found

    def known(self, ids: pa.Array) -> set[str]:
        """Those of some customers who have a row."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        known: set[str] = set()
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(columns=[ID]):
                there = pc.unique(batch.column(0))
                known |= set(there.filter(pc.is_in(there, ids)).to_pylist())
        return known

    def count(self, ids: pa.Array) -> int:
        """How many of its rows are of some customers."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.path) as file:
            batches = file.iter_batches(columns=[ID])
            return sum(pc.sum(pc.is_in(batch.column(0), ids)).as_py() or 0 for batch in batches)

    def rewrite(self, change: Callable[[pa.Table], pa.Table], sink: BinaryIO) -> int:
        """Write it with what `change` makes of its rows; returns how many there are then."""
        from custseg.engine.parquet import rewrite

        return rewrite(self.path, self.artifact, change, sink)


def holdings(workspace: Workspace) -> Iterator[Holding]:
    """Every table with rows of customers: of the last run, of published months, of campaigns."""
    from custseg.engine.parquet import require_table

    personal = [one for one in ARTIFACTS.values() if one.storage == "table" and one.personal]
    for artifact in personal:
        path = workspace.path(artifact.name)
        if path.is_file():
            yield Holding(artifact, require_table(path))
    for snapshot in workspace.history.snapshots():
        for artifact in personal:
            if artifact.name in snapshot.files:
                yield Holding(artifact, require_table(snapshot.path(artifact.name)), snapshot)
    for path in read_register(workspace.root).files(workspace.root):
        if own(path, workspace.root).is_file():
            yield Holding(MEMBERS, require_table(path))


def lists(workspace: Workspace) -> list[Path]:
    """The files in the workspace's folder of lists, but for the records that only count."""
    folder = workspace.exports
    if not folder.is_dir():
        return []
    files = (own(path, workspace.root) for path in folder.rglob("*"))
    return sorted(path for path in files if path.is_file() and not path.name.endswith(RECORD))


def read_list(path: Path) -> tuple[pd.DataFrame, pd.Series[str]] | None:
    """Return a list as texts, and its customers; None where it does not tell them.

    That is a file that cannot be read, is no list, or has no column that names customers.
    """
    import pandas as pd

    try:
        match path.suffix.lower():
            case ".csv":
                frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
            case ".xlsx":
                frame = pd.read_excel(path, dtype="str", keep_default_na=False)
            case ".parquet":
                frame = pd.read_parquet(path)
            case _:
                return None
    except Exception:  # noqa: BLE001  (a folder of the user's may hold anything)
        return None
    for name in map(str, frame.columns):
        if name.replace("_", "").replace(" ", "").casefold() in _OF_A_LIST:
            # A list guards texts that a spreadsheet would take for a formula.
            return frame, frame[name].astype("str").str.removeprefix("'")
    return None


def write_list(path: Path, frame: pd.DataFrame, left: pd.Series[bool], sink: BinaryIO) -> None:
    """Write a list with those of its rows that are left, each as it was."""
    match path.suffix.lower():
        case ".csv":
            frame[left].to_csv(sink, index=False, lineterminator="\n", encoding="utf-8")
        case ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            table = pq.read_table(path, partitioning=None).filter(pa.array(left))
            pq.write_table(table, sink, compression="zstd")
        case _:
            _write_workbook(path, left, sink)


def _write_workbook(path: Path, left: pd.Series[bool], sink: BinaryIO) -> None:
    from openpyxl import load_workbook
    from openpyxl.utils import get_column_letter

    from custseg.words.excel import save

    book = load_workbook(path)
    sheet = book.worksheets[0]
    # From below, so that the rows above keep their numbers; the header is row 1.
    for row in reversed([place + 2 for place, stays in enumerate(left) if not stays]):
        sheet.delete_rows(row)
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = f"A1:{get_column_letter(sheet.max_column)}{sheet.max_row}"
    save(book, sink)

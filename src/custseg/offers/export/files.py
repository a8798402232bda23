"""Files of customers: private, whole or not at all, and never in another file's place."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError, UsageError, WorkspaceError
from custseg.offers.export.formats import write_csv, write_xlsx
from custseg.workspace.files import PRIVATE_FOLDER, replacing
from custseg.workspace.inside import own

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import BinaryIO

    import pandas as pd
    import pyarrow as pa

    from custseg.workspace.workspace import Workspace


def check_places(
    file: Path,
    beside: Iterable[Path],
    workspace: Workspace,
    reads: Mapping[Path, str],
    *,
    force: bool,
) -> None:
    """Let no file of customers take the place of anything else.

    Parameters
    ----------
    file, beside
        The file, and those that are written beside it.
    reads
        Files that it is made of, each with what it is.
    force
        Files that are there may be replaced.

    Raises
    ------
    UsageError
        One is there, is no file, is one of those read, or lies among the workspace's own.
    WorkspaceError
        The folder is not there, or cannot be looked into; or a symbolic link leads out of that of
        exports.
    """
    try:
        if _is_the_workspaces_own(file, workspace):
            raise UsageError(
                f"--output {file}: this folder holds the workspace's own files.",
                f"Name a file outside the workspace, or in {workspace.exports}.",
            )
        _refuse_links((file, *beside), workspace)
        if file.parent != workspace.exports and not file.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        sources = {path.resolve(): what for path, what in reads.items()}
        for path in (file, *beside):
            # The longest name that is needed for a while tells whether the disk takes it.
            workspace.unfinished(path).exists()
            if what := sources.get(path.resolve()):
                raise UsageError(f"--output {path}: that is {what}.")
            if path.exists() and not path.is_file():
                raise UsageError(
                    f"{path}: is not a file, and a list would take its place.",
                    "Move it away, or choose another --output.",
                )
            if path.exists() and not force:
                raise UsageError(f"{path}: is there already.", "Pass --force to replace it.")
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UsageError(f"--output {file}: is too long.", "Choose a shorter name.") from None
        raise _unwritable(file.parent, error) from None


def check_suffix(file: Path) -> None:
    """Refuse a file whose ending says nothing that tables are written as.

    Raises
    ------
    UsageError
        It is none of `SUFFIXES`.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"--output {file}: its ending says what is written.",
            f"Give it a name that ends in {', '.join(SUFFIXES)}.",
        )


def check_rows(file: Path, rows: int, what: str) -> None:
    """Refuse more rows than a workbook's sheet holds.

    Raises
    ------
    DataError
        It is a workbook, and they are; `what` says of what.
    """
    from custseg.words.excel import MOST_ROWS

    if file.suffix.lower() == ".xlsx" and rows >= MOST_ROWS:
        raise DataError(
            f"A sheet holds {MOST_ROWS - 1:,} {what}, these are {rows:,}.",
            "Let --output end in .csv or .parquet.",
        )


def write_tables(files: Mapping[Path, pd.DataFrame | pa.Table], workspace: Workspace) -> None:
    """Write csv, xlsx and Parquet files by their suffixes, readable by their owner only.

    Only once all are whole do they take their places. The workspace's folder of exports is made.
    Arrow tables are written as Parquet only.

    Raises
    ------
    WorkspaceError
        A file cannot be written.
    """
    folder = next(iter(files)).parent
    try:
        if folder == workspace.exports:
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        with ExitStack() as unfinished:
            for path, frame in files.items():
                stream = unfinished.enter_context(replacing(path, workspace.unfinished(path)))
                _WRITERS[path.suffix.lower()](frame, stream)
    except OSError as error:
        raise _unwritable(folder, error) from None


def write_text(file: Path, text: str, workspace: Workspace) -> None:
    """Write a file as text, readable by its owner only, in a folder that is there.

    Raises
    ------
    WorkspaceError
        It cannot be written.
    """
    try:
        with replacing(file, workspace.unfinished(file)) as stream:
            stream.write(text.encode())
    except OSError as error:
        raise _unwritable(file.parent, error) from None


def _write_parquet(rows: pd.DataFrame | pa.Table, sink: BinaryIO) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not isinstance(rows, pa.Table):
        rows = pa.Table.from_pandas(rows, preserve_index=False)
    pq.write_table(rows, sink, compression="zstd")


_WRITERS: Final = {".csv": write_csv, ".xlsx": write_xlsx, ".parquet": _write_parquet}
SUFFIXES: Final = tuple(_WRITERS)


def _refuse_links(files: Iterable[Path], workspace: Workspace) -> None:
    """Let no link in the workspace's folder of exports lead a list elsewhere."""
    for path in files:
        if path.absolute().is_relative_to(workspace.exports.absolute()):
            own(path.absolute(), workspace.root.absolute())


def _is_the_workspaces_own(file: Path, workspace: Workspace) -> bool:
    """Whether runs may replace or clear what is in a file's folder."""
    folder = file.parent.resolve()
    if folder.is_relative_to(workspace.exports.resolve()):
        return False
    return any(
        above.exists() and above.samefile(workspace.root) for above in (folder, *folder.parents)
    )


def _unwritable(folder: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"{folder}: cannot be written to: {error.strerror or error}.",
        "Choose another --output.",
    )

"""From what the user names (files, folders, patterns, stdin) to the files that are read."""

from __future__ import annotations

import glob
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError
from custseg.sources.files.archives import PACKED_SUFFIXES, TABLE_SUFFIXES
from custseg.workspace.files import sha256
from custseg.workspace.manifest import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

SUFFIXES: Final = (
    *TABLE_SUFFIXES,
    *PACKED_SUFFIXES,
    *(".tab", ".dat", ".pq", ".xlsb", ".db", ".sqlite", ".sqlite3", ".duckdb"),
)
"""Files of a folder that may hold orders; what else lies in it is left alone."""
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Place:
    """A file that is read, and what it is called."""

    path: Path
    name: str
    """Its path below the folder that all files of the source have in common."""


def is_pattern(location: str) -> bool:
    """Whether a location is a pattern of paths, not a path itself."""
    return bool(re.search(r"[*?\[]", location)) and not _exists(location)


def only_parquet(location: str) -> bool:
    """Whether a location is a Parquet file, or a folder of such files and no others of orders."""
    if not Path(location).exists() or is_pattern(location):
        return False
    try:
        return all(file.suffix.lower() in {".parquet", ".pq"} for file in _files(location))
    except DataError:
        return False


def places(locations: Sequence[str]) -> list[Place]:
    """Find every file of a source, sorted by name.

    Parameters
    ----------
    locations
        Files, folders (with all that is below them) and patterns such as `exports/2011-*.csv`.

    Raises
    ------
    DataError
        A location is not there, is a pipe or device, or holds no file; or a path is not in UTF-8.
    """
    files: dict[Path, None] = {}
    for location in locations:
        files |= dict.fromkeys(_files(location))
    for file in files:
        # Neither the engine nor the manifest could name it.
        written = os.fsencode(file).decode("utf-8", "replace")
        if written != str(file):
            raise DataError(
                f"{written}: the name of the file or of its folder is not in UTF-8.", "Rename it."
            )
    common = Path(os.path.commonpath([file.parent for file in files]))
    found = [Place(file, file.relative_to(common).as_posix()) for file in files]
    return sorted(found, key=lambda place: _by_name(place.name))


def _files(location: str) -> list[Path]:
    if is_pattern(location):
        matched = [Path(name) for name in glob.glob(location, recursive=True)]  # noqa: PTH207
        files = [path for path in matched if path.is_file()]
        if not files:
            raise DataError(f"{location}: no file matches.", "Check the pattern.")
        return files
    path = Path(location)
    if not _exists(location):
        raise DataError(
            f"{path}: no such file.",
            "SOURCE is uci, demo, - (standard input), a database's address, or a path to files of "
            "orders.",
            in_python="Give a table, or the path of a file of orders.",
        )
    if not path.is_dir():
        # A file is read more than once, and a pipe or device may never end.
        if not path.is_file():
            raise DataError(
                f"{path}: is no file or folder, but a pipe or device.",
                "Name a file; or - to read standard input.",
            )
        return [path]
    files = [
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith((".", "_", "~$")) for part in file.relative_to(path).parts)
    ]
    if not files:
        raise DataError(f"{path}: the folder holds no file of orders.", "Check the path.")
    return files


def _exists(location: str) -> bool:
    # A name that no file can have, too long or with a NUL, is an error to Path.exists().
    return os.path.exists(location)  # noqa: PTH110


def _by_name(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sort `orders-9` before `orders-10`, and `orders` before `orders (1)`."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122  (of a name, folders in it included)
    parts = re.split(r"(\d+)", stem.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], suffix


def fingerprints(found: Iterable[Place]) -> tuple[SourceFile, ...]:
    """Say what each file holds."""
    prints = []
    for place in found:
        stat = place.path.stat()
        prints.append(SourceFile(place.name, sha256(place.path), stat.st_size, stat.st_mtime_ns))
    return tuple(prints)


def without_copies(found: Sequence[Place]) -> list[Place]:
    """Leave out files that hold the very bytes of another one."""
    first: dict[str, Place] = {}
    for place in found:
        first.setdefault(sha256(place.path), place)
    return list(first.values())


def read_stdin(folder: Path, stream: BinaryIO | None = None) -> Place:
    """Keep what comes on standard input in a file of a temporary folder.

    Raises
    ------
    DataError
        Nothing comes: it is a terminal, or empty.
    """
    source = stream or sys.stdin.buffer
    if source.isatty():
        raise DataError(
            "-: standard input is a terminal.", "Pipe orders to it: cat orders.csv | custseg …"
        )
    target = folder / "stdin"
    with target.open("wb") as out:
        while chunk := source.read(_CHUNK):
            out.write(chunk)
    return Place(target, "stdin")

"""Unpack what is compressed: gz, bz2, xz, zst, and zips of tables."""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import re
import shutil
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, BinaryIO, Final, cast

from custseg.errors import DataError
from custseg.sources.sheets.file import holds_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLE_SUFFIXES: Final = (
    ".xlsx",
    ".xlsm",
    ".xls",
    ".ods",
    ".csv",
    ".tsv",
    ".txt",
    ".parquet",
    ".json",
    ".jsonl",
    ".ndjson",
)
PACKED_SUFFIXES: Final = (".gz", ".bz2", ".xz", ".zst", ".zip")

_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_PACKINGS: Final = {
    b"\x1f\x8b": "gz",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zst",
}
_NOT_READ: Final = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
}
_TAR: Final = b"ustar"
_TAR_AT: Final = 257
_HIDDEN: Final = re.compile(r"\.[^.]|__MACOSX$")
_NOTE: Final = re.compile(
    r"(read[_ -]?me|licen[cs]e|changelog|notes?|meta[_ -]?data"
    r"|data[_ -]?package|data[_ -]?dictionary|schema)(?![a-z])",
    re.IGNORECASE,
)
_BOMB: Final = (1 << 27, 200)
"""Bytes from which on a file is a bomb if it unpacks to so many times its size; tables of orders
come to 100 times at most."""
_ROOM_LEFT: Final = 64 << 20
"""Bytes of the disk that are left free."""
_CHUNK: Final = 1 << 20
_LONGEST_NAME: Final = 60
_READS: Final = "custseg reads tables, zips of tables, and gz, bz2, xz and zst files."
_AGAIN: Final = "Fetch or export it again."


def unpack(path: Path, name: str, scratch: Path) -> list[tuple[Path, str]]:
    """Unpack a file if it is compressed, as its content tells.

    Parameters
    ----------
    path
        The file; a workbook is a zip too, but stays as it is.
    name
        What messages call it.
    scratch
        An existing folder for what is unpacked. No name that an archive gives becomes a path.

    Returns
    -------
    list of tuple of Path and str
        Each table's file and what to call it: `orders.zip, may.csv`. A zip's tables come in the
        order of their names; folders, hidden files and files with other suffixes are left out.

    Raises
    ------
    DataError
        It is damaged, encrypted, holds no table or another zip, or unpacks to too much.
    """
    with path.open("rb") as stream:
        start = stream.read(512)
    if start.startswith((_ZIP, _EMPTY_ZIP)):
        with _damage_reported(name, "zip"), zipfile.ZipFile(path) as archive:
            if holds_workbook(archive.namelist()):
                return [(path, name)]
            return _members(archive, name, scratch)
    return [(_decompressed(path, name, scratch), name)]


def is_note(name: str) -> bool:
    """Whether a file's name says that it tells of tables and is none."""
    return bool(_NOTE.match(name))


def _members(archive: zipfile.ZipFile, name: str, scratch: Path) -> list[tuple[Path, str]]:
    held = archive.infolist()
    tables = sorted((m for m in held if _is_table(m)), key=lambda m: m.filename)
    # A note beside tables is none of them; a text alone may well be the table.
    tables = [m for m in tables if not is_note(_last(m.filename))] or tables
    if not tables:
        raise DataError(f"{name}: the zip holds no table (of {len(held)} files).", _READS)
    size = sum(member.file_size for member in tables)
    packed = sum(member.compress_size for member in tables)
    _refuse_bomb(name, packed, size)
    _refuse_without_room(name, size, scratch)
    lasts = [_last(member.filename) for member in tables]
    found = []
    for member, last in zip(tables, lasts, strict=True):
        shown = _printable(last if lasts.count(last) == 1 else member.filename)
        called = f"{name}, {shown}"
        if member.flag_bits & 1:
            raise DataError(f"{called}: is encrypted.", "Unpack the zip with its password.")
        with archive.open(member) as stream:
            target = _copied(stream, called, scratch, last, packed)
        found.append((_decompressed(target, called, scratch), called))
    return found


def _decompressed(path: Path, name: str, scratch: Path) -> Path:
    """The file itself, or what its one layer of compression holds."""
    packing = _packing(path, name)
    if packing is None:
        return path
    with _damage_reported(name, packing):
        with _opened(path, packing) as stream:
            target = _copied(stream, name, scratch, path.stem, path.stat().st_size)
        if _packing(target, name):
            raise DataError(f"{name}: is packed twice.", "Unpack it once.")
    return target


def _packing(path: Path, name: str) -> str | None:
    """How a file is compressed; None for one that is not, and an error for an archive."""
    with path.open("rb") as stream:
        start = stream.read(512)
    if start.startswith(_ZIP):
        with zipfile.ZipFile(path) as archive:
            if holds_workbook(archive.namelist()):
                return None
        raise DataError(f"{name}: is a zip within an archive.", "Unpack the outer one first.")
    other = next((kind for mark, kind in _NOT_READ.items() if start.startswith(mark)), None)
    if start[_TAR_AT:].startswith(_TAR):
        other = "tar"
    if other:
        raise DataError(
            f"{name}: is a {other} archive.", f"Unpack it and name its tables. {_READS}"
        )
    return next((kind for mark, kind in _PACKINGS.items() if start.startswith(mark)), None)


def _opened(path: Path, packing: str) -> BinaryIO:
    if packing == "zst":
        import pyarrow as pa

        return cast("BinaryIO", pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"))
    if packing == "gz":
        return cast("BinaryIO", gzip.open(path))
    return cast("BinaryIO", bz2.open(path) if packing == "bz2" else lzma.open(path))


def _copied(stream: IO[bytes], name: str, scratch: Path, wanted: str, packed: int) -> Path:
    """Copy to a new file of the scratch folder, as long as it grows reasonably."""
    target = _new_file(scratch, wanted)
    written = 0
    with target.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            _refuse_bomb(name, packed, written)
            _refuse_without_room(name, len(chunk), scratch)
            out.write(chunk)
    return target


def _new_file(scratch: Path, wanted: str) -> Path:
    """A path in the scratch folder that no other file has, with a name's safe characters."""
    base = re.sub(r"[^\w. +()-]", "_", wanted)[-_LONGEST_NAME:].lstrip(".")
    count = sum(1 for _ in scratch.iterdir())
    while (target := scratch / f"{count}-{base}").exists():
        count += 1
    return target


def _is_table(member: zipfile.ZipInfo) -> bool:
    parts = re.split(r"[/\\]", member.filename)
    if member.is_dir() or any(_HIDDEN.match(part) for part in parts):
        return False
    return parts[-1].lower().endswith(TABLE_SUFFIXES + PACKED_SUFFIXES)


def _last(member: str) -> str:
    """A member's name without its folders."""
    return re.split(r"[/\\]", member)[-1]


def _printable(member: str) -> str:
    """A member's name without what a terminal would obey."""
    return "".join(c if c.isprintable() else "_" for c in member)[-_LONGEST_NAME:]


def _refuse_bomb(name: str, packed: int, size: int) -> None:
    least, ratio = _BOMB
    if size > least and size > ratio * packed:
        raise DataError(
            f"{name}: {packed:,} bytes unpack to {size:,} or more: no table is like that.",
            "Unpack it yourself if you trust it, and read what it holds.",
        )


def _refuse_without_room(name: str, size: int, scratch: Path) -> None:
    if size > shutil.disk_usage(scratch).free - _ROOM_LEFT:
        raise DataError(
            f"{name}: the disk has no room for what it unpacks to.",
            "Make room, or set TMPDIR to a folder on a larger disk.",
        )


@contextmanager
def _damage_reported(name: str, packing: str) -> Iterator[None]:
    """Turn what a damaged archive raises into an error that says so."""
    try:
        yield
    except (zipfile.BadZipFile, lzma.LZMAError, zlib.error, struct.error, EOFError, ValueError):
        raise DataError(f"{name}: the {packing} is damaged.", _AGAIN) from None
    except (RuntimeError, NotImplementedError) as error:
        raise DataError(
            f"{name}: the {packing} cannot be unpacked: {error}.", "Unpack it yourself."
        ) from None
    except OSError as error:
        # The system's own troubles have a number; EINVAL is a place before the file's start.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise DataError(f"{name}: the {packing} is damaged.", _AGAIN) from None

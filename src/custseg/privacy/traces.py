"""Search everything in a workspace for customers: the proof that they are gone."""

from __future__ import annotations

import json
import pickletools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile, ZipFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_WORD: Final = re.compile(rb"[\w@.+\-\x80-\xff]+")
_PARQUET: Final = b"PAR1"
_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True)
class Search:
    """What was searched, and where somebody was found; nobody is named in it."""

    files: int
    found: tuple[str, ...]
    """Files, by their paths in the workspace."""


def search(root: Path, ids: Collection[str]) -> Search:
    """Look for customers in every file below a folder: in bytes, decoded columns, packed parts.

    Tables are searched cell by cell, JSON and pickled models text by text (a pickle is not loaded),
    and all else word by word.
    """
    wanted = {text for text in ids if text}
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]
    found = [path.relative_to(root).as_posix() for path in files if _is_in(path, wanted)]
    return Search(len(files), tuple(found))


def _is_in(path: Path, wanted: set[str]) -> bool:
    with path.open("rb") as stream:
        start = stream.read(4)
    if start == _PARQUET:
        return _is_in_parquet(path, wanted)
    if start == _ZIP:
        try:
            with ZipFile(path) as archive:
                return any(_is_in_bytes(archive.read(name), wanted) for name in archive.namelist())
        except BadZipFile:
            pass
    content = path.read_bytes()
    if path.suffix == ".json":
        try:
            return not wanted.isdisjoint(_texts(json.loads(content)))
        except ValueError:
            pass
    if path.suffix == ".joblib":
        return not wanted.isdisjoint(_pickled(content))
    return _is_in_bytes(content, wanted)


def _is_in_parquet(path: Path, wanted: set[str]) -> bool:
    """Whether a cell is one of the texts, or begins with it: an order id may be made of both."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    texts = pa.array(sorted(wanted), pa.string())
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            for column in batch.columns:
                if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
                    continue
                cells = pc.unique(column).cast(pa.string()).drop_null()
                words = pc.list_flatten(pc.split_pattern(cells, " ", max_splits=1))
                for some in (cells, words):
                    if pc.any(pc.is_in(some, texts)).as_py():
                        return True
    return False


def _is_in_bytes(content: bytes, wanted: set[str]) -> bool:
    words = set(_WORD.findall(content))
    for text in wanted:
        coded = text.encode()
        whole = _WORD.fullmatch(coded) is not None
        if coded in words if whole else coded in content:
            return True
    return False


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from _texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)


def _pickled(content: bytes) -> Iterator[str]:
    """Every text in a pickle, which is taken apart and not loaded.

    joblib may put the bytes of arrays between, which are no opcodes: then its words are searched.
    """
    try:
        for _, argument, _ in pickletools.genops(content):
            if isinstance(argument, str):
                yield argument
            elif isinstance(argument, bytes | bytearray):
                yield from _words(bytes(argument))
    except ValueError:
        yield from _words(content)


def _words(content: bytes) -> Iterator[str]:
    return (word.decode(errors="replace") for word in _WORD.findall(content))

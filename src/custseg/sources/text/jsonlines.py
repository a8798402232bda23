"""Read JSON lines, or one array of JSON objects, in bounded memory."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa

from custseg.errors import DataError
from custseg.sources.header import name_columns
from custseg.sources.table import ROW, SAMPLE_ROWS, Loaded, Rejected
from custseg.sources.text.copying import new_file, read_file, write_tables
from custseg.sources.text.decoding import TextFile, open_text_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

_Found: TypeAlias = "tuple[int, dict[str, Any] | str]"
"""A line's or element's number, and its object or what it is instead."""
_HEAD_ROWS: Final = 1_000
"""Objects whose keys make the header."""
_JUDGED_LINES: Final = 10
_BATCH_ROWS: Final = 50_000
_BATCH_CHARACTERS: Final = 1 << 24
_LONGEST: Final = 1 << 24
"""Bytes of one object, beyond which something else is wrong."""
_MOST_REJECTED: Final = 100_000
_LONGEST_KEY: Final = 40
_MOST_KEYS: Final = 5
_SEPARATORS: Final = re.compile(r"[\s,]*")


class _Number(str):
    """A number as it is written: 1.10 stays 1.10, and no digit of an id is lost."""

    __slots__ = ()


_DECODER: Final = json.JSONDecoder(
    parse_int=_Number, parse_float=_Number, parse_constant=_Number, strict=False
)


def open_json_lines(path: Path, name: str) -> JsonLines:
    """Return the table of a file with a JSON object per line, or with one array of objects.

    Parameters
    ----------
    path, name
        The file, and what messages call it.

    Returns
    -------
    JsonLines
        A SourceTable. Its header has the keys of the first 1,000 objects.

    Raises
    ------
    DataError
        The file is empty, or holds no JSON objects.
    """
    file = open_text_file(path, name)
    reading = _reading(file)
    objects, complete = list[dict[str, Any]](), True
    for _, found in reading(file):
        if isinstance(found, dict):
            objects.append(found)
        if len(objects) == _HEAD_ROWS:
            complete = False
            break
    keys = list(dict.fromkeys(key for found in objects for key in found))
    if complete and len(objects) == 1 and (lists := _lists(objects[0])):
        held = ", ".join(f'"{key[:_LONGEST_KEY]}"' for key in lists[:_MOST_KEYS])
        raise DataError(
            f"{name}: is one JSON object that holds lists: {held}.",
            f"Write the list with the order lines alone, as with: jq -c '.\"{lists[0]}\"[]' FILE",
        )
    if len(keys) < 2:  # noqa: PLR2004  (one column holds no orders)
        raise DataError(
            f"{name}: holds no JSON objects with two or more values, one per order line.",
            'Write one object per line, such as {"order_id": "536365", "quantity": 6, …}.',
        )
    header = name_columns(map(_sound, keys))
    sample = tuple(tuple(_text(found.get(key)) for key in keys) for found in objects[:SAMPLE_ROWS])
    return JsonLines(name, header, sample, file, reading, dict(zip(header, keys, strict=True)))


@dataclass(frozen=True)
class JsonLines:
    """A file of JSON objects as a table."""

    name: str
    header: tuple[str, ...]
    sample: tuple[tuple[str | None, ...], ...]
    _file: TextFile
    _reading: Callable[[TextFile], Iterator[_Found]]
    _keys: Mapping[str, str]
    """The objects' key of each column."""

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:
        """Read some of its columns as text: numbers as they are written, nested values as JSON.

        `source_row` is the line, or the object's place where there is not one per line. A line that
        is no JSON object is rejected. A key that an object lacks is null, as is an empty text.
        Objects in which all of the columns are empty are left out.

        Raises
        ------
        DataError
            An array breaks off or holds something else, or more than 100,000 lines are rejected.
        """
        keys = [self._keys[column] for column in columns]
        schema = pa.schema([*((column, pa.string()) for column in columns), (ROW, pa.int64())])
        rejected: list[Rejected] = []
        target = new_file(scratch)
        batches = _batches(self._rows(keys, rejected))
        write_tables((_table(batch, schema) for batch in batches), schema, target)
        return Loaded(read_file(target, connection), tuple(rejected))

    def _rows(self, keys: list[str], rejected: list[Rejected]) -> Iterator[list[Any]]:
        """The wanted values of each object, and its number."""
        for number, found in self._reading(self._file):
            if isinstance(found, dict):
                row: list[Any] = [
                    # What most values are, told without a call: a third of the time.
                    value if isinstance(value, str) and value and value.isascii() else _text(value)
                    for value in map(found.get, keys)
                ]
                if not keys or any(row):
                    row.append(number)
                    yield row
                continue
            rejected.append(Rejected(number, found))
            if len(rejected) > _MOST_REJECTED:
                raise DataError(
                    f"{self.name}: more than {_MOST_REJECTED:,} of its first {number:,} lines are "
                    "no JSON objects.",
                    "Write one object per line.",
                )


def _batches(rows: Iterator[list[Any]]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in columns, so many at once as memory easily holds."""
    held: list[list[Any]] = []
    characters = 0
    for row in rows:
        held.append(row)
        characters += sum(map(len, filter(None, row[:-1])))
        if len(held) == _BATCH_ROWS or characters > _BATCH_CHARACTERS:
            yield list(zip(*held, strict=True))
            held, characters = [], 0
    if held:
        yield list(zip(*held, strict=True))


def _table(columns: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    arrays = [pa.array(cells, kept.type) for cells, kept in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _reading(file: TextFile) -> Callable[[TextFile], Iterator[_Found]]:
    """How the file is to be read: by lines if one of its first is a whole object."""
    start = next((text for piece in file.pieces() if (text := piece.lstrip())), b"")
    if start.startswith(b"["):
        return _elements
    first = islice(_lines(file), _JUDGED_LINES)
    return _lines if any(isinstance(found, dict) for _, found in first) else _elements


def _lines(file: TextFile) -> Iterator[_Found]:
    """Each line that is not blank: its number, and its object or what it is instead."""
    number, rest = 0, b""
    for piece in file.pieces():
        *whole, rest = (rest + piece).split(b"\n")
        for number, line in enumerate(whole, number + 1):  # noqa: B020  (goes on counting)
            if line and not line.isspace():
                yield number, _decoded(line)
        if len(rest) > _LONGEST:
            raise _broken(file, "line", number + 1)
    if rest and not rest.isspace():
        yield number + 1, _decoded(rest)


def _decoded(line: bytes) -> dict[str, Any] | str:
    try:
        found = _DECODER.decode(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return "no valid JSON"
    return found if isinstance(found, dict) else "no JSON object"


def _elements(file: TextFile) -> Iterator[_Found]:
    """Each element of an array, or of objects one after the other: its place, and what it is."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text, number, closing = "", 0, ""
    for piece in file.pieces():
        text += decoder.decode(piece)
        if not number and not closing and text.lstrip().startswith("["):
            text, closing = text.lstrip()[1:], "]"
        at = 0
        while True:
            at = _between(text, at)
            try:
                found, end = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                break  # or its end is in the next piece
            if end == len(text) and isinstance(found, _Number):
                break
            number, at = number + 1, end
            yield number, found if isinstance(found, dict) else "no JSON object"
        text = text[at:]
        if len(text) > _LONGEST:
            break
    if text.strip() != closing:
        raise _broken(file, "object", number + 1)


def _between(text: str, at: int) -> int:
    """Where the next element begins."""
    found = _SEPARATORS.match(text, at)
    return found.end() if found else at


def _broken(file: TextFile, what: str, number: int) -> DataError:
    return DataError(
        f"{file.name}, {what} {number:,}: is no valid JSON, or breaks off, or is longer than "
        f"{_LONGEST >> 20} MB.",
        "Write one object per line, or fetch the file again.",
    )


def _lists(found: dict[str, Any]) -> list[str]:
    """The keys of an object that hold lists of objects."""
    return [
        _sound(key)
        for key, value in found.items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    ]


def _text(value: object) -> str | None:
    """A value as text; None where it is null or empty."""
    if value is None:
        return None
    if isinstance(value, str):
        return _sound(value) or None
    try:
        return _sound(_json(value))
    except RecursionError:
        return None


def _json(value: object) -> str:
    """JSON with numbers as they were written."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=False)}: {_json(v)}" for key, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_json(part) for part in value)}]"
    return value if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _sound(text: str) -> str:
    """A text without halves of characters, which an escape in JSON can name."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()

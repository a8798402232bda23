"""Read JSON lines, one array of JSON objects, or an object around it, in bounded memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from custseg.errors import DataError
from custseg.sources.header import name_columns
from custseg.sources.nested import Shape, field_name, rows_of, shape_of, value_at
from custseg.sources.table import ROW, SAMPLE_ROWS, Loaded, Rejected
from custseg.sources.text.copying import new_file, read_file, write_tables
from custseg.sources.text.decoding import TextFile, open_text_file
from custseg.sources.text.objects import Number, find_reading, first_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from custseg.sources.nested import Path as FieldPath
    from custseg.sources.text.objects import Reading

_HEAD_ROWS: Final = 1_000
"""Objects whose keys make the header."""
_BATCH_ROWS: Final = 50_000
_BATCH_CHARACTERS: Final = 1 << 24
_MOST_REJECTED: Final = 100_000


def open_json_lines(path: Path, name: str, items: str | None = None) -> JsonLines:
    """Return the table of a file of JSON objects: one per line, an array, or an object around one.

    A field of an object within the object is called by its path: `billing.email`. Where objects
    hold the lines of their orders as a list, a row is a line, beside which the order's fields
    repeat. Lists as GraphQL wraps them and children as Shopify's bulk operations write them are
    such lists, too.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    items
        Which list holds an order's lines; None: one that shops call so, if there is one.

    Returns
    -------
    JsonLines
        A SourceTable. Its header has the fields of the first 1,000 objects.

    Raises
    ------
    DataError
        The file is empty, or holds no JSON objects, or several lists of them.
    """
    file = open_text_file(path, name)
    reading = find_reading(file)
    objects = first_objects(reading, file, _HEAD_ROWS)
    shape = shape_of(objects, items, name)
    if len(shape.fields) < 2:  # noqa: PLR2004  (one column holds no orders)
        raise DataError(
            f"{name}: holds no JSON objects with two or more values, one per order line.",
            'Write one object per line, such as {"order_id": "536365", "quantity": 6, …}.',
        )
    header = name_columns(_sound(field_name(field)) for field in shape.fields)
    rows = islice(_rows(objects, shape, shape.fields), SAMPLE_ROWS)
    fields = dict(zip(header, shape.fields, strict=True))
    return JsonLines(name, header, tuple(map(tuple, rows)), file, reading, shape, fields)


@dataclass(frozen=True)
class JsonLines:
    """A file of JSON objects as a table."""

    name: str
    header: tuple[str, ...]
    sample: tuple[tuple[str | None, ...], ...]
    _file: TextFile
    _reading: Reading
    _shape: Shape
    _fields: Mapping[str, FieldPath]
    """Where each column is in an object."""

    @property
    def lines_own(self) -> frozenset[str]:
        """See `NestedTable`."""
        return frozenset(
            name for name, field in self._fields.items() if self._shape.in_items(field)
        )

    def load(self, columns: Sequence[str], connection: Backend, scratch: Path) -> Loaded:
        """Read some of its columns as text: numbers as they are written, nested values as JSON.

        `source_row` is the line, or the object's place where there is not one per line, or the
        row's own number where objects hold several. A line that is no JSON object is rejected. A
        key that an object lacks is null, as is an empty text. Rows in which all of the columns are
        empty are left out.

        Raises
        ------
        DataError
            An array breaks off or holds something else, or more than 100,000 lines are rejected.
        """
        fields = [self._fields[column] for column in columns]
        schema = pa.schema([*((column, pa.string()) for column in columns), (ROW, pa.int64())])
        rejected: list[Rejected] = []
        target = new_file(scratch)
        batches = _batches(self._numbered(fields, rejected))
        write_tables((_table(batch, schema) for batch in batches), schema, target)
        return Loaded(read_file(target, connection), tuple(rejected))

    def _numbered(self, fields: list[FieldPath], rejected: list[Rejected]) -> Iterator[list[Any]]:
        """The wanted values of each row, and its number."""
        # Fields of orders alone need no row for each of their lines.
        inside = any(map(self._shape.in_items, fields))
        shape = self._shape if inside else Shape(self._shape.fields)
        row = 0
        for number, found in self._reading(self._file):
            if isinstance(found, dict):
                for values in _rows([found], shape, fields):
                    row += 1
                    if not fields or any(values):
                        values.append(row if inside else number)
                        yield values
                continue
            row += 1
            rejected.append(Rejected(row if inside else number, found))
            if len(rejected) > _MOST_REJECTED:
                raise DataError(
                    f"{self.name}: more than {_MOST_REJECTED:,} of its first {number:,} lines are "
                    "no JSON objects.",
                    "Write one object per line.",
                )


def _rows(
    objects: Iterable[dict[str, Any]], shape: Shape, fields: Sequence[FieldPath]
) -> Iterator[list[Any]]:
    """The values of fields as text, a list for each row."""
    if not shape.items:
        if all(len(field) == 1 for field in fields):
            keys = [key for (key,) in fields]
            yield from ([_as_text(value) for value in map(found.get, keys)] for found in objects)
        else:
            yield from ([_as_text(value_at(found, field)) for field in fields] for found in objects)
        return
    depth = len(shape.items)
    of_line = [(at, field[depth:]) for at, field in enumerate(fields) if shape.in_items(field)]
    for found in objects:
        whole = [
            None if shape.in_items(field) else _as_text(value_at(found, field)) for field in fields
        ]
        for line in rows_of(found, shape.items):
            values = whole.copy()
            for at, field in of_line:
                values[at] = _as_text(value_at(line, field))
            yield values


def _as_text(value: object) -> str | None:
    # What most values are, told without a call: a third of the time.
    return value if isinstance(value, str) and value and value.isascii() else _text(value)


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
    return value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def _sound(text: str) -> str:
    """A text without halves of characters, which an escape in JSON can name."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()

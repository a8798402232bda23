"""The objects of a JSON file, one after the other, however it holds them."""

from __future__ import annotations

import codecs
import json
import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from custseg.errors import DataError
from custseg.sources.nested import field_name
from custseg.sources.text.envelope import (
    find_list,
    has_connections,
    has_parents,
    is_order,
    is_well_known,
    lists_within,
    unwrapped,
    with_children,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from custseg.sources.nested import Path as FieldPath
    from custseg.sources.text.decoding import TextFile

Found: TypeAlias = "tuple[int, dict[str, Any] | str]"
"""A line's or element's number, and its object or what it is instead."""
Reading: TypeAlias = "Callable[[TextFile], Iterator[Found]]"

_JUDGED_LINES: Final = 10
_JUDGED_OBJECTS: Final = 200
_LONGEST: Final = 1 << 24
"""Bytes of one object, beyond which something else is wrong."""
_LONGEST_KEY: Final = 40
_MOST_KEYS: Final = 5
_SEPARATORS: Final = re.compile(r"[\s,]*")


class Number(str):
    """A number as it is written: 1.10 stays 1.10, and no digit of an id is lost."""

    __slots__ = ()


_DECODER: Final = json.JSONDecoder(
    parse_int=Number, parse_float=Number, parse_constant=Number, strict=False
)


def find_reading(file: TextFile) -> Reading:
    """Find how a file's objects are to be read.

    Raises
    ------
    DataError
        It is one object that holds several lists of objects.
    """
    reading = _reading(file)
    if has_parents(first_objects(reading, file, _JUDGED_OBJECTS)):
        reading = partial(_joined, reading)
    if any(map(has_connections, first_objects(reading, file, _JUDGED_OBJECTS))):
        reading = partial(_unwrapped, reading)
    return reading


def first_objects(reading: Reading, file: TextFile, most: int) -> list[dict[str, Any]]:
    """Return a file's first objects, without what else is between them."""
    objects = (found for _, found in reading(file) if isinstance(found, dict))
    return list(islice(objects, most))


def _joined(reading: Reading, file: TextFile) -> Iterator[Found]:
    return with_children(reading(file))


def _unwrapped(reading: Reading, file: TextFile) -> Iterator[Found]:
    return ((number, unwrapped(found)) for number, found in reading(file))


def _reading(file: TextFile) -> Reading:
    """How the file is to be read: by lines if one of its first is a whole object."""
    start = next((begun for piece in file.pieces() if (begun := piece.lstrip())), b"")
    if start.startswith(b"["):
        return _elements
    text, whole, sole = _first_object(file)
    if sole is not None:
        lists = lists_within(sole)
        if not lists or (len(lists) == 1 and is_order(sole, lists[0])):
            return _elements
        known = [path for path in lists if is_well_known(path)]
        if len(lists) > 1 and len(known) != 1:
            raise _several(file.name, lists)
    elif whole or "\n" in text:
        first = islice(_lines(file), _JUDGED_LINES)
        if any(isinstance(found, dict) for _, found in first):
            return _lines
    if (not whole or sole is not None) and (found := find_list(text, _DECODER)):
        return partial(_elements, within=found[0])
    return _elements


def _first_object(file: TextFile) -> tuple[str, bool, dict[str, Any] | None]:
    """A file's text up to the end of its first object, whether it ends, and it, if it is alone."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text, found, whole = "", None, False
    for piece in file.pieces():
        if whole and piece.strip():
            return text, True, None
        text += decoder.decode(piece)
        if not whole:
            try:
                found, end = _DECODER.raw_decode(text, _between(text, 0))
                whole = True
            except (ValueError, RecursionError):
                if len(text) > _LONGEST:
                    break
                continue
            if text[end:].strip():
                return text, True, None
    return text, whole, found if isinstance(found, dict) else None


def _lines(file: TextFile) -> Iterator[Found]:
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


def _elements(file: TextFile, within: FieldPath = ()) -> Iterator[Found]:
    """Each element of an array, or of objects one after the other: its place, and what it is.

    The array may be within an object, at a path of keys; what follows it there is not read.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text, number, closing, begun = "", 0, "", not within
    for piece in file.pieces():
        text += decoder.decode(piece)
        if not begun:
            text, begun = _from_list(text, within)
            if not begun:
                continue
            closing = "]"
        if not number and not closing and text.lstrip().startswith("["):
            text, closing = text.lstrip()[1:], "]"
        at = 0
        for found, end in _whole(text):
            number, at = number + 1, end
            yield number, found if isinstance(found, dict) else "no JSON object"
        text = text[_between(text, at) :]
        if within and text.startswith(closing):
            return
        if len(text) > _LONGEST:
            break
    if text.strip() != closing:
        raise _broken(file, "object", number + 1)


def _whole(text: str) -> Iterator[tuple[object, int]]:
    """Each element that a text holds whole, and where it ends."""
    end = 0
    while True:
        try:
            found, end = _DECODER.raw_decode(text, _between(text, end))
        except (ValueError, RecursionError):
            return  # or its end is in the next piece
        if end == len(text) and isinstance(found, Number):
            return
        yield found, end


def _from_list(text: str, within: FieldPath) -> tuple[str, bool]:
    """A text from where the list at a path begins, and whether it does."""
    found = find_list(text, _DECODER)
    if found is None or found[0] != within:
        return text, False
    return text[found[1] :], True


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


def _several(name: str, lists: Sequence[FieldPath]) -> DataError:
    held = ", ".join(
        f'"{_readable(field_name(path))[:_LONGEST_KEY]}"' for path in lists[:_MOST_KEYS]
    )
    path = ".".join(f'"{_readable(key)}"' for key in lists[0])
    return DataError(
        f"{name}: is one JSON object that holds several lists: {held}.",
        f"Write the list with the orders alone, as with: jq -c '.{path}[]' FILE",
    )


def _readable(key: str) -> str:
    return key.encode("utf-8", "replace").decode()

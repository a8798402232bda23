"""Merged cells of an xlsx sheet: what stands once, at their top, holds for all their rows."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_CHUNK: Final = 1 << 20
_LONGEST_TAG: Final = 200
_MERGED: Final = re.compile(
    rb"""<(?:\w+:)?mergeCell\s+ref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})["']"""
)
_MOST: Final = 1_000_000
_MOST_INDEX: Final = 4 << 20
"""Bytes of the parts that list a workbook's sheets."""
_REL: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Merges = dict[int, list[tuple[int, int]]]
"""First and last row of each merged cell, by column; all from 0."""


def read_merges(path: Path, sheet: str) -> Merges:
    """Read which cells of a sheet are merged over several rows.

    A sheet lists them behind its cells, so all of it is unpacked, but nothing is parsed.

    Parameters
    ----------
    path
        A workbook.
    sheet
        The sheet's name.

    Returns
    -------
    dict
        None of a workbook that is no xlsx, or whose sheet is at no usual place.
    """
    merges: Merges = {}
    if not zipfile.is_zipfile(path):
        return merges
    with zipfile.ZipFile(path) as container:
        member = _member(container, sheet)
        for letters, first, last in _references(container, member) if member else ():
            if first < last:
                merges.setdefault(_column(letters), []).append((first - 1, last - 1))
    return merges


def rows_above(merged: Sequence[tuple[int, int]], first_row: int, height: int) -> np.ndarray:
    """Return for each row of a column the row whose value it has: its own, or that of its merge.

    Parameters
    ----------
    merged
        The column's merged cells.
    first_row, height
        The first row that is looked at, and how many.
    """
    source = np.arange(height)
    for first, last in merged:
        # What begins above the data is a title.
        if first_row <= first < first_row + height:
            source[first - first_row : last + 1 - first_row] = first - first_row
    return source


def fill_sample(
    sample: list[list[str | None]], places: list[int], columns: tuple[int, ...], merges: Merges
) -> None:
    """Give merged cells' values to all of their rows among the first ones.

    Parameters
    ----------
    sample
        The rows, which are changed.
    places
        Their places in the sheet, from 0.
    columns
        The columns' places.
    merges
        What is merged.
    """
    row_of = {place: i for i, place in enumerate(places)}
    for i, column in enumerate(columns):
        for first, last in merges.get(column, ()):
            if first in row_of:
                for place in range(first + 1, min(last, places[-1]) + 1):
                    if place in row_of:
                        sample[row_of[place]][i] = sample[row_of[first]][i]


def _references(container: zipfile.ZipFile, member: str) -> Iterator[tuple[str, int, int]]:
    found, rest = 0, b""
    with container.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            end = 0
            for match in _MERGED.finditer(text):
                end = match.end()
                found += 1
                if found > _MOST:
                    return
                yield match[1].decode(), int(match[2]), int(match[3])
            rest = text[max(end, len(text) - _LONGEST_TAG) :]


def _member(container: zipfile.ZipFile, sheet: str) -> str | None:
    """The part that holds a sheet, as the workbook's index says."""
    names = {name.lower(): name for name in container.namelist()}
    index, links = (
        _parsed(container, names.get(part))
        for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
    )
    if index is None or links is None:
        return None
    wanted = {
        each.get(_REL) for each in index.iter() if _is(each, "sheet") and each.get("name") == sheet
    }
    for link in links.iter():
        if link.get("Id") in wanted and (target := link.get("Target")):
            return names.get(posixpath.normpath(posixpath.join("/xl", target)).lstrip("/").lower())
    return None


def _parsed(container: zipfile.ZipFile, member: str | None) -> ET.Element | None:
    if member is None or container.getinfo(member).file_size > _MOST_INDEX:
        return None
    try:
        # Python's expat bounds what entities expand to, and fetches none.
        return ET.fromstring(container.read(member))  # noqa: S314  # nosec B314
    except ET.ParseError:
        return None


def _is(element: ET.Element, name: str) -> bool:
    return element.tag.rpartition("}")[2] == name


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1

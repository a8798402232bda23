"""What a workbook's file tells before a parser may touch it: its format, its size, its head."""

from __future__ import annotations

import errno
import io
import re
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final
from xml.etree import ElementTree as ET

from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What an xls workbook begins with, and one that is protected by a password."""
MOST_CELLS: Final = 40_000_000
"""Cells that a sheet may span: the parser holds 32 bytes for each, used or not."""
HEAD_ROWS: Final = 260

_MOST_UNPACKED: Final = 2 << 30
_BOMB_UNPACKED: Final = 200 << 20
_BOMB_RATIO: Final = 200
_SCANNED: Final = 16 << 20
"""Sheets up to this size are scanned whatever they declare: a moment's work."""
_LARGEST_HEAD: Final = 32 << 20
_CHUNK: Final = 1 << 20
_LONGEST_TAG: Final = 4096
_LONGEST_PLACE: Final = 7
"""Digits of Excel's last row, 1,048,576; its last column has three letters."""
_MOST_BYTES_PER_CELL: Final = 256
_DIMENSION: Final = re.compile(rb"""<(?:\w+:)?dimension\b[^>]*\bref\s*=\s*["']([^"']*)["']""")
_CORNER: Final = re.compile(rb"([A-Za-z]+)(\d+)")
_CELL: Final = re.compile(rb"""\br\s*=\s*["']([A-Za-z]+)(\d+)["'][^<>]*(?<!/)>""")
"""A cell's place, unless it has a format but no content."""
_ROW_END: Final = re.compile(rb"</((?:\w+:)?)row\s*>")
_TEXT_END: Final = re.compile(rb"</((?:\w+:)?)si\s*>")
_TEXT_NUMBER: Final = re.compile(rb"""\bt\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*(\d+)""")
_SHEET: Final = re.compile(r"(^|/)(sheet[^/]*|[^/]*sheets/[^/]*)\.xml$")
"""Where all programs known put sheets; a workbook may put them elsewhere."""
_NO_SHEET: Final = re.compile(r"(?<!\.xml)$|sharedstrings\.xml$")
_WORKBOOK: Final = re.compile(r"(^|/)workbook\.(xml|bin)$")
_ODS_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_SAVE_AGAIN: Final = "Open it in a spreadsheet program and save it again as xlsx."
_NEEDED: Final = re.compile(
    r"(workbook\.xml|styles\.xml|\[content_types\]\.xml|_rels/\.rels|workbook\.xml\.rels)$"
)


@contextmanager
def damage_reported(name: str) -> Iterator[None]:
    """Turn what a damaged container raises into an error that says so."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, LookupError):
        raise DataError(f"{name}: the workbook is damaged.", _SAVE_AGAIN) from None
    except (RuntimeError, NotImplementedError):
        raise DataError(
            f"{name}: the workbook is packed in a way that is not known.", _SAVE_AGAIN
        ) from None
    except OSError as error:
        # A place before the file's start.
        if error.errno != errno.EINVAL:
            raise
        raise DataError(f"{name}: the workbook is damaged.", _SAVE_AGAIN) from None


def holds_workbook(members: Iterable[str]) -> bool:
    """Whether a zip with these members is a workbook."""
    names = {member.lower() for member in members}
    return names >= {"mimetype", "content.xml"} or any(map(_WORKBOOK.search, names))


def check_kind(path: Path, name: str) -> str:
    """Tell a workbook's format by its content.

    Returns
    -------
    str
        `.xlsx`, `.xls` or `.ods`.

    Raises
    ------
    DataError
        It is damaged, protected by a password, of a format that is not read, or would take more
        memory than a machine has.
    """
    with path.open("rb") as stream:
        if stream.read(len(COMPOUND)) == COMPOUND:
            _refuse_protected(stream, name)
            return ".xls"
    with damage_reported(name), zipfile.ZipFile(path) as container:
        members = container.namelist()
        _refuse_bomb(container, path.stat().st_size, name)
        if any(member.lower().endswith("workbook.bin") for member in members):
            raise DataError(f"{name}: is an xlsb workbook.", "Save it as xlsx.")
        if "content.xml" in members:
            _refuse_span(name, *_ods_span(container, name))
            return ".ods"
        for member in container.infolist():
            if not _NO_SHEET.search(member.filename.lower()):
                _refuse_span(name, *_span(container, member))
    return ".xlsx"


def _refuse_protected(stream: BinaryIO, name: str) -> None:
    """Refuse a compound file that holds an encrypted workbook: its folder names the streams."""
    wanted = "EncryptedPackage".encode("utf-16-le")
    rest = b""
    while chunk := stream.read(_CHUNK):
        if wanted in rest + chunk:
            raise DataError(
                f"{name}: the workbook is protected by a password.",
                "Open it in a spreadsheet program and save it without one.",
            )
        rest = chunk[-len(wanted) :]


def _refuse_bomb(container: zipfile.ZipFile, packed: int, name: str) -> None:
    unpacked = sum(member.file_size for member in container.infolist())
    if unpacked > _MOST_UNPACKED or (unpacked > _BOMB_UNPACKED and unpacked > _BOMB_RATIO * packed):
        raise DataError(
            f"{name}: the workbook of {packed / 1e6:,.1f} MB unpacks to {unpacked / 1e6:,.0f} MB.",
            "Export the orders as csv.",
        )


def _refuse_span(name: str, rows: int, columns: int) -> None:
    if rows * columns > MOST_CELLS:
        raise DataError(
            f"{name}: a sheet spans {rows:,} rows and {columns:,} columns.",
            "A stray cell far below or right of the table does this. Delete the rows and columns "
            "outside the table and save the workbook, or export it as csv.",
        )


def copy_head(container: zipfile.ZipFile) -> tuple[bytes, bool]:
    """Copy a workbook with no more than the first HEAD_ROWS rows of each sheet.

    Parsers read a sheet to its end before they give the first row; from this copy they give it at
    once.

    Returns
    -------
    tuple of bytes and bool
        The small workbook, and whether any sheet was cut.
    """
    small = io.BytesIO()
    cut_any = False
    last_text = -1
    with zipfile.ZipFile(small, "w") as copy:
        texts = []
        for member in container.infolist():
            lower = member.filename.lower()
            if _SHEET.search(lower):
                part, cut = _cut(container, member, _ROW_END, HEAD_ROWS, b"sheetData", b"worksheet")
                cut_any |= cut
                last_text = max([last_text, *map(int, _TEXT_NUMBER.findall(part))])
                copy.writestr(member.filename, part)
            elif lower.endswith("sharedstrings.xml"):
                texts.append(member)
            elif _NEEDED.search(lower):
                with container.open(member) as stream:
                    # Without a size it would unpack more than the member says that it holds.
                    copy.writestr(member.filename, stream.read(member.file_size))
        for member in texts:
            part, _ = _cut(container, member, _TEXT_END, last_text + 1, b"sst")
            copy.writestr(member.filename, part)
    return small.getvalue(), cut_any


def _cut(
    container: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    end: re.Pattern[bytes],
    most: int,
    *around: bytes,
) -> tuple[bytes, bool]:
    """A part up to the end of so many of its elements, with those around them closed."""
    text = bytearray()
    found = 0
    seen = 0
    last: re.Match[bytes] | None = None
    with container.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            text += chunk
            for match in end.finditer(text, seen):
                last, found, seen = match, found + 1, match.end()
                if found >= most:
                    break
            if not last and len(text) > _LARGEST_HEAD:
                raise zipfile.BadZipFile
            if last and (found >= most or len(text) > _LARGEST_HEAD):
                prefix = last[1]
                closing = b"".join(b"</" + prefix + element + b">" for element in around)
                return bytes(text[:seen]) + closing, True
            seen = max(seen, len(text) - _LONGEST_TAG)
    return bytes(text), False


def _span(container: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[int, int]:
    """Rows and columns up to a sheet's outermost cells that hold something.

    What a large sheet declares is believed if it is reasonable, has its first cells within, and is
    enough for the bytes that the sheet takes.
    """
    with container.open(member) as stream:
        text = stream.read(_CHUNK)
        if member.file_size > _SCANNED and (declared := _DIMENSION.search(text)):
            rows, columns = _outermost(_CORNER.findall(declared[1]))
            seen = _outermost(_CELL.findall(text))
            enough = rows * columns * _MOST_BYTES_PER_CELL >= member.file_size
            if enough and rows * columns <= MOST_CELLS and seen[0] <= rows and seen[1] <= columns:
                return rows, columns
        outermost = (0, 0)
        rest = b""
        while text:
            seen = _outermost(_CELL.findall(rest + text))
            outermost = max(outermost[0], seen[0]), max(outermost[1], seen[1])
            rest, text = text[-_LONGEST_TAG:], stream.read(_CHUNK)
    return outermost


def _outermost(references: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    columns = {column for column, _ in references}
    rows = {row.lstrip(b"0") for _, row in references}
    if max(map(len, columns | rows), default=0) > _LONGEST_PLACE:
        # The parser would count such a place modulo 2³².
        raise zipfile.BadZipFile
    return max(map(int, rows - {b""}), default=0), max(map(_column_number, columns), default=0)


def _column_number(letters: bytes) -> int:
    """AA is column 27."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - ord("A") + 1
    return number


def _ods_span(container: zipfile.ZipFile, name: str) -> tuple[int, int]:
    """Rows and columns up to the outermost cells with content; repeated ones are written once."""
    outermost = (0, 0)
    row = repeats = column = filled = 0
    try:
        with container.open("content.xml") as stream:
            # Python's expat bounds what entities expand to, and fetches none.
            for event, element in ET.iterparse(stream, ("start", "end")):  # noqa: S314  # nosec B314
                tag = element.tag.rpartition("}")[2]
                if event == "start":
                    if tag == "table":
                        row = 0
                    elif tag == "table-row":
                        column = filled = 0
                    continue
                if tag in ("table-cell", "covered-table-cell"):
                    column += _repeated(element, "columns")
                    if any(key.endswith("value-type") for key in element.attrib) or len(element):
                        filled = column
                elif tag == "table-row":
                    repeats = _repeated(element, "rows")
                    row += repeats
                    if filled:
                        outermost = max(outermost[0], row), max(outermost[1], filled)
                    element.clear()
    except ET.ParseError:
        raise DataError(f"{name}: the workbook is damaged.", _SAVE_AGAIN) from None
    return outermost


def _repeated(element: ET.Element, what: str) -> int:
    return int(element.get(f"{_ODS_TABLE}number-{what}-repeated", "1"))

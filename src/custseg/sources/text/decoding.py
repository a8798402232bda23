"""From the bytes of a text file in any encoding to a stream of UTF-8."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError
from custseg.sources.text.legacy import legacy_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PIECE: Final = 1 << 22
_HEAD: Final = 4096
_BOMS: Final = (
    # UTF-32's little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNIT: Final = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
"""Bytes of a character's smallest part."""
_WORD: Final = rb"[^\x00-\x1f,;|]{0,24}[\x80-\xff][^\x00-\x1f,;|]{0,24}"
"""A few bytes around a place that is not ASCII: what its encoding is judged by."""
_MOST_WORDS: Final = 200
"""Of one piece of the file, so that all of the file has a say and no more than some is held."""
_MOST_JUDGED: Final = 5_000
_CLEARLY: Final = 20
"""So many sound characters outside ASCII for each broken one: damaged UTF-8, no other encoding."""
_SURELY: Final = 1_000
"""So many bytes that are not UTF-8, and more than are: the rest need not be tried."""
_SELDOM: Final = 0.02
_LEADS: Final = bytes(range(0xC2, 0xF5))
_NOT_LEADS: Final = bytes(set(range(256)) - set(_LEADS))
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\x0b\x0c\r\x1a\x1b"))

_FOREIGN: Final = (
    (rb"%PDF", "a PDF document", "Export the orders as csv or xlsx."),
    (rb"\xd0\xcf\x11\xe0", "an old Excel workbook (xls)", "Save it as xlsx."),
    (rb"\x09[\x00\x02\x04\x08]", "an old Excel workbook (xls)", "Save it as xlsx."),
    (rb"PK\x03\x04", "a zip archive or an office document", "Save the table as xlsx or csv."),
    (rb"\{\\rtf", "a text document", "Save the table as xlsx or csv."),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*(<!doctype|<html|<table|<\?xml|<!--|<meta|<workbook)",
        "a web page or XML, not a table",
        "Fetch the file itself, or save it as xlsx.",
    ),
)
"""How files begin that are often named csv and are none."""


@dataclass(frozen=True)
class TextFile:
    """A text file whose encoding is known."""

    path: Path
    name: str
    """What messages call it."""
    encoding: str
    errors: str
    """strict, or replace: bytes that mean nothing become the replacement character."""
    start: int
    """Bytes of its byte order mark."""
    holds_nul: bool

    def pieces(self) -> Iterator[bytes]:
        """Yield its text as UTF-8, without byte order mark and NUL characters."""
        decoder = codecs.getincrementaldecoder(self.encoding)(self.errors)
        plain = self.encoding == "utf-8" and self.errors == "strict"
        for piece in _pieces(self.path, self.start):
            text = piece if plain else decoder.decode(piece).encode("utf-8", "replace")
            yield text.replace(b"\0", b"") if self.holds_nul else text
        if not plain:
            yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def open_text_file(path: Path, name: str, encoding: str | None = None) -> TextFile:
    """Find a text file's encoding, from all of its bytes.

    A byte order mark decides; else what is valid UTF-8 is UTF-8, and every second byte a NUL is
    UTF-16. Else the letters around the places that are not ASCII are judged. Single broken bytes in
    a file that is UTF-8 all over become the replacement character.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    encoding
        The name of its encoding, if it is known: then every byte must fit it.

    Raises
    ------
    DataError
        The file is empty, is no text, ends in the middle of a character, or is not in the encoding
        given.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip(b"\0\t\n\r \x1a"):
        _refuse_blank(path, name)
    _refuse_foreign(head, name)
    marked = next(((mark, found) for mark, found in _BOMS if head.startswith(mark)), None)
    if encoding:
        return _forced(path, name, encoding, marked)
    if marked and marked[1] != "utf-8":
        return _wide(path, name, marked[1], len(marked[0]))
    if unmarked := _unmarked_wide(head):
        return _wide(path, name, unmarked, 0)
    _refuse_binary(head, name)
    return _narrow(path, name, len(marked[0]) if marked else 0)


def _pieces(path: Path, start: int = 0) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(start)
        while piece := stream.read(_PIECE):
            yield piece


def _refuse_blank(path: Path, name: str) -> None:
    if not any(piece.strip(b"\0\t\n\r \x1a") for piece in _pieces(path)):
        raise DataError(f"{name}: the file is empty.", "Export the orders again.")


def _refuse_foreign(head: bytes, name: str) -> None:
    for beginning, what, hint in _FOREIGN:
        if re.match(beginning, head):
            raise DataError(f"{name}: is {what}.", hint)


def _refuse_binary(head: bytes, name: str) -> None:
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > _SELDOM * len(head):
        raise DataError(
            f"{name}: is not a text file.",
            "custseg reads text (csv and the like), JSON lines, xlsx and Parquet.",
        )


def _unmarked_wide(head: bytes) -> str | None:
    """UTF-16 without a mark: line ends, digits and separators have a NUL on one side, always."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    found = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) > _SELDOM * max(even, odd) or max(even, odd) < len(head) * 0.05:
        return None
    try:
        text = codecs.getincrementaldecoder(found)().decode(head)
    except UnicodeDecodeError:
        return None
    controls = sum(c < " " and c not in "\t\n\r" for c in text)
    return None if controls > _SELDOM * len(text) else found


def _wide(path: Path, name: str, encoding: str, start: int) -> TextFile:
    if (path.stat().st_size - start) % _UNIT[encoding]:
        raise _cut(name)
    return TextFile(path, name, encoding, "replace", start, holds_nul=True)


def _cut(name: str) -> DataError:
    return DataError(
        f"{name}: ends in the middle of a character; the rest of the file is missing.",
        "Fetch or export it again.",
    )


def _narrow(path: Path, name: str, start: int) -> TextFile:
    """Tell UTF-8 from the encodings with one byte per letter, in one pass."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    held, words = b"", list[bytes]()
    sound = broken = 0
    holds_nul = False
    for piece in _pieces(path, start):
        holds_nul = holds_nul or b"\0" in piece
        if piece.isascii() and not held:
            continue
        if broken > _SURELY and broken > sound:
            words += _words(piece)
            continue
        leads = len(piece.translate(None, _NOT_LEADS))
        try:
            decoder.decode(piece)
            sound += leads
        except UnicodeDecodeError:
            text = (held + piece).decode("utf-8", "replace")
            # The last character may be whole with the next piece.
            here = text.count("�") - piece.count("�".encode()) - text.endswith("�")
            broken += max(here, 1)
            sound += max(leads - max(here, 1), 0)
            words += _words(piece)
            decoder.reset()
            held = b""
            continue
        held = decoder.getstate()[0]
    if not broken and not held:
        return TextFile(path, name, "utf-8", "strict", start, holds_nul)
    if start or sound - bool(held) >= max(_CLEARLY * broken, 1):
        if held:
            raise _cut(name)
        return TextFile(path, name, "utf-8", "replace", start, holds_nul)
    step = -(-max(len(words), 1) // _MOST_JUDGED)
    return TextFile(path, name, legacy_encoding(words[::step] or [held]), "replace", 0, holds_nul)


def _words(piece: bytes) -> list[bytes]:
    return [found[0] for found in islice(re.finditer(_WORD, piece), _MOST_WORDS)]


def _forced(path: Path, name: str, encoding: str, marked: tuple[bytes, str] | None) -> TextFile:
    """Check that the whole file is in the encoding that the settings name."""
    wanted = codecs.lookup(encoding).name
    start = 0
    if marked and (wanted in {marked[1], marked[1][:6], "utf-8-sig"}):
        wanted, start = marked[1], len(marked[0])
    elif wanted in {"utf-16", "utf-32"}:
        wanted = f"{wanted}-le"
    decoder = codecs.getincrementaldecoder(wanted)()
    done, lines, holds_nul = start, 1, False
    for piece in (*_pieces(path, start), b""):
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeError as error:
            at = done - held
            if isinstance(error, UnicodeDecodeError):
                at += error.start
                lines += error.object[: error.start].decode(wanted, "ignore").count("\n")
            raise DataError(
                f'{name}: is not in the encoding "{encoding}" (byte {at + 1:,}, line {lines:,}).',
                "Correct [source] encoding, or leave it out: custseg finds the encoding.",
            ) from None
        done += len(piece)
        lines += text.count("\n")
        holds_nul = holds_nul or "\0" in text
    return TextFile(path, name, wanted, "strict", start, holds_nul)

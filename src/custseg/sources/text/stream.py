"""A text whose layout is known, as a stream of its rows of data."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from custseg.sources.text.dialect import END

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

    from custseg.sources.text.decoding import TextFile
    from custseg.sources.text.layout import TextLayout


@dataclass(frozen=True)
class Text:
    """A text file whose layout is known."""

    name: str
    file: TextFile
    layout: TextLayout

    def open(self) -> io.BufferedReader:
        """Open the normal text below the header, with END as its last row."""
        pieces = self.layout.dialect.normal(self.file.pieces())
        return io.BufferedReader(_Stream(pieces, self.layout.offset), 1 << 22)


class _Stream(io.RawIOBase):
    """Pieces of a text as a file that is read once, with END as the last row."""

    def __init__(self, pieces: Iterator[bytes], skipped: int) -> None:
        self._pieces = self._ended(pieces)
        self._rest = memoryview(b"")
        while skipped:
            self._rest = self._rest or memoryview(next(self._pieces))
            step = min(skipped, len(self._rest))
            self._rest, skipped = self._rest[step:], skipped - step

    @staticmethod
    def _ended(pieces: Iterator[bytes]) -> Iterator[bytes]:
        last = b"\n"
        for piece in pieces:
            if piece:
                last = piece[-1:]
                yield piece
        yield (b"" if last in b"\r\n" else b"\n") + END.encode()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._rest = self._rest or memoryview(next(self._pieces, b""))
        target = memoryview(buffer)
        size = min(len(target), len(self._rest))
        target[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

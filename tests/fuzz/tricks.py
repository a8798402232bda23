"""Files that no change of a seed leads to: bombs, depths, widths, and beginnings without an end."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import struct
import zipfile
import zlib
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING, Final

from tests.fuzz import seeds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAMES: Final = (
    *("orders.csv", "orders", "orders.xlsx", "orders.txt", "a'b.csv", 'a"b.csv', "a;b.csv"),
    *("[x].csv", "=x.csv", "%41.csv", "käse.csv", "\u202egnp.csv", "a\nb.csv", "-x.csv", "x" * 200),
    *("*.csv", " .csv", "{x}.csv", "?.csv", "CON.csv", os.fsdecode(b"caf\xe9-\xff.csv")),
)  # fmt: skip
GIGABYTES: Final = 3
_ZERO_BLOCK: Final = 1 << 20


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A zip of some files."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _zst(content: bytes) -> bytes:
    import pyarrow as pa

    return bytes(pa.compress(content, "zstd", asbytes=True))


PACKINGS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gz": lambda content: gzip.compress(content, 1, mtime=0),
    "bz2": bz2.compress,
    "xz": lambda content: lzma.compress(content, preset=0),
    "zst": _zst,
    "zip": lambda content: zipped({"orders.csv": content, "notes/readme.txt": b"Hello"}),
}


def _deep_zip(draw: Random) -> bytes:
    content, name = seeds.text(seeds.UCI, ",").encode(), "orders.csv"
    for _ in range(draw.choice((2, 3, 30))):
        content, name = zipped({name: content}), draw.choice(("orders.zip", "orders.csv"))
    return content


def _gz_bomb(draw: Random) -> bytes:
    piece = draw.choice((bytes(_ZERO_BLOCK), b"17850,2024-01-01,1\n" * 55_188)) * 16
    match draw.randrange(3):
        case 0:
            # Packed by gz, lines would be no smaller than a real table might be.
            packed = gzip.compress(bytes(16 * _ZERO_BLOCK), 9, mtime=0)
        case 1:
            packed = bz2.compress(piece)
        case _:
            packed = lzma.compress(piece, preset=0)
    return packed * (64 * GIGABYTES)


def _zip_bomb(draw: Random) -> bytes:
    """A zip whose member unpacks to gigabytes; perhaps it says that it is small."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(_ZERO_BLOCK)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = block * (1024 * GIGABYTES) + packer.flush(zlib.Z_FINISH)
    size = draw.choice((GIGABYTES << 30, 1000))
    name = draw.choice((b"orders.csv", b"xl/workbook.xml", b"orders.csv.gz"))
    entry = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 33, 0, len(packed), size, len(name), 0)
    local = b"PK\x03\x04" + entry + name + packed
    directory = b"PK\x01\x02" + struct.pack("<H", 20) + entry
    directory += struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    end = struct.pack("<HHHHLLH", 0, 0, 1, 1, len(directory), len(local), 0)
    return local + directory + b"PK\x05\x06" + end


def _sheet_bomb(draw: Random) -> bytes:
    rows = b"<row><c><v>1</v></c></row>" * 40_000 * draw.choice((10, 100))
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    sheet += b"<sheetData>" + rows + b"</sheetData></worksheet>"
    book = _book()
    return zipped(book | {"xl/worksheets/sheet2.xml": sheet})


def _book() -> dict[str, bytes]:
    import openpyxl

    book = openpyxl.Workbook()
    book.create_sheet("Orders")
    target = BytesIO()
    book.save(target)
    with zipfile.ZipFile(target) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def _deep_json(draw: Random) -> bytes:
    depth = draw.choice((500, 5_000, 200_000))
    nested = draw.choice(("[", '{"a":')) * depth
    whole = json.dumps(seeds.SHOPIFY[0])
    return draw.choice((
        nested,
        f'{whole}\n{{"Email": {nested}}}\n{whole}',
        f'[{whole}, {"[" * depth}{"]" * depth}, {whole}]',
        f'{{"Email": {"[" * depth}{"]" * depth}, "b": 1}}\n' * 3,
    )).encode()  # fmt: skip


def _wide(draw: Random) -> bytes:
    mark, columns = draw.choice(",;\t| "), draw.choice((3_000, 100_000))
    header = mark.join(f"c{i}" for i in range(columns))
    row = mark.join(draw.choice(("1", "x", "2024-01-01")) for _ in range(columns))
    return "\n".join(draw.choice(([header, row, row], [row] * 4, [header]))).encode()


def _odd_zip(draw: Random) -> bytes:
    """Members with names of every sort, one of them perhaps in no encoding at all."""
    table = seeds.text(seeds.UCI, ",").encode()
    names = [
        draw.choice(("", "../", "/", "a/../../", "C:\\", "x/" * 40)) + draw.choice(NAMES[:-1])
        for _ in range(draw.choice((1, 2, 5)))
    ]
    content = zipped(dict.fromkeys((*names, "orderz.csv"), table))
    return content.replace(b"orderz", draw.choice((b"order\xff", b"ord\x00rs", b"orde\n\r")))


def _many_files(draw: Random) -> bytes:
    table = seeds.text(draw.choice((seeds.UCI, seeds.WOO, seeds.CDNOW)), ",").encode()
    other = seeds.text(draw.choice((seeds.UCI, seeds.GERMAN)), ";").encode()
    return zipped({f"{i}.csv": draw.choice((table, other)) for i in range(draw.choice((2, 12)))})


def _one_line(draw: Random) -> bytes:
    piece = draw.choice(("17850,2024-01-01,1.5,", "x", '"', "a b ", "'", '{"a": 1}', "\0"))
    return piece.encode() * (draw.choice((50_000, 400_000, 20_000_000)) // len(piece))


def _magic(draw: Random) -> bytes:
    """The beginning of a format, and nothing that belongs to it."""
    mark = draw.choice((
        b"PAR1", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b\x08",
        b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"SQLite format 3\0", bytes(8) + b"DUCK",
        b"7z\xbc\xaf\x27\x1c", b"%PDF-1.7", b"<html>", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff",
        b"{", b"[", b"\xff\xfe\0\0", b"sep=;\n", b"Rar!\x1a\x07\x00", b"\x09\x08",
    ))  # fmt: skip
    rest = draw.choice((b"", bytes(4000), draw.randbytes(4000), b"PAR1" * 9, mark * 500))
    return mark + rest


def _blank(draw: Random) -> bytes:
    return draw.choice(
        (b"", b" ", b"\n" * 9, b"\0" * 5000, b"\xef\xbb\xbf", b",,,\n" * 50, b"\x1a")
    )


TRICKS: Final[dict[str, Callable[[Random], bytes]]] = {
    "blank": _blank,
    "random": lambda draw: draw.randbytes(draw.choice((3, 300, 30_000))),
    "magic": _magic,
    "zip in zip": _deep_zip,
    "gz bomb": _gz_bomb,
    "zip bomb": _zip_bomb,
    "sheet bomb": _sheet_bomb,
    "deep json": _deep_json,
    "wide": _wide,
    "odd names": _odd_zip,
    "many files": _many_files,
    "one line": _one_line,
}

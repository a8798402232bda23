"""From a seed file to one that no shop would send, by a number: the same number, the same file."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING, Final

from tests.fuzz import seeds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ODD: Final = (
    *("", " ", '"', "'", '""', '"""', "\\", "\0", "\x1a", "\ufeff", "\u202e", "\u00a0", "😀", "İ"),
    *('=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3"),
    *("9" * 400, "1e308", "1e999", "-1e-999", "NaN", "inf", "-0", "0x1F", "1_000", "٣٤", "½", "１２"),
    *("1.2.3,4", "1,2,3.4", "(12)", "12-", "€ 5", "5 kr", "1,5", "1.5", "--5", "1e5", "1.784e4"),
    *("0000-00-00", "9999-99-99", "9999-12-31", "0001-01-01", "31.02.2024", "2024-02-30 25:61"),
    *("-2024-01-01", "99999999999999", "1e10", "1700000000", "45292", "45292.5", "29/02/2023"),
    *("2024-01-01T00:00:00+99:99", "2024-01-01T00:00:00Z", "Jan 5", "12:00", "20240101", "10000-1-1"),
    *("true", "null", "None", "#N/A", "#REF!", "{}", "[]", "<b>", "&amp;", "%s", "{0}", "$(x)", "`x`"),
    *("'; DROP TABLE raw; --", "a" * 5000, "\r", "\n", "\r\n", "\t", ";", "|", ",", "sep=;\n"),
    *("17850.0", "1.785e4", "007", "٠٠٧", "1 234,56", "1'234.56", "1,234.56", "1.234,56", "USD"),
)  # fmt: skip
NAMES: Final = (
    *("orders.csv", "orders", "orders.xlsx", "orders.txt", "a'b.csv", 'a"b.csv', "a;b.csv", "*.csv"),
    *("[x].csv", "=x.csv", "%41.csv", "käse.csv", "\u202egnp.csv", "a\nb.csv", "-x.csv", "x" * 200),
    *(" .csv", "{x}.csv", "?.csv", "CON.csv", os.fsdecode(b"caf\xe9-\xff.csv")),
)  # fmt: skip
GIGABYTES: Final = 3
_ZERO_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Case:
    """A file to read, and how."""

    index: int
    kind: str
    """Of the seed or the trick, for the table of outcomes."""
    name: str
    content: bytes
    on_bad_row: str


def case(seeded: Mapping[str, bytes], seed: int, index: int) -> Case:
    """Return the file of a number."""
    draw = Random(f"{seed}/{index}")
    if draw.random() < 0.12:
        kind = draw.choice(sorted(TRICKS))
        content = TRICKS[kind](draw)
    else:
        kind = draw.choice(sorted(seeded))
        content = _mutated(seeded[kind], kind, draw)
        if draw.random() < 0.2:
            packing = draw.choice(sorted(PACKINGS))
            content = PACKINGS[packing](content)
            kind = f"{kind}.{packing}"
            if draw.random() < 0.4:
                content = bytes_changed(content, draw)
    name = draw.choice(NAMES) if draw.random() < 0.2 else f"file{os.path.splitext(kind)[1]}"  # noqa: PTH122
    return Case(index, kind, name, content, draw.choice(("stop", "reject")))


def _mutated(content: bytes, kind: str, draw: Random) -> bytes:
    if kind == "book.xlsx" and draw.random() < 0.7:
        return _members_changed(content, draw)
    binary = kind.endswith((".xlsx", ".parquet", ".sqlite", ".duckdb"))
    for _ in range(draw.choice((0, 1, 1, 1, 2, 3, 8))):
        changed = bytes_changed if binary or draw.random() < 0.35 else _text_changed
        content = changed(content, draw)
    return content


def bytes_changed(content: bytes, draw: Random) -> bytes:
    """Flip, cut, repeat, insert or swap some bytes."""
    if not content:
        return draw.randbytes(9)
    start = draw.randrange(len(content))
    end = min(len(content), start + draw.choice((1, 2, 16, 200, 4000)))
    piece = content[start:end]
    match draw.randrange(8):
        case 0 | 1:
            changed = bytearray(content)
            for _ in range(draw.choice((1, 4, 30))):
                changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
            return bytes(changed)
        case 2:
            return content[:start]
        case 3:
            return content[:end] + piece * draw.choice((1, 3, 50)) + content[end:]
        case 4:
            return content[:start] + draw.randbytes(end - start) + content[end:]
        case 5:
            return content[:start] + content[end:]
        case 6:
            return content[:start] + draw.choice(ODD).encode() + content[start:]
        case _:
            other = draw.randrange(len(content))
            return content[:start] + content[other : other + len(piece)] + content[end:]


def _text_changed(content: bytes, draw: Random) -> bytes:
    """Change a text where it hurts: its header, its quotes, one of its values."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = "utf-16" if wide else "latin-1"
    # Latin-1 gives every byte back.
    text = content.decode(encoding, "replace")
    changed = draw.choice(_TEXT_CHANGES)(text, draw)
    return changed.encode(encoding, "surrogatepass" if wide else "replace")


def _delimiter(line: str) -> str:
    return max("\t;|,", key=line.count)


def _value_changed(text: str, draw: Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    for _ in range(draw.choice((1, 1, 5, 40))):
        at = draw.randrange(len(lines))
        fields = lines[at].split(mark := _delimiter(lines[at]))
        odd = draw.choice(ODD).encode().decode("latin-1")
        fields[draw.randrange(len(fields))] = odd
        lines[at] = mark.join(fields)
    return "".join(lines)


def _column_changed(text: str, draw: Random) -> str:
    """All values of a column become one odd one: its type has to be decided anew."""
    lines = text.splitlines()
    if not lines:
        return text
    mark = _delimiter(lines[0])
    column, odd = draw.randrange(lines[0].count(mark) + 1), draw.choice(ODD)
    odd = odd.encode().decode("latin-1")
    for at in range(1, len(lines)):
        fields = lines[at].split(mark)
        if column < len(fields):
            fields[column] = odd if draw.random() < 0.9 else fields[column]
        lines[at] = mark.join(fields)
    return "\n".join(lines)


def _header_changed(text: str, draw: Random) -> str:
    first, end, rest = text.partition("\n")
    fields = first.split(mark := _delimiter(first))
    match draw.randrange(6):
        case 0:
            draw.shuffle(fields)
        case 1:
            fields[draw.randrange(len(fields))] = draw.choice(fields)
        case 2:
            fields[draw.randrange(len(fields))] = draw.choice(("", " ", "source_row", "column 2"))
        case 3:
            fields = [draw.choice(ODD).encode().decode("latin-1") for _ in fields]
        case 4:
            fields = [f.swapcase() for f in fields]
        case _:
            del fields[draw.randrange(len(fields))]
    return mark.join(fields) + end + rest


def _columns_shifted(text: str, draw: Random) -> str:
    lines = text.split("\n")
    at = draw.randrange(len(lines))
    mark = _delimiter(lines[at])
    fields = lines[at].split(mark)
    turn = draw.randrange(len(fields))
    lines[at] = mark.join(fields[turn:] + fields[:turn])
    return "\n".join(lines)


def _quotes_everywhere(text: str, draw: Random) -> str:
    share = draw.choice((0.002, 0.05, 0.5))
    return "".join(c + draw.choice("\"'") if draw.random() < share else c for c in text)


def _long_field(text: str, draw: Random) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + draw.choice('x,7"é') * draw.choice((70_000, 140_000, 1_500_000)) + text[at:]


def _line_ends(text: str, draw: Random) -> str:
    return "".join(
        draw.choice(("\n", "\r", "\r\n", "\n\n", "", " \n")) if c == "\n" else c for c in text
    )


_TEXT_CHANGES: Final[tuple[Callable[[str, Random], str], ...]] = (
    _value_changed,
    _value_changed,
    _value_changed,
    _column_changed,
    _column_changed,
    _header_changed,
    _header_changed,
    _columns_shifted,
    _quotes_everywhere,
    _long_field,
    _line_ends,
    lambda text, draw: text.replace("\n", draw.choice(("", " ", ","))),
    lambda text, draw: text.replace(",", draw.choice((";", "\t", "|", ",,", " ", "~", ", "))),
    lambda text, draw: text[: (at := draw.randrange(len(text) + 1))] + '"' + text[at:],
    lambda text, _: text.replace("\n", "\0\n"),
    lambda text, draw: text + draw.choice(("\x1a", "\0" * 600, "\n" * 600, ",,,,\n" * 600, '"')),
)


def _members_changed(content: bytes, draw: Random) -> bytes:
    """Change a part of a workbook beneath its compression."""
    with zipfile.ZipFile(BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = draw.choice(sorted(parts))
    match draw.randrange(5):
        case 0:
            parts[name] = bytes_changed(parts[name], draw)
        case 1:
            del parts[name]
        case 2:
            parts[name] = parts[draw.choice(sorted(parts))]
        case 3:
            name = "xl/worksheets/sheet2.xml"
            stray = draw.choice(("XFD1048576", "ZZZ99999999", "A1048576", "XFD1", "A0", "1", "Ä1"))
            cell = f'<row r="60"><c r="{stray}" t="n"><v>1</v></c></row></sheetData>'
            parts[name] = parts[name].replace(b"</sheetData>", cell.encode())
        case _:
            name = "xl/worksheets/sheet2.xml"
            odd = draw.choice((
                b'<f>HYPERLINK("http://x")</f><v>1</v>', b"<v>99999999999</v>", b"<v>1e999</v>",
                b"<v></v>", b"<v>NaN</v>", b"<is><t>x</t></is>", b"<v>-5</v>", b"<v>0.1.2</v>",
            ))  # fmt: skip
            at = parts[name].find(b"<v>", draw.randrange(len(parts[name])))
            if at > 0:
                end = parts[name].find(b"</v>", at) + 4
                parts[name] = parts[name][:at] + odd + parts[name][end:]
    return zipped(parts)


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
    packing = draw.choice(("gz", "bz2", "xz"))
    piece = draw.choice((bytes(_ZERO_BLOCK), b"17850,2024-01-01,1\n" * 55_188))
    return PACKINGS[packing](piece * 16) * (64 * GIGABYTES)


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
"""Files that no change of a seed leads to."""

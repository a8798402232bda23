"""From a seed file to one that no shop would send, by a number: the same number, the same file."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING, Final

from tests.fuzz.tricks import NAMES, PACKINGS, TRICKS, zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ODD: Final = (
    *("", " ", '"', "'", '""', '"""', "\\", "\0", "\x1a", "\ufeff", "\u202e", "\u00a0", "😀", "İ"),
    *('=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3"),
    *("9" * 400, "1e308", "1e999", "-1e-999", "NaN", "inf", "-0", "0x1F", "1_000", "٣٤", "½"),
    *("1.2.3,4", "1,2,3.4", "(12)", "12-", "€ 5", "5 kr", "1,5", "1.5", "--5", "1e5", "1.784e4"),
    *("0000-00-00", "9999-99-99", "9999-12-31", "0001-01-01", "31.02.2024", "2024-02-30 25:61"),
    *("10000-1-1", "-2024-01-01", "99999999999999", "1e10", "1700000000", "45292", "45292.5"),
    *("2024-01-01T00:00:00+99:99", "2024-01-01T00:00:00Z", "29/02/2023", "Jan 5", "12:00"),
    *("true", "null", "None", "#N/A", "#REF!", "{}", "[]", "<b>", "&amp;", "%s", "{0}", "$(x)"),
    *("'; DROP TABLE raw; --", "a" * 5000, "\r", "\n", "\r\n", "\t", ";", "|", ",", "sep=;\n"),
    *("１２", "17850.0", "1.785e4", "007", "٠٠٧", "1 234,56", "1'234.56", "1,234.56", "1.234,56"),
    *("USD", "`x`", "20240101"),
)  # fmt: skip


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
    if kind == "shop.zip" and draw.random() < 0.9:
        return _tables_changed(content, draw)
    if kind.endswith(".xlsx") and draw.random() < 0.7:
        return _members_changed(content, draw)
    binary = kind.endswith((".xlsx", ".parquet", ".sqlite", ".duckdb", ".zip"))
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
    other = draw.randrange(len(content))
    instead = draw.choice((
        b"",
        piece * draw.choice((2, 4, 50)),
        draw.randbytes(len(piece)),
        draw.choice(ODD).encode() + piece,
        content[other : other + len(piece)],
        None,
        bytes(byte ^ 1 << draw.randrange(8) for byte in piece[:30]) + piece[30:],
        bytes([piece[0] ^ 1 << draw.randrange(8)]) + piece[1:],
    ))  # fmt: skip
    return content[:start] if instead is None else content[:start] + instead + content[end:]


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


def _tables_changed(content: bytes, draw: Random) -> bytes:
    """Change one of several tables that belong together, leave it out, or take another for it."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(draw.choice((0, 1, 1, 2, 4))):
        name = draw.choice(sorted(parts))
        match draw.randrange(8):
            case 0:
                del parts[name]
            case 1:
                parts[name] = parts[draw.choice(sorted(parts))]
            case 2:
                parts[f"copy of {name}"] = parts[name]
            case 3:
                parts[name] = bytes_changed(parts[name], draw)
            case _:
                parts[name] = _text_changed(parts[name], draw) if parts[name] else b"x\n1\n"
        if not parts:
            break
    return zipped(parts)


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
            name = _last_sheet(parts)
            stray = draw.choice(("XFD1048576", "ZZZ99999999", "A1048576", "XFD1", "A0", "1", "Ä1"))
            cell = f'<row r="60"><c r="{stray}" t="n"><v>1</v></c></row></sheetData>'
            parts[name] = parts[name].replace(b"</sheetData>", cell.encode())
        case _:
            name = _last_sheet(parts)
            odd = draw.choice((
                b'<f>HYPERLINK("http://x")</f><v>1</v>', b"<v>99999999999</v>", b"<v>1e999</v>",
                b"<v></v>", b"<v>NaN</v>", b"<is><t>x</t></is>", b"<v>-5</v>", b"<v>0.1.2</v>",
            ))  # fmt: skip
            at = parts[name].find(b"<v>", draw.randrange(len(parts[name])))
            if at > 0:
                end = parts[name].find(b"</v>", at) + 4
                parts[name] = parts[name][:at] + odd + parts[name][end:]
    return zipped(parts)


def _last_sheet(parts: Mapping[str, bytes]) -> str:
    return max(name for name in parts if name.startswith("xl/worksheets/sheet"))

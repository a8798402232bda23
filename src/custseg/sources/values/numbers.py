"""Numbers as shops write them: one decimal mark for all number columns, found from every row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

import ibis

from custseg.artifacts import MONEY
from custseg.engine.base import fetch
from custseg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import ibis.expr.types as ir

    Parser = Callable[[ir.Value], ir.Value]
    DecimalMark = Literal[".", ","]

_MEANINGLESS: Final = (
    r"^\s*(?:(?i:null|\(null\)|nan|#?n/a|na|<na>|none)|\\N|[-\x{2013}\x{2014}\x{a0}]{1,2})?\s*$"
)
"""What programs write for no value. An expression: the engine would join a list of values."""

_ALIKE: Final = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\t": " ",
        "\u2212": "-",
        "\u2013": "-",
        "\u2019": "'",
        "\u02bc": "'",
        **dict.fromkeys("\u200e\u200f\u061c\ufeff", " "),
        **dict(zip("٠١٢٣٤٥٦٧٨٩", "0123456789", strict=True)),
        **dict(zip("۰۱۲۳۴۵۶۷۸۹", "0123456789", strict=True)),
        **dict(zip("０１２３４５６７８９，．", "0123456789,.", strict=True)),
        "٫": ".",
        "٬": ",",
    }
)
"""Blanks, marks of writing direction, minus signs, apostrophes and digits of other scripts that
mean the same, as one of each."""
_CODES: Final = (
    r"usd|eur|gbp|jpy|cny|rmb|chf|sfr|cad|aud|nzd|hkd|sgd|sek|nok|dkk|isk|pln|czk|huf|ron|bgn|hrk"
    r"|rsd|rub|uah|try|ils|aed|sar|qar|kwd|inr|pkr|bdt|lkr|thb|idr|myr|php|vnd|krw|twd|brl|mxn|ars"
    r"|clp|cop|pen|uyu|zar|ngn|kes|ghs|egp|mad|z\x{142}|kr\.?|k\x{10d}|ft|lei|\x{43b}\x{432}|tl|rm|rp"
    r"|rs\.?|fr\.?|\x{440}\x{443}\x{431}\.?|\x{433}\x{440}\x{43d}\.?|ksh\.?|s/\.?|bs\.?|r"
)
_ARABIC: Final = r"\p{Arabic}{1,2}\. ?\p{Arabic}{1,2}\.?"
"""Letters such as those of the dirham, with a point between them."""
_EASTERN: Final = "[円元圆圓원]"
_CURRENCY: Final = (
    rf"(?:\p{{Sc}} ?[A-Z]{{2}}|[A-Za-z]{{0,3}} ?\p{{Sc}}|(?i:{_CODES})|{_ARABIC}|{_EASTERN})"
)
_LEADING_CURRENCY: Final = rf"^([-+(]?) *{_CURRENCY} *"
_TRAILING_CURRENCY: Final = rf" *{_CURRENCY}( ?[-)]?)$"
_NO_CENTS: Final = r"(\d)[.,](?:-{1,2}|=)$"
"""`12,-` has no cents, and is not below zero."""
_PLAIN: Final = r"^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?\s*$"
_OTHER: Final[dict[DecimalMark, DecimalMark]] = {".": ",", ",": "."}


def _grammar(decimal: DecimalMark) -> str:
    """Every number that can be meant where this is the decimal mark; without a currency."""
    mark, thousands = re.escape(decimal), _OTHER[decimal]
    groups = [rf"[1-9]\d{{0,2}}(?:{re.escape(sign)}\d{{3}})+" for sign in (thousands, " ", "'")]
    # India groups by two beyond the thousands, and writes a decimal point.
    groups += [r"[1-9]\d?(?:,\d{2})+,\d{3}"] if decimal == "." else []
    whole = "|".join([r"\d+", *groups])
    number = rf"(?:(?:{whole})(?:{mark}\d*)?|{mark}\d+)(?:[eE][-+]?\d{{1,3}})?"
    return rf"^(?:[-+]? ?{number}|{number} ?-|\( ?{number} ?\))$"


_GRAMMARS: Final[dict[DecimalMark, str]] = {".": _grammar("."), ",": _grammar(",")}


def blank(value: ir.Value) -> ir.Value:
    """The value, null where its text means nothing, such as `NULL`, `N/A`, `-` or a blank.

    A float's NaN is null, too; columns of other types stay as they are.
    """
    if value.type().is_floating():
        return value.isnan().ifelse(None, value)
    if not value.type().is_string():
        return value
    return value.re_search(_MEANINGLESS).ifelse(None, value)


def number_parsers(
    table: ir.Table,
    names: Sequence[str],
    decimal: DecimalMark | None,
    where: str,
    mapped: Mapping[str, str],
) -> dict[str, Parser]:
    """How to read each number column of a source: exact, to 4 decimals, null where it is none.

    A shop writes all its numbers in one way, so the columns are judged together: a value that has
    both marks, one of them twice, or another number of digits than 3 behind its only one, tells
    which is the decimal mark. Where values tell both, most rows decide; the others are no numbers.
    Signs before or behind, parentheses for what is negative, currency signs and codes, thousands
    (groups of 3, or India's) by comma, point, blank or apostrophe, and exponents are read. Columns
    that are no text keep their value; floats are rounded to 4 decimals.

    Parameters
    ----------
    table
        Columns as the source has them.
    names
        The number columns.
    decimal
        The decimal mark; None: found from all rows.
    where, mapped
        The source's name, and its name of each column, for messages.

    Raises
    ------
    DataError
        Every value with a mark can be read in two ways, such as `1.250`.
    """
    parsers: dict[str, Parser] = {name: _cast for name in names if table[name].type().is_numeric()}
    texts = [name for name in names if name not in parsers]
    if not texts:
        return parsers
    found = {row["name"]: row for row in fetch(_evidence(table, texts))}
    mark = decimal or _decide(list(found.values()), where, mapped)
    for name in texts:
        seen = found.get(name)
        plain = not seen or not (seen["odd"] or (seen["marked"] and mark == ","))
        parsers[name] = _cast if plain else _reader(mark)
    return parsers


def _cast(column: ir.Value) -> ir.Value:
    """The number that any program would read, blanks around it or not; by far the fastest."""
    if not column.type().is_numeric():
        column = column.cast("string")
    return column.try_cast(MONEY)


def _reader(mark: DecimalMark) -> Parser:
    def read(column: ir.Value) -> ir.Value:
        text = _bare(column)
        negative = text.startswith("(") | text.endswith("-")
        digits = text.re_replace(r"[ '()]", "").replace(_OTHER[mark], "").replace(mark, ".")
        number = negative.ifelse(digits.replace("-", ""), digits).try_cast(MONEY)
        fits = text.re_search(_GRAMMARS[mark])
        return fits.ifelse(negative.ifelse(-number, number), None).cast(MONEY)

    return read


def _tidy(text: ir.Value) -> ir.Value:
    alike = {chr(code): same for code, same in _ALIKE.items()}
    return text.translate("".join(alike), "".join(alike.values())).strip()


def _bare(column: ir.Value) -> ir.Value:
    """A number's text without its currency."""
    text = _tidy(column.cast("string")).re_replace(_LEADING_CURRENCY, r"\1")
    return text.re_replace(_TRAILING_CURRENCY, r"\1").strip().re_replace(_NO_CENTS, r"\1")


def is_plain(text: ir.Value) -> ir.Value:
    """Whether a number's text has nothing that tells a currency."""
    return text.re_search(_PLAIN)


def currency_of(text: ir.Value) -> ir.Value:
    """Return the signs and letters of a number's text, in capitals; null where it has none."""
    return _tidy(text).re_replace(r"[\d\s.,'()+-]", "").upper().nullif("")


def _evidence(table: ir.Table, names: Sequence[str]) -> ir.Table:
    """For each column, how many rows speak for which decimal mark."""
    columns = [
        table.group_by(value=table[name].cast("string"))
        .aggregate(n=table.count())
        .mutate(name=ibis.literal(name))
        for name in names
    ]
    values = ibis.union(*columns) if len(columns) > 1 else columns[0]
    # Views, or each step would be written out within the next.
    values = values.view()
    values = values.mutate(value=blank(values.value)).view()
    values = values.filter(values.value.notnull())
    values = values.mutate(bare=_bare(values.value)).view()
    values = values.mutate(
        point=values.bare.re_search(_GRAMMARS["."]), comma=values.bare.re_search(_GRAMMARS[","])
    ).view()
    marked = values.bare.contains(".") | values.bare.contains(",")
    either = values.point & values.comma & marked

    def rows(condition: ir.Value) -> ir.Value:
        return condition.ifelse(values.n, 0).sum()

    return values.group_by("name").aggregate(
        odd=rows(~values.value.re_search(_PLAIN)),
        marked=rows(marked),
        point=rows(values.point & ~values.comma),
        comma=rows(values.comma & ~values.point),
        either=rows(either),
        example=values.bare.min(where=either),
    )


def _decide(found: list[dict[str, object]], where: str, mapped: Mapping[str, str]) -> DecimalMark:
    point, comma = (sum(int(str(row[mark])) for row in found) for mark in ("point", "comma"))
    if point != comma:
        return "." if point > comma else ","
    unclear = [row for row in sorted(found, key=lambda row: str(row["name"])) if row["either"]]
    if not unclear and not point:
        return "."
    hint = 'Say which in custseg.toml: [source] decimal = "." or decimal = ","'
    if not unclear:
        raise DataError(
            f"{where}: as many rows have a decimal comma as have a decimal point ({point:,} each).",
            hint,
        )
    example = str(unclear[0]["example"])
    sign = "." if "." in example else ","
    readings = sorted([example.replace(sign, "."), example.replace(sign, "")], key=len)
    raise DataError(
        f'{where}, column "{mapped[str(unclear[0]["name"])]}": numbers such as "{example}" can be '
        f"read as {readings[1]} and as {readings[0]}.",
        hint,
    )

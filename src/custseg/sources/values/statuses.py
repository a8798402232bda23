"""What shops write about the state of an order: which orders count, and which words are known."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import ibis

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

_LETTERS: Final[dict[str, str | int | None]] = {
    "ł": "l",
    "ø": "o",
    "ß": "ss",
    "ı": "i",
    "đ": "d",
    "æ": "ae",
}
"""Letters of which no accent can be taken."""
_BETWEEN: Final = "( [^ ]{1,6}){0,2}"
"""Up to two short words between two of a phrase: "en attente du paiement"."""
_WITHIN: Final = "[^ ]{0,6}"
"""What may stand between two parts of a phrase where no blanks are set: 等待买家付款."""
_JOINED: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that set no blanks between words."""
_BREAKS: Final = r"[,;|/:\x{3001}\x{ff0c}\x{ff1b}]|\s[\x{2013}\x{2014}-]+\s"
_BREAK: Final = "ǂ"
"""A letter of no shop's language, which stands for them."""


@ibis.udf.scalar.builtin(signature=(("string",), "string"))  # type: ignore[untyped-decorator]
def strip_accents(value: str) -> str:
    """DuckDB's own: letters without their accents."""
    raise NotImplementedError


def plain_text(text: ir.Value) -> ir.Value:
    """Write a column as words are compared: without accents, capitals and punctuation."""
    bare = strip_accents(text.lower())
    for letter, plainer in _LETTERS.items():
        bare = bare.replace(letter, str(plainer))
    return bare.re_replace(r"[^\p{L}\p{N}]+", " ").strip()


def plain_status(status: ir.Value) -> ir.Value:
    """Write a column of statuses as they are compared: `wc-On_Hold` is `on hold`.

    So are two words in one: `PaymentFailed` is `payment failed`.
    """
    apart = status.re_replace(r"(\p{Ll})(\p{Lu}\p{Ll})", r"\1 \2")
    return plain_text(apart).re_replace("^wc ", "")


def does_not_count(
    status: ir.Value, not_counted: Iterable[str] = (), counted: Iterable[str] = ()
) -> ir.BooleanValue:
    """Whether orders of a status do not count.

    The words of `statuses.toml` decide. What is refunded or cancelled in part counts, and what is
    not cancelled.

    Parameters
    ----------
    not_counted
        Further statuses that don't.
    counted
        Statuses that do, whatever else is said of them. Both are written as in that file: `cancel*`
        is any status with a word that begins so.
    """
    text = plain_status(status)
    built_in = _built_in("not_counted")
    # A whole status that stands in the file denies nothing: "noch nicht bezahlt".
    whole = "|".join(dict.fromkeys(map(_core, built_in)))
    judged = text.re_search(f"^({whole})$")
    judged |= _without_denied(status).re_search(_any_of(built_in))
    further, excepted = tuple(filter(plain, not_counted)), tuple(filter(plain, counted))
    if further:
        judged |= text.re_search(_any_of(further))
    return judged & ~text.re_search(_any_of(excepted)) if excepted else judged


def is_known(
    status: ir.Value, not_counted: Iterable[str] = (), counted: Iterable[str] = ()
) -> ir.BooleanValue:
    """Whether a status has a word that is known to count, or not to."""
    text = plain_status(status)
    built_in = (*_built_in("not_counted"), *_built_in("counted"), *_built_in("sales"))
    known = text.re_search(_any_of(filter(plain, (*built_in, *not_counted, *counted))))
    # "Return in progress" has a word that counts; whether the order does is not said.
    going = _without_denied(status).re_search(_any_of(_in_longer("refunds")))
    going &= ~text.re_search(_any_of(_built_in("partly"))) & ~is_refund(status)
    going &= ~does_not_count(status, not_counted)
    chosen = _any_of(filter(plain, counted))
    return known & (~going | (text.re_search(chosen) if chosen else False))


def is_refund(status: ir.Value) -> ir.BooleanValue:
    """Whether a status says that the row is what went back: a return, a credit note."""
    return plain_status(status).isin(_whole("refunds"))


def goes_back(kind: ir.Value) -> ir.BooleanValue:
    """Whether a kind of row is what went back; of an order's status this says too much."""
    return plain_status(kind).re_search(_back())


def is_counted_refund(status: ir.Value) -> ir.BooleanValue:
    """Whether a status says that the row is what went back, and no order that doesn't count.

    `refunded` and `returned` say what became of an order.
    """
    return plain_status(status).isin(_counted_refunds())


def sort_kinds(values: Iterable[str]) -> tuple[set[str], set[str], set[str]]:
    """Tell texts that mean a sale, those that mean what went back, and all others."""
    given = {value: plain(value) for value in values}
    sold = {value for value, text in given.items() if text in _whole("sales")}
    back = {value for value, text in given.items() if re.search(_back(), text)}
    return sold, back, given.keys() - sold - back


@cache
def plain(text: str) -> str:
    """Write one text as `plain_text` does a column."""
    marked = unicodedata.normalize("NFD", text.lower())
    bare = "".join(sign for sign in marked if unicodedata.category(sign)[0] != "M")
    bare = unicodedata.normalize("NFC", bare).translate(str.maketrans(_LETTERS))
    return re.sub(r"[\W_]+", " ", bare).strip()


def _without_denied(status: ir.Value) -> ir.Value:
    """Take out what was refunded in part, and what is not cancelled.

    A denial is a whole word before what it denies, in one language with it; a comma or a dash
    between blanks ends it: `no, cancelled` is cancelled.
    """
    before, joined, after = _denials()
    text = plain_status(status.re_replace(_BREAKS, f" {_BREAK} "))
    text = text.re_replace(f"(^| )({before})[^ ]*", " ").re_replace(joined, "")
    # Only at the end: what is "cancelled, partially shipped" is cancelled.
    return text.replace(f"{_BREAK} ", "").re_replace(f"({after})$", "").strip()


def _any_of(words: Iterable[str]) -> str:
    return "|".join(dict.fromkeys(map(_pattern, words)))


def _pattern(word: str) -> str:
    """A word of the file as a regular expression."""
    word = word.strip()
    begins = "" if word.startswith("*") else "(^| )" if word.endswith("*") else "^"
    return begins + f"({_core(word)})" + ("" if word.endswith("*") else "$")


@cache
def _core(word: str) -> str:
    """A word of the file as a regular expression, wherever it stands."""
    parts = word.strip().strip("*").split()
    core = ""
    for part in parts:
        if part == "*":
            core += _BETWEEN
        else:
            inner = _WITHIN.join(plain(piece) for piece in part.rstrip("*").split("*"))
            core += (" " if core else "") + inner + ("[^ ]*" if part.endswith("*") else "")
    return core


def _one_word(word: str) -> str:
    """A word of the file as a regular expression up to the word's end."""
    return _core(word) + ("[^ ]*" if word.endswith("*") else "")


@cache
def _denials() -> tuple[str, str, str]:
    """What denies with what it denies: before it, before it without blanks, and after it."""
    before: list[str] = []
    joined: list[str] = []
    after: list[str] = []
    for language in _languages():
        bad = "|".join(dict.fromkeys(map(_core, language["not_counted"])))
        words = (*language["partly"], *language["not"])
        joined += [f"{_one_word(word)} ?({bad})" for word in words if _JOINED.search(word)]
        spaced = "|".join(_one_word(word) for word in words if not _JOINED.search(word))
        before += [f"({spaced}) (ال)?({bad})"] if spaced else []
        partly = "|".join(map(_one_word, language["partly"]))
        blank = " ?" if _JOINED.search(partly) else " "
        after.append(f"({bad})[^ ]*( [^ ]{{1,6}})?{blank}({partly})")
    return "|".join(before), "|".join(joined), "|".join(after)


@cache
def _built_in(kind: str) -> tuple[str, ...]:
    """The words of every language that say one thing of an order."""
    return tuple(word for language in _languages() for word in language[kind])


def _in_longer(kind: str) -> list[str]:
    """Those words of every language that tell in a longer status, too."""
    return [word for word in _built_in(kind) if word.endswith("*")]


@cache
def _whole(kind: str) -> tuple[str, ...]:
    """The words of every language as whole statuses."""
    return tuple(dict.fromkeys(map(plain, _built_in(kind))))


@cache
def _back() -> str:
    """Kinds of rows that went back, as a regular expression."""
    return _any_of(_built_in("refunds"))


@cache
def _counted_refunds() -> tuple[str, ...]:
    not_counted = re.compile(_any_of(_built_in("not_counted")))
    return tuple(word for word in _whole("refunds") if not not_counted.search(word))


@cache
def _languages() -> tuple[dict[str, list[str]], ...]:
    """Of each language what its words say of an order."""
    text = (files("custseg.sources.values") / "statuses.toml").read_text("utf-8")
    return tuple(tomllib.loads(text).values())

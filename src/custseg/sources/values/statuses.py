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

REFUNDS: Final = ("refund", "return", "credit", "credit note", "credit memo")
"""Statuses that say what kind of row it is: money that went back. (`refunded` and `returned` say
what became of an order.)"""
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
_ALONE: Final = re.compile("[\u0600-\u06ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts whose words take others in front of them, or have no blanks around them."""


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
    """Write a column of statuses as they are compared: `wc-On_Hold` is `on hold`."""
    return plain_text(status).re_replace("^wc ", "")


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
    judged = _without_denied(text).re_search(_any_of(_built_in("not_counted")))
    further, excepted = tuple(filter(plain, not_counted)), tuple(filter(plain, counted))
    if further:
        judged |= text.re_search(_any_of(further))
    return judged & ~text.re_search(_any_of(excepted)) if excepted else judged


def is_known(
    status: ir.Value, not_counted: Iterable[str] = (), counted: Iterable[str] = ()
) -> ir.BooleanValue:
    """Whether a status has a word that is known to count, or not to."""
    words = (*_built_in("not_counted"), *_built_in("counted"), *not_counted, *counted)
    return plain_status(status).re_search(_any_of(filter(plain, words)))


def plain(text: str) -> str:
    """Write one text as `plain_text` does a column."""
    marked = unicodedata.normalize("NFD", text.lower())
    bare = "".join(sign for sign in marked if unicodedata.category(sign)[0] != "M")
    bare = unicodedata.normalize("NFC", bare).translate(str.maketrans(_LETTERS))
    return re.sub(r"[\W_]+", " ", bare).strip()


def _without_denied(text: ir.Value) -> ir.Value:
    """Take out what was refunded in part, and what is not cancelled."""
    bad = "|".join(dict.fromkeys(map(_core, _built_in("not_counted"))))
    partly, denials = (_built_in(kind) for kind in ("partly", "not"))
    spaced = "|".join(_core(word) for word in (*partly, *denials) if not _ALONE.search(word))
    joined = "|".join(_core(word) for word in (*partly, *denials) if _ALONE.search(word))
    after = "|".join(map(_core, partly))
    text = text.re_replace(f"(^| )({spaced})[^ ]* ({bad})[^ ]*", " ")
    text = text.re_replace(f"({joined}) ?({bad})", "")
    # Only at the end: what is "cancelled, partially shipped" is cancelled.
    return text.re_replace(f"({bad})[^ ]*( [^ ]{{1,6}})? ?({after})[^ ]*$", "").strip()


def _any_of(words: Iterable[str]) -> str:
    return "|".join(dict.fromkeys(map(_pattern, words)))


def _pattern(word: str) -> str:
    """A word of the file as a regular expression."""
    word = word.strip()
    begins = "" if word.startswith("*") else "(^| )" if word.endswith("*") else "^"
    return begins + f"({_core(word)})" + ("" if word.endswith("*") else "$")


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


@cache
def _built_in(kind: str) -> tuple[str, ...]:
    """The words of every language that say one thing of an order."""
    text = (files("custseg.sources.values") / "statuses.toml").read_text("utf-8")
    return tuple(word for language in tomllib.loads(text).values() for word in language[kind])

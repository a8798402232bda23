"""What is written in a customer's place where an order has none: guest, walk-in, 0."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import ibis

from custseg.sources.values.statuses import plain, plain_text

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis.expr.types as ir

_NUMBERS: Final = r"^(0+|-0*1|0+\.0+|-1\.0+)$"
"""0 and -1, as whole values. C0000 is the first customer of a shop that counts from 0."""
_NUMBERED: Final = (
    r"(?i)^(guest|gast|invité|invitado|ospite|convidado|gość|гость|misafir)"
    r"\s*(user|order|checkout)?\s*(#|№|n[ro]?[.º°])\s*[0-9]+$"
)
"""Guest #1042: the number is the order's, not a person's."""
_SIGNS: Final = r"^[^\p{L}\p{N}]*$"
"""Dashes, points and question marks: nobody's name."""
_EXAMPLE: Final = "(example|test|localhost|invalid)"
_USUAL: Final = r"^[A-Za-z]{0,4}[1-9][0-9]*$"
_NUMBERED_FROM_0: Final = r"^[A-Za-z]{0,4}[0-9]+$"


def is_nobody(
    customer: ir.Value, further: Collection[str] = (), somebody: Collection[str] = ()
) -> ir.Value:
    """Whether a customer's id is what shops and programs write where there is none.

    `nobody.toml` lists these words in the languages of shops. An address is nobody's by what
    stands before the @; a marketplace's relay address is its buyer's.

    Parameters
    ----------
    customer
        Ids as the source has them.
    further
        More values that are nobody.
    somebody
        Values that are customers whatever the list says.
    """
    text = customer.cast("string").strip()
    bare = plain_text(text)
    words, addresses = _built_in()
    nobody: ir.Value = ibis.cases(
        # Nearly every id that is no address: the order of these is for speed.
        (text.re_search(_USUAL), False),
        (text.re_search(_NUMBERS), True),
        (text.re_search(_NUMBERED_FROM_0), False),
        (text.contains("@"), text.re_search(addresses)),
        else_=text.re_search(_SIGNS) | bare.re_search(words) | text.re_search(_NUMBERED),
    )
    nobody |= _one_of(text, bare, further)
    return (nobody & ~_one_of(text, bare, somebody)).fill_null(False)


def _one_of(text: ir.Value, bare: ir.Value, values: Collection[str]) -> ir.Value:
    """Whether a text is one of some, or differs in capitals, accents and punctuation only."""
    if not values:
        return ibis.literal(False)
    # Of digits and signs every one tells: -1 is not 1.
    named = [word for word in map(plain, values) if re.search(r"[^\W\d]", word)]
    written = text.lower().isin([value.strip().lower() for value in values])
    return written | bare.isin(named) if named else written


@cache
def _built_in() -> tuple[str, str]:
    """What is nobody as a regular expression of plain text, and one of addresses."""
    lists = tomllib.loads((files("custseg.sources.values") / "nobody.toml").read_text("utf-8"))
    mail = lists.pop("mail")
    patterns = []
    for language in lists.values():
        words, customers, values = (
            "|".join(sorted({plain(value) for value in language[kind]}))
            for kind in ("words", "customers", "values")
        )
        patterns.append(values)
        if words:
            patterns += [f"({words}) ?({customers})", f"({customers}) ?({words})"]
    anywhere, examples = (
        sorted({plain(value).replace(" ", "[._ -]?") for value in mail[kind]})
        for kind in ("values", "examples")
    )
    own = "|".join(f"{name}@{name}" for name in examples)
    return (
        f"^({'|'.join(patterns)})( account| default)?$",
        rf"(?i)^<?(({'|'.join(anywhere)})@|({'|'.join(examples)})@{_EXAMPLE}\b|({own})\b)",
    )

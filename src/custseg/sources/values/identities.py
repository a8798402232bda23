"""What a workspace calls its customers: the shop's own ids, or keyed hashes in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ibis
import pandas as pd
import pyarrow as pa

from custseg.engine.base import fetch, fetch_frame
from custseg.sources.values.people import hashed, pseudonym
from custseg.workspace.key import customer_key, key_check

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis.expr.types as ir

    from custseg.settings import CustomerIds

_WORD: Final = r"[\p{L}\p{M}'’ʼ`´.\-&()·]+"
_NAME: Final = rf"^{_WORD}(?:(?:, ?| ){_WORD})+$"
"""Words of letters: an id of several words has a digit nearly always."""
_SHORT_NAME: Final = r"^[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}]{2,5}$"
_PHONE: Final = (
    # Digits alone that begin with 00 are an id filled up with zeros.
    r"^(?:\+[\d\s()./\-]{7,}|00[1-9]\d*[\s()./\-][\d\s()./\-]{5,}"
    r"|0\d{2,4}[ /]\d{3,4} ?\d{3,4}|0\d(?:[ .]\d\d){4}|\(0?\d{2,5}\) ?\d{3,4}[ -]?\d{3,4}"
    r"|\d{3}-\d{3}-\d{4})$"
)


@dataclass(frozen=True)
class Identified:
    """Order lines whose customers are called as the workspace calls them."""

    lines: ir.Table
    all_keyed: bool
    """Whether every customer is a keyed hash."""
    key_check: str
    """Of the hashes' key; empty where no customer is one."""


def is_personal(customer_id: ir.Value) -> ir.BooleanValue:
    """Whether an id is an e-mail address, a name of several words, or a telephone number.

    An object of JSON counts, which may hold anything of a person. A single word may be a name or a
    pseudonym: it does not.
    """
    text = customer_id.cast("string").re_replace(r"[\s\p{Z}\x{200b}]+", " ").strip()
    personal: ir.BooleanValue = (
        text.contains("@")
        | text.startswith("{")
        | text.re_search(_NAME)
        | text.re_search(_SHORT_NAME)
        | text.re_search(_PHONE)
    )
    return personal


def identify(lines: ir.Table, customer_ids: CustomerIds, *, of_people: bool) -> Identified:
    """Put keyed hashes in the place of ids, as the settings ask.

    Parameters
    ----------
    customer_ids
        `auto`: of those that look personal. `keep`: of none. `pseudonym`: of all.
    of_people
        The column says that it holds names or addresses, whatever its values look like.

    Raises
    ------
    SettingsError
        The key can be neither read nor made.
    """
    if customer_ids == "keep":
        return Identified(lines, all_keyed=False, key_check="")
    all_keyed = of_people or customer_ids == "pseudonym"
    own = lines.select(own="customer_id").distinct().own
    if not all_keyed and not fetch(own.as_table().aggregate(n=is_personal(own).sum()))[0]["n"]:
        return Identified(lines, all_keyed=False, key_check="")
    key = customer_key()
    other = pseudonym(own, key) if customer_ids == "pseudonym" else own
    called = hashed(own, key) if of_people else is_personal(own).ifelse(hashed(own, key), other)
    # Each customer once: hashing every line takes as long as reading them.
    known = own.as_table().mutate(called=called).cache()
    joined = lines.left_join(known, lines.customer_id == known.own)
    return Identified(
        joined.mutate(customer_id=joined.called).select(lines.columns), all_keyed, key_check(key)
    )


def forms_of(ids: pd.Series[str], key: bytes) -> tuple[pd.Series[str], ...]:
    """Return each form in which a workspace may have customers, named as in the orders.

    As they are, as hashes of an e-mail address or name, and as pseudonyms of an id; nothing where
    nobody is named.
    """
    distinct = ibis.memtable(
        pa.table({"named": pa.array(ids[ids != ""].drop_duplicates(), pa.string())})
    )
    known = fetch_frame(
        distinct.mutate(hashed=hashed(distinct.named, key), other=pseudonym(distinct.named, key))
    ).set_index("named")
    return (
        ids,
        *(ids.map(known[form]).astype("str").fillna("") for form in ("hashed", "other")),
    )


def known_ids(ids: pd.Series[str], key: bytes, known: Collection[str]) -> pd.Series[str]:
    """Return what a workspace calls customers named as in the orders; nothing where it has none."""
    found = pd.Series("", ids.index, dtype="str")
    for form in reversed(forms_of(ids, key)):
        found = form.where(form.isin(known), found)
    return found

"""E-mail addresses and names as customer keys: kept as keyed hashes, never as they are."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Any, Final

import ibis
import ibis.expr.datatypes as dt

from custseg.errors import DataError
from custseg.workspace.key import VARIABLE, customer_key, key_check, key_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pandas as pd

_BLOCK: Final = 64
"""Block size of SHA-256."""
_PERSONAL: Final = r"name|mail|phone|telefon|mobile|nombre|\bnome|naam|имя|телефон|почта|姓名|氏名"
_DIGITS: Final = 24
"""Hexadecimal digits kept of a hash: 96 bits, so that no two customers of any shop share them."""


@ibis.udf.scalar.builtin(signature=((dt.binary,), dt.string))  # type: ignore[untyped-decorator]
def sha256(value: bytes) -> str:
    """DuckDB's own: the hexadecimal SHA-256."""
    raise NotImplementedError


@ibis.udf.scalar.builtin(signature=((dt.string,), dt.binary))  # type: ignore[untyped-decorator]
def from_hex(value: str) -> bytes:
    """DuckDB's own: the bytes of hexadecimal digits."""
    raise NotImplementedError


@ibis.udf.scalar.builtin(signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]
def nfc_normalize(value: str) -> str:
    """DuckDB's own: the text with each accented letter as one character."""
    raise NotImplementedError


def hashed(person: ir.Value, key: bytes) -> ir.Value:
    """Return the keyed hash (HMAC-SHA-256, RFC 2104, cut short) of an e-mail address or a name.

    Capitals, blanks of every kind and what programs put around an address make no difference.
    """
    return keyed(nfc_normalize(_tidy(person).lower()), key)


def pseudonym(customer_id: ir.Value, key: bytes) -> ir.Value:
    """Return the keyed hash of an id in which every character counts.

    It has a key of its own: no id's is the `hashed` one of an address that differs in capitals.
    """
    return keyed(customer_id, hmac.digest(key, b"custseg customer id", "sha256"))


def keyed(text: ir.Value, key: bytes) -> ir.Value:
    """Return the HMAC-SHA-256 (RFC 2104) of a text, cut short, in hexadecimal digits."""
    if len(key) > _BLOCK:
        from hashlib import sha256 as digest

        key = digest(key).digest()
    block = key.ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in block).hex() for pad in (0x36, 0x5C))
    digest_hex = sha256(from_hex(ibis.literal(inner) + _hex(text)))
    return sha256(from_hex(ibis.literal(outer) + digest_hex))[:_DIGITS]


def _tidy(person: ir.Value) -> ir.Value:
    text = person.re_replace("[\u200b-\u200d\u2060\ufeff\u00ad]", "")
    text = text.re_replace(r"[\s\x{00a0}\x{202f}]+", " ").strip()
    return text.re_replace(r"^(?i:mailto:)?<?([^<>\s]+@[^<>\s]+)>?$", r"\1")


def names_people(column: str) -> bool:
    """Whether a column's name says that it holds names, addresses or telephone numbers."""
    return bool(re.search(_PERSONAL, column.casefold()))


@ibis.udf.scalar.builtin(name="hex", signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]
def _hex(value: str) -> str:
    """DuckDB's own: the UTF-8 bytes of a text in hexadecimal digits."""
    raise NotImplementedError


def customer_key_of(facts: Mapping[str, Any]) -> bytes | None:
    """Return the key that a workspace's customers are hashed with; None where they are not.

    Raises
    ------
    DataError
        The key at hand is another one.
    """
    if not facts["people"]:
        return None
    key = customer_key()
    if key_check(key) != facts["key_check"]:
        raise DataError(
            f"The key ({VARIABLE} or {key_path()}) is not the one that the workspace's customers "
            "were hashed with, so nobody can be found.",
            "Use the key of that run. To go on with this one: custseg run-all --force, then "
            "custseg history --rebuild --all.",
        )
    return key


def plain_ids(typed: pd.Series[str]) -> pd.Series[str]:
    """As order lines' customers are read: without blanks, a spreadsheet's `.0` and its guards."""
    bare = typed.str.strip().str.replace(r"^([0-9]+)\.0$", r"\1", regex=True)
    return bare.str.replace(r'^(?:=\s*"([^"]*)"|\'(.*))$', r"\1\2", regex=True).str.strip()

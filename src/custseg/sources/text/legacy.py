"""Which of the encodings from before Unicode a text is in, by how its letters stand."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

CANDIDATES: Final = (
    *("cp1252", "mac_roman", "cp850", "cp437"),  # western: Windows, classic Mac OS, DOS
    *("cp1250", "iso8859_2", "cp1254"),  # central European, Turkish
    *("cp1251", "koi8_r", "cp866", "cp1253"),  # Cyrillic, Greek
)
"""Of those that read a text equally well, the first."""
_FREQUENT: Final = frozenset("éäöüåáíóñãçøæßÉÄÖÜÅÁÓÑØ")
"""The letters outside ASCII that western languages use most; DOS has the others in their places."""
_KNOWN: Final = frozenset("àâèêëìîïòôõùúûœÀÂÃÇÈÊËÍÎÏÔÕÚÆŒ")
_KNOWN_ELSEWHERE: Final = frozenset("ąćęłńśźżčďěňřšťůýžőűğışĄĆĘŁŃŚŹŻČĎĚŇŘŠŤŮÝŽŐŰĞİŞ")
_MONEY: Final = frozenset("£€¥¢")
_OPENING: Final = frozenset("‘“„«¿¡")
_MARKS: Final = frozenset("”–—…•™®©°»·´½¼¾²³ºª§±\u00a0×")
_WELL: Final = 0.5
"""Points per letter from which a reading is not doubted."""


def legacy_encoding(words: Sequence[bytes]) -> str:
    """Return the encoding that makes the best words of a file's bytes outside ASCII.

    Parameters
    ----------
    words
        Bytes around places that are not ASCII.

    Returns
    -------
    str
        The best of CANDIDATES if it reads them well, else what charset-normalizer takes them for
        (East Asian encodings and others), else the best all the same.
    """
    points = {name: _points(words, name) for name in CANDIDATES}
    best = max(CANDIDATES, key=points.__getitem__)
    letters = sum(byte > 0x7F for word in words for byte in word)  # noqa: PLR2004  (ASCII's end)
    if points[best] >= _WELL * letters:
        return best
    return _other(words) or best


def _points(words: Sequence[bytes], encoding: str) -> float:
    return sum(
        _point(text[i - 1], text[i], text[i + 1])
        for text in (f" {word.decode(encoding, 'replace')} " for word in words)
        for i in range(1, len(text) - 1)
        if text[i] > "\x7f"
    )


def _point(before: str, letter: str, after: str) -> float:
    """How likely a letter is between its neighbours: from -3 (never) to 1 (as words have it)."""
    if letter.isalpha():
        return _letter(before, letter, after)
    if letter in _MONEY:
        return -1 if before.isalpha() or after.isalpha() else 1
    if letter == "’":
        return 1 if before.isalpha() else -1
    if letter in _OPENING:
        return 0.9 if after.isalnum() and not before.isalnum() else -1
    if letter in _MARKS:
        return -1 if before.isalpha() and after.isalpha() else 0.9
    return -3


def _letter(before: str, letter: str, after: str) -> float:
    if before.isdigit() or after.isdigit():
        return -1
    if letter.isupper() and (before.islower() or (before.isupper() and after.islower())):
        return -1
    if letter.islower() and before.isupper() and after.isupper():
        return -1
    script = _script(letter)
    beside = {_script(other) for other in (before, after) if other.isalpha()}
    if script != "LATIN":
        known = script in {"CYRILLIC", "GREEK"}
        # Two letters outside ASCII side by side are its rule, and the exception in Latin script.
        return -1 if not known or beside - {script} else 0.8
    if beside - {"LATIN"} or (before > "\x7f" and after > "\x7f" and len(beside) > 0):
        return -1
    if letter in _FREQUENT:
        return 1
    return 0.8 if letter in _KNOWN else 0.6 if letter in _KNOWN_ELSEWHERE else 0


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _other(words: Sequence[bytes]) -> str | None:
    """What charset-normalizer makes of text that none of the candidates reads well."""
    from charset_normalizer import from_bytes

    found = from_bytes(b"\n".join(words)).best()
    return found.encoding if found and not found.encoding.startswith("utf") else None

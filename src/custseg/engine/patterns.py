"""Regular expressions as RE2 (DuckDB) takes them, written for other engines."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from custseg.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis.expr.types as ir

_CLASSES: Final = {"d": "0-9", "w": "A-Za-z0-9_", "s": r"\t\n\f\r "}
_POSIX: Final = {"b": r"\y", "B": r"\Y", "A": r"\A", "z": r"\Z"}
_JAVA: Final = {"b": r"\b", "B": r"\B", "A": r"\A", "z": r"\z"}
_TOKEN: Final = re.compile(
    r"\\x\{(?P<code>[0-9A-Fa-f]{1,8})\}|\\(?P<escaped>.)|(?P<group>\(\?[^:)]*[:)]?)|(?P<other>.)",
    re.DOTALL,
)
_ESCAPABLE: Final = frozenset("tnrf.^$*+?()[]{}|\\/-\"'#&@!%,:;<>=~` _")


def found(text: ir.StringValue, pattern: str) -> ir.BooleanValue:
    """Whether a pattern is somewhere in a text."""
    if text.get_backend().name != "duckdb":
        return text.re_search(pattern)
    # Of texts in a dictionary DuckDB looks at each once, but only if it matches whole texts.
    begins = pattern.startswith("^") and "|" not in pattern
    before = f"(?:{pattern[1:]})" if begins else f"(?s:.*?)(?:{pattern})"
    return _full_match()(text, f"{before}(?s:.*)")


@cache
def _full_match() -> Callable[..., ir.BooleanValue]:
    import ibis

    def regexp_full_match(_text: str, _pattern: str) -> bool:
        raise NotImplementedError

    built: Callable[..., ir.BooleanValue] = ibis.udf.scalar.builtin(regexp_full_match)
    return built


def posix(pattern: str) -> str:
    """Write a pattern as PostgreSQL's advanced regular expressions have it.

    Raises
    ------
    SettingsError
        It has what these do not know.
    """
    return _written(pattern, _POSIX, "\\U{:08x}")


def java(pattern: str) -> str:
    """Write a pattern as Java, and so Spark, has it.

    Raises
    ------
    SettingsError
        It has what does not mean the same there.
    """
    return _written(pattern, _JAVA, "\\x{{{:x}}}")


def _written(pattern: str, anchors: Mapping[str, str], code: str) -> str:
    parts: list[str] = []
    inside = False
    for at, token in enumerate(_TOKEN.finditer(pattern)):
        sign, escaped = token["other"], token["escaped"]
        if token["code"]:
            parts.append(code.format(int(token["code"], 16)))
        elif escaped in _CLASSES:
            parts.append(_CLASSES[escaped] if inside else f"[{_CLASSES[escaped]}]")
        elif escaped and escaped.lower() in _CLASSES and not inside:
            parts.append(f"[^{_CLASSES[escaped.lower()]}]")
        elif escaped in anchors and not inside:
            parts.append(anchors[escaped])
        elif escaped in _ESCAPABLE or token["group"] == "(?:" or (token[0] == "(?i)" and not at):
            parts.append(token[0])
        elif sign and not (inside and pattern.startswith("[:", token.start())):
            # Between brackets, Java would take these for a union and an intersection.
            written = f"\\{sign}" if sign in "[&" else sign
            parts.append(written if inside else {"$": anchors["z"], ".": r"[^\n]"}.get(sign, sign))
            inside = (inside or sign == "[") and sign != "]"
        else:
            raise SettingsError(
                f'The pattern "{pattern}" holds "{token[0]}", which the chosen engine does not '
                "know.",
                'Write it otherwise, or set [engine] backend = "duckdb".',
            )
    return "".join(parts)

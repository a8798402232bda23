"""Read playbook.toml: the shop's own texts of plans, which the playbook checks."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

from custseg.errors import SettingsError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "playbook.toml"
_LARGEST: Final = 1_000_000
"""Bytes; texts of every field of thirty segments take a tenth of it."""
OwnTexts = dict[str, dict[str, str]]


def read(path: Path) -> OwnTexts:
    """Read a playbook.toml: for each segment, the fields that have a text of the shop's own.

    Raises
    ------
    SettingsError
        It is no TOML, too large, or holds something else than segments with texts.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise SettingsError(f"{path}: is larger than {_LARGEST:,} bytes.", "Shorten its texts.")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}") from None
    hint = 'Write [segments."Champions"], and below it message = "…".'
    for key in document:
        if key != "segments":
            raise SettingsError(
                f"{path}: {key} is no key of it{did_you_mean(key, ['segments'])}.", hint
            )
    segments = document.get("segments", {})
    if not isinstance(segments, dict):
        raise SettingsError(f"{path}: segments is no table.", hint)
    for segment, texts in segments.items():
        if not isinstance(texts, dict):
            raise SettingsError(f'{path}, segment "{segment}": is no table.', hint)
        for field, text in texts.items():
            if not isinstance(text, str):
                raise SettingsError(
                    f'{path}, segment "{segment}", {field}: is no text. Got {text!r}.', hint
                )
    return {segment: texts for segment, texts in segments.items() if texts}

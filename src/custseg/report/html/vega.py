"""Vega for the page: made by vl-convert once, then read from the user's cache."""

from __future__ import annotations

import importlib.metadata
import os
import re
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from custseg.workspace.files import PRIVATE_FOLDER, UNFINISHED, replacing

_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


@cache
def library() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script that sets `vegaEmbed`; from vl-convert.

    vl-convert takes three seconds to put it together, the same for every shop, so it is kept in
    `$XDG_CACHE_HOME/custseg` (`~/.cache/custseg`); where that cannot be used it is made anew.
    """
    import altair as alt

    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    made_by = importlib.metadata.version("vl-convert-python")
    kept = f"vega-lite-{version}-by-vl-convert-{made_by}.js"
    if not (folder := _cache()):
        return _bundle(version)
    if script := _read(folder / kept):
        return script
    script = _bundle(version)
    with suppress(OSError):  # no disk or right to write there: the next run makes it anew
        _write(folder / kept, script)
    return script


def _bundle(version: str) -> str:
    """Have it made."""
    import vl_convert

    script: str = vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed;", vl_version=version)
    # In a script element these would end it or hide its end; inside JavaScript they can occur in
    # strings and regular expressions only, where the escapes mean the same.
    return re.sub("</(script)", r"<\\/\1", script, flags=re.IGNORECASE).replace("<!--", r"<\x21--")


def _cache() -> Path | None:
    """The user's folder for what can be made again; None where no home is known."""
    # Path.expanduser would raise there.
    base = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111
    return base / "custseg" if base.is_absolute() else None


def _read(path: Path) -> str:
    """What the user alone can have written there; empty where there is no such file."""
    try:
        with path.open(encoding="utf-8") as stream:
            found = os.fstat(stream.fileno())
            if found.st_uid != os.geteuid() or found.st_mode & _OTHERS_MAY_WRITE:
                return ""
            return stream.read()
    except (OSError, UnicodeDecodeError):
        return ""


def _write(path: Path, script: str) -> None:
    """Write it for the user alone; the file appears whole or not at all."""
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    # Two runs may write at once.
    unfinished = path.with_name(f".{os.getpid()}-{path.name}{UNFINISHED}")
    with replacing(path, unfinished) as stream:
        stream.write(script.encode())

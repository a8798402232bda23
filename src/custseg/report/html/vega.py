"""Vega for the page: part of the package, made by vl-convert when that is built."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

_VEGA_LITE: Final = "6.4"
"""Draws what Altair 6 writes."""
SCRIPT: Final = Path(__file__).with_name("vega.js")
"""Not in the repository; `hatch_build.py` makes it, for a wheel and for an editable install."""


@cache
def library() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script that sets `vegaEmbed`."""
    # In a checkout that nothing was built of each process makes its own.
    return SCRIPT.read_text(encoding="utf-8") if SCRIPT.exists() else bundle()


def bundle() -> str:
    """Have vl-convert put the script together, which takes it seconds."""
    import vl_convert

    script: str = vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed;", vl_version=_VEGA_LITE)
    # In a script element these would end it or hide its end; inside JavaScript they can occur in
    # strings and regular expressions only, where the escapes mean the same.
    return re.sub("</(script)", r"<\\/\1", script, flags=re.IGNORECASE).replace("<!--", r"<\x21--")

"""Which locations of a source are addresses, and which are words that name no path."""

from __future__ import annotations

import re
from typing import Final

POSTGRES: Final = ("postgresql", "postgres")
FILES: Final = ("duckdb", "sqlite")
UCI: Final = "uci"
DEMO: Final = "demo"
STDIN: Final = "-"
"""Words in the place of a path."""


def is_url(location: str) -> bool:
    """Whether a location is written as an address, of whatever kind."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", location):
        return True
    return ":" in location and location.partition(":")[0].lower() in {*POSTGRES, *FILES}

"""Column names as they are compared."""

from __future__ import annotations

import re


def plain_name(name: str) -> str:
    """Return a header as it is compared: without capitals, blanks, hyphens and underscores."""
    return re.sub(r"[\s_\-]+", "", name.strip().lstrip("\ufeff")).casefold()

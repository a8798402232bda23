"""Which locations of a source are addresses, and which are words that name no path."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

POSTGRES: Final = ("postgresql", "postgres")
FILES: Final = ("duckdb", "sqlite")
UCI: Final = "uci"
DEMO: Final = "demo"
STDIN: Final = "-"
"""Words in the place of a path."""
HIDDEN: Final = "***"
"""Stands in an address for what may be a secret."""
_HARMLESS: Final = {
    "dl",
    "download",
    "file",
    "filename",
    "format",
    "name",
    "raw",
    "ref",
    "v",
    "version",
}
"""Parameters of an address whose values say which file is meant."""


def is_url(location: str) -> bool:
    """Whether a location is written as an address, of whatever kind."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", location):
        return True
    return ":" in location and location.partition(":")[0].lower() in {*POSTGRES, *FILES}


def without_secrets(url: str) -> str:
    """Return a web address as it may be recorded and shown.

    A user, a password and what follows `#` are hidden, and the values of all parameters but those
    that say which file is meant: which of the others are secret is the server's to know. What
    cannot be told apart for certain is hidden whole.
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        return HIDDEN if re.search(r"[@?#=]", url) else url
    whole = f"{scheme}://{HIDDEN}" if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) else HIDDEN
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return whole
    who, at, place = parts.netloc.rpartition("@")
    # A / or ? in a password ends what is before the host, and leaves its @ further on.
    if "@" in parts.path + parts.query + parts.fragment or "\\" in url or (at and not place):
        return whole
    return parts._replace(
        netloc=(f"{HIDDEN}@" if who or at else "") + place,
        query="&".join(map(_parameter, parts.query.split("&"))) if parts.query else "",
        fragment=HIDDEN if parts.fragment else "",
    ).geturl()


def _parameter(written: str) -> str:
    name, equals, value = written.partition("=")
    if not equals:
        return HIDDEN
    return f"{name}={value if name.lower() in _HARMLESS else HIDDEN}"

"""Which locations of a source are addresses, and which are words that name no path."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from custseg.errors import UsageError

POSTGRES: Final = ("postgresql", "postgres")
FILES: Final = ("duckdb", "sqlite")
LAKES: Final = ("file", "hdfs", "viewfs", "s3a", "s3", "abfss", "abfs", "gs", "dbfs")
"""Where Spark finds folders of Parquet; what they need to be reached, it is configured with."""
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


def is_lake(location: str) -> bool:
    """Whether a location is an address of a folder or file that Spark reads by itself."""
    return "://" in location and location.partition(":")[0].lower() in LAKES


def lake(location: str) -> str:
    """Return such an address as it is recorded: whole, as it holds no secret.

    Raises
    ------
    UsageError
        It holds what could be one. The message does not repeat it.
    """
    scheme, _, rest = location.partition("://")
    place, slash, path = rest.partition("/")
    # In `abfss://container@account` what is before the @ is no user.
    container, at, _ = place.rpartition("@")
    secret = re.search(r"[?#]", rest) or "@" in path or ":" in container
    if secret or (at and scheme.lower() not in {"abfss", "abfs"}):
        raise UsageError(
            "The address of a folder of Spark's takes no user, password or parameter.",
            "Spark is configured with them: spark.hadoop.… in spark-defaults.conf, or "
            "core-site.xml.",
        )
    return f"{scheme.lower()}://{place}{slash}{path}".rstrip("/")


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
    if parts.scheme == "sc":
        # A token of Spark Connect is a parameter of the path.
        path, semicolon, _ = parts.path.partition(";")
        parts = parts._replace(path=path + (f";{HIDDEN}" if semicolon else ""))
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

"""The address of a database: what of it may be written down, and what only serves to connect."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from custseg.errors import DataError, UsageError
from custseg.settings.locations import FILES, POSTGRES, is_url

if TYPE_CHECKING:
    from collections.abc import Mapping

SQLITE_MAGIC: Final = b"SQLite format 3\0"
DUCKDB_MAGIC: Final = b"DUCK"
_DUCKDB_MAGIC_AT: Final = 8
_KEPT: Final = {
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "krbsrvname",
    "options",
    "port",
    "require_auth",
    "service",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
}
"""Parameters of libpq that say where and how to connect; the only ones that are recorded."""
_SECRET: Final = {"password", "passfile", "sslpassword"}
"""Parameters that are used and never recorded."""
_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^\s:@\[\]]*)(?::(\d{1,5}))?")
_EXAMPLE: Final = "Such as postgresql://user@db.example.org:5432/shop"


@dataclass(frozen=True)
class Server:
    """Where a PostgreSQL server is and who asks; what is not given is libpq's to find."""

    parameters: Mapping[str, str]
    """libpq's, none of them secret."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def database(self) -> str:
        """Its database's name, or `database` where the environment says which."""
        return self.parameters.get("dbname") or os.environ.get("PGDATABASE") or "database"

    @property
    def url(self) -> str:
        """The address as it is recorded: enough to connect again with the password from elsewhere.

        However the address was written, it is the same text.
        """
        rest = dict(self.parameters)
        hosts, ports = rest.pop("host", "").split(","), rest.pop("port", "").split(",")
        if any(host.startswith("/") for host in hosts):
            rest |= {"host": ",".join(hosts)} | ({"port": ports[0]} if ports[0] else {})
            hosts, ports = [""], [""]
        if len(ports) < len(hosts):
            ports = ports * len(hosts)
        named = (f"[{host}]" if ":" in host else host for host in hosts)
        places = ",".join(
            host + (f":{port}" if port else "") for host, port in zip(named, ports, strict=False)
        )
        user, database = rest.pop("user", ""), rest.pop("dbname", "")
        return (
            "postgresql://"
            + (f"{quote(user, safe='')}@" if user else "")
            + places
            + (f"/{quote(database, safe='')}" if database else "")
            + (f"?{'&'.join(f'{k}={quote(v)}' for k, v in sorted(rest.items()))}" if rest else "")
        )


def is_server(location: str) -> bool:
    """Whether a location is a database server's address."""
    return is_url(location) and _scheme(location) in POSTGRES


def is_database(location: str) -> bool:
    """Whether a location is a database: an address custseg knows, or a file by its content."""
    if is_url(location):
        return _scheme(location) in {*POSTGRES, *FILES}
    return file_kind(Path(location)) is not None


def file_kind(path: Path) -> str | None:
    """Return `sqlite` or `duckdb` for a file that is one, by its first bytes; else None."""
    try:
        with path.open("rb") as stream:
            head = stream.read(len(SQLITE_MAGIC))
    except OSError:
        return None
    if head == SQLITE_MAGIC:
        return "sqlite"
    return "duckdb" if head[_DUCKDB_MAGIC_AT:].startswith(DUCKDB_MAGIC) else None


def recorded(location: str) -> str:
    """Return an address as the manifest keeps it: without secrets; a database file's is its path.

    Raises
    ------
    UsageError
        It is no address custseg can read. The message does not repeat it: it may hold a password.
    """
    scheme = _scheme(location)
    if scheme in POSTGRES:
        return server(location).url
    if scheme in FILES:
        return str(_file(location))
    raise UsageError(
        "SOURCE is an address of a kind custseg does not know.",
        "It reads postgresql://, duckdb:// and sqlite://, and with Spark folders such as hdfs://; "
        "give a file as its path alone.",
    )


def changes_unseen(location: str) -> bool:
    """Whether a source can change without its file, if any, showing it: it is read every time.

    A server says nothing of changes, and what was last written to a database file may still be in
    the log beside it.
    """
    if is_server(location):
        return True
    logs = (Path(location + suffix) for suffix in ("-wal", ".wal"))
    return any(log.is_file() and log.stat().st_size > 0 for log in logs)


def server(location: str) -> Server:
    """Read a server's address as libpq does.

    Raises
    ------
    UsageError
        It is malformed. The message repeats no part of it.
    """
    rest = location.split("://", 1)[-1]
    if "#" in rest or "://" not in location:
        raise _malformed()
    rest, _, query = rest.partition("?")
    place, _, database = rest.partition("/")
    who, _, place = place.rpartition("@")
    user, _, password = who.partition(":")
    if "@" in database or "/" in database:
        # What was meant as part of a password must never pass for a database's name.
        raise _malformed()
    hosts = [_HOST.fullmatch(part) for part in place.split(",")]
    given = {"user": user, "password": password, "dbname": database}
    given["host"] = ",".join(host[1].strip("[]") if host else "" for host in hosts)
    ports = [host[2] or "" if host else "" for host in hosts]
    if any(ports):
        given["port"] = ",".join(ports)
    for part in query.split("&") if query else ():
        name, equals, value = part.partition("=")
        if not equals or name not in _KEPT | _SECRET:
            raise _malformed()
        given[name] = value
    if not all(hosts):
        raise _malformed()
    plain = {name: unquote(value) for name, value in given.items() if value}
    if any("\0" in value for value in plain.values()):
        raise _malformed()
    hidden = {name for name, value in plain.items() if name in _SECRET or _tells(value, name)}
    return Server(
        {name: value for name, value in plain.items() if name not in hidden},
        {name: plain[name] for name in hidden},
    )


def _tells(value: str, name: str) -> bool:
    """Whether a parameter's free text may hold a secret."""
    return name == "options" and re.search(r"pass|secret|token", value, re.IGNORECASE) is not None


def _file(location: str) -> Path:
    """The file of `sqlite:///path` or `duckdb://path`: absolute if there is one, else from here."""
    rest = unquote(location.split(":", 1)[1].removeprefix("//").partition("?")[0])
    if not rest.strip("/") or rest.strip("/") == ":memory:":
        raise DataError("The address names no database file.", "Such as sqlite:///folder/orders.db")
    path = "/" + rest.lstrip("/") if rest.startswith("/") else rest
    if rest.startswith("/") and not rest.startswith("//") and not Path(path).exists():
        # Three slashes mean a relative path to some programs, an absolute one to others.
        path = rest.lstrip("/") if Path(rest.lstrip("/")).exists() else path
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100  (`..` goes, links stay)


def _scheme(location: str) -> str:
    return location.partition(":")[0].lower()


def _malformed() -> UsageError:
    return UsageError(
        "The database's address cannot be read.",
        f"{_EXAMPLE}. In a password, write / as %2F, ? as %3F, # as %23 and % as %25; or leave it "
        "out and set PGPASSWORD.",
    )

"""A PostgreSQL server of the tests' own, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import psycopg

USER = "shopkeeper"
PASSWORD = "pl4nted-s3cret"
"""Looked for in everything custseg writes."""
_ACCOUNTS = ("postgres", "nobody")
"""One of them runs the server when the tests run as root, which PostgreSQL refuses to."""


@dataclass
class Server:
    """A running server that lets nobody in without the password."""

    folder: Path
    binaries: Path
    port: int

    def url(
        self,
        database: str = "postgres",
        *,
        user: str = USER,
        password: str | None = PASSWORD,
        host: str | None = None,
    ) -> str:
        """Its address; through the socket unless a host is given."""
        secret = f":{password}" if password else ""
        if host:
            return f"postgresql://{user}{secret}@{host}:{self.port}/{database}"
        return f"postgresql://{user}{secret}@/{database}?host={self.folder}&port={self.port}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of its superuser."""
        import psycopg

        return psycopg.connect(self.url(database), autocommit=True)

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as its superuser."""
        with closing(self.connect(database)) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def fill(self, table: str, frame: pd.DataFrame, database: str = "postgres") -> None:
        """Copy rows into a table that is there."""
        with closing(self.connect(database)) as connection, connection.cursor() as cursor:
            command = f"COPY {table} FROM STDIN (FORMAT csv)"
            with cursor.copy(command.encode()) as copy:
                copy.write(frame.to_csv(index=False, header=False))

    def stop(self) -> None:
        """End it at once, and whoever is connected."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = str(self.folder / "log")
        self._control("start", "-o", options, "-l", log)

    def _control(self, *arguments: str) -> None:
        data = str(self.folder / "data")
        _run([str(self.binaries / "pg_ctl"), "-D", data, "-w", *arguments])


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl: on PATH, of Debian's packages, or where pg_config says."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if shutil.which("pg_config"):
        said = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        folders.append(Path(said.stdout.strip()))
    complete = (f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists())
    return next(complete, None)


def launch(found: Path) -> Server:
    """Make a server's folder and start it."""
    # Not in pytest's own temporary folder: only root may enter that.
    folder = Path(tempfile.mkdtemp(prefix="custseg-pg-"))
    account = _account()
    if "user" in account:
        os.chown(folder, account["user"], account["group"])
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    where = ("-D", str(folder / "data"), "--no-sync")
    access = ("-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}")
    _run([str(found / "initdb"), *where, *access, "-E", "UTF8", "--no-locale"])
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(folder, found, port)
    server.start()
    return server


def _account() -> dict[str, Any]:
    """Whom to run the server as, for subprocess."""
    if os.getuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in _ACCOUNTS if name in known)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _run(command: list[str]) -> None:
    # Output to a file: a server that inherits a pipe would keep it open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, stdout=said, stderr=said, cwd="/", check=False, timeout=120, **_account()
        )
        said.seek(0)
        assert done.returncode == 0, said.read().decode(errors="replace")

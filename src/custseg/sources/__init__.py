"""Where orders come from: a file, a database, the UCI repository, or the simulated demo store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError, WorkspaceError
from custseg.sources import address
from custseg.sources.address import is_server, is_url

if TYPE_CHECKING:
    from custseg.manifest import Source
    from custseg.settings import DemoSettings, SourceSettings
    from custseg.sources.uci import ByteProgress
    from custseg.workspace import Workspace

UCI: Final = "uci"
DEMO: Final = "demo"
DEMO_FILE: Final = "demo-store.csv"
DEMO_TRUTH_FILE: Final = "demo-store-truth.csv"


def choose(
    given: str | None,
    url: str | None,
    recorded: Source | None,
    settings: SourceSettings,
    *,
    replace: bool,
) -> Source:
    """Decide which source a run reads.

    Parameters
    ----------
    given, url
        SOURCE and --url of the command line.
    recorded
        What the workspace was made from.
    settings
        The `[source]` settings.
    replace
        Another source than the recorded one is meant (--replace-source).

    Returns
    -------
    Source
        What is given, else what is recorded, else the settings' location, else UCI.

    Raises
    ------
    WorkspaceError
        The workspace was made from another source, and `replace` is not set.
    """
    from custseg.manifest import Source

    if given is None and recorded is not None:
        return Source(
            recorded.location, url or recorded.url, given=_credentials(settings, recorded)
        )
    written = given or settings.location or UCI
    location = place(written)
    if recorded is not None and recorded.location != location and not replace:
        raise WorkspaceError(
            f"This workspace was made from {recorded.location}, not from {location}.",
            "Choose another workspace with -w, or pass --replace-source to make it anew.",
        )
    kept = recorded.url if recorded and recorded.location == location else None
    return Source(
        location,
        (url or kept or settings.url) if location == UCI else None,
        given=written if is_server(location) else None,
    )


def place(location: str) -> str:
    """Return a location as it is recorded: a whole path, or an address without secrets."""
    if location in {UCI, DEMO}:
        return location
    if is_url(location):
        return address.recorded(location)
    return os.path.abspath(Path(location).expanduser())  # noqa: PTH100  (`..` goes, links stay)


def _credentials(settings: SourceSettings, recorded: Source) -> str | None:
    """The settings' address of the recorded database, which may hold what was not recorded."""
    written = settings.location
    if written and is_server(recorded.location) and place(written) == recorded.location:
        return written
    return None


def locate(
    source: Source,
    workspace: Workspace,
    demo: DemoSettings,
    *,
    known: bool,
    progress: ByteProgress | None = None,
) -> Path | str:
    """Return the source's file, fetched or simulated first where it must be; a server's address.

    Parameters
    ----------
    source
        `uci`, `demo`, a path or an address.
    workspace
        Keeps what is fetched or simulated; must be held for writing.
    demo
        The demo store's settings.
    known
        The workspace's copy is this very source: use it instead of fetching again.
    progress
        Told of a transfer's bytes.

    Raises
    ------
    DataError
        The source cannot be had. The earlier copy is left as it was.
    """
    if source.location == UCI:
        from custseg.sources.uci import FILE_NAME, URL, fetch

        kept = workspace.downloads / FILE_NAME
        if not (known and kept.exists()):
            fetched = fetch(source.url or URL, workspace.scratch, progress)
            fetched.chmod(0o600)
            fetched.replace(kept)
        return kept
    if source.location == DEMO:
        from custseg.sources.demo import simulate, write_csv

        kept = workspace.downloads / DEMO_FILE
        if not (known and kept.exists()):
            store = simulate(demo)
            for name, table in ((DEMO_TRUTH_FILE, store.truth), (DEMO_FILE, store.lines)):
                with workspace.replacing(workspace.downloads / name) as stream:
                    write_csv(table, stream)
        return kept
    if is_server(source.location):
        return source.given or source.location
    path = Path(source.location)
    if not path.exists():
        raise DataError(
            f"{path}: no such file.",
            "SOURCE is a path to xlsx, csv, Parquet or a zip of one, a database's address, or: "
            "uci, demo",
        )
    return path

"""Where orders come from: files, a database, the UCI repository, or the demo store."""

from __future__ import annotations

import os
from dataclasses import replace as replaced
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.errors import UsageError, WorkspaceError
from custseg.settings.locations import DEMO, STDIN, UCI, is_lake, is_url, lake, without_secrets
from custseg.sources.databases import address
from custseg.sources.databases.address import is_server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.settings import DemoSettings, SourceSettings
    from custseg.sources.files.places import Place
    from custseg.sources.files.uci import ByteProgress
    from custseg.workspace.manifest import Source
    from custseg.workspace.workspace import Workspace

_LOCATION: Final = "CUSTSEG_SOURCE__LOCATION"
_URL: Final = "CUSTSEG_SOURCE__URL"
"""Variables of the settings: what is in the environment is the user's own, as options are."""
DEMO_FILE: Final = "demo-store.csv"
DEMO_TRUTH_FILE: Final = "demo-store-truth.csv"


def choose(
    given: Sequence[str],
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
        SOURCE (one or several) and --url of the command line.
    recorded
        What the workspace was made from.
    settings
        The `[source]` settings.
    replace
        Another source than the recorded one is meant (--replace-source).

    Returns
    -------
    Source
        What is given, else what is recorded (which has to be the settings' location where there is
        one), else that location; UCI where a mirror of it is given.

    Raises
    ------
    UsageError
        Nothing says where the orders are.
    WorkspaceError
        The workspace was made from another source, and `replace` is not set. Further files beside
        those that it was made from are no other source.
    """
    from custseg.workspace.manifest import Source

    location = settings.location
    named = bool(given) or (location is not None and location == os.environ.get(_LOCATION))
    if not given and recorded and location and place(location) not in recorded.locations:
        # Set since, or in contradiction: no run goes on with another source unseen.
        given = [location]
    if not given and recorded is not None:
        if recorded.location == UCI:
            return _uci(url, recorded.url, settings)
        return Source(
            recorded.location,
            url,
            recorded.others,
            given=_credentials(settings, recorded),
            named=named,
        )
    if not given and not settings.location and not url:
        raise UsageError(
            "Nothing says where the orders are.",
            "Name a file: custseg run-all orders.xlsx. Or try one: custseg run-all demo",
        )
    written = given or [settings.location or UCI]
    locations = [place(location) for location in written]
    first, others = locations[0], tuple(dict.fromkeys(locations[1:]))
    if others and any(_stands_alone(location) for location in locations):
        raise UsageError(
            "uci, demo, - and an address are sources of their own.",
            "Name one of them, or files.",
        )
    fleeting = is_server(first) or (first == STDIN and bool(given))
    source = Source(first, None, others, given=written[0] if fleeting else None, named=named)
    if is_server(first) and not address.server(written[0]).secrets:
        # Named to confirm it, say: what the settings hold of it still serves.
        source = replaced(source, given=_credentials(settings, source) or written[0])
    if recorded is not None and not replace and not set(recorded.locations) <= set(locations):
        raise WorkspaceError(
            f"This workspace was made from {recorded.shown()}, not from {source.shown()}.",
            "Choose another workspace with -w, or pass --replace-source to make it anew.",
            in_python="Choose another workspace.",
        )
    if first != UCI:
        return source
    kept = recorded.url if recorded and recorded.location == UCI else None
    return _uci(url, kept, settings)


def _uci(url: str | None, recorded: str | None, settings: SourceSettings) -> Source:
    """The UCI data from the mirror that is given, else the recorded one, else that of settings."""
    from custseg.workspace.manifest import Source

    mirror = url or settings.url
    if not url and recorded and (not mirror or without_secrets(mirror) != recorded):
        # The settings' is not that one, nor does it hold what was not recorded.
        return Source(UCI, recorded)
    named = bool(url) or (mirror is not None and mirror == os.environ.get(_URL))
    return Source(UCI, mirror and without_secrets(mirror), given=mirror, named=named)


def place(location: str) -> str:
    """Return a location as it is recorded: a whole path, or an address without secrets."""
    if location in {UCI, DEMO, STDIN}:
        return location
    if is_lake(location):
        return lake(location)
    if is_url(location):
        return address.recorded(location)
    return os.path.abspath(Path(location).expanduser())  # noqa: PTH100  (`..` goes, links stay)


def _stands_alone(location: str) -> bool:
    return location in {UCI, DEMO, STDIN} or is_server(location) or is_lake(location)


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
    temporary: Path,
    *,
    known: bool,
    progress: ByteProgress | None = None,
    confirmed_for: Path | None = None,
) -> list[Place] | str:
    """Find the source's files, fetched or simulated first where they must be; a server's address.

    Parameters
    ----------
    source
        `uci`, `demo`, `-`, paths or an address.
    workspace
        Keeps what is fetched or simulated; must be held for writing.
    demo
        The demo store's settings.
    temporary
        A folder outside the workspace for what comes on standard input.
    known
        The workspace's copy is this very source: use it instead of fetching again.
    progress
        Told of a transfer's bytes.
    confirmed_for
        The workspace that an address has to be confirmed for; without it, `workspace`.

    Raises
    ------
    DataError
        The source cannot be had. The earlier copy is left as it was.
    WorkspaceError
        An address would be asked that the user has not confirmed.
    """
    from custseg.sources.files.confirming import settle_address
    from custseg.sources.files.places import Place, places, read_stdin

    owner = confirmed_for or workspace.root
    if source.location == UCI:
        from custseg.sources.files.uci import FILE_NAME, URL, fetch

        kept = workspace.download(FILE_NAME)
        if not (known and kept.exists()):
            address = settle_address(source, owner) or URL
            fetched = fetch(address, workspace.scratch, progress)
            fetched.chmod(0o600)
            fetched.replace(kept)
        return [Place(kept, FILE_NAME)]
    if source.location == DEMO:
        from custseg.sources.files.demo import simulate, write_csv

        kept = workspace.download(DEMO_FILE)
        if not (known and kept.exists()):
            store = simulate(demo)
            for name, table in ((DEMO_TRUTH_FILE, store.truth), (DEMO_FILE, store.lines)):
                with workspace.replacing(workspace.download(name)) as stream:
                    write_csv(table, stream)
        return [Place(kept, DEMO_FILE)]
    if source.location == STDIN:
        return [read_stdin(temporary)]
    if is_server(source.location):
        return settle_address(source, owner) or source.location
    if is_lake(source.location):
        raise UsageError(
            f"{source.location}: such an address is read by Spark alone.",
            'Set [engine] backend = "spark" (CUSTSEG_ENGINE__BACKEND=spark), or name a path.',
        )
    return places(source.locations)

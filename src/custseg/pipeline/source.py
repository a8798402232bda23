"""The shop's source as what a stage reads: where it is found, and whether it has changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from custseg.errors import DataError
from custseg.pipeline.computing import stays
from custseg.settings.locations import DEMO, STDIN, UCI
from custseg.sources.databases.address import changes_unseen, is_server
from custseg.workspace.files import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

    from custseg.settings import Settings, SourceSettings
    from custseg.sources.files.places import Place
    from custseg.sources.files.uci import ByteProgress
    from custseg.workspace.manifest import Record, Source
    from custseg.workspace.workspace import Workspace

_LARGE: Final = 1 << 20


@dataclass(frozen=True)
class FoundSource:
    """A source whose files, or whose server's address, are known."""

    source: Source
    places: list[Place] | str

    @property
    def is_large(self) -> bool:
        """Whether reading it takes long."""
        if isinstance(self.places, str):
            return True
        return sum(place.path.stat().st_size for place in self.places) > _LARGE


def find_source(
    source: Source,
    before: Source | None,
    workspace: Workspace,
    settings: Settings,
    scratch: Path,
    progress: ByteProgress | None,
    *,
    known: bool,
) -> FoundSource:
    """Find a source's files, fetched or simulated first where they must be.

    Parameters
    ----------
    before
        What the run before has read.
    scratch
        A folder outside the workspace for what comes on standard input.
    known
        What the workspace keeps of the source was fetched or simulated by the same code and
        settings.

    Raises
    ------
    DataError
        The source cannot be had.
    """
    from custseg.sources.files.locate import locate
    from custseg.sources.files.places import fingerprints, without_copies

    if stays(source, settings.engine) and not is_server(source.location):
        from custseg.sources.files.confirming import settle_address

        settle_address(source, workspace.root)
        return FoundSource(source, source.location)
    known = known and source.same_place(before)
    places = locate(source, workspace, settings.demo, scratch, known=known, progress=progress)
    if isinstance(places, str):
        return FoundSource(source, places)
    return FoundSource(source.read_from(fingerprints(places), before), without_copies(places))


def why_source_changed(
    record: Record, read: Source | None, chosen: Source | None, settings: Settings
) -> str | None:
    """Say why a source has to be read again; None where it is as it was.

    Parameters
    ----------
    record
        Of the stage that has read it.
    read
        What it has read.
    chosen
        What a run is to read; None where none runs.
    settings
        How it is read, and by which engine.
    """
    assert read is not None
    if chosen and not chosen.same_place(read):
        return "the source is another one"
    unseen = chosen and (changes_unseen(chosen.location) or stays(chosen, settings.engine))
    if chosen and (unseen or chosen.given == STDIN):
        return "what the source gives may have changed"
    for name, digest in joined_files(settings.source).items():
        if record.inputs.get(name, digest) != digest:
            return f"{Path(name).name} has changed"
    if read.location in {UCI, DEMO, STDIN} or not read.files:
        return None
    from custseg.sources.files.places import places

    if is_gone(read):
        # Its files may be gone for good; what was read from them stays valid.
        return None
    missing = [location for location in read.locations if not _is_there(location)]
    if missing:
        return f"{Path(missing[0]).name} is gone"
    return _changed_file(read, places(read.locations))


def is_gone(source: Source) -> bool:
    """Whether none of the files that a source was read from is there any more."""
    if source.location in {UCI, DEMO, STDIN}:
        return False
    return bool(source.files) and not any(map(_is_there, source.locations))


def joined_files(settings: SourceSettings) -> dict[str, str]:
    """SHA-256 of each file that is joined to the orders, by path; none where it is not there."""
    paths = (Path(join.file) for join in settings.join)
    return {str(path): sha256(path) for path in paths if path.is_file()}


def _is_there(location: str) -> bool:
    from custseg.sources.files.places import places

    try:
        return bool(places([location]))
    except DataError:
        return False


def _changed_file(source: Source, found: Iterable[Place]) -> str | None:
    """Say which file of a source is new, gone or another than it was."""
    before = {file.name: file for file in source.files}
    for place in found:
        old = before.pop(place.name, None)
        if old is None:
            return f"{place.name} is new"
        stat = place.path.stat()
        unchanged = (stat.st_size, stat.st_mtime_ns) == (old.bytes, old.mtime_ns)
        if not unchanged and sha256(place.path) != old.sha256:
            return f"{place.name} has changed"
    return next((f"{name} is gone" for name in before), None)

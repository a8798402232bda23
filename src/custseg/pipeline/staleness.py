"""Which stages have to run, and why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from custseg._version import __version__
from custseg.artifacts import ARTIFACTS
from custseg.errors import DataError, WorkspaceError
from custseg.pipeline.stages import DOWNLOAD, STAGES, WRITERS, behind, upstream
from custseg.settings.locations import DEMO, STDIN, UCI
from custseg.workspace.files import sha256

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from custseg.pipeline.stage import Stage
    from custseg.settings import Settings, SourceSettings
    from custseg.sources.places import Place
    from custseg.workspace.manifest import Manifest, Record, Source
    from custseg.workspace.workspace import Workspace

ENGINE: Final = "duckdb"
_CODE: Final = {".py", ".toml", ".j2", ".css", ".js"}
"""Suffixes of what decides on results: code, the texts of plans, and what the page is made of."""


@dataclass(frozen=True)
class Staleness:
    """Compares what a workspace's manifest recorded with what is there and what is set now."""

    workspace: Workspace
    settings: Settings

    def stale_because(
        self, stage: Stage, manifest: Manifest, *, remembered: bool = False
    ) -> str | None:
        """Say why a stage has to run; None where it is fresh.

        Parameters
        ----------
        remembered
            Options given on the stage's own command line still hold, as when a later stage asks.
        """
        record = manifest.stages.get(stage.name)
        if record is None:
            return "it has not run yet"
        for artifact, output in record.outputs.items():
            path = self.workspace.path(artifact)
            if not path.exists():
                return f"{path.name} is missing"
            if sha256(path) != output.sha256:
                return f"{path.name} is not as it left it (its SHA-256 differs)"
        if stage is DOWNLOAD:
            changed = self._source_changed(record, manifest.source)
        else:
            before = self._kept_no_more(stage, record, manifest) or self.read_before(
                stage, manifest
            )
            changed = self._changed_input(stage, manifest, before)
        if changed:
            return changed
        used = self.settings_used(stage, record.options if remembered else {})
        for section, values in used.items():
            if record.settings.get(section) != values:
                return f"[{section}] settings have changed"
        if (record.code, record.engine) != (code_version(), ENGINE):
            return "custseg itself has changed"
        return None

    def _changed_input(
        self, stage: Stage, manifest: Manifest, before: Mapping[str, str]
    ) -> str | None:
        """Say what a stage that has run would read differently now; None where nothing is.

        Parameters
        ----------
        before
            SHA-256 of what it would read of the snapshot before, as its record names it.
        """
        thorough = self.settings.run.thorough
        record = manifest.stages[stage.name]
        inputs = stage.inputs(thorough=thorough)
        for artifact in inputs:
            writer = manifest.stages.get(WRITERS[artifact].name)
            if writer is None or writer.outputs[artifact].sha256 != record.inputs.get(artifact):
                return f"{ARTIFACTS[artifact].file} has changed"
        earlier = {name: digest for name, digest in record.inputs.items() if name in stage.earlier}
        if earlier != before:
            return "the snapshot before is another one"
        for artifact in record.inputs.keys() - set(inputs) - set(earlier):
            return f"{ARTIFACTS[artifact].file} is left out now"
        found, used = manifest.facts(), stage.facts(thorough=thorough)
        for fact in used:
            if found.get(fact) != record.facts_read.get(fact):
                return f"the {fact.replace('_', '-')} has changed"
        for fact in record.facts_read.keys() - set(used):
            return f"the {fact.replace('_', '-')} is left out now"
        return None

    def read_before(self, stage: Stage, manifest: Manifest) -> dict[str, str]:
        """SHA-256 of what a stage reads of the snapshot before; empty where there is none."""
        as_of = manifest.facts().get("as_of")
        earlier = self.workspace.history.start(as_of) if stage.before and as_of else None
        if earlier is None:
            return {}
        return {
            given: earlier.sha256(name)
            for given, name in zip(stage.earlier, stage.before, strict=True)
        }

    def _kept_no_more(self, stage: Stage, record: Record, manifest: Manifest) -> dict[str, str]:
        """What a stage has read of a snapshot that has been removed since; empty where it is kept.

        The month that was published from it is no other for that: its snapshot tells which it was.
        """
        as_of = manifest.facts().get("as_of")
        own = self.workspace.history.start(as_of) if stage.before and as_of else None
        if own is None or own.as_of != as_of or own.before is None:
            return {}
        if record.inputs.get("previous_model") != own.before.model:
            return {}
        return {name: record.inputs[name] for name in stage.earlier if name in record.inputs}

    def first_stale(self, stages: Iterable[Stage]) -> tuple[Stage, str] | None:
        """Return the first of some stages that would have to run, and why; None if all are fresh.

        Options given to one of them on its own command line still hold.
        """
        manifest = known(self.workspace.manifest())
        for stage in stages:
            if reason := self.stale_because(stage, manifest, remembered=True):
                return stage, reason
        return None

    def require(self, stages: Iterable[Stage], what: str) -> None:
        """Refuse to go on where what some stages make is missing or stale.

        Raises
        ------
        WorkspaceError
            It is; `what` is the command that needs it.
        """
        if stale := self.first_stale(stages):
            stage, reason = stale
            unread = stage is DOWNLOAD and self.workspace.manifest().source is None
            raise WorkspaceError(
                f"{what} needs what {stage.name} makes, and {reason}.",
                f"Run: custseg {'run-all SOURCE' if unread else stage.name}",
            )

    def require_made(self, artifacts: Collection[str], facts: Collection[str], what: str) -> None:
        """Refuse to go on where some artifacts or facts are missing or stale.

        Raises
        ------
        WorkspaceError
            They are; `what` is the command that needs them.
        """
        thorough = self.settings.run.thorough
        self.require(behind(artifacts, facts, thorough=thorough), what)

    def is_made(self, artifact: str) -> bool:
        """Whether an artifact is there and fresh."""
        return self.first_stale(behind((artifact,))) is None

    def status(self) -> dict[str, str | None]:
        """Say for each stage why it would have to run; None where it is fresh."""
        manifest = known(self.workspace.manifest())
        states: dict[str, str | None] = {}
        for stage in STAGES.values():
            earlier = upstream(stage, thorough=self.settings.run.thorough)
            waiting = [before.name for before in earlier if states[before.name]]
            reason = self.stale_because(stage, manifest, remembered=True) or (
                f"{waiting[0]} has to run first" if waiting else None
            )
            if reason and stage.side and not self.settings.run.thorough:
                reason += "; run-all leaves it out ([run] thorough = false)"
            states[stage.name] = reason
        return states

    def _source_changed(self, record: Record, source: Source | None) -> str | None:
        assert source is not None
        for name, digest in joined_files(self.settings.source).items():
            if record.inputs.get(name, digest) != digest:
                return f"{Path(name).name} has changed"
        if source.location in {UCI, DEMO, STDIN} or not source.files:
            return None
        from custseg.sources.places import places

        if is_gone(source):
            # Its files may be gone for good; what was read from them stays valid.
            return None
        missing = [location for location in source.locations if not _is_there(location)]
        if missing:
            return f"{Path(missing[0]).name} is gone"
        return _changed(source, places(source.locations))

    def settings_used(self, stage: Stage, options: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that a stage uses, as the manifest stores them."""
        sections = list(stage.sections)
        if stage is DOWNLOAD:
            sections.append("demo")
        stored = {name: getattr(self.settings, name).model_dump(mode="json") for name in sections}
        for dotted, value in options.items():
            section, key = dotted.split(".")
            if key in stored.get(section, ()):
                # An option's table is laid over that of the file, as when it was given.
                both = isinstance(value, dict) and isinstance(stored[section].get(key), dict)
                stored[section][key] = stored[section][key] | value if both else value
        return stored


def known(manifest: Manifest) -> Manifest:
    """Leave out records of stages that now make or find something else: these have to run."""
    return replace(
        manifest,
        stages={
            name: record
            for name, record in manifest.stages.items()
            if (stage := STAGES.get(name))
            and set(record.outputs) == set(stage.writes)
            and set(record.facts) == set(stage.finds)
        },
    )


def is_gone(source: Source) -> bool:
    """Whether none of the files that a source was read from is there any more."""
    if source.location in {UCI, DEMO, STDIN}:
        return False
    return bool(source.files) and not any(map(_is_there, source.locations))


def _is_there(location: str) -> bool:
    from custseg.sources.places import places

    try:
        return bool(places([location]))
    except DataError:
        return False


def _changed(source: Source, found: Iterable[Place]) -> str | None:
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


def joined_files(settings: SourceSettings) -> dict[str, str]:
    """SHA-256 of each file that is joined to the orders, by path; none where it is not there."""
    paths = (Path(join.file) for join in settings.join)
    return {str(path): sha256(path) for path in paths if path.is_file()}


@cache
def code_version() -> str:
    """Return custseg's version with a digest of its code: an edited checkout is another version."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for path in sorted(path for path in package.rglob("*") if path.suffix in _CODE):
        digest.update(path.relative_to(package).as_posix().encode() + path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"

"""Which stages have to run, and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.pipeline.code import code_version
from custseg.pipeline.source import why_source_changed
from custseg.pipeline.stages import STAGES, WRITERS, stages_behind, upstream
from custseg.privacy.register import INPUT, asked_of_reading
from custseg.workspace.campaigns import INPUT as REGISTERED
from custseg.workspace.campaigns import read_register
from custseg.workspace.files import sha256

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from custseg.pipeline.stage import Stage
    from custseg.settings import Settings
    from custseg.workspace.manifest import Manifest, Record, Source
    from custseg.workspace.workspace import Workspace

THOROUGH: Final = "run.thorough"
"""The setting that leaves side studies out; as an option, it is kept with the summary."""


@dataclass(frozen=True)
class Staleness:
    """Compares what a workspace's manifest recorded with what is there and what is set now."""

    workspace: Workspace
    settings: Settings
    options: Mapping[str, Any] = field(default_factory=dict)
    """What of the settings was given on this command line, by dotted key."""

    @property
    def engine(self) -> str:
        """What computes now, as a record names it."""
        return self.settings.engine.backend

    def stale_because(
        self,
        stage: Stage,
        manifest: Manifest,
        source: Source | None = None,
        *,
        remembered: bool = False,
    ) -> str | None:
        """Say why a stage has to run; None where it is fresh.

        Parameters
        ----------
        source
            What a run is to read the orders from.
        remembered
            Options that the stage's last run was given still hold, unless they are given anew: as
            in every command but `run-all`.
        """
        record = manifest.stages.get(stage.name)
        if record is None:
            return "it has not run yet"
        if changed := self._changed_output(record):
            return changed
        if stage.reads_source:
            changed = self._changed_source(record, manifest.source, source)
        else:
            before = self._read_of_removed_snapshot(
                stage, record, manifest
            ) or self.digests_of_before(stage, manifest)
            changed = self._changed_input(stage, manifest, before)
        if changed:
            return changed
        used = self.settings_used(stage, self._not_given(record.options) if remembered else {})
        for section, values in used.items():
            if record.settings.get(section) != values:
                return f"[{section}] settings have changed"
        if (record.code, record.engine) != (code_version(stage), self.engine):
            changed_code = record.code != code_version(stage)
            return "custseg itself has changed" if changed_code else "the engine is another one"
        return None

    def _changed_output(self, record: Record) -> str | None:
        """Say which artifact is not as it was left; what stays in an engine is not looked at."""
        for artifact, output in record.outputs.items():
            if output.elsewhere:
                continue
            path = self.workspace.path(artifact)
            if not path.exists():
                return f"{path.name} is missing"
            if sha256(path) != output.sha256:
                return f"{path.name} is not as it left it (its SHA-256 differs)"
        return None

    def _changed_source(
        self, record: Record, read: Source | None, chosen: Source | None
    ) -> str | None:
        """Say why the source would be read differently now; None where it would not."""
        asked = asked_of_reading(self.workspace, self.settings.privacy)
        if record.inputs.get(INPUT) != asked.pop(INPUT):
            return "others object now, or are forgotten"
        for key, value in asked.items():
            if record.inputs.get(key) != value:
                return f"[privacy] {key} has changed"
        return why_source_changed(record, read, chosen, self.settings)

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
        registered = {REGISTERED} if stage.registers else set()
        if registered and record.inputs.get(REGISTERED) != self._register_digest():
            return "campaigns were registered or closed since"
        for artifact in record.inputs.keys() - set(inputs) - set(earlier) - registered:
            return f"{ARTIFACTS[artifact].file} is left out now"
        found, used = manifest.facts(), stage.facts(thorough=thorough)
        for fact in used:
            if found.get(fact) != record.facts_read.get(fact):
                return f"the {fact.replace('_', '-')} has changed"
        for fact in record.facts_read.keys() - set(used):
            return f"the {fact.replace('_', '-')} is left out now"
        return None

    def _register_digest(self) -> str:
        return read_register(self.workspace.root).digest()

    def digests_of_before(self, stage: Stage, manifest: Manifest) -> dict[str, str]:
        """SHA-256 of what a stage reads of the snapshot before; empty where there is none."""
        as_of = manifest.facts().get("as_of")
        earlier = self.workspace.history.start(as_of) if stage.before and as_of else None
        if earlier is None:
            return {}
        return {
            given: earlier.sha256(name)
            for given, name in zip(stage.earlier, stage.before, strict=True)
        }

    def _read_of_removed_snapshot(
        self, stage: Stage, record: Record, manifest: Manifest
    ) -> dict[str, str]:
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

        Options that the last run of each was given still hold.
        """
        manifest = drop_outdated_records(self.workspace.manifest())
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
            unread = self.workspace.manifest().source is None
            raise WorkspaceError(
                f"{what} needs what {stage.name} makes, and {reason}.",
                f"Run: custseg {'run-all SOURCE' if unread else stage.name}",
                in_python="Fit again.",
            )

    def require_made(self, artifacts: Collection[str], facts: Collection[str], what: str) -> None:
        """Refuse to go on where some artifacts or facts are missing or stale.

        Raises
        ------
        WorkspaceError
            They are; `what` is the command that needs them.
        """
        thorough = self.settings.run.thorough
        self.require(stages_behind(artifacts, facts, thorough=thorough), what)

    def is_made(self, artifact: str) -> bool:
        """Whether an artifact is there and fresh."""
        return self.first_stale(stages_behind((artifact,))) is None

    def status(self) -> dict[str, str | None]:
        """Say for each stage why it would have to run; None where it is fresh."""
        manifest = drop_outdated_records(self.workspace.manifest())
        states: dict[str, str | None] = {}
        for stage in STAGES.values():
            earlier = upstream(stage, thorough=self.settings.run.thorough)
            waiting = [before.name for before in earlier if states[before.name]]
            reason = self.stale_because(stage, manifest, remembered=True) or (
                f"{waiting[0]} has to run first" if waiting else None
            )
            if reason and stage.side and not self.settings.run.thorough:
                left_out = "left out ([run] thorough)"
                reason = left_out if stage.name not in manifest.stages else f"{reason}; {left_out}"
            states[stage.name] = reason
        return states

    def settings_used(self, stage: Stage, options: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that a stage uses, as the manifest stores them."""
        stored = {
            name: getattr(self.settings, name).model_dump(mode="json", include=stage.keys_of(name))
            for name in stage.sections
        }
        for dotted, value in options.items():
            section, key = dotted.split(".")
            if key in stored.get(section, ()):
                # An option's table is laid over that of the file, as when it was given.
                both = isinstance(value, dict) and isinstance(stored[section].get(key), dict)
                stored[section][key] = stored[section][key] | value if both else value
        return stored

    def remembered_options(self, stage: Stage, manifest: Manifest) -> dict[str, Any]:
        """Options of earlier runs that hold for a stage which is run by itself.

        Those of a section are its own last ones, unless it depends on a stage that uses the section
        too: then they are what that one was given. (After `clean --as-of`, `value` looks back from
        the new date, not from that of its own last run.)
        """
        of_section: dict[str, dict[str, Any]] = {}
        for one in (stage, *upstream(stage, thorough=self.settings.run.thorough)):
            record = manifest.stages.get(one.name)
            if record is None:
                continue
            for section in set(stage.sections) & set(one.sections):
                keys = type(getattr(self.settings, section)).model_fields
                dotted = {f"{section}.{key}" for key in keys}
                of_section[section] = {
                    key: value for key, value in record.options.items() if key in dotted
                }
        found = {key: value for options in of_section.values() for key, value in options.items()}
        return self._not_given(found)

    def _not_given(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options without those that this command line gives anew."""
        return {key: value for key, value in options.items() if key not in self.options}


def remembered_quick(manifest: Manifest) -> dict[str, Any]:
    """The option with which the last run of everything left side studies out; empty if it didn't.

    It holds for the commands after that run: what these read is whole without the studies.
    """
    for record in manifest.stages.values():
        if THOROUGH in record.options:
            return {THOROUGH: record.options[THOROUGH]}
    return {}


def drop_outdated_records(manifest: Manifest) -> Manifest:
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

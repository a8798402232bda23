"""Run stages: only those whose inputs, settings, engine or code changed."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib.metadata import version
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import ARTIFACTS
from custseg.errors import WorkspaceError
from custseg.manifest import Manifest, Output, Record, Source
from custseg.outcomes import Finished, Outcome
from custseg.snapshot import HELD
from custseg.sources import STDIN
from custseg.sources.address import changes_unseen
from custseg.sources.notes import notes
from custseg.stages import DOWNLOAD, STAGES, WRITERS, Stage, behind, load, upstream
from custseg.staleness import ENGINE, Staleness, code_version, joined_files
from custseg.workspace import Workspace, sha256, size

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from custseg.outcomes import Listener
    from custseg.settings import Settings
    from custseg.sources.places import Place

_LARGE_FILE: Final = 1 << 20
_LIBRARIES: Final = ("duckdb", "ibis-framework", "numpy", "pandas", "pyarrow", "scikit-learn")


@dataclass
class Runner:
    """Runs stages in one workspace.

    Parameters
    ----------
    workspace
        Where the artifacts are.
    settings
        What holds for this run.
    options
        What of that was given on the command line, by dotted key.
    listener
        Told of the run as it goes on.
    """

    workspace: Workspace
    settings: Settings
    options: Mapping[str, Any] = field(default_factory=dict)
    listener: Listener | None = None
    outcomes: list[Outcome] = field(default_factory=list, init=False)
    """What became of each stage so far, also where a later one fails."""
    _all: bool = field(default=False, init=False)

    @property
    def staleness(self) -> Staleness:
        """What has to run."""
        return Staleness(self.workspace, self.settings)

    def run_all(self, source: Source, *, force: bool = False) -> Finished:
        """Run every stage that is not fresh, in order, and publish a snapshot of what they found.

        Raises
        ------
        WorkspaceError
            While this run waited, another made the workspace from another source.
        CustsegError
            A stage failed; what it would have replaced is as it was.
        """
        self._all = True
        made_from = self.workspace.manifest().source
        with self._writing("run-all"):
            self._require_source(source, made_from)
            stages = (
                stage for stage in STAGES.values() if self.settings.run.thorough or not stage.side
            )
            return self._publish([self._run(stage, source, force=force) for stage in stages])

    def run_snapshot(self) -> Finished:
        """Run what a published snapshot needs on the orders that are read, and publish it anew.

        Raises
        ------
        WorkspaceError
            The orders are missing, or their source has changed since.
        CustsegError
            A stage failed; what it would have replaced is as it was.
        """
        with self._writing("history --rebuild"):
            # Not before: a run that was waited for may have read others.
            self.staleness.require([DOWNLOAD], "a snapshot")
            stages = (stage for stage in behind(HELD) if stage is not DOWNLOAD)
            outcomes = [self._run(stage, None, force=False) for stage in stages]
            return self._publish(outcomes, again=True)

    def _publish(self, outcomes: list[Outcome], *, again: bool = False) -> Finished:
        from custseg.publishing import publish

        return Finished(outcomes, publish(self.workspace, self.settings, again=again))

    def run(self, name: str, source: Source | None = None, *, force: bool = False) -> Outcome:
        """Run one stage on artifacts that are there.

        Raises
        ------
        WorkspaceError
            An artifact that it reads is missing or stale, or while this run waited, another made
            the workspace from another source.
        CustsegError
            The stage failed; what it would have replaced is as it was.
        """
        stage = STAGES[name]
        if not self.workspace.manifest_path.exists():
            # Before a folder is made for nothing.
            self._require_inputs(stage)
        made_from = self.workspace.manifest().source
        with self._writing(name):
            self._require_inputs(stage)
            if source:
                self._require_source(source, made_from)
            return self._run(stage, source, force=force)

    def _writing(self, runs: str) -> AbstractContextManager[None]:
        """Hold the workspace, once no other run does."""
        return self.workspace.writing(
            self.settings.run.lock_timeout,
            runs=runs,
            waiting=self.listener.waiting if self.listener else None,
        )

    def _require_inputs(self, stage: Stage) -> None:
        if stage is not DOWNLOAD:
            earlier = upstream(stage, thorough=self.settings.run.thorough)
            self.staleness.require(earlier, stage.name)

    def _require_source(self, source: Source, made_from: Source | None) -> None:
        """Refuse a source chosen for a workspace that has been made from another one since."""
        now = self.workspace.manifest().source
        if now is None or now.same_place(made_from) or now.same_place(source):
            return
        raise WorkspaceError(
            f"While this run waited, another made the workspace from {now.shown()}, not from "
            f"{source.shown()}.",
            "Run again for the former; pass --replace-source if the latter is meant.",
        )

    def _run(self, stage: Stage, source: Source | None, *, force: bool) -> Outcome:
        manifest = self.workspace.manifest()
        clock = time.perf_counter()
        if self.listener:
            self.listener.stage_started(stage.name)
        reason = self.staleness.stale_because(stage, manifest)
        if stage is DOWNLOAD:
            assert source is not None
            if not source.same_place(manifest.source):
                reason = "the source is another one"
            elif changes_unseen(source.location) or source.given == STDIN:
                reason = reason or "what it gives may have changed"
        ran, before = bool(reason) or force, manifest.facts()
        if ran:
            manifest = self._execute(stage, manifest, source)
            self.workspace.save_manifest(manifest)
        rows = {name: out.rows for name, out in manifest.stages[stage.name].outputs.items()}
        told: tuple[str, ...] = ()
        if ran and stage is DOWNLOAD:
            told = notes(manifest.source, manifest.stages[stage.name].facts, before)
        outcome = Outcome(stage.name, not ran, time.perf_counter() - clock, rows, told)
        self.outcomes.append(outcome)
        if self.listener:
            self.listener.stage_ended(outcome)
        return outcome

    def _execute(self, stage: Stage, manifest: Manifest, source: Source | None) -> Manifest:
        """Run a stage, put its artifacts in place, and return the manifest that says so."""
        started = _now()
        section = getattr(self.settings, stage.settings)
        more = {f"{name}_settings": getattr(self.settings, name) for name in stage.more_settings}
        if stage.progress:
            more["progress"] = self.listener.advance if self.listener else None
        thorough, found = self.settings.run.thorough, manifest.facts()
        facts = {name: found[name] for name in stage.facts(thorough=thorough)}
        with ExitStack() as files:
            if stage is DOWNLOAD:
                assert source is not None
                result, source = self._download(source, manifest, files)
                digests = {"source": source.sha256} | joined_files(self.settings.source)
            else:
                there = stage.inputs(thorough=thorough)
                digests = {
                    name: manifest.stages[WRITERS[name].name].outputs[name].sha256 for name in there
                } | self.staleness.read_before(stage, manifest)
                more |= self._earlier(stage, found)
                given: dict[str, Any] = dict.fromkeys((*stage.side_reads, *stage.side_uses))
                given |= {name: self._input(stage, name) for name in there} | facts
                if stage.gathers:
                    given = {"results": load(stage.gathers)(**given)}
                result = stage.load()(**given, settings=section, **more)
            outputs = self._write(stage, result)
        used = self.staleness.settings_used(stage, {})
        record = Record(
            inputs=digests,
            facts_read=facts,
            settings=used,
            options={
                dotted: value
                for dotted, value in self.options.items()
                for section, _, key in [dotted.partition(".")]
                if key in used.get(section, ())
            },
            code=code_version(),
            engine=ENGINE,
            outputs=outputs,
            facts={name: getattr(result, name) for name in stage.finds},
            libraries=_libraries(),
            started=started,
            finished=_now(),
        )
        stages = {
            name: record if name == stage.name else manifest.stages.get(name) for name in STAGES
        }
        return Manifest(
            source if stage is DOWNLOAD else manifest.source,
            {name: kept for name, kept in stages.items() if kept},
        )

    def _download(self, source: Source, manifest: Manifest, files: ExitStack) -> tuple[Any, Source]:
        scratch = files.enter_context(self.workspace.unpacking())
        places, source = self._located(source, manifest, scratch)
        large = isinstance(places, str) or (
            sum(place.path.stat().st_size for place in places) > _LARGE_FILE
        )
        if self._all and large:
            # Reading a workbook leaves a core idle: what later stages need loads meanwhile.
            warm_up = Thread(target=_warm_up)
            warm_up.start()
            files.callback(warm_up.join)
        read = DOWNLOAD.load()(places, scratch, self.settings.source, self.settings.engine)
        return read, source

    def _located(
        self, source: Source, manifest: Manifest, temporary: Path
    ) -> tuple[list[Place] | str, Source]:
        from custseg.sources import locate
        from custseg.sources.places import fingerprints, without_copies

        record = manifest.stages.get(DOWNLOAD.name)
        same = source.same_place(manifest.source)
        known = (
            record is not None
            and same
            and record.settings["demo"] == self.staleness.settings_used(DOWNLOAD, {})["demo"]
            and record.code == code_version()
        )
        found = locate(
            source,
            self.workspace,
            self.settings.demo,
            temporary,
            known=known,
            progress=self.listener,
        )
        if isinstance(found, str):
            return found, source
        read = source.read_from(fingerprints(found), manifest.source)
        return without_copies(found), read

    def _earlier(self, stage: Stage, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What a stage reads of the snapshot before."""
        if not stage.before:
            return {}
        before = self.workspace.history.start(facts["as_of"])
        return {
            given: before and before.read(name)
            for given, name in zip(stage.earlier, stage.before, strict=True)
        }

    def _input(self, stage: Stage, artifact: str) -> Any:  # noqa: ANN401
        path = self.workspace.path(artifact)
        if not stage.tables:
            from custseg import storage

            return storage.read(path, ARTIFACTS[artifact])
        from custseg import engine

        return engine.scan(self._connection, path, artifact)

    @cached_property
    def _connection(self) -> Any:  # noqa: ANN401
        from custseg.engine import connect

        return connect(self.settings.engine, self.workspace.scratch)

    def _write(self, stage: Stage, result: Any) -> dict[str, Output]:  # noqa: ANN401
        """Write all artifacts of a stage; only once all are whole do they replace the old ones."""
        from custseg import storage

        rows: dict[str, int | None] = {}
        with ExitStack() as files:
            for name in stage.writes:
                data = getattr(result, name) if len(stage.writes) > 1 or stage.finds else result
                path = self.workspace.path(name)
                if ARTIFACTS[name].kind == "folder":
                    storage.write_files(
                        data, files.enter_context(self.workspace.replacing_files(path, data.keys()))
                    )
                    rows[name] = None
                else:
                    stream = files.enter_context(self.workspace.replacing(path))
                    rows[name] = storage.write(data, ARTIFACTS[name], stream)
        paths = {name: self.workspace.path(name) for name in stage.writes}
        return {name: Output(sha256(path), size(path), rows[name]) for name, path in paths.items()}


@cache
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


def _warm_up() -> None:
    """Import what the stages need, and let the engine start once."""
    from custseg.engine import connect

    connect().raw_sql("select 1")
    for stage in STAGES.values():
        stage.load()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

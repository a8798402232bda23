"""Execute one stage: load what it reads, call it, put its artifacts in place, record how."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import version
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import ARTIFACTS
from custseg.artifacts.table import load
from custseg.engine.processes import cores
from custseg.errors import WorkspaceError
from custseg.pipeline.code import code_version
from custseg.pipeline.computing import stays
from custseg.pipeline.source import find_source, joined_files
from custseg.pipeline.stages import STAGES, WRITERS
from custseg.pipeline.staleness import THOROUGH, Staleness
from custseg.pipeline.warming import warm_up
from custseg.privacy.register import asked_of_reading, left_out_of
from custseg.workspace.campaigns import INPUT as REGISTERED
from custseg.workspace.campaigns import read_members, read_register
from custseg.workspace.files import sha256, size
from custseg.workspace.manifest import Manifest, Output, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from custseg.pipeline.computing import Computing
    from custseg.pipeline.outcomes import Listener
    from custseg.pipeline.stage import Stage
    from custseg.settings import Settings
    from custseg.workspace.manifest import Source
    from custseg.workspace.workspace import Workspace

_LIBRARIES: Final = ("duckdb", "ibis-framework", "numpy", "pandas", "pyarrow", "scikit-learn")


@dataclass(frozen=True)
class _Given:
    """What a stage's function is given beside settings, and what is recorded of it."""

    arguments: dict[str, Any]
    digests: dict[str, str]
    """SHA-256 of each artifact, or of the source and the files joined to it."""
    source: Source | None
    """Where the orders come from, as it is recorded."""


@dataclass(frozen=True)
class Execution:
    """Executes stages, fresh or not, in a workspace that the caller holds."""

    workspace: Workspace
    settings: Settings
    options: Mapping[str, Any]
    """What of the settings was given as options, by dotted key: it is recorded."""
    listener: Listener | None
    computing: Computing

    @property
    def _staleness(self) -> Staleness:
        return Staleness(self.workspace, self.settings)

    def execute(
        self, stage: Stage, manifest: Manifest, source: Source | None, *, more_follow: bool
    ) -> Manifest:
        """Run a stage, put its artifacts in place, and return the manifest that says so.

        Parameters
        ----------
        stage
            What to run.
        manifest
            What is there.
        source
            What a stage that reads the source reads.
        more_follow
            Other stages run after this one.

        Raises
        ------
        CustsegError
            The stage failed; what it would have replaced is as it was.
        """
        with ExitStack() as files:
            if stage.reads_source:
                assert source is not None
                given = self._find(stage, source, manifest, files, more_follow=more_follow)
            else:
                given = self._load(stage, manifest)
            record = self._make(stage, given, manifest)
        return recorded(replace(manifest, source=given.source), stage, record)

    def prepare(self, stage: Stage, manifest: Manifest) -> Record:
        """Run a stage aside; its artifacts wait, whole, until `place` puts them in place.

        Raises
        ------
        CustsegError
            The stage failed.
        """
        return self._make(stage, self._load(stage, manifest), manifest, aside=True)

    def place(self, stage: Stage) -> None:
        """Put in place what a stage that ran aside has made."""
        for name in stage.writes:
            self.workspace.place(self.workspace.path(name))

    def _make(
        self, stage: Stage, given: _Given, manifest: Manifest, *, aside: bool = False
    ) -> Record:
        """Call a stage's function, write what it makes, and say how it was made."""
        started, found = _now(), manifest.facts()
        with self.computing.explaining():
            result = self._call(stage, given)
            outputs = self._write(stage, result, given.source, aside=aside)
        used = self._staleness.settings_used(stage, {})
        return Record(
            inputs=given.digests,
            facts_read={name: found[name] for name in self._facts(stage)},
            settings=used,
            options=self.options_used(stage, used),
            code=code_version(stage),
            engine=self._staleness.engine,
            outputs=outputs,
            facts={name: getattr(result, name) for name in stage.finds},
            libraries=_libraries(),
            started=started,
            finished=_now(),
        )

    def options_used(self, stage: Stage, used: Mapping[str, Any]) -> dict[str, Any]:
        """What of the settings that a stage uses was given as options."""
        return {
            dotted: value
            for dotted, value in self.options.items()
            for section, _, key in [dotted.partition(".")]
            if key in used.get(section, ()) or (dotted == THOROUGH and stage.gathers)
        }

    def _facts(self, stage: Stage) -> tuple[str, ...]:
        return stage.facts(thorough=self.settings.run.thorough)

    def _call(self, stage: Stage, given: _Given) -> Any:  # noqa: ANN401
        if stage.reads_source and stays(given.source, self.settings.engine):
            from custseg.sources.pushed import read_pushed

            left = {"found", "scratch", "engine"}
            asked = {key: value for key, value in given.arguments.items() if key not in left}
            address = given.arguments["found"]
            self.computing.address = address
            return read_pushed(
                self.computing.engine, address, settings=self.settings.source, **asked
            )
        return stage.load()(**given.arguments, **self._settings_of(stage))

    def _settings_of(self, stage: Stage) -> dict[str, Any]:
        """The settings, and the display of its progress, that a stage's function takes."""
        given = {f"{name}_settings": getattr(self.settings, name) for name in stage.more_settings}
        if stage.settings:
            given["settings"] = getattr(self.settings, stage.settings)
        if stage.progress:
            given["progress"] = self.listener.advance if self.listener else None
        if stage.tells:
            given["tell"] = partial(self.listener.told, stage.name) if self.listener else None
        return given

    def _load(self, stage: Stage, manifest: Manifest) -> _Given:
        """Load the artifacts that a stage reads, and the facts that it uses."""
        found = manifest.facts()
        there = stage.inputs(thorough=self.settings.run.thorough)
        digests = {name: manifest.stages[WRITERS[name].name].outputs[name].sha256 for name in there}
        given: dict[str, Any] = dict.fromkeys((*stage.side_reads, *stage.side_uses))
        earlier = self._earlier(stage, found)
        given |= {name: self._input(stage, name, manifest, earlier) for name in there}
        given |= {name: found[name] for name in self._facts(stage)}
        if stage.gathers:
            given = {"results": load(stage.gathers)(**given)}
        if stage.registers:
            register = read_register(self.workspace.root)
            given["registered"] = read_members(self.workspace.root, register.campaigns)
            digests[REGISTERED] = register.digest()
        return _Given(
            given | earlier,
            digests | self._staleness.digests_of_before(stage, manifest),
            manifest.source,
        )

    def _find(
        self,
        stage: Stage,
        source: Source,
        manifest: Manifest,
        files: ExitStack,
        *,
        more_follow: bool,
    ) -> _Given:
        """Find the source that a stage reads; what is unpacked goes when `files` closes."""
        scratch = files.enter_context(self.workspace.unpacking())
        record = manifest.stages.get(stage.name)
        found = find_source(
            source,
            manifest.source,
            self.workspace,
            self.settings,
            scratch,
            self.listener,
            known=record is not None and self._finds_the_same(stage, record),
        )
        if more_follow and found.is_large:
            # Reading a workbook leaves a core idle: what later stages need loads meanwhile, and not
            # while this stage's own imports want the interpreter.
            stage.load()
            warming = Thread(target=warm_up, args=(cores(self.settings.run.workers) - 1,))
            warming.start()
            files.callback(warming.join)
        return _Given(
            {
                "found": found.places,
                "scratch": scratch,
                "engine": self.settings.engine,
                "left_out": left_out_of(self.workspace, self.settings.privacy),
                "privacy": self.settings.privacy,
            },
            {"source": found.source.sha256}
            | asked_of_reading(self.workspace, self.settings.privacy)
            | joined_files(self.settings.source),
            found.source,
        )

    def _finds_the_same(self, stage: Stage, record: Record) -> bool:
        """Whether a source was fetched or simulated by the code and settings of now."""
        used = self._staleness.settings_used(stage, {})
        return record.code == code_version(stage) and all(
            record.settings.get(section) == used[section] for section in stage.source_settings
        )

    def _earlier(self, stage: Stage, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What a stage reads of the snapshot before."""
        if not stage.before:
            return {}
        before = self.workspace.history.start(facts["as_of"])
        return {
            given: before and before.read(name)
            for given, name in zip(stage.earlier, stage.before, strict=True)
        }

    def _input(
        self, stage: Stage, artifact: str, manifest: Manifest, earlier: Mapping[str, Any]
    ) -> Any:  # noqa: ANN401
        if manifest.stages[WRITERS[artifact].name].outputs[artifact].elsewhere:
            return self._elsewhere(artifact, manifest)
        path = self.workspace.path(artifact)
        if not stage.tables:
            from custseg.workspace import storage

            columns = None
            if stage.sees and artifact == "features":
                settings = getattr(self.settings, stage.settings)
                model = earlier.get("previous_model")
                columns = load(stage.sees)(settings, model.scoring.features if model else ())
            return storage.read(path, ARTIFACTS[artifact], columns)
        engine = self.computing.engine
        return engine.scan_placed(path, artifact) if stage.splits else engine.scan(path, artifact)

    def _elsewhere(self, artifact: str, manifest: Manifest) -> ir.Table:
        """Return an artifact that stays in the engine, made again if an earlier run made it.

        Raises
        ------
        WorkspaceError
            The orders have changed since.
        """
        if artifact not in self.computing.stored:
            stage = WRITERS[artifact]
            record = manifest.stages[stage.name]
            with ExitStack() as files:
                if stage.reads_source:
                    assert manifest.source is not None
                    given = self._find(stage, manifest.source, manifest, files, more_follow=False)
                else:
                    given = self._load(stage, manifest)
                result = self._call(stage, given)
            for name in stage.writes:
                if ARTIFACTS[name].lines:
                    output = self.computing.keep(name, getattr(result, name))
                    if output != record.outputs[name]:
                        raise WorkspaceError(
                            "The orders have changed since they were cleaned.",
                            "Run: custseg run-all",
                        )
        return self.computing.stored[artifact]

    def _write(
        self,
        stage: Stage,
        result: Any,  # noqa: ANN401
        source: Source | None,
        *,
        aside: bool,
    ) -> dict[str, Output]:
        """Write all artifacts of a stage; only once all are whole do they replace the old ones.

        Aside, they wait to be placed.
        """
        from custseg.workspace import storage

        rows: dict[str, int | None] = {}
        kept: dict[str, Output] = {}
        stay = stays(source, self.settings.engine)
        writing = self.workspace.preparing if aside else self.workspace.replacing
        with ExitStack() as files:
            names = stage.writes
            if stage.splits and not stay:
                both, names = names[:2], names[2:]
                order = ARTIFACTS[stage.reads[0]].key
                placed = self.computing.engine.in_order(result.lines, order)
                sinks = [files.enter_context(writing(self.workspace.path(name))) for name in both]
                artifacts = zip((ARTIFACTS[name] for name in both), sinks, strict=True)
                rows |= zip(
                    both, storage.write_halves(placed, stage.splits, *artifacts), strict=True
                )
            for name in names:
                data = getattr(result, name) if len(stage.writes) > 1 or stage.finds else result
                path = self.workspace.path(name)
                if ARTIFACTS[name].lines and stay:
                    kept[name] = self.computing.keep(name, data)
                elif ARTIFACTS[name].storage == "folder":
                    storage.write_files(
                        data, files.enter_context(self.workspace.replacing_files(path, data.keys()))
                    )
                    rows[name] = None
                else:
                    stream = files.enter_context(writing(path))
                    rows[name] = storage.write(data, ARTIFACTS[name], stream)
        paths = {name: self.workspace.path(name) for name in rows}
        if aside:
            paths = {name: self.workspace.prepared(path) for name, path in paths.items()}
        return kept | {
            name: Output(sha256(path), size(path), rows[name]) for name, path in paths.items()
        }


def recorded(manifest: Manifest, stage: Stage, record: Record) -> Manifest:
    """Return the manifest with a stage's record, in the order of the stages."""
    records = {**manifest.stages, stage.name: record}
    return replace(manifest, stages={name: records[name] for name in STAGES if name in records})


@cache
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

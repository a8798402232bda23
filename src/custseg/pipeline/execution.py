"""Execute one stage: load what it reads, call it, put its artifacts in place, record how."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib.metadata import version
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from custseg.artifacts import ARTIFACTS
from custseg.artifacts.table import load
from custseg.pipeline.stages import DOWNLOAD, STAGES, WRITERS
from custseg.pipeline.staleness import ENGINE, Staleness, code_version, joined_files
from custseg.workspace.files import sha256, size
from custseg.workspace.manifest import Manifest, Output, Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from custseg.pipeline.outcomes import Listener
    from custseg.pipeline.stage import Stage
    from custseg.settings import Settings
    from custseg.sources.places import Place
    from custseg.workspace.manifest import Source
    from custseg.workspace.workspace import Workspace

_LARGE_FILE: Final = 1 << 20
_LIBRARIES: Final = ("duckdb", "ibis-framework", "numpy", "pandas", "pyarrow", "scikit-learn")


@dataclass(frozen=True)
class Execution:
    """Executes stages in one workspace, which the caller holds; fresh or not is no matter here."""

    workspace: Workspace
    settings: Settings
    options: Mapping[str, Any]
    """What of the settings was given on the command line, by dotted key: it is recorded."""
    listener: Listener | None

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
            What `download` reads.
        more_follow
            Other stages run after this one.

        Raises
        ------
        CustsegError
            The stage failed; what it would have replaced is as it was.
        """
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
                result, source = self._download(source, manifest, files, more_follow=more_follow)
                digests = {"source": source.sha256} | joined_files(self.settings.source)
            else:
                there = stage.inputs(thorough=thorough)
                digests = {
                    name: manifest.stages[WRITERS[name].name].outputs[name].sha256 for name in there
                } | self._staleness.read_before(stage, manifest)
                more |= self._earlier(stage, found)
                given: dict[str, Any] = dict.fromkeys((*stage.side_reads, *stage.side_uses))
                given |= {name: self._input(stage, name) for name in there} | facts
                if stage.gathers:
                    given = {"results": load(stage.gathers)(**given)}
                result = stage.load()(**given, settings=section, **more)
            outputs = self._write(stage, result)
        used = self._staleness.settings_used(stage, {})
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

    def _download(
        self, source: Source, manifest: Manifest, files: ExitStack, *, more_follow: bool
    ) -> tuple[Any, Source]:
        scratch = files.enter_context(self.workspace.unpacking())
        places, source = self._located(source, manifest, scratch)
        large = isinstance(places, str) or (
            sum(place.path.stat().st_size for place in places) > _LARGE_FILE
        )
        if more_follow and large:
            # Reading a workbook leaves a core idle: what later stages need loads meanwhile.
            warm_up = Thread(target=_warm_up)
            warm_up.start()
            files.callback(warm_up.join)
        read = DOWNLOAD.load()(places, scratch, self.settings.source, self.settings.engine)
        return read, source

    def _located(
        self, source: Source, manifest: Manifest, temporary: Path
    ) -> tuple[list[Place] | str, Source]:
        from custseg.sources.locate import locate
        from custseg.sources.places import fingerprints, without_copies

        record = manifest.stages.get(DOWNLOAD.name)
        same = source.same_place(manifest.source)
        known = (
            record is not None
            and same
            and record.settings["demo"] == self._staleness.settings_used(DOWNLOAD, {})["demo"]
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
            from custseg.workspace import storage

            return storage.read(path, ARTIFACTS[artifact])
        from custseg.engine.duckdb import scan

        return scan(self._connection, path, artifact)

    @cached_property
    def _connection(self) -> Any:  # noqa: ANN401
        from custseg.engine.duckdb import connect

        return connect(self.settings.engine, self.workspace.scratch)

    def _write(self, stage: Stage, result: Any) -> dict[str, Output]:  # noqa: ANN401
        """Write all artifacts of a stage; only once all are whole do they replace the old ones."""
        from custseg.workspace import storage

        rows: dict[str, int | None] = {}
        with ExitStack() as files:
            for name in stage.writes:
                data = getattr(result, name) if len(stage.writes) > 1 or stage.finds else result
                path = self.workspace.path(name)
                if ARTIFACTS[name].storage == "folder":
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
    # Whatever is wrong shows where it is needed. Here it can be no more than that the run was
    # stopped, which leaves modules half imported that both threads wanted.
    with suppress(Exception):
        from custseg.engine.duckdb import connect

        connect().raw_sql("select 1")
        for stage in STAGES.values():
            stage.load()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

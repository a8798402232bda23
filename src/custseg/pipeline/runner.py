"""Run stages: only those whose inputs, settings, engine or code changed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from custseg.errors import WorkspaceError
from custseg.pipeline.computing import Computing
from custseg.pipeline.execution import Execution
from custseg.pipeline.outcomes import Finished, Outcome
from custseg.pipeline.rest import Rest
from custseg.pipeline.stages import STAGES, WRITERS, stages_behind, upstream
from custseg.pipeline.staleness import Staleness, drop_outdated_records
from custseg.settings.loading import with_options
from custseg.sources.notes import notes
from custseg.words.figures import listed
from custseg.workspace.snapshot import HELD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from custseg.pipeline.outcomes import Listener
    from custseg.pipeline.stage import Stage
    from custseg.settings import Settings
    from custseg.workspace.manifest import Manifest, Source
    from custseg.workspace.workspace import Workspace

_FIRST_ANSWER: Final = "profile"
"""The stage after which the segments can be shown."""


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
    check
        Called before each step; what it raises ends the run there.
    """

    workspace: Workspace
    settings: Settings
    options: Mapping[str, Any] = field(default_factory=dict)
    listener: Listener | None = None
    check: Callable[[], None] = lambda: None
    first_answer: Callable[[], None] = lambda: None
    """Called by a run of everything once the segments are known and described."""
    outcomes: list[Outcome] = field(default_factory=list, init=False)
    """What became of each stage so far, also where a later one fails."""

    @property
    def staleness(self) -> Staleness:
        """What has to run."""
        return Staleness(self.workspace, self.settings, self.options)

    @cached_property
    def execution(self) -> Execution:
        """What executes the stages that this run's own settings hold for."""
        return Execution(
            self.workspace, self.settings, self.options, self.listener, self._computing
        )

    @cached_property
    def _computing(self) -> Computing:
        return Computing(self.workspace, self.settings.engine)

    def run_all(self, source: Source, *, force: bool = False) -> Finished:
        """Run every stage that is not fresh, in order, and publish a snapshot of what they found.

        Raises
        ------
        WorkspaceError
            While this run waited, another made the workspace from another source.
        CustsegError
            A stage failed; what it would have replaced is as it was.
        """
        made_from = self.workspace.manifest().source
        with self._writing("run-all"):
            self._require_source(source, made_from)
            before = self.workspace.manifest()
            stages = [
                stage
                for stage in STAGES.values()
                if (self.settings.run.thorough or not stage.side)
                and not (stage.lines and self.settings.engine.backend != "duckdb")
            ]
            self._tell_left_out(stages)
            first = [*upstream(STAGES[_FIRST_ANSWER]), STAGES[_FIRST_ANSWER]]
            rest = Rest(
                [stage for stage in stages if stage not in first],
                self.execution,
                self.staleness,
                run_here=lambda stage: self.run_stage(stage, None, force=force),
                ended=partial(self._ended, fresh=False),
                check=self.check,
                done=len(first),
                before=before,
                force=force,
            )
            for stage in first:
                self.run_stage(stage, source, force=force, more_follow=True)
            if not all(outcome.fresh for outcome in self.outcomes):
                self.first_answer()
            rest.run()
            if self.listener:
                self.listener.stop()
            order = list(STAGES)
            self.outcomes.sort(key=lambda outcome: order.index(outcome.stage))
            return self._publish(self.outcomes)

    def _tell_left_out(self, stages: list[Stage]) -> None:
        backend = self.settings.engine.backend
        if backend == "duckdb" or not self.listener:
            return
        names = listed([name for name, stage in STAGES.items() if stage not in stages])
        sentence = f'left out, as [engine] backend = "{backend}" keeps order lines: {names}'
        self.listener.told("run-all", sentence)

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
            needed = stages_behind(HELD)
            self.staleness.require((one for one in needed if one.reads_source), "a snapshot")
            stages = (one for one in needed if not one.reads_source)
            outcomes = [self.run_stage(stage, None, force=False) for stage in stages]
            return self._publish(outcomes, again=True)

    def _publish(self, outcomes: list[Outcome], *, again: bool = False) -> Finished:
        from custseg.pipeline.publishing import publish

        self.check()
        return Finished(outcomes, publish(self.workspace, self.settings, again=again))

    def run(self, name: str, source: Source | None = None, *, force: bool = False) -> Outcome:
        """Run one stage on artifacts that are there, and before it what only prepares for it.

        Options that the workspace's last run was given still hold, unless they are given anew.

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
            if self.staleness.first_stale(preparing := self._preparing(stage)):
                for one in preparing:
                    self.run_stage(one, None, force=False, remembered=self._remembered(one))
            return self.run_stage(stage, source, force=force, remembered=self._remembered(stage))

    @staticmethod
    def _preparing(stage: Stage) -> list[Stage]:
        """The stages that only prepare what a stage reads."""
        writers = dict.fromkeys(WRITERS[artifact].name for artifact in stage.reads)
        return [STAGES[name] for name in writers if STAGES[name].prepares]

    def _remembered(self, stage: Stage) -> dict[str, Any] | None:
        # How a source is read holds while it is the same source, which the command line judges.
        if stage.reads_source:
            return None
        return self.staleness.remembered_options(
            stage, drop_outdated_records(self.workspace.manifest())
        )

    @contextmanager
    def _writing(self, runs: str) -> Iterator[None]:
        """Hold the workspace, once no other run does; the engine is closed before it is let go."""
        waiting = self.listener.waiting if self.listener else None
        timeout = self.settings.run.lock_timeout
        with self.workspace.writing(timeout, runs=runs, waiting=waiting):
            try:
                yield
            finally:
                self._computing.close()

    def _require_inputs(self, stage: Stage) -> None:
        preparing = self._preparing(stage)
        earlier = upstream(stage, thorough=self.settings.run.thorough)
        self.staleness.require((one for one in earlier if one not in preparing), stage.name)

    def _require_source(self, source: Source, made_from: Source | None) -> None:
        """Refuse a source chosen for a workspace that has been made from another one since."""
        now = self.workspace.manifest().source
        if now is None or now.same_place(made_from) or now.same_place(source):
            return
        raise WorkspaceError(
            f"While this run waited, another made the workspace from {now.shown()}, not from "
            f"{source.shown()}.",
            "Run again for the former; pass --replace-source if the latter is meant.",
            in_python="Run again for the former, or choose another workspace.",
        )

    def run_stage(
        self,
        stage: Stage,
        source: Source | None,
        *,
        force: bool,
        more_follow: bool = False,
        remembered: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Run a stage if it is stale.

        Parameters
        ----------
        remembered
            Options of earlier runs that hold; None where the run goes by its own only.
        """
        self.check()
        manifest = drop_outdated_records(self.workspace.manifest())
        clock = time.perf_counter()
        if self.listener:
            self.listener.stage_started(stage.name)
        before, ran = manifest.facts(), force
        ran |= bool(
            self.staleness.stale_because(stage, manifest, source, remembered=remembered is not None)
        )
        if ran:
            execution = self.execution
            if remembered:
                execution = replace(
                    execution,
                    settings=with_options(self.settings, remembered),
                    options={**remembered, **self.options},
                )
            manifest = execution.execute(stage, manifest, source, more_follow=more_follow)
            self.workspace.save_manifest(manifest)
        told: tuple[str, ...] = ()
        if ran and stage.reads_source:
            told = notes(manifest.source, manifest.stages[stage.name].facts, before)
        seconds = time.perf_counter() - clock
        return self._ended(stage, manifest, seconds, fresh=not ran, told=told)

    def _ended(
        self,
        stage: Stage,
        manifest: Manifest,
        seconds: float,
        *,
        fresh: bool,
        told: tuple[str, ...] = (),
    ) -> Outcome:
        """Remember and tell what became of a stage."""
        rows = {name: out.rows for name, out in manifest.stages[stage.name].outputs.items()}
        if "charts" in rows and not fresh and self.settings.report.pictures_missing():
            told = (*told, "charts/ is left empty: drawing its files needs custseg[charts]")
        outcome = Outcome(stage.name, fresh, seconds, rows, told)
        self.outcomes.append(outcome)
        if self.listener:
            self.listener.stage_ended(outcome)
        return outcome

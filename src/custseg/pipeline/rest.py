"""What run-all does once the segments are shown: studies and report, side by side where it pays."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from custseg.artifacts import ARTIFACTS
from custseg.engine.processes import ending_on_failure
from custseg.pipeline.computing import Computing
from custseg.pipeline.execution import Execution, recorded
from custseg.pipeline.lanes import lanes, of_a_lane, ready
from custseg.pipeline.staleness import drop_outdated_records
from custseg.workspace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

    from custseg.pipeline.stage import Stage
    from custseg.pipeline.staleness import Staleness
    from custseg.workspace.manifest import Manifest, Record

    _Timed = tuple[Record, float]

_LOOK: Final = 0.5
"""Seconds after which the run looks whether a signal has stopped it, and tells how far it is."""


@dataclass
class Rest:
    """The stages after the first answer, each as soon as what it needs is there.

    Those that run side by side leave what they make where unfinished files are. This process alone
    puts it in place and saves the manifest, one stage at a time: a run that is killed leaves what
    one that goes stage by stage would leave.

    Parameters
    ----------
    stages
        What is to run, in order.
    execution
        What executes them.
    staleness
        Which of them have to run.
    run_here
        Runs a stage in this process, if it is stale.
    ended
        Told of a stage that another process has run, and the seconds it took.
    check
        Called before each step; what it raises ends the run there.
    done
        How many stages have run before.
    before
        The manifest of the run before, whose times tell how long it may take.
    force
        Run also what is fresh.
    """

    stages: list[Stage]
    execution: Execution
    staleness: Staleness
    run_here: Callable[[Stage], object]
    ended: Callable[[Stage, Manifest, float], object]
    check: Callable[[], None]
    done: int
    before: Manifest
    force: bool
    _waiting: list[Stage] = field(init=False)
    _running: dict[Future[_Timed], tuple[Stage, float]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._waiting = list(self.stages)

    def run(self) -> None:
        """Run them all.

        Raises
        ------
        CustsegError
            One failed; what it would have replaced is as it was.
        """
        count = lanes(self.execution.settings, self._manifest)
        if count == 1:
            while self._waiting:
                self._run_here(self._waiting[0])
            return
        self._tell()
        with ending_on_failure(count) as pool:
            while self._waiting or self._running:
                self.check()
                self._hand_out(pool, count)
                if self._running:
                    self._tell()
                    finished, _ = wait(self._running, _LOOK, FIRST_COMPLETED)
                    for future in finished:
                        self._place(future)

    def _hand_out(self, pool: Executor, count: int) -> None:
        """Begin what can begin now; a stage with nothing beside it needs no other process."""
        runnable = self._ready()
        while runnable and len(self._running) < count:
            stage = runnable[0]
            if not self._is_stale(stage) or (
                not self._running and (len(runnable) == 1 or _makes_a_folder(stage))
            ):
                self._run_here(stage)
            else:
                self._waiting.remove(stage)
                self._tell_start(stage)
                self._begin(stage, pool, count)
            runnable = self._ready()

    def _ready(self) -> list[Stage]:
        running = [stage for stage, _ in self._running.values()]
        found = ready(self._waiting, [*self._waiting, *running])
        return [stage for stage in found if not (self._running and _makes_a_folder(stage))]

    def _is_stale(self, stage: Stage) -> bool:
        return self.force or bool(self.staleness.stale_because(stage, self._manifest))

    def _run_here(self, stage: Stage) -> None:
        self._waiting.remove(stage)
        self._tell(stage)
        self.run_here(stage)

    def _begin(self, stage: Stage, pool: Executor, count: int) -> None:
        """Have a worker process run a stage."""
        execution = self.execution
        # The process may have been started elsewhere.
        workspace = Workspace(execution.workspace.root.absolute())
        own = of_a_lane(execution.settings, count)
        aside = Execution(
            workspace,
            own,
            execution.options,
            None,
            Computing(workspace, own.engine),
        )
        future = pool.submit(_timed, aside, stage, self._manifest)
        self._running[future] = stage, time.perf_counter()

    def _place(self, future: Future[_Timed]) -> None:
        """Put in place what a stage has made."""
        stage, _ = self._running.pop(future)
        record, seconds = future.result()
        self.execution.place(stage)
        manifest = recorded(self._manifest, stage, record)
        self.execution.workspace.save_manifest(manifest)
        self.ended(stage, manifest, seconds)

    @property
    def _manifest(self) -> Manifest:
        return drop_outdated_records(self.execution.workspace.manifest())

    def _tell_start(self, stage: Stage) -> None:
        if self.execution.listener:
            self.execution.listener.stage_started(stage.name)

    def _tell(self, here: Stage | None = None) -> None:
        if self.execution.listener is None:
            return
        running = [here] if here else [stage for stage, _ in self._running.values()]
        left = [stage for stage in self._waiting if stage not in running]
        whole = self.done + len(self.stages)
        self.execution.listener.remaining(
            whole - len(left) - len(running),
            whole,
            [stage.name for stage in running],
            self._seconds_left(left),
        )

    def _seconds_left(self, left: list[Stage]) -> float | None:
        """About how long it will take, by how long it took before; None where that is unknown."""
        times = self._times
        running = list(self._running.values())
        if times is None or any(stage.name not in times for stage in left):
            return None
        now = time.perf_counter()
        seconds = sum(times[stage.name] for stage in left)
        seconds += sum(
            max(times.get(stage.name, 0.0) - (now - since), 0.0) for stage, since in running
        )
        return seconds / max(len(running), 1)

    @cached_property
    def _times(self) -> dict[str, float] | None:
        """Seconds that each stage took before, for as many rows as there are now."""
        old = self.before.stages
        if "download" not in old:
            return None
        rows = self._manifest.stages["download"].outputs["raw"].rows or 0
        per_row = rows / max(old["download"].outputs["raw"].rows or 0, 1)
        return {name: _took(record) * per_row for name, record in old.items()}


def _timed(execution: Execution, stage: Stage, manifest: Manifest) -> _Timed:
    """Run a stage aside: what is done in a worker process."""
    began = time.perf_counter()
    return execution.prepare(stage, manifest), time.perf_counter() - began


def _took(record: Record) -> float:
    ends = [datetime.fromisoformat(when) for when in (record.started, record.finished) if when]
    return (ends[1] - ends[0]).total_seconds() if len(ends) > 1 else 0.0


def _makes_a_folder(stage: Stage) -> bool:
    """Whether it writes a folder, whose files take their places together."""
    return any(ARTIFACTS[name].storage == "folder" for name in stage.writes)

"""A run's progress on stderr: a live display on a terminal, a line per stage elsewhere, or JSON."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from custseg.cli.log import JsonProgress, write_line
from custseg.pipeline.stages import STAGES
from custseg.words.figures import counted, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import Progress

    from custseg.pipeline.outcomes import Listener, Outcome

_MEGABYTE = 1e6


def listener(log_format: str = "text") -> Listener:
    """Return the display that fits stderr, or the one that writes JSON."""
    if log_format == "json":
        return JsonProgress()
    return LiveProgress() if sys.stderr.isatty() else PlainProgress()


def describe(outcome: Outcome) -> str:
    """Say in a line what became of a stage."""
    if outcome.fresh:
        return f"{outcome.stage}: fresh"
    rows = {name: _Rows(n or 0) for name, n in outcome.rows.items()}
    said = STAGES[outcome.stage].says.format(**rows)
    return f"{outcome.stage}: {said} ({outcome.seconds:.1f} s)"


class _Rows(int):
    """How many rows there are; as `{rows:one|many}` with the word for them."""

    def __format__(self, words: str) -> str:
        one, _, many = words.partition("|")
        return counted(int(self), one, many) if words else f"{int(self):,}"


def how_far(done: int, of: int, running: Sequence[str], seconds: float | None) -> str:
    """Say in a line how far a run is: "17 of 21 · backtest · about 12 s left"."""
    parts = [f"{done} of {of}", ", ".join(running)]
    if seconds is not None and seconds >= 1:
        parts.append(f"about {seconds:.0f} s left")
    return " · ".join(part for part in parts if part)


class PlainProgress:
    """A line per stage.

    Parameters
    ----------
    after
        Seconds for which nothing is written; what would have been follows then, if the run goes on.
    """

    total: float = 0

    def __init__(self, after: float = 0) -> None:
        self._silent_until = time.monotonic() + after
        self._held: list[str] = []

    def stage_started(self, stage: str) -> None:
        """Say nothing: the line follows when it ends."""

    def stage_ended(self, outcome: Outcome) -> None:
        """Write the stage's line."""
        self._write("\n  ".join((describe(outcome), *map(printable, outcome.notes))))

    def update(self, amount: int) -> None:
        """Say nothing of single bytes."""

    def reset(self) -> None:
        """Say nothing of single bytes."""

    def close(self) -> None:
        """Say nothing of single bytes."""

    def advance(self, done: int, of: int) -> None:
        """Say nothing of single pieces of work."""

    def told(self, stage: str, sentence: str) -> None:
        """Write what a stage works on, before its own line."""
        self._write(f"{stage}: {printable(sentence)}")

    def remaining(self, done: int, of: int, running: Sequence[str], seconds: float | None) -> None:
        """Say nothing: each stage has its line."""

    def waiting(self, holder: str) -> None:
        """Write whose end is waited for."""
        self._write(f"Waits for {printable(holder)} to end.")

    def stop(self) -> None:
        """Do nothing: no line is unfinished."""

    def _write(self, line: str) -> None:
        self._held.append(line)
        if time.monotonic() >= self._silent_until:
            write_line("\n".join(self._held))
            self._held.clear()


class LiveProgress:
    """A spinner for the stage under way, with bytes and speed while a file is downloaded.

    Once the segments are known, a single one for all the rest.
    """

    def __init__(self) -> None:
        self.total: float = 0
        self._progress: Progress | None = None
        self._stage = ""
        self._done = 0
        self._since = 0.0
        self._remaining = False

    def stage_started(self, stage: str) -> None:
        """Start the stage's spinner."""
        if not self._remaining:
            self._stage = stage
            self._start(stage)

    def _start(self, shown: str) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._progress.add_task(shown)
        self._progress.start()

    def stage_ended(self, outcome: Outcome) -> None:
        """Replace the spinner by the stage's line."""
        if self._remaining:
            return
        assert self._progress is not None
        self._progress.stop()
        self._progress.console.print(
            ("· " if outcome.fresh else "✓ ") + describe(outcome), highlight=False
        )
        for note in outcome.notes:
            self._progress.console.print(f"  {printable(note)}", highlight=False, markup=False)
        self._progress = None

    def remaining(self, done: int, of: int, running: Sequence[str], seconds: float | None) -> None:
        """Show how far the rest of the run is, in one line for all of its stages."""
        self._stage = how_far(done, of, running, seconds)
        if not self._remaining:
            self._remaining = True
            self._start(self._stage)
        self.close()

    def update(self, amount: int) -> None:
        """Show how much of a file has come, and how fast."""
        self._done += amount
        if self._progress is None or self._done > self.total > 0:
            return
        speed = self._done / max(time.perf_counter() - self._since, 1e-3)
        of = f" of {self.total / _MEGABYTE:.1f}" if self.total else ""
        self._progress.update(
            self._progress.task_ids[0],
            description=f"{self._stage}: {self._done / _MEGABYTE:.1f}{of} MB, "
            f"{speed / _MEGABYTE:.1f} MB/s",
        )

    def reset(self) -> None:
        """Count the bytes of a transfer from its start."""
        self._done = 0
        self._since = time.perf_counter()

    def advance(self, done: int, of: int) -> None:
        """Show how much of the stage's work is done."""
        if self._progress is not None:
            self._progress.update(
                self._progress.task_ids[0], description=f"{self._stage}: {done} of {of}"
            )

    def close(self) -> None:
        """Go back to the stage's name."""
        if self._progress is not None:
            self._progress.update(self._progress.task_ids[0], description=self._stage)

    def told(self, stage: str, sentence: str) -> None:
        """Write what a stage works on, above its spinner."""
        from rich.padding import Padding
        from rich.text import Text

        assert self._progress is not None
        told = Text(f"{stage}: {printable(sentence)}")
        self._progress.console.print(Padding(told, (0, 0, 0, 2)))

    def waiting(self, holder: str) -> None:
        """Write whose end is waited for."""
        write_line(f"Waits for {printable(holder)} to end.")

    def stop(self) -> None:
        """Take the spinner away, and give the terminal its cursor back."""
        if self._progress is not None:
            self._progress.stop()
            if self._remaining:
                # The end of the run follows the first segments.
                self._progress.console.print()
            self._progress = None

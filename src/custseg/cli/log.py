"""What is told on stderr, line by line; for machines, each line is a JSON object."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.pipeline.outcomes import Outcome

    Level = Literal["info", "warning", "error"]


def silence(stream: TextIO) -> None:
    """Write no more to a stream; what could not be written is not tried again, now or at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write_line(text: str) -> None:
    """Write a line to stderr. Where nobody reads it any more, the run goes on without."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        silence(sys.stderr)


def log(level: Level, event: str, **fields: object) -> None:
    """Write a line: when (UTC), how grave, what, and what there is to say of it."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    # Cron's stderr may know ASCII only, and would spell other letters in a way that is no JSON.
    write_line(
        json.dumps({"time": now, "level": level, "event": event} | fields, ensure_ascii=True)
    )


class JsonProgress:
    """A line when a stage starts, one when it ends, and one for each of its notes."""

    total: float = 0

    def stage_started(self, stage: str) -> None:
        """Tell that a stage begins."""
        log("info", "stage_started", stage=stage)

    def stage_ended(self, outcome: Outcome) -> None:
        """Tell what became of a stage."""
        log(
            "info",
            "stage_ended",
            stage=outcome.stage,
            fresh=outcome.fresh,
            seconds=round(outcome.seconds, 3),
            rows=outcome.rows,
        )
        for note in outcome.notes:
            log("info", "note", stage=outcome.stage, message=note)

    def told(self, stage: str, sentence: str) -> None:
        """Tell what a stage works on."""
        log("info", "note", stage=stage, message=sentence)

    def remaining(self, done: int, of: int, running: Sequence[str], seconds: float | None) -> None:
        """Say nothing: each stage has its lines."""

    def waiting(self, holder: str) -> None:
        """Tell whose end is waited for."""
        log("info", "waiting", message=f"Waits for {holder} to end.")

    def update(self, amount: int) -> None:
        """Say nothing of single bytes."""

    def reset(self) -> None:
        """Say nothing of single bytes."""

    def close(self) -> None:
        """Say nothing of single bytes."""

    def advance(self, done: int, of: int) -> None:
        """Say nothing of single pieces of work."""

    def stop(self) -> None:
        """Say nothing: the command's own line follows."""

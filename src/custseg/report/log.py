"""A run's progress and errors as JSON: one object per line of stderr, for machines to read."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from custseg.outcomes import Outcome

    Level = Literal["info", "warning", "error"]


def log(level: Level, event: str, **fields: object) -> None:
    """Write a line: when (UTC), how grave, what, and what there is to say of it."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    # Cron's stderr may know ASCII only, and would spell other letters in a way that is no JSON.
    line = json.dumps({"time": now, "level": level, "event": event} | fields, ensure_ascii=True)
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


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

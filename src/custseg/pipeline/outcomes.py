"""How a run goes and what becomes of it: what whoever watches or started it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custseg.pipeline.publishing import Published


class Listener(Protocol):
    """Told of a run as it goes on: the progress display, or nobody."""

    total: float

    def stage_started(self, stage: str) -> None:
        """A stage begins."""

    def stage_ended(self, outcome: Outcome) -> None:
        """A stage has run, or was found fresh."""

    def update(self, amount: int) -> None:
        """So many bytes more of a transfer have come."""

    def reset(self) -> None:
        """A transfer starts (again)."""

    def close(self) -> None:
        """A transfer is over."""

    def advance(self, done: int, of: int) -> None:
        """So many pieces of a stage's work are done, of so many."""

    def told(self, stage: str, sentence: str) -> None:
        """A stage tells what it works on."""

    def remaining(self, done: int, of: int, running: Sequence[str], seconds: float | None) -> None:
        """The segments are known and the rest goes on: so many stages are done, these run now.

        `seconds` is about how long it will take; None where nothing tells.
        """

    def waiting(self, holder: str) -> None:
        """Another run, told here which, holds the workspace and is waited for."""

    def stop(self) -> None:
        """The run is over, perhaps in the middle of a stage."""


@dataclass(frozen=True)
class Outcome:
    """What became of one stage in a run."""

    stage: str
    fresh: bool
    """It had nothing to do."""
    seconds: float
    rows: dict[str, int | None] = field(default_factory=dict)
    """Rows of each artifact that it writes."""
    notes: tuple[str, ...] = ()
    """What else whoever started it should see."""


@dataclass(frozen=True)
class Finished:
    """A run of every stage."""

    outcomes: list[Outcome]
    published: Published

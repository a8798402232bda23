"""Make snapshots anew, in the order of their dates, so that history is one chain again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from custseg.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from custseg.pipeline.outcomes import Finished
    from custseg.pipeline.runner import Runner
    from custseg.workspace.history import History
    from custseg.workspace.snapshot import Snapshot


def rebuild(
    history: History, runner: Callable[[Mapping[str, Any]], Runner], *, everything: bool = False
) -> Iterator[tuple[str, Finished]]:
    """Run again the snapshots that are superseded or damaged, each on those before it.

    Parameters
    ----------
    runner
        Gives the runner of a run with these options, by dotted key.
    everything
        Run all of them again: orders of their months may have come late, or settings changed.

    Yields
    ------
    tuple of str and Finished
        The as-of date, and what became of it.

    Raises
    ------
    WorkspaceError
        The oldest is damaged, and what it started from is no longer kept.
    CustsegError
        A run failed; the snapshots up to it are made, the others as they were.
    """
    made: set[str] = set()
    # Looked up anew each time: between two of these runs others may publish and remove.
    while one := _next_to_rebuild(history, made, everything=everything):
        made.add(one.as_of)
        yield one.as_of, runner(one.options | {"clean.as_of": one.as_of}).run_snapshot()


def _next_to_rebuild(history: History, made: set[str], *, everything: bool) -> Snapshot | None:
    """The first that has to run again; None where none is left."""
    states = history.states()
    for place, one in enumerate(history.snapshots()):
        state = states.get(one.as_of, "current")
        if place == 0 and one.before is not None:
            if state == "damaged":
                raise WorkspaceError(
                    f"{one.folder}: damaged, and the snapshot of {one.before.as_of} that it "
                    "started from is no longer kept.",
                    "Put it back from a backup, or move the folder history away and start anew.",
                )
            continue
        if one.as_of not in made and (everything or state != "current"):
            return one
    return None

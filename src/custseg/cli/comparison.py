"""The command that compares two published snapshots."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (Typer reads the annotation at run time)
from typing import Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command


@app.command()
@command
def compare(
    run: Invocation,
    old: Annotated[
        datetime | None,
        typer.Argument(
            formats=["%Y-%m-%d"],
            help="As-of date of a snapshot; default: the one that NEW started from.",
            show_default=False,
        ),
    ] = None,
    new: Annotated[
        datetime | None,
        typer.Argument(
            formats=["%Y-%m-%d"],
            help="As-of date of a later one; default: the latest.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show who changed segment between two snapshots, and why.

    Example: custseg compare 2011-11-01 2011-12-01
    """
    from custseg.report.summary.silence import withheld_segments
    from custseg.report.tables.movement import facts, tables
    from custseg.segments.movement.disclosed import disclosed
    from custseg.segments.movement.snapshots import choose, side_by_side

    earlier, later = (day.date().isoformat() if day else None for day in (old, new))
    found = side_by_side(*choose(run.workspace.history, earlier, later))
    least = run.settings().privacy.smallest_group
    sizes = {one.segment: one.customers.now or 0 for one in found.movement.segments}
    moved = disclosed(found.movement, found.flows, least, withheld=withheld_segments(sizes, least))
    run.print([] if run.json else tables(moved), facts(moved))

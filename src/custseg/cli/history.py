"""Commands about published snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.cli.running import override_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custseg.pipeline.runner import Runner


@app.command()
@command
def history(
    run: Invocation,
    rebuild: Annotated[  # noqa: FBT002  (Typer flags)
        bool,
        typer.Option("--rebuild", help="Rebuild superseded and damaged snapshots, in order."),
    ] = False,
    everything: Annotated[  # noqa: FBT002
        bool, typer.Option("--all", help="With --rebuild: rebuild all of them.")
    ] = False,
) -> None:
    """List the published snapshots, and whether each follows from the one before it.

    Example: custseg history --rebuild
    """
    if everything and not rebuild:
        raise typer.BadParameter("goes with --rebuild", param_hint="--all")
    from custseg.report.tables.history import history as view

    rebuilt: list[str] = []
    if rebuild:
        from custseg.pipeline.rebuilding import rebuild as make_anew

        override_source(run, None, None, None, None)
        own = dict(run.options)
        stood = run.workspace.manifest().facts().get("as_of")

        def runner(options: Mapping[str, Any]) -> Runner:
            run.options.clear()
            run.options.update({**own, **options})
            return run.runner()

        for as_of, _ in make_anew(run.workspace.history, runner, everything=everything):
            rebuilt.append(as_of)
            run.note(f"{as_of}: made anew")
        if rebuilt:
            other = f", no more of {stood}" if rebuilt[-1] != stood else ""
            run.note(
                f"The workspace holds what was found as of {rebuilt[-1]} now{other}: custseg "
                "run-all makes the report of the latest orders."
            )
    run.print([view(run.workspace.history)], {"rebuilt": rebuilt} if rebuild else {})

"""Commands about what people open."""

from __future__ import annotations

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.cli.running import ForceOption, OpenOption, run_stage, show_page


@app.command()
@command
def summarise(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002  (Typer flags)
    """Sum up what a run found; the report is made from it.

    Example: custseg summarise --json
    """
    run_stage(run, "summarise", force=force)


@app.command()
@command
def report(
    run: Invocation,
    open_page: OpenOption = False,  # noqa: FBT002
    force: ForceOption = False,  # noqa: FBT002
) -> None:
    """Write the report: a page, a workbook, and every chart as a picture.

    The page is a single file that makes no request; forward it as it is.

    Example: custseg report --open
    """
    run_stage(run, "report", force=force)
    if open_page:
        show_page(run)

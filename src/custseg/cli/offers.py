"""One command per stage about products and plans."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (Typer reads the annotation at run time)
from typing import Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.cli.running import DatesOption, ForceOption, override_dates, run_stage
from custseg.errors import DataError


@app.command()
@command
def recommend(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002  (Typer flags)
    """List products for each customer: what to buy again, and what is new for them.

    Example: custseg recommend
    """
    run_stage(run, "recommend", force=force)


@app.command()
@command
def backtest(
    run: Invocation,
    dates: DatesOption = None,
    chart: Annotated[
        Path | None,
        typer.Option("--chart", help="Also draw the result into this file (.svg, .png or .html)."),
    ] = None,
    force: ForceOption = False,  # noqa: FBT002
) -> None:
    """Make the product lists as of past dates, and compare with what customers bought next.

    Best-sellers of the shop and of each segment are compared too, with standard errors.

    Example: custseg backtest --date 2011-06-10 --date 2011-09-10
    """
    override_dates(run, "backtest", dates)
    run_stage(run, "backtest", force=force)
    if chart:
        from custseg.report.charts.backtest import draw_lists
        from custseg.report.charts.drawing import save
        from custseg.report.summary.assembly import list_tests

        drawing = draw_lists(list_tests(run.workspace.rows("backtest")))
        if drawing is None:
            raise DataError(
                "Nothing to draw: the back-test is empty.", "custseg backtest says why."
            )
        save(drawing, chart)


@app.command()
@command
def shelves(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Choose each segment's products: best-sellers, and what it buys more than others do.

    Example: custseg shelves
    """
    run_stage(run, "shelves", force=force)


@app.command()
@command
def inventory(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Forecast how many units each segment needs of its shelf in the next 30 days.

    It also shows how far off the same forecast was at past dates.

    Example: custseg inventory
    """
    run_stage(run, "inventory", force=force)


@app.command()
@command
def bundles(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Find the products that are ordered together more often than by chance, for bundle offers.

    It also shows how the bundles found 90 days ago have held up since.

    Example: custseg bundles
    """
    run_stage(run, "bundles", force=force)


@app.command()
@command
def playbook(
    run: Invocation,
    write: Annotated[  # noqa: FBT002
        bool,
        typer.Option("--write", help="Write a playbook.toml for your own texts."),
    ] = False,
    force: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--force", help="Run even if nothing has changed; with --write: replace playbook.toml."
        ),
    ] = False,
) -> None:
    """Draw up a plan for each segment, from its own figures.

    Override plan texts in a playbook.toml beside custseg.toml.

    Example: custseg playbook --write
    """
    from custseg.cli.files import refuse_to_replace, write_file
    from custseg.offers.playbook.own_texts import starting_point
    from custseg.settings.loading import playbook_path

    path = playbook_path(run.config)
    if write:
        refuse_to_replace(path, force=force)
    run_stage(run, "playbook", force=force)
    if write:
        write_file(path, starting_point(run.workspace.rows("plans")))
        run.note(f"Wrote {path}")

"""Commands about the whole: run everything, tell its state, start a settings file."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import USUAL_FOLDER, Invocation, command
from custseg.cli.mapping import ColumnOption, override_columns
from custseg.cli.notifying import notifying
from custseg.cli.running import (
    AsOfOption,
    BadRowOption,
    ForceOption,
    KOption,
    OpenOption,
    QueryOption,
    ReplaceOption,
    SourceArgument,
    TableOption,
    UrlOption,
    choose_source,
    disclosed,
    override_as_of,
    override_k,
    override_source,
    show_page,
)
from custseg.errors import ConditionError

if TYPE_CHECKING:
    from custseg.pipeline.outcomes import Finished


@app.command()
@command
def run_all(  # noqa: PLR0913, PLR0917  (options, each given by name)
    run: Invocation,
    source: SourceArgument = None,
    url: UrlOption = None,
    column: ColumnOption = None,
    as_of: AsOfOption = None,
    k: KOption = None,
    table: TableOption = None,
    query: QueryOption = None,
    on_bad_row: BadRowOption = None,
    replace_source: ReplaceOption = False,  # noqa: FBT002  (Typer flags)
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on",
            help="End with exit code 9 on drift, small-segment or no-new-orders. Can be "
            "repeated; \\[monthly] fail_on.",
            show_default=False,
        ),
    ] = None,
    quick: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--quick", help="Leave out the side studies; \\[run] thorough = false does so for good."
        ),
    ] = False,
    open_page: OpenOption = False,  # noqa: FBT002
    force: ForceOption = False,  # noqa: FBT002
) -> None:
    """Run every stage, from orders to report, and publish a snapshot; fresh stages are skipped.

    The segments are shown as soon as they are known; studies and report follow.

    Without SOURCE it reads the workspace's own source, else the location in custseg.toml.

    Example: custseg run-all orders.xlsx --as-of 2011-09-10
    """
    with notifying(run) as told:
        override_as_of(run, as_of)
        override_k(run, k)
        if fail_on:
            run.options["monthly.fail_on"] = list(fail_on)
        override_source(run, source, table, query, on_bad_row)
        override_columns(run, column)
        recorded = run.workspace.manifest().source
        chosen = choose_source(run, source, url, recorded, replace=replace_source)
        if quick:
            run.options["run.thorough"] = False
        runner = run.runner(run.settings(remembered=False))
        runner.first_answer = partial(_print_first, run)
        told.outcomes = runner.outcomes
        finished = runner.run_all(chosen, force=force)
        _warn(run)
        published = finished.published
        gone = published.held_back or published.as_of in published.pruned
        told.published = None if gone else published.as_of
        told.conditions = list(published.conditions)
        if open_page:
            show_page(run)
        if not run.quiet or run.json:
            _print_summary(run, finished)
        if warning := published.warning():
            run.warn(warning)
        for note in published.notes():
            run.note(note)
        if published.failed:
            raise ConditionError(
                f"The run was asked to fail on {', '.join(published.failed)}. "
                + " ".join(published.conditions[name] for name in published.failed),
                "No snapshot was published; repeat with --as-of or other settings to publish one."
                if published.held_back
                else "The run is complete and its snapshot published. custseg fit shows the "
                "figures; run again, it meets the same.",
            )


def _print_first(run: Invocation) -> None:
    """Show the segments while the run goes on."""
    if run.json or run.quiet:
        return
    from custseg.report.tables.first import first_segments

    workspace = disclosed(run)
    if not workspace.nothing_told:
        run.print(first_segments(workspace), {})


def _warn(run: Invocation) -> None:
    """Tell what a log must have, which may be all that anybody sees of a run."""
    from custseg.pipeline.source import is_gone

    manifest = run.workspace.manifest()
    if manifest.source and is_gone(manifest.source):
        run.warn(
            f"{manifest.source.shown()}: not there any more; this run is on what was read before."
        )
    if run.log_format() == "json":
        # People find these in the summary.
        facts = manifest.facts()
        for warning in (*facts["cleaning_notes"], *facts["warnings"], facts["names_note"]):
            if warning:
                run.warn(warning)


def _print_summary(run: Invocation, finished: Finished) -> None:
    from custseg.report.tables.stages import VIEWS, ending, summary_facts

    stages = [
        {"stage": o.stage, "fresh": o.fresh, "seconds": round(o.seconds, 3)}
        for o in finished.outcomes
    ]
    published = finished.published
    ended = {
        "status": "failure" if published.failed else "success",
        **summary_facts(run.workspace),
        "published": {
            "as_of": published.as_of,
            "new": published.new,
            "held_back": published.held_back,
        },
        "conditions": published.conditions,
        "stages": stages,
    }
    workspace = disclosed(run)
    run.print(VIEWS["summarise"](workspace) if run.json else ending(workspace, _option(run)), ended)


def _option(run: Invocation) -> str:
    """The option that names the workspace in a command to copy; empty where it is the usual one."""
    return "" if run.folder == USUAL_FOLDER else f"-w {shlex.quote(str(run.folder))}"


@app.command(name="open")
@command
def open_(run: Invocation) -> None:
    """Open the last report in a browser.

    Example: custseg open
    """
    from custseg.errors import WorkspaceError

    page = run.workspace.path("report")
    if not page.is_file():
        raise WorkspaceError(f"{page}: there is no report yet.", "Run: custseg run-all")
    show_page(run)


@app.command()
@command
def status(run: Invocation) -> None:
    """Show which stages are fresh, which have to run, and why.

    Example: custseg status
    """
    from custseg.report.tables.stages import status_table

    states = run.runner().staleness.status()
    manifest = run.workspace.manifest()
    facts = {
        "workspace": str(run.folder),
        "source": manifest.source.location if manifest.source else None,
    } | manifest.facts()
    run.print([status_table(manifest, states)], facts)


@app.command()
@command
def init(
    run: Invocation,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,  # noqa: FBT002
) -> None:
    """Write a custseg.toml with every setting at its default, commented out.

    Only its owner can read it.

    Example: custseg init
    """
    from custseg.cli.files import refuse_to_replace, write_file
    from custseg.settings.loading import CONFIG_NAME, template

    path = run.config or Path(CONFIG_NAME)
    refuse_to_replace(path, force=force)
    write_file(path, template(), private=True)
    if run.json:
        run.print([], {"written": str(path)})
    elif not run.quiet:
        run.say(f"Wrote {path}")

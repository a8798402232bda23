"""What commands that run stages share: their options, and how one stage is run and shown."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from custseg.cli.invocation import Invocation
    from custseg.report.tables.disclosed import Disclosed
    from custseg.report.tables.table import Table
    from custseg.workspace.manifest import Source

SOURCE_HELP = (
    "uci, demo, files, folders or patterns of exports (xlsx, csv, JSON lines, Parquet, SQLite, "
    "DuckDB, also packed), - for standard input, or postgresql://user@host/db"
)
SourceArgument = Annotated[list[str] | None, typer.Argument(help=SOURCE_HELP, show_default=False)]
UrlOption = Annotated[
    str | None, typer.Option("--url", help="Mirror to download the UCI data from.")
]
ReplaceOption = Annotated[
    bool, typer.Option("--replace-source", help="Replace this workspace's data with SOURCE.")
]
BadRowOption = Annotated[
    Literal["stop", "reject"] | None,
    typer.Option(
        "--on-bad-row",
        help="stop: a row that cannot be read ends the run; reject: it is left out and listed.",
        show_default=False,
    ),
]
TableOption = Annotated[
    str | None,
    typer.Option("--table", help="Table or view of a database to read.", show_default=False),
]
QueryOption = Annotated[
    str | None,
    typer.Option("--query", help="SELECT to read from a database.", show_default=False),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Run even if nothing has changed.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="Segment as of this midnight; later orders and returns are ignored.",
        show_default=False,
    ),
]
KOption = Annotated[
    int | None,
    typer.Option(
        "--k",
        min=2,
        help="Number of segments for this run; \\[model] k in custseg.toml sets it for good.",
    ),
]

DatesOption = Annotated[
    list[datetime] | None,
    typer.Option(
        "--date",
        formats=["%Y-%m-%d"],
        help="Past date to test at. Can be repeated.",
        show_default=False,
    ),
]
OpenOption = Annotated[bool, typer.Option("--open", help="Open the page in a browser.")]


def choose_source(
    run: Invocation,
    source: list[str] | None,
    url: str | None,
    recorded: Source | None,
    *,
    replace: bool = False,
) -> Source:
    """Decide which source a command reads, as `custseg.sources.files.locate.choose` does."""
    from custseg.settings.locations import UCI
    from custseg.sources.files.locate import choose

    chosen = choose(source or (), url, recorded, run.settings().source, replace=replace)
    if url and chosen.location != UCI:
        raise typer.BadParameter(f"goes with uci, not with {chosen.location}", param_hint="--url")
    return chosen


def override_as_of(run: Invocation, as_of: datetime | None) -> None:
    """Let an --as-of override the settings."""
    if as_of:
        run.options["clean.as_of"] = as_of.date().isoformat()


def override_source(
    run: Invocation,
    source: list[str] | None,
    table: str | None,
    query: str | None,
    on_bad_row: str | None,
) -> None:
    """Let options that say how a source is read override the settings.

    What was given with the recorded source holds on for as long as that source is meant and
    custseg.toml says nothing else.
    """
    from custseg.sources.files.locate import place

    manifest = run.workspace.manifest()
    record = manifest.stages.get("download")
    recorded = set(manifest.source.locations) if manifest.source else set()
    if record and (not source or recorded <= {place(location) for location in source}):
        settings = run.settings().source
        changed = {f"source.{name}" for name in settings.model_fields_set}
        kept = {key: value for key, value in record.options.items() if key not in changed}
        run.options.update({key: value for key, value in kept.items() if key[:7] == "source."})
    if table or query:
        # Either takes the place of both in custseg.toml.
        run.options.update({"source.table": table, "source.query": query})
    if on_bad_row:
        run.options["source.on_bad_row"] = on_bad_row


def override_k(run: Invocation, k: int | None) -> None:
    """Let a --k override the settings."""
    if k:
        run.options["model.k"] = k


def override_dates(run: Invocation, section: str, dates: list[datetime] | None) -> None:
    """Let --date override the settings."""
    if dates:
        run.options[f"{section}.dates"] = [day.date().isoformat() for day in dates]


def run_stage(
    run: Invocation,
    name: str,
    source: Source | None = None,
    *,
    force: bool,
    also: Callable[[Invocation], list[Table]] | None = None,
) -> None:
    """Run a stage and print what it made: tables for people, or with --json its artifacts."""
    outcome = run.runner().run(name, source, force=force)
    facts: dict[str, Any] = {"stage": name, "fresh": outcome.fresh, "rows": outcome.rows}
    facts |= run.workspace.manifest().stages[name].facts
    if run.quiet and not run.json:
        return
    workspace = disclosed(run)
    if name != "download" and workspace.nothing_told:
        told = {"stage": name, "fresh": outcome.fresh, "withheld": workspace.nothing_told}
        run.print([], told)
        run.note(workspace.nothing_told)
        return
    shown = also(run) if also else []
    if run.json:
        from custseg.cli.contract import artifacts_of
        from custseg.report.tables.movement import shown_movement

        if name == "movement" and (moved := shown_movement(workspace)):
            facts["movement_note"] = moved.sentence
        run.print(shown, facts | artifacts_of(workspace, name))
        return
    from custseg.report.tables.stages import VIEWS

    run.print(VIEWS[name](workspace) + shown, facts)
    if sys.stderr.isatty() and (following := next_stage(name)):
        run.note(f"Next: custseg {following}")


def next_stage(name: str) -> str:
    """Return the first stage after one that reads what it makes, studies aside; empty for none."""
    from custseg.pipeline.stages import STAGES

    made = {*STAGES[name].writes, *STAGES[name].finds}
    later = list(STAGES.values())[list(STAGES).index(name) + 1 :]
    reading = (
        stage.name
        for stage in later
        if not (stage.side or stage.prepares) and made & {*stage.reads, *stage.uses}
    )
    return next(reading, "")


def disclosed(run: Invocation) -> Disclosed:
    """Return the workspace as it may be shown."""
    from custseg.report.tables.disclosed import Disclosed

    return Disclosed(run.folder, run.settings().privacy.smallest_group, run.wording())


def show_page(run: Invocation) -> None:
    """Open the report in the browser of whoever runs this."""
    import webbrowser

    page = run.workspace.path("report").resolve()
    if not webbrowser.open(page.as_uri()):
        run.note(f"No browser was found; the page is {page}")

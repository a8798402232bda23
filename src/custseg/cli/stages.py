"""One command per stage."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.cli.mapping import ColumnOption, override_columns

if TYPE_CHECKING:
    from collections.abc import Callable

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
    bool, typer.Option("--replace-source", help="Make the workspace anew from another SOURCE.")
]
BadRowOption = Annotated[
    Literal["stop", "reject"] | None,
    typer.Option(
        "--on-bad-row",
        help="Whether a row that cannot be read stops the run, or is left out and listed.",
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
        help="Segment as of this midnight; later orders and returns don't exist.",
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
        help="Past date to look back from; can be given several times.",
        show_default=False,
    ),
]


@app.command()
@command
def download(  # noqa: PLR0913, PLR0917  (options, each given by name)
    run: Invocation,
    source: SourceArgument = None,
    url: UrlOption = None,
    column: ColumnOption = None,
    table: TableOption = None,
    query: QueryOption = None,
    on_bad_row: BadRowOption = None,
    replace_source: ReplaceOption = False,  # noqa: FBT002  (Typer flags)
    force: ForceOption = False,  # noqa: FBT002
) -> None:
    """Read the orders into the workspace, in canonical columns and types.

    Only mapped columns are read; names, emails and addresses never enter the workspace.

    Example: custseg download orders.xlsx
    """
    override_source(run, source, table, query, on_bad_row)
    override_columns(run, column)
    recorded = run.workspace.manifest().source
    chosen = choose_source(run, source, url, recorded, replace=replace_source)
    run_stage(run, "download", chosen, force=force)


@app.command()
@command
def clean(run: Invocation, as_of: AsOfOption = None, force: ForceOption = False) -> None:  # noqa: FBT002
    """Separate the order lines that count from those that don't, with a ledger of both.

    Example: custseg clean --as-of 2011-09-10
    """
    override_as_of(run, as_of)
    run_stage(run, "clean", force=force)


@app.command()
@command
def features(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Measure each customer: recency, frequency, monetary value and 22 more.

    Example: custseg features
    """
    run_stage(run, "features", force=force)


@app.command()
@command
def reduce(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Reduce the model's features to principal components, to look at.

    Example: custseg reduce
    """
    run_stage(run, "reduce", force=force)


@app.command()
@command
def select_k(
    run: Invocation,
    k: KOption = None,
    compare: Annotated[  # noqa: FBT002
        bool,
        typer.Option("--compare", help="Set the model beside others with as many segments."),
    ] = False,
    force: ForceOption = False,  # noqa: FBT002
) -> None:
    """Score each number of segments and choose one, with the reason.

    Example: custseg select-k --k 7
    """
    override_k(run, k)
    run_stage(run, "select-k", force=force, also=_comparison if compare else None)


@app.command()
@command
def fit(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Fit the model and put every customer into a named segment.

    Example: custseg fit
    """
    run_stage(run, "fit", force=force)


@app.command()
@command
def groups(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Group the products: by the source's categories, or by their descriptions.

    Example: custseg groups
    """
    run_stage(run, "groups", force=force)


@app.command()
@command
def rules(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Tell the segments apart by rules that a CRM can use, with their fidelity.

    Example: custseg rules
    """
    run_stage(run, "rules", force=force)


@app.command()
@command
def profile(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Describe each segment: size, features, products and their groups, countries, times.

    Example: custseg profile --json
    """
    run_stage(run, "profile", force=force)


@app.command()
@command
def movement(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Tell who moved since the snapshot before, and whether they or the new model did it.

    Example: custseg movement
    """
    run_stage(run, "movement", force=force)


@app.command()
@command
def rfm(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Score recency, frequency and monetary value, and apply the eleven classical RFM rules.

    Example: custseg rfm
    """
    run_stage(run, "rfm", force=force)


@app.command()
@command
def past(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Prepare the past dates that value, validate, backtest and inventory look back from.

    Their own commands do this too where it is needed.

    Example: custseg past
    """
    run_stage(run, "past", force=force)


@app.command()
@command
def value(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Forecast what each customer and segment orders and spends over the next 90 days.

    With the errors that the same forecast made 90 days ago.

    Example: custseg value
    """
    run_stage(run, "value", force=force)


@app.command()
@command
def validate(
    run: Invocation,
    dates: DatesOption = None,
    force: ForceOption = False,  # noqa: FBT002
) -> None:
    """Segment as of past dates, and compare with what customers did next.

    Example: custseg validate --date 2011-06-01 --date 2011-09-10
    """
    override_dates(run, "validation", dates)
    run_stage(run, "validate", force=force)


def choose_source(
    run: Invocation,
    source: list[str] | None,
    url: str | None,
    recorded: Source | None,
    *,
    replace: bool = False,
) -> Source:
    """Decide which source a command reads, as `custseg.sources.locate.choose` does."""
    from custseg.settings.locations import UCI
    from custseg.sources.locate import choose

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
    from custseg.sources.locate import place

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


def _comparison(run: Invocation) -> list[Table]:
    from custseg.engine.base import read_frame
    from custseg.report.tables.model import comparison
    from custseg.segments.model.comparison import compare

    settings = run.settings()
    features = read_frame(run.workspace.path("features"))
    k = run.workspace.manifest().facts()["k"]
    return [comparison(compare(features, k, settings.model, settings.run))]


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
    shown = also(run) if also else []
    if run.json:
        from custseg.cli.contract import artifacts_of

        run.print(shown, facts | artifacts_of(run.workspace, name))
        return
    from custseg.report.tables.stages import VIEWS

    run.print(VIEWS[name](run.workspace) + shown, facts)

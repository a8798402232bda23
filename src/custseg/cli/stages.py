"""A command for each stage from download to validate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.cli.mapping import ColumnOption, override_columns
from custseg.cli.running import (
    AsOfOption,
    BadRowOption,
    DatesOption,
    ForceOption,
    KOption,
    QueryOption,
    ReplaceOption,
    SourceArgument,
    TableOption,
    UrlOption,
    choose_source,
    override_as_of,
    override_dates,
    override_k,
    override_source,
    run_stage,
)

if TYPE_CHECKING:
    from custseg.report.tables.table import Table


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
    """Read the orders into the workspace, with custseg's columns and types.

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
def outlook(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Learn which features predicted the spend of the last days, for one axis of the model.

    select-k and fit run it themselves if needed.

    Example: custseg outlook
    """
    run_stage(run, "outlook", force=force)


@app.command()
@command
def reduce(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Reduce the model's features to principal components, for charts.

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
        typer.Option("--compare", help="Compare the model with others that have as many segments."),
    ] = False,
    force: ForceOption = False,  # noqa: FBT002
) -> None:
    """Choose the number of segments, and say why.

    Example: custseg select-k --k 7
    """
    override_k(run, k)
    run_stage(run, "select-k", force=force, also=_comparison if compare else None)


@app.command()
@command
def criteria(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Score each number of segments by every criterion, even those that take many refits.

    Example: custseg criteria
    """
    run_stage(run, "criteria", force=force)


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
    """Describe the segments by rules that a CRM can use, and say how well the rules fit.

    Example: custseg rules
    """
    run_stage(run, "rules", force=force)


@app.command()
@command
def profile(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Describe each segment: size, revenue, features, countries.

    Example: custseg profile --json
    """
    run_stage(run, "profile", force=force)


@app.command()
@command
def habits(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Show what each segment buys, and when: products and their groups, weekdays, hours, months.

    Example: custseg habits
    """
    run_stage(run, "habits", force=force)


@app.command()
@command
def movement(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Show who changed segment since the previous snapshot, and why.

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
def customers(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Put what is known of each customer into one wide row: customers.parquet.

    Segment, margin, what to expect, RFM scores and features: the file to open in a notebook, Power
    BI, Tableau or DuckDB.

    Example: custseg customers
    """
    run_stage(run, "customers", force=force)


@app.command()
@command
def past(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Prepare the past dates at which value, validate, backtest and inventory are tested.

    Those commands run it themselves if needed.

    Example: custseg past
    """
    run_stage(run, "past", force=force)


@app.command()
@command
def value(run: Invocation, force: ForceOption = False) -> None:  # noqa: FBT002
    """Forecast what each customer and segment orders and spends over the next 90 days.

    It also shows how far off the same forecast was 90 days ago.

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
    """Segment as of past dates, and compare with what the customers did next.

    Example: custseg validate --date 2011-06-01 --date 2011-09-10
    """
    override_dates(run, "validation", dates)
    run_stage(run, "validate", force=force)


def _comparison(run: Invocation) -> list[Table]:
    from custseg.engine.parquet import read_frame
    from custseg.report.tables.model import comparison
    from custseg.segments.model.comparison import compare

    k = run.workspace.manifest().facts()["k"]
    if k == 1:
        run.note("Not compared: all customers are in one segment.")
        return []
    settings = run.settings()
    features, axis = (read_frame(run.workspace.path(name)) for name in ("features", "outlook_axis"))
    compared = compare(features, k, settings.model, settings.run, outlook_axis=axis)
    return [comparison(compared)]

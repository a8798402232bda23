"""Commands about single customers and about customers of other sources."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (Typer reads the annotations at run time)
from pathlib import Path  # noqa: TC003
from typing import Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.cli.mapping import ColumnOption, override_columns
from custseg.cli.running import (
    SOURCE_HELP,
    AsOfOption,
    BadRowOption,
    QueryOption,
    TableOption,
    UrlOption,
    choose_source,
    override_as_of,
    override_source,
)


@app.command()
@command
def explain(
    run: Invocation,
    customer: Annotated[
        list[str],
        typer.Argument(
            metavar="CUSTOMER",
            help="The customer as the orders name them; - reads the name from standard input.",
            show_default=False,
        ),
    ],
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            help="Snapshot to explain; default: the latest.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say why a customer is in their segment and not in the next, and what changed.

    Only published snapshots are read, and the customer's id is not printed.

    Example: custseg explain 12347
    """
    from custseg.report.tables.customers import explanation, explanation_facts
    from custseg.segments.customers.explanation import explain_customer
    from custseg.segments.customers.published import find_customer, published, read_month

    settings = run.settings()
    snapshot = published(run.workspace, as_of.date().isoformat() if as_of else None)
    month = read_month(snapshot, settings.segments)
    before = run.workspace.history.started_from(snapshot)
    if before is None and (earlier := run.workspace.history.before(snapshot.as_of)):
        run.note(
            f"What changed cannot be told: the snapshot of {snapshot.as_of} did not start from "
            f"that of {earlier.as_of} as it is now. custseg history --rebuild makes it anew."
        )
    found = find_customer(month, _typed(customer), run.workspace.manifest().facts())
    told = explain_customer(
        found, month, read_month(before, settings.segments) if before else None, settings.segments
    )
    currency = run.currency()
    run.print(explanation(told, currency), explanation_facts(told, currency))


def _typed(words: list[str]) -> str:
    """The customer as typed; a name need not be quoted, and nothing of it is an argument amiss."""
    if words != ["-"]:
        return " ".join(words)
    # In another encoding it is nobody's name, and no reason to end in an error that may quote it.
    return typer.get_binary_stream("stdin").readline().decode(errors="replace")


@app.command()
@command
def score(  # noqa: PLR0913, PLR0917  (options, each given by name)
    run: Invocation,
    source: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help=SOURCE_HELP, show_default=False)
    ],
    url: UrlOption = None,
    column: ColumnOption = None,
    as_of: AsOfOption = None,
    table: TableOption = None,
    query: QueryOption = None,
    on_bad_row: BadRowOption = None,
    snapshot: Annotated[
        datetime | None,
        typer.Option(
            "--snapshot",
            formats=["%Y-%m-%d"],
            help="Snapshot whose model is used; default: the latest.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="File to write (csv, xlsx or parquet); default: one in the workspace's exports "
            "folder.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,  # noqa: FBT002  (Typer flags)
) -> None:
    """Put the customers of any source into the segments of a published model, without a new fit.

    Customers unlike any that the model was fitted on are marked, with the reason.

    Example: custseg score november.csv --as-of 2011-12-01
    """
    from custseg.offers.export.scores import Request, score_source
    from custseg.report.tables.customers import score_facts
    from custseg.report.tables.customers import scores as view

    override_as_of(run, as_of)
    override_source(run, source, table, query, on_bad_row)
    override_columns(run, column)
    chosen = choose_source(run, source, url, None)
    day = snapshot.date().isoformat() if snapshot else None
    listener = run.listener()
    waiting = listener.waiting if listener else None
    request = Request(chosen, day, output, force, listener, waiting)
    scored = score_source(run.workspace, run.settings(), request)
    run.print([view(scored)], score_facts(scored))

"""The command that gives tables of customers to a database."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (Typer reads the annotation at run time)
from typing import Annotated, Literal

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command

WhatName = Literal["segments", "customers", "customers_by_month"]


@app.command()
@command
def publish(
    run: Invocation,
    to: Annotated[
        str,
        typer.Option("--to", metavar="ADDRESS", help="A server: postgresql://user@host/database."),
    ],
    what: Annotated[
        WhatName,
        typer.Option(
            "--what",
            help="segments (a row per customer and as-of date published), customers (one wide row "
            "each) or customers_by_month (the segment at every as-of date).",
        ),
    ] = "segments",
    table: Annotated[
        str | None,
        typer.Option(
            "--table",
            help="The table's name, or schema.name; default: customer_segments, "
            "custseg_customers or custseg_customers_by_month.",
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            help="With --what segments: the snapshot to publish; default: the latest.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write each customer's segment, or a whole table of customers, to a PostgreSQL server.

    The table is created if it doesn't exist. Of segments, rows of the same as-of date are replaced
    and those of other dates stay; the other two tables are replaced whole. All is one transaction,
    so the command can be run again. Customers who were forgotten or who object have no rows.

    The password comes from PGPASSWORD or ~/.pgpass.

    Example: custseg publish --to postgresql://writer@db.example.org/shop
    """
    from custseg.offers.export.database import Target, publish_customers
    from custseg.pipeline.staleness import Staleness
    from custseg.report.tables.publishing import published_rows, published_rows_facts

    target, settings = Target(to, what, table), run.settings()
    freshness = Staleness(run.workspace, settings)
    day = as_of.date().isoformat() if as_of else None
    rows = publish_customers(run.workspace, settings, target, freshness, day)
    run.print([published_rows(rows)], published_rows_facts(rows))

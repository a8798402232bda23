"""The command that gives customers' segments to a database."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (Typer reads the annotation at run time)
from typing import Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command


@app.command()
@command
def publish(
    run: Invocation,
    to: Annotated[
        str,
        typer.Option("--to", metavar="ADDRESS", help="A server: postgresql://user@host/database."),
    ],
    table: Annotated[
        str, typer.Option("--table", help="The table's name, or schema.name.")
    ] = "customer_segments",
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            help="Snapshot to publish; default: the latest.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write each customer's segment to a table of a PostgreSQL server.

    The table has one row per customer and as-of date, and is created if it doesn't exist. Rows of
    the same date are replaced in one transaction, so the command can be run again. Rows of
    customers who were forgotten or who object are deleted, whatever their date.

    The password comes from PGPASSWORD or ~/.pgpass.

    Example: custseg publish --to postgresql://writer@db.example.org/shop
    """
    from custseg.offers.export.database import Target, publish_rows
    from custseg.privacy.register import left_out_of
    from custseg.report.tables.publishing import published_rows, published_rows_facts
    from custseg.segments.customers.published import published

    target = Target(to, table)
    snapshot = published(run.workspace, as_of.date().isoformat() if as_of else None)
    left_out = left_out_of(run.workspace, run.settings().privacy)
    rows = publish_rows(
        snapshot.read("segments"),
        snapshot.as_of,
        target,
        left_out.forgotten | left_out.objected,
    )
    run.print([published_rows(rows)], published_rows_facts(rows))

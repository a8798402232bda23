"""The command that writes the model as a query."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (Typer reads the annotations at run time)
from typing import Annotated, Literal

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command


@app.command()
@command
def sql(
    run: Invocation,
    dialect: Annotated[
        # As segments/model/as_sql.py has them, which would import the engine here.
        Literal["duckdb", "postgres", "spark", "bigquery", "snowflake", "tsql"],
        typer.Option("--dialect", help="Database whose SQL to write."),
    ],
    table: Annotated[
        str,
        typer.Option("--from", metavar="TABLE", help="The table of features in the database."),
    ] = "features",
    snapshot: Annotated[
        datetime | None,
        typer.Option(
            "--snapshot",
            formats=["%Y-%m-%d"],
            help="Snapshot whose model to write; default: the latest.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the published model as one query, which scores customers inside a database.

    The table needs the columns of the artifact features that the model uses. The query returns
    each customer's segment (number and name) and margin.

    Example: custseg sql --dialect postgres --from shop.features > score.sql
    """
    from custseg.segments.customers.published import published
    from custseg.segments.model.as_sql import as_sql
    from custseg.segments.model.naming import rename

    found = published(run.workspace, snapshot.date().isoformat() if snapshot else None)
    model = found.read("model")
    names = rename(model.rules, run.settings().segments.names)
    query = as_sql(model, names, dialect, table)
    if run.json:
        run.print([], {"as_of": found.as_of, "dialect": dialect, "sql": query})
    elif not run.quiet:
        run.say(query.rstrip())

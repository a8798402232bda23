"""The command that tells which column is which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from custseg.cli.app import app
from custseg.cli.invocation import Invocation, command
from custseg.cli.mapping import ColumnOption, override_columns

if TYPE_CHECKING:
    from custseg.settings import SourceSettings
    from custseg.sources.columns.inspection import Inspection
    from custseg.sources.tables.choosing import Choice


def _refused_together(
    inspections: list[Inspection], choice: Choice, settings: SourceSettings
) -> list[Inspection]:
    """Say of tables that a run takes one by one why it does not take them together."""
    from custseg.errors import DataError
    from custseg.sources.raw import map_tables

    if choice.questions or any(inspection.refusal for inspection in inspections):
        return inspections
    try:
        map_tables(choice, settings)
    except DataError as error:
        return [replace(inspection, refusal=error.message) for inspection in inspections]
    return inspections


def _choice(files: list[str], scratch: Path, settings: SourceSettings) -> Choice:
    """The tables of some files or of a database that hold orders, and what lies beside them."""
    from custseg.settings.locations import STDIN
    from custseg.sources.databases.address import is_server
    from custseg.sources.files.places import places, read_stdin
    from custseg.sources.tables.choosing import choose_tables

    if len(files) == 1 and is_server(files[0]):
        return choose_tables(files[0], scratch, settings)
    found = [read_stdin(scratch)] if files == [STDIN] else places(files)
    return choose_tables(found, scratch, settings)


@app.command()
@command
def columns(
    run: Invocation,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Files, folders or patterns of exports, - for standard input, or a database.",
            show_default=False,
        ),
    ],
    column: ColumnOption = None,
    write: Annotated[  # noqa: FBT002  (Typer flags)
        bool,
        typer.Option(
            "--write", help="Write the columns into custseg.toml, unclear ones as comments."
        ),
    ] = False,
    force: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--force", help="Propose all columns anew, and replace those in custseg.toml."
        ),
    ] = False,
) -> None:
    """Show which column of a file is which: a known export, or a proposal with reasons.

    Only names of columns are shown, never their values.

    Example: custseg columns orders.csv --write
    """
    from custseg.cli.joins_file import write_joins
    from custseg.cli.mapping_file import write_columns
    from custseg.report.tables.columns import column_facts, column_tables
    from custseg.sources.columns.inspection import inspect
    from custseg.workspace.leftovers import TemporaryFolder

    override_columns(run, column)
    settings = run.settings().source
    given = run.options.get("source.columns", {}) if force else settings.columns
    with TemporaryFolder() as scratch:
        if force:
            settings = settings.model_copy(update={"columns": given})
        choice = _choice(files, Path(scratch), settings)
        found = [
            (table.header, inspect(table, given, settings.rates, settings.minor_units))
            for table in choice.orders
        ]
    together = _refused_together([one for _, one in found], choice, settings)
    shown = [one.shown(header) for (header, _), one in zip(found, together, strict=True)]
    facts = column_facts(shown, choice)
    if write:
        from custseg.settings.loading import CONFIG_NAME

        path = run.config or Path(CONFIG_NAME)
        written = write_columns([inspection for _, inspection in found], path, replace=force)
        joined = write_joins(choice, path)
        facts["written"] = {"file": str(path), "columns": written}
    run.print([] if run.json else column_tables(shown, choice), facts)
    if write:
        named = [*written, *(f"join of {name}" for name in joined)]
        run.note(f"Wrote {path}: {', '.join(named)}" if named else f"{path}: nothing to add")

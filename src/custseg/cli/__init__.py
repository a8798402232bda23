"""The command line. Importing it costs no more than Typer: the work is imported when it starts."""

from __future__ import annotations

import typer

from custseg import __version__

app = typer.Typer(
    name="custseg",
    help="Turn a shop's order lines into customer segments a marketer can act on.\n\n"
    "Start with: custseg run-all demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(value: bool) -> None:  # noqa: FBT001  (a Typer callback)
    if value:
        typer.echo(f"custseg {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: bool = typer.Option(  # noqa: FBT001
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line."""
    app()


from custseg.cli import (  # noqa: E402, F401  (they add their commands to `app`)
    columns,
    comparison,
    lists,
    offers,
    past,
    reports,
    runs,
    stages,
)

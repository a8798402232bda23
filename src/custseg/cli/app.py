"""The Typer app that every command adds itself to, and what starts it."""

from __future__ import annotations

import os
import re
import sys
from typing import cast

import typer

from custseg._version import __version__

# What all errors of a command line have in common, which Typer gives no name of its own.
_USAGE_ERROR = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])

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
    if not _logs_json():
        app()
    # Typer would draw a box around what is wrong with the command line.
    try:
        exit_code = app(standalone_mode=False)
    except _USAGE_ERROR as error:
        from custseg.cli.log import log

        exit_code = error.exit_code
        log("error", "error", message=error.format_message(), hint=None, exit_code=exit_code)
    sys.exit(exit_code)


def _logs_json() -> bool:
    """Whether the command line or the environment, readable or not, asks for JSON on stderr."""
    words = " ".join(sys.argv[1:]).replace("=", " ")
    given: list[str] = re.findall(r"--log-format (\S+)", words)
    return (given or [os.environ.get("CUSTSEG_RUN__LOG_FORMAT", "text")])[-1] == "json"

"""The Typer app that every command adds itself to, and what starts it."""

from __future__ import annotations

import os
import platform
import re
import sys
from contextlib import suppress
from typing import Any, Final, cast

import typer
from typer.core import TyperGroup

from custseg._version import __version__

# What all errors of a command line have in common, which Typer gives no name of its own.
_USAGE_ERROR = cast("type[typer.BadParameter]", typer.BadParameter.__bases__[0])

PANELS: Final = {
    "Use": (
        "run-all",
        "open",
        "report",
        "export",
        "campaign",
        "explain",
        "score",
        "compare",
        "publish",
        "sql",
        "status",
    ),
    "Set up": (
        "init",
        "columns",
        "trust",
        "history",
        "verify",
        "forget",
        "object",
        "subject",
        "privacy-record",
    ),
    "Steps": (
        "download",
        "clean",
        "features",
        "outlook",
        "select-k",
        "fit",
        "profile",
        "groups",
        "habits",
        "reduce",
        "movement",
        "recommend",
        "shelves",
        "rfm",
        "customers",
        "playbook",
        "summarise",
    ),
    "Studies": (
        "criteria",
        "rules",
        "past",
        "value",
        "validate",
        "backtest",
        "inventory",
        "bundles",
    ),
}
"""The commands in the order of `--help`, by what they are for."""


class _Grouped(TyperGroup):
    """Commands in panels."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401  (Typer's context)
        """Name every command, in the order of the panels."""
        listed = [name for names in PANELS.values() for name in names]
        return [*listed, *(name for name in super().list_commands(ctx) if name not in listed)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401  (Typer's own)
        """Return a command, which knows its panel."""
        found: Any = super().get_command(ctx, cmd_name)
        for panel, names in PANELS.items():
            if found is not None and cmd_name in names:
                found.rich_help_panel = panel
        return found


_ENGINES: Final = ("duckdb", "ibis-framework", "scikit-learn", "pyspark", "psycopg")
"""Libraries whose version a report of a fault should have, where they are installed."""

app = typer.Typer(
    name="custseg",
    cls=_Grouped,
    help="Turn a shop's order lines into customer segments a marketer can act on.\n\n"
    "Start with: custseg run-all demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(value: bool) -> None:  # noqa: FBT001  (a Typer callback)
    if value:
        from importlib.metadata import PackageNotFoundError, version

        found = {}
        for name in _ENGINES:
            with suppress(PackageNotFoundError):
                found[name] = version(name)
        engines = ", ".join(f"{name} {number}" for name, number in found.items())
        typer.echo(f"custseg {__version__} (Python {platform.python_version()}, {engines})")
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

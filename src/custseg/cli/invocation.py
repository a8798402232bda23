"""What all commands share: their common options, one way to fail, one way to print."""

from __future__ import annotations

import functools
import inspect
import json
import math
import os
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from custseg.errors import CustsegError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from custseg.report.tables import Table
    from custseg.runner import Listener, Runner
    from custseg.settings import Settings
    from custseg.workspace import Workspace

_COMMON: dict[str, Any] = {
    "workspace": Annotated[
        Path,
        typer.Option(
            "--workspace",
            "-w",
            envvar="CUSTSEG_WORKSPACE",
            help="Folder that holds the artifacts.",
            file_okay=True,
        ),
    ],
    "config": Annotated[
        Path | None,
        typer.Option("--config", help="Settings file; by default ./custseg.toml, if it exists."),
    ],
    "quiet": Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print nothing but errors (and what --json asks for)."),
    ],
    "json_": Annotated[bool, typer.Option("--json", help="Print the result as JSON.")],
    "debug": Annotated[bool, typer.Option("--debug", help="Show tracebacks.")],
}
_DEFAULTS: dict[str, Any] = {
    "workspace": Path("custseg-workspace"),
    "config": None,
    "quiet": False,
    "json_": False,
    "debug": False,
}


@dataclass(frozen=True)
class Invocation:
    """One call of a command: the common options, and what they stand for."""

    folder: Path
    config: Path | None
    quiet: bool
    json: bool
    debug: bool
    options: dict[str, Any] = field(default_factory=dict)
    """Settings given on the command line, by dotted key."""

    @property
    def workspace(self) -> Workspace:
        """The workspace, which need not exist yet."""
        from custseg.workspace import Workspace

        return Workspace(self.folder)

    def settings(self) -> Settings:
        """The settings that hold for this call."""
        from custseg.configuration import load_settings

        return load_settings(self.config, self.options)

    def runner(self, settings: Settings | None = None) -> Runner:
        """A runner that reports its progress on stderr."""
        from custseg.runner import Runner

        return Runner(self.workspace, settings or self.settings(), self.options, self._listener())

    def _listener(self) -> Listener | None:
        from custseg.report.progress import listener

        return None if self.quiet else listener()

    def print(self, tables: list[Table], facts: Mapping[str, Any]) -> None:
        """Print a result to stdout: tables for people or, with --json, one object."""
        if self.json:
            content = dict(facts) | {table.name: table.rows for table in tables}
            typer.echo(json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False))
        elif not self.quiet:
            from custseg.report.terminal import print_tables

            print_tables(tables)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Add the common options to a command, given to it as an Invocation, and one way to fail."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    common = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[name], annotation=annotation
        )
        for name, annotation in _COMMON.items()
    ]

    @functools.wraps(function)
    def wrapper(**values: Any) -> None:  # noqa: ANN401
        shared = [values.pop(name) for name in _COMMON]
        invocation = Invocation(*shared)
        try:
            function(invocation, **values)
        except CustsegError as error:
            _fail(error, invocation)
        except KeyboardInterrupt:
            _stop()
        except BrokenPipeError:
            # The reader (head, say) has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:  # noqa: BLE001  (the last resort, reported as a bug)
            # The engine turns Ctrl-C during a query into an error of its own.
            if "query interrupted" in str(error).lower():
                _stop()
            _report_bug(error, invocation)

    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    wrapper.__signature__ = inspect.Signature([*parameters, *common])  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in (*parameters, *common)}
    return wrapper


def _stop() -> NoReturn:
    typer.echo("Stopped. Finished stages are kept; run again to go on.", err=True)
    raise typer.Exit(130) from None


def _plain(value: object) -> object:
    """A value as strict JSON has it: no NaN, no Decimal, no date."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _fail(error: CustsegError, invocation: Invocation) -> None:
    if invocation.debug:
        traceback.print_exception(error)
    _print_error(error.message, error.hint)
    raise typer.Exit(error.exit_code) from None


def _report_bug(error: Exception, invocation: Invocation) -> None:
    if invocation.debug:
        traceback.print_exception(error)
    _print_error(
        f"custseg met something unexpected ({type(error).__name__}). This is a bug in custseg.",
        "Run again with --debug and report what it prints, after checking it for customer data."
        if not invocation.debug
        else "Report the traceback above, after checking it for customer data.",
    )
    raise typer.Exit(1) from None


def _print_error(message: str, hint: str) -> None:
    from custseg.report.tables import printable

    coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    for label, colour, text in (("Error:", "red", message), ("Hint:", "cyan", hint)):
        if text:
            styled = typer.style(label, fg=colour, bold=True) if coloured else label
            # Names of files and columns are the source's: none may steer the terminal.
            shown = "\n".join(map(printable, text.split("\n")))
            typer.echo(f"{styled} {shown}", err=True)

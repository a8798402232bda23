"""How a command fails: what is told of an error, where, and with which exit code."""

from __future__ import annotations

import os
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from custseg.errors import CustsegError

if TYPE_CHECKING:
    from custseg.cli.signals import Signals

_STOPPED = "Stopped. Finished stages are kept; run again to go on."


@dataclass(frozen=True)
class Failure:
    """What is told of an error."""

    message: str
    hint: str
    exit_code: int
    stopped: bool = False
    """By a signal: nothing is wrong."""
    without_values: str = ""

    @property
    def told_outside(self) -> str:
        """The message for other programs: no value of the data is in it."""
        return self.without_values or self.message


def failure_of(error: BaseException, signals: Signals, *, debug: bool = False) -> Failure:
    """Return what to tell of an error that ended a command."""
    # The engine turns Ctrl-C during a query into an error of its own, and what a signal
    # interrupts may fail in any way.
    interrupted = "query interrupted" in str(error).lower()
    if signals.received or interrupted or isinstance(error, KeyboardInterrupt):
        return Failure(_STOPPED, "", signals.exit_code, stopped=True)
    if isinstance(error, CustsegError):
        return Failure(
            error.message, error.hint, error.exit_code, without_values=error.told_outside
        )
    if isinstance(error, typer.BadParameter):
        return Failure(error.format_message(), "", error.exit_code)
    return Failure(
        f"custseg met something unexpected ({type(error).__name__}). This is a bug in custseg.",
        "Report the traceback above, after checking it for customer data."
        if debug
        else "Run again with --debug and report what it prints, after checking it for "
        "customer data.",
        1,
    )


def print_failure(failure: Failure, error: BaseException | None, log_format: str) -> None:
    """Write a failure to stderr; with `error`, its traceback too."""
    from custseg.cli.log import log, write_line

    if log_format == "json":
        traced = "".join(traceback.format_exception(error)) if error else None
        log(
            "warning" if failure.stopped else "error",
            "stopped" if failure.stopped else "error",
            message=failure.message,
            hint=failure.hint or None,
            exit_code=failure.exit_code,
            **({"traceback": traced} if traced else {}),
        )
        return
    if error:
        traceback.print_exception(error)
    if failure.stopped:
        write_line(failure.message)
        return
    print_labelled("Error:", "red", failure.message)
    print_labelled("Hint:", "cyan", failure.hint)


def print_labelled(label: str, colour: str, text: str) -> None:
    """Write a text to stderr behind a label, coloured on a terminal; nothing where it is empty."""
    if not text:
        return
    from custseg.cli.log import write_line
    from custseg.words.figures import printable

    coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    styled = typer.style(label, fg=colour, bold=True) if coloured else label
    # Names of files and columns are the source's: none may steer the terminal.
    shown = "\n".join(map(printable, text.split("\n")))
    write_line(f"{styled} {shown}")

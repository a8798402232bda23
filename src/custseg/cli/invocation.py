"""What all commands share: their common options, one way to fail, one way to print."""

from __future__ import annotations

import errno
import functools
import inspect
import json
import math
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal

import typer

from custseg.cli.failing import failure_of, print_failure, print_labelled
from custseg.cli.signals import Signals, stopping
from custseg.errors import CustsegError, UsageError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from custseg.pipeline.outcomes import Listener
    from custseg.pipeline.runner import Runner
    from custseg.report.tables.table import Table
    from custseg.settings import Settings
    from custseg.words.language import Wording
    from custseg.workspace.workspace import Workspace

_COMMON: dict[str, Any] = {
    "workspace": Annotated[
        Path,
        typer.Option(
            "--workspace",
            "-w",
            envvar="CUSTSEG_WORKSPACE",
            help="Folder that holds all that custseg makes.",
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
    "lock_timeout": Annotated[
        float | None,
        typer.Option(
            "--lock-timeout",
            min=0,
            metavar="SECONDS",
            help="Wait this long for another run in the workspace to end; \\[run] lock_timeout.",
            show_default=False,
        ),
    ],
    "log_format": Annotated[
        Literal["text", "json"] | None,
        typer.Option(
            "--log-format",
            help="Write stderr as text, or as a JSON object per line; \\[run] log_format.",
            show_default=False,
        ),
    ],
}
USUAL_FOLDER = Path("custseg-workspace")
_DEFAULTS: dict[str, Any] = {
    "workspace": USUAL_FOLDER,
    "config": None,
    "quiet": False,
    "json_": False,
    "debug": False,
    "lock_timeout": None,
    "log_format": None,
}
_SETTINGS: dict[str, str] = {"lock_timeout": "run.lock_timeout", "log_format": "run.log_format"}
"""Common options that are settings, by their dotted key."""
_FORMATS = ("text", "json")


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
    signals: Signals = field(default_factory=Signals)
    """Which signal has told it to stop."""
    _listeners: list[Listener] = field(default_factory=list)

    @property
    def workspace(self) -> Workspace:
        """The workspace, which need not exist yet."""
        from custseg.workspace.workspace import Workspace

        return Workspace(self.folder)

    def settings(self, *, remembered: bool = True) -> Settings:
        """The settings that hold for this call.

        Parameters
        ----------
        remembered
            Where the last run of everything was a quick one, this call needs no studies either.
        """
        from custseg.settings.loading import load_settings

        options = {**self._quick(), **self.options} if remembered else self.options
        settings = load_settings(self.config, options)
        if settings.playbook.texts:
            from custseg.offers.playbook.own_texts import check

            check(settings, self.config)
        return settings

    def currency(self) -> str:
        """The sign of the shop's money: the one that is set, else that of its orders."""
        from custseg.words.figures import currency_sign

        found = self.workspace.manifest().facts().get("currency", "")
        return self.settings().report.currency or currency_sign(found)

    def wording(self) -> Wording:
        """The words of the shop's language."""
        from custseg.words.language import words_in

        return words_in(self.settings().report.language, self.currency())

    def _quick(self) -> dict[str, Any]:
        # What is wrong with the manifest is told by whatever reads it for its own sake.
        with suppress(CustsegError):
            if self.workspace.manifest_path.is_file():
                from custseg.pipeline.staleness import remembered_quick

                return remembered_quick(self.workspace.manifest())
        return {}

    def runner(self, settings: Settings | None = None) -> Runner:
        """A runner that reports its progress on stderr."""
        from custseg.pipeline.runner import Runner

        return Runner(
            self.workspace,
            settings or self.settings(),
            self.options,
            self.listener(),
            self.signals.check,
        )

    def listener(self) -> Listener | None:
        """Return the display of a run's progress; none with --quiet."""
        from custseg.cli.progress import listener

        if self.quiet:
            return None
        self._listeners.append(listener(self.log_format()))
        return self._listeners[-1]

    def stop_listening(self) -> None:
        """Take a run's progress off the terminal."""
        for listener in self._listeners:
            listener.stop()

    def log_format(self) -> str:
        """How stderr is written: as the option says, else the settings, if they can be read."""
        given = self.options.get("run.log_format") or os.environ.get("CUSTSEG_RUN__LOG_FORMAT")
        if given in _FORMATS:
            return str(given)
        try:
            return self.settings().run.log_format
        except CustsegError:
            return "text"

    def note(self, text: str) -> None:
        """Tell something on stderr, unless --quiet was given."""
        if not self.quiet:
            self._tell("info", "note", text)

    def warn(self, text: str) -> None:
        """Tell on stderr of something that went wrong and changes no result."""
        self._tell("warning", "warning", text)

    def hook_said(self, line: str) -> None:
        """Tell what a hook's command printed."""
        self._tell("info", "hook", line)

    def _tell(self, level: Literal["info", "warning"], event: str, text: str) -> None:
        from custseg.cli.log import log, write_line

        if self.log_format() == "json":
            log(level, event, message=text)
        elif level == "warning":
            print_labelled("Warning:", "yellow", text)
        else:
            write_line(text)

    def say(self, text: str) -> None:
        """Print a line to stdout."""
        with _stdout_can_end():
            typer.echo(text)

    def pour(self, write: Callable[[BinaryIO], None]) -> None:
        """Have rows written to stdout, and nothing else.

        Raises
        ------
        UsageError
            An object was asked for.
        """
        if self.json:
            raise UsageError("Rows go to standard output: --json has no place there.")
        with _stdout_can_end():
            sys.stdout.flush()
            write(sys.stdout.buffer)
            sys.stdout.buffer.flush()

    def print(self, tables: list[Table], facts: Mapping[str, Any]) -> None:
        """Print a result to stdout: tables for people or, with --json, one object."""
        with _stdout_can_end():
            if self.json:
                from custseg.cli.contract import FORMAT

                rows = {table.name: table.rows for table in tables}
                content = _plain({"format": FORMAT} | dict(facts) | rows)
                typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
            elif not self.quiet:
                from custseg.report.terminal.printing import print_tables

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
        shared = {name: values.pop(name) for name in _COMMON}
        given = {dotted: shared[name] for name, dotted in _SETTINGS.items()}
        with stopping() as signals:
            invocation = Invocation(
                folder=shared["workspace"],
                config=shared["config"],
                quiet=shared["quiet"],
                json=shared["json_"],
                debug=shared["debug"],
                options={dotted: value for dotted, value in given.items() if value is not None},
                signals=signals,
            )
            try:
                _run(function, invocation, values)
            except (typer.Exit, typer.Abort, typer.BadParameter):
                raise
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (the last resort)
                _fail(error, invocation)
            finally:
                invocation.stop_listening()

    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    wrapper.__signature__ = inspect.Signature([*parameters, *common])  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in (*parameters, *common)}
    return wrapper


def _run(function: Callable[..., None], invocation: Invocation, values: dict[str, Any]) -> None:
    """Call a command; what a disk or a limit of the system refuses it is told as that."""
    from custseg.workspace.full_disk import disk_errors_as

    with disk_errors_as(invocation.folder):
        function(invocation, **values)


@contextmanager
def _stdout_can_end() -> Iterator[None]:
    """Print no more once its reader (head, say) has seen enough; tell what its disk refuses."""
    from custseg.cli.log import silence

    try:
        yield
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}:
            raise
        silence(sys.stdout)
        raise WorkspaceError(
            f"Standard output cannot be written: {os.strerror(error.errno)}.",
            "Free space on the disk that it is sent to."
            if error.errno in {errno.ENOSPC, errno.EDQUOT}
            else "Check the limit on files (ulimit -f), and the disk that it is sent to.",
        ) from None


def _plain(value: object) -> object:
    """A value as strict JSON has it: no NaN, no Decimal, no date."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _fail(error: BaseException, invocation: Invocation) -> None:
    invocation.stop_listening()
    failure = failure_of(error, invocation.signals, debug=invocation.debug)
    traced = error if invocation.debug and not failure.stopped else None
    # Where the log is on a full disk itself, the exit code has to do.
    with suppress(OSError):
        print_failure(failure, traced, invocation.log_format())
    raise typer.Exit(failure.exit_code) from None

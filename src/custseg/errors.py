"""The errors a user can meet: each says what is wrong and what to do, and fixes the exit code.

| code | meaning                                                                   |
|------|---------------------------------------------------------------------------|
| 0    | done                                                                      |
| 1    | unexpected: a bug in custseg                                              |
| 2    | wrong usage of the command line                                           |
| 3    | settings: an unknown key, a value of the wrong type, a contradiction      |
| 4    | workspace: an artifact is missing or stale, or the folder is unusable     |
| 5    | data: the source cannot be had, or its content cannot be used             |
| 6    | model: nothing sensible can be fitted                                     |
| 7    | an optional library is not installed; the hint has the command            |
| 8    | another run holds the workspace                                           |
| 9    | a condition you asked to fail on (`--fail-on`)                            |
| 130  | stopped by Ctrl-C (SIGINT)                                                |
| 143  | stopped by SIGTERM, as systemd and `kill` send it                         |
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class CustsegError(Exception):
    """An expected failure.

    Parameters
    ----------
    message
        What is wrong and where. Never contains a customer's id.
    hint
        What the user can do next; may be empty.
    told_outside
        The message for other programs, without any value of the data; default: the message.
    in_python
        The hint for who calls custseg from Python: keywords in place of options; default: the hint.
    """

    exit_code = 1

    def __init__(
        self, message: str, hint: str = "", told_outside: str = "", *, in_python: str = ""
    ) -> None:
        super().__init__(message)
        self.told_outside = told_outside or message
        self.message = message
        self.hint = hint
        self.in_python = in_python or hint

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it, as a terminal does; IPython asks for it by this name."""
        hint = [f"Hint: {self.in_python}"] if self.in_python else []
        return [f"{type(self).__name__}: {self.message}", *hint]


class UsageError(CustsegError):
    """What was asked for on the command line cannot be done so."""

    exit_code = 2


class SettingsError(CustsegError):
    """A setting is unknown, has the wrong type or contradicts another."""

    exit_code = 3


class WorkspaceError(CustsegError):
    """An artifact is missing or stale, or the workspace folder cannot be used."""

    exit_code = 4


class DataError(CustsegError):
    """The source cannot be had, or its content cannot be used."""

    exit_code = 5


class ModelError(CustsegError):
    """No sensible segmentation can be fitted to this data."""

    exit_code = 6


class MissingLibraryError(CustsegError):
    """A library that only some sources need is not installed."""

    exit_code = 7


class WorkspaceLockedError(CustsegError):
    """Another custseg run is writing to the workspace."""

    exit_code = 8


class ConditionError(CustsegError):
    """A condition that the run was asked to fail on (`--fail-on`) is met."""

    exit_code = 9


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return '; did you mean "x"?' for the known name nearest to a wrong one, if any is near."""
    close = difflib.get_close_matches(name, known, n=1)
    return f'; did you mean "{close[0]}"?' if close else ""

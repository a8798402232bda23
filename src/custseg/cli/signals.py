"""SIGTERM stops a command as Ctrl-C does: with what is finished kept and nothing left behind."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


class StoppedBySignal(KeyboardInterrupt):
    """A signal told a command to stop.

    Python ends a process by SIGINT, whatever its exit code, once a KeyboardInterrupt itself (none
    of its subclasses) has left an `exec`, in which many a library builds its classes.
    """


@dataclass
class Signals:
    """Which signal told a command to stop, if any did."""

    received: signal.Signals | None = None

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, as shells have it; 130 where none was seen."""
        return 128 + (self.received or signal.SIGINT)

    def check(self) -> None:
        """Stop if a signal said so: what it raised then may have been lost.

        Python drops what is raised within destructors and callbacks, and so does C code that asks
        whether an attribute is there.

        Raises
        ------
        StoppedBySignal
            A signal has told the command to stop.
        """
        if self.received:
            raise StoppedBySignal

    def handle(self, number: int, _frame: FrameType | None) -> NoReturn:
        """Remember a signal, and stop what is going on."""
        self.received = signal.Signals(number)
        raise StoppedBySignal


@contextmanager
def stopping() -> Iterator[Signals]:
    """Let SIGTERM and SIGINT raise KeyboardInterrupt; afterwards they do what they did before.

    Libraries may turn that into errors of their own, so the signal is remembered as well.
    """
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    before = {number: signal.getsignal(number) for number in _STOPPING}
    # What is ignored stays so: shells start background jobs with Ctrl-C ignored. A handler that
    # was not installed from Python (None) could not be put back.
    mine = [number for number, old in before.items() if old not in {signal.SIG_IGN, None}]
    try:
        for number in mine:
            signal.signal(number, signals.handle)
        yield signals
    finally:
        for number in mine:
            signal.signal(number, before[number])

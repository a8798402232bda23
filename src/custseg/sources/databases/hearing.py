"""Calls of C code that a signal can stop, however long they take."""

from __future__ import annotations

import time
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")
_PATIENCE_SECONDS: Final = 10.0
"""How long a call may take to hear that it is to stop."""
_PAUSE_SECONDS: Final = 0.1


def interruptible(work: Callable[[], Result], interrupt: Callable[[], None]) -> Result:
    """Run a call in a second thread while this one hears signals.

    Python handles signals in its main thread and between two steps of Python only: one long call
    of C code there would keep Ctrl-C and SIGTERM waiting until its end.

    Parameters
    ----------
    work
        What is called.
    interrupt
        Makes it end early, from another thread.

    Raises
    ------
    BaseException
        What `work` raises, or what a signal's handler does.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001  (raised again by who waits)
            outcome.set_exception(error)

    worker = Thread(target=run, daemon=True)
    worker.start()
    try:
        return outcome.result()
    except BaseException:
        until = time.monotonic() + _PATIENCE_SECONDS
        # Several times: what is told between two of its steps is lost.
        while not outcome.done() and time.monotonic() < until:
            interrupt()
            worker.join(_PAUSE_SECONDS)
        raise

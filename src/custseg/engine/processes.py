"""Worker processes: one set of them for all that is done side by side."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections import deque
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from custseg.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor, Future

T = TypeVar("T")

_SLOW_TO_IMPORT: Final = (
    "duckdb",
    "ibis",
    "pandas",
    "pyarrow.parquet",
    "sklearn.cluster",
    "sklearn.decomposition",
    "sklearn.metrics",
)
_IDLE_SECONDS: Final = 600
"""After which a process that has nothing to do ends."""
_LOOKS_EVERY: Final = 0.5
"""Seconds between two looks of a worker at whether whoever started it is still there."""
_AHEAD: Final = 2
"""Tasks that each process has waiting or under way, so that it need not wait for the next."""
_started: Final[list[Executor]] = []
"""The worker processes, once there are any."""


def cores(asked: int | None = None) -> int:
    """How many processes to use: as asked, else as many as there are cores for this one."""
    if asked:
        return asked
    from joblib import cpu_count

    return int(cpu_count())


def executor(processes: int) -> Executor:
    """Return the worker processes, as many as asked for; those that are there go on.

    They take no notice of a terminal's Ctrl-C, and end when whoever started them does.
    """
    from joblib.externals.loky import get_reusable_executor

    pool: Executor = get_reusable_executor(
        max_workers=processes, timeout=_IDLE_SECONDS, initializer=_begin, initargs=(os.getpid(),)
    )
    _started[:] = [pool]
    return pool


def are_started() -> bool:
    """Whether there are worker processes, so that giving them work costs little."""
    return bool(_started)


def stop(pool: Executor) -> None:
    """End the worker processes at once, whatever they are at."""
    _started.clear()
    # Of no effect on a pool that is broken: its processes have ended.
    with suppress(Exception):
        pool.shutdown(wait=True, kill_workers=True)  # type: ignore[call-arg]


def in_order(tasks: Sequence[Callable[[], T]], processes: int, done: Callable[[], None]) -> list[T]:
    """Do tasks in so many processes, of which this is one; results in the order of the tasks.

    Parameters
    ----------
    done
        Called for each task that is done.

    Raises
    ------
    ModelError
        A process was killed.
    """
    waiting = deque(enumerate(tasks))
    found: dict[int, T] = {}
    given: dict[int, Future[T]] = {}
    with ending_on_failure(processes - 1) as pool:
        while waiting or given:
            while waiting and len(given) < _AHEAD * (processes - 1):
                number, task = waiting.popleft()
                given[number] = pool.submit(task)
            if waiting:
                number, task = waiting.popleft()
                found[number] = task()
                done()
            elif not any(future.done() for future in given.values()):
                next(iter(given.values())).result()
            for number in [number for number, future in given.items() if future.done()]:
                found[number] = given.pop(number).result()
                done()
    return [found[number] for number in range(len(tasks))]


@contextmanager
def ending_on_failure(processes: int) -> Iterator[Executor]:
    """Give the worker processes; whatever is raised ends them, so that none goes on with it.

    Raises
    ------
    ModelError
        A process was killed.
    """
    from concurrent.futures.process import BrokenProcessPool

    pool = executor(processes)
    try:
        yield pool
    except BrokenProcessPool:
        stop(pool)
        raise ModelError(
            "A worker process was killed, probably because the memory ran out.",
            "Set [run] workers = 1, which takes the least.",
        ) from None
    except BaseException:
        stop(pool)
        raise


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep what is loaded out of the searches for garbage, which take a second in all: it stays."""
    gc.disable()
    try:
        yield
    finally:
        # Once in a process, or garbage of a run before would be kept with it.
        if not gc.get_freeze_count():
            gc.freeze()
        gc.enable()


def _begin(parent: int) -> None:
    """Prepare a worker process: what it imports, and when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(parent,), daemon=True).start()
    # What is wrong with one shows where it is needed.
    with uncollected():
        for module in _SLOW_TO_IMPORT:
            with suppress(ImportError):
                import_module(module)


def _end_with(parent: int) -> Any:  # noqa: ANN401  (it never returns)
    """End this process once its parent has: a killed run must leave nobody who writes on."""
    while os.getppid() == parent:
        time.sleep(_LOOKS_EVERY)
    os._exit(1)

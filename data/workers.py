"""Processes that do a part of the work, and end with their parent, however that dies."""

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from typing import Any

from data.errors import DataError

MOST_WORKERS = 10_000
"""What can be asked for."""
PER_CORE = 2
"""Processes per core, at most: a few more than one use the time that files take to come."""
LOOK_EVERY = 0.5
"""Seconds between two looks at whether the parent is still there."""


def how_many(asked: int | None, tasks: int, fewest_per_worker: int) -> int:
    """Return how many processes to use.

    Parameters
    ----------
    asked : int, optional
        As the user has it; by default one per core, as far as there is work for them.
    tasks : int
        How many there are to do.
    fewest_per_worker : int
        What takes as long as to start a process.
    """
    from joblib import cpu_count

    if asked is None:
        return min(cpu_count(), 1 + tasks // fewest_per_worker)
    return max(1, min(asked, PER_CORE * cpu_count(), tasks))


def in_order(
    work: Callable[..., Any], tasks: Iterable[Sequence[Any]], workers: int
) -> Generator[Any]:
    """Do ``work(*task)`` in processes and yield what comes of it, in order, a few ahead.

    Raises
    ------
    DataError
        A process was ended from outside, as the system does where memory runs out.
    """
    from joblib import Parallel, delayed

    parallel = Parallel(
        n_jobs=workers,
        return_as="generator",
        **({} if workers == 1 else {"initializer": end_with, "initargs": (os.getpid(),)}),
    )
    with _interrupts_held():
        results = parallel(delayed(work)(*task) for task in tasks)
    return _raising(results)


def _raising(results: Generator[Any]) -> Generator[Any]:
    try:
        for result in results:  # noqa: UP028, since that would close it before the warning is off
            yield result
    except BrokenExecutor:
        raise DataError(
            "a worker was ended from outside, perhaps for memory; run the same command again, "
            "with fewer --workers: what was done is kept"
        ) from None
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that tasks are cancelled, which is what is wanted
            results.close()


def end_with(parent: int) -> None:
    """Let this process end when its parent has: a killed one cannot tell its children.

    They would wait for five minutes for the next task, and with them joblib's folders in the
    temporary folder. Asked for by its number, since no system but Linux has a signal for it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends this one

    def look_for_parent() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=look_for_parent, daemon=True).start()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while processes start, who inherit that and would die with tracebacks."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)

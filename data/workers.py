"""Processes that do a part of the work, and end with their parent, however that dies."""

import ctypes
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from typing import Any

from data.errors import DataError

MOST_WORKERS = 10_000
"""What can be asked for."""
PER_CORE = 4
"""Processes per core, at most: a few more than one use the time that files take to come."""
_SILENT = "ignore:resource_tracker:UserWarning"
"""Python's option for a process that does not say what a stopped one has left for it to remove."""
_LOOK_EVERY = 0.5
"""Seconds between two looks at whether the parent is still there."""
_PR_SET_PDEATHSIG = 1
"""The option of Linux's `prctl` by which a process is signalled when its parent dies."""


def how_many(asked: int | None, tasks: int, fewest_per_worker: int) -> int:
    """Return the number of processes to use.

    Parameters
    ----------
    asked : int, optional
        What the user asked for; by default one per core, as far as there is work for them.
    tasks : int
        Number of tasks.
    fewest_per_worker : int
        Number of tasks that take as long as starting a process.

    Raises
    ------
    DataError
        As `refuse_too_many`.
    """
    from joblib import cpu_count

    if asked is None:
        return min(cpu_count(), 1 + tasks // fewest_per_worker)
    refuse_too_many(asked)
    return max(1, min(asked, tasks))


def refuse_too_many(workers: int | None) -> None:
    """Raise a DataError if these are more processes than `PER_CORE` for each core."""
    from joblib import cpu_count

    if workers is not None and workers > PER_CORE * cpu_count():
        raise DataError(
            f"workers is {workers}, which is more than {PER_CORE} for each core of this machine, "
            "and each takes some 300 MB; give fewer, or leave it out for one per core"
        )


def in_order(
    work: Callable[..., Any], tasks: Iterable[Sequence[Any]], workers: int
) -> Generator[Any]:
    """Return the results of ``work(*task)`` in order, computed in processes a few tasks ahead.

    Raises
    ------
    DataError
        A process was ended from outside, as the system does where memory runs out.
    """
    from joblib import Parallel, delayed

    # Linux signals a child when the thread that started it ends; only the main one lives as long
    # as the process.
    by_signal = sys.platform == "linux" and threading.current_thread() is threading.main_thread()
    start = {"initializer": _end_with, "initargs": (os.getpid(), by_signal)}
    parallel = Parallel(n_jobs=workers, return_as="generator", **({} if workers == 1 else start))
    with _interrupts_held(), _tracker_silent():
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


def _end_with(parent: int, by_signal: bool) -> None:
    """End this process when its parent has ended, since a killed one cannot end its children.

    They would wait five minutes for the next task, and with them joblib's folders in the
    temporary folder. Linux kills the child at once, whatever it is doing. Elsewhere a thread looks
    for the parent, which has to wait while an import or another library holds the interpreter.

    Neither can begin before the process has imported joblib and NumPy: joblib starts Python anew
    and takes no function to be called before that. A worker whose parent dies in this time ends
    after it, here.

    Parameters
    ----------
    parent : int
        Number of the process that must be alive.
    by_signal : bool
        Whether the system is asked for a signal as well.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends this one
    if by_signal:
        with suppress(OSError, AttributeError):  # a Linux without `prctl` has the thread alone
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)

    def look_for_parent() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=look_for_parent, daemon=True).start()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back while processes start, which inherit that and die without tracebacks."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


@contextmanager
def _tracker_silent() -> Iterator[None]:
    """Let the process that removes semaphores, which joblib starts, warn of none in the block."""
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (before, _SILENT)))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before

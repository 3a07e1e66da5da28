"""How a run is asked to stop before its end: by a signal, or by what went wrong in the driver."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

_BESIDE_CTRL_C = (signal.SIGTERM, signal.SIGHUP)
"""Signals that mean the same as Ctrl-C: a scheduler's, and that of a terminal that is closed."""


class SearchFailed(RuntimeError):
    """A run could not go on; the message says why and what to do."""


class Interrupt:
    """Whether a run is to stop, and the error that made it, if one did."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._error: Exception | None = None

    def __call__(self) -> bool:
        """Return whether to stop."""
        return self._event.is_set()

    def request(self, error: Exception | None = None) -> None:
        """Ask to stop; the first error stays."""
        self._error = self._error or error
        self._event.set()

    @contextmanager
    def on_error(self) -> Iterator[None]:
        """Ask to stop, rather than raise, when the block fails: Tune would go on without it."""
        try:
            yield
        except Exception as error:
            self.request(error)

    def check(self) -> None:
        """Raise the error that asked to stop, if there is one."""
        if self._error is not None:
            raise self._error

    @contextmanager
    def by_signal(self, console: Console) -> Iterator[None]:
        """Stop on Ctrl-C, SIGTERM or a closed terminal; a second one ends the block at once.

        See `as_ctrl_c` of signals that this process ignores.
        """

        def interrupted(number: int, frame: Any) -> None:
            if self():
                raise KeyboardInterrupt
            self.request()
            console.print("Stopping: what is finished is kept. Ctrl-C again to stop at once.")

        with answered((signal.SIGINT, *_BESIDE_CTRL_C), interrupted):
            yield


@contextmanager
def as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and a closed terminal do what Ctrl-C does until the end of the block.

    A closed terminal that this process ignores from its start, by `nohup`, stays ignored.
    """

    def interrupted(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    with answered(_BESIDE_CTRL_C, interrupted):
        yield


@contextmanager
def answered(
    numbers: Iterable[signal.Signals], handler: Callable[[int, Any], None] | signal.Handlers
) -> Iterator[None]:
    """Let a handler take signals, where this thread may say so, until the end of the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, handler)
        for number in numbers
        if (number, signal.getsignal(number)) != (signal.SIGHUP, signal.SIG_IGN)
    }
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)

"""What is done again and again beside a block of code, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeating(name: str, act: Callable[[], float], pause: float = 0.0) -> Iterator[None]:
    """Call `act` again and again until the end of the block, which waits for the last call.

    Parameters
    ----------
    name : of the thread.
    act : returns how many seconds to wait until the next call.
    pause : seconds until the first call.
    """
    ended = threading.Event()

    def repeat() -> None:
        wait = pause
        while not ended.wait(wait):
            wait = act()

    thread = threading.Thread(target=repeat, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

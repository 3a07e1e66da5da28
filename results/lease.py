"""One writer of a mirror at a time: a small file there that its writer renews.

Clocks of machines differ, so none is compared: who finds the file of another process looks whether
it changes for as long as a living writer would let it lie at most.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count

from results.disk import StoreError
from results.holder import MOST_BYTES, Holder
from results.remote import Place, RemoteError
from results.repeating import repeating

LEASE = ".holder"
"""Name of the file."""

RENEWED_SECONDS = 15.0
"""How long it lies unchanged at most."""

LOOK_SECONDS = 60.0
"""How long it is looked at: a living writer has changed it by then, also over a slow network."""

_FREE = b"{}"
"""What it holds when nobody writes."""


@contextmanager
def leased(place: Place, say: Callable[[str], None]) -> Iterator[None]:
    """Be the one writer of a place until the end of the block.

    A place that cannot be reached is not waited for: what is copied there waits anyway.

    Raises
    ------
    StoreError
        When another process writes it.
    """
    try:
        _refuse_held(place, say)
    except RemoteError:
        pass
    numbers = count()

    def renew() -> float:
        content = {**asdict(Holder.this()), "number": next(numbers)}
        _write(place, json.dumps(content).encode())
        return RENEWED_SECONDS

    try:
        with repeating("lease", renew):
            yield
    finally:
        _write(place, _FREE)


def _refuse_held(place: Place, say: Callable[[str], None]) -> None:
    """Look whether another process writes a place; StoreError if it does."""
    first = place.read_bytes(LEASE, MOST_BYTES)
    holder = None if first is None else Holder.read(first)
    if holder is None or holder.is_this:
        return
    say(
        f"The mirror at {place.uri} was written by {holder}: waiting up to {LOOK_SECONDS:g} s to "
        "see whether that goes on."
    )
    until = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < until:
        time.sleep(min(1.0, LOOK_SECONDS / 10))
        now = place.read_bytes(LEASE, MOST_BYTES)
        if now is not None and now != first and Holder.read(now) is not None:
            raise StoreError(
                f"The run at {place.uri} is written by another process ({Holder.read(now)}): wait "
                "until that ends, or end it."
            )


def _write(place: Place, content: bytes) -> None:
    """Write the file, if the place can be reached."""
    try:
        place.write_bytes(LEASE, content)
    except RemoteError:
        pass

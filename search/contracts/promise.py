"""A promise of a part: a sentence, and what looks whether it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


class Broken(Exception):
    """A promise is not kept; the message says how that was seen."""


@dataclass(frozen=True)
class Promise:
    """One promise.

    Attributes
    ----------
    sentence : what is promised.
    look : takes a case of the part; raises `Broken`, or whatever the part raises, where it is not
        kept.
    """

    sentence: str
    look: Callable[[Any], None]


def promises(*looks: Callable[[Any], None]) -> tuple[Promise, ...]:
    """Return promises; the sentence of each is the first line of its docstring."""
    return tuple(Promise((look.__doc__ or "").strip().splitlines()[0], look) for look in looks)


def hold(kept: object, seen: str) -> None:
    """Raise `Broken` with what was seen, unless a promise is kept."""
    if not kept:
        raise Broken(seen)


def looked_at(case: object, every: Sequence[Promise]) -> Iterator[tuple[Promise, str | None]]:
    """Yield each promise with what was seen where it is broken; None where it is kept."""
    for promise in every:
        try:
            promise.look(case)
            yield promise, None
        except Broken as broken:
            yield promise, str(broken)
        except Exception as error:  # whatever code of somebody's own raises
            yield promise, f"{type(error).__name__}: {error}"

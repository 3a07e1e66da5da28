"""What a run.json may hold, for anybody may have written one: types, depth and size."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from results.columns import ResultsError
from results.schema import SCHEMA_VERSION
from results.text import named

MOST_BYTES = 16 * 2**20
_DEEPEST = 32
"""Objects and lists within one another; a task has four."""

_UNWRITTEN = re.compile("[\0\ud800-\udfff]")

_Check = Callable[[object], bool]


def _text(value: object) -> bool:
    return isinstance(value, str)


def _text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _text_by_name(value: object) -> bool:
    return isinstance(value, dict) and all(map(_text, value.values()))


def _mapping(value: object) -> bool:
    return isinstance(value, dict)


def _mapping_or_none(value: object) -> bool:
    return value is None or isinstance(value, dict)


def _songs(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return _text(value.get("folder")) and _text_by_name(value.get("files"))


def _parts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text_by_name, value))


def _guards(value: object) -> bool:
    return isinstance(value, dict) and all(map(_guard, value.values()))


def _guard(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("strict"), bool):
        return False
    bound = value.get("bound")
    return isinstance(bound, int | float) and not isinstance(bound, bool) and abs(bound) < 1e300


_KEYS: dict[str, tuple[_Check, str]] = {
    "created": (_text, "text"),
    "ended": (_text_or_none, "text or null"),
    "direction": (_text, "text"),
    "settings": (_mapping, "an object"),
    "guards": (_guards, "an object of objects with a number bound and a flag strict"),
    "data": (_songs, "an object with the text folder and the object files of texts"),
    "mirror": (_text_or_none, "text or null"),
    "parts": (_parts, "a list of objects of texts"),
    "group": (_text_or_none, "text or null"),
    "known": (_mapping_or_none, "an object or null"),
    "from": (_mapping_or_none, "an object or null"),
    "said": (_texts, "a list of texts"),
    "versions": (_text_by_name, "an object of texts"),
    "python": (_text, "text"),
    "command": (_texts, "a list of texts"),
    "signature": (_text_or_none, "text or null"),
}
"""Every key that a search writes and that is not looked at before: what holds of it, in words."""


def parsed(content: bytes) -> dict[str, Any]:
    """Return the object that the bytes of a run.json stand for, in bounds.

    Raises
    ------
    ResultsError
        It says in half a sentence what is wrong.
    """
    if len(content) > MOST_BYTES:
        raise ResultsError(f"it is larger than {MOST_BYTES >> 20} MiB")
    try:
        found = json.loads(content.decode("utf-8"))
    except RecursionError:
        raise ResultsError(f"it is nested deeper than {_DEEPEST} levels") from None
    except ValueError as error:
        raise ResultsError(f"it is no JSON ({error})") from None
    if not isinstance(found, dict):
        raise ResultsError(f"it is {named(found)} and no object")
    _look_through(found)
    return found


def _look_through(found: object) -> None:
    """Refuse what is nested too deep, and text that no file or terminal can take."""
    level: list[object] = [found]
    for _ in range(_DEEPEST):
        inner: list[object] = []
        for value in level:
            if isinstance(value, dict):
                inner += [*value, *value.values()]
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, str) and not _written(value):
                raise ResultsError(f"{named(value)} is not text that can be written")
        level = inner
    if level:
        raise ResultsError(f"it is nested deeper than {_DEEPEST} levels")


def _written(text: str) -> bool:
    """Return whether it has neither NUL nor half a pair of surrogates, which JSON can spell."""
    return not _UNWRITTEN.search(text)


def check(info: Mapping[str, Any]) -> None:
    """Refuse a record with a value of the wrong type.

    Raises
    ------
    ResultsError
        It says in half a sentence what is wrong.
    """
    for key, (fits, what) in _KEYS.items():
        if key in info and not fits(info[key]):
            raise ResultsError(f"its {key} is {named(info[key])} and must be {what}")


def check_version(info: Mapping[str, Any]) -> None:
    """Refuse the record of another version.

    Raises
    ------
    ResultsError
        It says in half a sentence which version it is of.
    """
    version = info.get("schema_version")
    if version != SCHEMA_VERSION:
        said = f"schema version {named(version)}" if version is not None else "no schema version"
        raise ResultsError(
            f"it is of {said} and this version of Latentune reads {SCHEMA_VERSION!r}: open it "
            "with the version that wrote it"
        )

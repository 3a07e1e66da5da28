"""Tasks read from TOML files and from the records of runs, and checked word by word."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from data import views
from evaluation.clusterers import CLUSTERERS
from evaluation.guards import GUARDS
from evaluation.objective import OBJECTIVES
from evaluation.reducers import REDUCERS
from models import FAMILIES
from search.tasks.own_parts import bring, own_parts, sources_of
from search.tasks.ranges import Range, TaskError, brief, ranges, unfit
from search.tasks.task import LEAST, MOST, Task

TASKS = Path(__file__).parent
"""The folder of the tasks that have a name."""

_DERIVED = ("family_space", "family_views", "leaking", "sources")
"""Fields of `Task` that no file gives: they follow from the other keys and from the songs."""

_EVERY_GUARD = tuple(GUARDS)
"""The guards of a task that names none."""

INPUTS = ("audio", "embedding", "lyrics", "metadata")
"""What families may be given of a song; embeddings are given as audio, or beside it."""

SCHEDULERS = ("none", "asha")
"""What may end trials early."""

_OF_ASHA = "coherence_excess"
"""The objective that unfinished trials are compared by."""

_MOST_NAMES = 100
"""Families, views and so on that a list may have."""


def read_task(name: str, changes: Mapping[str, Any] | None = None) -> Task:
    """Return the task of that name, or in that TOML file, with `changes` (dotted keys) put in.

    Raises
    ------
    TaskError
        When there is no such task, or a key, name or range is wrong.
    """
    path = Path(name) if name.endswith(".toml") else TASKS / f"{name}.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        known = ", ".join(sorted(p.stem for p in TASKS.glob("*.toml")))
        raise TaskError(
            f"there is no task {name!r}: give {known} or the path of a .toml"
        ) from None
    except UnicodeDecodeError:
        raise TaskError(f"{str(path)!r} is not UTF-8 text; save it again as UTF-8") from None
    except (OSError, ValueError, RecursionError) as error:
        raise TaskError(f"{str(path)!r} cannot be read as TOML: {error}") from None
    for key, value in (changes or {}).items():
        _put(content, key, value)
    place = str(path) if name.endswith(".toml") else f"task {name}"
    folders = [path.parent] if name.endswith(".toml") else []
    try:
        bring(own_parts(content), folders)
    except TaskError as error:
        raise TaskError(f"{place}: {error}") from None
    return parse(content, place)


def _put(content: dict[str, Any], dotted: str, value: Any) -> None:
    """Set the value at a dotted key, making tables on the way."""
    *tables, last = dotted.split(".")
    for table in tables:
        content = content.setdefault(table, {})
        if not isinstance(content, dict):
            raise TaskError(f"--set {brief(dotted)}: {brief(table)} is a value, not a table")
    content[last] = value


def from_json(content: Mapping[str, Any]) -> Task:
    """Return the task that `Task.as_json` described."""
    content = {"reference_views": ["standard"], **content}  # of a run from before there were more
    if isinstance(content.get("clusters"), list | tuple):
        content["clusters"] = ":".join(str(n) for n in content["clusters"])
    space, own = content.get("space"), content.pop("family_space", {})
    if isinstance(space, Mapping) and isinstance(own, Mapping):
        content["space"] = {**space, **own}
    return parse(content, "run.json")


def parse(content: dict[str, Any], place: str) -> Task:
    """Return a checked task from the tables of a TOML file; `place` names it in messages.

    Without `reference_views` clusters are judged in every view of the task, without `guards` by
    every guard that there is. Parts of one's own must be in their tables.
    """
    content = {"guards": _EVERY_GUARD, **content}
    if "views" in content:
        content = {"reference_views": content["views"], **content}
    known = {f.name: str(f.type) for f in fields(Task) if f.name not in _DERIVED}
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise TaskError(
            f"{place}: unknown key {brief(unknown[0])}; allowed are {', '.join(known)}"
        )
    missing = [name for name in known if name not in content and name != "space"]
    if missing:
        raise TaskError(f"{place}: the key {missing[0]!r} is missing")
    values: dict[str, Any] = {}
    for name, kind in known.items():
        if name in ("space", "clusters"):
            continue
        values[name] = _typed(content[name], kind, f"{place}: {name}")
    values["objective"] = values["objective"].replace(" ", "")
    _check_choices(values, place)
    _check_numbers(values, place)
    _check_inputs(values, place)
    values["clusters"] = _counts(content["clusters"], f"{place}: clusters")
    families = {*values["families"], *values["baselines"]}
    spaces = _spaces(content.get("space", {}), families, f"{place}: space")
    values["space"], values["family_space"] = spaces
    return Task(**values, sources=sources_of(own_parts(values)))


def _check_choices(values: Mapping[str, Any], place: str) -> None:
    """Refuse names that nothing has, and a scheduler that does not go with the objective."""
    _names(values["inputs"], INPUTS, f"{place}: inputs")
    _names(values["families"], FAMILIES, f"{place}: families")
    _names(values["baselines"], FAMILIES, f"{place}: baselines", may_be_empty=True)
    for key in ("views", "reference_views"):
        _check_views(values[key], f"{place}: {key}")
    _names(values["reducers"], REDUCERS, f"{place}: reducers")
    _names(values["clusterers"], CLUSTERERS, f"{place}: clusterers")
    _names(tuple(values["objective"].split(",")), OBJECTIVES, f"{place}: objective")
    _names(values["guards"], GUARDS, f"{place}: guards", may_be_empty=True)
    _names((values["scheduler"],), SCHEDULERS, f"{place}: scheduler")
    if values["scheduler"] == "asha" and values["objective"] != _OF_ASHA:
        raise TaskError(
            f"{place}: scheduler asha compares unfinished trials by {_OF_ASHA}, so the objective "
            f"must be {_OF_ASHA} alone, not {values['objective']}"
        )


def _check_numbers(values: Mapping[str, Any], place: str) -> None:
    """Refuse numbers beyond `LEAST` and `MOST`."""
    for name, most in MOST.items():
        if not LEAST[name] <= values[name] <= most:
            raise TaskError(
                f"{place}: {name} is {brief(values[name])}; it must be at least {LEAST[name]} "
                f"and at most {most}"
            )


def _check_inputs(values: Mapping[str, Any], place: str) -> None:
    """Refuse a family that needs an input which the task leaves out."""
    given = {*values["inputs"]}
    if "embedding" in given:
        given.add("audio")
    for family in dict.fromkeys((*values["families"], *values["baselines"])):
        needed = {*FAMILIES[family].inputs}
        if any(h.name == "condition" for h in FAMILIES[family].hyperparameters):
            needed.add("metadata")
        lacking = sorted(needed - given)
        if lacking:
            raise TaskError(
                f"{place}: {family} needs {lacking[0]}; add it to inputs or leave {family} out"
            )


def _spaces(
    space: Any, families: set[str], place: str
) -> tuple[dict[str, Range], dict[str, dict[str, Range]]]:
    """Return the ranges for every family, and those for one family alone, by its name."""
    if not isinstance(space, dict):
        raise TaskError(f"{place} must be a table of ranges")
    of_family = {
        family: {h.name: h for h in FAMILIES[family].hyperparameters} for family in families
    }
    every = {name: h for known in of_family.values() for name, h in known.items()}
    own = {name: table for name, table in space.items() if name in families}
    common = {name: table for name, table in space.items() if name not in own}
    return ranges(common, every, place), {
        family: ranges(table, of_family[family], f"{place}.{family}")
        for family, table in own.items()
    }


def _typed(value: Any, kind: str, place: str) -> Any:
    """Return `value` as the type that a field declares."""
    if kind == "tuple[str, ...]":
        value = [value] if isinstance(value, str) else value
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            if len(value) > _MOST_NAMES:
                raise TaskError(f"{place} has {len(value)} names; it may have {_MOST_NAMES}")
            return tuple(value)
        raise TaskError(f"{place} must be a list of names, not {brief(value)}")
    kinds: dict[str, tuple[type | tuple[type, ...], str]] = {
        "str": (str, "text"),
        "int": (int, "a whole number"),
        "float": ((int, float), "a number"),
        "bool": (bool, "true or false"),
    }
    expected, word = kinds[kind]
    if not isinstance(value, expected) or (isinstance(value, bool) and kind != "bool"):
        raise TaskError(f"{place} must be {word}, not {brief(value)}")
    if isinstance(value, str) and (reason := unfit(value)):
        raise TaskError(f"{place} is {brief(value)}: {reason}")
    return value


def _names(given: tuple[str, ...], known: Any, place: str, *, may_be_empty: bool = False) -> None:
    """Refuse a name that is not known, a name given twice and an empty list."""
    if not given and not may_be_empty:
        raise TaskError(f"{place} is empty; allowed are {', '.join(known)}")
    for name in given:
        if name not in known:
            raise TaskError(f"{place}: there is no {brief(name)}; allowed are {', '.join(known)}")
        if given.count(name) > 1:
            raise TaskError(f"{place}: {brief(name)} is given twice")


def _check_views(given: tuple[str, ...], place: str) -> None:
    """Refuse an empty list, a view given twice and what is no view."""
    _names(given, given, place)
    for view in given:
        try:
            views.check(view)
        except ValueError as error:
            raise TaskError(f"{place}: {error}") from None


def _counts(given: Any, place: str) -> tuple[int, int]:
    """Return the cluster counts that "10", "4:16" or a whole number stands for."""
    if match := re.fullmatch(r"([0-9]{1,4})(?::([0-9]{1,4}))?", str(given)):
        low, high = int(match[1]), int(match[2] or match[1])
        if 2 <= low <= high <= 1000:
            return low, high
    raise TaskError(
        f"{place} is {brief(given)}; it must be one count such as 10, or a range such as 4:16, "
        "from 2 to 1000"
    )

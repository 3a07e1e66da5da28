"""A task: what is searched, read from a TOML file and checked word by word."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from data import views
from evaluation.clusterers import CLUSTERERS
from evaluation.objective import OBJECTIVES, Objective
from evaluation.reducers import REDUCERS
from models import FAMILIES
from search.tasks.ranges import Range, TaskError, brief, ranges, unfit

TASKS = Path(__file__).parent
DERIVED = ("family_space", "family_views", "leaking")
INPUTS = ("audio", "lyrics", "metadata")
SCHEDULERS = ("none", "asha")
MOST = {
    "trials": 10_000,
    "epochs": 100_000,
    "early_stopping": 100_000,
    "finalists": 1_000,
    "finalist_seeds": 1_000,
    "finalist_share": 1,
    "null_collections": 1_000,
    "seed": 10**9,
}
"""Key -> its largest value: what is beyond it would never end, or is a slip of the hand.

Seeds beyond 32 bits are refused by scikit-learn.
"""
LEAST = {
    **dict.fromkeys(MOST, 0),
    **dict.fromkeys(("trials", "epochs", "finalists"), 1),
}
MOST_NAMES = 100
"""Families, views and so on that a list may have."""


@dataclass(frozen=True)
class Task:
    """Everything that decides a search, apart from the songs.

    Attributes
    ----------
    families, baselines : names in `models.FAMILIES`; the first are searched, the second compared.
    clusters : smallest and largest cluster count; every count between is scored.
    center_languages : whether lyrics lose the mean of their language, their first direction.
    label : column that `ari` and its kin are against; never seen by the search.
    epochs, early_stopping : see `models.Schedule`.
    objective : name in `OBJECTIVES`, or several joined by commas for a Pareto search.
    finalists : how many of the best models are trained again on fresh seeds, beside baselines.
    finalist_seeds : fresh seeds of each; 0 = no finalists.
    finalist_share : the most of the search's own time that finalists may take; 0 = no bound.
    scheduler : "asha" ends trials early whose coherence is behind; "none" lets all run.
    null_collections : Gaussian collections on which the winner is trained for a zero; 0 = none.
    space : hyperparameter -> range, for every family that has it.
    family_space : family -> hyperparameter -> range, for that family alone.
    family_views : family -> the views it can be given; all of them where it is not named.
    leaking : label columns that determine the primary label, as the songs have it.
    """

    name: str
    inputs: tuple[str, ...]
    families: tuple[str, ...]
    baselines: tuple[str, ...]
    views: tuple[str, ...]
    reducers: tuple[str, ...]
    clusterers: tuple[str, ...]
    clusters: tuple[int, int]
    center_languages: bool
    label: str
    objective: str
    trials: int
    scheduler: str
    seed: int
    epochs: int
    early_stopping: int
    finalists: int
    finalist_seeds: int
    finalist_share: float
    null_collections: int
    space: Mapping[str, Range] = field(default_factory=dict)
    family_space: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)
    family_views: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leaking: tuple[str, ...] = ()

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """What the search maximises or minimises; the first one ranks."""
        return tuple(OBJECTIVES[name] for name in self.objective.split(","))

    @property
    def counts(self) -> range:
        """Every cluster count that is scored."""
        return range(self.clusters[0], self.clusters[1] + 1)

    @property
    def widest(self) -> int:
        """The largest latent size of the space: the one size that networks are compiled for."""
        latent = self.space.get("latent_size", Range())
        return int(max([latent.high, *latent.choices]))

    def views_of(self, family: str) -> tuple[str, ...]:
        """Return the views that songs can be presented to `family` in."""
        return self.family_views.get(family, self.views)

    def ranges(self, family: str) -> dict[str, Range]:
        """Return the ranges searched for `family`, its own before the common ones."""
        names = {h.name for h in FAMILIES[family].hyperparameters}
        common = {name: found for name, found in self.space.items() if name in names}
        return {**common, **self.family_space.get(family, {})}

    def for_view(self, view: str, null_collections: int = 0) -> Task:
        """Return the task with this view alone."""
        return replace(self, views=(view,), null_collections=null_collections)

    def as_json(self) -> dict[str, Any]:
        """Return the task as JSON values, from which `from_json` makes it again."""
        described = asdict(self)
        for name in ("family_views", "leaking"):  # follow from the songs
            del described[name]
        return described


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
    return parse(content, str(path) if name.endswith(".toml") else f"task {name}")


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
    content = dict(content)
    if isinstance(content.get("clusters"), list | tuple):
        content["clusters"] = ":".join(str(n) for n in content["clusters"])
    space, own = content.get("space"), content.pop("family_space", {})
    if isinstance(space, Mapping) and isinstance(own, Mapping):
        content["space"] = {**space, **own}
    return parse(content, "run.json")


def parse(content: dict[str, Any], place: str) -> Task:
    """Return a checked task from the tables of a TOML file; `place` names it in messages."""
    known = {f.name: str(f.type) for f in fields(Task) if f.name not in DERIVED}
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
    _names(values["inputs"], INPUTS, f"{place}: inputs")
    _names(values["families"], FAMILIES, f"{place}: families")
    _names(values["baselines"], FAMILIES, f"{place}: baselines", may_be_empty=True)
    _check_views(values["views"], f"{place}: views")
    _names(values["reducers"], REDUCERS, f"{place}: reducers")
    _names(values["clusterers"], CLUSTERERS, f"{place}: clusterers")
    values["objective"] = values["objective"].replace(" ", "")
    _names(tuple(values["objective"].split(",")), OBJECTIVES, f"{place}: objective")
    _names((values["scheduler"],), SCHEDULERS, f"{place}: scheduler")
    if values["scheduler"] == "asha" and values["objective"] != "coherence":
        raise TaskError(
            f"{place}: scheduler asha compares unfinished trials by coherence, so the objective "
            f"must be coherence alone, not {values['objective']}"
        )
    for name, most in MOST.items():
        if not LEAST[name] <= values[name] <= most:
            raise TaskError(
                f"{place}: {name} is {brief(values[name])}; it must be at least {LEAST[name]} "
                f"and at most {most}"
            )
    for family in {*values["families"], *values["baselines"]}:
        needed = {*FAMILIES[family].inputs}
        if any(h.name == "condition" for h in FAMILIES[family].hyperparameters):
            needed.add("metadata")
        lacking = sorted(needed - set(values["inputs"]))
        if lacking:
            raise TaskError(
                f"{place}: {family} needs {lacking[0]}; add it to inputs or leave {family} out"
            )
    values["clusters"] = _counts(content["clusters"], f"{place}: clusters")
    space = content.get("space", {})
    if not isinstance(space, dict):
        raise TaskError(f"{place}: space must be a table of ranges")
    families = {*values["families"], *values["baselines"]}
    own = {name: table for name, table in space.items() if name in families}
    common = {name: table for name, table in space.items() if name not in own}
    every = {h.name: h for family in families for h in FAMILIES[family].hyperparameters}
    values["space"] = ranges(common, every, f"{place}: space")
    values["family_space"] = {
        family: ranges(
            table,
            {h.name: h for h in FAMILIES[family].hyperparameters},
            f"{place}: space.{family}",
        )
        for family, table in own.items()
    }
    return Task(**values)


def _typed(value: Any, kind: str, place: str) -> Any:
    """Return `value` as the type that a field declares."""
    if kind == "tuple[str, ...]":
        value = [value] if isinstance(value, str) else value
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            if len(value) > MOST_NAMES:
                raise TaskError(f"{place} has {len(value)} names; it may have {MOST_NAMES}")
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

"""The kinds of parts: which table holds them, which keys of a task name them, what one is."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

from data.maps import MapStep
from data.views import VIEWS, Scaling
from evaluation.clusterers import CLUSTERERS, Clusterer
from evaluation.guards import GUARDS, Guard
from evaluation.objective import OBJECTIVES, Objective
from evaluation.reducers import REDUCERS, Reducer
from models import FAMILIES
from models.family import Family


@dataclass(frozen=True)
class Kind:
    """A kind of part.

    Attributes
    ----------
    name : in messages.
    keys : of a task, whose values are names of such parts.
    types : what a part is an instance of; a frozen dataclass as well.
    table : name -> part.
    named : the same part under another name.
    between : what joins several names in one value; nothing where a value is one name.
    """

    name: str
    keys: tuple[str, ...]
    types: tuple[type, ...]
    table: MutableMapping[str, Any]
    named: Callable[[Any, str], Any]
    between: str = ""

    def holds(self, part: object) -> bool:
        """Return whether something is a part of this kind."""
        made = is_dataclass(part) and not isinstance(part, type)
        return made and isinstance(part, self.types)

    def words(self, value: str) -> list[str]:
        """Return the names of parts in one value of a key."""
        return value.replace(" ", "").split(self.between) if self.between else [value]


def _renamed(part: Any, name: str) -> Any:
    return replace(part, name=name)


def _objective(part: Objective, name: str) -> Objective:
    """Return an objective whose column is of its name, unless the tables have it anyway."""
    return part if part.function is None else replace(part, column=f"objective_{name}")


def _view(part: MapStep | Scaling, name: str) -> MapStep | Scaling:
    return part


KINDS = {
    kind.name: kind
    for kind in (
        Kind("family", ("families", "baselines"), (Family,), FAMILIES, _renamed),
        Kind("view", ("views", "reference_views"), (MapStep, Scaling), VIEWS, _view, "+"),
        Kind("reducer", ("reducers",), (Reducer,), REDUCERS, _renamed),
        Kind("clusterer", ("clusterers",), (Clusterer,), CLUSTERERS, _renamed),
        Kind("objective", ("objective",), (Objective,), OBJECTIVES, _objective, ","),
        Kind("guard", ("guards",), (Guard,), GUARDS, _renamed),
    )
}
"""Name -> kind."""


def kind_of(part: object) -> Kind | None:
    """Return the kind of a part; None for what is no part."""
    return next((kind for kind in KINDS.values() if kind.holds(part)), None)

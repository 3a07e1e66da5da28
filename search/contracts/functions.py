"""What objectives and guards promise, whose function judges a clustering."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from evaluation.clustering import Clustering
from evaluation.guards import Guard
from evaluation.objective import Objective
from results.schema import TABLES
from search.contracts.promise import hold, promises


def _clusterings() -> dict[str, Clustering]:
    """Return clusterings that a search may come to, by what is particular about each."""
    random = np.random.default_rng(0)
    truth = random.integers(4, size=150)
    codes = 6 * random.normal(size=(4, 5))[truth] + random.normal(size=(150, 5))
    usual = Clustering(
        codes[:100], codes[100:], truth[:100], truth[100:], 4, {"standard": codes[100:, :3]}
    )
    noisy = np.where(random.random(50) < 0.2, -1, usual.clusters)
    return {
        "usual": usual,
        "with noise": replace(usual, clusters=noisy),
        "of one cluster": replace(usual, clusters=np.zeros(50, int), n_clusters=1),
        "of noise alone": replace(usual, clusters=np.full(50, -1), n_clusters=0),
        "with an empty cluster": replace(usual, n_clusters=5),
    }


def gives_a_number(part: Objective | Guard) -> None:
    """A usual clustering has a finite value."""
    if part.function is not None:
        value = float(part.function(_clusterings()["usual"]))
        hold(math.isfinite(value), f"it is {value}")


def bears_every_clustering(part: Objective | Guard) -> None:
    """A clustering of noise, or of one cluster, is no exception; NaN says that it has no value."""
    if part.function is None:
        return
    for name, clustering in _clusterings().items():
        try:
            float(part.function(clustering))
        except Exception as error:  # whatever code of somebody's own raises
            hold(False, f"of a clustering {name}: {type(error).__name__}: {error}")


def repeats_itself(part: Objective | Guard) -> None:
    """The same clustering has the same value."""
    if part.function is not None:
        usual = _clusterings()["usual"]
        one, same = float(part.function(usual)), float(part.function(usual))
        hold(one == same, f"it is {one}, then {same}")


def ignores_numbering(part: Objective | Guard) -> None:
    """The value does not depend on how clusters are numbered."""
    if part.function is not None:
        usual = _clusterings()["usual"]
        other = replace(
            usual, clusters=3 - usual.clusters, clusters_train=3 - usual.clusters_train
        )
        one, same = float(part.function(usual)), float(part.function(other))
        hold(math.isclose(one, same, rel_tol=1e-6, abs_tol=1e-9), f"{one} becomes {same}")


def leaves_arrays(part: Objective | Guard) -> None:
    """The arrays are left as they are."""
    if part.function is None:
        return
    given, kept = _clusterings()["usual"], _clusterings()["usual"]
    part.function(given)
    arrays = [
        one.name for one in fields(Clustering) if one.name not in ("n_clusters", "references")
    ]
    changed = [
        name for name in arrays if not np.array_equal(getattr(given, name), getattr(kept, name))
    ]
    hold(not changed, f"{', '.join(changed)} are changed")


def has_a_direction(part: Objective) -> None:
    """The direction is maximize or minimize, and a sentence says what is rewarded."""
    known = part.direction in ("maximize", "minimize")
    hold(known, f"the direction is {part.direction!r}")
    hold(part.rewards.strip(), "`rewards` is empty")


def has_a_column(part: Objective | Guard) -> None:
    """There is a function, or a column of the tables of this name."""
    name = part.column if isinstance(part, Objective) else f"guard_{part.name}"
    found: Callable[[str], object] = TABLES["trials"].find
    hold(part.function is not None or found(name) is not None, f"there is no column {name!r}")


def has_a_bound(part: Guard) -> None:
    """The bound is a finite number, and a meaning says of what."""
    hold(math.isfinite(part.bound), f"the bound is {part.bound}")
    hold(part.meaning.strip(), "`meaning` is empty")


_BOTH = (
    has_a_column,
    gives_a_number,
    bears_every_clustering,
    repeats_itself,
    ignores_numbering,
    leaves_arrays,
)
OF_OBJECTIVES = promises(has_a_direction, *_BOTH)
OF_GUARDS = promises(has_a_bound, *_BOTH)

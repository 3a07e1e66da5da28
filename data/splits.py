"""Which songs are learned from, chosen on and reported on: 60 % train, 20 % validation, 20 % test.

Songs of one artist sound alike, so an artist on both sides of a split makes any method look
better than it is; whole groups are therefore kept together where there are enough of them.
"""

from dataclasses import dataclass

import numpy as np

from data import arguments
from data.errors import DataError

FOLDS = 5
PART_OF_FOLD = np.array(["test", "validation", "train", "train", "train"])
FEWEST_GROUPS = 15
"""Below this, one fifth of the groups is too few to stand for the others."""
SMALLEST_SHARE = 0.1
"""A validation or test part smaller than this share of the songs is not worth scoring."""


@dataclass(frozen=True, eq=False)
class Split:
    """The part of every song, and one sentence that says how it was found.

    Parameters
    ----------
    assignment : ndarray of str, shape (n,)
        "train", "validation" or "test".
    rule : str
        The sentence.
    by_group : bool
        Whether every group lies in one part.
    """

    assignment: np.ndarray
    rule: str
    by_group: bool


def split(
    n_songs: int,
    groups: np.ndarray | None = None,
    classes: np.ndarray | None = None,
    seed: int = 0,
    group_name: str = "group",
    class_name: str = "class",
) -> Split:
    """Divide songs 60/20/20.

    Parameters
    ----------
    n_songs : int
        How many; five or more.
    groups : ndarray of str, shape (n_songs,), optional
        Songs to keep together; "" is unknown and stands alone.
    classes : ndarray of str, shape (n_songs,), optional
        What every part should hold in the same shares; "" is unknown. Classes too rare to be
        in every part are treated as one.
    seed : int
        The same seed gives the same split.
    group_name, class_name : str
        How the sentence calls them.

    Raises
    ------
    DataError
        There are fewer than five songs, or an argument is of the wrong kind or length.
    """
    n_songs = arguments.whole("n_songs", n_songs, FOLDS, 2**31)
    seed = arguments.seed(seed)
    groups, classes = _column("groups", groups, n_songs), _column("classes", classes, n_songs)
    strata = np.zeros(n_songs, np.int64) if classes is None else _merge_rare(classes)
    evenly = f", stratified by {class_name}" if strata.any() else ""
    reason = ""
    if groups is not None:
        n_groups = len(set(groups[groups != ""].tolist()))
        if n_groups >= FEWEST_GROUPS:
            assignment = _assign(strata, seed, _alone_if_unknown(groups))
            if _smallest_share(assignment) >= SMALLEST_SHARE:
                rule = f"60/20/20 by {group_name} ({n_groups} groups){evenly}."
                return Split(assignment, rule, by_group=True)
            reason = f"the {n_groups} groups of {group_name} are too uneven to divide"
        else:
            reason = (
                f"{group_name} has {n_groups} groups and keeping them apart takes {FEWEST_GROUPS}"
            )
    assignment = _assign(strata, seed)
    warning = f" Warning: {reason}, so one {group_name} can be in several parts." if reason else ""
    return Split(assignment, f"60/20/20 by song{evenly}.{warning}", by_group=False)


def _column(name: str, values: np.ndarray | None, n_songs: int) -> np.ndarray | None:
    if values is None:
        return None
    if not isinstance(values, np.ndarray) or values.dtype.kind != "U":
        raise DataError(f"{name} is no array of strings; give numpy.array(values).astype(str)")
    if values.shape != (n_songs,):
        raise DataError(f"{name} has shape {values.shape}; one value for each of {n_songs} songs")
    return values


def _assign(strata: np.ndarray, seed: int, groups: np.ndarray | None = None) -> np.ndarray:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    folds = kind(n_splits=FOLDS, shuffle=True, random_state=seed)
    assignment = np.empty(len(strata), PART_OF_FOLD.dtype)
    for part, (_, rows) in zip(
        PART_OF_FOLD, folds.split(strata[:, None], strata, groups), strict=True
    ):
        assignment[rows] = part
    return assignment


def _alone_if_unknown(groups: np.ndarray) -> np.ndarray:
    codes = np.unique(groups, return_inverse=True)[1]
    unknown = groups == ""
    codes[unknown] = codes.max() + 1 + np.arange(unknown.sum())
    return codes


def _merge_rare(classes: np.ndarray) -> np.ndarray:
    """Number the classes so that each number occurs in FOLDS songs or more; 0 is the largest."""
    values, codes, counts = np.unique(classes, return_inverse=True, return_counts=True)
    rare = (counts < FOLDS) | (values == "")
    order = np.argsort(np.where(rare, -1, counts), kind="stable")[::-1]
    numbers = np.empty(len(values), np.int64)
    numbers[order] = np.arange(len(values))
    together = (~rare).sum() if counts[rare].sum() >= FOLDS else 0
    numbers[rare] = together
    return numbers[codes]


def _smallest_share(assignment: np.ndarray) -> float:
    return min(float(np.mean(assignment == part)) for part in ("validation", "test"))

"""A task as these songs allow it: what falls away is said, what cannot be done is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from data import Songs, presentation
from data.files import EMBEDDINGS, SPECTROGRAMS
from evaluation.clusterers import CLUSTERERS
from evaluation.confounds import leaking_columns
from models import FAMILIES, defaults
from search.tasks.ranges import TaskError
from search.tasks.task import Task


def restrict_inputs(task: Task, songs: Songs) -> Songs:
    """Return the songs without the inputs that the task does not name.

    Raises
    ------
    TaskError
        When they have no audio or no embeddings, and the task takes them.
    """
    others = [name for name in task.inputs if name not in ("audio", "embedding")]
    if "audio" in task.inputs and songs.audio is None:
        raise TaskError(
            f"inputs of the task are {', '.join(task.inputs)}, and these songs have embeddings "
            f"but no {SPECTROGRAMS}: give --set 'inputs={json.dumps(['embedding', *others])}'"
        )
    if "embedding" in task.inputs and songs.embedding is None:
        raise TaskError(
            f"inputs of the task are {', '.join(task.inputs)}, and these songs have no "
            f"{EMBEDDINGS}: put one among their files, or give --set "
            f"'inputs={json.dumps(['audio', *others])}'"
        )
    if "lyrics" not in task.inputs:
        songs = songs.replace(lyrics=None, has_lyrics=np.zeros(len(songs), bool))
    if "embedding" not in task.inputs:
        return songs.replace(embedding=None)
    return songs if "audio" in task.inputs else songs.replace(audio=None)


def adapt(task: Task, songs: Songs, say: Callable[[str], None]) -> Task:
    """Return the task without the views, families and counts that these songs do not allow.

    Parameters
    ----------
    say : takes a sentence for everything that falls away.

    Raises
    ------
    TaskError
        When no searched family, view or count of clusters is left.
    """
    task = _possible_counts(task, songs, say)
    if task.label not in songs.labels:
        known = ", ".join(songs.labels) or "none"
        say(
            f"The songs have no label {task.label!r} (labels: {known}): there will be no ari. "
            "Choose one with --label."
        )
    if songs.embedding is not None:
        width = f"embeddings of {songs.embedding.shape[1]} values"
        alone = f"Songs are given by {width}, in place of maps."
        beside = f"Songs are given as one vector: their view beside {width}, equal in variance."
        say(alone if songs.audio is None else beside)
    possible, refused = _possible_views(task.views, songs)
    for reason in refused:
        say(f"A view falls away: {reason}.")
    if not possible:
        raise TaskError(
            f"no view of the task is left: {'; '.join(refused)}; name other views by --set views="
        )
    reference_views, refused = _possible_views(task.reference_views, songs)
    if not reference_views:
        raise TaskError(
            f"no reference view of the task is left: {'; '.join(refused)}; name others by "
            "--set reference_views="
        )
    shapes = {view: presentation.shape_of(view, songs) for view in possible}
    family_views: dict[str, tuple[str, ...]] = {}
    reasons: dict[str, str] = {}
    for family in dict.fromkeys((*task.families, *task.baselines)):
        said = {view: _refusal(family, songs, shapes[view]) for view in shapes}
        allowed = tuple(view for view, reason in said.items() if reason is None)
        if allowed:
            family_views[family] = allowed
        else:
            reasons[family] = next(reason for reason in said.values() if reason)
            say(f"{family} falls away: {reasons[family]}.")
    truth = songs.labels.get(task.label)
    columns = {} if truth is None else leaking_columns(songs.labels, truth)
    task = replace(task, leaking=tuple(columns))
    for family, column in _leaking_families(task).items():
        say(
            f"{family} is given {column}, which determines {task.label}: its trials are run and "
            f"kept, but marked as leaking {task.label} and left out of every ranking."
        )
    families = tuple(family for family in task.families if family in family_views)
    if not families:
        raise TaskError(
            f"no family of the task is left: {'; '.join(reasons.values())}; search another task, "
            "or name other families by --set families="
        )
    return replace(
        task,
        families=families,
        baselines=tuple(family for family in task.baselines if family in family_views),
        views=possible,
        reference_views=reference_views,
        family_views=family_views,
    )


def _possible_views(names: Sequence[str], songs: Songs) -> tuple[tuple[str, ...], list[str]]:
    """Return the views that these songs can be shown in, and why not in the others."""
    possible, refused = [], []
    for view in names:
        try:
            presentation.check(view, songs)
            possible.append(view)
        except ValueError as error:
            refused.append(str(error))
    return tuple(possible), refused


def _possible_counts(task: Task, songs: Songs, say: Callable[[str], None]) -> Task:
    """Return the task without counts that a clusterer cannot make of half the training songs.

    K-means, mixtures and Ward's tree make at most as many clusters as there are songs, and cut a
    larger count to that without a word. Every count is fitted again on halves of the training
    songs to see whether it comes back, and a clustering of fewer clusters would be compared.
    """
    if not any(CLUSTERERS[name].takes_count for name in task.clusterers):
        return task
    low, high = task.clusters
    n_train = int((songs.split == "train").sum())
    most = n_train // 2
    if high <= most:
        return task
    why = f"{len(songs)} songs leave {n_train} for training, and counts are tried on half of them"
    if low > most:
        advice = f"give --clusters 2:{most}" if most > 2 else "take more songs"
        raise TaskError(f"clusters begins at {low}, but {why}, so {most} is the most: {advice}")
    say(f"Counts of clusters above {most} fall away: {why}.")
    return replace(task, clusters=(low, most))


def _refusal(family: str, songs: Songs, shape: tuple[int, ...]) -> str | None:
    """Return why a family cannot be fitted on songs under a view of this shape; None if it can."""
    few = songs.select(slice(0, 1))
    seen = few.replace(audio=np.zeros((len(few), *shape), np.float32), embedding=None)
    return FAMILIES[family].refusal(seen, defaults(FAMILIES[family], {}))


def _leaking_families(task: Task) -> dict[str, str]:
    """Return families of the task that the primary label leaks into, with the column it is in."""
    found: dict[str, str] = {}
    for family in (*task.families, *task.baselines):
        settings = defaults(FAMILIES[family], {})
        searched = task.ranges(family).get("condition")
        columns = searched.choices if searched else (settings.get("condition"),)
        if column := next((name for name in columns if name in task.leaking), None):
            found[family] = column
    return found

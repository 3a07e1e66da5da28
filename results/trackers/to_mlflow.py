"""A run for MLflow: a parent run for the search, a child for each trial, nothing twice."""

from itertools import accumulate

from results.arguments import text_of
from results.columns import ResultsError
from results.text import named
from results.trackers.mlflow_store import (
    LONGEST_SETTING,
    LONGEST_TAG,
    OURS,
    Store,
    answering,
    key,
    shown,
)
from results.trackers.records import RunRecord, TrialRecord

STORE = "sqlite:///mlflow.db"
"""Where MLflow itself keeps runs where nobody says otherwise."""

_RUN, _TRIAL, _RECORD = f"{OURS}.run", f"{OURS}.trial", f"{OURS}.record"
"""Tags by which a run, a trial of it, and what was written of that trial are found again."""

_PARENT, _NOTE = "mlflow.parentRunId", "mlflow.note.content"
_BEST = "best_objective"
_KIND = {"mlflow.experimentKind": "custom_model_development"}
"""Says to MLflow's pages that models are trained here, and no prompts judged."""

_ARTEFACTS = ("report.html", "comparison.csv")
_STATUSES = {"complete": "FINISHED", "infeasible": "FINISHED", "pruned": "KILLED"}
"""How a trial ended, as MLflow calls it; FAILED for any other."""


def to_mlflow(run: RunRecord, uri: str = STORE) -> str:
    """Write a run to a tracking store of MLflow; return a sentence on it.

    The run is a run of the experiment that has the task's name, its trials are runs below it. A
    trial that is there as it is in the tables is left alone, one that has changed, or that was
    written by half, is written anew.

    Parameters
    ----------
    run : RunRecord
    uri : str
        Of a tracking store: a database, a folder, a server.

    Raises
    ------
    ResultsError
        When mlflow-skinny is not installed, or the store cannot be written.
    """
    address = text_of(uri, "uri")
    with answering(address), Store(address) as store:
        experiment = _experiment(store, run.task)
        parent, there = _parent(store, experiment, run)
        new = 0
        for trial in run.trials:
            old, digest = there.get(trial.name, (None, ""))
            if digest != trial.digest:
                if old is not None:
                    store.client.delete_run(old)
                _add_trial(store, experiment, parent, run, trial)
                new += 1
        _finish(store, parent, run)
    return (
        f"Experiment {run.task} of {shown(address)}: run {run.run} with {len(run.trials)} trials, "
        f"{new} of them new or changed."
    )


def _experiment(store: Store, task: str) -> str:
    """Return the id of the experiment of a task, made if need be."""
    found = store.client.get_experiment_by_name(task)
    if found is None:
        return str(store.client.create_experiment(task, tags=_KIND))
    if found.lifecycle_stage != "active":
        raise ResultsError(f"Experiment {named(task)} of the store was deleted: restore it there.")
    return str(found.experiment_id)


def _parent(
    store: Store, experiment: str, run: RunRecord
) -> tuple[str, dict[str, tuple[str, str]]]:
    """Return the id of the run of a search, made if need be, and what is below it.

    That is name of a trial -> id of its run, and the digest of what was written whole.
    """
    found = [*store.runs(experiment, f"tags.`{_RUN}` = '{run.identity}'")]
    if not found:
        made = store.client.create_run(
            experiment, run.created, {_RUN: run.identity}, run_name=run.run
        )
        return made.info.run_id, {}
    parent = found[0].info.run_id
    below = store.runs(experiment, f"tags.`{_PARENT}` = '{parent}'")
    there = {
        child.data.tags[_TRIAL]: (child.info.run_id, child.data.tags.get(_RECORD, ""))
        for child in below
        if _TRIAL in child.data.tags
    }
    return parent, there


def _add_trial(
    store: Store, experiment: str, parent: str, run: RunRecord, trial: TrialRecord
) -> None:
    """Write one trial; the tag that says it is whole comes last."""
    tags = {_PARENT: parent, _TRIAL: trial.name, "role": trial.role, "status": trial.status}
    tags |= {key(name): text[:LONGEST_TAG] for name, text in trial.remarks.items()}
    made = store.client.create_run(experiment, trial.started, tags, run_name=trial.name)
    own = made.info.run_id
    # A score is of the trained model: it stands at the last epoch.
    last = max((points[-1][0] for points in trial.curves.values()), default=0)
    metrics = [(key(name), value, trial.ended, last) for name, value in trial.scores.items()]
    metrics += [
        (f"training/{name}", value, time, step)
        for name, points in trial.curves.items()
        for step, time, value in points
    ]
    store.log(own, trial.settings, metrics)
    for name, _ in trial.files:
        store.put(own, run.folder, name, "model")
    store.client.set_terminated(own, _STATUSES.get(trial.status, "FAILED"), trial.ended)
    store.client.set_tag(own, _RECORD, trial.digest)


def _finish(store: Store, parent: str, run: RunRecord) -> None:
    """Bring the run of a search up to date."""
    there = store.client.get_run(parent)
    known, tags = there.data.params, there.data.tags
    settings = {key(name): text[:LONGEST_SETTING] for name, text in run.settings.items()}
    store.log(parent, {name: text for name, text in settings.items() if name not in known}, [])
    for name, text in settings.items():
        # A parameter can never be changed, and a run that goes on may have more trials.
        if known.get(name, text) != text and tags.get(f"now.{name}") != text:
            store.client.set_tag(parent, f"now.{name}", text)
    if run.comparison and tags.get(_NOTE) != run.comparison[:LONGEST_TAG]:
        store.client.set_tag(parent, _NOTE, run.comparison[:LONGEST_TAG])
    _add_best(store, parent, run)
    for name in _ARTEFACTS:
        store.put_newest(parent, run.folder, name, tags.get(f"{OURS}.{name}", ""))
    status = "RUNNING" if run.ended is None else "FINISHED"
    if (there.info.status, there.info.end_time) != (status, run.ended):
        if run.ended is None:
            store.client.update_run(parent, status)
        else:
            store.client.set_terminated(parent, status, run.ended)


def _add_best(store: Store, parent: str, run: RunRecord) -> None:
    """Add the best objective after each searched trial, in the order in which they ended."""
    complete = (trial for trial in run.trials if trial.status == "complete")
    searched = [
        trial for trial in complete if trial.role == "search" and "objective" in trial.scores
    ]
    searched.sort(key=lambda trial: (trial.ended, trial.number))
    objectives = [trial.scores["objective"] for trial in searched]
    bests = accumulate(objectives, max if run.maximize else min)
    history = store.client.get_metric_history(parent, _BEST) if searched else []
    there = {each.step for each in history}
    points = [
        (_BEST, best, trial.ended, step)
        for step, (trial, best) in enumerate(zip(searched, bests, strict=True), 1)
        if step not in there
    ]
    store.log(parent, {}, points)

"""A run's Optuna study opened from its journal, or written anew where that cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from results.columns import ResultsError
from results.disk import writing
from search.study.journal import (
    CONFIGURATION,
    Damaged,
    check_lines,
    drop_proposal,
    mend,
    set_aside,
)
from search.study.proposals import check_trials, propose_again
from search.study.pruning import pruner
from search.study.sampler import propose_next
from search.study.space import Configuration, parameters
from search.study.storage import StudyStorage
from search.study.warm_start import begins_with
from search.tasks.task import MOST, Task


def open_study(
    journal: Path,
    name: str,
    task: Task,
    known: Mapping[int, Configuration],
    say: Callable[[str], None],
    first: Sequence[Configuration] = (),
) -> optuna.Study:
    """Return the study of a journal, which has every trial in `known`.

    Parameters
    ----------
    journal : file, made if need be; its folder is locked by the run.
    known : configurations of trials that have ended, by number. A journal that lacks one of them,
        or that no study of this task and name has written, is set aside as `.damaged` and
        written anew.
    say : takes a sentence when that happens.
    first : configurations that a new study tries after the default of each family.

    Raises
    ------
    ResultsError
        When a number in `known` is one that no trial of a search has, or the journal cannot be
        written.
    """
    for number in known:
        if not 0 <= number < MOST["trials"]:
            raise ResultsError(
                f"The tables beside {journal} have a searched trial of the number {number}, "
                f"and numbers are from 0 to {MOST['trials'] - 1}: bring back the run folder "
                "as it was."
            )
    try:
        study = _read(journal, name, task, known, first)
        found = _configurations(study)
        if known.keys() <= found.keys():
            return study
        why, known = "it was cut short", {**found, **known}
    except Damaged as error:
        why = str(error)
    aside = set_aside(journal)
    study = _written_anew(journal, name, task, known, first)
    say(
        f"{journal.name} could not be used ({why}): it is set aside as {aside.name} and "
        "written anew from the tables."
    )
    return study


def _read(
    journal: Path,
    name: str,
    task: Task,
    known: Mapping[int, Configuration],
    first: Sequence[Configuration],
) -> optuna.Study:
    """Return what a journal has.

    Raises
    ------
    Damaged
        When no study of this task and name has written it.
    """
    mend(journal)
    check_lines(journal, name)
    try:
        study = _loaded(journal, name, task, first)
        if _cut_short(study):
            drop_proposal(journal, begun(study)[-1]._trial_id)
            study = _loaded(journal, name, task, first)
    except ResultsError:
        raise
    except Exception as error:  # Optuna says in many ways that it cannot read a journal
        raise Damaged(f"Optuna cannot read it: {type(error).__name__}") from None
    check_trials(study, task, known)
    return study


def _loaded(journal: Path, name: str, task: Task, first: Sequence[Configuration]) -> optuna.Study:
    """Return the study of a journal, made if need be, with all that it begins with in it."""
    with writing(journal):
        kept = StudyStorage(journal)
        try:
            study = optuna.load_study(study_name=name, storage=kept, pruner=pruner(task))
        except KeyError:
            study = optuna.create_study(
                storage=kept,
                study_name=name,
                directions=[objective.direction for objective in task.objectives],
                pruner=pruner(task),
            )
        for each in begins_with(task, first)[len(study.get_trials(deepcopy=False)) :]:
            study.enqueue_trial(each)
    return study


def _cut_short(study: optuna.Study) -> bool:
    """Return whether a journal ends within a proposal, which is then to be made afresh."""
    return any(
        trial.state is TrialState.RUNNING and CONFIGURATION not in trial.user_attrs
        for trial in begun(study)[-1:]
    )


def _written_anew(
    journal: Path,
    name: str,
    task: Task,
    known: Mapping[int, Configuration],
    first: Sequence[Configuration],
) -> optuna.Study:
    """Return a study with every known trial, in a journal that is not there yet.

    All of them at once: a journal that lacked some would be damaged for the next that opens it. A
    trial between them that had not ended is proposed without what the others found.
    """
    study = _loaded(journal, name, task, first)
    for number in range(max(known, default=-1) + 1):
        configuration = known.get(number)
        there = number < len(study.get_trials(deepcopy=False))
        restored = None if there else _as_proposed(configuration, task)
        with writing(journal):
            if restored is None:
                propose_next(study, task, number, configuration)
            else:
                study.add_trial(restored)
    return study


def _as_proposed(configuration: Configuration | None, task: Task) -> FrozenTrial | None:
    """Return the trial that runs a configuration; None where the task cannot propose it.

    It takes one line of the journal: a proposal takes a line for each parameter, and each line is
    put on the disk before the next.
    """
    if configuration is None:
        return None
    try:
        fixed = propose_again(parameters(task, configuration), task)
        return create_trial(
            state=TrialState.RUNNING,
            params=fixed.params,
            distributions=fixed.distributions,
            user_attrs={CONFIGURATION: asdict(configuration)},
        )
    except (KeyError, ValueError, TypeError):  # the space of the task lacks it
        return None


def begun(study: optuna.Study) -> list[FrozenTrial]:
    """Return trials that have been proposed, or are being."""
    trials = study.get_trials(deepcopy=False)
    return [trial for trial in trials if trial.state is not TrialState.WAITING]


def _configurations(study: optuna.Study) -> dict[int, Configuration]:
    """Return configurations by number, of those trials whose proposal is whole."""
    return {
        trial.number: Configuration(**trial.user_attrs[CONFIGURATION])
        for trial in study.get_trials(deepcopy=False)
        if CONFIGURATION in trial.user_attrs
    }

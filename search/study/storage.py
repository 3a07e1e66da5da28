"""Optuna's storage in the file of a study, which one process writes, several lines at once."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from optuna.storages import JournalStorage
from optuna.storages.journal import (
    BaseJournalBackend,
    JournalFileBackend,
    JournalFileOpenLock,
)
from optuna.trial import FrozenTrial, TrialState

Line = dict[str, Any]


class StudyStorage(JournalStorage):
    """The storage of one study, which this process alone writes."""

    def __init__(self, journal: Path) -> None:
        """Open the file, which is made if need be.

        Its lock is a file: Optuna's usual one is a link, and no run folder holds links.
        """
        path = str(journal)
        self._lines = _Lines(JournalFileBackend(path, lock_obj=JournalFileOpenLock(path)))
        super().__init__(self._lines)
        self._some_wait = True

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """See `optuna.storages.BaseStorage`."""
        self._some_wait = self._some_wait or template_trial is not None
        return super().create_new_trial(study_id, template_trial)

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """See `optuna.storages.BaseStorage`.

        Optuna asks before every proposal which trials wait, and looks at each to know. Trials are
        made to wait by this process alone: once none does, the answer is known.
        """
        if states != (TrialState.WAITING,):
            return super().get_all_trials(study_id, deepcopy, states)
        found = super().get_all_trials(study_id, deepcopy, states) if self._some_wait else []
        self._some_wait = bool(found)
        return found

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Write the lines of the block at its end, all or none of them.

        Optuna writes one for each parameter of a proposal, and waits for the disk each time. A
        crash leaves no half of a proposal, and no trial half told.
        """
        with self._lines.at_once():
            yield


class _Lines(BaseJournalBackend):
    """A journal whose newest lines may wait to be written."""

    def __init__(self, journal: BaseJournalBackend) -> None:
        self._journal = journal
        self._written = 0
        self._waiting: list[Line] | None = None

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """See `StudyStorage.at_once`."""
        self._waiting = []
        try:
            yield
            waiting, self._waiting = self._waiting, None
            if waiting:
                self._journal.append_logs(waiting)
                list(self.read_logs(self._written))  # by which the file knows where lines begin
        finally:
            self._waiting = None

    def append_logs(self, logs: list[Line]) -> None:
        """See `optuna.storages.journal.BaseJournalBackend`."""
        if self._waiting is None:
            self._journal.append_logs(logs)
        else:
            self._waiting += logs

    def read_logs(self, log_number_from: int) -> Iterable[Line]:
        """See `optuna.storages.journal.BaseJournalBackend`."""
        if self._waiting is None:
            return self._counted(log_number_from)
        if log_number_from >= self._written:
            return self._waiting[log_number_from - self._written :]
        return chain(self._journal.read_logs(log_number_from), self._waiting)

    def _counted(self, first: int) -> Iterator[Line]:
        """Yield the lines from a number on; know how many there are at the end."""
        number = first
        for number, line in enumerate(self._journal.read_logs(first), start=first + 1):  # noqa: B007
            yield line
        self._written = max(self._written, number)

"""The promises of views, reducers, objectives and guards, kept by one suite of each kind."""

import pytest

from data.views import VIEWS
from evaluation.guards import GUARDS
from evaluation.objective import OBJECTIVES
from evaluation.reducers import REDUCERS
from search.check_part import SUITES
from search.contracts import functions, reducers, views
from search.contracts.promise import Promise, promises
from search.tasks.kinds import KINDS, kind_of

CASES = [
    (name, part, promise)
    for table, suite in (
        (VIEWS, views.PROMISES),
        (REDUCERS, reducers.PROMISES),
        (OBJECTIVES, functions.OF_OBJECTIVES),
        (GUARDS, functions.OF_GUARDS),
    )
    for name, part in table.items()
    for promise in suite
]


@pytest.mark.parametrize(
    ("name", "part", "promise"), CASES, ids=[f"{n}-{p.look.__name__}" for n, _, p in CASES]
)
def test_every_promise_is_kept(name: str, part: object, promise: Promise) -> None:
    promise.look(part)


def test_every_kind_has_a_suite_and_is_told_from_others() -> None:
    assert SUITES.keys() == KINDS.keys()
    for kind in KINDS.values():
        assert all(kind_of(part) is kind for part in kind.table.values())


def test_a_promise_is_said_in_one_sentence() -> None:
    def look(case: object) -> None:
        """Nothing is promised."""

    every = [promise for _, suite in SUITES.values() for promise in (*suite, *promises(look))]
    assert all(promise.sentence.endswith(".") for promise in every)

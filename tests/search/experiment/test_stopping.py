"""Durations in words, and when a search has had enough."""

import pytest

from search.experiment.stopping import Limits, StoppingCriteria, seconds
from search.tasks.reading import read_task


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("90s", 90), ("30m", 1800), ("1.5h", 5400), ("2d", 172800), (" 5m ", 300)],
)
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "m", "-5m", "0", "0m", "5 minutes", "1h30m", "nan"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 90s, 30m, 1.5h or 2d"):
        seconds(text)


def test_the_search_leaves_finalists_their_share_of_the_time() -> None:
    assert Limits(time_budget=90).search_seconds(finalist_share=0.5) == 60
    assert Limits().search_seconds(0.5) == float("inf")


def test_patience_counts_feasible_improvements_alone() -> None:
    criteria = StoppingCriteria(Limits(patience=3), read_task("easy"))

    def end(objective: float, status: str = "complete", leaks: str | None = None) -> bool:
        criteria.searched({"status": status, "objective": objective, "leaks": leaks})
        return criteria.enough()

    assert not end(0.5)
    assert not end(0.9, status="infeasible")
    assert not end(0.9, leaks="genre")
    assert not end(0.6)  # better: counting begins anew
    assert not end(0.6)
    assert not end(0.1)
    assert end(0.2)


def test_a_success_between_failures_begins_the_count_anew() -> None:
    criteria = StoppingCriteria(Limits(max_failures=2), read_task("easy"))
    bad = {"status": "failed", "error_kind": "ValueError", "error": "ValueError: no"}
    other = {"status": "failed", "error_kind": "OSError", "error": "OSError: x"}
    for row in (bad, {"status": "complete"}, bad, other):
        criteria.ended(row)
    assert criteria.given_up is None
    criteria.ended(other | {"error": "OSError: y"})
    assert criteria.given_up is not None

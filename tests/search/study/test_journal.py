"""A journal that Optuna did not write for this study is set aside, and made again from tables."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from results.columns import ResultsError
from search.study.journal import LARGEST, LONGEST_LINE, MOST, mend
from search.study.space import Configuration
from search.study.study import Study
from search.tasks.reading import read_task
from search.tasks.task import Task

Asked = dict[int, Configuration]
BAD_LINES: dict[str, bytes] = {
    "binary": bytes(range(128, 256)),
    "half a line": b'{"op_code":5,"worker_id":"a","tri',
    "an unknown operation": b'{"op_code":77,"worker_id":"a"}',
    "a deletion": b'{"op_code":1,"worker_id":"a","study_id":0}',
    "a second study": b'{"op_code":0,"worker_id":"a","study_name":"b","directions":[2]}',
    "a list": b"[1,2]",
    "a number": b"3",
    "a worker that is no text": b'{"op_code":4,"worker_id":[],"study_id":0,"datetime_start":null}',
    "no keys": b'{"op_code":4,"worker_id":"a"}',
    "a trial that there is not": b'{"op_code":6,"worker_id":"a","trial_id":99,"state":1}',
    "a date that is none": b'{"op_code":4,"worker_id":"a","study_id":0,"datetime_start":"now"}',
    "a distribution that is none": b'{"op_code":5,"worker_id":"a","trial_id":3,"param_name":"x",'
    b'"param_value_internal":1,"distribution":"{}"}',
    "a parameter of no task": b'{"op_code":5,"worker_id":"a","trial_id":3,"param_name":"x",'
    b'"param_value_internal":1,"distribution":"{\\"name\\": \\"IntDistribution\\", '
    b'\\"attributes\\": {\\"log\\": false, \\"step\\": 1, \\"low\\": 0, \\"high\\": 9}}"}',
    "deep JSON": b"[" * 50_000,
    "a number without end": b'{"op_code":' + b"9" * 5_000 + b"}",
    "too long a line": b'{"op_code":8,"worker_id":"' + b"a" * LONGEST_LINE + b'"}',
    "no values": b'{"op_code":6,"worker_id":"a","trial_id":3,"state":1,"values":null,'
    b'"datetime_complete":"2026-01-01T00:00:00+00:00"}',
    "values that are no numbers": b'{"op_code":6,"worker_id":"a","trial_id":3,"state":1,'
    b'"values":["x"],"datetime_complete":"2026-01-01T00:00:00+00:00"}',
    "two values": b'{"op_code":6,"worker_id":"a","trial_id":3,"state":1,"values":[1,2],'
    b'"datetime_complete":"2026-01-01T00:00:00+00:00"}',
    "a state that is none": b'{"op_code":6,"worker_id":"a","trial_id":3,"state":9,"values":[1]}',
    "a configuration that is none": b'{"op_code":8,"worker_id":"a","trial_id":3,'
    b'"user_attr":{"configuration":{"family":"x"}}}',
    "a configuration of another type": b'{"op_code":8,"worker_id":"a","trial_id":3,'
    b'"user_attr":{"configuration":[1]}}',
    "an attribute of Optuna's": b'{"op_code":9,"worker_id":"a","trial_id":3,'
    b'"system_attr":{"completed_rung_0":"x"}}',
    "a trial that waits for nothing": b'{"op_code":4,"worker_id":"a","study_id":0,"state":4,'
    b'"datetime_start":null,"value":null,"values":null,"distributions":{},"params":{},'
    b'"user_attrs":{},"system_attrs":{"fixed_params":{"family":"x"}},"intermediate_values":{}}',
}

REPLACED_LATER = {"a configuration that is none", "a configuration of another type"}
"""Bad lines that do no harm before the line which says it again."""


@pytest.fixture(scope="module")
def task() -> Task:
    return read_task("easy", {"trials": 9, "clusterers": ["kmeans", "agglomerative"]})


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "study.journal"


def asked(journal: Path, task: Task) -> Asked:
    """Four proposals: three that ended, and one that was running."""
    study, found = Study(journal, "run", task), {}
    for _ in range(3):
        number, found[number] = study.ask()
        study.tell(number, [0.1 * number], {})
    study.ask()
    return found


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        (bad, place)
        for bad in BAD_LINES
        for place in ("within", "at the end")
        if place != "within" or bad not in REPLACED_LATER
    ],
)
def test_a_bad_line_costs_no_trial_that_ended(
    journal: Path, task: Task, bad: str, place: str
) -> None:
    known = asked(journal, task)
    lines = journal.read_bytes().splitlines(keepends=True)
    at = len(lines) - 3 if place == "within" else len(lines)
    lines.insert(at, BAD_LINES[bad] + b"\n")
    journal.write_bytes(b"".join(lines))
    said: list[str] = []
    study = Study(journal, "run", task, known, said.append)
    assert len(said) == 1 and "\n" not in said[0] and len(said[0]) < 400
    assert "set aside as study.damaged and written anew" in said[0]
    assert journal.with_suffix(".damaged").read_bytes() == b"".join(lines)
    assert dict(study.ask() for _ in known) == known
    for number in known:
        study.tell(number, [0.2], {})
    number, _ = study.ask()
    study.tell(number, [0.5], {})
    again: list[str] = []
    Study(journal, "run", task, known, again.append)
    assert again == []


def rewritten(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """What changes every line of a journal."""

    def make(journal: Path) -> None:
        entries = [json.loads(line) for line in journal.read_bytes().splitlines()]
        for entry in entries:
            change(entry)
        journal.write_text("".join(json.dumps(entry) + "\n" for entry in entries))

    return make


def folder_at(path: Path) -> None:
    """A folder where a file was."""
    path.unlink()
    path.mkdir()


CHANGED: dict[str, Callable[[Path], object]] = {
    "another study": rewritten(lambda e: e.update(study_name="x") if "study_name" in e else None),
    "other directions": rewritten(
        lambda e: e.update(directions=[1, 1]) if "directions" in e else None
    ),
    "another space": rewritten(
        lambda e: (
            e.update(distribution=e["distribution"].replace("16", "17"))
            if "distribution" in e
            else None
        )
    ),
    "values beyond the space": rewritten(
        lambda e: e.update(param_value_internal=1e300) if "param_value_internal" in e else None
    ),
    "no workers": rewritten(lambda e: e.pop("worker_id")),
    "nothing": lambda journal: journal.write_bytes(b""),
    "a folder": lambda journal: folder_at(journal),
    "more than a study has": lambda journal: os.truncate(journal, LARGEST + 1),
    "trials without end": lambda journal: journal.write_bytes(
        journal.read_bytes()
        + b'{"op_code":4,"worker_id":"a","study_id":0,"datetime_start":null}\n'
        * (MOST["trials"] + 1)
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_journal_of_something_else_is_made_again(journal: Path, task: Task, name: str) -> None:
    known = asked(journal, task)
    CHANGED[name](journal)
    said: list[str] = []
    study = Study(journal, "run", task, known, said.append)
    assert len(said) == 1 and "\n" not in said[0]
    assert dict(study.ask() for _ in known) == known


def test_without_trials_that_ended_a_bad_journal_is_a_new_one(journal: Path, task: Task) -> None:
    journal.write_bytes(b"\xff\n")
    first = Study(journal, "run", task).ask()
    assert first == Study(journal.with_name("other"), "run", task).ask()


def test_what_a_journal_shares_with_another_name_is_not_written(
    journal: Path, task: Task, tmp_path: Path
) -> None:
    asked(journal, task)
    outside = tmp_path / "outside"
    os.link(journal, outside)
    before = outside.read_bytes()
    study = Study(journal, "run", task)
    study.ask()
    assert outside.read_bytes() == before and journal.stat().st_nlink == 1


@pytest.mark.parametrize("ending", [".torn", ".damaged"])
def test_nothing_is_written_through_a_link_beside_the_journal(
    journal: Path, task: Task, tmp_path: Path, ending: str
) -> None:
    known = asked(journal, task)
    target = tmp_path / "target"
    target.write_text("kept")
    journal.with_suffix(ending).symlink_to(target)
    bad = b"\xff" if ending == ".torn" else b"\xff\n"
    journal.write_bytes(journal.read_bytes() + bad)
    try:
        Study(journal, "run", task, known)
    except ResultsError as error:
        assert ending == ".torn" and "link" in str(error)
    assert target.read_text() == "kept"


def test_a_journal_that_is_a_link_is_not_followed(
    journal: Path, task: Task, tmp_path: Path
) -> None:
    known = asked(journal, task)
    target = tmp_path / "target"
    journal.rename(target)
    before = target.read_bytes() + b"half"
    target.write_bytes(before)
    journal.symlink_to(target)
    mend(journal)
    study = Study(journal, "run", task, known)
    assert dict(study.ask() for _ in known) == known
    assert target.read_bytes() == before and not journal.is_symlink()


def test_no_link_lies_in_a_run_folder_while_the_journal_is_written(
    journal: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError("a link was made")

    monkeypatch.setattr(os, "symlink", refuse)
    asked(journal, task)
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    Study(journal, "run", task).ask()


def test_a_journal_made_again_is_whole_before_the_first_trial_is_asked_for(
    journal: Path, task: Task
) -> None:
    known = asked(journal, task)
    journal.write_bytes(b"\xff\n")
    Study(journal, "run", task, known)  # and a crash
    said: list[str] = []
    study = Study(journal, "run", task, known, said.append)
    assert said == []
    assert dict(study.ask() for _ in known) == known
    assert journal.with_suffix(".damaged").read_bytes() == b"\xff\n"


def test_a_journal_that_was_set_aside_is_never_replaced(journal: Path, task: Task) -> None:
    known = asked(journal, task)
    said: list[str] = []
    for content in (b"first\n", b"second\n", b"third\n"):
        journal.write_bytes(content)
        Study(journal, "run", task, known, said.append)
    kept = ["study.damaged", "study.damaged-2", "study.damaged-3"]
    assert [(journal.parent / name).read_bytes() for name in kept] == [
        b"first\n",
        b"second\n",
        b"third\n",
    ]
    assert all(f"as {name} and" in each for name, each in zip(kept, said, strict=True))


def test_a_trial_that_had_not_ended_is_proposed_anew_between_those_that_had(
    journal: Path, task: Task
) -> None:
    known = asked(journal, task)
    lost = sorted(known)[-2]
    del known[lost]
    journal.write_bytes(b"")
    study = Study(journal, "run", task, known)
    assert study.begun == len(known) + 1
    found = dict(study.ask() for _ in range(study.begun))
    assert {number: found[number] for number in known} == known
    again = Study(journal, "run", task, known)
    assert dict(again.ask() for _ in found) == found


@pytest.mark.parametrize("number", [-1, MOST["trials"], 2**40])
def test_a_number_that_no_trial_has_is_refused(journal: Path, task: Task, number: int) -> None:
    configuration = Study(journal, "run", task).ask()[1]
    with pytest.raises(ResultsError, match="numbers are from 0 to"):
        Study(journal, "run", task, {number: configuration})

"""Whatever a task file says, it is a task that can be searched or one clear sentence."""

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.study.space import baseline_configurations, default_configuration, parameters, propose
from search.tasks.ranges import TaskError
from search.tasks.reading import TASKS, from_json, parse, read_task
from search.tasks.task import Task

BUILT_IN = {path.stem: path.read_text("utf-8") for path in sorted(TASKS.glob("*.toml"))}
CONTENTS = {name: tomllib.loads(text) for name, text in BUILT_IN.items()}
SEVERAL = settings(max_examples=300, derandomize=True, deadline=None)

scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.integers(-3, 70),
    st.sampled_from([0, 2**32, -(2**63), 10**20, 10**400]),
    st.floats(),
    st.floats(1e-5, 100.0),
    st.text(max_size=12),
    st.sampled_from(["4:16", "2:²", "9" * 5000, "1:2:3", "pca", "kmeans", "power+power", "genre"]),
    st.dates(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["low", "high", "log", "per_decade", "choices", "beta", "epochs", ""]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=6,
)
numbers = st.one_of(st.integers(-1, 70), st.floats(0, 70), st.sampled_from([True, "auto", 1e-4]))
searched = st.fixed_dictionaries(
    {},
    optional={
        "low": numbers,
        "high": numbers,
        "log": st.booleans(),
        "per_decade": st.integers(-1, 9) | st.booleans(),
        "choices": st.lists(numbers, max_size=3) | numbers,
    },
)


def paths(content: dict[str, Any], before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key of nested tables."""
    found = []
    for key, value in content.items():
        found.append((*before, key))
        if isinstance(value, dict):
            found += paths(value, (*before, key))
    return found


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    """A built-in task of which some keys are gone, and others are new or have another value."""
    content = copy.deepcopy(CONTENTS[draw(st.sampled_from(sorted(CONTENTS)))])
    for _ in range(draw(st.integers(1, 2))):
        # As many changes among the ranges as among all other keys.
        every = paths(content)
        ranges = [path for path in every if len(path) > 1] or every
        *tables, last = draw(st.sampled_from(draw(st.sampled_from([every, ranges]))))
        place: Any = content
        for table in tables:
            place = place[table]
        if not isinstance(place, dict):
            continue
        change = draw(st.sampled_from(["remove", "add", "replace", "replace", "replace"]))
        new = draw(searched if tables and draw(st.booleans()) else values)
        if change == "remove":
            del place[last]
        else:
            place[draw(st.text(max_size=8)) if change == "add" else last] = new
    return content


def search_once(task: Task) -> None:
    """What a search does with a task before anything is trained."""
    assert from_json(json.loads(json.dumps(task.as_json()))) == task
    for family in task.baselines:
        assert baseline_configurations(task, family)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for family in task.families:
        study.enqueue_trial(parameters(task, default_configuration(task, family)))
    for _ in range(len(task.families) + 1):
        propose(study.ask(), task)


def sentence(error: TaskError) -> str:
    said = str(error)
    assert "\n" not in said and len(said) < 1000
    return said


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@SEVERAL
@given(changed())
def test_any_keys_and_values_are_a_task_that_can_be_searched_or_are_refused(
    content: dict[str, Any],
) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        task = parse(content, "mine.toml")
    except TaskError as error:
        assert sentence(error).startswith("mine.toml")
    else:
        search_once(task)


@SEVERAL
@given(
    name=st.sampled_from(sorted(BUILT_IN)),
    start=st.integers(0, 900),
    length=st.integers(0, 12),
    new=st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b"[" * 2000, b"9" * 5000, b"\xff\xfe", b"1e999", b"nan", b'"""']),
    ),
)
def test_a_damaged_task_file_is_a_task_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, start: int, length: int, new: bytes
) -> None:
    content = BUILT_IN[name].encode()
    path = tmp_path_factory.getbasetemp() / "mine.toml"
    path.write_bytes(content[:start] + new + content[start + length :])
    try:
        read_task(str(path))
    except TaskError as error:
        assert str(path) in sentence(error)


@SEVERAL
@given(key=st.text(max_size=20), value=values)
def test_any_override_is_taken_or_refused(key: str, value: Any) -> None:
    try:
        read_task("easy", {key: value})
    except TaskError as error:
        sentence(error)


@SEVERAL
@given(changed())
def test_settings_of_a_foreign_run_are_a_task_or_are_refused(content: dict[str, Any]) -> None:
    try:
        from_json(content)
    except TaskError as error:
        sentence(error)


@given(st.text(max_size=20))
@SEVERAL
def test_any_name_of_a_task_is_known_or_refused(name: str) -> None:
    try:
        read_task(name)
    except TaskError as error:
        sentence(error)
    else:
        assert Path(name).stem in BUILT_IN

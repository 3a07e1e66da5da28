"""Tasks: what is read, and how plainly a mistake is named."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from search.__main__ import main
from search.tasks.ranges import Range, TaskError
from search.tasks.reading import TASKS, from_json, read_task
from search.tasks.task import MOST
from tests.searches import write_set
from tests.songs import make_songs


@pytest.mark.parametrize("name", sorted(path.stem for path in TASKS.glob("*.toml")))
def test_every_shipped_task_is_sound_and_survives_the_run_record(name: str) -> None:
    task = read_task(name)
    assert task.name == name
    assert from_json(task.as_json()) == task


def test_a_task_is_found_by_name_or_path(tmp_path: Path) -> None:
    copy = tmp_path / "mine.toml"
    copy.write_text((TASKS / "easy.toml").read_text())
    assert read_task(str(copy)) == read_task("easy")


def test_changes_override_the_file() -> None:
    task = read_task("easy", {"epochs": 3, "clusters": "4:6", "space.beta.high": 2.0})
    assert task.epochs == 3
    assert list(task.counts) == [4, 5, 6]
    assert task.space["beta"].high == 2.0


def test_one_count_and_one_value_are_ranges_too() -> None:
    task = read_task("easy", {"clusters": "10", "space.latent_size": 16})
    assert list(task.counts) == [10]
    assert task.space["latent_size"] == Range(choices=(16,))
    assert task.widest == 16


def test_a_range_of_one_family_stays_with_it() -> None:
    task = read_task("easy", {"space.mlp_vae.width": [64, 128]})
    assert task.ranges("mlp_vae")["width"].choices == (64, 128)
    assert "width" not in task.ranges("pca")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"familes": ["pca"]}, "unknown key 'familes'"),
        ({"families": ["mlp_vea"]}, "there is no 'mlp_vea'; allowed are mlp_vae"),
        ({"families": []}, "families is empty"),
        ({"families": ["mlp_vae", "mlp_vae"]}, "'mlp_vae' is given twice"),
        ({"families": 3}, "families must be a list of names, not 3"),
        ({"clusterers": ["kmean"]}, "there is no 'kmean'"),
        ({"views": ["whitened"]}, "there is no view 'whitened'"),
        ({"objective": "sillhouette"}, "there is no 'sillhouette'; allowed are coherence"),
        ({"clusters": "16:4"}, "clusters is '16:4'"),
        ({"clusters": "1"}, "from 2 to 1000"),
        ({"trials": 0}, "trials is 0; it must be at least 1"),
        ({"trials": "many"}, "trials must be a whole number, not 'many'"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"space.latentsize.low": 2}, "no family of this task has 'latentsize'"),
        ({"space.beta.hi": 2}, "unknown key 'hi'; allowed are low, high"),
        ({"space.beta.low": 20}, "low 20 is above high 10.0"),
        ({"space.beta.low": -1}, "-1 is not allowed; it must be a number"),
        ({"space.latent_size.low": 2.5}, "2.5 is not allowed; it must be a whole number"),
        ({"space.mlp_vae.colour": 1}, "no family of this task has 'colour'"),
        ({"space.beta": {"low": 1.0}}, "beta needs both low and high"),
        ({"trials.more": 1}, "'trials' is a value, not a table"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(TaskError) as raised:
        read_task("easy", changes)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.toml", None, "give easy"),
        ("broken.toml", "families = [", "cannot be read as TOML"),
        ("empty.toml", "", "the key 'name' is missing"),
    ],
)
def test_a_file_that_is_no_task_is_named(
    tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(TaskError) as raised:
        read_task(str(path))
    assert said in str(raised.value)
    assert name in str(raised.value)


@pytest.mark.parametrize("key", MOST)
def test_numbers_beyond_what_ever_ends_are_refused(key: str) -> None:
    for value in (MOST[key] + 1, 10**400, math.inf, math.nan, -1):
        with pytest.raises(TaskError, match=f"{key} (is|must be)") as refused:
            read_task("easy", {key: value})
        assert len(str(refused.value)) < 300
    assert getattr(read_task("easy", {key: MOST[key]}), key) == MOST[key]


def test_a_name_alone_is_a_list_of_one_everywhere() -> None:
    alone = read_task("easy", {"families": "mlp_vae", "views": "standard", "baselines": "pca"})
    assert alone == read_task("easy")
    assert from_json(json.loads(json.dumps(alone.as_json()))) == alone


@pytest.mark.parametrize("label", ["a" * 10**5, "a\nb", "a\0b", "\x1b[31mred", "\ud800"])
def test_a_label_that_no_screen_can_show_is_refused_in_a_sentence(label: str) -> None:
    with pytest.raises(TaskError, match="task easy: label is") as refused:
        read_task("easy", {"label": label})
    said = str(refused.value)
    assert len(said) < 300 and said.isprintable()


@pytest.mark.parametrize(
    "given",
    [
        *("epochs", "=3", "a" * 10**5, "epochs=1\ntrials=2", "label=\x1b[31m", "label=a\0b"),
        *(
            "space=" + "[" * 10**4,
            "seed=" + "9" * 5000,
            "a." * 10**4 + "a=1",
            "label=" + "a" * 999,
        ),
    ],
)
def test_an_odd_assignment_is_refused_in_a_sentence(
    given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["easy", "--set", given, "--data", "nowhere"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and len(said) < 1200 and said.strip().isprintable()


@pytest.mark.parametrize("option", ["--label", "--name", "--group", "--objective", "--trials"])
@pytest.mark.parametrize("text", ["a" * 10**5, "a\nb", "a\0b", "\x1b[31m", "\ud800", "[/old]"])
def test_an_odd_option_is_refused_in_a_sentence(
    option: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    songs = write_set(tmp_path / "songs", make_songs())
    try:
        code = main(["easy", "--data", str(songs), "--out", str(tmp_path / "runs"), option, text])
    except SystemExit as end:
        code = int(end.code or 0)
    out, said = capsys.readouterr()
    assert code in (2, 3)
    assert "Traceback" not in said and "\x1b" not in out + said
    assert len(said.splitlines()[-1]) < 1200


def test_a_task_of_before_there_were_reference_views_is_judged_as_it_was() -> None:
    described = read_task("hard").as_json()
    del described["reference_views"]
    assert from_json(described).reference_views == ("standard",)


def test_without_reference_views_every_view_of_a_task_is_one(tmp_path: Path) -> None:
    text = (TASKS / "medium.toml").read_text()
    (tmp_path / "mine.toml").write_text(re.sub("reference_views = .*", "", text))
    task = read_task(str(tmp_path / "mine.toml"), {"views": ["power", "standard"]})
    assert task.reference_views == ("power", "standard")

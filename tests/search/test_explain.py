"""What a search would do is said, and nothing is searched."""

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from search import explain as explained
from search.__main__ import main
from search.backend.resources import Resources
from search.explain import explain
from search.options import explain_parser, search_parser
from search.wording import speaker
from tests.search.test_rooms import ROOT, loaded_by
from tests.searches import small_task, write_set
from tests.songs import make_songs


def test_what_would_be_searched_is_said_without_searching(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "songs", make_songs())
    monkeypatch.chdir(tmp_path)
    small = ["trials=5", "epochs=4", "finalist_seeds=3", "null_collections=2"]
    small += ["space.latent_size.high=8", 'families=["mlp_vae", "conv_vae"]']
    small += ["space.mlp_vae.learning_rate={low=0.001, high=0.01}"]
    given = ["explain", "easy", "--data", str(folder), "--clusters", "2:5", "--workers", "2"]
    assert main([*given, *(word for one in small for word in ("--set", one))]) == 0
    said = capsys.readouterr().out
    assert f"160 songs from {folder}." in said
    assert "Split 60/20/20" in said
    assert "conv_vae falls away: conv_vae convolves maps of" in said
    assert "mlp_vae: 45 models for each value of learning_rate" in said
    assert "(values of latent_size 5, beta 9, view 1, reducer 1)" in said
    assert "clustered in 4 ways: kmeans at 2 to 5 clusters." in said
    assert "Trials: 5 of baselines, 5 searched, " in said and "x 3 seeds, 2 on songs" in said
    assert "Expected: about " in said and " with 2 workers on this machine (start " in said
    assert "consensus " in said and "null collections " in said
    assert "MB per worker" in said or "GB per worker" in said
    assert "failed" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["songs"]


def test_the_driver_imports_no_tensorflow() -> None:
    assert not {"tensorflow", "keras", "numba"} & loaded_by("import search.explain", ROOT)


def test_nothing_is_expected_of_finalists_where_there_are_none(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "songs", make_songs())
    said = io.StringIO()
    say = speaker(Console(file=said, width=80))
    task = small_task(finalist_seeds=0)
    found = explain(task, folder, say, resources=Resources(workers=1))
    assert found.trials.finalists == 0 and found.stages["finalists"] == 0
    assert found.stages["consensus"] == 0 and found.stages["null collections"] == 0
    assert found.seconds == pytest.approx(sum(found.stages.values()))
    assert "no finalists" in said.getvalue() and "with 1 worker on" in said.getvalue()


def end_at_once(*given: object) -> None:
    os._exit(9)


def test_a_probe_that_is_killed_is_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "songs", make_songs())
    monkeypatch.setattr(explained, "measure", end_at_once)
    assert main(["explain", "easy", "--data", str(folder)]) == 4
    assert "The process that tries the models was ended" in capsys.readouterr().err


def test_what_changes_a_search_changes_its_explanation() -> None:
    """The two take the same options, but for where a run goes, ends and is shown."""
    other = {"out", "name", "resume", "address", "wait", "time_budget", "patience", "max_failures"}
    other |= {"epoch_limit", "no_report", "clips", "dashboard"}
    taken = {action.dest for action in explain_parser()._actions}
    assert {action.dest for action in search_parser()._actions} - taken == other


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--trials", "0"], 2, "trials is 0"),
        (["--workers", "0"], 2, "--workers is 0; it must be at least 1"),
        (["--cpus-per-trial", "4000"], 2, "No node has room for a trial of 4000 cores"),
        (["--gpus-per-trial", "2.5"], 2, "give a share such as 0.25, or a whole number"),
        (["--group", "band"], 3, "band"),
        (["--known", "nowhere.csv"], 3, "nowhere.csv"),
        (["--objective", "known_agreement"], 2, "needs known songs: name a file by --known"),
        (["--clusters", "100:500"], 2, "counts are tried on half of them"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_tried(
    options: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = write_set(tmp_path / "songs", make_songs())
    assert main(["explain", "easy", "--data", str(folder), *options]) == code
    answered = capsys.readouterr()
    assert said in answered.err and "trained and scored" not in answered.out

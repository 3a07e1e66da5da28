"""The same command begins a run, goes on with it, and does nothing where it has ended."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

import results
from results import lease
from results.store import RunStore
from search.__main__ import main
from tests.searches import write_set
from tests.songs import make_songs

SMALL = ["epochs=3", "finalist_seeds=2", "null_collections=1", "space.latent_size.high=8"]
SMALL += ["baselines=[]", "clusters=2:4", "finalists=1"]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, ray_session: None) -> Path:
    """A folder with songs, a run that the command began, and its mirror."""
    base = tmp_path_factory.mktemp("night")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results.folder, "RUNS", base / "runs")
        songs = write_set(base / "songs", make_songs())
        assert main(night(songs, out=(base / "mirrors").as_uri())) == 0
    return base


@pytest.fixture
def songs(first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The songs in a copy of that folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(results.folder, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(lease, "LOOK_SECONDS", 1.0)
    shutil.copytree(first, tmp_path, dirs_exist_ok=True)
    return tmp_path / "songs"


def night(songs: Path, *more: str, trials: int = 2, out: str | None = None) -> list[str]:
    """The command that is given again and again."""
    command = ["easy", "--name", "night", "--resume", "auto", "--data", str(songs)]
    command += ["--trials", str(trials), "--workers", "2", "--no-report"]
    command += [word for change in SMALL for word in ("--set", change)]
    return [*command, *(["--out", out] if out else []), *more]


def trials_of(run: Path) -> pd.DataFrame:
    trials = results.load(run, "trials")
    return trials[trials["role"] == "search"].set_index("trial")


def test_it_begins_goes_on_and_ends(songs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = songs.parent / "runs" / "easy" / "night"
    first = trials_of(run)
    assert len(first) == 2
    assert main(night(songs)) == 0
    said = capsys.readouterr().out
    assert "The run has ended" in said and "mean and 95 % interval" in said
    pd.testing.assert_frame_equal(trials_of(run), first)
    assert main(night(songs, trials=4)) == 0
    more = trials_of(run)
    assert len(more) == 4
    pd.testing.assert_series_equal(more["started"].iloc[:2], first["started"])


def test_a_run_that_lacks_its_report_draws_it(songs: Path) -> None:
    run = songs.parent / "runs" / "easy" / "night"
    first = trials_of(run)
    assert main([word for word in night(songs) if word != "--no-report"]) == 0
    assert (run / "report.html").is_file()
    pd.testing.assert_frame_equal(trials_of(run), first)


def test_it_goes_on_from_the_mirror_where_the_folder_is_gone(
    songs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = (songs.parent / "mirrors").as_uri()
    run = songs.parent / "runs" / "easy" / "night"
    first = trials_of(run)
    shutil.rmtree(run)
    assert main(night(songs, trials=3, out=out)) == 0
    assert f"Going on from the mirror at {out}/easy/night." in capsys.readouterr().out
    assert len(trials_of(run)) == 3
    pd.testing.assert_series_equal(trials_of(run)["started"].iloc[:2], first["started"])
    assert len(trials_of(songs.parent / "mirrors" / "easy" / "night")) == 3


def test_a_folder_behind_its_mirror_is_put_aside(
    songs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = (songs.parent / "mirrors").as_uri()
    run = songs.parent / "runs" / "easy" / "night"
    older = shutil.copytree(run, songs.parent / "older")
    assert main(night(songs, trials=3, out=out)) == 0
    shutil.rmtree(run)
    older.rename(run)
    capsys.readouterr()
    assert main(night(songs, trials=4, out=out)) == 0
    assert "The run went on elsewhere: its older folder is now" in capsys.readouterr().out
    assert len(trials_of(run)) == 4
    (aside,) = (run.parent / ".superseded").iterdir()
    assert len(results.load(aside, "trials").query("role == 'search'")) == 2
    assert [path.name for path in results.finding.run_folders("easy", "all")] == ["night"]


def test_a_run_that_another_process_has_is_named_with_it(
    songs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = songs.parent / "runs" / "easy" / "night"
    with RunStore.open(run):
        assert main(night(songs, trials=5)) == 2
    said = capsys.readouterr().err
    assert re.search(r"is open in another process \(process \d+ on .*, since .* UTC\)", said)


def test_another_task_of_that_name_is_refused(
    songs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = songs.parent / "runs" / "easy" / "night"
    before = json.loads((run / "run.json").read_text())
    assert main(night(songs, "--set", "epochs=9", trials=5)) == 2
    assert "whose epochs is 3, and this command asks for 9" in capsys.readouterr().err
    assert json.loads((run / "run.json").read_text()) == before


def test_a_run_without_a_name_cannot_be_known_again(
    songs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [word for word in night(songs) if word not in ("--name", "night")]
    assert main(command) == 2
    assert "--resume auto needs --name" in capsys.readouterr().err

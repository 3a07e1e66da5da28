"""The report of choosing by known songs."""

import shutil
from pathlib import Path

import pytest

import results
from results.report.page import write_report
from search.choose import choose


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    """A run of the test's own, chosen among once."""
    run = Path(shutil.copytree(finished_run, tmp_path / "runs" / "easy" / finished_run.name))
    songs = results.load(run, "songs").head(40)[["id", "genre"]]
    known = tmp_path / "known.csv"
    songs.rename(columns={"genre": "label"}).to_csv(known, index=False)
    choose(run, [known])
    return run


def test_a_round_is_shown_with_the_songs_to_ask_about_next(run: Path) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    assert "choice-1" in page
    assert "40 known songs" in page
    assert "Songs to ask about next" in page


def test_a_damaged_choice_is_left_out_with_a_sentence(run: Path) -> None:
    shutil.copytree(run / "choices" / "choice-1", run / "choices" / "choice-0")
    (run / "choices" / "choice-0" / "comparison.parquet").write_bytes(b"no table")
    page = write_report(run).read_text(encoding="utf-8")
    assert "choice-0 is left out" in page
    assert "40 known songs" in page


def test_a_run_without_a_choice_says_how_to_choose(finished_run: Path, tmp_path: Path) -> None:
    page = write_report(finished_run, tmp_path / "report.html")
    assert "python -m search choose" in page.read_text(encoding="utf-8")

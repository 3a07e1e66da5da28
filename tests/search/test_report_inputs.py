"""What a search keeps for its report: the map, what clusters are like, clips of some songs."""

import io
import shutil
import subprocess
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import soundfile
from rich.console import Console

import results
from search.__main__ import main
from search.backend.resources import Resources
from search.resume import resume
from search.run import RunOptions
from search.start import search
from tests.searches import small_task, write_set
from tests.songs import make_songs

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "report.md"
CLIPS = 12
WORDS = ("river", "নদী", "fire", "আগুন")
"""One in the lyrics of every song of a genre."""
BROKEN = 5
"""Rows of the first songs, whose sound files are none."""


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with sound, artists and lyrics."""
    made = make_songs(features=32)
    made = made.replace(audio=made.audio.reshape(len(made), 4, 8))
    folder = write_set(tmp_path_factory.mktemp("heard") / "songs", made)
    (folder / "audio").mkdir()
    table = pd.read_csv(folder / "dataset.csv", dtype=str, keep_default_na=False)
    time = np.arange(8_000) / 16_000
    for row, song in enumerate(table["id"]):
        path = folder / "audio" / f"{song}.wav"
        if row < BROKEN:
            path.write_text("no sound")
        else:
            soundfile.write(path, 0.3 * np.sin(2 * np.pi * (200 + row) * time), 16_000)
    table["audio_path"] = [f"audio/{song}.wav" for song in table["id"]]
    table["artist"] = [f"Artist {row % 7}" for row in range(len(table))]
    table["lyrics"] = [f"love {WORDS[int(genre[-1])]}" for genre in table["genre"]]
    table.to_csv(folder / "dataset.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def said() -> io.StringIO:
    """What the search says."""
    return io.StringIO()


@pytest.fixture(scope="module")
def run(
    ray_session: None, songs: Path, said: io.StringIO, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A run that was searched to its end."""
    options = RunOptions(Resources(workers=2), console=Console(file=said, width=200), clips=CLIPS)
    out = tmp_path_factory.mktemp("runs")
    return search(small_task(), songs, out=out, group="none", options=options).folder


def test_every_song_lies_on_the_map_of_every_method_that_was_compared(run: Path) -> None:
    table, compared = results.load(run, "map"), results.load(run)
    assert table["method"].iloc[0] == "consensus"
    assert {*table["trial"]} == {*compared["trial"]}
    ids = results.load(run, "songs")["id"].to_list()
    for _, own in table.groupby("trial"):
        assert own["id"].to_list() == ids
        assert own[["pca_x", "pca_y", "tsne_x", "tsne_y"]].notna().all(axis=None)
        assert own["seed"].nunique() == 1
    assigned = results.load(run, "assignments").set_index(["trial", "seed", "id"])["cluster"]
    placed = table.set_index(["trial", "seed", "id"])["cluster"]
    pd.testing.assert_series_equal(placed, assigned[placed.index], check_dtype=False)
    assert (table["agreement"].notna() == (table["method"] == "consensus").to_numpy()).all()


def test_a_cluster_has_exemplars_and_a_song_on_its_border(run: Path) -> None:
    table = results.load(run, "map")
    for _, own in table.groupby(["trial", "cluster"]):
        exemplars = own[own["exemplar"] == "exemplar"]
        assert len(exemplars) == min(3, len(own))
        assert exemplars["artist"].nunique() >= min(2, own["artist"].nunique())
        assert (own["exemplar"] == "border").sum() == (len(own) > 3)


def test_clusters_are_described(run: Path) -> None:
    table, songs = results.load(run, "clusters"), results.load(run, "map")
    sizes = songs.groupby(["trial", "cluster"]).size()
    pd.testing.assert_series_equal(
        table.set_index(["trial", "cluster"])["songs"].sort_index(),
        sizes[sizes.index.get_level_values("cluster") >= 0],
        check_dtype=False,
        check_names=False,
    )
    assert table["change"].notna().all() and "brightness" not in table  # Hz is not known
    typical = {word for words in table["words"].dropna() for word in words.split(", ")}
    assert typical and typical <= {*WORDS}


def test_so_many_clips_as_were_asked_for_are_kept_and_can_be_played(run: Path) -> None:
    table = results.load(run, "map")
    heard = table.drop_duplicates("id").dropna(subset="audio_path")
    kept = {f"clips/{path.name}" for path in (run / "clips").iterdir()}
    assert {*heard["audio_path"]} == kept
    assert CLIPS - BROKEN <= len(kept) <= CLIPS
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs Debian's package ffmpeg")
    for path in sorted(kept)[:3]:
        pcm = ["-f", "s16le", "-ac", "1", "-ar", "16000", "-"]
        command = ["ffmpeg", "-v", "error", "-i", str(run / path), *pcm]
        sound = np.frombuffer(
            subprocess.run(command, check=True, capture_output=True).stdout, "<i2"
        )
        assert 0.4 < len(sound) / 16_000 < 0.7 and np.abs(sound).max() > 5_000


def test_the_query_of_the_documentation_brings_the_clips_into_embedding_atlas(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = DOCUMENTATION.read_text("utf-8").partition('--query "')[2].partition('"')[0]
    monkeypatch.chdir(run)
    data = pd.read_parquet("map.parquet")  # which duckdb finds by its name
    found = duckdb.sql(query).df()
    assert len(found) == len(data) / data["method"].nunique()
    clips = found["audio"].dropna()
    assert len(clips) == len([*(run / "clips").iterdir()])
    assert all(bytes(clip["bytes"])[0] == 0xFF for clip in clips)  # a frame of MPEG's


def test_no_path_of_this_machine_is_handed_on(run: Path, songs: Path) -> None:
    for name in ("map.parquet", "clusters.parquet"):
        content = (run / name).read_bytes()
        assert str(songs).encode() not in content and str(run).encode() not in content


def test_clips_zero_leaves_recordings_out_and_an_older_run_gets_its_map(
    ray_session: None, run: Path, songs: Path, tmp_path: Path
) -> None:
    again = tmp_path / "easy" / run.name
    shutil.copytree(run, again)
    for path in (*again.glob("map.parquet"), *again.glob("parts/map-*"), again / "report.html"):
        path.unlink()
    options = RunOptions(Resources(workers=2), console=Console(file=io.StringIO()), clips=0)
    resume(again, source=songs, options=options)
    table = results.load(again, "map")
    assert len(table) == len(results.load(run, "map")) and "audio_path" not in table
    assert not [*(again / "clips").iterdir()]


def test_a_run_that_is_given_more_trials_has_the_map_of_its_last_comparison_alone(
    ray_session: None, run: Path, songs: Path, tmp_path: Path
) -> None:
    again = tmp_path / "easy" / run.name
    shutil.copytree(run, again)
    said = io.StringIO()
    options = RunOptions(Resources(workers=2), console=Console(file=said, width=1000), clips=CLIPS)
    elsewhere = tmp_path / "songs"
    shutil.copytree(songs, elsewhere, ignore=shutil.ignore_patterns("audio"))
    resume(again, trials=8, source=elsewhere, options=options)
    table = results.load(again, "map")
    assert {*table["trial"]} == {*results.load(again)["trial"]}
    assert "the sound files that dataset.csv names are not there" in said.getvalue()
    assert table["audio_path"].isna().all() and not [*(again / "clips").iterdir()]


def test_a_wrong_number_of_clips_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["easy", "--clips", "-1"]) == 2
    assert "--clips is -1; it must be from 0 to 10,000" in capsys.readouterr().err

"""What the demo collection promises."""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data
from data import demo
from data.__main__ import main

TINY = demo.Demo(songs=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixty songs."""
    folder = tmp_path_factory.mktemp("sets") / "demo"
    assert demo.make(folder, demo.Demo(songs=60))
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Twenty songs."""
    folder = tmp_path_factory.mktemp("sets") / "tiny"
    assert demo.make(folder, TINY)
    return folder


def _bytes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_settings_give_the_same_bytes(tiny, tmp_path):
    demo.make(tmp_path / "again", TINY)
    assert _bytes(tmp_path / "again") == _bytes(tiny)


def test_it_is_made_again_only_for_other_settings(tiny, tmp_path):
    shutil.copytree(tiny, tmp_path / "demo")
    before = data.load(tmp_path / "demo").audio
    assert not demo.make(tmp_path / "demo", TINY)
    assert demo.make(tmp_path / "demo", demo.Demo(songs=20, seed=1))
    assert not np.isin(data.load(tmp_path / "demo").audio[:, 30, 60], before[:, 30, 60]).any()
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_it_loads_as_songs_of_six_genres_and_two_languages(folder):
    songs = data.load(folder)
    assert songs.audio.shape == (60, 64, 128)
    assert songs.audio.min() >= -80
    assert {name: len(set(values)) for name, values in songs.labels.items()} == {
        "genre": 6,
        "language": 2,
        "artist": 18,
    }
    assert 0 < (~songs.has_lyrics).sum() < 18
    assert songs.split_rule.startswith("60/20/20 by artist (18 groups)")
    for genre in set(songs.labels["genre"]):  # genre does not give the language away
        assert len(set(songs.labels["language"][songs.labels["genre"] == genre])) == 2


def test_its_paths_lead_to_sound(folder):
    table = data.files.read_metadata(folder / data.files.METADATA)
    paths = table["audio_path"]
    assert len({*paths}) == 60 == len(list((folder / "audio").iterdir()))
    for path in paths[:12]:
        sound, rate = soundfile.read(folder / path)
        assert rate == 22_050
        assert 3.0 < len(sound) / rate < 3.2  # MP3 pads
        assert 0.001 < np.abs(sound).max() <= 1


def test_a_stopped_demo_leaves_nothing_behind(tmp_path):
    def stop(maps):
        next(iter(maps))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.make(tmp_path / "demo", demo.Demo(songs=20), progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_is_not_replaced(tmp_path, capsys):
    (tmp_path / "diary.txt").write_text("dear diary")
    assert main(["demo", "--out", str(tmp_path)]) == 3
    assert "holds something else; remove it or choose another --out" in capsys.readouterr().err
    assert (tmp_path / "diary.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["sing"], "invalid choice: 'sing'"),
        (["demo", "--songs", "3"], "'3' is not a whole number from 20 on"),
        (["demo", "--difficulty", "1.5"], "'1.5' is not a number from 0 to 1"),
        (["demo", "--difficulty", "nan"], "'nan' is not a number from 0 to 1"),
    ],
)
def test_wrong_arguments_exit_2_with_a_sentence(arguments, sentence, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert sentence in capsys.readouterr().err


def test_help_is_quick():
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "data", "--help"], check=True, capture_output=True)
    assert time.perf_counter() - start < 2

"""What `python -m data check` promises to say."""

import numpy as np

from data import files
from data.__main__ import main
from data.check import check


def _features(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(60, 5)).astype(np.float32)


def test_a_sound_collection_is_described_with_what_will_be_used(write, columns):
    columns["year"] = [str(row) for row in range(60)]
    found = check(write(columns))
    assert found.problems == []
    text = "\n".join(found.facts)
    for sentence in (
        "60 songs with audio, of 60 listed in dataset.csv",
        "audio: maps of 4 x 6, values from ",
        "genre: 3 classes: folk 21, rock 21, jazz 18",
        "language: 2 classes: english 30, বাংলা 30",
        "year: no label, for it has 60 different values for 60 songs",
        "lyrics: 54 songs, 6 without, 54 in latin script; embeddings 5 wide",
        "split: train 36, validation 12, test 12",
        "rule: 60/20/20 by artist (20 groups), stratified by genre.",
    ):
        assert sentence in text


def test_every_problem_is_listed_and_the_exit_code_is_3(write, columns, capsys):
    ids = np.array(columns["id"])
    columns["id"][7] = "song-2"
    columns["id"][8] = ""
    audio = _features()
    audio[[4, 50]] = np.nan
    folder = write(columns, ids, audio, lyrics=np.ones((59, 2)))
    problems = "\n".join(check(folder).problems)
    for sentence in (
        "has the id 'song-2' twice, in row 4 (line 5) and row 9 (line 15)",
        "row 10 (line 17) has no id",
        "song 'song-4' (row 4",
        "song 'song-50' (row 50",
        "lyrics_embeddings.npy has 59 rows",
        "no row for 2 of 60 songs with audio, the first of them 'song-7'",
    ):
        assert sentence in problems
    assert main(["check", str(folder)]) == 3
    output = capsys.readouterr().out
    assert output.count("problem: ") == 6
    assert "6 problems" in output


def test_missing_things_are_all_named(write, tmp_path, capsys):
    folder = write()
    (folder / files.IDS).unlink()
    (folder / files.SPECTROGRAMS).unlink()
    assert len(check(folder).problems) == 2
    assert main(["check", str(tmp_path / "nowhere")]) == 3
    assert "there is no folder" in capsys.readouterr().out


def test_the_same_recording_twice_is_found_also_if_it_differs_by_little(write):
    audio = np.random.default_rng(0).normal(size=(60, 8, 10)).astype(np.float32)
    audio[33] = audio[3]
    audio[44] = audio[4] + 1e-4
    (warning,) = [text for text in check(write(audio=audio)).warnings if "pairs" in text]
    assert warning.startswith("2 pairs of songs are the same recording")
    assert "song-3 = song-33, song-4 = song-44" in warning


def test_labels_that_determine_one_another_are_named(write, columns):
    columns["region"] = ["north" if genre == "rock" else "south" for genre in columns["genre"]]
    warnings = "\n".join(check(write(columns)).warnings)
    assert "genre determines region" in warnings
    assert "region determines genre" not in warnings
    assert "artist determines genre" in warnings


def test_constant_features_and_features_that_give_a_label_away_are_named(write, columns):
    audio = _features()
    audio[:, 1] = 7
    audio[:, 3] = [("folk", "rock", "jazz").index(genre) for genre in columns["genre"]]
    warnings = "\n".join(check(write(audio=audio)).warnings)
    assert "1 features never change in training songs (from 0: 1)" in warnings
    assert "feature 3 (from 0) gives genre away" in warnings
    assert "gives language away" not in warnings


def test_a_feature_with_a_threshold_between_two_classes_gives_them_away(write, columns):
    audio = _features()
    audio[:, 2] += 20 * (np.array(columns["language"]) == "english")
    warnings = "\n".join(check(write(audio=audio)).warnings)
    assert "feature 2 (from 0) gives language away" in warnings


def test_lost_sound_files_are_only_a_warning(write):
    assert any("60 audio paths lead nowhere" in text for text in check(write()).warnings)

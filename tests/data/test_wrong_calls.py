"""Wrong calls of the Python functions end in one sentence of this project, or are right."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import data
from data import arrays, audio, demo, files, lyrics, splits, views
from data.check import check
from data.log_mel import LogMel
from data.prepare import prepare
from data.songs import Songs
from tests.data.collection import write_collection

Call = Callable[[Path], Any]


def _songs(**changes: Any) -> Songs:
    given: dict[str, Any] = {
        "ids": np.array(["a", "b", "c"]),
        "audio": np.zeros((3, 4), np.float32),
        "lyrics": None,
        "has_lyrics": np.zeros(3, bool),
        "labels": {"genre": np.array(["x", "y", ""])},
        "groups": None,
        "split": np.array(["train", "train", "test"]),
    }
    return Songs(**{**given, **changes})


MAPS = np.zeros((3, 4, 6), np.float32)
WORDS = np.array(["a", "b"] * 5)

WRONG: dict[str, Call] = {
    "load nothing": lambda songs: data.load(None),  # type: ignore[arg-type]
    "load a number": lambda songs: data.load(3),  # type: ignore[arg-type]
    "load bytes": lambda songs: data.load(b"x"),  # type: ignore[arg-type]
    "load a list": lambda songs: data.load(["x"]),  # type: ignore[arg-type]
    "load an empty path": lambda songs: data.load(""),
    "load a NUL": lambda songs: data.load("a\0b"),
    "load a long path": lambda songs: data.load("x" * 5000),
    "load a missing folder": lambda songs: data.load(songs / "nowhere"),
    "load a file": lambda songs: data.load(songs / files.METADATA),
    "load a device": lambda songs: data.load("/dev/null"),
    "load a negative seed": lambda songs: data.load(songs, seed=-1),
    "load a seed in words": lambda songs: data.load(songs, seed="a"),  # type: ignore[arg-type]
    "load half a seed": lambda songs: data.load(songs, seed=1.5),  # type: ignore[arg-type]
    "load a true seed": lambda songs: data.load(songs, seed=True),
    "load no seed": lambda songs: data.load(songs, seed=None),  # type: ignore[arg-type]
    "load a large seed": lambda songs: data.load(songs, seed=2**32),
    "load a huge seed": lambda songs: data.load(songs, seed=10**5000),
    "load a label by number": lambda songs: data.load(songs, label=3),  # type: ignore[arg-type]
    "load an empty label": lambda songs: data.load(songs, label=""),
    "load no label": lambda songs: data.load(songs, label=None),  # type: ignore[arg-type]
    "load an unknown label": lambda songs: data.load(songs, label="mood"),
    "load a long label": lambda songs: data.load(songs, label="m" * 10**6),
    "load the title as label": lambda songs: data.load(songs, label="title"),
    "load a group by number": lambda songs: data.load(songs, group=3),  # type: ignore[arg-type]
    "load an empty group": lambda songs: data.load(songs, group=""),
    "load an unknown group": lambda songs: data.load(songs, group="band"),
    "read nothing": lambda songs: data.read(None),  # type: ignore[arg-type]
    "read a missing folder": lambda songs: data.read(songs / "nowhere"),
    "fingerprint nothing": lambda songs: data.fingerprint(None),  # type: ignore[arg-type]
    "fingerprint a number": lambda songs: data.fingerprint(7),  # type: ignore[arg-type]
    "fingerprint a NUL": lambda songs: data.fingerprint("\0"),
    "check nothing": lambda songs: check(None),  # type: ignore[arg-type]
    "check a negative seed": lambda songs: check(songs, seed=-1),
    "check a label by number": lambda songs: check(songs, label=1),  # type: ignore[arg-type]
    "check a group by list": lambda songs: check(songs, group=["a"]),  # type: ignore[arg-type]
    "songs of ids in a list": lambda songs: _songs(ids=["a", "b", "c"]),
    "songs of ids that are numbers": lambda songs: _songs(ids=np.arange(3)),
    "songs of ids in a table": lambda songs: _songs(ids=np.array([["a"], ["b"], ["c"]])),
    "songs of no audio": lambda songs: _songs(audio=None),
    "songs of too few rows": lambda songs: _songs(audio=np.zeros((2, 4), np.float32)),
    "songs of whole numbers": lambda songs: _songs(audio=np.zeros((3, 4), int)),
    "songs of words": lambda songs: _songs(audio=np.full((3, 4), "a")),
    "songs of one axis": lambda songs: _songs(audio=np.zeros(3, np.float32)),
    "songs of four axes": lambda songs: _songs(audio=np.zeros((3, 1, 1, 1), np.float32)),
    "songs of objects": lambda songs: _songs(audio=np.empty((3, 2), object)),
    "songs of flat lyrics": lambda songs: _songs(lyrics=np.zeros(3, np.float32)),
    "songs of lyrics in a list": lambda songs: _songs(lyrics=[[0.0]] * 3),
    "songs of a mask of numbers": lambda songs: _songs(has_lyrics=np.zeros(3)),
    "songs of labels in a list": lambda songs: _songs(labels=[WORDS]),
    "songs of labels of numbers": lambda songs: _songs(labels={"genre": np.arange(3)}),
    "songs of too many labels": lambda songs: _songs(labels={"genre": WORDS}),
    "songs of groups in a list": lambda songs: _songs(groups=["a", "b", "c"]),
    "songs of a split by number": lambda songs: _songs(split=np.zeros(3, int)),
    "select beyond the end": lambda songs: _songs().select(np.array([0, 3])),
    "select one": lambda songs: _songs().select(1),  # type: ignore[arg-type]
    "select by name": lambda songs: _songs().select("a"),  # type: ignore[arg-type]
    "select by fractions": lambda songs: _songs().select(np.array([0.5])),
    "select by a short mask": lambda songs: _songs().select(np.array([True, False])),
    "select by a table": lambda songs: _songs().select(np.array([[0], [1]])),
    "a part of another name": lambda songs: _songs().part("dev"),
    "a part by number": lambda songs: _songs().part(3),  # type: ignore[arg-type]
    "a part by list": lambda songs: _songs().part(["train"]),  # type: ignore[arg-type]
    "replace an unknown field": lambda songs: _songs().replace(sound=1),
    "an unknown view": lambda songs: views.check("nonsense"),
    "an empty view": lambda songs: views.check(""),
    "a view by number": lambda songs: views.check(3),  # type: ignore[arg-type]
    "no view": lambda songs: views.check(None),  # type: ignore[arg-type]
    "a view twice": lambda songs: views.check("power+power"),
    "a view for maps": lambda songs: views.check("gainless", (5,)),
    "a view fitted on nothing": lambda songs: views.fit("standard", None),  # type: ignore
    "a view fitted on a list": lambda songs: views.fit("standard", [[1.0]]),  # type: ignore
    "a view fitted on no songs": lambda songs: views.fit("standard", MAPS[:0]),
    "a view fitted on words": lambda songs: views.fit("standard", WORDS[:, None]),
    "a view fitted on one axis": lambda songs: views.fit("standard", MAPS[:, 0, 0]),
    "a view of other songs": lambda songs: views.fit("standard", MAPS).apply(MAPS[:, :2]),
    "a view of no array": lambda songs: views.fit("standard", MAPS).apply(3),  # type: ignore
    "a split of none": lambda songs: splits.split(0),
    "a split of four": lambda songs: splits.split(4),
    "a split of a word": lambda songs: splits.split("ten"),  # type: ignore[arg-type]
    "a split of half a song": lambda songs: splits.split(9.5),  # type: ignore[arg-type]
    "a split by a list": lambda songs: splits.split(10, ["a"] * 10),  # type: ignore[arg-type]
    "a split by too few": lambda songs: splits.split(10, WORDS[:5]),
    "a split by numbers": lambda songs: splits.split(10, classes=np.arange(10)),
    "a split by a negative seed": lambda songs: splits.split(10, seed=-1),
    "a demo of fewer than none": lambda songs: demo.Demo(songs=-1),
    "a demo of too many": lambda songs: demo.Demo(songs=10**20),
    "a demo of a word": lambda songs: demo.Demo(songs="many"),  # type: ignore[arg-type]
    "a demo of a negative seed": lambda songs: demo.Demo(seed=-1),
    "a demo harder than hard": lambda songs: demo.Demo(difficulty=2),
    "a demo of no difficulty": lambda songs: demo.Demo(difficulty=float("nan")),
    "a demo of audio in words": lambda songs: demo.Demo(audio="yes"),  # type: ignore[arg-type]
    "a demo nowhere": lambda songs: demo.make(None, demo.Demo(20)),  # type: ignore[arg-type]
    "a demo of nothing": lambda songs: demo.make(songs / "x", None),  # type: ignore[arg-type]
    "a demo by no workers": lambda songs: demo.make(songs / "x", demo.Demo(20), workers=0),
    "a demo on a collection": lambda songs: demo.make(songs, demo.Demo(20)),
    "a demo on a file": lambda songs: demo.make(songs / files.METADATA, demo.Demo(20)),
    "a demo below a file": lambda songs: demo.make(songs / files.METADATA / "x", demo.Demo(20)),
    "prepare nothing": lambda songs: prepare(None, songs / "x"),  # type: ignore[arg-type]
    "prepare to nowhere": lambda songs: prepare(songs, None),  # type: ignore[arg-type]
    "prepare a missing folder": lambda songs: prepare(songs / "nowhere", songs / "x"),
    "prepare no sound": lambda songs: prepare(songs, songs / "x"),
    "prepare by a list": lambda songs: prepare(songs, songs / "x", metadata=3),  # type: ignore
    "prepare a folder as list": lambda songs: prepare(songs, songs / "x", metadata=songs),
    "prepare no windows": lambda songs: prepare(songs, songs / "x", windows=0),
    "prepare by no workers": lambda songs: prepare(songs, songs / "x", workers=0),
    "prepare by half a worker": lambda songs: prepare(songs, songs / "x", workers=0.5),  # type: ignore
    "prepare by thousands": lambda songs: prepare(songs, songs / "x", workers=9999),
    "prepare labels of moods": lambda songs: prepare(songs, songs / "x", labels="moods"),
    "prepare labels by number": lambda songs: prepare(songs, songs / "x", labels=3),  # type: ignore
    "prepare labels by list": lambda songs: prepare(songs, songs / "x", labels=["tags"]),  # type: ignore
    "prepare by a word": lambda songs: prepare(songs, songs / "x", log_mel="loud"),  # type: ignore
    "prepare lyrics by number": lambda songs: prepare(songs, songs / "x", lyrics_model=3),  # type: ignore
    "prepare without progress": lambda songs: prepare(songs, songs / "x", progress=3),  # type: ignore
    "maps of no mels": lambda songs: LogMel(mels=0),
    "maps of many mels": lambda songs: LogMel(mels=5000),
    "maps of half a hop": lambda songs: LogMel(hop=0.5),  # type: ignore[arg-type]
    "maps at a gigahertz": lambda songs: LogMel(sample_rate=10**9),
    "maps of an hour": lambda songs: LogMel(hop=65_536, frames=2000),
    "maps of many values": lambda songs: LogMel(mels=512, frames=60_000, hop=1),
    "maps of a large spectrum": lambda songs: LogMel(n_fft=65_536, frames=2000, hop=1),
    "maps without a floor": lambda songs: LogMel(floor=float("-inf")),
    "hear nothing": lambda songs: audio.hear(None, LogMel(), 8),  # type: ignore[arg-type]
    "hear a folder": lambda songs: audio.hear(songs, LogMel(), 8),
    "hear a device": lambda songs: audio.hear(Path("/dev/zero"), LogMel(), 8),
    "hear no windows": lambda songs: audio.hear(songs / files.METADATA, LogMel(), 0),
    "a lyrics model by number": lambda songs: lyrics.load_model(3),  # type: ignore[arg-type]
    "an array of a folder": lambda songs: arrays.open_array(songs),
}

RIGHT: dict[str, Call] = {
    "a path as text": lambda songs: data.load(str(songs)),
    "a seed of numpy": lambda songs: data.load(songs, seed=np.int64(3)),  # type: ignore[arg-type]
    "no group": lambda songs: data.load(songs, group="none"),
    "files that are not there": lambda songs: data.fingerprint(songs / "nowhere") == {},
    "a row twice": lambda songs: _songs().select(np.array([0, 0])),
    "rows from the end": lambda songs: _songs().select(np.array([-1])),
    "no rows": lambda songs: _songs().select(np.array([], int)),
    "a list of rows": lambda songs: _songs().select([0, 2]),  # type: ignore[arg-type]
    "an empty part": lambda songs: _songs().part("validation"),
    "songs in double precision": lambda songs: _songs(audio=np.zeros((3, 4))),
    "a view of one song": lambda songs: views.fit("standard", MAPS).apply(MAPS[:1]),
    "a view of no songs": lambda songs: views.fit("standard", MAPS).apply(MAPS[:0]),
    "a map by numbers of numpy": lambda songs: LogMel(mels=np.int32(8)),  # type: ignore[arg-type]
}


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_collection(tmp_path_factory.mktemp("wrong") / "songs")


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_call_ends_in_one_sentence_of_this_project(songs: Path, what: str) -> None:
    with pytest.raises(data.DataError) as caught:
        WRONG[what](songs)
    said = str(caught.value)
    assert 20 < len(said) < 500 and "\n" not in said, said
    assert not (songs / "x").exists()


@pytest.mark.parametrize("what", RIGHT)
def test_an_odd_call_that_is_right_is_answered(songs: Path, what: str) -> None:
    assert RIGHT[what](songs) is not None

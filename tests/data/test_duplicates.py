"""Songs that are there twice are found, whatever encoder wrote them, and no others are."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data
from data import files
from data.__main__ import main
from data.arrangement import invent_artist, perform
from data.check import check
from data.duplicates import same_recordings
from data.errors import DataError
from data.genres import GENRES
from data.journal import JOURNAL
from data.prepare import prepare
from tests.data.encoders import M4A, OPUS, Make, by, missing_programs, run, sox

ENCODERS = pytest.mark.skipif(
    bool(missing_programs()), reason=f"not installed: {', '.join(missing_programs())}"
)
RATE = 22_050
COPIES: dict[str, Make] = {
    "64 kbit.mp3": by("lame --quiet -b 64 {wav} {out}"),
    "320 kbit.mp3": by("lame --quiet -b 320 {wav} {out}"),
    "vorbis.ogg": by("oggenc -Q -q 3 -o {out} {wav}"),
    "opus.opus": OPUS,
    "aac.m4a": M4A,
    "resampled, in stereo.wav": sox("-r 48000 -c 2 -t wav"),
    "quiet.flac": by("sox -D {wav} {out} gain -6"),
    "from the first second on.mp3": by("sox -D {wav} -t wav - trim 1 | lame --quiet - {out}"),
    "without its end.flac": by("sox -D {wav} {out} trim 0 -0.5"),
}


@pytest.fixture(scope="module")
def songs(tmp_path_factory) -> Path:
    """Songs of six artists, of each two of three seconds, one map, and two of twenty."""
    folder = tmp_path_factory.mktemp("songs")
    rng = np.random.default_rng(0)
    for number, genre in enumerate(GENRES):
        artist = invent_artist(genre, 0.5, rng)
        for title, seconds in (("short", 3.1), ("long", 20.0)):
            for take in range(2):
                sound = perform(artist, genre, seconds, 0.5, rng)
                soundfile.write(folder / f"{title} {number} {take}.wav", sound, RATE)
    return folder


@pytest.fixture
def audio(songs, tmp_path) -> Path:
    """The songs, to be added to."""
    return Path(shutil.copytree(songs, tmp_path / "audio"))


def _prepare(audio: Path, out: Path, **options: object):
    return prepare(audio, out, workers=1, **options)


def _found(folder: Path) -> set[str]:
    """Return the pairs that `check` names."""
    return {each.song for each in check(folder).remarks if "same recording" in each.kind}


def _left_out(prepared) -> set[str]:
    return {each.song for each in prepared.remarks if each.kind.startswith("left out")}


@ENCODERS
def test_songs_that_were_encoded_again_are_found_and_no_others(audio, tmp_path):
    expected = set()
    for number, (name, make) in enumerate(COPIES.items()):
        for title in ("short", "long"):
            song = f"{title} {number % 6} {number // 6}.wav"
            make(audio / song, audio / f"zz {title}, {name}")
            expected.add(f"{song} = zz {title}, {name}")
    _prepare(audio, tmp_path / "out")
    assert _found(tmp_path / "out") == expected


@ENCODERS
def test_without_its_sound_a_long_song_is_found_by_its_map_unless_it_was_cut(audio, tmp_path):
    COPIES["320 kbit.mp3"](audio / "long 0 0.wav", audio / "zz whole.mp3")
    COPIES["without its end.flac"](audio / "long 1 0.wav", audio / "zz cut.flac")
    _prepare(audio, tmp_path / "out")
    assert len(_found(tmp_path / "out")) == 2
    shutil.rmtree(audio)
    assert _found(tmp_path / "out") == {"long 0 0.wav = zz whole.mp3"}


@ENCODERS
def test_drop_duplicates_keeps_the_first_and_says_so(audio, tmp_path, capsys):
    for name in ("a first.mp3", "zz last.mp3"):
        COPIES["64 kbit.mp3"](audio / "short 0 0.wav", audio / name)
    out = tmp_path / "out"
    where = ["--audio", str(audio), "--out", str(out), "--workers", "1"]
    assert main(["prepare", *where, "--drop-duplicates"]) == 0
    said = capsys.readouterr().out
    assert "24 songs, 24 of them new, 0 skipped, 2 left out as copies" in said
    assert "2 left out, for they are the same recording as a song that comes before them" in said
    assert "a first.mp3 = short 0 0.wav, a first.mp3 = zz last.mp3" in said
    kept = data.read(out).ids.tolist()
    assert "a first.mp3" in kept and not {"short 0 0.wav", "zz last.mp3"} & set(kept)
    assert sorted(kept) == sorted(set(kept))
    assert _found(out) == {"a first.mp3 = short 0 0.wav", "a first.mp3 = zz last.mp3"}
    assert any("left out" in warning for warning in check(out).warnings)


@pytest.fixture
def copied(audio) -> Path:
    """The songs and copies of some of them, a bit louder."""
    for number in range(3):
        sound, _ = soundfile.read(audio / f"short {number} 0.wav")
        soundfile.write(audio / f"short {number} copy.wav", 0.8 * sound, RATE)
    return audio


COPIED = {f"short {number} 0.wav = short {number} copy.wav" for number in range(3)}


def _stopping_after(count: int) -> Callable:
    def progress(songs, total):
        for done, song in enumerate(songs):
            if done == count:
                raise KeyboardInterrupt
            yield song

    return progress


def test_a_stopped_prepare_leaves_out_the_same_songs(copied, tmp_path):
    whole = _prepare(copied, tmp_path / "whole", drop_duplicates=True)
    assert _left_out(whole) == COPIED
    with pytest.raises(KeyboardInterrupt):
        _prepare(copied, tmp_path / "out", drop_duplicates=True, progress=_stopping_after(20))
    again = _prepare(copied, tmp_path / "out", drop_duplicates=True)
    assert (again.added, _left_out(again)) == (24 - 18, COPIED)
    for name in (files.SPECTROGRAMS, files.IDS, files.METADATA):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_prepare_that_is_stopped_while_songs_are_left_out_goes_on(copied, tmp_path, monkeypatch):
    def stop(maps, listed, labels):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("data.growing_maps.GrowingMaps.finish", stop)
        with pytest.raises(KeyboardInterrupt):
            _prepare(copied, tmp_path / "out", drop_duplicates=True)
    again = _prepare(copied, tmp_path / "out", drop_duplicates=True)
    assert _left_out(again) == COPIED
    assert len(data.read(tmp_path / "out")) == 24


def test_what_was_left_out_is_not_heard_again_and_comes_back_when_asked_for(copied, tmp_path):
    out = tmp_path / "out"
    _prepare(copied, out, drop_duplicates=True)
    heard: list[object] = []

    def progress(songs, total):
        heard.append(total)
        return songs

    same = _prepare(copied, out, drop_duplicates=True, progress=progress)
    assert (heard, same.added, _left_out(same)) == ([0], 0, COPIED)
    assert [line for line in (out / JOURNAL).read_text().splitlines() if '"same_as"' in line]
    sound, _ = soundfile.read(copied / "short 5 1.wav")
    soundfile.write(copied / "short 1 copy.wav", sound[::-1], RATE)  # another song now
    changed = _prepare(copied, out, drop_duplicates=True, progress=progress)
    assert (heard[1:], changed.added, len(_left_out(changed))) == ([1], 1, 2)
    assert _prepare(copied, out, progress=progress).added == 2
    assert heard[2:] == [2] and len(data.read(out)) == 27
    assert _left_out(_prepare(copied, out, drop_duplicates=True)) == COPIED - {
        "short 1 0.wav = short 1 copy.wav"
    }


def test_a_copy_that_stays_when_the_first_goes_is_heard_again(copied, tmp_path):
    out = tmp_path / "out"
    _prepare(copied, out, drop_duplicates=True)
    (copied / "short 0 0.wav").write_bytes(b"no sound any more")
    again = _prepare(copied, out, drop_duplicates=True)
    assert "short 0 copy.wav" in data.read(out).ids
    assert len(_left_out(again)) == 2


def test_silent_songs_are_no_recording_of_one_another():
    maps = np.random.default_rng(0).normal(size=(20, 8, 30)).astype(np.float32)
    maps[[3, 7, 9]] = -80
    assert same_recordings(maps) == []


def test_copies_of_copies_are_one_group():
    maps = 20 * np.random.default_rng(0).normal(size=(50, 16, 128)).astype(np.float32)
    maps[20] = maps[4] - 6
    maps[30] = np.roll(maps[20], 9, axis=1)
    maps[9] = maps[40]
    assert same_recordings(maps) == [[4, 20, 30], [9, 40]]


@pytest.mark.parametrize("shape", [(0, 4, 6), (1, 4, 6), (9, 1, 6), (9, 4, 1)])
def test_maps_of_any_size_are_compared(shape):
    maps = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    assert same_recordings(maps) == []
    if len(maps) > 1:
        maps[5] = maps[2]
        assert same_recordings(maps) == [[2, 5]]


def test_of_vectors_only_equal_ones_are_the_same(write):
    vectors = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    vectors[30] = vectors[2]
    vectors[31] = vectors[3] + 0.2
    assert _found(write(audio=vectors)) == {"song-2 = song-30"}


def test_the_digits_of_one_speaker_are_no_copies(tmp_path):
    digits = Path("../shared/data/spoken-digits/audio")
    if not digits.is_dir():
        pytest.skip("the spoken digits are not here")
    (tmp_path / "audio").mkdir()
    for take in range(50):
        shutil.copy(digits / f"7_jackson_{take}.wav", tmp_path / "audio")
    assert not _left_out(_prepare(tmp_path / "audio", tmp_path / "out", drop_duplicates=True))


def test_a_wrong_call_is_refused_in_a_sentence(songs, tmp_path, capsys):
    with pytest.raises(DataError, match="drop_duplicates is 'yes'; give True or False"):
        _prepare(songs, tmp_path / "out", drop_duplicates="yes")
    with pytest.raises(SystemExit) as ended:
        main(["check", str(songs), "--drop-duplicates"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --drop-duplicates" in capsys.readouterr().err


@ENCODERS
def test_a_file_that_cannot_be_heard_any_more_stops_no_check(audio, tmp_path):
    COPIES["without its end.flac"](audio / "long 1 0.wav", audio / "zz cut.flac")
    _prepare(audio, tmp_path / "out")
    (audio / "zz cut.flac").write_bytes(b"fLaC of another kind")
    run("mkfifo {out}", audio, audio / "pipe")
    assert _found(tmp_path / "out") == set()

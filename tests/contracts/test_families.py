"""What every family promises, and what those of the project promise beside that."""

from __future__ import annotations

import numpy as np
import pytest

import models
from data import Songs, presentation
from models import bases
from models.bases import Bases
from models.components import ComponentSongs
from models.diagnostics import ACTIVE_VARIANCE, diagnose
from search.contracts.families import (
    LATENT,
    MAP,
    PROMISES,
    SCHEDULE,
    TRAIN,
    VALIDATION,
    WIDEST,
    FamilyCase,
    make_songs,
)
from search.contracts.promise import Promise

NEURAL = [name for name, family in models.FAMILIES.items() if hasattr(family, "build")]
SONGS = make_songs()
TRAINING, HELD_OUT = SONGS.select(TRAIN), SONGS.select(VALIDATION)
WHOLE = {"raw", "conv_vae", "conv_autoencoder", "hybrid_vae"}
"""Families that need whole songs."""


def as_components(songs: Songs, variance_kept: float = 0.99) -> ComponentSongs:
    """Songs as components that are found on the training songs among them."""
    shapes = {"audio": MAP, "lyrics": (7,)}
    found = bases.learn(songs.select(TRAIN), shapes, variance_kept)
    given = found.gather(songs, shapes)
    return ComponentSongs.of(
        songs,
        given,
        bases=found,
        outside={name: given[f"{name}_outside"] for name in shapes},
        shapes=shapes,
        variance_kept=variance_kept,
    )


CASES = {name: FamilyCase(family) for name, family in models.FAMILIES.items()}


def settings_of(name: str, **chosen: object) -> dict[str, object]:
    return CASES[name].settings(**chosen)


def fit(
    name: str, seed: int = 0, songs: Songs = SONGS, **chosen: object
) -> tuple[models.Encoder, list[models.Epoch]]:
    found = CASES[name].fit(seed, songs, **chosen)
    return found.encoder, found.epochs


@pytest.fixture(scope="module", params=models.FAMILIES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def fitted(name: str) -> tuple[models.Encoder, list[models.Epoch]]:
    return CASES[name].fitted.encoder, CASES[name].fitted.epochs


@pytest.fixture
def encoder(fitted: tuple[models.Encoder, list[models.Epoch]]) -> models.Encoder:
    return fitted[0]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.look.__name__)
def test_every_promise_is_kept(name: str, promise: Promise) -> None:
    promise.look(CASES[name])


def test_a_network_is_trained_in_epochs_and_nothing_else_is(name, fitted):
    assert len(fitted[1]) == (SCHEDULE.epochs if name in NEURAL else 0)


def test_what_is_stochastic_has_a_kl_divergence_and_nothing_else_has(name, encoder):
    stochastic = name in NEURAL and models.FAMILIES[name].stochastic
    assert (encoder.kl(HELD_OUT) is not None) == stochastic


def test_another_seed_gives_other_codes(name, encoder):
    if name in NEURAL:
        other, _ = fit(name, seed=1)
        assert not np.allclose(other.encode(HELD_OUT), encoder.encode(HELD_OUT))


def test_what_stands_for_lyrics_that_a_song_does_not_have_changes_nothing(name, encoder):
    if "lyrics" not in encoder.shapes or name not in NEURAL:
        return
    garbage = HELD_OUT.lyrics + 9.0 * ~HELD_OUT.has_lyrics[:, None]
    changed = HELD_OUT.replace(lyrics=garbage.astype(np.float32))
    assert np.array_equal(encoder.encode(changed), encoder.encode(HELD_OUT))
    real = HELD_OUT.replace(lyrics=HELD_OUT.lyrics + 1)
    assert not np.array_equal(encoder.encode(real), encoder.encode(HELD_OUT))


def test_vectors_are_encoded_by_every_family_that_does_not_convolve(name):
    vectors = make_songs((12,))
    reason = models.FAMILIES[name].refusal(vectors, settings_of(name))
    if name.startswith("conv_"):
        assert reason == f"{name} convolves maps of 8x8 or more, and these songs are vectors of 12"
    else:
        assert reason is None


@pytest.mark.parametrize("name", NEURAL)
def test_losses_are_those_of_the_songs_and_not_of_their_components(name):
    """What dense layers are not given of a song is counted: to a part in 100,000."""
    import tensorflow as tf

    from models.losses import half_squared_error

    encoder, _ = fit(name, variance_kept=0.8)
    codes, given = encoder.encode(HELD_OUT), encoder.given(HELD_OUT)
    assert ("audio_outside" in given) == (
        name not in {"conv_vae", "conv_autoencoder", "hybrid_vae"}
    )
    outputs = encoder.program().decode(codes, given)
    targets = {key: tf.constant(array) for key, array in given.items()}
    trained_by = half_squared_error(targets, outputs).numpy().mean()
    decoded = 0.0
    for key, output in encoder.decode(codes, HELD_OUT).items():
        errors = np.square(getattr(HELD_OUT, key) - output, dtype=np.float64)
        decoded += 0.5 * (errors[HELD_OUT.has_lyrics] if key == "lyrics" else errors).sum()
    assert trained_by == pytest.approx(decoded / len(HELD_OUT), rel=1e-5)
    figures = diagnose(encoder, codes, HELD_OUT, CASES[name].spreads, seed=0)
    assert figures["reconstruction_loss"] == pytest.approx(trained_by, rel=1e-5)


def test_an_active_unit_has_a_kl_divergence(name, encoder):
    """Against a standard normal it is at least half the mean square, so over half the variance."""
    codes = encoder.encode(HELD_OUT)
    figures = diagnose(encoder, codes, HELD_OUT, CASES[name].spreads, seed=0)
    each = figures["kl_per_dimension"]
    if each is None or name == "vade":
        return
    assert figures["kl"] == pytest.approx(sum(each), rel=1e-5)
    active = codes.var(axis=0) > ACTIVE_VARIANCE
    assert active.sum() == figures["active_units"] > 0
    assert (np.array(each)[active] > ACTIVE_VARIANCE / 2).all()


def test_xla_compiles_an_epoch_as_it_does_for_gpus(name, fitted, monkeypatch, caplog):
    if name not in NEURAL:
        return
    from models import programs, training

    monkeypatch.setattr(training, "XLA", {"CPU": True})
    monkeypatch.setattr(programs, "PROGRAMS", programs.ProgramCache())
    _, epochs = fit(name)
    assert not caplog.records
    losses = [epoch.validation_loss for epoch in fitted[1]]
    assert [epoch.validation_loss for epoch in epochs] == pytest.approx(losses, rel=1e-3)


@pytest.mark.parametrize("name", NEURAL)
def test_unused_latent_dimensions_do_not_exist(name):
    """Losses and gradients are those of the network built without them."""
    import tensorflow as tf

    from models.losses import Batch

    settings = settings_of(name)
    family = models.FAMILIES[name]
    learned = family.learn(TRAINING, settings)
    shapes = family.shapes(TRAINING, learned)
    inputs = family.gather(TRAINING, shapes, settings, learned)
    given, scales = Bases.of(learned).given(shapes), Bases.of(learned).scales(shapes)
    scalars = {**family.scalars(settings), "songs": 70.0, "mixture": 1.0}
    noise = np.random.default_rng(0).normal(size=(70, LATENT)).astype(np.float32)
    found = []
    for widest in (LATENT, WIDEST):
        program = family.program(given, settings, widest, 70)
        program.reset(0, LATENT, scales)
        if program.network.prior:
            start = [w + 0.1 * i for i, w in enumerate(program.sliced_weights())]
            program.load(start, LATENT, scales)
        batch = Batch(
            inputs={key: tf.constant(array) for key, array in inputs.items()},
            present=tf.ones(70),
            noise=tf.constant(np.pad(noise, [(0, 0), (0, widest - LATENT)])),
            mask=program.mask,
            scalars={key: tf.constant(value, tf.float32) for key, value in scalars.items()},
        )
        weights = [weight.value for weight in program.network.weights]
        with tf.GradientTape() as tape:
            terms = family.loss(program.network, batch)
            loss = tf.reduce_mean(terms.reconstruction + terms.penalty)
        gradients = tape.gradient(loss, weights, unconnected_gradients="zero")
        active = [
            gradient.numpy()[spec.slices(LATENT)]
            for gradient, spec in zip(gradients, program.specs, strict=True)
        ]
        assert sum(np.abs(g).sum() for g in active) == pytest.approx(
            sum(np.abs(g).sum() for g in gradients), rel=1e-5
        )
        found.append((np.stack(terms), active))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-4, atol=1e-4)
    for small, wide in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(small, wide, rtol=1e-3, atol=1e-4)


def test_components_give_the_model_that_whole_songs_give(name):
    if name in WHOLE:
        pytest.skip("takes whole songs")
    (whole, losses), (among, same) = fit(name), fit(name, songs=as_components(SONGS))
    inside = as_components(SONGS).select(VALIDATION)
    if name == "pca":  # found among components, which leave something out
        codes = among.encode(inside)
        np.testing.assert_allclose(np.abs(codes), np.abs(whole.encode(HELD_OUT)), atol=0.1)
    else:
        # To rounding: a processor may add the products of other shapes in another order.
        expected = [epoch.validation_loss for epoch in losses]
        assert [epoch.validation_loss for epoch in same] == pytest.approx(
            expected, rel=1e-6, abs=1e-5
        )
        codes = whole.encode(HELD_OUT)
        np.testing.assert_allclose(codes, among.encode(inside), atol=1e-5)
    np.testing.assert_allclose(codes, among.encode(HELD_OUT), atol=1e-4)
    error = among.squared_error(codes, inside)
    assert error == pytest.approx(among.squared_error(codes, HELD_OUT), rel=1e-4)
    for key, output in among.decode(codes, inside).items():
        assert output.shape == getattr(HELD_OUT, key).shape
    saved = models.FAMILIES[name].restore(among.settings, among.shapes, among.arrays())
    np.testing.assert_allclose(codes, saved.encode(HELD_OUT), atol=1e-4)


def test_components_that_will_not_do_are_refused(name):
    family, inside = models.FAMILIES[name], as_components(SONGS)
    if name in WHOLE:
        assert "these songs are components" in str(family.refusal(inside, settings_of(name)))
        return
    assert family.refusal(inside, settings_of(name)) is None
    if name in NEURAL:
        with pytest.raises(models.ModelError, match="hold 0.99 of their variance"):
            fit(name, songs=inside, variance_kept=0.8)
    encoder, _ = fit(name)
    other = as_components(SONGS.select(slice(None, None, -1)), 0.6).select(VALIDATION)
    with pytest.raises(models.ModelError, match="not those of the encoder"):
        encoder.encode(other)


@pytest.mark.parametrize("beside", [False, True])
def test_embeddings_are_taken_alone_and_beside_vectors(name, beside):
    vectors = make_songs((12,))
    wide = np.random.default_rng(1).normal(size=(100, 6)).astype(np.float32)
    kept = vectors.audio if beside else None
    songs = vectors.replace(audio=kept, embedding=wide)
    shown = presentation.fit("standard", songs.select(TRAIN)).apply(songs)
    assert shown.audio.shape == (100, 18 if beside else 6)
    if name.startswith("conv_"):
        assert "convolves maps" in models.FAMILIES[name].refusal(shown, settings_of(name))
        return
    encoder, _ = fit(name, songs=shown)
    assert np.isfinite(encoder.encode(shown.select(VALIDATION))).all()

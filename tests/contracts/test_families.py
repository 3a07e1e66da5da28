"""What every family promises, whatever it is made of."""

from __future__ import annotations

import numpy as np
import pytest

import models
from data import Songs
from models import bases
from models.bases import Bases
from models.components import ComponentSongs
from models.diagnostics import ACTIVE_VARIANCE, diagnose

MAP = (9, 13)
TRAIN, VALIDATION = slice(0, 70), slice(70, 100)
LATENT, WIDEST = 4, 6
SCHEDULE = models.Schedule(epochs=8, patience=0, widest=WIDEST, looks=(2, 4))
SMALL = {"width": 32, "depth": 1, "filters": 4, "stages": 2, "n_components": 3}
SMALL |= {"learning_rate": 1e-2, "batch_size": 16, "beta": 0.1}
NEURAL = [name for name, family in models.FAMILIES.items() if hasattr(family, "build")]


def make_songs(shape: tuple[int, ...] = MAP, lyrics: bool = True) -> Songs:
    """A hundred songs of two kinds that differ along a ramp; one in five has no lyrics."""
    random = np.random.default_rng(0)
    kind = random.integers(2, size=100)
    ramp = np.linspace(-1, 1, int(np.prod(shape))).reshape(shape)
    audio = (2 * kind - 1).reshape(-1, *[1] * len(shape)) * ramp
    audio = audio + 0.3 * random.normal(size=(100, *shape))
    has_lyrics = np.arange(100) % 5 > 0
    words = random.normal(size=(100, 7)) * has_lyrics[:, None]
    return Songs(
        ids=np.arange(100).astype(str),
        audio=audio.astype(np.float32),
        lyrics=words.astype(np.float32) if lyrics else None,
        has_lyrics=has_lyrics if lyrics else np.zeros(100, bool),
        labels={"language": np.array(["bn", "en", ""])[random.integers(3, size=100)]},
        groups=None,
        split=np.repeat("train", 100),
    )


SONGS = make_songs()
TRAINING, HELD_OUT = SONGS.select(TRAIN), SONGS.select(VALIDATION)
SPREADS = {
    name: float(np.square(getattr(HELD_OUT, name) - getattr(TRAINING, name).mean(axis=0)).sum())
    for name in ("audio", "lyrics")
}
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


def settings_of(name: str, **chosen: object) -> dict[str, object]:
    family = models.FAMILIES[name]
    asked = {**SMALL, "latent_size": LATENT, **chosen}
    known = {h.name for h in family.hyperparameters}
    return models.defaults(family, {key: asked[key] for key in asked if key in known})


def fit(
    name: str, seed: int = 0, songs: Songs = SONGS, **chosen: object
) -> tuple[models.Encoder, list[models.Epoch]]:
    training = models.FAMILIES[name].fit(
        songs.select(TRAIN), songs.select(VALIDATION), settings_of(name, **chosen), seed, SCHEDULE
    )
    epochs = []
    while True:
        try:
            epochs.append(next(training))
        except StopIteration as end:
            return end.value, epochs


@pytest.fixture(scope="module", params=models.FAMILIES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def fitted(name: str) -> tuple[models.Encoder, list[models.Epoch]]:
    return fit(name)


@pytest.fixture
def encoder(fitted: tuple[models.Encoder, list[models.Epoch]]) -> models.Encoder:
    return fitted[0]


def test_a_family_is_registered_under_its_own_name(name):
    assert models.FAMILIES[name].name == name


def test_hyperparameters_have_different_names_and_a_meaning(name):
    declared = models.FAMILIES[name].hyperparameters
    assert len({h.name for h in declared}) == len(declared)
    assert all(h.meaning for h in declared)


def test_codes_are_finite_rows_of_the_latent_size(name, encoder):
    codes = encoder.encode(HELD_OUT)
    width = sum(np.prod(shape) for shape in encoder.shapes.values()) if name == "raw" else LATENT
    assert codes.shape == (30, width)
    assert codes.dtype == np.float32
    assert np.isfinite(codes).all()


def test_decoding_gives_back_arrays_like_the_inputs(encoder):
    outputs = encoder.decode(encoder.encode(HELD_OUT), HELD_OUT)
    assert "audio" in outputs
    for input_name, output in outputs.items():
        assert output.shape == getattr(HELD_OUT, input_name).shape
        assert np.isfinite(output).all()


def test_a_song_has_the_same_code_whatever_songs_are_beside_it(encoder):
    together = encoder.encode(HELD_OUT)
    assert np.array_equal(together, encoder.encode(HELD_OUT))
    alone = encoder.encode(HELD_OUT.select(np.array([3])))
    np.testing.assert_allclose(alone[0], together[3], atol=1e-5)


def test_losses_are_finite_and_epochs_are_counted(name, fitted):
    epochs = fitted[1]
    assert [epoch.epoch for epoch in epochs] == list(range(1, len(epochs) + 1))
    assert len(epochs) == (SCHEDULE.epochs if name in NEURAL else 0)
    for epoch in epochs:
        assert np.isfinite([epoch.loss, epoch.validation_loss, epoch.kl, epoch.seconds]).all()


def test_codes_come_with_the_epochs_that_were_asked_for(name, fitted):
    told = {epoch.epoch: epoch.codes for epoch in fitted[1] if epoch.codes is not None}
    assert list(told) == ([2, 4] if name in NEURAL else [])
    for codes in told.values():
        assert codes["train"].shape == (70, LATENT)
        assert codes["validation"].shape == (30, LATENT)
        assert np.isfinite(codes["validation"]).all()


def test_the_reconstruction_gets_better_with_training(fitted):
    losses = [epoch.reconstruction_loss for epoch in fitted[1]]
    assert not losses or losses[-1] < losses[0]


def test_the_kl_divergence_is_of_each_dimension_and_not_negative(name, encoder):
    kl = encoder.kl(HELD_OUT)
    if name in NEURAL and models.FAMILIES[name].stochastic:
        assert kl.shape == (30, LATENT)
        assert (kl > -1e-5).all()
    else:
        assert kl is None


def test_the_same_seed_gives_the_same_codes_after_other_trials(name, encoder):
    before = encoder.encode(HELD_OUT)
    other, _ = fit(name, seed=1, latent_size=3, beta=2.0)
    again, _ = fit(name)
    assert np.array_equal(again.encode(HELD_OUT), before)
    assert np.array_equal(encoder.encode(HELD_OUT), before)
    assert name == "raw" or other.encode(HELD_OUT).shape == (30, 3)


def test_another_seed_gives_other_codes(name, encoder):
    if name in NEURAL:
        other, _ = fit(name, seed=1)
        assert not np.allclose(other.encode(HELD_OUT), encoder.encode(HELD_OUT))


def test_a_saved_encoder_is_the_same_encoder(encoder, tmp_path):
    for suffix, content in models.dump(encoder, seed=0).items():
        (tmp_path / f"kept{suffix}").write_bytes(content)
    loaded = models.load(tmp_path / "kept.json")
    codes = encoder.encode(HELD_OUT)
    assert (loaded.family, loaded.shapes) == (encoder.family, encoder.shapes)
    assert loaded.settings == encoder.settings
    assert np.array_equal(loaded.encode(HELD_OUT), codes)
    for input_name, output in encoder.decode(codes, HELD_OUT).items():
        assert np.array_equal(loaded.decode(codes, HELD_OUT)[input_name], output)
    if hasattr(encoder, "assign"):
        assert np.array_equal(loaded.assign(HELD_OUT), encoder.assign(HELD_OUT))


def test_clusters_of_its_own_are_numbered_from_nought(encoder):
    if hasattr(encoder, "assign"):
        clusters = encoder.assign(HELD_OUT)
        assert clusters.shape == (30,)
        assert clusters.dtype == np.int32
        assert set(clusters.tolist()) <= set(range(encoder.n_clusters))


def test_what_stands_for_lyrics_that_a_song_does_not_have_changes_nothing(name, encoder):
    if "lyrics" not in encoder.shapes or name not in NEURAL:
        return
    garbage = HELD_OUT.lyrics + 9.0 * ~HELD_OUT.has_lyrics[:, None]
    changed = HELD_OUT.replace(lyrics=garbage.astype(np.float32))
    assert np.array_equal(encoder.encode(changed), encoder.encode(HELD_OUT))
    real = HELD_OUT.replace(lyrics=HELD_OUT.lyrics + 1)
    assert not np.array_equal(encoder.encode(real), encoder.encode(HELD_OUT))


def test_songs_without_any_lyrics_can_be_encoded(encoder):
    none = HELD_OUT.replace(lyrics=None, has_lyrics=np.zeros(30, bool))
    assert np.isfinite(encoder.encode(none)).all()


def test_songs_of_another_shape_are_refused_with_both_shapes(encoder):
    with pytest.raises(ValueError, match=r"\(9, 12\).*\(9, 13\)"):
        encoder.encode(HELD_OUT.replace(audio=HELD_OUT.audio[..., :12]))


def test_a_family_refuses_songs_that_lack_what_it_needs(name):
    family, audio_only = models.FAMILIES[name], make_songs(lyrics=False)
    reason = family.refusal(audio_only, settings_of(name))
    assert bool(reason) == ("lyrics" in family.inputs)
    if reason:
        with pytest.raises(ValueError, match=f"{name} needs lyrics"):
            fit(name, songs=audio_only)


def test_vectors_are_encoded_by_every_family_that_does_not_convolve(name):
    vectors = make_songs((12,))
    reason = models.FAMILIES[name].refusal(vectors, settings_of(name))
    if name.startswith("conv_"):
        assert reason == f"{name} convolves maps of 8x8 or more, and these songs are vectors of 12"
    else:
        assert reason is None


def test_diagnostics_are_finite(encoder):
    figures = diagnose(encoder, encoder.encode(HELD_OUT), HELD_OUT, SPREADS, seed=0)
    assert all(np.isfinite(value).all() for value in figures.values() if value is not None)
    assert figures["shuffle_drop"] > 0


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
    reported = diagnose(encoder, codes, HELD_OUT, SPREADS, seed=0)["reconstruction_loss"]
    assert reported == pytest.approx(trained_by, rel=1e-5)


def test_an_active_unit_has_a_kl_divergence(name, encoder):
    """Against a standard normal it is at least half the mean square, so over half the variance."""
    codes = encoder.encode(HELD_OUT)
    figures = diagnose(encoder, codes, HELD_OUT, SPREADS, seed=0)
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

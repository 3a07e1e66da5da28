"""The engine trains as the plain loop would, and a trial leaves no trace in the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import Diverged, feeding, losses
from models.initial import draw
from models.networks import joint
from models.phase import Phase
from models.programs import ProgramCache
from models.training import Means, Program

SONGS, FEATURES, BATCH, LATENT, WIDEST = 21, 5, 8, 3, 4
SETTINGS = {"backbone": "mlp", "width": 16, "depth": 1}
RANDOM = np.random.default_rng(0)
DATA = {"audio": RANDOM.normal(size=(SONGS, FEATURES)).astype(np.float32)}
HELD_OUT = {"audio": RANDOM.normal(size=(9, FEATURES)).astype(np.float32)}
PHASE = Phase(epochs=3, patience=0, scalars={"learning_rate": 0.01, "beta": 0.5})


def network(widest: int = WIDEST):
    return joint({"audio": (FEATURES,)}, SETTINGS, widest, True)


@pytest.fixture(scope="module")
def program() -> Program:
    return Program(network(), losses.variational, BATCH, WIDEST)


def train(program: Program, phase: Phase = PHASE, seed: int = 0) -> list:
    program.reset(seed, LATENT)
    return list(program.train(DATA, HELD_OUT, phase, seed))


def timeless(epochs: list) -> list:
    return [replace(epoch, seconds=0.0) for epoch in epochs]


def test_a_compiled_epoch_is_the_plain_keras_loop(program):
    """Same start, order and noise; the last batch has the five songs that are left."""
    plain = network(widest=LATENT)
    specs = [s for s in Program(plain, losses.variational, BATCH, LATENT).specs]
    for weight, start in zip(plain.weights, draw(specs, 0, LATENT), strict=True):
        weight.assign(start)
    optimizer = keras.optimizers.Adam(0.01)
    told = []
    for number in (1, 2):
        random = np.random.default_rng([0, number, 1])
        order = random.permutation(SONGS)
        noise = random.standard_normal((3 * BATCH, LATENT), np.float32)
        total = 0.0
        for start in range(0, SONGS, BATCH):
            songs = DATA["audio"][order[start : start + BATCH]]
            with tf.GradientTape() as tape:
                out = plain.encoder({"audio": songs})
                spread = tf.exp(out["log_variance"] / 2)
                code = out["mean"] + spread * noise[start : start + len(songs)]
                back = plain.decoder({"code": code})["audio"]
                kl = (spread**2 + out["mean"] ** 2 - 1 - out["log_variance"]) / 2
                loss = tf.reduce_sum((songs - back) ** 2) / 2 + 0.5 * tf.reduce_sum(kl)
                mean = loss / len(songs)
            gradients = tape.gradient(mean, plain.weights)
            optimizer.apply_gradients(zip(gradients, plain.weights, strict=True))
            total += float(loss)
        told.append(total / SONGS)

    epochs = []
    program.reset(0, LATENT)
    for epoch in program.train(DATA, HELD_OUT, PHASE, 0):
        epochs.append(epoch.loss)
        if len(epochs) == 2:
            break
    assert epochs == pytest.approx(told, rel=1e-5)
    for engine, loop in zip(program.sliced_weights(), plain.weights, strict=True):
        np.testing.assert_allclose(engine, loop.numpy(), atol=1e-5)


def test_a_trial_is_the_same_first_or_fiftieth(program):
    first = train(program)
    codes = program.encode(HELD_OUT)["mean"]
    for seed in range(1, 9):
        train(program, replace(PHASE, epochs=1, scalars={**PHASE.scalars, "beta": 7.0}), seed)
    assert timeless(train(program)) == timeless(first)
    assert np.array_equal(program.encode(HELD_OUT)["mean"], codes)


def test_the_width_that_the_latent_is_built_at_does_not_matter(program):
    narrow = Program(network(LATENT), losses.variational, BATCH, LATENT)
    wide, small = train(program), train(narrow)
    assert [e.loss for e in wide] == pytest.approx([e.loss for e in small], rel=1e-5)
    for one, other in zip(program.sliced_weights(), narrow.sliced_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_songs_fed_in_blocks_train_the_same_network(program, monkeypatch):
    whole = train(program)
    song = DATA["audio"][0].nbytes
    monkeypatch.setitem(feeding.RESIDENT_BYTES, "CPU", 2 * song * BATCH)
    parts = list(feeding.blocks(DATA, np.arange(SONGS), BATCH))
    assert [len(part.order) for part in parts] == [1, 1, 1]
    assert [e.loss for e in train(program)] == pytest.approx([e.loss for e in whole], rel=1e-5)


def test_every_song_counts_once_in_an_epoch():
    shuffled = np.random.default_rng(1).permutation(SONGS)
    (block,) = feeding.blocks(DATA, shuffled, BATCH)
    counted = block.order.numpy()[block.present.numpy() == 1]
    assert counted.tolist() == shuffled.tolist()


def test_songs_already_on_the_device_are_not_copied_again():
    resident = feeding.Resident()
    first = resident.copies(DATA)["audio"]
    assert resident.copies(dict(DATA))["audio"] is first
    assert resident.copies({"audio": DATA["audio"].copy()})["audio"] is not first


def test_training_ends_at_the_weights_of_the_best_epoch(program):
    jumpy = replace(PHASE, epochs=3, scalars={"learning_rate": 0.3, "beta": 0.5})
    losses_seen = [epoch.validation_loss for epoch in train(program, jumpy)]
    assert losses_seen[-1] > min(losses_seen)
    assert program.measure(HELD_OUT, jumpy.scalars, SONGS, 0).loss == min(losses_seen)


def test_training_stops_after_as_many_epochs_without_gain_as_patience_allows(program):
    jumpy = Phase(epochs=50, patience=3, scalars={"learning_rate": 0.3, "beta": 0.5})
    seen = [epoch.validation_loss for epoch in train(program, jumpy)]
    assert len(seen) == int(np.argmin(seen)) + 1 + 3 < 50


def test_a_phase_without_epochs_leaves_the_weights_as_they_are(program):
    train(program)
    before = program.sliced_weights()
    assert not list(program.train(DATA, HELD_OUT, replace(PHASE, epochs=0), seed=0))
    for kept, weight in zip(before, program.sliced_weights(), strict=True):
        assert np.array_equal(kept, weight)


def test_a_loss_that_is_not_finite_ends_the_trial_at_that_epoch(program):
    healthy = train(program)
    program.reset(0, LATENT)
    wild = Phase(epochs=9, patience=0, scalars={"learning_rate": 1e25, "beta": 0.5})
    seen = []
    with pytest.raises(Diverged, match="epoch 1: lower learning_rate"):
        for epoch in program.train(DATA, HELD_OUT, wild, 0):
            seen.append(epoch)
    assert not seen
    assert timeless(train(program)) == timeless(healthy)


def test_beta_warms_up_linearly_and_stays():
    phase = Phase(9, 0, {"beta": 4.0, "warm_up": 4.0, "learning_rate": 1.0}, first=11)
    assert [phase.at(n)["beta"] for n in range(11, 17)] == [0, 1, 2, 3, 4, 4]
    assert PHASE.at(1) == PHASE.scalars


def test_a_short_training_warms_up_for_half_of_it():
    phase = Phase(5, 0, {"beta": 4.0, "warm_up": 10.0})
    assert [phase.at(n)["beta"] for n in range(1, 6)] == [0, 2, 4, 4, 4]


def test_epochs_of_warm_up_neither_are_the_best_nor_try_patience(program, monkeypatch):
    """The full beta is reached in epoch 5, and of what follows epoch 6 is the best."""
    told = iter([1.0, 2.0, 3.0, 4.0, 9.0, 8.0, 8.5, 7.0])
    monkeypatch.setattr(program, "measure", lambda *given: Means(next(told), 0.0, 0.0))
    warming = Phase(9, 1, {"learning_rate": 0.01, "beta": 1.0, "warm_up": 4.0})
    program.reset(0, LATENT)
    weights = [
        program.network.weights[0].numpy() for _ in program.train(DATA, HELD_OUT, warming, seed=0)
    ]
    assert len(weights) == 7
    assert np.array_equal(program.network.weights[0].numpy(), weights[5])


def test_an_encoder_used_in_the_midst_of_training_is_an_error_not_a_wrong_result(program):
    train(program)
    kept = program.sliced_weights()
    program.reset(1, LATENT)
    running = program.train(DATA, HELD_OUT, PHASE, 1)
    next(running)
    program.load(kept, LATENT)
    with pytest.raises(RuntimeError, match="while another"):
        next(running)


def test_weights_kept_of_one_trial_outlive_the_next(program):
    train(program)
    kept, codes = program.sliced_weights(), program.encode(HELD_OUT)["mean"]
    program.reset(5, 2)
    program.load(kept, LATENT)
    assert np.array_equal(program.encode(HELD_OUT)["mean"], codes)


@pytest.fixture
def cache() -> Iterator[ProgramCache]:
    yield ProgramCache(size=2)


def test_the_cache_builds_each_program_once_and_drops_the_least_recent(cache):
    built = []
    for key in ("a", "b", "a", "c", "a", "b"):
        cache.get(key, lambda key=key: built.append(key) or key)
    assert built == ["a", "b", "c", "b"]

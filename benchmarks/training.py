"""How far is an epoch from its arithmetic, and from Keras `fit`?

    python benchmarks/training.py [--songs 576] [--shape 64 128] [--families mlp_vae conv_vae ...]

Times epochs of every family on random maps, on one thread. For `mlp_vae` it also times Keras
`fit` of the network that takes whole maps, with the same loss and batch size, and the arithmetic
alone of our network, which takes components: six operations per weight and song at the rate at
which this machine multiplies matrices. Prints the two ratios. An epoch of a family includes the
loss on a third as many validation songs, the other two do not.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from typing import Any

import numpy as np

import models
from data import Songs
from models.neural_encoder import WEIGHT

LATENT = 16
LYRICS = 64
DIRECTIONS = 400
"""In which the songs differ, nearly as many as the components of the demo."""


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--songs", type=int, default=576)
    parser.add_argument("--shape", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--families", nargs="+", default=list(models.FAMILIES))
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()

    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    songs = random_songs(options.songs, tuple(options.shape))
    print("| family | first epoch, s | epoch, s |\n|---|---|---|")
    for name in options.families:
        seconds, _ = trained(name, songs, options.epochs)
        if seconds:
            print(
                f"| {name} | {seconds[0]:.2f} | {statistics.median(seconds[1:]):.3f} |", flush=True
            )
    audio = songs.replace(lyrics=None)
    seconds, weights = trained("mlp_vae", audio, options.epochs)
    ours = statistics.median(seconds[1:])
    keras_fit, of_maps = keras_seconds(audio, options.epochs)
    floor = 6 * weights * len(songs) / matmul_rate()
    print(f"\nmlp_vae, {weights:,} weights, audio alone: an epoch takes {ours:.4f} s,")
    print(f"{ours / floor:.1f} times its arithmetic ({floor:.4f} s);")
    print(
        f"Keras fit of {of_maps:,} weights takes {keras_fit:.4f} s, {keras_fit / ours:.1f} times."
    )


def random_songs(count: int, shape: tuple[int, ...]) -> Songs:
    """Songs of noise in some directions: what is in them does not change how long they take."""
    random = np.random.default_rng(0)
    directions = random.standard_normal((DIRECTIONS, math.prod(shape)), np.float32)
    audio = random.standard_normal((count, DIRECTIONS), np.float32) @ directions
    return Songs(
        ids=np.arange(count).astype(str),
        audio=audio.reshape(count, *shape),
        lyrics=random.standard_normal((count, LYRICS), np.float32),
        has_lyrics=np.arange(count) % 10 > 0,
        labels={"language": np.where(np.arange(count) % 2, "english", "bangla")},
        groups=None,
        split=np.repeat("train", count),
    )


def settings_of(name: str) -> dict[str, Any]:
    """Defaults at one latent size."""
    family = models.FAMILIES[name]
    has_latent = any(h.name == "latent_size" for h in family.hyperparameters)
    return models.defaults(family, {"latent_size": LATENT} if has_latent else {})


def trained(name: str, songs: Songs, epochs: int) -> tuple[list[float], int]:
    """Seconds of each epoch and the weights; none of a family that trains none or refuses."""
    family, settings = models.FAMILIES[name], settings_of(name)
    if family.refusal(songs, settings):
        return [], 0
    held_out = songs.select(slice(0, len(songs) // 3))
    schedule = models.Schedule(epochs=epochs, patience=0, widest=64)
    fitting = family.fit(songs, held_out, settings, 0, schedule)
    seconds = []
    while True:
        try:
            seconds.append(next(fitting).seconds)
        except StopIteration as end:
            arrays = end.value.arrays()
            weights = [array.size for name, array in arrays.items() if name.startswith(WEIGHT)]
            return seconds, sum(weights)


def keras_seconds(songs: Songs, epochs: int) -> tuple[float, int]:
    """Median seconds of an epoch of Keras `fit` after the first, and the number of weights."""
    import keras
    import tensorflow as tf

    from models.losses import gaussian_kl
    from models.networks import joint

    settings = {**settings_of("mlp_vae"), "backbone": "mlp"}
    network = joint({"audio": songs.audio.shape[1:]}, settings, LATENT, True)

    class Plain(keras.Model):
        def train_step(self, audio: tf.Tensor) -> dict[str, tf.Tensor]:
            with tf.GradientTape() as tape:
                out = network.encode({"audio": audio})
                noise = tf.random.normal(tf.shape(out["mean"]))
                code = out["mean"] + tf.exp(out["log_variance"] / 2) * noise
                error = tf.reduce_sum((network.decode(code, {})["audio"] - audio) ** 2) / 2
                kl = tf.reduce_sum(gaussian_kl(out["mean"], out["log_variance"]))
                loss = (error + kl) / tf.cast(tf.shape(audio)[0], tf.float32)
            gradients = tape.gradient(loss, network.weights)
            self.optimizer.apply_gradients(zip(gradients, network.weights, strict=True))
            return {"loss": loss}

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            seconds.append(time.perf_counter() - self.started)

    seconds: list[float] = []
    plain = Plain()
    plain.compile(optimizer=keras.optimizers.Adam(1e-3))
    batch_size = int(settings["batch_size"])
    plain.fit(songs.audio, epochs=epochs, batch_size=batch_size, callbacks=[Clock()], verbose=0)
    weights = sum(math.prod(weight.shape) for weight in network.weights)
    return statistics.median(seconds[1:]), weights


def matmul_rate(size: int = 1536) -> float:
    """Floating-point operations per second of one thread, the best of several products."""
    import tensorflow as tf

    matrix = tf.random.normal((size, size))
    best = math.inf
    for _ in range(6):
        started = time.perf_counter()
        tf.linalg.matmul(matrix, matrix).numpy()
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


if __name__ == "__main__":
    main()

"""The search that a good user writes without Latentune: Ray Tune, Optuna, Keras, scikit-learn.

`peer.py` measures it against `python -m search`. It trains the same networks on the same songs
and scores the same cluster counts; nothing of Latentune is imported beyond reading the songs.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import ray
from ray import tune
from ray.tune.search import ConcurrencyLimiter
from ray.tune.search.optuna import OptunaSearch

COUNTS = range(2, 17)


def build_vae(shape, latent_size, beta):
    """A variational autoencoder with dense layers of 256 and 128 units."""
    import keras
    from keras import layers, ops

    size = int(np.prod(shape))

    class VAE(keras.Model):
        def __init__(self):
            super().__init__()
            songs = keras.Input((size,))
            hidden = layers.Dense(128, "relu")(layers.Dense(256, "relu")(songs))
            mean = layers.Dense(latent_size)(hidden)
            log_variance = ops.clip(layers.Dense(latent_size)(hidden), -10, 10)
            self.encoder = keras.Model(songs, [mean, log_variance])
            code = keras.Input((latent_size,))
            hidden = layers.Dense(256, "relu")(layers.Dense(128, "relu")(code))
            self.decoder = keras.Model(code, layers.Dense(size)(hidden))
            self.noise = keras.random.SeedGenerator()

        def call(self, songs):
            mean, log_variance = self.encoder(songs)
            noise = keras.random.normal(ops.shape(mean), seed=self.noise)
            kl = 0.5 * ops.sum(ops.exp(log_variance) + mean**2 - 1 - log_variance, axis=1)
            self.add_loss(beta * ops.mean(kl))
            return self.decoder(mean + ops.exp(0.5 * log_variance) * noise)

    def reconstruction_loss(songs, decoded):
        return 0.5 * ops.sum(ops.square(songs - decoded), axis=1)

    model = VAE()
    model.compile(keras.optimizers.Adam(1e-3), loss=reconstruction_loss)
    return model


def train(train_songs, validation_songs, latent_size, beta, epochs, seed):
    """The trained model, and its validation loss after the last epoch."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    model = build_vae(train_songs.shape[1:], latent_size, beta)
    history = model.fit(
        train_songs,
        train_songs,
        batch_size=64,
        epochs=epochs,
        validation_data=(validation_songs, validation_songs),
        verbose=0,
    )
    return model, history.history["val_loss"][-1]


def score(train_codes, codes, genres, seed):
    """Scores of k-means on the validation songs, one dictionary per cluster count."""
    from sklearn import cluster, metrics

    rows = []
    for count in COUNTS:
        # Five starts, as Latentune makes.
        kmeans = cluster.KMeans(count, n_init=5, random_state=seed).fit(train_codes)
        clusters = kmeans.predict(codes)
        table = metrics.cluster.contingency_matrix(genres, clusters)
        rows.append(
            {
                "n_clusters": count,
                "silhouette": metrics.silhouette_score(codes, clusters),
                "davies_bouldin": metrics.davies_bouldin_score(codes, clusters),
                "calinski_harabasz": metrics.calinski_harabasz_score(codes, clusters),
                "ari": metrics.adjusted_rand_score(genres, clusters),
                "nmi": metrics.normalized_mutual_info_score(genres, clusters),
                "ami": metrics.adjusted_mutual_info_score(genres, clusters),
                "purity": table.max(axis=0).sum() / table.sum(),
            }
        )
    return rows


def trial(config, songs, epochs, seed):
    """One trial: train once, score every count, report the silhouette at the count asked for."""
    start = time.time()
    model, validation_loss = train(
        songs["train"], songs["validation"], config["latent_size"], config["beta"], epochs, seed
    )
    train_codes = model.encoder.predict(songs["train"], batch_size=256, verbose=0)[0]
    codes = model.encoder.predict(songs["validation"], batch_size=256, verbose=0)[0]
    rows = score(train_codes, codes, songs["genres"], seed)
    asked = next(row for row in rows if row["n_clusters"] == config["n_clusters"])
    times = {"start": start, "end": time.time()}
    tune.report({**asked, **times, "validation_loss": validation_loss, "clusterings": rows})


def load(folder):
    """Standardised songs, flattened, and the genres of the validation songs."""
    import data  # to read and split the songs as Latentune does

    songs = data.load(folder)
    audio = songs.audio
    training = audio[songs.split == "train"]
    mean = training.mean(axis=(0, 2), keepdims=True)
    audio = ((audio - mean) / training.std(axis=(0, 2), keepdims=True)).reshape(len(audio), -1)
    parts = {part: audio[songs.split == part] for part in ("train", "validation")}
    return {**parts, "genres": songs.labels["genre"][songs.split == "validation"]}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True, help="the result grid, as .pkl")
    options.add_argument("--epochs", type=int, default=60)
    options.add_argument("--trials", type=int, default=24)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--fresh-processes", action="store_true", help="one for every trial")
    given = options.parse_args()

    ray.init(num_cpus=given.workers, include_dashboard=False, log_to_driver=False)
    trainable = tune.with_parameters(
        trial, songs=load(given.data), epochs=given.epochs, seed=given.seed
    )
    search = OptunaSearch(
        metric="silhouette",
        mode="max",
        seed=given.seed,
        points_to_evaluate=[{"latent_size": 16, "beta": 1.0, "n_clusters": 9}],
    )
    grid = tune.Tuner(
        tune.with_resources(trainable, {"cpu": 1}),
        param_space={
            "latent_size": tune.lograndint(4, 65),
            "beta": tune.loguniform(0.1, 10.0),
            "n_clusters": tune.randint(COUNTS[0], COUNTS[-1] + 1),
        },
        tune_config=tune.TuneConfig(
            search_alg=ConcurrencyLimiter(search, given.workers),
            num_samples=given.trials,
            reuse_actors=not given.fresh_processes,
        ),
        run_config=tune.RunConfig(storage_path=str(given.out.parent.resolve()), verbose=0),
    ).fit()
    grid.get_dataframe().to_pickle(given.out)


if __name__ == "__main__":
    main()

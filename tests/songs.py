"""Small songs that every room's tests can use."""

import numpy as np

from data import Songs


def make_songs(count: int = 160, features: int = 12, classes: int = 4, seed: int = 0) -> Songs:
    """Songs of `classes` well separated genres, as feature vectors, split 60/20/20."""
    random = np.random.default_rng(seed)
    genre = random.integers(classes, size=count)
    centres = np.random.default_rng(99).normal(scale=2.0, size=(classes, features))
    audio = centres[genre] + random.normal(size=(count, features))
    split = np.resize(["train", "train", "train", "validation", "test"], count)
    return Songs(
        ids=np.array([f"song-{index:04d}" for index in range(count)]),
        audio=audio.astype(np.float32),
        lyrics=None,
        has_lyrics=np.zeros(count, bool),
        labels={
            "genre": np.array([f"genre-{index}" for index in genre]),
            "language": np.where(random.random(count) < 0.5, "english", "bangla"),
        },
        groups=None,
        split=split,
        split_rule="60/20/20 by song.",
    )


def with_embedding(songs: Songs, width: int = 6, seed: int = 5) -> Songs:
    """The same songs, and embeddings that are mixtures of their features, on another scale."""
    mixing = np.random.default_rng(seed).normal(size=(songs.audio[0].size, width))
    embedding = 50 + 10 * songs.audio.reshape(len(songs), -1) @ mixing
    return songs.replace(embedding=embedding.astype(np.float32))

"""A small sound collection that the tests of the data room break in one place each."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data import files

N = 60


@pytest.fixture
def columns() -> dict[str, list[str]]:
    """Columns of dataset.csv for sixty songs of 20 artists, 3 genres and 2 languages."""
    return {
        "id": [f"song-{row}" for row in range(N)],
        "title": [f"Title, {row}" for row in range(N)],
        "audio_path": [f"audio/{row}.wav" for row in range(N)],
        "genre": [("folk", "rock", "jazz")[row % 20 % 3] for row in range(N)],
        "language": [("english", "বাংলা")[row % 2] for row in range(N)],
        "artist": [f"artist {row % 20}" for row in range(N)],
        "lyrics": ["" if row % 10 == 0 else f"words of {row}\nin lines" for row in range(N)],
    }


@pytest.fixture
def write(tmp_path: Path, columns: dict[str, list[str]]) -> Callable[..., Path]:
    """Write the collection to a folder; keyword arguments replace one of its files."""

    def write(
        table: dict[str, list[str]] | None = None,
        ids: np.ndarray | None = None,
        audio: np.ndarray | None = None,
        lyrics: np.ndarray | None = None,
    ) -> Path:
        rng = np.random.default_rng(0)
        folder = tmp_path / "songs"
        folder.mkdir(exist_ok=True)
        files.write_metadata(folder / files.METADATA, columns if table is None else table)
        np.save(folder / files.IDS, np.array(columns["id"]) if ids is None else ids)
        maps = rng.normal(size=(N, 4, 6)).astype(np.float32)
        np.save(folder / files.SPECTROGRAMS, maps if audio is None else audio)
        embeddings = rng.normal(size=(N, 5)).astype(np.float32)
        np.save(folder / files.LYRICS, embeddings if lyrics is None else lyrics)
        return folder

    return write

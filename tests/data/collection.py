"""A small sound collection that tests break in one place each."""

from pathlib import Path

import numpy as np

from data import files

N = 60
Columns = dict[str, list[str]]


def make_columns() -> Columns:
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


def write_collection(
    folder: Path,
    table: Columns | None = None,
    ids: np.ndarray | None = None,
    audio: np.ndarray | None = None,
    lyrics: np.ndarray | None = None,
) -> Path:
    """Write the four files to a folder; arguments replace one of them."""
    rng = np.random.default_rng(0)
    columns = make_columns()
    folder.mkdir(exist_ok=True)
    files.write_metadata(folder / files.METADATA, columns if table is None else table)
    np.save(folder / files.IDS, np.array(columns["id"]) if ids is None else ids)
    maps = rng.normal(size=(N, 4, 6)).astype(np.float32)
    np.save(folder / files.SPECTROGRAMS, maps if audio is None else audio)
    embeddings = rng.normal(size=(N, 5)).astype(np.float32)
    np.save(folder / files.LYRICS, embeddings if lyrics is None else lyrics)
    return folder

"""The demo collection: synthesised songs in the four-file format, the same for the same seed."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from data import files
from data.arrangement import Artist, invent_artist, perform
from data.audio import LogMel
from data.genres import GENRES
from data.vocabulary import band_name, write_lyrics, write_title

RECIPE = 1
"""Raised when the same settings come to give other songs."""
SETTINGS = "demo.json"
LANGUAGES = ("english", "bangla")
SONGS_PER_ARTIST = 20
ARTISTS = (18, 48)
INSTRUMENTAL = 0.08
FEWEST_PER_WORKER = 100
"""Starting a worker takes as long as rendering this many songs."""

Progress = Callable[[Iterable[np.ndarray]], Iterable[np.ndarray]]


@dataclass(frozen=True)
class Demo:
    """What determines a demo collection.

    Parameters
    ----------
    songs : int
        How many.
    seed : int
        Another seed gives other artists and songs.
    difficulty : float
        0 to 1: how far artists stray from their genre and how much their studios differ.
    audio : bool
        Write every song as a WAV file; if not, one of each genre and language.
    """

    songs: int = 960
    seed: int = 0
    difficulty: float = 0.5
    audio: bool = False


def make(folder: Path, demo: Demo, progress: Progress = iter, workers: int | None = None) -> bool:
    """Make a demo collection in ``folder``, complete or not at all.

    Parameters
    ----------
    folder : Path
        Taken as it is if it holds this very demo; replaced if it holds another one.
    demo : Demo
        What to make.
    progress : callable
        Wraps the iteration over the finished songs.
    workers : int, optional
        Processes; by default one per core, as far as there is work for them.

    Returns
    -------
    bool
        Whether it was made; False if it was there.

    Raises
    ------
    DataError
        The folder holds something that is not a demo.
    """
    settings = {"recipe": RECIPE, **asdict(demo)}
    if not (folder / SETTINGS).is_file():
        files.refuse_foreign(folder)
    elif json.loads((folder / SETTINGS).read_text("utf-8")) == settings:
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh = workshop / "fresh"
        fresh.mkdir()
        _write(fresh, demo, progress, workers)
        (fresh / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
        if folder.exists():
            folder.rename(workshop / "old")
        fresh.rename(folder)
    finally:
        shutil.rmtree(workshop)
    return True


def _write(folder: Path, demo: Demo, progress: Progress, workers: int | None) -> None:
    from joblib import Parallel, cpu_count, delayed

    from data.lyrics import embed

    artists, table = _invent(demo)
    (folder / "audio").mkdir()
    workers = workers or min(cpu_count(), 1 + demo.songs // FEWEST_PER_WORKER)
    maps = Parallel(n_jobs=workers, return_as="generator")(
        delayed(_render)(artists[int(row["artist"])], row, folder, demo, index)
        for index, row in enumerate(table)
    )
    spectrograms = np.stack(list(progress(maps)))
    for row in table:
        row["artist"] = band_name(row["language"], int(row["artist"]) // len(LANGUAGES))
    columns = {name: [row[name] for row in table] for name in table[0]}
    files.write_metadata(folder / files.METADATA, columns)
    np.save(folder / files.IDS, np.array(columns["id"]))
    np.save(folder / files.SPECTROGRAMS, spectrograms)
    np.save(folder / files.LYRICS, embed(columns["lyrics"], seed=demo.seed))


def _invent(demo: Demo) -> tuple[list[Artist], list[dict[str, str]]]:
    """Draw the artists and the rows of dataset.csv, where artists are still numbers."""
    rng = np.random.default_rng([demo.seed, 0])
    genres = list(GENRES)
    n_artists = int(np.clip(demo.songs // SONGS_PER_ARTIST, *ARTISTS))
    homes = [genres[number // len(LANGUAGES) % len(genres)] for number in range(n_artists)]
    artists = [invent_artist(home, demo.difficulty, rng) for home in homes]
    examples = set()
    table = []
    for index, number in enumerate(rng.permutation(np.arange(demo.songs) % n_artists)):
        language = LANGUAGES[number % len(LANGUAGES)]
        strays = rng.random() < 0.1 * demo.difficulty
        genre = genres[rng.integers(len(genres))] if strays else homes[number]
        song = f"demo-{index:05d}"
        heard = demo.audio or (genre, language) not in examples
        examples.add((genre, language))
        sung = rng.random() >= INSTRUMENTAL
        table.append(
            {
                "id": song,
                "title": write_title(genre, language, rng),
                "audio_path": f"audio/{song}.wav" if heard else "",
                "genre": genre,
                "language": language,
                "artist": str(number),
                "lyrics": write_lyrics(genre, language, demo.difficulty, rng) if sung else "",
            }
        )
    return artists, table


def _render(
    artist: Artist, row: dict[str, str], folder: Path, demo: Demo, index: int
) -> np.ndarray:
    """Return the log-mel map of one song, and write its sound if it has a path."""
    log_mel = LogMel()
    seconds = log_mel.samples / log_mel.sample_rate
    rng = np.random.default_rng([demo.seed, 1, index])
    sound = perform(artist, row["genre"], seconds, demo.difficulty, rng)
    if row["audio_path"]:
        import soundfile

        soundfile.write(folder / row["audio_path"], sound, log_mel.sample_rate, "PCM_16")
    return log_mel(sound)

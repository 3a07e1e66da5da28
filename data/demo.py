"""The demo collection: synthesised songs in the four-file format, the same for the same seed."""

import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from data import arguments, arrays, files
from data.arrangement import Artist, invent_artist, perform
from data.clips import MP3
from data.errors import DataError
from data.genres import GENRES
from data.log_mel import LogMel
from data.vocabulary import band_name, write_lyrics, write_title
from data.workers import MOST_WORKERS, how_many, in_order
from data.writing import writing_to

_RECIPE = 2
"""Increased when the same settings give other songs than before."""
LANGUAGES = ("english", "bangla")
_SONGS_PER_ARTIST = 20
_ARTISTS = (18, 48)
"""Fewest and most."""
_INSTRUMENTAL = 0.08
"""Share of songs without lyrics."""
_FEWEST_PER_WORKER = 100
"""Starting a worker takes as long as rendering this many songs."""
_LIST = files.FINDINGS  # of `check`
_FILES = {files.DEMO, files.METADATA, files.SPECTROGRAMS, files.IDS, files.LYRICS, _LIST, "audio"}
"""Names of all files and folders in the folder of a demo."""
_LARGEST_SETTINGS = 10_000
"""Bytes."""
_FRESH, _OLD = "fresh", "old"
"""Folders in the scratch folder: the demo that is being made, and the one that it replaces."""

Progress = Callable[[Iterable[np.ndarray]], Iterable[np.ndarray]]


@dataclass(frozen=True)
class Demo:
    """What determines a demo collection.

    Parameters
    ----------
    songs : int
        Number of songs.
    seed : int
        Another seed gives other artists and songs.
    difficulty : float
        0 to 1: how far artists stray from their genre and how much their studios differ.
    audio : bool
        Write the sound of songs as WAV, of which the maps are; if not, as MP3, to be heard only.

    Raises
    ------
    DataError
        One of them is of the wrong kind or out of bounds.
    """

    songs: int = 960
    seed: int = 0
    difficulty: float = 0.5
    audio: bool = False

    def __post_init__(self) -> None:
        arguments.whole("songs", self.songs, *arguments.DEMO_SONGS)
        arguments.seed(self.seed)
        arguments.number("difficulty", self.difficulty, 0, 1)
        if not isinstance(self.audio, bool):
            raise DataError("audio is neither True nor False")


def make(folder: Path, demo: Demo, progress: Progress = iter, workers: int | None = None) -> bool:
    """Make a demo collection in ``folder``, complete or not at all.

    Parameters
    ----------
    folder : Path
        Taken as it is if it holds this very demo; replaced if it holds another one.
    demo : Demo
        Settings of the demo.
    progress : callable
        Wraps the iteration over the finished songs.
    workers : int, optional
        Processes; by default one per core, as far as there is work for them, and never more than
        two per core.

    Returns
    -------
    bool
        Whether it was made; False if it was there.

    Raises
    ------
    DataError
        The folder holds something that is not a demo.
    """
    folder = arguments.folder("folder", folder)
    if not isinstance(demo, Demo) or not callable(progress):
        raise DataError("demo is a data.demo.Demo, and progress a function of the finished songs")
    if workers is not None:
        workers = arguments.whole("workers", workers, 1, MOST_WORKERS)
    settings = {"recipe": _RECIPE, **asdict(demo)}
    before = _settings(folder)
    if before == settings:
        return False
    files.refuse_foreign(folder, () if before is None else _FILES)
    folder = Path(os.path.realpath(folder))  # a link to the folder stays what it is
    with writing_to(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with _scratch_folder(folder) as scratch:
        fresh = scratch / _FRESH
        with writing_to(folder):
            fresh.mkdir()
            _write(fresh, demo, progress, workers)
            (fresh / files.DEMO).write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
            if folder.exists():
                folder.rename(scratch / _OLD)
            fresh.rename(folder)
    return True


def _settings(folder: Path) -> object:
    """Return the settings of the demo in a folder, or None if it holds none."""
    path = folder / files.DEMO
    try:
        if path.is_file() and path.stat().st_size <= _LARGEST_SETTINGS:
            return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        pass
    return None


@contextmanager
def _scratch_folder(folder: Path) -> Iterator[Path]:
    """Make a folder beside another one, and remove it at the end with those of killed processes.

    The process that uses one holds a lock on the folder itself, so that nobody else removes it;
    the system lets go of the lock when the process dies.
    """
    with writing_to(folder):
        for entry in list(os.scandir(folder.parent)):
            left = re.fullmatch(rf"\.{re.escape(folder.name)}-[a-z0-9_]{{8}}", entry.name)
            if left and entry.is_dir(follow_symlinks=False):
                _remove_abandoned(Path(entry.path))
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        descriptor = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        os.close(descriptor)


def _remove_abandoned(scratch: Path) -> None:
    """Remove a scratch folder, unless it is in use or holds anything that no demo writes."""
    try:
        descriptor = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # somebody else's
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if {_FRESH, _OLD}.issuperset(os.listdir(scratch)):
            shutil.rmtree(scratch, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)


def _write(folder: Path, demo: Demo, progress: Progress, workers: int | None) -> None:
    from data.lyrics import embed

    artists, table = _invent(demo)
    (folder / "audio").mkdir()
    log_mel = LogMel()
    spectrograms = np.empty((demo.songs, log_mel.mels, log_mel.frames), np.float32)
    used = how_many(workers, demo.songs, _FEWEST_PER_WORKER)
    tasks = [
        (artists[int(row["artist"])], row, folder, demo, index) for index, row in enumerate(table)
    ]
    with closing(in_order(_render, tasks, used)) as maps:
        for index, made in enumerate(progress(maps)):
            spectrograms[index] = made
    for row in table:
        row["artist"] = band_name(row["language"], int(row["artist"]) // len(LANGUAGES))
    columns = {name: [row[name] for row in table] for name in table[0]}
    files.write_metadata(folder / files.METADATA, columns)
    arrays.write_array(folder / files.IDS, np.array(columns["id"]))
    arrays.write_array(folder / files.SPECTROGRAMS, spectrograms)
    arrays.write_array(folder / files.LYRICS, embed(columns["lyrics"], seed=demo.seed))


def _invent(demo: Demo) -> tuple[list[Artist], list[dict[str, str]]]:
    """Draw the artists and the rows of dataset.csv, where artists are still numbers."""
    rng = np.random.default_rng([demo.seed, 0])
    genres = list(GENRES)
    n_artists = int(np.clip(demo.songs // _SONGS_PER_ARTIST, *_ARTISTS))
    homes = [genres[number // len(LANGUAGES) % len(genres)] for number in range(n_artists)]
    artists = [invent_artist(home, demo.difficulty, rng) for home in homes]
    kind = "wav" if demo.audio else "mp3"
    table = []
    for index, number in enumerate(rng.permutation(np.arange(demo.songs) % n_artists)):
        language = LANGUAGES[number % len(LANGUAGES)]
        strays = rng.random() < 0.1 * demo.difficulty
        genre = genres[rng.integers(len(genres))] if strays else homes[number]
        song = f"demo-{index:05d}"
        sung = rng.random() >= _INSTRUMENTAL
        table.append(
            {
                "id": song,
                "title": write_title(genre, language, rng),
                "audio_path": f"audio/{song}.{kind}",
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
    """Return the log-mel map of one song, and write its sound."""
    import soundfile

    log_mel = LogMel()
    seconds = log_mel.samples / log_mel.sample_rate
    rng = np.random.default_rng([demo.seed, 1, index])
    sound = perform(artist, row["genre"], seconds, demo.difficulty, rng)
    how = {"subtype": "PCM_16"} if demo.audio else MP3
    soundfile.write(folder / row["audio_path"], sound, log_mel.sample_rate, **how)
    return log_mel(sound)

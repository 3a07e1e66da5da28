"""Which songs there are: a CSV that lists them, or folders as genres."""

from dataclasses import dataclass
from pathlib import Path

from data.audio import SUFFIXES
from data.files import DataError, Table, read_metadata


@dataclass(frozen=True)
class Sources:
    """Songs that have been found.

    Parameters
    ----------
    table : Table
        The columns of dataset.csv.
    paths : list of Path
        The sound file of each row; it need not exist.
    ignored : int
        Files beside them that are neither sound nor lyrics.
    """

    table: Table
    paths: list[Path]
    ignored: int = 0


def from_metadata(metadata: Path, audio: Path) -> Sources:
    """List the songs of a CSV; its audio_path is looked up in ``audio``, then beside the CSV.

    Raises
    ------
    DataError
        The CSV cannot be read or has no audio_path column.
    """
    table = read_metadata(metadata)
    if "audio_path" not in table:
        raise DataError(
            f"{metadata} has no audio_path column; add one with the path of each sound file "
            f"inside {audio}"
        )
    paths = [audio / path for path in table["audio_path"]]
    beside = [metadata.parent / path for path in table["audio_path"]]
    return Sources(
        table,
        [
            other if other.is_file() and not path.is_file() else path
            for path, other in zip(paths, beside, strict=True)
        ],
    )


def from_folders(audio: Path) -> Sources:
    """List the sound files below ``audio``: id and title from the path, genre from the folder.

    A text file of the same name beside a sound file is its lyrics.

    Raises
    ------
    DataError
        There is no such folder, or no sound in it.
    """
    files = sorted(
        path
        for path in audio.rglob("*")
        if path.is_file() and not path.name.startswith(".")  # macOS adds "._" copies
    )
    paths = [path for path in files if path.suffix.lower() in SUFFIXES]
    if not paths:
        raise DataError(
            f"{audio} holds no {', '.join(sorted(SUFFIXES))} files; choose the folder of the "
            "songs, or that of the genres"
        )
    relative = [path.relative_to(audio) for path in paths]
    texts = [path.with_suffix(".txt") for path in paths]
    names = [readable(path.as_posix()) for path in relative]
    table = {
        "id": names,
        "title": [readable(path.stem) for path in relative],
        "audio_path": names,
        "genre": [readable(path.parts[0]) if len(path.parts) > 1 else "" for path in relative],
        "lyrics": [
            text.read_text("utf-8", "replace").strip() if text.is_file() else "" for text in texts
        ],
    }
    used = {*paths, *texts}
    return Sources(table, paths, ignored=sum(path not in used for path in files))


def readable(name: str) -> str:
    """Write the bytes of a file name that are no UTF-8 as \\xe9, so that it can be stored."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

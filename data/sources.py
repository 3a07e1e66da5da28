"""Which songs there are: a CSV that lists them, or folders as genres."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from data.audio import is_sound
from data.errors import DataError, shortened
from data.files import LONGEST_ID, LONGEST_LYRICS, Table, known, read_metadata
from data.paths import is_file, why_no_file
from data.remarks import Remark

_REQUIRED = ("id", "audio_path")


@dataclass(frozen=True)
class Sources:
    """The songs to prepare, as they are listed.

    Parameters
    ----------
    table : Table
        The columns of dataset.csv.
    paths : list of Path
        The sound file of each row; it need not exist.
    ignored : int
        Number of files beside them that are neither sound nor lyrics.
    remarks : tuple of Remark
        On files and folders that could not be read.
    has_text : list of bool
        Whether a text file lies beside each song; empty if a CSV lists them, and tags are not
        read.
    """

    table: Table
    paths: list[Path]
    ignored: int = 0
    remarks: tuple[Remark, ...] = ()
    has_text: list[bool] = field(default_factory=list)


def from_metadata(metadata: Path, audio: Path) -> Sources:
    """List the songs of a CSV; its audio_path is looked up in ``audio``, then beside the CSV.

    Raises
    ------
    DataError
        The CSV cannot be read or has no audio_path column.
    """
    remarks: list[str] = []
    table = read_metadata(metadata, remark=remarks.append, needed=_REQUIRED)
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
            other if is_file(other) and not is_file(path) else path
            for path, other in zip(paths, beside, strict=True)
        ],
        remarks=tuple(Remark("", sentence=remark) for remark in remarks),
    )


def from_folders(audio: Path) -> Sources:
    """List the sound files below ``audio``: id and title from the path, genre from the folder.

    A text file of the same name beside a sound file is its lyrics.

    Raises
    ------
    DataError
        There is no such folder, or no sound in it.
    """
    remarks: list[Remark] = []
    files = _files_below(audio, remarks)
    paths = []
    for path in files:
        if is_sound(path):
            name = path.relative_to(audio).as_posix()
            if len(readable(name)) <= LONGEST_ID:
                paths.append(path)
            else:
                said = (
                    f"{shortened(path)} has a name of {len(name):,} characters and an id has at "
                    f"most {LONGEST_ID:,}; shorten it"
                )
                remarks.append(Remark("left out", str(path), said))
    if not paths:
        raise DataError(
            f"{audio} holds no sound files; choose the folder of the "
            "songs, or that of the genres"
            + "".join(f"; {remark.sentence}" for remark in remarks[:1])
        )
    relative = [path.relative_to(audio) for path in paths]
    texts = [path.with_suffix(".txt") for path in paths]
    root = Path(os.path.realpath(audio))
    names = [readable(path.as_posix()) for path in relative]
    table = {
        "id": names,
        "title": [readable(path.stem) for path in relative],
        "audio_path": names,
        "genre": [
            known(readable(path.parts[0])) if len(path.parts) > 1 else "" for path in relative
        ],
        "lyrics": [_lyrics(text, root, remarks) for text in texts],
    }
    used = {*paths, *texts}
    return Sources(
        table,
        paths,
        sum(path not in used for path in files),
        tuple(remarks),
        [os.path.lexists(text) for text in texts],
    )


def _files_below(audio: Path, remarks: list[Remark]) -> list[Path]:
    """Return every file below a folder, links to files included; enter no linked folder.

    A link can lead round in a circle, or out of what was meant to be heard.
    """

    def refused(error: OSError) -> None:
        said = f"the folder {shortened(error.filename)} cannot be read ({error.strerror})"
        remarks.append(Remark("left out", str(error.filename), f"{said}; give leave to read it"))

    found = []
    for folder, folders, names in os.walk(audio, onerror=refused):
        folders.sort()
        for path in (os.path.join(folder, name) for name in folders):
            if os.path.islink(path):
                said = f"the folder {shortened(path)} is a link; name it by --audio"
                remarks.append(Remark("left out", path, said))
        # macOS adds "._" copies
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    return sorted(found)


def _lyrics(path: Path, root: Path, remarks: list[Remark]) -> str:
    """Return the text beside a song, or "" with a remark on why it was not read.

    A link out of the folder of the songs is not read: its text would be kept in dataset.csv, and
    whoever made the folder chose whose text that is.
    """
    if not os.path.lexists(path):
        return ""
    reason = why_no_file(path)
    if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
        reason = f"is a link to a file outside {shortened(root)}; put a copy in its place"
    text = ""
    if not reason:
        try:
            size = path.stat().st_size
            if size <= 4 * LONGEST_LYRICS:  # a character has four bytes or fewer
                text = path.read_text("utf-8-sig").strip()
        except UnicodeDecodeError:
            reason = "is no UTF-8 text; save it again as UTF-8"
        except OSError as error:
            reason = f"cannot be read ({error.strerror})"
        else:
            if size > 4 * LONGEST_LYRICS or len(text) > LONGEST_LYRICS:
                reason = f"has more than {LONGEST_LYRICS:,} characters, too many for a lyric"
    if reason:
        remarks.append(Remark("without their lyrics", str(path), f"{shortened(path)} {reason}"))
        return ""
    return known(text)


def readable(name: str) -> str:
    """Write the bytes of a file name that are no UTF-8 as \\xe9, so that it can be stored."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

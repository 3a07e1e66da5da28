"""What is heard of each kind of sound file, and docs/formats.md made of it.

When more or less is heard than before: python -m tests.data.formats > docs/formats.md
"""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import numpy as np
import soundfile
from threadpoolctl import threadpool_limits

from data.audio import LogMel, hear, is_sound
from data.demo import Demo, make
from data.errors import DataError
from tests.data.encoders import NO_SOUND, SHORTENED, TRUNCATED, WHOLE, Make, run

SONGS = ((4, 0.0), (5, 5.0))
"""Of how many clips of the demo our songs are made, and seconds of silence ahead."""
WINDOWS = 8
CHAPTERS = {
    "Whole files": (
        WHOLE,
        "All of them are heard. dB is the mean absolute difference of their maps from those of "
        "the WAV files they were made of. Sound at 8 kHz lacks what is above 4 kHz.",
    ),
    "Files that end early and do not say so": (
        SHORTENED,
        "They are heard as far as they go.",
    ),
    "Files that end before the length that is written in them": (
        TRUNCATED,
        "All of them are skipped.",
    ),
    "Other files": (NO_SOUND, "None of them is taken for sound."),
}


@dataclass(frozen=True)
class Result:
    """What became of one kind of file.

    Parameters
    ----------
    kind : str
        Its name.
    heard : bool
        Whether it was; otherwise it was skipped.
    said : str
        Remarks on its length, or why it was skipped.
    distance : float or None
        Mean absolute difference in dB between its maps and those of the WAV files.
    """

    kind: str
    heard: bool
    said: str
    distance: float | None

    def row(self) -> str:
        """Return the row of the table."""
        status = "heard" if self.heard else "skipped"
        distance = "" if self.distance is None else f"{self.distance:.1f}"
        return f"| {self.kind} | {status} | {distance} | {self.said} |"


def write_songs(folder: Path) -> list[Path]:
    """Write songs that are long enough for several windows, and no whole number of them."""
    make(folder / "demo", Demo(songs=20, audio=True), workers=1)
    clips = sorted((folder / "demo" / "audio").iterdir())
    paths = []
    for number, (count, silence) in enumerate(SONGS):
        sound = np.concatenate([soundfile.read(clips.pop())[0] for _ in range(count)])
        soundfile.write(folder / "mono.wav", sound[:-11_025], 22_050)
        paths.append(folder / f"{number}.wav")
        run(f"sox -D {{wav}} -r 44100 -c 2 {{out}} pad {silence}", folder / "mono.wav", paths[-1])
    return paths


def try_kind(kind: str, write: Make, songs: dict[Path, np.ndarray], folder: Path) -> Result:
    """Make files of one kind out of the songs, hear them, and compare the maps."""
    distances, remarks, problems = [], set(), set()
    for song, original in songs.items():
        path = folder / "sound"  # the name says nothing
        write(song, path)
        try:
            heard = hear(path, LogMel(), WINDOWS)
        except DataError as error:
            problems.add(_without_numbers(str(error).removeprefix(f"{path} ").split(";")[0]))
        else:
            remarks |= set(heard.remarks)
            distances.append(np.abs(heard.map - original).mean())
            assert kind not in WHOLE or "ahead" in kind or is_sound(path), kind
        for left in folder.iterdir():
            left.unlink()
    if problems:
        return Result(kind, False, "; ".join(sorted(problems)), None)
    distance = float(np.mean(distances)) if kind in WHOLE else None
    return Result(kind, True, ", ".join(sorted(remarks)), distance)


def results(folder: Path) -> Iterator[Result]:
    """Try every kind of file."""
    songs = {song: hear(song, LogMel(), WINDOWS).map for song in write_songs(folder)}
    scratch = folder / "scratch"
    scratch.mkdir()
    with threadpool_limits(1):  # threads that wait for one another take longer than one
        for kinds, _ in CHAPTERS.values():
            for kind, write in kinds.items():
                yield try_kind(kind, write, songs, scratch)


def page(found: list[Result]) -> str:
    """Return docs/formats.md."""
    rows = {result.kind: result.row() for result in found}
    lines = [INTRODUCTION]
    for title, (kinds, sentence) in CHAPTERS.items():
        lines += [f"## {title}", "", *wrap(sentence, 99), ""]
        lines += ["| file | | dB | what is said of it |", "|---|---|---|---|"]
        lines += [rows[kind] for kind in kinds] + [""]
    return "\n".join(lines).rstrip()


def _without_numbers(problem: str) -> str:
    return re.sub(r"[\d.]+ s", "… s", problem)


INTRODUCTION = """# Sound files that are heard

Made by `python -m tests.data.formats > docs/formats.md`: songs of the demo, one of 12 s and one
of 15 s behind five seconds of silence, are written by other people's encoders (lame, ffmpeg, flac,
vorbis-tools, opus-tools, sox, mp3gain), and then heard under a name without an ending.
[data.md](data.md) tells what is evidence of damage and what is not.
"""


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(page(list(results(Path(place)))))

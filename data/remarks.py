"""What is odd about songs: a line for each kind on the screen, and every one of them in a file."""

import csv
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.audio import REMARKS as SOUND_REMARKS
from data.audio import Heard
from data.errors import DataError, printable, shortened
from data.journal import Entry
from data.paths import refuse_irregular
from data.writing import replacing, writing_to

EXAMPLES = 3
"""Songs that a line names."""
_MOST_LINES = 20
"""Lines on the screen."""
_COLUMNS = ("kind", "song", "remark")
_FLAGS = {
    "short": "shorter than a map, followed by silence",
    "silent": "silent throughout",
    "clipped": "clipped, too loud for their format",
}
_LEFT_OUT = "left out, for they are the same recording as a song that comes before them"
_FACTS = {**_FLAGS, **SOUND_REMARKS}
"""What an entry of the journal may say of the sound, with the words that follow a number."""


@dataclass(frozen=True)
class Remark:
    """What is odd about one song, or one file.

    Parameters
    ----------
    kind : str
        Words that follow the number of such songs.
    song : str
        Its id, or the path of the file; "" if it is about no song.
    sentence : str
        What is wrong and what to do, "" if the kind says it all.
    reason : str
        The sentence without what differs from song to song, "" where that is unknown.
    """

    kind: str
    song: str = ""
    sentence: str = ""
    reason: str = ""

    @property
    def group(self) -> tuple[str, str]:
        """What it has in common with others on the same line."""
        if not self.kind:
            return "", self.sentence
        return self.kind, self.reason or reason(self.sentence, self.song)


def reason(sentence: str, *names: str) -> str:
    """Return a sentence without these names and without numbers."""
    for name in filter(None, names):
        sentence = sentence.replace(printable(name), "").replace(shortened(printable(name)), "")
    return re.sub(r"[0-9][0-9.,:]*", "#", sentence)


def facts_of(heard: Heard) -> dict[str, Any]:
    """Return what an entry of the journal says of the sound."""
    facts: dict[str, Any] = {name: getattr(heard, name) for name in _FLAGS}
    return {**facts, "remarks": list(heard.remarks)} if heard.remarks else facts


def of_entries(entries: Iterable[Entry]) -> Iterator[Remark]:
    """Yield what a journal says of songs: those without a map, then of each oddity."""
    entries = list(entries)
    for entry in entries:
        if "same_as" in entry:
            yield Remark(_LEFT_OUT, f"{entry['same_as']} = {entry['id']}")
        elif "problem" in entry:
            yield Remark("skipped", entry["id"], entry["problem"], entry.get("reason", ""))
    for fact, meaning in _FACTS.items():
        for entry in entries:
            if entry.get(fact) is True or fact in entry.get("remarks", ()):
                yield Remark(meaning, entry["id"])


def lines(remarks: Iterable[Remark]) -> Iterator[str]:
    """Yield a line for each kind, with the number of songs and a few of them."""
    groups: dict[tuple[str, str], list[Remark]] = {}
    for remark in remarks:
        groups.setdefault(remark.group, []).append(remark)
    shown = list(groups.values())[:_MOST_LINES]
    yield from map(_line, shown)
    if len(groups) > len(shown):
        count = sum(map(len, groups.values())) - sum(map(len, shown))
        yield f"{count} more remarks of {len(groups) - len(shown)} kinds"


def few_of_each(sentences: Collection[str]) -> list[str]:
    """Return the first sentences of each kind, which differ by names and numbers alone."""
    groups: dict[str, list[str]] = {}
    for sentence in sentences:
        groups.setdefault(reason(re.sub(r"'[^']*'", "", sentence)), []).append(sentence)
    few = [each for group in list(groups.values())[:_MOST_LINES] for each in group[:EXAMPLES]]
    more = len(sentences) - len(few)
    return [*few, f"and {more} more like these"] if more else few


def say_all(remarks: Iterable[Remark]) -> bool:
    """Return whether the lines on remarks name every song and say what is wrong with each."""
    counts = Counter(remark.group for remark in remarks)
    return len(counts) <= _MOST_LINES and all(
        count <= (1 if sentence else EXAMPLES) for (_, sentence), count in counts.items()
    )


def _line(alike: list[Remark]) -> str:
    first = alike[0]
    if not first.kind:
        return first.sentence
    if not first.sentence:
        return f"{len(alike)} {first.kind}: {named(each.song for each in alike)}"
    others = named([each.song for each in alike[1:]], EXAMPLES - 1)
    others = f"; the same: {others}" if others else ""
    return f"{len(alike)} {first.kind}: {first.sentence}{others}"


def named(songs: Iterable[str], most: int = EXAMPLES) -> str:
    """Return the first few names of songs, and how many more there are."""
    names = list(songs)
    shown = ", ".join(shortened(name, 100) for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


def write(path: Path, remarks: Collection[Remark]) -> None:
    """Write a list of remarks in the place of an earlier one; without any, remove that.

    Raises
    ------
    DataError
        Something else has that name, or the system refuses.
    """
    header = ",".join(_COLUMNS)
    refuse_irregular(path)
    if os.path.lexists(path):
        with writing_to(path), path.open(encoding="utf-8", errors="replace") as file:
            if file.readline(len(header) + 2).strip() != header:
                raise DataError(f"{path} is no list of remarks and is left alone; rename it")
        if not remarks:
            with writing_to(path):
                path.unlink()
    if remarks:
        with replacing(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_COLUMNS)
            writer.writerows(map(_cell, (each.kind, each.song, each.sentence)) for each in remarks)


def _cell(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula."""
    text = printable(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text

"""The journal of a collection under preparation: a line of settings, then one for each song."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import DataError
from data.files import LONGEST_LYRICS
from data.paths import why_no_file
from data.tags import LONGEST_TAG, TAGS
from data.writing import replacing

JOURNAL = "prepare.jsonl"
_LARGEST_JOURNAL = 1 << 30
"""Bytes; a song takes some hundreds, and its embedded lyrics."""
_LONGEST = {**dict.fromkeys(TAGS, LONGEST_TAG), "lyrics": LONGEST_LYRICS}
"""Tags that an entry may hold, and how long they may be."""

Entry = dict[str, Any]
"""What is known of one song: its id, and

- row, of its map, or problem, why it has none, and reason, which is the same for others;
- short, silent, clipped and remarks, of its sound;
- size and mtime_ns, of its file when it was heard, and tags;
- changed, if the row has yet to be written again;
- same_as, the song of the same recording, if it was left out for that.
"""


@dataclass
class Journal:
    """What a journal holds.

    Parameters
    ----------
    settings : dict
        Of the maps; empty if there is no journal.
    entries : dict of str to Entry
        By id; of several lines on a song the last.
    labels : str
        A sentence on where the genres come from, "" where that is not settled yet.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    labels: str = ""

    def write(self, folder: Path) -> None:
        """Write the journal anew, complete or not at all."""
        labels = [{"labels": self.labels}] if self.labels else []
        with replacing(folder / JOURNAL, "wb") as file:
            file.writelines(map(line, [self.settings, *self.entries.values(), *labels]))


def line(entry: Mapping[str, Any]) -> bytes:
    """Return a line of a journal."""
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"


def read_journal(folder: Path) -> Journal:
    """Read the journal of a collection, without a torn last line.

    Raises
    ------
    DataError
        The journal cannot be read.
    """
    path = folder / JOURNAL
    if not os.path.lexists(path):
        return Journal()
    reason = why_no_file(path)
    if reason or path.stat().st_size > _LARGEST_JOURNAL:
        reason = reason or "is too large"
        raise DataError(f"{path} {reason}; remove {folder} and prepare it again")
    text = path.read_bytes()
    journal = Journal()
    try:
        lines = [json.loads(each) for each in text[: text.rfind(b"\n") + 1].splitlines()]
        if lines:
            journal.settings = lines[0]
        for entry in lines[1:]:
            if "labels" in entry and "id" not in entry:
                journal.labels = entry["labels"]
            else:
                journal.entries[entry["id"]] = entry
        sound = (
            isinstance(journal.settings, dict)
            and isinstance(journal.labels, str)
            and _are_entries(journal.entries)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise DataError(f"{path} is damaged; remove {folder} and prepare it again")
    return journal


def _are_entries(entries: Mapping[Any, Any]) -> bool:
    """Return whether these are lines as `prepare` writes them, with each row once."""
    rows = [entry["row"] for entry in entries.values() if "row" in entry]
    return (
        all(isinstance(song, str) for song in entries)
        and _are_whole(rows)
        and sorted(rows) == list(range(len(rows)))
        and all(map(_is_entry, entries.values()))
    )


def _is_entry(entry: Entry) -> bool:
    """Return whether a line holds what it may, of the right kinds."""
    tags, remarks = entry.get("tags", {}), entry.get("remarks", [])
    changed = entry.get("changed") is True
    return (
        ("row" in entry if changed else ("row" in entry) != ("problem" in entry))
        and isinstance(entry.get("problem", ""), str)
        and isinstance(entry.get("reason", ""), str)
        and isinstance(entry.get("same_as", ""), str)
        and _are_whole([entry.get("size", 0)])
        and type(entry.get("mtime_ns", 0)) is int
        and isinstance(remarks, list)
        and all(isinstance(kind, str) for kind in remarks)
        and all(isinstance(text, str) for text in tags.values())
        and all(len(text) <= _LONGEST[name] for name, text in tags.items())
    )


def _are_whole(numbers: Iterable[Any]) -> bool:
    return all(type(number) is int and number >= 0 for number in numbers)

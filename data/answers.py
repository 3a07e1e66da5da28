"""Files of answers, in which a person says something of some songs.

A file of answers has the columns id and label, or id_a, id_b and same (yes or no), or all of them,
beside any others. A row whose answer is empty is not answered yet.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import DataError, Report, shortened
from data.files import known
from data.known_songs import KnownSongs
from data.paths import why_no_file
from data.spreadsheet import read_rows

LABELLED = ("id", "label")
"""Columns of songs with a label."""

PAIRED = ("id_a", "id_b", "same")
"""Columns of pairs of songs."""

_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "1", "same"), True),
    **dict.fromkeys(("no", "n", "false", "0", "different"), False),
}
_LARGEST = 1 << 26
"""Bytes of a file of answers."""
_MOST_ANSWERS = 100_000
_SHOWN = 6
"""Songs of a chain of answers that a sentence names."""


def read_known(
    paths: Sequence[Path], ids: Collection[str], remark: Report = lambda sentence: None
) -> KnownSongs:
    """Read files of answers, which together must not contradict each other.

    Parameters
    ----------
    paths : CSV files, in any form that `data.spreadsheet.read_rows` reads.
    ids : of the collection's songs.
    remark : called with a sentence on what is taken as it is and may be meant otherwise.

    Raises
    ------
    DataError
        A file cannot be read, names a song that is not in the collection, or gives a song two
        labels; answers contradict each other, or tell no songs apart.
    """
    found = _Answers({*ids})
    for path in paths:
        found.read(path, remark)
    known_songs = KnownSongs(found.labels, found.pairs)
    _refuse_contradictions(known_songs, found.places)
    _refuse_no_difference(known_songs, paths)
    alone = [label for label, count in Counter(found.labels.values()).items() if count == 1]
    if alone:
        shown = ", ".join(repr(shortened(label, 40)) for label in alone[:_SHOWN])
        more = f" and {len(alone) - _SHOWN} more" if len(alone) > _SHOWN else ""
        remark(
            f"Of {shown}{more} one song alone is known: it counts as different from all others."
        )
    return known_songs


@dataclass
class _Answers:
    """The answers of files, with the place of each.

    Attributes
    ----------
    ids : songs that there are.
    places : song, or two of them -> where the answer stands.
    """

    ids: set[str]
    labels: dict[str, str] = field(default_factory=dict)
    pairs: dict[tuple[str, str], bool] = field(default_factory=dict)
    places: dict[str | tuple[str, str], str] = field(default_factory=dict)

    def read(self, path: Path, remark: Report) -> None:
        """Take in the answers of one file."""
        reason = why_no_file(path)
        if reason:
            raise DataError(
                f"{shortened(path)} {reason}; it holds the known songs, in columns id and label, "
                "or id_a, id_b and same"
            )
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{path} has more than {_LARGEST:,} bytes; keep the answers alone")
        rows = read_rows(path, {*LABELLED, *PAIRED}, remark)
        header = [name.strip().lower() for name in next(rows, ("", []))[1]]
        kinds = [names for names in (LABELLED, PAIRED) if {*names} <= {*header}]
        if not kinds:
            there = ", ".join(header)[:200] or "nothing"
            raise DataError(
                f"{path} has the columns {there}; give id and label, or id_a, id_b and same"
            )
        for name in {*LABELLED, *PAIRED}:
            if header.count(name) > 1:
                raise DataError(f"{path}, row 1 has two columns named {name}; remove one")
        for number, (where, row) in enumerate(rows, start=1):
            if number > _MOST_ANSWERS:
                raise DataError(f"{path} has more than {_MOST_ANSWERS:,} rows; keep fewer")
            if not any(map(str.strip, row)):
                continue
            place = f"{path}, {where}"
            if len(row) != len(header):
                raise DataError(
                    f"{place} has {len(row)} fields and the header has {len(header)}; put texts "
                    "that hold separators between double quotes"
                )
            cells = {name: known(cell) for name, cell in zip(header, row, strict=True) if name}
            for names in kinds:
                *songs, answer = (cells[name] for name in names)
                if answer:
                    self._take(place, songs, answer)

    def _take(self, place: str, songs: Sequence[str], answer: str) -> None:
        """Take in one answer on one song, or on two."""
        songs = [self._named(song) for song in songs]
        for song in songs:
            if not song:
                raise DataError(
                    f"{place} has the answer {shortened(answer)!r} and no id of a song"
                )
            if song not in self.ids:
                raise DataError(
                    f"{place}: there is no song {shortened(song)!r} in this collection; ids are "
                    "those of its dataset.csv"
                )
        if len(songs) == 1:
            self._label(place, songs[0], answer)
        else:
            self._pair(place, songs[0], songs[1], answer)

    def _named(self, song: str) -> str:
        """Return an id without the apostrophe that keeps spreadsheets from taking it for a sum."""
        bare = song.removeprefix("'")
        return song if song in self.ids or bare not in self.ids else bare

    def _label(self, place: str, song: str, label: str) -> None:
        before = self.labels.setdefault(song, label)
        if before != label:
            raise DataError(
                f"{place} says that {shortened(song)!r} is {shortened(label)!r}, and "
                f"{self.places[song]} that it is {shortened(before)!r}; keep one of the two"
            )
        self.places.setdefault(song, place)

    def _pair(self, place: str, a: str, b: str, answer: str) -> None:
        same = _WORDS.get(answer.lower())
        if same is None:
            raise DataError(
                f"{place} has {shortened(answer, 40)!r} for same; write yes or no, or leave it "
                "empty"
            )
        if a == b:
            raise DataError(f"{place} compares {shortened(a)!r} with itself; name two songs")
        pair = (a, b) if (a, b) in self.pairs or (b, a) not in self.pairs else (b, a)
        before = self.pairs.setdefault(pair, same)
        if before != same:
            raise DataError(
                f"{place} says that {shortened(a)!r} and {shortened(b)!r} are "
                f"{_word(same)}, and {self.places[pair]} that they are {_word(before)}; keep one "
                "of the two"
            )
        self.places.setdefault(pair, place)


def _word(same: bool) -> str:
    return "the same" if same else "different"


def _refuse_contradictions(given: KnownSongs, places: Mapping[Any, str]) -> None:
    """Raise a DataError where songs that differ are the same by way of others."""
    linked: dict[str, list[str]] = {}
    for (a, b), same in given.pairs.items():
        if same:
            linked.setdefault(a, []).append(b)
            linked.setdefault(b, []).append(a)
    by_label: dict[str, list[str]] = {}
    for song, label in given.labels.items():
        by_label.setdefault(label, []).append(song)

    def next_to(song: str) -> Sequence[str]:
        alike = by_label.pop(given.labels[song], ()) if song in given.labels else ()
        return [*linked.get(song, ()), *alike]  # of one label once is enough

    came_from: dict[str, str | None] = {}
    group: dict[str, int] = {}
    labelled: dict[int, str] = {}
    for number, start in enumerate(given.ids):
        if start in group:
            continue
        came_from[start] = None
        group[start] = number
        waiting = deque([start])
        while waiting:
            song = waiting.popleft()
            if song in given.labels:
                other = labelled.setdefault(number, song)
                if given.labels[other] != given.labels[song]:
                    raise DataError(
                        _contradiction(
                            other, song, came_from, "have different labels", places[song]
                        )
                    )
            for neighbour in next_to(song):
                if neighbour not in group:
                    came_from[neighbour] = song
                    group[neighbour] = number
                    waiting.append(neighbour)
    for (a, b), same in given.pairs.items():
        if not same and group[a] == group[b]:
            raise DataError(
                _contradiction(a, b, came_from, "are said to be different", places[a, b])
            )


def _contradiction(
    a: str, b: str, came_from: Mapping[str, str | None], what: str, place: str
) -> str:
    """Return a sentence on two songs that differ and are the same by a chain of answers."""
    one, other = _way_back(a, came_from), _way_back(b, came_from)
    meeting = next(song for song in one if song in other)
    chain = one[: one.index(meeting) + 1] + other[: other.index(meeting)][::-1]
    shown = [repr(shortened(song, 60)) for song in chain]
    if len(shown) > _SHOWN:
        shown = [*shown[: _SHOWN // 2], "...", *shown[-_SHOWN // 2 :]]
    return (
        f"{place}: {shown[0]} and {shown[-1]} {what}, and other answers make them the same "
        f"({' = '.join(shown)}); mend one of these answers"
    )


def _way_back(song: str, came_from: Mapping[str, str | None]) -> list[str]:
    """Return the songs from this one to the one that its group began with."""
    way = [song]
    while (before := came_from[way[-1]]) is not None:
        way.append(before)
    return way


def _refuse_no_difference(given: KnownSongs, paths: Sequence[Path]) -> None:
    """Raise a DataError where the answers tell no songs apart, or put none together."""
    labels = Counter(given.labels.values())
    same = any(count > 1 for count in labels.values()) or any(given.pairs.values())
    different = len(labels) > 1 or not all(given.pairs.values())
    files = ", ".join(shortened(path) for path in paths)
    if not (given.labels or given.pairs):
        raise DataError(f"{files}: no row is answered; fill in the column label, or same")
    if not different:
        raise DataError(
            f"{files}: all known songs are the same, which tells no clusters apart; add songs "
            "that differ"
        )
    if not same:
        raise DataError(
            f"{files}: no two known songs are the same, which says nothing of what belongs "
            "together; add songs that share a label"
        )

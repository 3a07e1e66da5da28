"""Where the genres of songs without a CSV come from: their folders or their tags."""

from collections import Counter
from collections.abc import Mapping, Sequence

from data.errors import DataError, shortened
from data.files import Table, known
from data.tags import TAGS, Tags

CHOICES = ("auto", "folders", "tags")
_FEWEST_LABELS, _FEWEST_SONGS = 2, 2
"""Folders are genres if there are so many of so many songs each."""
_SHOWN = 3
"""Labels that the sentence names."""


def refuse_unknown(labels: object) -> None:
    """Raise a DataError unless this is one of `CHOICES`."""
    if labels not in CHOICES:
        raise DataError(f"labels is {labels!r:.60}; give one of {', '.join(CHOICES)}")


def add_tags(
    table: Table, tags: Mapping[str, Tags], has_text: Sequence[bool], labels: str
) -> tuple[Table, str]:
    """Return the columns of songs with what their tags say, and a sentence on the genres.

    Parameters
    ----------
    table : Table
        id, title, audio_path, genre (of folders) and lyrics (of text files).
    tags : mapping of str to Tags
        By id; the tags of a song that are there.
    has_text : sequence of bool
        Whether there is a text file beside each song, whose words are its lyrics.
    labels : str
        One of `CHOICES`; "auto" takes folders if two of them have two songs each, else tags.

    Returns
    -------
    Table
        Columns that tags fill are there if any song has a value; a genre tag that is not used as
        the genre is genre_tag.
    str
        Which genres were used, and how to have the others.
    """
    found = {name: [tags.get(song, {}).get(name, "") for song in table["id"]] for name in TAGS}
    used = labels if labels != "auto" else _better(table["genre"], found["genre"])
    filled = {
        "id": table["id"],
        "title": [tag or stem for tag, stem in zip(found["title"], table["title"], strict=True)],
        "audio_path": table["audio_path"],
        "artist": found["artist"],
        "album": found["album"],
        "year": found["year"],
        "genre": table["genre"] if used == "folders" else found["genre"],
        "genre_tag": found["genre"] if used == "folders" else [],
        "lyrics": [
            text if beside else known(tags.get(song, {}).get("lyrics", ""))
            for song, text, beside in zip(table["id"], table["lyrics"], has_text, strict=True)
        ],
    }
    kept = {name: column for name, column in filled.items() if name in table or any(column)}
    by_artist = used == "folders" and _are_artists(table["genre"], found["artist"])
    return kept, _sentence(used, labels, filled["genre"], any(found["genre"]), by_artist)


def _better(folders: Sequence[str], genres: Sequence[str]) -> str:
    """Return which of the two to use."""
    counts = Counter(filter(None, folders))
    usable = sum(count >= _FEWEST_SONGS for count in counts.values()) >= _FEWEST_LABELS
    return "folders" if usable or not any(genres) else "tags"


def _are_artists(folders: Sequence[str], artists: Sequence[str]) -> bool:
    """Return whether most songs lie in a folder that is called as their artist."""
    same = sum(
        folder.casefold() == artist.casefold() != ""
        for folder, artist in zip(folders, artists, strict=True)
    )
    return 2 * same > len(folders)


def _sentence(
    used: str, asked: str, genres: Sequence[str], has_tags: bool, by_artist: bool
) -> str:
    counts = Counter(filter(None, genres))
    shown = ", ".join(shortened(name, 40) for name, _ in counts.most_common(_SHOWN))
    more = f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
    source = "the first folder of each song" if used == "folders" else "the genre tag of each song"
    unknown = len(genres) - sum(counts.values())
    said = f"genre is {source}" + (f", {len(counts)} in all: {shown}{more}" if counts else "")
    said += f"; {unknown} of {len(genres)} songs have none" if unknown else ""
    said += "; most are called as the artist of the song" if by_artist else ""
    if asked != "auto":
        return f"{said}; --labels {asked} asked for that"
    if used == "tags":
        return f"{said}; no two folders hold two songs each, but --labels folders takes folders"
    if has_tags:
        return f"{said}; --labels tags takes their genre tags, which are in genre_tag"
    return f"{said}; no file has a genre tag"

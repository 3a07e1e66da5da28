"""What a call of `prepare` did, and the lines in which a person is told."""

from collections.abc import Iterator
from dataclasses import dataclass

from data import files, remarks
from data.journal import Entry
from data.remarks import Remark


@dataclass(frozen=True)
class Prepared:
    """What a call of `prepare` did.

    Parameters
    ----------
    added : int
        Songs that this call heard for the first time; the others were there.
    changed : int
        Songs that it heard again, since their files have changed.
    entries : dict of str to Entry
        What the journal says of each song, by id.
    ignored : int
        Files that are neither sound nor lyrics.
    labels : str
        A sentence on where the genres come from.
    remarks : tuple of Remark
        On songs, on files that could not be read, and on the lyrics model.
    embedded : str
        A sentence on the embeddings of the sound, "" where there are none by prepare.
    """

    added: int
    changed: int
    entries: dict[str, Entry]
    ignored: int
    labels: str
    remarks: tuple[Remark, ...]
    embedded: str = ""

    def lines(self, where: str) -> Iterator[str]:
        """Yield what a person should know, a line for each kind of remark."""
        copies = sum("same_as" in entry for entry in self.entries.values())
        skipped = sum("problem" in entry for entry in self.entries.values()) - copies
        again = f", {self.changed} heard again since they changed" if self.changed else ""
        left_out = f", {copies} left out as copies" if copies else ""
        n_songs = len(self.entries) - skipped - copies
        new = f"{self.added} of them new{again}"
        yield f"{n_songs} songs, {new}, {skipped} skipped{left_out}: {where}"
        yield self.labels
        if self.embedded:
            yield self.embedded
        yield from (f"  {line}" for line in remarks.lines(self.remarks))
        if self.ignored:
            yield f"  {self.ignored} other files ignored, neither sound nor lyrics"
        if self.remarks:
            yield f"  the list of all: {where}/{files.REMARKS}"

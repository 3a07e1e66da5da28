"""What a sound file itself says about its length, and what is said of it."""

from enum import Enum


class Length(Enum):
    """How the length that is written in a file compares with what the file holds."""

    AGREES = "agrees"
    """Nothing is written, or what is written is there."""
    UNKNOWN = "length_unknown"
    """A placeholder, from a program that could not know the length when it began to write."""
    STALE = "length_stale"
    """Written, and overtaken by a program that cut the file or joined others to it."""
    UNENDED = "end_missing"
    """The end is not marked as such, or the last frame is torn, and no length is written."""
    CUT = "cut"
    """Written, and the file ends before it is reached."""


REMARKS = {
    Length.UNKNOWN.value: "that do not say how long they are, heard as far as they go",
    Length.STALE.value: "that say a wrong length, heard as far as they go",
    Length.UNENDED.value: "that end without the mark of an end, heard as far as they go",
}
"""What is said of songs that are heard all the same, to follow the number of them."""


def remarks(*lengths: Length) -> tuple[str, ...]:
    """Return the keys of `REMARKS` among these, each once."""
    return tuple(dict.fromkeys(length.value for length in lengths if length.value in REMARKS))

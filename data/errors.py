"""The error of this package, and how the words of a user are shown in a sentence."""

import unicodedata
from collections.abc import Callable

JOINERS = "\u200c\u200d"
"""Invisible, and part of how Bangla and other scripts are spelled."""

Report = Callable[[str], object]
"""Called with a sentence on a problem; reading goes on without the song concerned."""


class DataError(ValueError):
    """Songs that cannot be used; the message is one sentence that says where, what and how.

    It can be printed as it is: names of files and songs in it carry no terminal escapes.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(printable(str(message)))


def stop(problem: str) -> None:
    """Report a problem by raising it."""
    raise DataError(problem)


def printable(text: str) -> str:
    r"""Write out what a terminal would act on or cannot show: an escape becomes \x1b."""
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def shortened(text: object, most: int = 200) -> str:
    """Cut a long text in the middle: of a path of 5,000 characters both ends tell something."""
    text = str(text)
    half = most // 2
    return text if len(text) <= most else f"{text[:half]}...{text[-half:]}"


def _shown(letter: str) -> str:
    if letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs":
        return letter
    if "\udc80" <= letter <= "\udcff":  # a byte of a file name that is no UTF-8
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")

"""Rows of a CSV as people have them: its encoding and what separates its columns are found out.

Both are taken only where they are certain. Nothing else is guessed: every cell stays the text that
it is, so that 007 is not the number 7.
"""

import codecs
import csv
import mmap
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import IO

from data.errors import DataError, Report

LONGEST_FIELD = 1_000_000
"""Characters of a field of any column, beyond which a CSV is refused."""
_SEPARATORS = (",", ";", "\t")
"""What may separate columns; of two that give the same needed names, the first."""
_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?[,;\t]*\r?\n?', re.IGNORECASE)
"""The line that Excel reads before the header."""
_SAVE = "save it again as CSV UTF-8"
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WESTERN = "cp1252"
_NOT_WESTERN = re.compile(
    rb"[\x81\x8d\x8f\x90\x9d]"  # not in use
    rb"|[\x80-\xff]{3}"  # words of another script, in whatever encoding
    rb"|[\xc2-\xdf][\x80-\xbf]"  # a letter of UTF-8, so that the file is damaged UTF-8
    rb"|[\xe0-\xf4][\x80-\xbf]\Z"  # the first half of one, where a file was cut
    rb"|[A-Za-z][\xa1-\xa9\xab-\xb3\xb5\xb6\xb8\xb9\xbb-\xbf][A-Za-z]"  # a sign inside a word
)
"""Bytes by which a text that is no UTF-8 is not certainly one of Western Europe either."""

Row = tuple[str, list[str]]
"""Where a row lies, as in "row 7 (line 9)", and its cells."""


def read_rows(path: Path, needed: Collection[str], remark: Report) -> Iterator[Row]:
    """Yield the header and the rows of a CSV.

    Parameters
    ----------
    path : Path
        UTF-8; UTF-16 with a byte-order mark; or Windows-1252, of which Latin-1 is a part, where
        the bytes can be nothing else. Columns are separated by commas, semicolons or tabs,
        whichever gives the header its needed names, or as a first line "sep=;" says.
    needed : collection of str
        Lower-case names of columns that the header must have.
    remark : callable
        Called with a sentence if the text is read as Windows-1252.

    Raises
    ------
    DataError
        The text or a row cannot be read, or what it is is not certain.
    """
    csv.field_size_limit(LONGEST_FIELD)  # the default refuses texts over 128 kB
    encoding = _encoding(path)
    if encoding == _WESTERN:
        remark(
            f"{path} is no UTF-8 and was read as Windows-1252, for Western Europe; if names look "
            "wrong, save it again as CSV UTF-8"
        )
    where = "row 1"
    try:
        with path.open(encoding=encoding, newline="") as file:
            separator, skipped = _separator(file, needed)
            reader = csv.reader(_lines(file), delimiter=separator, strict=True)
            for number, row in enumerate(reader, start=1):
                line = reader.line_num + skipped
                yield where, row
                where = f"row {number + 1}" + (f" (line {line + 1})" if line != number else "")
    except UnicodeError:
        raise DataError(f"{path} is no {encoding} text throughout; {_SAVE}") from None
    except csv.Error as error:
        if "field larger" in str(error):
            raise DataError(
                f"{path}, {where} has a text of more than {LONGEST_FIELD:,} characters; "
                "shorten it, or close its double quotes"
            ) from None
        raise DataError(
            f"{path}, {where} cannot be read ({error}); "
            "check its double quotes: one inside a text is written twice"
        ) from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def _encoding(path: Path) -> str:
    """Return the encoding of a text."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            for mark, encoding in _BYTE_ORDER_MARKS.items():
                if start.startswith(mark) and start != codecs.BOM_UTF32_LE:
                    return encoding
            if b"\0" in start:
                raise DataError(f"{path} is UTF-16 or UTF-32 without a mark of it; {_SAVE}")
            file.seek(0)
            wrong = _first_not_utf8(lambda: file.read(1 << 20))
            if wrong < 0:
                return "utf-8-sig"
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                if not start.startswith(codecs.BOM_UTF8) and not _NOT_WESTERN.search(content):
                    return _WESTERN
                file.seek(0)
                line = 1 + sum(block.count(b"\n") for block in [file.read(wrong)])
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    raise DataError(
        f"{path}, line {line} is not UTF-8 text, and what else it is cannot be told; {_SAVE}"
    )


def _first_not_utf8(read: Callable[[], bytes]) -> int:
    """Return the place of the first byte that is no UTF-8, or -1."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    done = 0
    while True:
        block = read()
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            return done - held + error.start
        if not block:
            return -1
        done += len(block)


def _separator(file: IO[str], needed: Collection[str]) -> tuple[str, int]:
    """Return what separates the columns and how many lines say so; leave the file at the header.

    Where nothing gives the header its needed names, what gives it one of them is taken, and the
    caller says which are missing.
    """
    said = _SEPARATOR_LINE.fullmatch(file.readline(20))
    if said:
        return said[1], 1
    found = {}
    for separator in _SEPARATORS:
        file.seek(0)
        try:
            header = next(csv.reader(_lines(file), delimiter=separator, strict=True), [])
        except csv.Error:
            header = []
        found[separator] = len({name.strip().lower() for name in header}.intersection(needed))
    file.seek(0)
    return max(_SEPARATORS, key=found.__getitem__), 0


def _lines(file: IO[str]) -> Iterator[str]:
    """Yield the lines of a file, and raise a `csv.Error` at one that is too long for a row."""
    while line := file.readline(2 * LONGEST_FIELD):
        if len(line) == 2 * LONGEST_FIELD:
            raise csv.Error("field larger than a line may be")
        yield line

"""What lies at a path: a file to read, or one to put ours in the place of."""

import os
import stat
from pathlib import Path

from data.errors import DataError, shortened

KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
}


def why_no_file(path: Path) -> str:
    """Return a phrase on why a path is no file that can be read, or "" if it is one.

    Links are followed. Nothing is opened, so that a named pipe is not waited for.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return "is a link that leads nowhere" if os.path.islink(path) else "is missing"
    except ValueError:
        return "is no path: it holds a NUL character"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if not stat.S_ISREG(mode):
        return f"is {KINDS.get(stat.S_IFMT(mode), 'no file')}, not a file"
    return "" if os.access(path, os.R_OK) else "cannot be read (Permission denied)"


def is_file(path: Path) -> bool:
    """Return whether a path leads to a regular file; False where the system does not say."""
    return os.path.isfile(path)


def refuse_irregular(path: Path) -> None:
    """Raise a DataError unless a regular file, or nothing, lies where one is to be written.

    What is written takes the place of what is there, and nothing is written through a link: in a
    folder that somebody else has made, it can lead to any file of the person who opens it.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{shortened(path)} cannot be written ({reason}); choose another --out"
        ) from None
    if not stat.S_ISREG(mode):
        raise DataError(
            f"{shortened(path)} is {KINDS.get(stat.S_IFMT(mode), 'no file')} and is left alone; "
            "remove it or choose another --out"
        )

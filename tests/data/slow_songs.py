"""`python -m data`, where hearing a song is a short sleep and takes no library of sound.

What is tested by it is how a `prepare` ends; importing librosa in every process would take most
of the time.
"""

import sys
import time
from pathlib import Path

import numpy as np

from data import prepare
from data.__main__ import main
from data.log_mel import LogMel

SECONDS = 0.02


def hear_song(
    path: Path, log_mel: LogMel, windows: int, tagged: bool
) -> tuple[np.ndarray, dict[str, int]]:
    """A map of ones, and nothing else of note."""
    time.sleep(SECONDS)
    return np.ones((log_mel.mels, log_mel.frames), np.float32), {}


def any_bins(log_mel: LogMel) -> None:
    """Mel bins are not looked at, for which librosa would be imported."""


if __name__ == "__main__":
    from data import log_mel
    from tests.data import slow_songs  # by a name that workers can import

    prepare.hear_song = slow_songs.hear_song
    prepare.refuse_empty_bins = log_mel.refuse_empty_bins = any_bins
    sys.exit(main())

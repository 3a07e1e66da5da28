"""Clips of songs, to be listened to."""

from pathlib import Path

import numpy as np

from data.errors import DataError, shortened
from data.paths import why_no_file
from data.sound.opening import opened
from data.writing import replacing

SECONDS = 10.0
"""Length of a clip."""


def write_clip(source: Path, target: Path, seconds: float = SECONDS) -> None:
    """Write the middle of a sound file as a WAV of 16 bits, complete or not at all.

    Raises
    ------
    DataError
        The file is missing, is no sound, or the clip cannot be written.
    """
    import soundfile

    reason = why_no_file(source)
    if reason:
        raise DataError(f"{shortened(source)} {reason}; there is no clip of it")
    with opened(source) as (sound, _):
        count = min(sound.length, int(seconds * sound.rate))
        piece = sound.read((sound.length - count) // 2, count)
        mono = np.nan_to_num(piece.mean(axis=1))
        with replacing(target, "wb") as file:
            soundfile.write(file, np.clip(mono, -1, 1), sound.rate, "PCM_16", format="WAV")

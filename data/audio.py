"""From sound files to log-mel maps.

A song that is longer than a map is heard in several windows, and its map is their mean. For a
linear encoder that is the mean of the codes of the windows. Measured on songs of four windows
(held-out ARI of k-means, three splits), against the middle window alone and against a map put
together from a quarter of each window:

============================= ====== ============ =====
k-means on                    middle put together mean
============================= ====== ============ =====
demo songs, PCA-16            .35    .37          .51
demo songs, half-whitened     .36    .43          .62
spoken digits, PCA-16         .52    .60          .74
spoken digits, half-whitened  .51    .58          .82
============================= ====== ============ =====

The price is rhythm, which a mean over windows blurs; one window keeps it.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from data import arguments
from data.errors import DataError, shortened
from data.log_mel import LogMel
from data.paths import why_no_file

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".mp3"})
REMARKS = {
    "length_unknown": "that do not say how long they are, heard as far as they go",
    "length_stale": "that say a wrong length, heard as far as they go",
    "end_missing": "without the page or frame that ends them, heard as far as they go",
}
"""What `Heard.remarks` may hold, with the words that follow the number of such songs."""
SILENCE = 1e-4
"""Peak amplitude, -80 dB of full scale, below which a song counts as silent."""
FULL_SCALE = 0.999
"""Amplitude from which a sample counts as at full scale."""
CLIPPED_SHARE = 1e-3
"""Share of samples at full scale above which a song counts as clipped."""
OGG_PAGE = 65_307
"""Bytes in the largest page of an Ogg stream."""
UNKNOWN_LENGTH = 0xFFFF_F000
"""WAV files written to a pipe declare about this many bytes or more."""
SAMPLES_READ = 1 << 27
"""Most samples of one window, all channels together: 512 MiB of memory."""
WINDOWS = (1, 100)
"""Least and largest number of windows per song."""


@dataclass(frozen=True, eq=False)
class Heard:
    """The map of a song, and what is odd about its sound.

    Parameters
    ----------
    map : ndarray of float32, shape (mels, frames)
        In dB, the mean over the windows.
    short, silent, clipped : bool
        Shorter than a window and padded; never above `SILENCE`; too loud for its format.
    remarks : tuple of str
        Keys of `REMARKS`.
    """

    map: np.ndarray
    short: bool
    silent: bool
    clipped: bool
    remarks: tuple[str, ...] = ()


def is_sound(path: Path) -> bool:
    """Return whether a file is to be heard."""
    return path.suffix.lower() in SUFFIXES


def hear(path: Path, log_mel: LogMel, windows: int) -> Heard:
    """Read windows of a sound file and average their maps.

    Only the windows are read, so that an hour takes no more memory than a minute.

    Parameters
    ----------
    path : Path
        WAV, FLAC, OGG, MP3 or what else libsndfile knows; channels are averaged.
    log_mel : LogMel
        How a map is made.
    windows : int
        Largest number of windows. They are evenly spaced, as many as fit side by side and at
        least one.

    Raises
    ------
    DataError
        The file is missing, is no sound, is cut short or holds values that are not finite.
    """
    import soundfile

    path = arguments.folder("path", path)
    arguments.whole("windows", windows, *WINDOWS)
    reason = why_no_file(path)
    if reason:
        raise DataError(f"{shortened(path)} {reason}; correct its audio_path")
    if _is_cut_short(path):
        raise DataError(f"{path} is cut short: its end is missing; copy it again")
    maps: list[np.ndarray] = []
    loud: list[np.floating] = []
    peak, short = 0.0, False
    try:
        with soundfile.SoundFile(os.fsencode(path)) as file:
            length = ceil(log_mel.samples * file.samplerate / log_mel.sample_rate)
            for piece in _pieces(file, length, windows, path):
                short |= len(piece) < length
                peak = max(peak, float(np.abs(piece).max()))
                loud.append(np.mean(np.abs(piece) >= FULL_SCALE))
                mono = piece.mean(axis=1)
                maps.append(log_mel(_resample(mono, file.samplerate, log_mel.sample_rate)))
    except (soundfile.SoundFileError, TypeError) as error:
        reason = str(getattr(error, "error_string", error)).rstrip(".")
        raise DataError(
            f"{path} is damaged or no sound ({reason}); copy it again, or export it as WAV, FLAC, "
            "OGG or MP3"
        ) from None
    return Heard(
        np.mean(np.stack(maps), axis=0),
        short=short,
        silent=peak < SILENCE,
        clipped=float(np.mean(loud)) > CLIPPED_SHARE,
    )


def _pieces(file: Any, length: int, windows: int, path: Path) -> Iterator[np.ndarray]:
    """Read the windows of a sound file one after the other, as `_read` does."""
    read = min(length, file.frames) * file.channels
    if read > SAMPLES_READ:
        raise DataError(
            f"{path} has {file.channels} channels at {file.samplerate} Hz, {read:,} samples in "
            f"one window, and at most {SAMPLES_READ:,} are read; export it with fewer of them"
        )
    for start in _starts(file.frames, length, windows):
        yield _read(file, start, length, path)


def _is_cut_short(path: Path) -> bool:
    """Return whether a WAV or OGG file ends too early; libsndfile takes it for a shorter song."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        file.seek(max(0, size - OGG_PAGE))
        end = file.read()
    if start[:4] == b"RIFF":
        declared = int.from_bytes(start[4:8], "little")
        return size < declared < UNKNOWN_LENGTH
    if start[:4] == b"OggS":  # the last page has the end-of-stream bit among its flags
        flags = end[end.rfind(b"OggS") + 5 :][:1]
        return not flags or not flags[0] & 4
    return False


def _starts(total: int, length: int, windows: int) -> list[int]:
    """Return where windows begin that lie in the middle of equal shares of a song."""
    count = max(1, min(windows, total // length))
    return [max(0, int((index + 0.5) * total / count - length / 2)) for index in range(count)]


def _read(file: Any, start: int, length: int, path: Path) -> np.ndarray:
    """Return samples of a sound file as (length or fewer, channels)."""
    file.seek(start)
    sound = file.read(length, dtype="float32", always_2d=True)
    expected = min(length, file.frames - start)
    if len(sound) < expected:
        seconds = (start + len(sound)) / file.samplerate
        raise DataError(
            f"{path} is cut short: its sound ends after {seconds:.1f} s of "
            f"{file.frames / file.samplerate:.1f} s; copy it again"
        )
    if not len(sound):
        raise DataError(f"{path} holds no sound; remove it or copy it again")
    if not np.isfinite(sound).all():
        raise DataError(f"{path} holds samples that are NaN or infinite; export it again")
    return sound


def _resample(sound: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    import librosa

    return sound if rate == wanted else librosa.resample(sound, orig_sr=rate, target_sr=wanted)

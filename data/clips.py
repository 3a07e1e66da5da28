"""Clips of songs, to be listened to: their loudest moments."""

from collections import deque
from collections.abc import Iterator
from io import BytesIO
from math import ceil
from pathlib import Path

import numpy as np

from data.audio import SAMPLES_READ
from data.errors import DataError, shortened
from data.paths import why_no_file
from data.sound.opening import Sound, opened
from data.writing import replacing

SECONDS = 10.0
"""Length of a clip."""
STEP = 0.25
"""Seconds, at most, between two windows that are compared."""
FADE = 0.01
"""Seconds in which a clip swells and dies away, so that its ends do not click."""
MP3_RATES = (16_000, 22_050, 24_000)
"""Sample rates of MP3 clips; players that know the standard alone take none below."""
MP3 = {"format": "MP3", "bitrate_mode": "CONSTANT", "compression_level": 0.75}
"""How libsndfile writes 48 kbit/s at these rates. LAME takes 0.4 dB off whatever it gets."""


def write_clip(source: Path, target: Path, seconds: float = SECONDS) -> None:
    """Write the loudest window of a sound file, complete or not at all.

    Parameters
    ----------
    source, seconds
        As in `mp3_clip`.
    target : Path
        A name that ends in .mp3 gets what `mp3_clip` returns; any other a mono WAV of 16 bits at
        the rate of the source, the same window.

    Raises
    ------
    DataError
        As `mp3_clip`; or the file cannot be written.
    """
    if target.suffix.lower() == ".mp3":
        content = mp3_clip(source, seconds)
    else:
        clip, rate = _loudest(source, seconds)
        content = _encoded(clip, rate, format="WAV", subtype="PCM_16")
    with replacing(target, "wb") as file:
        file.write(content)


def mp3_clip(source: Path, seconds: float = SECONDS) -> bytes:
    """Return the loudest window of a sound file as a mono MP3 of 48 kbit/s.

    That is the window of ``seconds`` with the greatest energy; all of a sound that is no longer.
    Its channels are averaged and its ends faded; it is as loud as in the song, unless a sample is
    beyond full scale: then all are turned down until none is. Samples that are not finite are
    silence.

    Parameters
    ----------
    source : Path
        What libsndfile or FFmpeg knows. It is read piece by piece, so that an hour takes no more
        memory than a minute. The clip has the largest of `MP3_RATES` that is not above its rate.

    Raises
    ------
    DataError
        The file is missing or no sound, or there is no encoder of MP3.
    """
    import librosa

    clip, rate = _loudest(source, seconds)
    wanted = max((each for each in MP3_RATES if each <= rate), default=MP3_RATES[0])
    if wanted != rate:
        clip = _within_full_scale(librosa.resample(clip, orig_sr=rate, target_sr=wanted))
    return _encoded(clip, wanted, **MP3)


def _loudest(source: Path, seconds: float) -> tuple[np.ndarray, int]:
    """Return the loudest window as (samples,) float64 within full scale, and its rate."""
    reason = why_no_file(source)
    if reason:
        raise DataError(f"{shortened(source)} {reason}; there is no clip of it")
    with opened(source) as (sound, _):
        clip = _window(sound, seconds, source)
        if not len(clip):
            raise DataError(f"{shortened(source)} holds no sound; there is no clip of it")
        return _within_full_scale(clip), sound.rate


def _window(sound: Sound, seconds: float, source: Path) -> np.ndarray:
    """Return the window of greatest energy as (samples,) float64; all of a shorter sound."""
    n_steps = ceil(seconds / STEP)
    count = max(1, round(seconds * sound.rate))
    step = ceil(count / n_steps)
    if min(n_steps * step, sound.length) * sound.channels > SAMPLES_READ:
        raise DataError(
            f"{shortened(source)} has {sound.channels} channels at {sound.rate} Hz, more than "
            f"{SAMPLES_READ:,} samples in {seconds:g} s; there is no clip of it"
        )
    window = deque[np.ndarray](maxlen=n_steps)
    energies = deque[float](maxlen=n_steps)
    loudest: list[np.ndarray] = []
    greatest = -1.0
    for piece in _pieces(sound, step, n_steps):
        if len(piece) < step and len(window) == n_steps:
            break  # the rest of a sound that is longer than a clip
        window.append(piece)
        energies.append(float(np.square(piece).sum()))
        if len(loudest) < len(window) or sum(energies) > greatest:
            greatest, loudest = sum(energies), [*window]
    return np.concatenate(loudest)[:count] if loudest else np.zeros(0)


def _pieces(sound: Sound, step: int, n_steps: int) -> Iterator[np.ndarray]:
    """Yield a sound as mono float64 of ``step`` samples each, fewer in the last.

    Several are read at a time, since some kinds of file are decoded anew for each reading.
    """
    for start in range(0, sound.length, n_steps * step):
        read = sound.read(start, n_steps * step)
        np.nan_to_num(read, copy=False, nan=0, posinf=0, neginf=0)
        mono = read.mean(axis=1, dtype=np.float64)
        for begin in range(0, len(mono), step):
            yield mono[begin : begin + step]


def _within_full_scale(clip: np.ndarray) -> np.ndarray:
    return clip / max(1, np.abs(clip).max())


def _encoded(clip: np.ndarray, rate: int, **how: object) -> bytes:
    """Return the file of a clip with its ends faded."""
    import soundfile

    n_faded = min(round(FADE * rate), len(clip) // 2)
    ramp = np.linspace(0, 1, n_faded, endpoint=False)
    clip[:n_faded] *= ramp
    clip[len(clip) - n_faded :] *= ramp[::-1]
    file = BytesIO()
    try:
        soundfile.write(file, clip, rate, **how)
    except (soundfile.SoundFileError, ValueError) as error:
        raise DataError(
            f"a clip at {rate} Hz cannot be written as {how['format']} ({error}); install a newer "
            "soundfile"
        ) from None
    return file.getvalue()

"""From sound files to log-mel maps, on one fixed decibel scale for every song.

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
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from data.files import DataError

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".mp3"})
SILENCE = 1e-4
"""Peak amplitude, -80 dB of full scale, below which a song counts as silent."""
FULL_SCALE = 0.999
CLIPPED_SHARE = 1e-3
"""Share of samples at full scale above which a song counts as clipped."""
OGG_PAGE = 65_307
"""Bytes in the largest page of an Ogg stream."""
UNKNOWN_LENGTH = 0xFFFF_F000
"""WAV files written to a pipe declare about this many bytes or more."""


@dataclass(frozen=True)
class LogMel:
    """How a map is made.

    Parameters
    ----------
    sample_rate : int
        In Hz; sound at other rates is resampled first.
    n_fft, hop : int
        Length of a Fourier window and the step between two, in samples.
    mels, frames : int
        Size of a map: mel bins from 0 Hz to half the sample rate, and windows in time.
    floor : float
        In dB relative to a power of 1; quieter is as quiet as this.
    """

    sample_rate: int = 22_050
    n_fft: int = 2048
    hop: int = 512
    mels: int = 64
    frames: int = 128
    floor: float = -80.0

    @property
    def samples(self) -> int:
        """Samples that one map hears: no window reaches over the edge."""
        return self.n_fft + (self.frames - 1) * self.hop

    def __call__(self, sound: np.ndarray) -> np.ndarray:
        """Return the map of ``sound``, mono at `sample_rate`, as (mels, frames) float32 in dB.

        Sound shorter than `samples` is followed by silence, longer sound is cut. The reference
        and the floor are constants: librosa's default cuts 80 dB below the peak of each clip,
        so that the same sound gets other values beside a louder one (librosa issue 1039).
        """
        import librosa

        sound = librosa.util.fix_length(np.asarray(sound, np.float32), size=self.samples)
        spectrum = librosa.stft(sound, n_fft=self.n_fft, hop_length=self.hop, center=False)
        power = _mel_filters(self) @ np.square(np.abs(spectrum))
        amin = 10 ** (self.floor / 10)
        decibels = librosa.power_to_db(power, ref=1.0, amin=amin, top_db=None)
        return np.maximum(decibels, self.floor, dtype=np.float32)  # which rounding can undercut


@lru_cache(maxsize=4)
def _mel_filters(settings: LogMel) -> np.ndarray:
    import librosa

    return librosa.filters.mel(
        sr=settings.sample_rate, n_fft=settings.n_fft, n_mels=settings.mels, dtype=np.float32
    )


@dataclass(frozen=True, eq=False)
class Heard:
    """A song as it was heard.

    Parameters
    ----------
    map : ndarray of float32, shape (mels, frames)
        In dB, the mean over the windows.
    short, silent, clipped : bool
        Shorter than a window and padded; never above `SILENCE`; too loud for its format.
    """

    map: np.ndarray
    short: bool
    silent: bool
    clipped: bool


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
        How many at most, evenly spaced; as many as fit side by side, but at least one.

    Raises
    ------
    DataError
        The file is missing, is no sound, is cut short or holds values that are not finite.
    """
    import soundfile

    if not path.is_file():
        raise DataError(f"{path} is missing; correct its audio_path")
    if _is_cut_short(path):
        raise DataError(f"{path} is cut short: its end is missing; copy it again")
    try:
        with soundfile.SoundFile(os.fsencode(path)) as file:
            length = ceil(log_mel.samples * file.samplerate / log_mel.sample_rate)
            starts = _starts(file.frames, length, windows)
            pieces = [_read(file, start, length, path) for start in starts]
            rate = file.samplerate
    except (soundfile.SoundFileError, TypeError) as error:
        reason = str(getattr(error, "error_string", error)).rstrip(".")
        raise DataError(
            f"{path} is damaged or no sound ({reason}); copy it again, or export it as WAV, FLAC, "
            "OGG or MP3"
        ) from None
    peak = max(float(np.abs(piece).max()) for piece in pieces)
    loud = float(np.mean([np.mean(np.abs(piece) >= FULL_SCALE) for piece in pieces]))
    maps = [log_mel(_resample(piece.mean(axis=1), rate, log_mel.sample_rate)) for piece in pieces]
    return Heard(
        np.mean(np.stack(maps), axis=0),
        short=len(pieces[0]) < length,
        silent=peak < SILENCE,
        clipped=loud > CLIPPED_SHARE,
    )


def _is_cut_short(path: Path) -> bool:
    """Whether a WAV or OGG file ends too early, which libsndfile takes for a shorter song."""
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

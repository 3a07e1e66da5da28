"""From sound to a log-mel map, on one fixed decibel scale for every song."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data import arguments
from data.errors import DataError

BOUNDS = {
    "sample_rate": (1000, 384_000),
    "n_fft": (16, 65_536),
    "hop": (1, 65_536),
    "mels": (1, 512),
    "frames": (1, 65_536),
}
"""Least and largest value of each setting of a map."""
MAP_VALUES = 1 << 20
"""Most values of a map: 4 MiB a song."""
SPECTRUM_VALUES = 1 << 25
"""Most values of the Fourier transform of which a map is made: 400 MiB meanwhile."""
LONGEST_MAP = 600
"""Seconds."""


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

    Raises
    ------
    DataError
        One of them is out of its `BOUNDS`, or together they make a map that is too large.
    """

    sample_rate: int = 22_050
    n_fft: int = 2048
    hop: int = 512
    mels: int = 64
    frames: int = 128
    floor: float = -80.0

    def __post_init__(self) -> None:
        for name, bounds in BOUNDS.items():
            value = arguments.whole(name, getattr(self, name), *bounds)
            object.__setattr__(self, name, value)  # numpy's whole numbers are not written as JSON
        arguments.number("floor", self.floor, -200, 0)
        if self.mels * self.frames > MAP_VALUES:
            raise DataError(
                f"{self.mels} mels x {self.frames} frames are {self.mels * self.frames:,} values "
                f"a song, and at most {MAP_VALUES:,} are kept; choose fewer of one"
            )
        if (self.n_fft // 2 + 1) * self.frames > SPECTRUM_VALUES:
            raise DataError(
                f"windows of {self.n_fft} samples x {self.frames} frames take too much memory; "
                "choose a smaller n_fft or fewer frames"
            )
        if self.samples > LONGEST_MAP * self.sample_rate:
            raise DataError(
                f"{self.frames} frames every {self.hop} samples are "
                f"{self.samples / self.sample_rate:,.0f} seconds, and a map has at most "
                f"{LONGEST_MAP}; choose fewer frames or a smaller hop"
            )

    @property
    def samples(self) -> int:
        """Return the number of samples of which a map is made, without padding at its edges."""
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


def refuse_empty_bins(log_mel: LogMel) -> None:
    """Raise a DataError if a mel bin lies between two frequencies of the Fourier windows.

    It would be at the floor in every song.
    """
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa says the same, in many words
        empty = int((_mel_filters(log_mel).max(axis=1) == 0).sum())
    if empty:
        raise DataError(
            f"{empty} of {log_mel.mels} mel bins hold no frequency of a Fourier window of "
            f"{log_mel.n_fft} samples at {log_mel.sample_rate} Hz; choose fewer mels or a larger "
            "n_fft"
        )

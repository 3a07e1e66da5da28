"""From sound to log-mel maps, on one fixed decibel scale for every song."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


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
        return np.asarray(librosa.power_to_db(power, ref=1.0, amin=amin, top_db=None), np.float32)


@lru_cache(maxsize=4)
def _mel_filters(settings: LogMel) -> np.ndarray:
    import librosa

    return librosa.filters.mel(
        sr=settings.sample_rate, n_fft=settings.n_fft, n_mels=settings.mels, dtype=np.float32
    )

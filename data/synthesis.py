"""Sound from numbers: tones, drum hits and what a studio does to them.

Everything is mono at `SAMPLE_RATE`, in float64, and depends on its arguments alone.
"""

from dataclasses import dataclass

import numpy as np
from scipy.fft import next_fast_len

SAMPLE_RATE = 22_050


@dataclass(frozen=True)
class Instrument:
    """A voice that plays notes.

    Parameters
    ----------
    partials : tuple of float
        Amplitudes of the fundamental and its overtones.
    attack, decay : float
        Seconds to full loudness, and seconds in which the fundamental falls to 1/e.
    damping : float
        How much faster each further overtone dies away.
    vibrato : float
        Depth in semitones of a 5.5 Hz vibrato.
    detune : float
        Distance in semitones of a second, slightly mistuned voice; 0 for none.
    breath : float
        Amplitude of noise that follows the note.
    drive : float
        Distortion; 0 for none.
    """

    partials: tuple[float, ...]
    attack: float = 0.005
    decay: float = 0.6
    damping: float = 0.0
    vibrato: float = 0.0
    detune: float = 0.0
    breath: float = 0.0
    drive: float = 0.0


def play(
    instrument: Instrument, frequency: float, seconds: float, rng: np.random.Generator
) -> np.ndarray:
    """Return one note: ``frequency`` in Hz, released after ``seconds``, peak about 1."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    depth = instrument.vibrato * np.log(2) / 12 / (2 * np.pi * 5.5)
    bend = time - depth * np.cos(2 * np.pi * 5.5 * time)
    fade = np.exp(-time / instrument.decay).astype(np.float32)
    damping = np.exp(-instrument.damping * time / instrument.decay).astype(np.float32)
    n_partials = min(len(instrument.partials), int(0.45 * SAMPLE_RATE / frequency))
    sound = np.zeros_like(time)
    tunings = (0.0, instrument.detune) if instrument.detune else (0.0,)
    for tuning in tunings:
        cycles = frequency * 2 ** (tuning / 12) * bend + rng.random()
        angle = (2 * np.pi * (cycles - np.floor(cycles))).astype(np.float32)
        turn = np.cos(angle) + 1j * np.sin(angle)
        partial = fade * turn
        turn *= damping  # so that each product below is one overtone higher and more damped
        for amplitude in instrument.partials[:n_partials]:
            sound += amplitude * partial.imag
            partial *= turn
    sound /= sum(instrument.partials) * len(tunings)
    if instrument.breath:
        sound += instrument.breath * rng.normal(size=len(time)) * fade
    if instrument.drive:
        sound = np.tanh(instrument.drive * sound) / np.tanh(instrument.drive)
    release = np.minimum(1, (seconds - time) / 0.03)
    return sound * np.minimum(1, time / instrument.attack) * release


@dataclass(frozen=True)
class Drum:
    """A voice that is hit: a falling tone and a burst of noise.

    Parameters
    ----------
    tone : tuple of float
        Frequency in Hz at the hit and after it, and decay in seconds.
    noise : tuple of float
        Lower and upper edge in Hz, and decay in seconds.
    balance : float
        Share of the noise, 0 to 1.
    """

    tone: tuple[float, float, float] = (100.0, 100.0, 0.05)
    noise: tuple[float, float, float] = (100.0, 10_000.0, 0.05)
    balance: float = 0.5


def hit(drum: Drum, tuning: float, rng: np.random.Generator) -> np.ndarray:
    """Return one hit, with the frequencies of its tone multiplied by ``tuning``."""
    start, end, tone_decay = drum.tone
    low, high, noise_decay = drum.noise
    longest = max(tone_decay * (drum.balance < 1), noise_decay * (drum.balance > 0))
    time = np.arange(int(4 * longest * SAMPLE_RATE)) / SAMPLE_RATE
    frequency = tuning * (end + (start - end) * np.exp(-time / 0.03))
    tone = np.sin(2 * np.pi * np.cumsum(frequency) / SAMPLE_RATE) * np.exp(-time / tone_decay)
    noise = band(rng.normal(size=len(time)), low, high) * np.exp(-time / noise_decay)
    return (1 - drum.balance) * tone + drum.balance * noise


def band(sound: np.ndarray, low: float, high: float) -> np.ndarray:
    """Keep what lies between two frequencies in Hz."""
    length = next_fast_len(len(sound), real=True)
    spectrum = np.fft.rfft(sound, length) * _slopes(length, low, high)
    return np.fft.irfft(spectrum, length)[: len(sound)]


def _slopes(length: int, low: float, high: float) -> np.ndarray:
    """Return gains that fall by 24 dB per octave outside a band."""
    frequency = np.fft.rfftfreq(length, 1 / SAMPLE_RATE) + 1e-9
    return 1 / ((1 + (low / frequency) ** 4) * (1 + (frequency / high) ** 4))


@dataclass(frozen=True)
class Production:
    """What a studio does to a song.

    Parameters
    ----------
    gain : float
        In dB, of the finished song.
    tilt : float
        In dB per octave above and below 700 Hz.
    low, high : float
        Edges in Hz of what is kept.
    reverb : float
        Share of the echo, 0 to 1.
    drive : float
        Compression; 0 for none.
    hiss : float
        Level of the background noise in dB below the song.
    """

    gain: float = 0.0
    tilt: float = 0.0
    low: float = 30.0
    high: float = 10_000.0
    reverb: float = 0.1
    drive: float = 0.5
    hiss: float = 70.0


def produce(sound: np.ndarray, production: Production, rng: np.random.Generator) -> np.ndarray:
    """Return ``sound`` as it leaves the studio: root mean square 0.1 before the gain."""
    echo = rng.normal(size=SAMPLE_RATE // 2) * np.exp(-np.arange(SAMPLE_RATE // 2) / 2500)
    echo /= np.linalg.norm(echo)
    length = next_fast_len(len(sound) + len(echo), real=True)
    frequency = np.fft.rfftfreq(length, 1 / SAMPLE_RATE) + 20
    spectrum = np.fft.rfft(sound, length) * _slopes(length, production.low, production.high)
    spectrum *= 1 - production.reverb + production.reverb * np.fft.rfft(echo, length)
    spectrum *= 10 ** (production.tilt * np.log2(frequency / 700) / 20)
    sound = np.fft.irfft(spectrum, length)[: len(sound)]
    sound = sound / (_root_mean_square(sound) + 1e-12)
    if production.drive:
        sound = np.tanh(production.drive * sound) / production.drive
    sound = sound + 10 ** (-production.hiss / 20) * rng.normal(size=len(sound))
    loudness = 0.1 * 10 ** (production.gain / 20) / _root_mean_square(sound)
    return np.clip(loudness * sound, -1, 1)


def _root_mean_square(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(sound))))

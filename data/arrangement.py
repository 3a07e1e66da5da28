"""Songs of the demo collection: artists with habits, and what they play.

Everything is drawn from a generator that the caller seeds. ``difficulty``, 0 to 1, says how far
artists stray from their genre, and how much their studios differ.
"""

from dataclasses import dataclass, replace

import numpy as np

from data.genres import DRUMS, GENRES, INSTRUMENTS, Genre, Part
from data.synthesis import SAMPLE_RATE, Production, hit, play, produce

STEPS = 16
CHORDS = {"root": (0,), "power": (0, 4, 7), "chord": (0, 2, 4), "seventh": (0, 2, 4, 6)}
"""Scale degrees that a voicing plays at once, counted from the root of the chord."""
TONES = {"walk": (0, 2, 4, 5), "arpeggio": (0, 2, 4, 7, 4, 2)}
"""Scale degrees that a voicing plays one after the other."""


@dataclass(frozen=True)
class Artist:
    """What stays the same from song to song.

    Parameters
    ----------
    genre : str
        Of most songs.
    tuning : float
        In semitones above concert pitch, the favoured key included.
    drum_tuning : float
        Factor on the frequencies of the drums.
    taste : float
        0 to 1: decides which of the instruments of a part is played.
    levels : float
        In dB, of the drums against the other players.
    production : Production
        Settings of the studio.
    """

    genre: str
    tuning: float
    drum_tuning: float
    taste: float
    levels: float
    production: Production


def invent_artist(genre: str, difficulty: float, rng: np.random.Generator) -> Artist:
    """Draw the habits and the studio of an artist."""
    spread = 1.4 * difficulty
    return Artist(
        genre,
        tuning=rng.integers(-5, 7) + 0.2 * spread * rng.normal(),
        drum_tuning=2 ** (0.2 * spread * rng.normal()),
        taste=rng.random(),
        levels=1.5 * spread * rng.normal(),
        production=Production(
            gain=3 * spread * rng.normal(),
            tilt=1.5 * spread * rng.normal(),
            low=30 * 2 ** (1.0 * spread * rng.random()),
            high=10_000 * 2 ** (-1.0 * spread * rng.random()),
            reverb=min(0.6, 0.3 * spread * rng.random()),
            drive=0.2 + spread * rng.random(),
            hiss=75 - 25 * spread * rng.random(),
        ),
    )


def perform(
    artist: Artist, genre: str, seconds: float, difficulty: float, rng: np.random.Generator
) -> np.ndarray:
    """Return an excerpt of a new song as mono sound in -1 to 1 at `SAMPLE_RATE`.

    The excerpt starts on any beat of a bar, as excerpts do.
    """
    style = GENRES[genre]
    spread = 1.4 * difficulty
    tempo = rng.uniform(*style.tempo) * 2 ** (0.1 * spread * rng.normal())
    step = 60 / tempo / 4
    n_steps = int(np.ceil(seconds / step))
    first = int(rng.choice((0, 4, 8, 12)))
    track = np.zeros(int(seconds * SAMPLE_RATE))
    onsets = _onsets(first, n_steps, step, style.swing)
    drums = 10 ** (artist.levels / 20)
    for name, pattern, level in style.drums:
        sound = hit(DRUMS[name], artist.drum_tuning, rng)
        for index in _played(pattern, first, n_steps, difficulty, rng):
            _add(track, drums * level * rng.uniform(0.7, 1) * sound, onsets[index], rng)
    progression = style.progressions[rng.integers(len(style.progressions))]
    for part in style.parts:
        instrument = INSTRUMENTS[_instrument(part, artist, difficulty, rng)]
        level = part.level * 10 ** (spread * rng.normal() / 20)
        played = _played(part.pattern, first, n_steps, difficulty, rng)
        chords = _degrees(part, played, first, progression, rng)
        notes: dict[tuple[int, float], np.ndarray] = {}  # rendering them is most of the time
        for index, degrees in zip(played, chords, strict=True):
            length = min(part.length * step, max(0.0, seconds - onsets[index]))
            for degree in degrees:
                if (degree, length) not in notes:
                    pitch = part.octave + artist.tuning + _semitones(style, degree)
                    frequency = 440 * 2 ** ((pitch - 69) / 12)
                    notes[degree, length] = play(instrument, frequency, length, rng)
                sound = notes[degree, length]
                _add(track, level * rng.uniform(0.8, 1) * sound, onsets[index], rng)
    return produce(track, _this_day(artist.production, spread, rng), rng)


def _onsets(first: int, n_steps: int, step: float, swing: float) -> np.ndarray:
    """Return the seconds at which the steps of an excerpt begin."""
    index = np.arange(n_steps)
    return step * (index + swing * ((first + index) % 2))


def _played(
    pattern: str, first: int, n_steps: int, difficulty: float, rng: np.random.Generator
) -> list[int]:
    """Return the steps on which a player plays; some steps of a bar are changed at random."""
    plays = np.array([character == "x" for character in pattern])
    plays ^= rng.random(STEPS) < 0.06 * difficulty
    return [index for index in range(n_steps) if plays[(first + index) % STEPS]]


def _instrument(part: Part, artist: Artist, difficulty: float, rng: np.random.Generator) -> str:
    choices = part.instruments
    if rng.random() < 0.1 * difficulty:  # borrowed from a player of the same register elsewhere
        players = [other for genre in GENRES.values() for other in genre.parts]
        near = [other for other in players if abs(other.octave - part.octave) <= 6]
        choices = tuple(name for other in near for name in other.instruments)
    return choices[int(artist.taste * len(choices))]


def _degrees(
    part: Part,
    played: list[int],
    first: int,
    progression: tuple[int, ...],
    rng: np.random.Generator,
) -> list[tuple[int, ...]]:
    """Return the scale degrees that sound at each played step."""
    if part.voicing == "melody":
        tune = np.clip(np.cumsum(rng.integers(-2, 3, size=len(played))), -4, 8)
        return [(int(degree),) for degree in tune]
    roots = [progression[(first + index) // STEPS % len(progression)] for index in played]
    if part.voicing in CHORDS:
        return [tuple(root + degree for degree in CHORDS[part.voicing]) for root in roots]
    tones = TONES[part.voicing]
    return [(root + tones[count % len(tones)],) for count, root in enumerate(roots)]


def _semitones(style: Genre, degree: int) -> int:
    octave, position = divmod(degree, len(style.scale))
    return 12 * octave + style.scale[position]


def _add(track: np.ndarray, sound: np.ndarray, onset: float, rng: np.random.Generator) -> None:
    """Mix ``sound`` into ``track``, a few milliseconds off the beat."""
    start = max(0, int((onset + 0.004 * rng.normal()) * SAMPLE_RATE))
    length = min(len(sound), len(track) - start)
    if length > 0:
        track[start : start + length] += sound[:length]


def _this_day(studio: Production, spread: float, rng: np.random.Generator) -> Production:
    """Return the settings of a studio for one song, near its usual ones."""
    return replace(
        studio,
        gain=studio.gain + 1.5 * spread * rng.normal(),
        tilt=studio.tilt + 0.3 * spread * rng.normal(),
    )

"""The genres of the demo collection: who plays, what, when and on which instruments.

A bar has sixteen steps; a pattern has one character per step, "x" to play and "." to rest.
"""

from dataclasses import dataclass

from data.synthesis import Drum, Instrument

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
DORIAN = (0, 2, 3, 5, 7, 9, 10)
PENTATONIC = (0, 2, 4, 7, 9)

INSTRUMENTS = {
    "guitar": Instrument((1, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1), decay=0.45, damping=0.5),
    "lute": Instrument((0.8, 1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2), decay=0.25, damping=0.2),
    "harmonium": Instrument((1, 0.8, 0.6, 0.5, 0.3, 0.2), attack=0.05, decay=5, detune=0.08),
    "flute": Instrument((1, 0.25, 0.1), attack=0.06, decay=3, vibrato=0.25, breath=0.03),
    "distorted guitar": Instrument((1, 0.8, 0.6, 0.5, 0.4), decay=1.5, detune=0.06, drive=6),
    "organ": Instrument((1, 0.9, 0.2, 0.7, 0.1, 0.3, 0.1, 0.4), attack=0.01, decay=8, drive=1),
    "piano": Instrument((1, 0.6, 0.35, 0.25, 0.12, 0.08), decay=0.7, damping=0.4, detune=0.02),
    "electric piano": Instrument((1, 0.15, 0.4, 0.05, 0.1), decay=0.6, damping=1.0, detune=0.03),
    "bell": Instrument((1, 0, 0.6, 0, 0.4, 0, 0.25), decay=0.5, damping=0.5),
    "saw pad": Instrument(tuple(1 / k for k in range(1, 15)), attack=0.08, decay=6, detune=0.15),
    "square": Instrument((1, 0, 0.33, 0, 0.2, 0, 0.14, 0, 0.11), decay=0.25, detune=0.05),
    "strings": Instrument(
        (1, 0.6, 0.5, 0.35, 0.3, 0.2, 0.15), attack=0.12, decay=6, vibrato=0.15, detune=0.07
    ),
    "trumpet": Instrument((0.7, 1, 0.9, 0.7, 0.4, 0.3, 0.2), attack=0.03, decay=2, vibrato=0.1),
    "saxophone": Instrument(
        (1, 0.5, 0.7, 0.3, 0.35, 0.15), attack=0.04, decay=2, vibrato=0.2, breath=0.04
    ),
    "upright bass": Instrument((1, 0.5, 0.2, 0.1), decay=0.3, damping=0.6),
    "picked bass": Instrument((1, 0.7, 0.5, 0.4, 0.2, 0.1), decay=0.6, damping=0.3, drive=1),
    "synth bass": Instrument((1, 0.5, 0.33, 0.25, 0.2, 0.16), decay=0.25, damping=0.4, drive=2),
    "sub bass": Instrument((1, 0.1), decay=1.2, drive=1.5),
    "cello": Instrument((1, 0.8, 0.5, 0.4, 0.3), attack=0.1, decay=6, vibrato=0.12),
}

DRUMS = {
    "kick": Drum((160, 48, 0.12), (1000, 5000, 0.008), 0.15),
    "deep kick": Drum((120, 42, 0.3), (500, 3000, 0.006), 0.08),
    "snare": Drum((240, 180, 0.07), (800, 9000, 0.12), 0.6),
    "clap": Drum(noise=(900, 4000, 0.1), balance=1),
    "brush": Drum(noise=(1500, 8000, 0.09), balance=1),
    "hat": Drum(noise=(6000, 11_000, 0.025), balance=1),
    "open hat": Drum(noise=(5000, 11_000, 0.12), balance=1),
    "ride": Drum((3100, 3100, 0.25), (5000, 11_000, 0.2), 0.7),
    "shaker": Drum(noise=(3500, 8000, 0.04), balance=1),
    "tabla": Drum((420, 330, 0.14), (500, 4000, 0.01), 0.15),
    "bayan": Drum((150, 85, 0.25), (200, 1500, 0.01), 0.1),
}


@dataclass(frozen=True)
class Part:
    """One player: which instruments it may be, when it plays, and what.

    Parameters
    ----------
    instruments : tuple of str
        An artist has one of them.
    pattern : str
        Sixteen steps.
    voicing : str
        "root", "power", "chord" or "seventh": that chord at once; "arpeggio" and "walk": its
        tones one by one; "melody": a tune of its own.
    octave : int
        MIDI number of the tonic.
    length : float
        Steps that a note lasts.
    level : float
        Amplitude of a note.
    """

    instruments: tuple[str, ...]
    pattern: str
    voicing: str
    octave: int
    length: float
    level: float


@dataclass(frozen=True)
class Genre:
    """What songs of a genre share.

    Parameters
    ----------
    tempo : tuple of float
        Lowest and highest, in beats (four steps) per minute.
    scale : tuple of int
        Semitones above the tonic.
    progressions : tuple of tuple of int
        Sequences of chords, one a bar, as degrees of the scale.
    drums : tuple of (str, str, float)
        Name, pattern and amplitude.
    parts : tuple of Part
        The other players.
    swing : float
        By how many steps every second step is late.
    """

    tempo: tuple[float, float]
    scale: tuple[int, ...]
    progressions: tuple[tuple[int, ...], ...]
    drums: tuple[tuple[str, str, float], ...]
    parts: tuple[Part, ...]
    swing: float = 0.0


GENRES = {
    "folk": Genre(
        (88, 108),
        PENTATONIC,
        ((0, 3, 0, 4), (0, 0, 3, 0)),
        (("tabla", "x..x..x.x..x..x.", 0.35), ("bayan", "x.......x.x.....", 0.4)),
        (
            Part(("guitar", "lute"), "x.x.x.x.x.x.x.x.", "arpeggio", 52, 3, 0.5),
            Part(("flute", "harmonium"), "x...x..xx...x...", "melody", 72, 4, 0.35),
        ),
    ),
    "rock": Genre(
        (124, 152),
        MINOR,
        ((0, 5, 2, 6), (0, 3, 4, 3), (0, 6, 5, 6)),
        (
            ("kick", "x.....x.x.x.....", 0.8),
            ("snare", "....x.......x...", 0.7),
            ("hat", "x.x.x.x.x.x.x.x.", 0.3),
        ),
        (
            Part(("distorted guitar",), "x.xxx.x.x.xxx.x.", "power", 40, 2, 0.5),
            Part(("picked bass",), "x.x.x.x.x.x.x.x.", "root", 28, 2, 0.5),
            Part(("distorted guitar", "organ"), "x...x...x.x.x...", "melody", 64, 4, 0.25),
        ),
    ),
    "hiphop": Genre(
        (78, 96),
        MINOR,
        ((0, 0, 5, 5), (0, 3, 0, 4)),
        (
            ("deep kick", "x..x......x..x..", 0.9),
            ("snare", "....x.......x...", 0.6),
            ("hat", "x.xxx.x.x.x.xxxx", 0.25),
        ),
        (
            Part(("sub bass",), "x.....x...x.....", "root", 28, 4, 0.7),
            Part(("electric piano", "bell", "piano"), "x.....x.........", "chord", 57, 6, 0.25),
        ),
        swing=0.15,
    ),
    "electronic": Genre(
        (122, 130),
        MINOR,
        ((0, 5, 2, 6), (0, 0, 3, 4)),
        (
            ("deep kick", "x...x...x...x...", 0.9),
            ("open hat", "..x...x...x...x.", 0.3),
            ("clap", "....x.......x...", 0.4),
        ),
        (
            Part(("synth bass",), "..x...x...x...x.", "root", 33, 2, 0.6),
            Part(("saw pad", "square"), "x.......x.......", "chord", 57, 8, 0.3),
            Part(("square", "bell"), "xxxxxxxxxxxxxxxx", "arpeggio", 69, 1, 0.25),
        ),
    ),
    "classical": Genre(
        (62, 96),
        MAJOR,
        ((0, 3, 4, 0), (0, 5, 3, 4), (0, 1, 4, 0)),
        (),
        (
            Part(("strings", "organ"), "x.......x.......", "chord", 60, 8, 0.35),
            Part(("cello",), "x...............", "root", 36, 16, 0.5),
            Part(("piano", "strings", "flute"), "x.x.x.x.x.x.x.x.", "arpeggio", 67, 3, 0.4),
        ),
    ),
    "jazz": Genre(
        (112, 168),
        DORIAN,
        ((1, 4, 0, 0), (0, 5, 1, 4)),
        (("ride", "x...x..xx...x..x", 0.3), ("brush", "....x.......x...", 0.3)),
        (
            Part(("upright bass",), "x...x...x...x...", "walk", 33, 4, 0.7),
            Part(("piano", "electric piano"), "...x......x.....", "seventh", 58, 3, 0.3),
            Part(("saxophone", "trumpet"), "x..xx..x.x.xx..x", "melody", 65, 3, 0.4),
        ),
        swing=-0.33,
    ),
}

"""Simple properties of songs, from their maps, and which of them tell a cluster from the others.

They are for people to read: neither models nor searches know of them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import prod, sqrt
from pathlib import Path

import numpy as np

from data import files
from data.errors import DataError
from data.journal import read_journal
from data.log_mel import LogMel

VALUES = 1 << 21
"""Values of maps that are looked at at a time, 8 MiB."""
QUIET, LOUD = 0.10, 0.95
"""Shares of the frames of a song that are quieter than its quiet ones, and than its loud ones."""
NOTICED = 0.5
"""Least Cohen's d that is put in words: a medium effect."""
WRITTEN = {"dB": "{:z,.1f} dB", "Hz": "{:z,.0f} Hz", "mel band": "mel band {:z,.1f}"}
"""How values are put in words, by their units."""


@dataclass(frozen=True)
class Descriptor:
    """A property of a song that is one number.

    Parameters
    ----------
    name, unit : str
    meaning : str
        Half a sentence.
    more, less : str
        What a song is that has a higher value than others, and a lower one.
    """

    name: str
    unit: str
    meaning: str
    more: str
    less: str


DESCRIPTORS = (
    Descriptor(
        "loudness",
        "dB",
        "mean level of the frames; 0 is full scale where the settings of the maps are known",
        "louder",
        "quieter",
    ),
    Descriptor(
        "brightness",
        "Hz",
        "spectral centroid: mean over the frames of the mean frequency, weighted by power",
        "brighter",
        "darker",
    ),
    Descriptor(
        "brightness_band",
        "mel band",
        "the same as a mel band, from 0, where the frequencies of the maps are not known",
        "brighter",
        "darker",
    ),
    Descriptor(
        "change",
        "dB",
        "mean absolute difference between neighbouring frames, over the mel bands",
        "more restless",
        "steadier",
    ),
    Descriptor(
        "range",
        "dB",
        "level of the loud frames, the 95th percentile, less that of the quiet, the 10th",
        "more dynamic",
        "more even",
    ),
)


def descriptors(maps: np.ndarray, settings: LogMel | None = None) -> dict[str, np.ndarray]:
    """Return the descriptors of each song, by the names in `DESCRIPTORS`.

    Frames at the floor in all mel bands do not count, such as those that pad a short song; all of
    them count where there are no others. A map that is the mean of several windows of a long song
    has less change and range than each of them.

    Parameters
    ----------
    maps : ndarray of float32, shape (n, mels, frames)
        In dB; read in blocks, and not written to.
    settings : LogMel, optional
        How they were made. Without it "brightness_band" takes the place of "brightness".

    Returns
    -------
    dict of str to ndarray of float64, shape (n,)
        Finite. Nothing if ``maps`` are feature vectors, (n, features).

    Raises
    ------
    DataError
        The settings are of maps of another size.
    """
    if maps.ndim != 3:
        return {}
    shape = maps.shape[1:]
    if settings is not None and (settings.mels, settings.frames) != shape:
        raise DataError(
            f"these are maps of {shape[0]} mels x {shape[1]} frames, and the settings are of "
            f"{settings.mels} x {settings.frames}; give those that the maps were made with"
        )
    scale = _Scale.of(shape[0], settings)
    names = ("loudness", scale.name, "change", "range")
    table = np.empty((len(names), len(maps)))
    step = max(1, VALUES // max(1, prod(shape)))
    for start in range(0, len(maps), step):
        table[:, start : start + step] = _describe(maps[start : start + step], scale)
    return dict(zip(names, table, strict=True))


def settings_of(folder: Path, maps: np.ndarray) -> LogMel | None:
    """Return how the maps of a collection were made, if its folder tells: `prepare` or the demo.

    Parameters
    ----------
    folder : Path
        Of the collection.
    maps : ndarray, shape (n, mels, frames)
        Settings of maps of another size are not theirs.
    """
    try:
        recorded = read_journal(folder).settings
        if not recorded and (folder / files.DEMO).is_file():
            recorded = asdict(LogMel())
        settings = LogMel(**{name: recorded[name] for name in asdict(LogMel())})
    except (DataError, KeyError, OSError):
        return None
    return settings if maps.shape[1:] == (settings.mels, settings.frames) else None


def distinctions(
    values: Mapping[str, np.ndarray], clusters: np.ndarray
) -> dict[int, dict[str, float]]:
    """Return how far each cluster is from all other songs, in standard deviations: Cohen's d.

    That is the mean of its songs less that of the others, those of no cluster included, over the
    pooled standard deviation. It is 0 where there are no others or no deviation.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (n,)
        As of `descriptors`.
    clusters : ndarray of int, shape (n,)
        From 0; songs of -1 belong to none.
    """
    return {
        cluster: {name: _cohens_d(each[inside], each[~inside]) for name, each in values.items()}
        for cluster, inside in _members(clusters).items()
    }


def in_words(
    values: Mapping[str, np.ndarray], clusters: np.ndarray, most: int = 2
) -> dict[int, str]:
    """Say of each cluster what its songs are on average, where that is noticed: `NOTICED`.

    Parameters
    ----------
    values, clusters
        As in `distinctions`.
    most : int
        Properties of a cluster, the most distinct ones.

    Returns
    -------
    dict of int to str
        Such as "brighter (2,310 Hz, others 1,540 Hz), steadier (1.9 dB, others 3.1 dB)"; "" where
        nothing stands out.
    """
    known = {each.name: each for each in DESCRIPTORS}
    members = _members(clusters)
    words: dict[int, str] = {}
    for cluster, found in distinctions(values, clusters).items():
        inside = members[cluster]
        noticed = [name for name in found if abs(found[name]) >= NOTICED]
        noticed.sort(key=lambda name: -abs(found[name]))
        parts = []
        for name in noticed[:most]:
            what = known[name].more if found[name] > 0 else known[name].less
            write = WRITTEN[known[name].unit].format
            own, others = values[name][inside].mean(), values[name][~inside].mean()
            parts.append(f"{what} ({write(own)}, others {write(others)})")
        words[cluster] = ", ".join(parts)
    return words


@dataclass(frozen=True)
class _Scale:
    """What the mel bands of maps stand for.

    Parameters
    ----------
    name : str
        Of the descriptor that tells where on this scale a song is.
    places : ndarray, shape (mels,)
        The middle of each band, in the unit of that descriptor.
    widths : ndarray, shape (mels,)
        By which the power in a band is multiplied, so that bands add up to all of the sound.
    full : float
        Level in dB of a sound whose mean square is 1.
    """

    name: str
    places: np.ndarray
    widths: np.ndarray
    full: float

    @classmethod
    def of(cls, mels: int, settings: LogMel | None) -> "_Scale":
        if settings is None:
            return cls("brightness_band", np.arange(mels), np.ones(mels), 0.0)
        from librosa import mel_frequencies

        edges = mel_frequencies(mels + 2, fmin=0, fmax=settings.sample_rate / 2)
        widths = (edges[2:] - edges[:-2]) / 2  # by which librosa divides
        window = 3 / 8 * settings.n_fft  # sum of the squares of a Hann window
        return cls("brightness", edges[1:-1], widths, 10 * np.log10(settings.n_fft / 2 * window))


def _describe(maps: np.ndarray, scale: _Scale) -> np.ndarray:
    """Return loudness, brightness, change and range of songs, (4, n)."""
    loudest = maps.max(axis=(1, 2))[:, None]
    heard = maps.max(axis=1) > maps.min(axis=(1, 2))[:, None]
    heard |= ~heard.any(axis=1)[:, None]
    power = np.power(10, (maps - loudest[:, None]) / 10, dtype=np.float32)
    energy = np.einsum("nmf,m->nf", power, scale.widths)
    energy = np.maximum(energy, np.finfo(np.float32).tiny)  # of maps that are not in dB
    place = np.einsum("nmf,m->nf", power, scale.widths * scale.places) / energy
    level = 10 * np.log10(energy) + loudest - scale.full
    change = np.abs(np.diff(maps, axis=2)).mean(axis=1)
    return np.stack(
        [
            _mean(level, heard),
            _mean(place, heard),
            _mean(change, heard[:, 1:] & heard[:, :-1]),
            _percentile(level, heard, LOUD) - _percentile(level, heard, QUIET),
        ]
    )


def _mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return the mean of each row where ``where`` is true, 0 if it never is."""
    return np.where(where, values, 0).sum(axis=1) / np.maximum(1, where.sum(axis=1))


def _percentile(values: np.ndarray, where: np.ndarray, share: float) -> np.ndarray:
    """Return the percentile of each row where ``where`` is true, which it is somewhere."""
    rows = np.arange(len(values))
    ordered = np.sort(np.where(where, values, np.inf), axis=1)
    last = where.sum(axis=1) - 1
    below = (share * last).astype(np.intp)
    low, high = ordered[rows, below], ordered[rows, np.minimum(below + 1, last)]
    return low + (share * last - below) * (high - low)


def _members(clusters: np.ndarray) -> dict[int, np.ndarray]:
    """Return which songs each cluster has, as (n,) bool."""
    clusters = np.asarray(clusters)
    return {int(each): clusters == each for each in np.unique(clusters[clusters >= 0])}


def _cohens_d(inside: np.ndarray, others: np.ndarray) -> float:
    free = len(inside) + len(others) - 2
    if not len(others) or free < 1:
        return 0.0
    squares = sum(np.square(each - each.mean()).sum() for each in (inside, others))
    pooled = sqrt(squares / free)
    difference = float(inside.mean() - others.mean())
    rounding = 1e-9 * max(abs(inside.mean()), abs(others.mean()))
    return difference / pooled if pooled > rounding else 0.0

"""How songs are presented to a family: views of the sound, and the scaling of the lyrics.

What families know as audio is made of one or both of two blocks, as songs have them: the view of
the audio, and the view of the embedding. One alone keeps its shape; both are one vector, side by
side. Blocks and lyrics come out with equal total variance, so that none drowns the others in a
joint loss. All is fitted on training songs, applied to any, and kept with a finalist as plain
arrays, which say what blocks there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from data import views
from data.errors import DataError
from data.lyrics import fit_language_means, subtract_language_means
from data.maps import Shape
from data.scaling import check_state
from data.songs import Songs

LANGUAGE = "language"
"""The label column by which means are subtracted from the lyrics, if songs have it."""
MEANS = "language-mean/"
BLOCKS = {"audio": "view/", "embedding": "embedding-view/"}
"""Field of songs -> what the names of the arrays of its view begin with."""
FACTOR = "embedding-factor"


@dataclass(frozen=True, eq=False)
class Presentation:
    """A fitted presentation.

    Parameters
    ----------
    name : str
        Of the view.
    blocks : mapping of str to View
        "audio", "embedding" or both: the views of what songs are given by.
    factor : float
        By which the view of the embedding is multiplied beside that of the audio.
    lyrics : mapping of str to ndarray, shape (width,)
        "center" and "scale", and "language-mean/<language>" where means are subtracted; empty
        without lyrics.
    """

    name: str
    blocks: Mapping[str, views.View]
    factor: float
    lyrics: Mapping[str, np.ndarray]

    @property
    def shape(self) -> Shape:
        """The shape of what a family is given of one song as audio."""
        return _joined([views.shape_of(one.name, one.shape) for one in self.blocks.values()])

    def apply(self, songs: Songs) -> Songs:
        """Return songs as they are given to a family; lyrics of songs without any are zeros.

        Raises
        ------
        DataError
            The songs are of another shape than those it was fitted on, or lack what it is of.
        """
        audio, lyrics = self.audio_of(songs), self.lyrics_of(songs)
        return songs.replace(audio=audio, embedding=None, lyrics=lyrics)

    def audio_of(self, songs: Songs) -> np.ndarray:
        """Return the audio alone, as a family is given it; see `apply`."""
        shown = [self.block_of(songs, name) for name in self.blocks]
        if len(shown) == 1:
            return shown[0]
        return np.concatenate([one.reshape(len(songs), -1) for one in shown], axis=1)

    def block_of(self, songs: Songs, name: str) -> np.ndarray:
        """Return one block of the audio, "audio" or "embedding", in its own shape."""
        given = getattr(songs, name)
        if given is None:
            raise DataError(_LACKING[name])
        view = self.blocks[name]
        if name == "embedding" and given.shape[1:] != view.shape:
            raise DataError(
                f"the embeddings of these songs have {given.shape[1]} values, those that the "
                f"model was fitted on {view.shape[0]}: make both with one encoder"
            )
        # What is infinite then, of a stranger's arrays or songs, the encoder refuses.
        with np.errstate(over="ignore", invalid="ignore"):
            shown = view.apply(given)
            if name == "embedding" and len(self.blocks) > 1:
                shown *= np.float32(self.factor)
            return shown

    def lyrics_of(self, songs: Songs) -> np.ndarray | None:
        """Return the lyrics alone; None where songs have none, or none had when it was fitted."""
        if not self.lyrics or songs.lyrics is None:
            return None
        width = len(self.lyrics["center"])
        if songs.lyrics.shape[1] != width:
            raise DataError(
                f"the lyrics of these songs have {songs.lyrics.shape[1]} values, those that "
                f"the model was fitted on {width}: prepare both alike"
            )
        with np.errstate(over="ignore", invalid="ignore"):  # as of the audio
            unit = _unit_rows(_without_language(songs, self.lyrics))
            scaled = (unit - self.lyrics["center"]) * self.lyrics["scale"]
            scaled[~songs.has_lyrics] = 0.0
            return scaled.astype(np.float32)

    def state(self) -> dict[str, np.ndarray]:
        """Return the arrays from which `restore` makes the same presentation."""
        views_of = {
            f"{BLOCKS[block]}{name}": array
            for block, view in self.blocks.items()
            for name, array in view.state().items()
        }
        factor = {FACTOR: np.array([self.factor])} if len(self.blocks) > 1 else {}
        return {**views_of, **factor, **self.lyrics}


_LACKING = {
    "audio": "these songs have no spectrograms, and the model takes them: prepare them as those "
    "that it was fitted on",
    "embedding": "these songs have no embeddings, and the model takes them: make them with the "
    "encoder of those that it was fitted on",
}
"""What is said of songs without a field that a presentation is of."""


def inputs_of(songs: Songs) -> tuple[str, ...]:
    """Return what songs have of "audio" and "embedding"."""
    return tuple(name for name in BLOCKS if getattr(songs, name) is not None)


def check(view: str, songs: Songs) -> None:
    """Refuse what is no view, or none for what songs have; errors as `views.check`."""
    views.check(view, getattr(songs, inputs_of(songs)[0]).shape[1:])


def shape_of(view: str, songs: Songs) -> Shape:
    """Return the shape of what a family is given of one song as audio; errors as `views.check`."""
    check(view, songs)
    names = _views_of(inputs_of(songs), view)
    return _joined(
        [views.shape_of(of, getattr(songs, name).shape[1:]) for name, of in names.items()]
    )


def _views_of(blocks: Collection[str], view: str) -> dict[str, str]:
    """Return the view of each block: beside audio the embedding has the scaling alone."""
    return {
        name: views.scaling_of(view) if name == "embedding" and len(blocks) > 1 else view
        for name in blocks
    }


def _joined(shapes: Sequence[Shape]) -> Shape:
    """Return the shape of blocks of these shapes side by side."""
    return shapes[0] if len(shapes) == 1 else (sum(map(prod, shapes)),)


def fit(view: str, train: Songs, center_languages: bool = True) -> Presentation:
    """Fit a presentation on training songs.

    Parameters
    ----------
    view : str
        Name of a view, see `data.views`. Steps on maps are not for embeddings, which beside audio
        have the scaling of the view alone.
    train : Songs
        Training songs; those of "audio" and "embedding" that they have are the blocks.
    center_languages : bool
        Whether the mean of each language is subtracted from the lyrics first. Embeddings of
        lyrics differ by language more than by anything else.
    """
    fitted = {
        name: views.fit(of, getattr(train, name))
        for name, of in _views_of(inputs_of(train), view).items()
    }
    sung_of = train.lyrics is not None and train.has_lyrics.any()
    variances = [
        _total_variance(one.apply(getattr(train, name)))
        for name, one in fitted.items()
        if sung_of or len(fitted) > 1
    ]
    both = len(fitted) > 1 and all(variances)
    factor = float(np.sqrt(variances[0] / variances[1])) if both else 1.0
    lyrics = _fit_lyrics(train, variances[0], center_languages) if sung_of else {}
    return Presentation(view, fitted, factor, lyrics)


def _total_variance(shown: np.ndarray) -> float:
    return float(shown.reshape(len(shown), -1).var(axis=0, dtype=np.float64).sum())


def _fit_lyrics(train: Songs, variance: float, center_languages: bool) -> dict[str, np.ndarray]:
    """Return what is learned of lyrics, which are to have a total variance."""
    assert train.lyrics is not None
    learned: dict[str, np.ndarray] = {}
    if center_languages and LANGUAGE in train.labels:
        means = fit_language_means(train.lyrics, train.has_lyrics, train.labels[LANGUAGE])
        learned = {f"{MEANS}{language}": mean for language, mean in means.items()}
    sung = _unit_rows(_without_language(train, learned))[train.has_lyrics]
    deviation = sung.std(axis=0)
    standardising = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-6)
    # Standardised lyrics have a total variance of one per dimension that varies.
    equal = np.sqrt(variance / max(int(np.count_nonzero(standardising)), 1))
    return learned | {"center": sung.mean(axis=0), "scale": standardising * equal}


def restore(view: str, state: Mapping[str, np.ndarray]) -> Presentation:
    """Make a presentation again from the name of its view and what `state` returned.

    Raises
    ------
    DataError
        These are not the arrays of such a presentation.
    """
    of_blocks = {
        block: found
        for block, start in BLOCKS.items()
        if (found := {n.removeprefix(start): a for n, a in state.items() if n.startswith(start)})
    }
    beginnings = tuple(BLOCKS.values())
    lyrics = {n: a for n, a in state.items() if n != FACTOR and not n.startswith(beginnings)}
    views.check(view)
    of_blocks = of_blocks or {"audio": {}}  # which is refused in its own words
    blocks = {
        block: views.restore(of, of_blocks[block])
        for block, of in _views_of(of_blocks, view).items()
    }
    if "embedding" in blocks and len(blocks["embedding"].shape) > 1:
        raise DataError(f"the view {view[:40]!r} is of embeddings that are no vectors")
    factors = {FACTOR: state[FACTOR]} if FACTOR in state else {}
    check_state("the presentation", factors, {FACTOR: (1,)} if len(blocks) > 1 else {})
    if lyrics:
        means = {name for name in lyrics if name.startswith(MEANS)}
        # The mean of all, for songs of an unknown language, goes with those of any.
        names = {"center", "scale", *means, *([MEANS] if means else [])}
        width = lyrics["center"].shape[:1] if "center" in lyrics else ()
        check_state("the presentation of lyrics", lyrics, dict.fromkeys(names, width or (1,)))
    factor = float(factors[FACTOR][0]) if factors else 1.0
    return Presentation(view, blocks, factor, lyrics)


def _without_language(songs: Songs, learned: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return lyrics less the mean of their language, where means were learned."""
    means = {n.removeprefix(MEANS): a for n, a in learned.items() if n.startswith(MEANS)}
    if not means or songs.lyrics is None:
        return np.asarray(songs.lyrics)
    unknown = np.full(len(songs), "")
    languages = songs.labels.get(LANGUAGE, unknown)
    return subtract_language_means(songs.lyrics, songs.has_lyrics, languages, means)


def _unit_rows(rows: np.ndarray) -> np.ndarray:
    """Return rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)

"""How songs are presented to a family: the view of the audio, and the scaling of the lyrics.

Fitted on training songs, applied to any, kept with a finalist as plain arrays. Audio and lyrics
come out with equal total variance, so that neither drowns the other in a joint loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data import views
from data.errors import DataError
from data.lyrics import fit_language_means, subtract_language_means
from data.scaling import check_state
from data.songs import Songs

LANGUAGE = "language"
"""The label column by which means are subtracted from the lyrics, if songs have it."""
MEANS = "language-mean/"
VIEW = "view/"


@dataclass(frozen=True, eq=False)
class Presentation:
    """A fitted presentation.

    Parameters
    ----------
    view : View
        Of the audio.
    lyrics : mapping of str to ndarray, shape (width,)
        "center" and "scale", and "language-mean/<language>" where means are subtracted; empty
        without lyrics.
    """

    view: views.View
    lyrics: Mapping[str, np.ndarray]

    def apply(self, songs: Songs) -> Songs:
        """Return songs as they are given to a family; lyrics of songs without any are zeros.

        Raises
        ------
        DataError
            The songs are of another shape than those it was fitted on.
        """
        return songs.replace(audio=self.audio_of(songs), lyrics=self.lyrics_of(songs))

    def audio_of(self, songs: Songs) -> np.ndarray:
        """Return the audio alone; see `apply`."""
        # What is infinite then, of a stranger's arrays or songs, the encoder refuses.
        with np.errstate(over="ignore", invalid="ignore"):
            return self.view.apply(songs.audio)

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
        return {f"{VIEW}{name}": a for name, a in self.view.state().items()} | dict(self.lyrics)


def fit(view: str, train: Songs, center_languages: bool = True) -> Presentation:
    """Fit a presentation on training songs.

    Parameters
    ----------
    view : str
        Name of the view of the audio, see `data.views`.
    train : Songs
        Training songs.
    center_languages : bool
        Whether the mean of each language is subtracted from the lyrics first. Embeddings of
        lyrics differ by language more than by anything else.
    """
    fitted = views.fit(view, train.audio)
    if train.lyrics is None or not train.has_lyrics.any():
        return Presentation(fitted, {})
    learned: dict[str, np.ndarray] = {}
    if center_languages and LANGUAGE in train.labels:
        means = fit_language_means(train.lyrics, train.has_lyrics, train.labels[LANGUAGE])
        learned = {f"{MEANS}{language}": mean for language, mean in means.items()}
    sung = _unit_rows(_without_language(train, learned))[train.has_lyrics]
    deviation = sung.std(axis=0)
    standardising = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-6)
    # Standardised lyrics have a total variance of one per dimension that varies.
    audio = fitted.apply(train.audio).reshape(len(train), -1).var(axis=0, dtype=np.float64).sum()
    equal = np.sqrt(audio / max(np.count_nonzero(standardising), 1))
    return Presentation(
        fitted, learned | {"center": sung.mean(axis=0), "scale": standardising * equal}
    )


def restore(view: str, state: Mapping[str, np.ndarray]) -> Presentation:
    """Make a presentation again from the name of its view and what `state` returned.

    Raises
    ------
    DataError
        These are not the arrays of such a presentation.
    """
    of_view = {n.removeprefix(VIEW): a for n, a in state.items() if n.startswith(VIEW)}
    lyrics = {name: array for name, array in state.items() if not name.startswith(VIEW)}
    if lyrics:
        means = {name for name in lyrics if name.startswith(MEANS)}
        # The mean of all, for songs of an unknown language, goes with those of any.
        names = {"center", "scale", *means, *([MEANS] if means else [])}
        width = lyrics["center"].shape[:1] if "center" in lyrics else ()
        check_state("the presentation of lyrics", lyrics, dict.fromkeys(names, width or (1,)))
    return Presentation(views.restore(view, of_view), lyrics)


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

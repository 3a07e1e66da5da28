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
"""The label column whose means are taken out of the lyrics, where songs have it."""
MEANS = "language-mean/"
VIEW = "view/"


@dataclass(frozen=True, eq=False)
class Presentation:
    """A fitted presentation.

    Attributes
    ----------
    view : of the audio.
    lyrics : "center" and "scale" (width,), and "language-mean/<language>" (width,) where means
        were taken out; empty without lyrics.
    """

    view: views.View
    lyrics: Mapping[str, np.ndarray]

    def apply(self, songs: Songs) -> Songs:
        """The songs as a family sees them; rows without lyrics are zeros in the lyrics.

        Raises
        ------
        ValueError
            The songs are of another shape than those it was fitted on.
        """
        # What is infinite then, of a stranger's arrays or songs, the encoder refuses.
        with np.errstate(over="ignore", invalid="ignore"):
            audio = self.view.apply(songs.audio)
            if not self.lyrics or songs.lyrics is None:
                return songs.replace(audio=audio, lyrics=None)
            width = len(self.lyrics["center"])
            if songs.lyrics.shape[1] != width:
                raise DataError(
                    f"the lyrics of these songs have {songs.lyrics.shape[1]} values, those that "
                    f"the model was fitted on {width}: prepare both alike"
                )
            unit = unit_rows(without_language(songs, self.lyrics))
            scaled = (unit - self.lyrics["center"]) * self.lyrics["scale"]
            scaled[~songs.has_lyrics] = 0.0
            return songs.replace(audio=audio, lyrics=scaled.astype(np.float32))

    def state(self) -> dict[str, np.ndarray]:
        """The arrays from which `restore` makes the same presentation."""
        return {f"{VIEW}{name}": a for name, a in self.view.state().items()} | dict(self.lyrics)


def fit(view: str, train: Songs, center_languages: bool = True) -> Presentation:
    """Fit a presentation on training songs.

    Parameters
    ----------
    view : name of the view of the audio, see `data.views`.
    center_languages : whether each language's mean is taken out of the lyrics first; language is
        the first thing that lyric embeddings tell.
    """
    fitted = views.fit(view, train.audio)
    if train.lyrics is None or not train.has_lyrics.any():
        return Presentation(fitted, {})
    learned: dict[str, np.ndarray] = {}
    if center_languages and LANGUAGE in train.labels:
        means = fit_language_means(train.lyrics, train.has_lyrics, train.labels[LANGUAGE])
        learned = {f"{MEANS}{language}": mean for language, mean in means.items()}
    sung = unit_rows(without_language(train, learned))[train.has_lyrics]
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


def without_language(songs: Songs, learned: Mapping[str, np.ndarray]) -> np.ndarray:
    """Lyrics less the mean of their language, where means were learned."""
    means = {n.removeprefix(MEANS): a for n, a in learned.items() if n.startswith(MEANS)}
    if not means or songs.lyrics is None:
        return np.asarray(songs.lyrics)
    unknown = np.full(len(songs), "")
    languages = songs.labels.get(LANGUAGE, unknown)
    return subtract_language_means(songs.lyrics, songs.has_lyrics, languages, means)


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)

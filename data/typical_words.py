"""Words that are typical of the lyrics of each cluster, in any script."""

import unicodedata
from collections.abc import Sequence
from math import log, sqrt
from typing import Any

import numpy as np

from data.errors import JOINERS

MOST = 6
"""Words of a cluster."""
SONGS, TINY, SONGS_IF_TINY = 3, 10, 2
"""Songs of a cluster in which a word must be, and how many where fewer than `TINY` have lyrics."""
LONGEST_WORD = 40
"""Letters and marks; longer ones are no words."""
VOCABULARY = 20_000
"""Words that are compared, the most common ones."""
CHARACTERS = 40_000_000
"""Of all lyrics together. Of more, the beginnings are read, equally long: a few seconds."""
APOSTROPHES = "'\u2019\u02bc"
"""The first stands for all."""


def typical_words(
    texts: Sequence[str], clusters: np.ndarray, most: int = MOST
) -> dict[int, list[str]]:
    """Return the words that tell the lyrics of each cluster from those of all other songs.

    Words are ordered by class-based TF-IDF: the share of songs of the cluster that have the word,
    times the logarithm of how rare it is in all. A word counts once a song, so that no chorus
    wins, and must be more frequent in the cluster than elsewhere, by more than the luckiest of as
    many words would be in clusters drawn by lot.

    Parameters
    ----------
    texts : sequence of str
        Lyrics, of n songs; blank where there are none.
    clusters : ndarray of int, shape (n,)
        From 0; songs of -1 belong to none and are others to all.
    most : int
        Largest number of words.

    Returns
    -------
    dict of int to list of str
        Of each cluster that has songs, the most typical first; empty for one without lyrics, and
        where no others have any.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    clusters = np.asarray(clusters)
    typical: dict[int, list[str]] = {int(each): [] for each in np.unique(clusters[clusters >= 0])}
    sung = [row for row, text in enumerate(texts) if text.strip()]
    read = CHARACTERS // max(1, len(sung))
    vectorizer = CountVectorizer(
        analyzer=_words, binary=True, max_features=VOCABULARY, dtype=np.int32
    )
    try:
        has = vectorizer.fit_transform(texts[row][:read] for row in sung)
    except ValueError:  # there are no words
        return typical
    words = vectorizer.get_feature_names_out()
    clusters = clusters[sung]
    everywhere = _sum(has)
    for cluster in typical:
        inside = clusters == cluster
        score = _scores(_sum(has[inside]), int(inside.sum()), everywhere, len(sung), len(typical))
        best = np.argsort(-score, kind="stable")[:most]
        typical[cluster] = [str(words[word]) for word in best if score[word] > 0]
    return typical


def _sum(has: Any) -> np.ndarray:
    """Return in how many songs each word is."""
    return np.asarray(has.sum(axis=0)).ravel()


def _scores(
    inside: np.ndarray, n_inside: int, everywhere: np.ndarray, n: int, n_clusters: int
) -> np.ndarray:
    """Return how typical each word is of a cluster, 0 where it is not.

    Parameters
    ----------
    inside, everywhere : ndarray of int, shape (words,)
        Songs that have the word, of the ``n_inside`` of the cluster and of all ``n``.
    n_clusters : int
        In how many clusters words are looked for.
    """
    enough = inside >= (SONGS if n_inside >= TINY else SONGS_IF_TINY)
    if not enough.any() or n_inside == n:  # there are no others
        return np.zeros(len(inside))
    share, overall = inside / n_inside, everywhere / n
    excess = share - (everywhere - inside) / (n - n_inside)
    error = np.sqrt(overall * (1 - overall) * (1 / n_inside + 1 / (n - n_inside)))
    luckiest = sqrt(2 * log(enough.sum() * n_clusters))  # of as many normal deviates
    typical = enough & (excess > 0) & (excess >= luckiest * error)
    return np.where(typical, share * np.log1p(1 / overall), 0)


class _Cut(dict[int, str]):
    """What `str.translate` is to put for a character: itself within a word, a space between."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        within = letter in JOINERS or unicodedata.category(letter)[0] in "LM"
        self[code] = letter if within else " "
        return self[code]


_CUT = _Cut({ord(each): APOSTROPHES[0] for each in APOSTROPHES})


def _words(text: str) -> set[str]:
    r"""Return the words of a text.

    A regular expression's \w would cut Bangla at its vowel signs, which are marks.
    """
    cut = unicodedata.normalize("NFC", text.casefold()).translate(_CUT).split()
    words = {word.strip(APOSTROPHES[0] + JOINERS) for word in cut}
    return {word for word in words if 1 < len(word) <= LONGEST_WORD}

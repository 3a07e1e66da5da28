"""From lyrics to embeddings, without a network: character n-grams and latent semantic analysis."""

from collections.abc import Sequence

import numpy as np


def embed(texts: Sequence[str], width: int = 64, seed: int = 0) -> np.ndarray:
    """Embed texts of any script by character n-grams, TF-IDF and a truncated SVD.

    Parameters
    ----------
    texts : sequence of str
        Lyrics; blank where there are none.
    width : int
        Components at most; fewer for few texts.
    seed : int
        Of the randomised SVD.

    Returns
    -------
    ndarray of float32, shape (len(texts), width or fewer)
        Rows of length 1, and of zeros where there are no lyrics.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    sung = np.array([bool(text.strip()) for text in texts], bool)
    if sung.sum() < 3:
        return np.zeros((len(texts), 1), np.float32)
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True, max_features=50_000
    )
    weights = vectorizer.fit_transform(text for text in texts if text.strip())
    width = min(width, *(size - 1 for size in weights.shape))
    reduced = TruncatedSVD(width, random_state=seed).fit_transform(weights)
    embeddings = np.zeros((len(texts), width), np.float32)
    embeddings[sung] = normalize(reduced)
    return embeddings

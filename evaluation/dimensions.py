"""Points in as few dimensions as hold them, for scores that only distances decide."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from evaluation.assignment import Array


def fewest_dimensions(codes_train: Array, codes: Array) -> tuple[Array, Array]:
    """Return the same points in no more dimensions than there are points: all distances stay.

    Parameters
    ----------
    codes_train, codes : (n_train, d) and (n, d), one cloud in one space

    Returns
    -------
    codes_train, codes : (n_train, min(d, n_train + n)) and (n, the same); as they are given where
        that is no fewer. Axes have no meaning any more.
    """
    count = len(codes_train) + len(codes)
    if codes.shape[1] <= count:
        return codes_train, codes
    points = np.concatenate([codes_train, codes])
    turned: Array = scipy.linalg.qr(points.T.astype(np.float64), mode="r")[0][:count].T
    return turned[: len(codes_train)], turned[len(codes_train) :]

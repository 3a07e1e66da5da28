"""How a view puts songs on a scale: fitted on training songs, applied to any.

A scaling is a row of `SCALINGS`: a function that looks at the training songs and returns arrays,
and one that maps any songs by these arrays. The arrays are all there is to save.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

State = dict[str, np.ndarray]
Shape = tuple[int, ...]

BLOCK = 256
"""Songs handled at a time, so that no float64 copy of a whole collection is made."""
CLIPPED = 3.0
"""Deviations beyond which `clipped` tells no difference."""
POWER_CLIPPED = 2.5
OUTLYING = 10.0
"""Deviations beyond which a value does not sway the power that suits its feature."""
POWERS = (-19.0, 21.0)
"""Yeo-Johnson powers; only features of hardly more than two values want to go further."""
COMPONENTS = 32
VALUES_PER_POWER = 5_000
VALUES_FITTED = 2**25
"""Numbers that `power` is fitted on, 128 MiB of them; of larger collections a sample of songs."""


def _unchanged(shape: Shape) -> Shape:
    return shape


@dataclass(frozen=True)
class Scaling:
    """A row of `SCALINGS`; songs are (n, mels, frames) or (n, features), float32.

    Parameters
    ----------
    fit : callable
        From training songs to arrays.
    apply : callable
        From any songs and these arrays to new float32 songs.
    shape : callable
        From the shape of one song to the shape of what it becomes.
    """

    fit: Callable[[np.ndarray], State]
    apply: Callable[[np.ndarray, State], np.ndarray]
    shape: Callable[[Shape], Shape] = _unchanged


def fit_standard(audio: np.ndarray) -> State:
    """Mean and standard deviation per mel bin (over songs and frames) or per feature.

    Returns
    -------
    dict
        ``mean`` and ``scale`` = 1 / standard deviation, float32, (mels, 1) or (features,). The
        scale of what never changes among these songs is 0, so that it gives 0 for any song.
    """
    mean, deviation = _mean_and_deviation(audio)
    varies = deviation > np.finfo(np.float32).eps * np.abs(mean)
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=varies)
    return {"mean": mean.astype(np.float32), "scale": scale.astype(np.float32)}


def apply_standard(audio: np.ndarray, state: State) -> np.ndarray:
    """Subtract the mean and divide by the standard deviation."""
    standard = np.subtract(audio, state["mean"], dtype=np.float32)
    standard *= state["scale"]
    return standard


def apply_clipped(audio: np.ndarray, state: State) -> np.ndarray:
    """Standardise, and clip at `CLIPPED` deviations."""
    standard = apply_standard(audio, state)
    return np.clip(standard, -CLIPPED, CLIPPED, out=standard)


def fit_global(audio: np.ndarray) -> State:
    """Mean per mel bin or feature as in `fit_standard`, but one scale for all of them.

    The deviations of features keep their proportions; their squares have the mean 1.
    """
    mean, deviation = _mean_and_deviation(audio)
    overall = np.sqrt(np.square(deviation).mean(keepdims=True))
    varies = overall > np.finfo(np.float32).eps * np.abs(mean).max()
    scale = np.divide(1.0, overall, out=np.zeros_like(overall), where=varies)
    return {"mean": mean.astype(np.float32), "scale": scale.astype(np.float32)}


def _mean_and_deviation(audio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    axes = (0, 2) if audio.ndim == 3 else (0,)
    mean = audio.mean(axis=axes, dtype=np.float64, keepdims=True)
    total = np.zeros_like(mean)
    for start in range(0, len(audio), BLOCK):
        total += np.square(audio[start : start + BLOCK] - mean).sum(axis=axes, keepdims=True)
    return mean[0], np.sqrt(total * (mean.size / audio.size))[0]


def fit_power(audio: np.ndarray) -> State:
    """Make features look normal, and large common directions less large.

    Values are standardised per mel bin or feature and raised to the Yeo-Johnson power that makes
    them look most normal; standardised again, clipped at `POWER_CLIPPED` deviations; and put on
    their principal components, each over the fourth root of its variance, up to `COMPONENTS`:
    between plain components, where variance is similarity, and whitened ones, where noise counts
    as much as sound. Yeo and Johnson, Biometrika 87 (2000), 954-959.

    Returns
    -------
    dict
        ``mean``, ``scale`` and ``power``, then ``straight_mean`` and ``straight_scale``, (mels, 1)
        or (features,); and ``centre`` (values,) and ``axes`` (components, values), where values
        are those of a song side by side. All float32.
    """
    songs = _sample(audio)
    state = fit_standard(songs)
    state["power"] = _powers(songs, state)
    straight = np.empty(songs.shape, np.float32)
    for start in range(0, len(songs), BLOCK):
        straight[start : start + BLOCK] = _straighten(songs[start : start + BLOCK], state)
    again = fit_standard(straight)
    state |= {f"straight_{name}": values for name, values in again.items()}
    for start in range(0, len(songs), BLOCK):
        straight[start : start + BLOCK] = _clip(straight[start : start + BLOCK], state)
    return state | _half_whitening(straight.reshape(len(songs), -1))


def apply_power(audio: np.ndarray, state: State) -> np.ndarray:
    """Return the half-whitened components, (n, components)."""
    points = _clip(_straighten(audio, state), state).reshape(len(audio), -1)
    return (points - state["centre"]) @ state["axes"].T


def _sample(audio: np.ndarray) -> np.ndarray:
    most = max(1, VALUES_FITTED // prod(audio.shape[1:]))
    if len(audio) <= most:
        return audio
    return audio[np.sort(np.random.default_rng(0).choice(len(audio), most, replace=False))]


def _powers(audio: np.ndarray, standard: State) -> np.ndarray:
    """Maximum-likelihood Yeo-Johnson powers of standardised mel bins or features."""
    from scipy.stats import yeojohnson_normmax

    rng = np.random.default_rng(0)
    powers = np.ones_like(standard["scale"])
    for feature in np.flatnonzero(standard["scale"]):
        values = audio[:, feature].ravel()
        if len(values) > VALUES_PER_POWER:
            values = rng.choice(values, VALUES_PER_POWER, replace=False)
        values = (values - standard["mean"][feature]) * standard["scale"][feature]
        values = values.clip(-OUTLYING, OUTLYING).astype(np.float64)
        powers[feature] = np.clip(yeojohnson_normmax(values), *POWERS)
    return powers


def _straighten(audio: np.ndarray, state: State) -> np.ndarray:
    """Standardise and raise to the Yeo-Johnson power, mirrored below 0: 2 - power."""
    standard = apply_standard(audio, state)
    logarithm = np.log1p(np.abs(standard).clip(max=OUTLYING))
    power = np.where(standard < 0, 2 - state["power"], state["power"])
    power[np.abs(power) < 1e-6] = 1e-6  # where the formula has the logarithm for its limit
    return np.copysign(np.expm1(power * logarithm) / power, standard)


def _clip(straight: np.ndarray, state: State) -> np.ndarray:
    names = {"mean": state["straight_mean"], "scale": state["straight_scale"]}
    return apply_standard(straight, names).clip(-POWER_CLIPPED, POWER_CLIPPED)


def _half_whitening(points: np.ndarray) -> State:
    """Principal axes over the fourth root of their variance, and over the overall deviation.

    Axes beyond those the songs have are 0.
    """
    from sklearn.decomposition import PCA

    axes = np.zeros((min(COMPONENTS, points.shape[1]), points.shape[1]), np.float32)
    kept = min(len(axes), max(len(points) - 1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):  # shares of no variance: equal songs
        pca = PCA(kept, random_state=0).fit(points)
    variance = pca.explained_variance_
    sound = np.flatnonzero(variance > 1e-6 * variance[0])
    if sound.size:
        roots = np.sqrt(variance[sound])
        overall = np.sqrt(roots.mean())
        axes[sound] = pca.components_[sound] / np.sqrt(roots)[:, None] / overall
    return {"centre": pca.mean_.astype(np.float32), "axes": axes}


SCALINGS = {
    "standard": Scaling(fit_standard, apply_standard),
    "clipped": Scaling(fit_standard, apply_clipped),
    "global": Scaling(fit_global, apply_standard),
    "power": Scaling(fit_power, apply_power, lambda shape: (min(COMPONENTS, prod(shape)),)),
}

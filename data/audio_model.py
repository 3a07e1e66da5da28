"""A frozen audio model of `transformers`: from windows of sound to one vector for each.

Nothing is random: windows have the one length that the model is made for, and shorter sound is
repeated until it fills that, so that no model hears padding and windows of several songs go
through it together.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from data import arguments
from data.pretrained import (
    Tower,
    libraries,
    load_extractor,
    load_tower,
    read_config,
    refusal,
    seconds_of,
    tried,
)

BATCH = 16
"""Windows that go through a model at once."""
_FILES = ("config.json", "preprocessor_config.json", "processor_config.json")
"""Files that say how weights are used."""


@dataclass(frozen=True)
class AudioModel:
    """A frozen encoder, ready to be used.

    Parameters
    ----------
    name : str
        As the user gave it: a name on the hub, or a folder.
    architecture : str
        Its class in `transformers`.
    pooling : str
        How a window becomes one vector.
    rate : int
        Samples per second that it takes.
    samples : int
        Length of a window.
    width : int
        Length of a vector.
    digest : str
        SHA-256 of its weights and of the files that say how they are used.
    encode : callable
        From windows, (n, samples) float32, to (n, width) float32.
    """

    name: str
    architecture: str
    pooling: str
    rate: int
    samples: int
    width: int
    digest: str
    encode: Callable[[np.ndarray], np.ndarray]

    def notes(self, windows: int) -> dict[str, Any]:
        """Return what is to be known of vectors of songs, heard in at most so many windows."""
        return {
            "model": self.name,
            "architecture": self.architecture,
            "pooling": f"{self.pooling}; mean over windows",
            "windows": windows,
            "window_seconds": round(self.samples / self.rate, 6),
            "sample_rate": self.rate,
            "width": self.width,
            "digest": self.digest,
        }


def load_audio_model(name: str) -> AudioModel:
    """Load an audio model that has a feature extractor, onto the GPU if there is one.

    Raises
    ------
    DataError
        torch or transformers is not installed; there is no such model; it is none of sound, has
        no feature extractor, lacks weights or needs code of its own; or there is too little
        memory.
    """
    name = arguments.text("audio_model", name)
    torch, library = libraries(name)
    config = read_config(library, name)
    extractor = load_extractor(library, name)
    net, tower = load_tower(torch, library, name, config)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for module in tower.modules:
        tried(name, "cannot be loaded", module.eval().to, device)
    encode = _encoder(torch, name, extractor, tower, device)
    rate = int(extractor.sampling_rate)
    samples = round(seconds_of(extractor) * rate)
    noise = np.random.default_rng(0).normal(0, 0.1, (1, samples)).astype(np.float32)
    vectors = encode(noise)
    if not np.isfinite(vectors).all():
        raise refusal(
            name, "gives values that are NaN or infinite for noise already; give another model"
        )
    digest = _digest(name, net, tower)
    architecture = type(net).__name__
    return AudioModel(
        name, architecture, tower.pooling, rate, samples, vectors.shape[1], digest, encode
    )


def filled(sound: np.ndarray, samples: int) -> np.ndarray:
    """Return a window of this length: sound that is shorter is repeated, longer is cut."""
    return np.resize(sound, samples)


def _encoder(
    torch: Any, name: str, extractor: Any, tower: Tower, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what encodes windows, by fewer at once where memory does not allow for more."""

    def once(windows: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            inputs = extractor(
                list(windows), sampling_rate=extractor.sampling_rate, return_tensors="pt"
            )
            vectors = tower.run({key: value.to(device) for key, value in inputs.items()})
            if vectors.ndim != 2 or len(vectors) != len(windows):
                raise ValueError(f"it gives values of shape {tuple(vectors.shape)}")
            return vectors.float().cpu().numpy()

    def encode(windows: np.ndarray) -> np.ndarray:
        size = BATCH
        while True:
            try:
                starts = range(0, len(windows), size)
                return np.concatenate([once(windows[start : start + size]) for start in starts])
            except Exception as error:  # as for `tried`
                if not _is_out_of_memory(torch, error):
                    return tried(name, "is no encoder of sound", _raise, error)
            if size == 1:
                raise refusal(
                    name,
                    f"needs more memory than there is for a single window on the {device}; give "
                    "a smaller model",
                )
            size //= 2

    return encode


def _raise(error: Exception) -> None:
    raise error


def _is_out_of_memory(torch: Any, error: Exception) -> bool:
    """Return whether this is what a GPU, a CPU or numpy says where memory runs out."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "allocate memory" in str(error)
    )


def _digest(name: str, net: Any, tower: Tower) -> str:
    """Return the SHA-256 of the weights that take part, and of the files beside them."""
    find = import_module("transformers.utils").cached_file
    digest = hashlib.sha256()
    for file in _FILES:
        try:
            digest.update(Path(find(name, file)).read_bytes())
        except (OSError, TypeError):  # not there
            digest.update(b"-")
    for key, tensor in sorted(net.state_dict().items()):
        if key.startswith(tower.prefixes):
            digest.update(f"{key} {tuple(tensor.shape)}".encode())
            digest.update(np.ascontiguousarray(tensor.cpu().numpy()).data)
    return digest.hexdigest()

"""`python -m data`, where an audio model takes its time, so that it can be killed meanwhile."""

import sys
import time
from dataclasses import replace

import numpy as np

from data import prepare
from data.__main__ import main
from data.audio_model import AudioModel, load_audio_model


def load(name: str) -> AudioModel:
    """Load a model, and let it wait before each batch."""
    model = load_audio_model(name)

    def encode(windows: np.ndarray) -> np.ndarray:
        time.sleep(0.2)
        return model.encode(windows)

    return replace(model, encode=encode)


if __name__ == "__main__":
    prepare.load_audio_model = load
    sys.exit(main())

"""The environment of every process of a search: Ray, Tune and TensorFlow read it as they start."""

from __future__ import annotations

import os

_QUIET = {
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # otherwise every result is written three times
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # Ctrl-C is ours to answer
    "TUNE_GLOBAL_CHECKPOINT_S": "1000000",  # the run folder is the only truth
    "RAY_AIR_NEW_OUTPUT": "0",  # the new output prints a header even at verbosity 0
    "TUNE_WARN_THRESHOLD_S": "60",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
}
"""Variable -> its value, where the user has given none."""
os.environ.update({name: os.environ.get(name, value) for name, value in _QUIET.items()})

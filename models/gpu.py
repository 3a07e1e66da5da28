"""Keep this process to its share of a GPU's memory, before TensorFlow takes all of it."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess

LOG = logging.getLogger(__name__)

CONTEXT_BYTES = 700 * 2**20
"""What CUDA and its libraries take beside TensorFlow's own memory, which alone can be limited.
An assumption, above what others report (tensorflow#53822); not measured here."""

LEAST_BYTES = 256 * 2**20
"""Too small a limit to train anything in."""


def keep_to(share: float) -> bool:
    """Limit every GPU that this process sees to `share` of its memory, less what CUDA takes.

    Call it before anything is computed. Where a GPU is given whole, or its memory is not known,
    or the share is too small for a limit, memory grows as it is needed.

    Returns
    -------
    found : whether TensorFlow finds a GPU at all; without CUDA's libraries it does not.
    """
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    memory = memory_of(_visible()) if share < 1 else []
    for place, device in enumerate(devices):
        limit = share * memory[place] - CONTEXT_BYTES if place < len(memory) else 0
        try:
            if limit >= LEAST_BYTES:
                most = tf.config.LogicalDeviceConfiguration(memory_limit=int(limit / 2**20))
                tf.config.set_logical_device_configuration(device, [most])
            else:
                tf.config.experimental.set_memory_growth(device, True)
        except (RuntimeError, ValueError) as error:
            LOG.warning("the memory of a GPU is not limited: %s", error)
    return bool(devices)


def memory_of(devices: list[str] | None = None) -> list[int]:
    """Return bytes of each of these GPUs, all by default; empty where nvidia-smi does not tell."""
    if not shutil.which("nvidia-smi"):
        return []
    asked = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        printed = [
            subprocess.run(
                [*asked, *which], capture_output=True, text=True, timeout=60, check=True
            ).stdout
            for which in ([["-i", name] for name in devices] if devices else [[]])
        ]
        return [int(line) * 2**20 for line in "".join(printed).split()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return []


def _visible() -> list[str]:
    """Return the GPUs that this process is given, as `CUDA_VISIBLE_DEVICES` names them."""
    return [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]

"""What a worker is bound to before TensorFlow is imported, and that it cannot hang."""

import os
import subprocess
import sys

import pytest

from search.backend.trainable import bind


def test_a_worker_keeps_to_its_cores_and_sees_no_gpu_without_a_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr("ray.get_gpu_ids", lambda: [])
    bind(3)
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == os.environ["TF_NUM_INTEROP_THREADS"] == "3"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"


def test_a_worker_with_a_share_sees_the_gpus_that_ray_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    monkeypatch.setattr("ray.get_gpu_ids", lambda: [2])
    bind(1)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "2"


HANGS = """
import time
from search.backend.trainable import Worker

def steps():
    time.sleep(60)
    yield

worker = Worker.__new__(Worker)
worker._epoch_limit, worker._steps = 0.5, steps()
worker.step()
"""


def test_a_worker_whose_trial_gives_no_sign_ends_itself_and_says_where_it_hung() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True)
    assert ended.returncode == 1
    assert "Timeout" in ended.stderr and "in steps" in ended.stderr

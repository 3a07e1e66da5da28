"""What TensorFlow is told of a GPU, and what a network takes of it. No GPU is needed."""

import os
from pathlib import Path
from typing import Any

import pytest

from models import FAMILIES, Schedule, defaults
from models.gpu import CONTEXT_BYTES, keep_to, memory_of
from models.memory import training_bytes
from tests.songs import make_songs

MB = 2**20


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What TensorFlow is told of its one GPU."""
    import tensorflow as tf

    said: list[tuple[str, Any]] = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["gpu"])
    monkeypatch.setattr(
        *(tf.config, "set_logical_device_configuration"),
        lambda device, made: said.append(("limit", made[0].memory_limit)),
    )
    monkeypatch.setattr(
        *(tf.config.experimental, "set_memory_growth"),
        lambda device, grows: said.append(("grows", grows)),
    )
    return said


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Put an nvidia-smi first on the path."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_share_is_capped_below_it(
    told: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pretend(monkeypatch, tmp_path, 'test "$*" != "${*#*-i 1}" && echo 16000')
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    keep_to(0.25)
    assert told == [("limit", 4000 - CONTEXT_BYTES // MB)]


@pytest.mark.parametrize(
    ("share", "script"),
    [(1.0, "echo 16000"), (0.25, "exit 9"), (0.25, "echo none"), (0.05, "echo 16000")],
)
def test_memory_grows_where_there_is_nothing_to_cap_by(
    share: float,
    script: str,
    told: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    pretend(monkeypatch, tmp_path, script)
    keep_to(share)
    assert told == [("grows", True)]


def test_the_memory_of_every_gpu_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pretend(monkeypatch, tmp_path, "echo 16000; echo 8000")
    assert memory_of() == [16000 * MB, 8000 * MB]
    assert memory_of(["0"]) == [16000 * MB, 8000 * MB]


def test_a_wider_network_takes_more_and_principal_components_take_none() -> None:
    train = make_songs().part("train")
    family = FAMILIES["mlp_vae"]
    needs = [
        training_bytes(family, train, defaults(family, {"width": width}), Schedule().widest)
        for width in (64, 2048)
    ]
    assert CONTEXT_BYTES < needs[0] < needs[1]
    weights = 2 * 2048 * 12  # the first layer and the last one, at the least
    assert needs[1] > CONTEXT_BYTES + 4 * 5 * weights
    assert training_bytes(FAMILIES["pca"], train, defaults(FAMILIES["pca"], {}), 8) == 0

"""What tests of several modules of this room share."""

import pytest


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Epochs without XLA: a few small ones are over before it has compiled the first."""
    from models import training

    for kind in training.XLA:
        monkeypatch.setitem(training.XLA, kind, False)

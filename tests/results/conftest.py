"""Runs as a search leaves them."""

from pathlib import Path

import pytest
from made_up import fill

from results.store import RunStore


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """The folder of a finished run `easy/first`."""
    with RunStore.create(tmp_path, "easy", "first", {"direction": "maximize"}) as store:
        fill(store)
        store.consolidate()
    return store.folder


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """The folder of a run `easy/broken` that ended before its tables were written."""
    with RunStore.create(tmp_path, "easy", "broken", {}) as store:
        fill(store)
    return store.folder

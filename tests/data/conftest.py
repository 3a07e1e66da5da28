"""A small sound collection that the tests of the data room break in one place each."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.data.collection import make_columns, write_collection


@pytest.fixture
def columns() -> dict[str, list[str]]:
    """Columns of dataset.csv, the test's own."""
    return make_columns()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write the collection to a folder; arguments replace one of its files."""
    return partial(write_collection, tmp_path / "songs")

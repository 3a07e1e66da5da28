"""Every way a collection can be broken ends in one sentence: where, what, and what to do."""

from pathlib import Path

import numpy as np
import pytest

import data
from data import files
from tests.data.broken import BROKEN


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_collection_is_refused_with_the_place_and_a_remedy(write, name):
    folder = write()
    damage, message = BROKEN[name]
    damage(folder)
    with pytest.raises(data.DataError, match=message) as caught:
        data.load(folder)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_named_with_two_ways_out(tmp_path):
    with pytest.raises(data.DataError, match="no folder .*nowhere; `python -m data demo`"):
        data.load(tmp_path / "nowhere")


def test_an_unknown_label_or_group_is_answered_with_the_known_ones(write):
    folder = write()
    with pytest.raises(data.DataError, match="no column 'mood'; its labels are genre, language"):
        data.load(folder, label="mood")
    with pytest.raises(data.DataError, match="'title' cannot be the label"):
        data.load(folder, label="title")
    with pytest.raises(data.DataError, match="no column 'label' to group by; there are id"):
        data.load(folder, group="label")


def test_nothing_is_unpickled(write, tmp_path):
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "sprung",))

    folder = write()
    np.save(folder / files.IDS, np.array([Trap()] * 60, dtype=object), allow_pickle=True)
    with pytest.raises(data.DataError):
        data.load(folder)
    assert not (tmp_path / "sprung").exists()

"""A saved encoder that knows how songs are presented to it."""

import numpy as np
import pytest

import models
from data.presentation import fit
from tests.songs import make_songs

SONGS = make_songs(80)


@pytest.fixture
def saved(tmp_path):
    """PCA of presented songs, saved with its presentation and a group of its own."""
    presentation = fit("standard", SONGS.part("train"))
    family = models.FAMILIES["pca"]
    parts = [presentation.apply(SONGS.part(part)) for part in ("train", "validation")]
    fitting = family.fit(*parts, {"latent_size": 3}, 0, models.Schedule())
    try:
        next(fitting)
    except StopIteration as end:
        encoder = end.value
    kept = {"clusterer": {"centres": np.eye(3), "rule": np.array("NearestCentre")}}
    for suffix, content in models.dump(encoder, presentation, kept, reducer="none").items():
        (tmp_path / f"model{suffix}").write_bytes(content)
    return tmp_path / "model", encoder, presentation


def test_it_takes_songs_as_they_are(saved):
    path, encoder, presentation = saved
    finalist = models.load(path)
    presented = presentation.apply(SONGS)
    np.testing.assert_array_equal(finalist.encode(SONGS), encoder.encode(presented))
    expected = encoder.decode(encoder.encode(presented), presented)["audio"]
    np.testing.assert_array_equal(
        finalist.decode(finalist.encode(SONGS), SONGS)["audio"], expected
    )


def test_what_was_kept_beside_it_is_there(saved):
    kept = models.load(saved[0]).kept["clusterer"]
    np.testing.assert_array_equal(kept["centres"], np.eye(3))
    assert kept["rule"].item() == b"NearestCentre"

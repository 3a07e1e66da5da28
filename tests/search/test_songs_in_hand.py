"""Songs lie in memory once: the driver lets go of them when Ray has them."""

from pathlib import Path

import numpy as np
import ray

from search.run import SongsInHand
from tests.songs import make_songs


def test_what_is_handed_over_is_kept_by_ray_alone(ray_session: None, tmp_path: Path) -> None:
    songs = make_songs()
    in_hand = SongsInHand(songs, tmp_path)
    kept = ray.get(in_hand.hand_over())
    np.testing.assert_array_equal(kept.audio, songs.audio)
    assert in_hand.songs.audio.size == len(songs)
    assert in_hand.songs.lyrics is None
    assert in_hand.songs.ids.tolist() == songs.ids.tolist()
    assert in_hand.songs.labels.keys() == songs.labels.keys()

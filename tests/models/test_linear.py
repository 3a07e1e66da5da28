"""Families without training are what scikit-learn makes of the same songs."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

import models


def fit(name, songs, **settings):
    family = models.FAMILIES[name]
    chosen = models.defaults(family, settings)
    with pytest.raises(StopIteration) as end:
        next(family.fit(songs, songs, chosen, 0, models.Schedule()))
    return end.value.value


def test_codes_of_pca_are_those_of_scikit_learn(songs):
    encoder = fit("pca", songs, latent_size=3)
    reference = PCA(3).fit(songs.audio)
    codes = encoder.encode(songs)
    np.testing.assert_allclose(codes, reference.transform(songs.audio), atol=1e-4)
    np.testing.assert_allclose(
        encoder.decode(codes, songs)["audio"], reference.inverse_transform(codes), atol=1e-4
    )


def test_pca_cannot_have_more_dimensions_than_the_songs(songs):
    assert fit("pca", songs, latent_size=500).encode(songs).shape == (160, 12)


def test_raw_codes_are_the_features_themselves(songs):
    maps = songs.replace(audio=songs.audio.reshape(160, 3, 4))
    encoder = fit("raw", maps)
    assert np.array_equal(encoder.encode(maps), songs.audio)
    assert np.array_equal(encoder.decode(songs.audio, maps)["audio"], maps.audio)

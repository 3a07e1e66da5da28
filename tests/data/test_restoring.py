"""How songs are presented comes back from arrays, a stranger's too, only if such were fitted."""

import numpy as np
import pytest

from data import DataError, Songs, presentation, views

RANDOM = np.random.default_rng(0)
SONGS = Songs(
    ids=np.arange(20).astype(str),
    audio=RANDOM.normal(size=(20, 8, 9)).astype(np.float32),
    lyrics=RANDOM.normal(size=(20, 3)).astype(np.float32),
    has_lyrics=np.ones(20, bool),
    labels={"language": np.array(["bn", "en"] * 10)},
    groups=None,
    split=np.repeat("train", 20),
)
VIEWS = ("standard", "clipped", "global", "power", "trimmed", "pooled+power", "trimmed+gainless")
STANDARD = presentation.fit("standard", SONGS).state()


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("vectors", [False, True])
def test_what_was_fitted_comes_back(view, vectors):
    words = [views.VIEWS[word] for word in view.split("+")]
    if vectors and not all(isinstance(word, views.Scaling) for word in words):
        return
    audio = SONGS.audio.reshape(20, -1) if vectors else SONGS.audio
    songs = SONGS.replace(audio=audio)
    fitted = presentation.fit(view, songs)
    restored = presentation.restore(view, fitted.state())
    for name in ("audio", "lyrics"):
        expected = getattr(fitted.apply(songs), name)
        np.testing.assert_array_equal(getattr(restored.apply(songs), name), expected)


@pytest.mark.parametrize("view", VIEWS)
def test_each_array_is_needed_in_its_shape_and_finite(view):
    state = presentation.fit(view, SONGS).state()
    for name, array in state.items():
        spoilt = array.astype(float)
        spoilt[..., 0] = np.nan
        for other in (None, array[None], array[:0], np.zeros(array.shape, int), spoilt):
            changed = {**state, name: other} if other is not None else {**state}
            if other is None:
                if name in ("language-mean/bn", "language-mean/en"):
                    continue  # songs of that language then get the mean of all
                del changed[name]
            with pytest.raises(DataError):
                presentation.restore(view, changed)


@pytest.mark.parametrize(
    ("view", "changes"),
    [
        ("nonsense", {}),
        ("power", {}),
        ("standard", {"view/more": np.zeros(3)}),
        ("standard", {"more": np.zeros(3)}),
        ("standard", {"view/shape": np.array([2.0**40, 2.0**40])}),
        ("standard", {"view/shape": np.array([2.0**13, 2.0**13])}),
        ("standard", {"view/shape": np.array([8.5, 9.0])}),
        ("standard", {"view/shape": np.array([0.0, 9.0])}),
        ("standard", {"view/shape": np.array(8.0)}),
        ("trimmed", {"view/shape": np.array([8.0])}),
        ("standard", {"scale": np.zeros(4)}),
        ("standard", {"language-mean/fr": np.zeros(4)}),
    ],
)
def test_arrays_of_no_such_view_are_refused(view, changes):
    with pytest.raises(DataError) as error:
        presentation.restore(view, {**STANDARD, **changes})
    assert "\n" not in str(error.value)


def test_means_of_languages_go_with_one_for_all_others():
    state = {name: array for name, array in STANDARD.items() if name != "language-mean/"}
    with pytest.raises(DataError, match="language-mean"):
        presentation.restore("standard", state)


def test_lyrics_of_another_width_are_refused():
    restored = presentation.restore("standard", STANDARD)
    for width in (1, 4):
        songs = SONGS.replace(lyrics=np.ones((20, width), np.float32))
        with pytest.raises(DataError, match=f"have {width} values"):
            restored.apply(songs)

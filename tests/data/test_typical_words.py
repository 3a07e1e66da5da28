"""Words that are typical of clusters, in English and in Bangla."""

import time
import unicodedata

import numpy as np
import pytest

from data import typical_words as module
from data.typical_words import typical_words

RIVER = ["The river and a boat", "my boat, the river!", "River; the BOAT", "the river sings"]
FIRE = ["the storm of fire", "Fire the storm", "the fire, the storm", "the fire"]
LOVE = ["আমি ভালোবাসা চাই", "ভালোবাসা, ভালোবাসা।", "সে ভালোবাসা আমি", "ভালোবাসা আর নদী"]


def clusters(*texts: list[str]) -> np.ndarray:
    """The first list is cluster 0, the next 1."""
    return np.repeat(np.arange(len(texts)), [len(each) for each in texts])


def test_words_of_each_cluster_are_those_that_others_do_not_have():
    found = typical_words(RIVER + FIRE + LOVE, clusters(RIVER, FIRE, LOVE))
    assert {cluster: words[0] for cluster, words in found.items()} == {
        0: "river",
        1: "fire",
        2: "ভালোবাসা",
    }
    assert found[0] == ["river", "boat"]
    assert "storm" in found[1] and "the" not in found[1]


def test_bangla_words_come_whole_however_they_are_written():
    composed = "হৃদয় বড় ভালোবাসা ক্যান\u200dটিন"
    apart = unicodedata.normalize("NFD", composed)
    found = typical_words([composed, apart] * 5 + FIRE, clusters([composed] * 10, FIRE))
    assert set(found[0]) == {unicodedata.normalize("NFC", word) for word in composed.split()}


def test_a_chorus_counts_once():
    chorus = "la " * 500
    songs = [chorus + "river boat", "river boat", "river boat", "river"]
    found = typical_words(songs + FIRE, clusters(songs, FIRE))
    assert found[0] == ["river", "boat"]


def test_a_word_of_too_few_songs_is_not_typical():
    many = [f"river word{chr(97 + number)}" for number in range(20)]
    many[0] += " rare"
    many[1] += " rare"
    found = typical_words(many + FIRE, clusters(many, FIRE))
    assert found[0] == ["river"]


def test_clusters_drawn_by_lot_have_hardly_any_typical_words():
    rng = np.random.default_rng(0)
    words = [f"{a}{b}" for a in "bcdfghjklm" for b in ("a", "e", "i", "o", "u", "an", "en", "in")]
    songs = [" ".join(rng.choice(words, 12)) for _ in range(300)]
    found = typical_words(songs, rng.integers(0, 5, 300))
    assert sum(map(len, found.values())) <= 1


def test_what_is_no_word_of_letters_is_left_out():
    song = "don’t 'don't' 2024 ১২৩ x & 🎵 I —" + " z" + "o" * 60
    assert typical_words([song] * 3 + FIRE, clusters([song] * 3, FIRE))[0] == ["don't"]


def test_markup_in_lyrics_is_just_words():
    song = "<script>alert('river')</script> \x1b[31m $(rm) {{7*7}} \x00"
    found = typical_words([song] * 4 + FIRE, clusters([song] * 4, FIRE), most=9)
    assert set(found[0]) == {"script", "alert", "river", "rm"}


@pytest.mark.parametrize("texts", [[], [""], ["", " \n"], ["1 2 3"] * 5, ["a"] * 5, RIVER, FIRE])
def test_lyrics_without_others_have_no_typical_words(texts):
    found = typical_words(texts, np.zeros(len(texts), int))
    assert found == ({0: []} if texts else {})


def test_a_cluster_without_lyrics_has_no_words_and_noise_is_no_cluster():
    texts = [*RIVER, *FIRE, "", ""]
    found = typical_words(texts, np.array([-1] * 4 + [0] * 4 + [3] * 2))
    assert found == {0: ["fire", "storm"], 3: []}


def test_no_more_words_than_asked_for():
    assert typical_words(RIVER + FIRE, clusters(RIVER, FIRE), most=1) == {
        0: ["river"],
        1: ["fire"],
    }


def test_only_the_beginnings_of_too_many_lyrics_are_read(monkeypatch):
    monkeypatch.setattr(module, "CHARACTERS", 8 * 10)
    song = "river     boat"
    assert typical_words([song] * 4 + FIRE, clusters([song] * 4, FIRE))[0] == ["river"]


def test_a_large_collection_takes_seconds():
    rng = np.random.default_rng(0)
    words = np.array([f"{a}{b}{c}ার" for a in "কখগঘচছজঝ" for b in "abcdefgh" for c in "তথদধন"])
    songs = [" ".join(rng.choice(words, 200)) * 9 for _ in range(2000)]
    start = time.perf_counter()
    typical_words(songs * 10, np.arange(20_000) % 12)
    assert len(songs[0]) > 10_000
    assert time.perf_counter() - start < 30  # four, where nothing else runs

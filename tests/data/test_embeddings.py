"""Embeddings of the sound that come with a collection, whoever made them."""

import json
from pathlib import Path

import numpy as np
import pytest

import data
from data import files
from data.check import check
from tests.data.collection import N

ROWS = np.random.default_rng(4).normal(size=(N, 7)).astype(np.float32)
IDS = np.array([f"song-{row}" for row in range(N)])
OTHER_ORDER = np.random.default_rng(8).permutation(N)


def embed(folder: Path, rows: np.ndarray = ROWS, **notes: object) -> Path:
    np.save(folder / files.EMBEDDINGS, rows)
    if notes:
        (folder / files.EMBEDDING_NOTES).write_text(json.dumps(notes))
    return folder


def test_rows_are_as_in_processed_ids_unless_it_is_said_otherwise(write):
    folder = embed(write(), model="openl3")
    np.testing.assert_array_equal(data.load(folder).embedding, ROWS)
    np.testing.assert_array_equal(data.read(folder).embedding, ROWS)


def test_there_are_none_without_the_file(write):
    assert data.load(write()).embedding is None


def test_rows_in_another_order_are_found_by_the_ids_of_the_sidecar(write):
    folder = embed(write(), ROWS[OTHER_ORDER], ids=IDS[OTHER_ORDER].tolist())
    np.testing.assert_array_equal(data.load(folder).embedding, ROWS)


def test_rows_of_more_songs_are_found_by_ids_in_an_array(write):
    folder = embed(write(), np.concatenate([ROWS[:1] * 0, ROWS[::-1]]))
    np.save(folder / files.EMBEDDING_IDS, np.array(["another", *IDS[::-1]]))
    np.testing.assert_array_equal(data.load(folder).embedding, ROWS)


def test_ids_match_as_numbers_do(write, columns):
    numbers = [str(row) for row in range(N)]
    folder = write(table={**columns, "id": numbers}, ids=np.arange(N))
    embed(folder, ROWS[::-1], ids=[f"{row:04d}" for row in range(N)][::-1])
    np.testing.assert_array_equal(data.load(folder).embedding, ROWS)


def test_any_type_and_width_of_numbers_becomes_float32(write):
    for rows in (np.arange(N)[:, None], ROWS.astype(np.float64), ROWS.astype(np.float16)):
        embedding = data.load(embed(write(), rows)).embedding
        assert embedding.dtype == np.float32 and embedding.shape == rows.shape


def without_maps(folder: Path) -> Path:
    (folder / files.SPECTROGRAMS).unlink()
    return folder


def test_a_collection_may_have_embeddings_in_place_of_maps(write):
    songs = data.load(embed(without_maps(write())))
    assert songs.audio is None and songs.lyrics is not None
    np.testing.assert_array_equal(songs.embedding, ROWS)


def test_embeddings_alone_may_bring_the_ids_of_the_songs(write):
    folder = embed(without_maps(write()), ROWS[::-1], ids=IDS[::-1].tolist())
    for name in (files.IDS, files.LYRICS):
        (folder / name).unlink()
    songs = data.load(folder)
    assert list(songs.ids) == list(IDS[::-1])
    np.testing.assert_array_equal(songs.embedding, ROWS[::-1])


def test_selected_songs_keep_their_embeddings(write):
    songs = data.load(embed(write()))
    np.testing.assert_array_equal(songs.select(np.array([3, 1])).embedding, ROWS[[3, 1]])
    np.testing.assert_array_equal(songs.part("test").embedding, ROWS[songs.split == "test"])
    assert songs.without_inputs().embedding is None


def test_a_fingerprint_has_the_embeddings_and_what_is_said_of_them(write):
    folder = embed(write(), model="openl3")
    before = data.fingerprint(folder)
    assert {files.EMBEDDINGS, files.EMBEDDING_NOTES} < {*before}
    embed(folder, ROWS + 1)
    after = data.fingerprint(folder)
    assert [name for name in before if before[name] != after[name]] == [files.EMBEDDINGS]


def test_check_says_what_they_are(write):
    facts = check(embed(write(), model="openl3", pooling="mean")).facts
    assert any(fact.startswith("embeddings: 7 wide, of openl3, values from") for fact in facts)


def test_check_looks_at_embeddings_where_there_are_no_maps(write):
    rows = ROWS.copy()
    rows[9], rows[:, 2] = rows[4], 1.0
    found = check(embed(without_maps(write()), rows))
    assert not found.problems
    assert any(fact.startswith("audio: none") for fact in found.facts)
    assert any("1 pairs of songs are the same recording" in said for said in found.warnings)
    assert any("1 features never change" in said for said in found.warnings)


def test_check_lists_every_row_that_cannot_be_used(write):
    rows = ROWS.copy()
    rows[3], rows[8, 0] = np.nan, np.inf
    problems = check(embed(write(), rows)).problems
    assert ["'song-3'" in problems[0], "'song-8'" in problems[1], len(problems)] == [1, 1, 2]


def test_check_says_once_that_an_id_is_there_twice(write):
    ids = [*IDS[:-1].tolist(), "song-0"]
    problems = check(embed(write(), ids=ids)).problems
    assert len(problems) == 1 and "the id 'song-0' twice, in rows 0 and 59" in problems[0]


@pytest.mark.parametrize("name", files.OF_EMBEDDINGS)
def test_a_link_that_leads_nowhere_is_refused(write, name):
    folder = embed(write())
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to("gone")
    with pytest.raises(data.DataError, match=f"{name} is a link that leads nowhere"):
        data.load(folder)

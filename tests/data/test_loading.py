"""What `data.load` promises about a sound collection."""

import numpy as np
import pytest

import data
from data import files
from data.loading import why_no_label


def test_rows_are_joined_by_id_and_not_by_position(write, columns):
    shuffled = np.random.default_rng(1).permutation(len(columns["id"]))
    folder = write({name: [values[row] for row in shuffled] for name, values in columns.items()})
    songs = data.load(folder)
    assert songs.ids.tolist() == columns["id"]
    assert songs.labels["genre"].tolist() == columns["genre"]
    np.testing.assert_array_equal(songs.audio, np.load(folder / files.SPECTROGRAMS))


def test_metadata_may_list_songs_without_audio(write, columns):
    kept = np.arange(59, 9, -1)
    folder = write(
        ids=np.array(columns["id"])[kept],
        audio=np.arange(50 * 8).reshape(50, 8),
        lyrics=np.ones((50, 2)),
    )
    songs = data.load(folder)
    assert len(songs) == 50
    assert songs.labels["artist"].tolist() == [columns["artist"][row] for row in kept]


@pytest.mark.parametrize("spelling", ["{}", "{:03}", "{}.0", " {} "])
@pytest.mark.parametrize("dtype", [np.int64, np.uint16, np.float64, np.str_])
def test_whole_numbers_are_the_same_id_however_they_are_written(write, columns, spelling, dtype):
    numbers = np.arange(60)[::-1]
    columns["id"] = [spelling.format(number) for number in numbers]
    songs = data.load(write(columns, ids=np.arange(60).astype(dtype)))
    assert songs.ids.tolist() == [str(row) for row in range(60)]
    assert songs.labels["artist"].tolist() == [f"artist {(59 - row) % 20}" for row in range(60)]


def test_ids_with_leading_zeros_stay_apart_where_they_are_written_alike(write, columns):
    columns["id"] = ["7", "007"] + columns["id"][2:]
    songs = data.load(write(columns, ids=np.array(columns["id"][::-1])))
    assert songs.labels["artist"].tolist() == columns["artist"][::-1]


def test_every_further_column_with_repeating_values_is_a_label(write, columns):
    columns["year"] = ["2001", "2002", ""] * 20
    columns["checksum"] = [str(row) for row in range(60)]
    columns["source"] = ["studio"] * 60
    columns[""] = [str(row) for row in range(60)]  # an index written by pandas
    songs = data.load(write(columns))
    assert list(songs.labels) == ["genre", "language", "artist", "year"]
    assert songs.labels["year"].tolist() == columns["year"]


@pytest.mark.parametrize("name", ["split", "run", "gain", "tempo_low", "floor_2", "a\u200bb"])
def test_a_column_is_no_label_if_its_name_is_taken(write, columns, name):
    columns[name] = columns["genre"]
    folder = write(columns)
    assert name not in data.load(folder).labels
    with pytest.raises(data.DataError, match="cannot be the label, for its name .*; rename it"):
        data.load(folder, label=name)


def test_a_column_is_no_label_if_it_is_constant_or_nearly_unique():
    assert why_no_label("mood", ["a", "a", ""]) == "it has a single value"
    assert why_no_label("mood", ["", ""]) == "it has no values"
    assert why_no_label("mood", ["a", "b", "c", "c"]) == "it has 3 different values for 4 songs"
    assert why_no_label("mood", ["a", "b", "a", "b"]) == ""


def test_songs_without_lyrics_are_masked_by_blank_text_or_a_row_of_zeros(write):
    embeddings = np.ones((60, 3))
    embeddings[5] = 0
    songs = data.load(write(lyrics=embeddings))
    assert np.flatnonzero(~songs.has_lyrics).tolist() == [0, 5, 10, 20, 30, 40, 50]
    assert not songs.lyrics[~songs.has_lyrics].any()
    assert songs.lyrics[songs.has_lyrics].all()


def test_embeddings_without_texts_count_as_lyrics(write, columns):
    columns["lyrics"] = [""] * 60
    assert data.load(write(columns)).has_lyrics.all()


def test_lyrics_may_be_absent(write):
    folder = write()
    (folder / files.LYRICS).unlink()
    songs = data.load(folder)
    assert songs.lyrics is None
    assert not songs.has_lyrics.any()


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int16, ">f4"])
def test_audio_becomes_contiguous_float32(write, dtype):
    stored = np.asfortranarray(np.arange(60 * 6).reshape(60, 2, 3).astype(dtype))
    songs = data.load(write(audio=stored))
    assert songs.audio.dtype == np.float32
    assert songs.audio.flags.c_contiguous
    np.testing.assert_array_equal(songs.audio, stored.astype(np.float32))


def test_large_values_are_not_taken_for_infinite(write):
    songs = data.load(write(audio=np.full((60, 4), -9e11, np.float32)))
    assert np.isfinite(songs.audio).all()


def test_groups_are_artists_else_albums_else_none(write, columns):
    columns["album"] = [f"album {row % 15}" for row in range(60)]
    folder = write(columns)
    assert data.load(folder).groups.tolist() == columns["artist"]
    assert data.load(folder, group="album").groups.tolist() == columns["album"]
    assert data.load(folder, group="none").groups is None
    del columns["artist"]
    assert data.load(write(columns)).groups.tolist() == columns["album"]
    del columns["album"]
    songs = data.load(write(columns))
    assert songs.groups is None
    assert songs.split_rule == "60/20/20 by song, stratified by genre."


def test_a_song_of_unknown_artist_is_a_group_of_its_own(write, columns):
    columns["artist"][3] = columns["artist"][4] = " "
    groups = data.load(write(columns)).groups
    assert len(set(groups[[3, 4]])) == 2
    assert "" not in groups


def test_songs_without_genres_can_be_loaded(write, columns):
    del columns["genre"]
    songs = data.load(write(columns))
    assert "genre" not in songs.labels
    assert songs.split_rule == "60/20/20 by artist (20 groups)."


def test_a_byte_order_mark_and_capital_column_names_do_no_harm(write):
    folder = write()
    text = (folder / files.METADATA).read_text("utf-8").replace("genre", " Genre", 1)
    (folder / files.METADATA).write_text(text, "utf-8-sig")
    assert "genre" in data.load(folder).labels


def test_a_fingerprint_changes_with_its_file_alone(write):
    folder = write()
    before = data.fingerprint(folder)
    assert list(before) == [files.METADATA, files.SPECTROGRAMS, files.IDS, files.LYRICS]
    np.save(folder / files.LYRICS, np.ones((60, 2)))
    after = data.fingerprint(folder)
    assert [name for name in before if before[name] != after[name]] == [files.LYRICS]


def test_parts_and_selections_keep_rows_together(write, columns):
    songs = data.load(write())
    train = songs.part("train")
    assert set(train.split) == {"train"}
    chosen = songs.select(np.array([5, 2]))
    assert chosen.ids.tolist() == ["song-5", "song-2"]
    assert chosen.labels["artist"].tolist() == ["artist 5", "artist 2"]
    np.testing.assert_array_equal(chosen.audio, songs.audio[[5, 2]])
    assert sum(len(songs.part(name)) for name in ("train", "validation", "test")) == len(songs)
    with pytest.raises(ValueError, match="no part 'dev'"):
        songs.part("dev")
    with pytest.raises(ValueError, match="audio has 2 rows for 60 ids"):
        songs.replace(audio=songs.audio[:2])


def test_titles_are_kept_for_people_and_are_no_label(write):
    songs = data.load(write())
    assert songs.titles is not None
    assert songs.titles[:2].tolist() == ["Title, 0", "Title, 1"]
    assert "title" not in songs.labels
    assert songs.part("test").titles.tolist() == songs.titles[songs.split == "test"].tolist()

"""Files of known songs: what is read, and what is refused in one sentence."""

from pathlib import Path

import pytest

from data import DataError
from data.answers import read_known
from data.known_songs import KnownSongs

IDS = [f"song-{number}" for number in range(10)]


def read(folder: Path, *texts: str, encoding: str = "utf-8") -> KnownSongs:
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"known-{number}.csv")
        files[-1].write_text(text, encoding=encoding)
    return read_known(files, IDS)


def test_labels_and_pairs_are_read_from_one_file_or_two(tmp_path: Path) -> None:
    labels = "id,label\nsong-0,jazz\nsong-1,jazz\nsong-2,rock\n"
    pairs = "id_a,id_b,same\nsong-3,song-4,yes\nsong-3,song-0,no\n"
    known = read(tmp_path, labels, pairs)
    assert known.labels == {"song-0": "jazz", "song-1": "jazz", "song-2": "rock"}
    assert known.pairs == {("song-3", "song-4"): True, ("song-3", "song-0"): False}
    assert str(known) == "3 known songs and 2 known pairs"
    both = (
        "id,label,id_a,id_b,same\n"
        "song-0,jazz,song-3,song-4,yes\nsong-1,jazz,song-3,song-0,no\nsong-2,rock,,,\n"
    )
    assert read(tmp_path, both) == known
    assert KnownSongs.from_json(known.as_json()) == known


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1252", ",")]
)
def test_a_spreadsheet_s_export_is_read(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = ["ID,Label,title", "song-0,Café,Été", "song-1,Café,", "song-2,Noël,", ",,"]
    text = "\r\n".join(row.replace(",", separator) for row in rows)
    known = read(tmp_path, text, encoding=encoding)
    assert known.labels == {"song-0": "Café", "song-1": "Café", "song-2": "Noël"}


def test_an_id_is_known_behind_the_apostrophe_that_query_gave_it(tmp_path: Path) -> None:
    file = tmp_path / "known.csv"
    file.write_text("id,label\n'=sum,a\n'quoted,a\nplain,b\n")
    known = read_known([file], ["=sum", "'quoted", "plain"])
    assert known.labels == {"=sum": "a", "'quoted": "a", "plain": "b"}


def test_what_is_not_answered_is_left_out(tmp_path: Path) -> None:
    known = read(tmp_path, "id,label,title\nsong-0,a,x\nsong-1,,y\nsong-2,a,z\nsong-3,b,w\n")
    assert [*known.labels] == ["song-0", "song-2", "song-3"]


@pytest.mark.parametrize("word", ["yes", "Y", "TRUE", "1", "same"])
def test_words_for_yes(tmp_path: Path, word: str) -> None:
    known = read(tmp_path, f"id_a,id_b,same\nsong-0,song-1,{word}\nsong-0,song-2,no\n")
    assert known.pairs["song-0", "song-1"] is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,label\nsong-0,a\nnobody,b\n", "row 3: there is no song 'nobody'"),
        ("id,label\nsong-0,a\nsong-0,b\n", "row 3 says that 'song-0' is 'b'"),
        ("id_a,id_b,same\nsong-0,song-1,maybe\n", "'maybe' for same; write yes or no"),
        ("id_a,id_b,same\nsong-0,song-0,yes\n", "compares 'song-0' with itself"),
        (
            "id_a,id_b,same\nsong-0,song-1,yes\nsong-1,song-0,no\n",
            "row 3 says that 'song-1' and 'song-0' are different",
        ),
        (
            "id_a,id_b,same\nsong-0,song-1,yes\nsong-1,song-2,yes\nsong-0,song-2,no\n",
            "('song-0' = 'song-1' = 'song-2'); mend one",
        ),
        (
            "id,label,id_a,id_b,same\nsong-0,x,song-0,song-1,yes\nsong-1,y,,,\n",
            "'song-0' and 'song-1' have different labels",
        ),
        (
            "id,label,id_a,id_b,same\nsong-0,x,song-0,song-1,no\nsong-1,x,,,\n",
            "'song-0' and 'song-1' are said to be different",
        ),
        ("id,label\nsong-0,a\nsong-1,a\n", "all known songs are the same"),
        ("id,label\nsong-0,a\nsong-1,b\n", "no two known songs are the same"),
        ("id,label\nsong-0,\n", "no row is answered"),
        ("id,genre\nsong-0,a\n", "has the columns id, genre; give id and label"),
        ("id,label\nsong-0,a,b\n", "row 2 has 3 fields and the header has 2"),
        ("id,label,label\nsong-0,a,b\n", "two columns named label"),
        ("id,label\n,a\n", "no id of a song"),
        ("", "give id and label"),
    ],
)
def test_wrong_answers_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="known songs"):
        read_known([tmp_path / "none.csv"], IDS)


def test_a_label_of_one_song_is_remarked(tmp_path: Path) -> None:
    file = tmp_path / "known.csv"
    file.write_text("id,label\nsong-0,a\nsong-1,a\nsong-2,b\n")
    said: list[str] = []
    read_known([file], IDS, said.append)
    (sentence,) = said
    assert sentence.startswith("Of 'b' one song alone is known")

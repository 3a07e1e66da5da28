"""Songs without a CSV say by their tags what they are, whatever stands in them."""

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import data
from data.__main__ import main
from data.check import check
from data.files import METADATA, read_metadata
from data.log_mel import LogMel
from data.prepare import prepare
from data.tags import LONGEST_TAG, read_tags

SMALL = LogMel(sample_rate=8000, n_fft=256, hop=128, mels=8, frames=10)
ENCODERS = pytest.mark.skipif(
    not (shutil.which("lame") and shutil.which("ffmpeg")), reason="needs lame and ffmpeg"
)
KEYS = ("title", "artist", "album", "genre", "year")
VALUES = ("নৌকা – Boat", "Les Été's", "Ça ira", "Folk", "1999")  # noqa: RUF001
EXPECTED = dict(zip(KEYS, VALUES, strict=True))


def _wav(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = 0.1 * np.random.default_rng(seed).normal(size=4000)
    soundfile.write(path, sound, 8000)
    return path


def _ffmpeg(wav: Path, out: Path, tags: dict[str, str], *options: str) -> Path:
    out.parent.mkdir(parents=True, exist_ok=True)
    named = [f"{'date' if key == 'year' else key}={value}" for key, value in tags.items()]
    metadata = [word for tag in named for word in ("-metadata", tag)]
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", wav, *metadata, *options, out]
    subprocess.run(command, check=True)
    return out


def _frame(name: str, content: bytes, version: int = 3) -> bytes:
    size = len(content)
    if version == 4:
        size = sum((size >> 7 * place & 127) << 8 * place for place in range(4))
    return name.encode() + struct.pack(">IH", size, 0) + content


def _id3(path: Path, *frames: bytes, version: int = 3) -> Path:
    """An MP3 frame behind the tag of these frames."""
    content = b"".join(frames)
    size = bytes(len(content) >> 7 * place & 127 for place in (3, 2, 1, 0))
    path.write_bytes(b"ID3" + bytes([version, 0, 0]) + size + content + b"\xff\xfb\x90\x64" * 200)
    return path


@ENCODERS
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp3", ["-id3v2_version", "3"]),
        ("a.mp3", ["-id3v2_version", "4"]),
        ("a.flac", []),
        ("a.ogg", ["-c:a", "libvorbis", "-ar", "44100"]),
        ("a.opus", []),
        ("a.m4a", []),
        ("a.wav", []),
        ("a.aiff", ["-write_id3v2", "1"]),
    ],
    ids=str,
)
def test_tags_that_encoders_write_are_read(tmp_path, name, options):
    path = _ffmpeg(_wav(tmp_path / "plain.wav"), tmp_path / "out" / name, EXPECTED, *options)
    assert {key: read_tags(path).get(key) for key in KEYS} == EXPECTED


@ENCODERS
def test_content_decides_which_tags_a_file_has_not_its_name(tmp_path):
    path = _ffmpeg(_wav(tmp_path / "plain.wav"), tmp_path / "a.flac", EXPECTED)
    assert read_tags(path.rename(tmp_path / "a.mp3"))["artist"] == EXPECTED["artist"]


@pytest.mark.parametrize(
    ("content", "genre"),
    [
        (b"\0(17)", "Rock"),
        (b"\0(17)Rock", "Rock"),
        (b"\017".replace(b"\017", b"\0") + b"17", "Rock"),
        (b"\0(255)", None),
        (b"\x00999", None),
        (b"\0Hip-Hop", "Hip-Hop"),
        (b"\x03Folk\0Rock\0Jazz", "Folk"),
        (b"\0\0\0", None),
        (b"\0NULL", None),
        (b"\0  ", None),
    ],
)
def test_a_genre_is_a_word(tmp_path, content, genre):
    assert read_tags(_id3(tmp_path / "a.mp3", _frame("TCON", content))).get("genre") == genre


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b"\0Caf\xe9", "Café"),
        (b"\0Don\x92t \x96 stop", "Don’t – stop"),  # noqa: RUF001
        (b"\0" + "নৌকা".encode(), "নৌকা"),
        (b"\x03" + "নৌকা".encode(), "নৌকা"),
        (b"\x01" + "নৌকা".encode("utf-16"), "নৌকা"),
        (b"\x02" + "নৌকা".encode("utf-16-be"), "নৌকা"),
        (b"\x03Cafe\xcc\x81", "Café"),
        (b"\x03\x1b]0;owned\x07\x1b[31mred\r\nline", "]0;owned [31mred line"),
        (b"\x01\xff\xfe\x3d\xd8", "\ufffd"),
        (b"\x07strange", "strange"),
        (b"\x03" + b"x" * 5000, "x" * LONGEST_TAG),
    ],
)
def test_any_spelling_of_a_title_becomes_one_line_of_text(tmp_path, content, title):
    found = read_tags(_id3(tmp_path / "a.mp3", _frame("TIT2", content)))["title"]
    assert found == title and found.encode("utf-8").isascii() == title.isascii()


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        ("1999", "1999"),
        ("2004-05-06T07:08", "2004"),
        ("0000", None),
        ("5.6.1987", "1987"),
        ("", None),
    ],
)
def test_a_year_has_four_digits(tmp_path, year, expected):
    path = _id3(tmp_path / "a.mp3", _frame("TDRC", b"\0" + year.encode(), 4), version=4)
    assert read_tags(path).get("year") == expected


@pytest.mark.parametrize(
    ("frame", "lyrics"),
    [
        (_frame("USLT", b"\x03engwords\0la la\r\nla"), "la la\nla"),
        (_frame("USLT", b"\x01eng\xff\xfe\0\0" + "গান গাই".encode("utf-16")), "গান গাই"),
        (_frame("TXXX", b"\0LYRICS\0la la"), "la la"),
        (_frame("USLT", b"\0eng\0[00:12.00]la la\n[00:15.50]la"), "la la\nla"),
        (_frame("USLT", b"\0eng\0" + b"x" * 300_000), "x" * 200_000),
        (_frame("USLT", b"\0eng\0 \n "), None),
    ],
)
def test_embedded_words_are_lyrics(tmp_path, frame, lyrics):
    assert read_tags(_id3(tmp_path / "a.mp3", frame)).get("lyrics") == lyrics


def test_a_file_without_tags_or_that_is_none_has_none(tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"no sound")
    (tmp_path / "b.mp3").write_bytes(b"")
    (tmp_path / "c.mp3").mkdir()
    assert not any(read_tags(tmp_path / f"{name}.mp3") for name in "abcd")
    assert not read_tags(_wav(tmp_path / "e.wav"))


def test_a_tag_of_hundreds_of_thousands_of_values_is_read_no_further(tmp_path):
    values = b"\0".join(f"{number:06x}".encode() for number in range(300_000))
    tags = read_tags(_id3(tmp_path / "a.mp3", _frame("TPE1", b"\x03" + values)))
    assert tags["artist"] == "000000"


@settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(start=st.integers(0, 400), length=st.integers(0, 30), new=st.binary(max_size=12))
@pytest.mark.parametrize("kind", ["FLAC", "OGG", "WAV", "ID3"])
def test_whatever_is_in_a_file_its_tags_are_read_or_left(tmp_path, kind, start, length, new):
    path = tmp_path / "a"
    if kind == "ID3":
        _id3(path, _frame("TIT2", b"\x03Title"), _frame("USLT", b"\x01eng\xff\xfea\0\0\0b\0"))
    else:
        with soundfile.SoundFile(path, "w", 8000, 1, format=kind) as file:
            file.title, file.artist = "Title", "Artist"
            file.write(np.zeros(800))
    content = path.read_bytes()
    path.write_bytes(content[:start] + new + content[start + length :])
    for value in read_tags(path).values():
        assert value and value == value.encode("utf-8").decode() and "\0" not in value


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Twenty artists of two songs each in folders of their own, with tags, as FLAC files."""
    for number in range(40):
        folder = tmp_path / "audio" / f"Artist {number % 20}" / "Album"
        folder.mkdir(parents=True, exist_ok=True)
        sound = 0.1 * np.random.default_rng(number).normal(size=4000)
        with soundfile.SoundFile(folder / f"{number}.flac", "w", 8000, 1) as file:
            file.title, file.artist = f"Song {number}", f"Artist {number % 20}"
            file.album, file.genre, file.date = "Album", ("Folk", "Rock")[number % 2], "1999-01-01"
            file.write(sound)
    return tmp_path / "audio"


def _prepare(audio: Path, out: Path, **options: object):
    return prepare(audio, out, **{"log_mel": SMALL, "workers": 1, **options})


def test_a_library_without_a_csv_gets_titles_and_a_split_by_artist(library, tmp_path):
    for path in library.rglob("*.flac"):  # all in one folder
        path.rename(library / path.name)
    said = "\n".join(_prepare(library, tmp_path / "out").lines("out"))
    assert "genre is the genre tag of each song, 2 in all: Folk, Rock; no two folders" in said
    table = read_metadata(tmp_path / "out" / METADATA)
    assert list(table) == [
        "id",
        "title",
        "audio_path",
        "artist",
        "album",
        "year",
        "genre",
        "lyrics",
    ]
    row = table["id"].index("7.flac")
    assert [table[name][row] for name in KEYS] == ["Song 7", "Artist 7", "Album", "Rock", "1999"]
    facts = "\n".join(check(tmp_path / "out").facts)
    assert "rule: 60/20/20 by artist (20 groups), stratified by genre." in facts
    assert "genre is the genre tag of each song" in facts


def test_folders_are_genres_where_two_hold_two_songs_and_it_is_said_how_to_change_it(
    library, tmp_path
):
    out = tmp_path / "out"
    said = "\n".join(_prepare(library, out).lines("out"))
    assert "genre is the first folder of each song, 20 in all: Artist 0, " in said
    assert "; most are called as the artist of the song; --labels tags takes their genre" in said
    table = read_metadata(out / METADATA)
    assert set(table["genre_tag"]) == {"Folk", "Rock"} and "Artist 3" in table["genre"]
    prepared = _prepare(library, out, labels="tags")
    assert prepared.added == 0 and prepared.labels.endswith("--labels tags asked for that")
    table = read_metadata(out / METADATA)
    assert set(table["genre"]) == {"Folk", "Rock"} and "genre_tag" not in table
    assert any("--labels tags asked for that" in fact for fact in check(out).facts)


def test_songs_without_tags_keep_their_names_and_unknown_artists(library, tmp_path):
    _wav(library / "plain.wav")
    _prepare(library, tmp_path / "out")
    table = read_metadata(tmp_path / "out" / METADATA)
    row = table["id"].index("plain.wav")
    assert (table["title"][row], table["artist"][row], table["genre"][row]) == ("plain", "", "")


def test_a_text_beside_a_song_goes_before_its_embedded_lyrics(tmp_path):
    for name in ("one", "two", "three"):
        _wav(tmp_path / "audio" / f"{name}.wav")
        path = tmp_path / "audio" / f"{name}.wav"
        tag = _frame("USLT", b"\x03eng\0sung by " + name.encode())
        size = bytes([0, 0, 0, len(tag)])
        chunk = b"ID3\x03\0\0" + size + tag
        chunk += b"\0" * (len(chunk) % 2)
        content = path.read_bytes() + b"id3 " + struct.pack("<I", len(chunk)) + chunk
        path.write_bytes(content[:4] + struct.pack("<I", len(content) - 8) + content[8:])
    (tmp_path / "audio" / "two.txt").write_text("written")
    (tmp_path / "audio" / "three.txt").write_text("")
    _prepare(tmp_path / "audio", tmp_path / "out")
    table = read_metadata(tmp_path / "out" / METADATA)
    words = dict(zip(table["id"], table["lyrics"], strict=True))
    assert words == {"one.wav": "sung by one", "two.wav": "written", "three.wav": ""}


def test_tags_are_read_once_and_again_for_a_file_that_has_changed(library, tmp_path, monkeypatch):
    _prepare(library, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    read: list[str] = []
    monkeypatch.setattr("data.prepare.read_tags", lambda path: read.append(path.name) or {})
    monkeypatch.setattr("data.hearing.read_tags", lambda path: read.append(path.name) or {})
    _prepare(library, tmp_path / "out")
    assert not read
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    _wav(library / "Artist 3" / "Album" / "3.flac")
    _prepare(library, tmp_path / "out")
    assert read == ["3.flac"]


def test_labels_and_a_csv_are_not_asked_for_together(library, tmp_path, capsys):
    with pytest.raises(data.DataError, match="labels is tags, and with metadata the labels are"):
        _prepare(library, tmp_path / "out", metadata=tmp_path / "a.csv", labels="tags")
    with pytest.raises(data.DataError, match="labels is 'moods'; give one of auto, folders, tags"):
        _prepare(library, tmp_path / "out", labels="moods")
    with pytest.raises(SystemExit) as caught:
        where = ["--audio", str(library), "--out", str(tmp_path / "out")]
        main(["prepare", *where, "--labels", "tags", "--metadata", "a.csv"])
    assert caught.value.code == 2
    assert "--labels tags goes without --metadata, whose columns are" in capsys.readouterr().err


@ENCODERS
def test_large_pictures_are_not_read(tmp_path):
    wav, cover = _wav(tmp_path / "a.wav"), tmp_path / "cover.jpg"
    noise = "nullsrc=s=900x900,geq=random(1)*255:128:128"
    made = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", noise, "-frames:v", "1", "-q:v", "1"]
    subprocess.run([*made, cover], check=True)
    assert cover.stat().st_size > 500_000
    command = ["lame", "--quiet", "--id3v2-utf16", "--tt", VALUES[0], "--ti", cover, wav]
    subprocess.run([*command, tmp_path / "a.mp3"], check=True)
    assert (tmp_path / "a.mp3").stat().st_size > 500_000
    assert read_tags(tmp_path / "a.mp3")["title"] == VALUES[0]

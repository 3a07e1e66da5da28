"""A CSV as spreadsheets and people write it is read to the letter, or refused in a sentence."""

from pathlib import Path

import pandas as pd
import pytest

import data
from data.files import METADATA, read_metadata

TABLE = pd.DataFrame(
    {
        "id": ["007", "08", "1e3"],
        "audio_path": ["a.wav", "b, c.wav", "d;e.wav"],
        "title": ["Café, crème", "naïve\nand \"quoted\"", "Don’t – “stop”"],  # noqa: RUF001
        "genre": ["folk", "", "jazz"],
    }
)  # fmt: skip
BANGLA = TABLE.assign(title=["গান", "ভাটিয়ালি", "রবীন্দ্র সঙ্গীত"])
NEEDED = ("id", "audio_path")


def _read(path: Path) -> tuple[pd.DataFrame, list[str]]:
    remarks: list[str] = []
    table = read_metadata(path, remark=remarks.append, needed=NEEDED)
    return pd.DataFrame(table), remarks


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("table", [TABLE, BANGLA], ids=["latin", "bangla"])
def test_any_form_of_unicode_is_read_to_the_letter(tmp_path, table, encoding, ending, separator):
    table.to_csv(
        tmp_path / "a.csv", index=False, sep=separator, encoding=encoding, lineterminator=ending
    )
    found, remarks = _read(tmp_path / "a.csv")
    pd.testing.assert_frame_equal(found, table)
    assert not remarks


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_text_of_western_europe_is_read_and_that_is_said(tmp_path, separator):
    TABLE.to_csv(tmp_path / "a.csv", index=False, sep=separator, encoding="cp1252")
    found, remarks = _read(tmp_path / "a.csv")
    pd.testing.assert_frame_equal(found, TABLE)
    (sentence,) = remarks
    assert sentence.startswith(f"{tmp_path}/a.csv is no UTF-8 and was read as Windows-1252")


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("музыка", "cp1251"),
        ("музыка", "koi8_r"),
        ("μουσική", "cp1253"),
        ("موسيقى", "cp1256"),
        ("音楽の歌", "shift_jis"),
        ("音乐之声", "gbk"),
        ("음악가의", "euc_kr"),
        ("złota piosenka", "cp1250"),
        ("şarkı söyleyen kız", "cp1254"),
    ],
)
def test_an_encoding_that_is_not_certain_is_not_guessed(tmp_path, words, encoding):
    TABLE.assign(title=[words, "", ""]).to_csv(
        tmp_path / "a.csv", index=False, encoding=encoding, errors="replace"
    )
    try:
        found, remarks = _read(tmp_path / "a.csv")
    except data.DataError as error:
        assert "a.csv, line 2 is not UTF-8 text, and what else it is cannot be told" in str(error)
    else:  # of a Latin alphabet, and said
        assert encoding == "cp1254" and remarks


@pytest.mark.parametrize("at", range(1, 9))
def test_bangla_that_was_cut_within_a_letter_is_never_taken_for_another_encoding(tmp_path, at):
    BANGLA.to_csv(tmp_path / "a.csv", index=False)
    content = (tmp_path / "a.csv").read_bytes()
    place = content.index("ভ".encode()) + at
    (tmp_path / "a.csv").write_bytes(content[:place] + content[place + 1 :])
    with pytest.raises(data.DataError, match="line 3 is not UTF-8 text"):
        _read(tmp_path / "a.csv")


def test_the_line_by_which_excel_is_told_the_separator_is_obeyed(tmp_path):
    for line, separator in (("sep=;", ";"), ('"sep=,"', ","), ("SEP=\t", "\t"), ("sep=|", "|")):
        text = TABLE.to_csv(index=False, sep=separator)
        (tmp_path / "a.csv").write_text(f"{line}\n{text}", "utf-8")
        pd.testing.assert_frame_equal(_read(tmp_path / "a.csv")[0], TABLE)


def test_commas_within_cells_do_not_make_a_list_with_semicolons_one_with_commas(tmp_path):
    (tmp_path / "a.csv").write_text('"Notes, and more";id;audio_path\n"1,2";7;a.wav\n')
    table, _ = _read(tmp_path / "a.csv")
    assert table.to_dict("records") == [
        {"notes, and more": "1,2", "id": "7", "audio_path": "a.wav"}
    ]


def test_rows_that_were_emptied_and_columns_without_a_name_are_left_out(tmp_path):
    (tmp_path / "a.csv").write_text("id,audio_path,\n1,a.wav,\n,,\n\n2,b.wav,\n , ,\n")
    table, _ = _read(tmp_path / "a.csv")
    assert table.to_dict("list") == {"id": ["1", "2"], "audio_path": ["a.wav", "b.wav"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id;audio_path;ID\n1;a.wav;2\n", r"a\.csv, row 1 has 2 columns named 'id'; rename"),
        (
            'id,audio_path\n"a\nb",a.wav\n2\n',
            r"a\.csv, row 3 \(line 4\) has 1 fields and the head",
        ),
        ("sep=;\nid;audio_path\n1;2;3\n", r"a\.csv, row 2 \(line 3\) has 3 fields and the head"),
        ("number|audio_path\n1|a.wav\n", r"a\.csv has no id column, only number\|audio_path; add"),
        ('id,audio_path\n1,"a.wav\n', r"a\.csv, row 2 cannot be read \(unexpected end of data\)"),
        ("sep=;\n", r"a\.csv is empty; its first row must name the columns"),
        ("id,audio_path\n,,\n", r"a\.csv lists no songs, only a header"),
    ],
)
def test_what_is_wrong_is_said_with_its_row_and_its_line(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(data.DataError, match=message) as caught:
        _read(tmp_path / "a.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_of_two_or_four_bytes_without_its_mark_is_refused(tmp_path, encoding):
    TABLE.to_csv(tmp_path / "a.csv", index=False, encoding=encoding)
    with pytest.raises(data.DataError, match="UTF-16 or UTF-32 without a mark of it; save it"):
        _read(tmp_path / "a.csv")


def test_a_dataset_with_semicolons_in_utf_16_is_loaded_like_any_other(write):
    folder = write()
    before = data.load(folder)
    table = pd.read_csv(folder / METADATA, dtype=str, keep_default_na=False)
    table.to_csv(folder / METADATA, index=False, sep=";", encoding="utf-16")
    after = data.load(folder)
    assert after.labels.keys() == before.labels.keys()
    assert all((after.labels[name] == before.labels[name]).all() for name in before.labels)
    assert (after.split == before.split).all()

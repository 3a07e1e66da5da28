"""Ways in which the collection of `tests.data.collection` can be broken, and what is said then."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from data import files

Break = Callable[[Path], object]


def _without(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def _link(name: str, target: str) -> Break:
    def link(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(target)

    return link


def _folder(name: str) -> Break:
    def make(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return make


def _text(change: Callable[[str], str], encoding: str = "utf-8", errors: str = "strict") -> Break:
    def change_metadata(folder: Path) -> None:
        path = folder / files.METADATA
        path.write_text(change(path.read_text("utf-8")), encoding, errors)

    return change_metadata


def _array(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Break:
    def change_array(folder: Path) -> None:
        np.save(folder / name, change(np.load(folder / name)), allow_pickle=True)

    return change_array


def _with(row: int, value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(array: np.ndarray) -> np.ndarray:
        array[row].flat[-1] = value
        return array

    return change


def _cut(folder: Path) -> None:
    path = folder / files.SPECTROGRAMS
    path.write_bytes(path.read_bytes()[:-1])


def _archive(folder: Path) -> None:
    np.savez(folder / "ids.npz", np.arange(60))
    (folder / "ids.npz").replace(folder / files.IDS)


def _keep(n_songs: int) -> Break:
    def keep(folder: Path) -> None:
        for name in (files.IDS, files.SPECTROGRAMS, files.LYRICS):
            np.save(folder / name, np.load(folder / name)[:n_songs])

    return keep


def _huge(array: np.ndarray) -> np.ndarray:
    return np.where(np.arange(60)[:, None, None] == 8, 1e300, array.astype(np.float64))


def _embedded(
    change: Callable[[np.ndarray], np.ndarray] = lambda rows: rows,
    notes: str = "",
    ids: list[str] | None = None,
    lost: tuple[str, ...] = (),
) -> Break:
    """Embeddings, what is said of them, their ids, and files that are not there beside them."""

    def embed(folder: Path) -> None:
        np.save(folder / files.EMBEDDINGS, change(np.random.default_rng(1).normal(size=(60, 3))))
        if notes:
            (folder / files.EMBEDDING_NOTES).write_text(notes)
        if ids is not None:
            np.save(folder / files.EMBEDDING_IDS, np.array(ids))
        for name in lost:
            (folder / name).unlink()

    return embed


_SONGS = [f"song-{row}" for row in range(60)]

BROKEN: dict[str, tuple[Break, str]] = {
    "no metadata": (_without(files.METADATA), r"dataset\.csv is missing; it lists the songs"),
    "no spectrograms": (_without(files.SPECTROGRAMS), r"spectrograms\.npy is missing; `python"),
    "no ids": (_without(files.IDS), r"processed_ids\.npy is missing; `python -m data prepare`"),
    "empty metadata": (_text(lambda text: ""), r"dataset\.csv is empty; its first row"),
    "header alone": (_text(lambda text: text.splitlines()[0]), r"lists no songs.*; add one row"),
    "no id column": (_text(lambda text: text.replace("id", "key", 1)), r"no id column, only key"),
    "bars": (_text(lambda text: text.replace(",", "|")), r"separate columns by commas, semi"),
    "column twice": (
        _text(lambda text: text.replace("title", "genre", 1)),
        r"dataset\.csv, row 1 has 2 columns named 'genre'; rename",
    ),
    "UTF-16 without a mark": (_text(str, "utf-16-le"), r"UTF-16 or UTF-32 without a mark of it"),
    "half a letter": (
        _text(lambda text: text.replace("jazz", "\udce0", 1), errors="surrogateescape"),
        r"dataset\.csv, line 5 is not UTF-8 text, and what else it is cannot be told; save it ag",
    ),
    "Cyrillic of another encoding": (
        _text(lambda text: "id,genre\n" + "1,\u043c\u0443\u0437\u044b\u043a\u0430", "cp1251"),
        r"dataset\.csv, line 2 is not UTF-8 text",
    ),
    "open quote": (
        _text(lambda text: text + '"'),
        r"row 62 \(line \d+\) cannot be read .*double quotes",
    ),
    "too many fields": (
        _text(lambda text: text.replace("folk", "folk,pop", 1)),
        r"row 2 has 8 fields and the header has 7; put texts",
    ),
    "too few fields": (
        _text(lambda text: text.replace("artist 3,", "", 1)),
        r"row 5 \(line \d+\) has 6 fields and the header has 7",
    ),
    "song without id": (
        _text(lambda text: text.replace("song-4,", ",")),
        r"row 6 \(line \d+\) has no id",
    ),
    "id twice in metadata": (
        _text(lambda text: text.replace("song-9,", "song-4,")),
        r"the id 'song-4' twice, in row 6 \(line \d+\) and row 11 \(line \d+\); give every",
    ),
    "two spellings of one id": (
        _text(lambda text: text.replace("song-4,", "7,").replace("song-9,", "07.0,")),
        r"the ids '7' and '07\.0', which are the same number",
    ),
    "ids without metadata": (
        _text(lambda text: text.replace("song-4,", "tune-4,").replace("song-5,", "tune-5,")),
        r"no row for 2 of 60 songs with audio, the first of them 'song-4'; add the rows",
    ),
    "id twice": (
        _array(files.IDS, lambda ids: np.where(ids == "song-9", "song-4", ids)),
        r"processed_ids\.npy has the id 'song-4' twice, in rows 4 and 9",
    ),
    "ids as a column": (
        _array(files.IDS, lambda ids: ids[:, None]),
        r"processed_ids\.npy has shape \(60, 1\); one id per song",
    ),
    "ids that are fractions": (
        _array(files.IDS, lambda ids: np.arange(60) / 2),
        r"holds float64 values; ids are whole numbers or strings",
    ),
    "ids that are objects": (
        _array(files.IDS, lambda ids: ids.astype(object)),
        r"processed_ids\.npy holds Python objects, which could run code",
    ),
    "more rows than ids": (
        _array(files.IDS, lambda ids: ids[:-1]),
        r"spectrograms\.npy has 60 rows and processed_ids\.npy has 59 ids",
    ),
    "fewer lyrics than ids": (
        _array(files.LYRICS, lambda rows: rows[:-1]),
        r"lyrics_embeddings\.npy has 59 rows and processed_ids\.npy has 60 ids",
    ),
    "NaN": (
        _array(files.SPECTROGRAMS, _with(7, np.nan)),
        r"spectrograms\.npy has values that are NaN.* for song 'song-7' \(row 7, from 0\); corr",
    ),
    "infinity": (_array(files.SPECTROGRAMS, _with(59, -np.inf)), r"song 'song-59' \(row 59"),
    "NaN in lyrics": (_array(files.LYRICS, _with(3, np.nan)), r"lyrics_emb.* song 'song-3'"),
    "too large": (_array(files.SPECTROGRAMS, _huge), r"beyond 1e\+12 for song 'song-8'"),
    "four axes": (
        _array(files.SPECTROGRAMS, lambda maps: maps[..., None]),
        r"has shape \(60, 4, 6, 1\); 2-D or 3-D is needed, songs first",
    ),
    "one axis": (_array(files.SPECTROGRAMS, lambda maps: maps[:, 0, 0]), r"shape \(60,\)"),
    "lyrics with frames": (
        _array(files.LYRICS, lambda rows: rows[:, None]),
        r"lyrics_embeddings\.npy has shape \(60, 1, 5\); 2-D is needed",
    ),
    "no features": (
        _array(files.SPECTROGRAMS, lambda maps: maps[:, :0]),
        r"has shape \(60, 0, 6\), so its songs hold no values",
    ),
    "objects": (
        _array(files.SPECTROGRAMS, lambda maps: maps.astype(object)),
        r"spectrograms\.npy holds Python objects.*numpy\.save",
    ),
    "words": (
        _array(files.SPECTROGRAMS, lambda maps: maps.astype(str)),
        r"holds <U\d+ values; only real numbers",
    ),
    "complex numbers": (
        _array(files.SPECTROGRAMS, lambda maps: maps.astype(complex)),
        r"holds complex128 values; only real numbers",
    ),
    "cut short": (_cut, r"spectrograms\.npy is cut short: \d+ bytes of \d+; copy or make it"),
    "no array": (
        lambda folder: (folder / files.SPECTROGRAMS).write_text("0, 1"),
        r"spectrograms\.npy is not an \.npy file; write it with numpy\.save",
    ),
    "an archive": (_archive, r"processed_ids\.npy is not an \.npy file"),
    "a lyric of 200,001 characters": (
        _text(lambda text: text.replace("words of 7", "x" * 200_001, 1)),
        r"row 9 \(line 15\): the song 'song-7' has 200,0\d\d characters of lyrics",
    ),
    "a text of a million characters": (
        _text(lambda text: text.replace("words of 7", "x" * 1_000_001, 1)),
        r"has a text of more than 1,000,000 characters; shorten it",
    ),
    "an id that means unknown": (
        _text(lambda text: text.replace("song-9,", "N/A,")),
        r"row 11 \(line \d+\) has no id; give every song its own, which is not one of the words",
    ),
    "ids of 2,000 characters": (
        _array(files.IDS, lambda ids: ids.astype("U2000")),
        r"holds strings of 2,000 characters and an id has at most 1,000; shorten them",
    ),
    "a link that leads nowhere": (
        _link(files.SPECTROGRAMS, "gone.npy"),
        r"spectrograms\.npy is a link that leads nowhere; `python",
    ),
    "a folder for an array": (_folder(files.IDS), r"ids\.npy is a folder, not a file; `python"),
    "fewer embeddings than ids": (
        _embedded(lambda rows: rows[:-1]),
        r"audio_embeddings\.npy has 59 rows and processed_ids\.npy has 60 ids",
    ),
    "embeddings of frames": (
        _embedded(lambda rows: rows[:, None]),
        r"audio_embeddings\.npy has shape \(60, 1, 3\); one vector is needed for each .* average",
    ),
    "embeddings on one axis": (
        _embedded(lambda rows: rows[:, 0]),
        r"audio_embeddings\.npy has shape \(60,\); 2-D is needed",
    ),
    "embeddings of no values": (
        _embedded(lambda rows: rows[:, :0]),
        r"audio_embeddings\.npy has shape \(60, 0\), so its songs hold no values",
    ),
    "NaN in embeddings": (
        _embedded(_with(7, np.nan)),
        r"audio_embeddings\.npy has values that are NaN.* for song 'song-7' \(row 7",
    ),
    "embeddings of other songs": (
        _embedded(ids=[song.replace("song-4", "tune-4") for song in _SONGS]),
        r"audio_embedding_ids\.npy has no row for 11 of 60 songs with audio, the first of them "
        r"'song-4'; add the rows",
    ),
    "more ids of embeddings than rows": (
        _embedded(ids=[*_SONGS, "song-60"]),
        r"audio_embeddings\.npy has 60 rows and audio_embedding_ids\.npy has 61 ids",
    ),
    "an id of embeddings twice": (
        _embedded(notes=json.dumps({"ids": [*_SONGS, "song-4"]})),
        r"audio_embeddings\.json has the id 'song-4' twice, in rows 4 and 60",
    ),
    "ids of embeddings that are no list": (
        _embedded(notes='{"ids": "song-0"}'),
        r"audio_embeddings\.json: ids is no list of one to 1,000,000 texts or whole numbers",
    ),
    "ids of embeddings in two places": (
        _embedded(notes=json.dumps({"ids": _SONGS}), ids=_SONGS),
        r"audio_embeddings\.json has ids and audio_embedding_ids\.npy is there too; remove one",
    ),
    "notes on embeddings that are no JSON": (
        _embedded(notes="openl3"),
        r"audio_embeddings\.json is no JSON table of at most 67,108,864 bytes, such as .*; corr",
    ),
    "embeddings of nobody": (
        _embedded(lost=(files.SPECTROGRAMS, files.IDS, files.LYRICS)),
        r"audio_embeddings\.npy says of no row which song it is of; save the id of each row as "
        r"processed_ids\.npy",
    ),
    "no songs": (_keep(0), r"has 0 songs with audio; at least 20"),
    "too few songs": (_keep(19), r"has 19 songs with audio; at least 20"),
}

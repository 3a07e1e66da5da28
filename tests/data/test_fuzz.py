"""Whatever lies in its files, a collection is read, or refused in one clear sentence."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import data
from data import files
from data.check import check

SEVERAL = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Write = Callable[..., Path]

cells = st.one_of(
    st.sampled_from(["", "7", "007", "7.0", "nan", "-0", "song-1", '"', ",", "\n", "\x00", "=1"]),
    st.text(max_size=6),
)
headers = st.lists(
    st.sampled_from(["id", "ID", "genre", "split", "run", "low", "x_low", "artist", "", " ", "é"])
    | st.text(max_size=5),
    max_size=5,
)


def outcome(folder: Path) -> None:
    """Load and check; both agree on whether the songs can be used, and say why not in a line."""
    try:
        songs = data.load(folder)
    except data.DataError as error:
        said = str(error)
        assert "\n" not in said and len(said) < 1000
        assert check(folder).problems
    else:
        assert np.isfinite(songs.audio).all()
        assert not check(folder).problems


def embedded(folder: Path) -> Path:
    """The collection with embeddings, and nothing that is said of them."""
    np.save(folder / files.EMBEDDINGS, np.ones((60, 3), np.float32))
    (folder / files.EMBEDDING_NOTES).unlink(missing_ok=True)
    return folder


@SEVERAL
@given(header=headers, rows=st.lists(st.lists(cells, max_size=6), max_size=4), quote=st.booleans())
def test_any_table_is_read_or_refused(
    write: Write, header: list[str], rows: list[list[str]], quote: bool
) -> None:
    folder = write()
    path = folder / files.METADATA
    lines = path.read_text("utf-8").splitlines()
    lines[0] = ",".join([lines[0], *header])
    more = [",".join(f'"{cell}"' if quote else cell for cell in row) for row in rows]
    lines = [lines[0], *(line + "," * len(header) for line in lines[1:]), *more]
    path.write_text("\n".join(lines), "utf-8", newline="")
    outcome(folder)


@SEVERAL
@given(name=st.text(max_size=12), spread=st.integers(2, 40))
def test_a_column_of_any_name_is_a_label_or_is_left_out(
    write: Write, columns: dict[str, list[str]], name: str, spread: int
) -> None:
    values = [f"class {row % spread}" for row in range(len(columns["id"]))]
    outcome(write(table={**columns, name: values}))


@SEVERAL
@given(start=st.integers(0, 3000), length=st.integers(0, 30), new=st.binary(max_size=8))
def test_a_damaged_table_is_read_or_refused(
    write: Write, start: int, length: int, new: bytes
) -> None:
    folder = write()
    path = folder / files.METADATA
    content = path.read_bytes()
    path.write_bytes(content[:start] + new + content[start + length :])
    outcome(folder)


@SEVERAL
@given(
    name=st.sampled_from([files.IDS, files.SPECTROGRAMS, files.LYRICS, files.EMBEDDINGS]),
    start=st.integers(0, 140),
    length=st.integers(0, 20),
    new=st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b"'|O'", b"True", b"(2**70,)", b"-1", b"[" * 50, b"__import__('os')"]),
    ),
)
def test_a_damaged_array_is_read_or_refused(
    write: Write, name: str, start: int, length: int, new: bytes
) -> None:
    folder = embedded(write())
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[:start] + new + content[start + length :])
    outcome(folder)


shapes = st.one_of(
    st.lists(st.integers(-2, 61), max_size=4).map(tuple),
    st.sampled_from([(60, 2**62), (60, 4, 6), (2**63,), (60,), (60, True), (60, 1.5), 60, "ab"]),
)
kinds = st.one_of(
    st.sampled_from(["<f4", "|O", "<f2", "<c8", "|V8", "<U9", "|S0", "<U0", ">i8", "|b1"]),
    st.sampled_from([[("a", "<f4")], [("a", "|O")], [], {}, 3, "f4,f4", "("]),
    st.text(max_size=4),
)


@SEVERAL
@given(
    name=st.sampled_from([files.IDS, files.SPECTROGRAMS, files.LYRICS, files.EMBEDDINGS]),
    version=st.sampled_from([(1, 0), (2, 0), (3, 0), (4, 0), (0, 255)]),
    shape=shapes,
    kind=kinds,
    fortran=st.sampled_from([True, False, 0, "no"]),
    n_bytes=st.sampled_from([0, 480, 5760]),
)
def test_any_header_of_an_array_is_read_or_refused(
    write: Write,
    name: str,
    version: tuple[int, int],
    shape: object,
    kind: object,
    fortran: object,
    n_bytes: int,
) -> None:
    folder = embedded(write())
    header = repr({"descr": kind, "fortran_order": fortran, "shape": shape}).encode() + b"\n"
    width = "<H" if version == (1, 0) else "<I"
    magic = b"\x93NUMPY" + bytes(version) + struct.pack(width, len(header))
    (folder / name).write_bytes(magic + header + b"\0" * n_bytes)
    outcome(folder)


@pytest.mark.parametrize("length", [0, 1, 6, 8, 9, 10, 60])
@pytest.mark.parametrize("name", [files.IDS, files.SPECTROGRAMS, files.LYRICS])
def test_an_array_cut_within_its_header_is_refused(write: Write, name: str, length: int) -> None:
    folder = write()
    path = folder / name
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(data.DataError, match=name):
        data.load(folder)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@SEVERAL
@given(
    notes=st.one_of(
        st.binary(max_size=40),
        json_values.map(lambda value: json.dumps(value).encode()),
        json_values.map(lambda value: json.dumps({"ids": value, "model": value}).encode()),
        st.permutations([f"song-{row}" for row in range(60)]).map(
            lambda ids: json.dumps({"ids": ids}).encode()
        ),
        st.sampled_from([b"[" * 100_000, b'{"ids": [1' + b"0" * 5_000 + b"]}"]),
    )
)
def test_what_is_said_of_embeddings_is_read_or_refused(write: Write, notes: bytes) -> None:
    folder = embedded(write())
    (folder / files.EMBEDDING_NOTES).write_bytes(notes)
    outcome(folder)

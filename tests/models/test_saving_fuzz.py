"""Whatever stands in a model's two files, it assigns songs or is refused in a sentence.

HYPOTHESIS_MAX_EXAMPLES=3000 tries that many of each kind of change, in a minute or an hour.
"""

from __future__ import annotations

import copy
import io
import json
import os
import resource
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

import models
from data import Songs
from data.presentation import fit as fit_presentation
from evaluation.assignment import from_arrays, to_arrays
from evaluation.clusterers import CLUSTERERS
from evaluation.reducers import Neighbourhood, restore
from models.song_encoder import SongEncoder
from tests.memory import Growth

ROOT = str(Path(models.__file__).parents[1])
EXAMPLES = int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES", "70"))
SEVERAL = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
GIB = 2**30

# It shows what it tried, a file of megabytes too.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

SMALL = {"latent_size": 2, "width": 16, "depth": 1, "filters": 2, "stages": 1, "n_components": 3}
MADE = {
    # family: view, clusterer; UMAP's reducer stands between for one of them.
    "pca": ("standard", "kmeans"),
    "mlp_vae": ("power", "gaussian_mixture"),
    "conv_vae": ("trimmed+global", "dbscan"),
    "conditional_vae": ("clipped", "hdbscan"),
    "vade": ("pooled+standard", "own"),
}


@dataclass(frozen=True)
class Saved:
    """A model's two files as bytes, and its arrays by name."""

    description: dict[str, Any]
    content: bytes
    arrays: dict[str, np.ndarray]


def make_songs() -> Songs:
    """Forty small maps of two kinds, with lyrics of two languages."""
    random = np.random.default_rng(0)
    kind = np.arange(40) % 2
    audio = random.normal(size=(40, 8, 9)) + 3.0 * kind[:, None, None]
    return Songs(
        ids=np.arange(40).astype(str),
        audio=audio.astype(np.float32),
        lyrics=random.normal(size=(40, 3)).astype(np.float32),
        has_lyrics=np.ones(40, bool),
        labels={"language": np.array(["bn", "en"])[kind]},
        groups=None,
        split=np.repeat("train", 40),
    )


SONGS = make_songs()


@cache
def save(family: str) -> Saved:
    """A model as a search keeps its finalists."""
    view, clusterer = MADE[family]
    presentation = fit_presentation(view, SONGS)
    presented = presentation.apply(SONGS)
    declared = models.FAMILIES[family]
    known = {h.name for h in declared.hyperparameters}
    chosen = models.defaults(declared, {k: v for k, v in SMALL.items() if k in known})
    fitting = declared.fit(presented, presented, chosen, 0, models.Schedule(epochs=2))
    while True:
        try:
            next(fitting)
        except StopIteration as end:
            encoder = end.value
            break
    codes = encoder.encode(presented)
    kept = {"reducer": {}}
    if family == "pca":
        places = np.repeat(codes, 3, axis=1)[:, :5]
        kept["reducer"] = Neighbourhood(codes, places).arrays()
        codes = places
    if clusterer != "own":
        kept["clusterer"] = to_arrays(CLUSTERERS[clusterer].fit(codes, 3).rule)
    files = models.dump(encoder, presentation, kept, reducer="none", seed=0)
    with h5py.File(io.BytesIO(files[".weights.h5"])) as file:
        arrays = {name: np.asarray(file[name][()]) for name in file}
    return Saved(json.loads(files[".json"]), files[".weights.h5"], arrays)


@pytest.fixture(scope="module", autouse=True)
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No more than 4 GiB of address space can be asked for, and 2 GiB are never used."""
    folder = tmp_path_factory.mktemp("whole")
    for whole in map(save, MADE):
        assert tried(folder, json.dumps(whole.description).encode(), whole.content) is None
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    memory = Growth()
    resource.setrlimit(resource.RLIMIT_AS, (taken + 4 * GIB, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (before, hard))
    print(f"memory grew by {memory.bytes / GIB:.2f} GiB")
    assert memory.bytes < 2 * GIB


def tried(folder: Path, description: bytes, content: bytes) -> str | None:
    """Load a model and assign songs with it; what was said if it is refused."""
    (folder / "model.json").write_bytes(description)
    (folder / "model.weights.h5").write_bytes(content)
    try:
        model = models.load(folder / "model")
    except models.ModelError as error:
        return sentence(error)
    try:
        clusters = assign(model)
    except ValueError as error:
        return sentence(error)
    assert clusters.shape == (40,) and clusters.dtype == np.int32
    return None


def assign(model: models.Encoder) -> np.ndarray:
    """Clusters of songs by what was saved, as `search assign` finds them."""
    if not isinstance(model, SongEncoder):
        model.encode(SONGS)
        return np.zeros(40, np.int32)
    if isinstance(model.encoder, models.Assigns):
        return model.encoder.assign(model.presentation.apply(SONGS))
    codes = restore(model.kept.get("reducer", {})).transform(model.encode(SONGS))
    return from_arrays(model.kept.get("clusterer", {})).assign(codes)


def sentence(error: ValueError) -> str:
    """What was said, if this project said it, and on one line."""
    said, raised = str(error), traceback.extract_tb(error.__traceback__)[-1].filename
    assert raised.startswith(ROOT) and "site-packages" not in raised, traceback.format_exc()
    assert said and "\n" not in said and said.isprintable() and len(said) < 1000
    return said


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 600),
    st.sampled_from([2**30, 4096, 2**63, -(2**63), 10**20, 10**400]),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["conv", "mlp", "own", "power", "pooled", "trimmed+power", "raw", *MADE]),
    st.sampled_from(["x" * 2_000_000, "\x1b[31m", "[red]", "../..", "\0"]),
)
keys = st.sampled_from(["audio", "lyrics", "condition", "latent_size", "width", "view", "", "a"])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.integers(0, 5000), min_size=1, max_size=3),
        st.dictionaries(keys, inner, max_size=3),
    ),
    max_leaves=6,
)


def places(node: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every node of nested tables and lists."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    found = [before]
    for key, value in inner:
        way = (*before, key)
        found += places(value, way) if isinstance(value, dict | list) else [way]
    return found


def deep(value: Any, depth: int) -> str:
    return "[" * depth + json.dumps(value) + "]" * depth


@st.composite
def descriptions(draw: st.DrawFn, whole: dict[str, Any]) -> bytes:
    """A description of which nodes are replaced, gone, doubled, deepened or enlarged."""
    content: Any = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(places(content))) if isinstance(content, dict | list) else ()
        new = draw(values)
        if not way:
            content = new if draw(st.integers(0, 4)) == 0 else content
            continue
        node = content
        for key in way[:-1]:
            node = node[key]
        change = draw(st.sampled_from(["replace", "replace", "delete", "add", "swap"]))
        if change == "delete":
            del node[way[-1]]
        elif change == "add" and isinstance(node, dict):
            node[draw(keys)] = new
        elif change == "swap":
            other = draw(st.sampled_from(sorted(whole)))
            node[way[-1]] = copy.deepcopy(whole[other])
        else:
            node[way[-1]] = new
    text = json.dumps(content)
    change = draw(st.sampled_from(["as it is"] * 8 + ["deep", "doubled", "cut", "replaced"]))
    if change == "deep":
        return deep(content, draw(st.sampled_from([1, 900, 100_000]))).encode()
    if change == "doubled":
        return text.replace("{", '{"format": 1, "family": "pca", ', 1).encode()
    if change == "cut":
        return text[: draw(st.integers(0, len(text)))].encode()
    if change == "replaced":
        number = draw(st.sampled_from(["1e999", "9" * 5000, "NaN", "-Infinity", '"\\ud800"']))
        return text.replace("2", number, draw(st.integers(1, 3))).encode()
    return text.encode()


@st.composite
def changed_bytes(draw: st.DrawFn, whole: bytes) -> bytes:
    """HDF5 of which stretches are overwritten, cut out, put in or cut off."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        # What HDF5 says of the arrays stands in many places, most of them at the start.
        end = draw(st.sampled_from([64, 900, 4000, len(content)]))
        start = draw(st.integers(0, max(0, min(end, len(content)) - 1)))
        new = draw(
            st.one_of(
                st.binary(min_size=1, max_size=9),
                st.sampled_from([b"\xff" * 8, b"\0" * 8, b"\x7f" + b"\xff" * 7]),
                st.integers(0, 2**40).map(lambda n: n.to_bytes(8, "little")),
            )
        )
        change = draw(st.sampled_from(["write", "write", "write", "insert", "remove", "cut"]))
        if change == "write":
            content[start : start + len(new)] = new
        elif change == "insert":
            content[start:start] = new
        elif change == "remove":
            del content[start : start + len(new)]
        else:
            del content[start:]
    return bytes(content)


CHANGES = {
    "flat": lambda array: array.reshape(-1),
    "column": lambda array: array.reshape(-1, 1),
    "deeper": lambda array: array[None],
    "turned": lambda array: array.T,
    "half": lambda array: array[: len(array) // 2] if array.ndim else array,
    "none of it": lambda array: array[:0] if array.ndim else array[None][:0],
    "first column": lambda array: array[..., :1] if array.ndim else array[None],
    "twice": lambda array: np.concatenate([array, array]) if array.ndim else array,
    "one number": lambda array: np.array(3.0, np.float32),
    "float64": lambda array: array.astype("f8") if array.dtype.kind != "S" else array,
    "float16": lambda array: array.astype("f2") if array.dtype.kind != "S" else array,
    "other end": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "integers": lambda array: np.zeros(array.shape, np.int64),
    "booleans": lambda array: np.ones(array.shape, bool),
    "text": lambda array: np.full(array.shape, b"NearestSong"),
    "not text": lambda array: np.full(array.shape, b"\xff\xfe"),
    "complex": lambda array: np.ones(array.shape, complex),
    "records": lambda array: np.zeros(array.shape, [("a", "f4")]),
    "zeros": lambda array: np.zeros_like(array),
    "minus one": lambda array: np.full_like(array, -1) if array.dtype.kind != "S" else array,
    "not a number": lambda array: np.full(array.shape, np.nan, np.float32),
    "infinite": lambda array: np.full(array.shape, np.inf, np.float32),
    "huge": lambda array: np.full(array.shape, 3e38, np.float32),
    "huger": lambda array: np.full(array.shape, 1e300, np.float64),
    "tiny": lambda array: np.full(array.shape, 1e-40, np.float32),
    "many": lambda array: np.full(512, 500.0, np.float64),
}

STORED = ("as it is", "as it is", "chunked", "bomb", "sparse", "lazy", "link", "folder", "nothing")


@st.composite
def array_changes(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    """Some changes: what is done, to which array, and which name it gets if it is renamed."""
    changes = st.sampled_from(["drop", "rename", *CHANGES])
    places = st.integers(0, 40)
    return draw(st.lists(st.tuples(changes, places, places), min_size=1, max_size=3))


def changed_arrays(
    whole: dict[str, np.ndarray], changes: list[tuple[str, int, int]], how: str, odd: int
) -> bytes:
    """HDF5 of arrays that are gone, renamed, of another shape, kind or storage."""
    arrays = dict(whole)
    for change, place, new in changes:
        name = sorted(whole)[place % len(whole)]
        array = arrays.pop(name, np.zeros(3))
        if change == "rename":
            others = [*sorted(whole), "encoder:x", "x", "reducer:codes", ":"]
            arrays[others[new % len(others)]] = array
        elif change != "drop":
            with warnings.catch_warnings(action="ignore"):  # numbers that float16 cannot hold
                arrays[name] = np.asarray(CHANGES[change](array))
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in arrays.items():
            store(
                file, name, array, how if name == sorted(whole)[odd % len(whole)] else "as it is"
            )
    return buffer.getvalue()


def store(file: h5py.File, name: str, array: np.ndarray, how: str) -> None:
    """Put an array into a file in one of the ways `STORED`."""
    if how == "chunked" and array.size:
        file.create_dataset(name, data=np.atleast_1d(array), chunks=True)
    elif how == "bomb":
        file.create_dataset(name, (2**31,), "f4", chunks=(2**20,), compression="gzip")
    elif how == "sparse":
        file.create_dataset(name, (2**20, 2**20), "f4", chunks=(1, 2**10))
    elif how == "lazy":
        file.create_dataset(name, (2**18,), "f4")  # never written: no byte in the file
    elif how == "link":
        file[name] = h5py.ExternalLink("/etc/passwd", "/")
    elif how == "folder":
        file.create_group(name)
    elif how == "nothing":
        file[name] = h5py.Empty("f4")
    else:
        file[name] = array


def outcome(said: str | None) -> str:
    return "refused" if said else "assigned"


families = st.sampled_from(sorted(MADE))
ways = st.sampled_from(STORED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("changed")


@SEVERAL
@given(data=st.data(), family=families)
def test_any_description_assigns_songs_or_is_refused(
    folder: Path, data: st.DataObject, family: str
) -> None:
    whole = save(family)
    event(outcome(tried(folder, data.draw(descriptions(whole.description)), whole.content)))


@SEVERAL
@given(data=st.data(), family=families)
def test_any_bytes_for_weights_assign_songs_or_are_refused(
    folder: Path, data: st.DataObject, family: str
) -> None:
    whole = save(family)
    description = json.dumps(whole.description).encode()
    event(outcome(tried(folder, description, data.draw(changed_bytes(whole.content)))))


@SEVERAL
@given(changes=array_changes(), how=ways, odd=st.integers(0, 40), family=families)
def test_any_arrays_assign_songs_or_are_refused(
    folder: Path,
    changes: list[tuple[str, int, int]],
    how: str,
    odd: int,
    family: str,
) -> None:
    whole = save(family)
    description = json.dumps(whole.description).encode()
    content = changed_arrays(whole.arrays, changes, how, odd)
    event(outcome(tried(folder, description, content)))


@SEVERAL
@given(data=st.data(), family=families, other=families)
def test_description_and_arrays_that_both_changed_assign_songs_or_are_refused(
    folder: Path, data: st.DataObject, family: str, other: str
) -> None:
    description = data.draw(descriptions(save(family).description))
    content = changed_arrays(save(other).arrays, data.draw(array_changes()), "as it is", 0)
    event(outcome(tried(folder, description, content)))

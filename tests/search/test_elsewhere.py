"""A run folder from somebody else is gone on with, and nothing outside it is read or written."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import search.run
from search.__main__ import main
from search.ending import Finished
from search.origin import begun_here
from tests.searches import write_set
from tests.songs import make_songs

KEY = "ssh-ed25519 the owner's own key\n"


class Foreign:
    """A copy of a finished run in a home with a secret, and what `search resume` does with it."""

    def __init__(self, base: Path, finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = base / "runs" / "easy" / "night"
        shutil.copytree(finished, self.folder)
        self.songs = write_set(base / "songs", make_songs())
        self.ssh = base / "home" / ".ssh"
        self.ssh.mkdir(parents=True)
        self.key = self.ssh / "authorized_keys"
        self.key.write_text(KEY)
        (self.folder / "authorized_keys").write_text("a stranger's key\n")
        self.record(run="night", data={"folder": str(self.songs), "files": self._files()})
        self._capsys = capsys

    def _files(self) -> dict[str, str]:
        from data import fingerprint

        return fingerprint(self.songs)

    @property
    def info(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return found

    def record(self, **changes: object) -> None:
        (self.folder / "run.json").write_text(json.dumps({**self.info, **changes}))

    def resume(self, *arguments: str | Path) -> tuple[int, str]:
        """Exit code and all that was said, on one line for each sentence."""
        code = main(["resume", str(self.folder), *map(str, arguments)])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        assert err.count("\n") <= 1
        return code, out + err

    def untouched(self) -> bool:
        names = sorted(path.name for path in self.ssh.iterdir())
        return self.key.read_text() == KEY and names == ["authorized_keys"]


@pytest.fixture
def foreign(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Foreign]:
    made = Foreign(tmp_path, finished_run, capsys)
    yield made
    assert made.untouched()


@pytest.fixture
def begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that ends where Ray would start, with its mirror up to date."""

    @contextmanager
    def ready(*arguments: object) -> Iterator[tuple[None, None]]:
        yield None, None

    def conduct(adapted: object, songs: object, store: Any, *more: object, **how: object) -> Any:
        return Finished(store.folder, False, None, False)

    monkeypatch.setattr(search.run, "_ready", ready)
    monkeypatch.setattr(search.run, "_run_experiment", conduct)


@pytest.mark.usefixtures("begins")
@pytest.mark.parametrize("as_uri", [True, False])
def test_a_mirror_that_only_the_record_names_is_not_written(
    foreign: Foreign, as_uri: bool
) -> None:
    foreign.record(mirror=foreign.ssh.as_uri() if as_uri else str(foreign.ssh))
    code, said = foreign.resume("--data", foreign.songs)
    assert code == 0
    assert said.startswith(f"The record of the run names songs at {foreign.songs} and a mirror at")
    assert "is not used, for the run was not begun here by you" in said
    assert foreign.info["mirror"] is None


@pytest.mark.usefixtures("begins")
def test_a_mirror_is_not_written_where_the_songs_are_missing(foreign: Foreign) -> None:
    foreign.record(mirror=foreign.ssh.as_uri())
    (foreign.songs / "dataset.csv").unlink()
    empty = foreign.ssh.parent / "empty"
    for named in ([], ["--out", empty.as_uri()]):
        code, said = foreign.resume("--data", foreign.songs, *named)
        assert code == 3 and "is missing" in said
    assert not empty.exists()


@pytest.mark.usefixtures("begins")
def test_a_place_that_holds_something_else_is_no_mirror_though_it_is_named(
    foreign: Foreign,
) -> None:
    foreign.record(mirror=foreign.ssh.as_uri())
    code, said = foreign.resume("--data", foreign.songs, "--out", foreign.ssh.as_uri())
    assert code == 2 and "holds something else than a copy of this run" in said


@pytest.mark.usefixtures("begins")
def test_the_mirror_of_another_run_is_refused(foreign: Foreign, tmp_path: Path) -> None:
    other = tmp_path / "bucket" / "easy" / "night"
    other.mkdir(parents=True)
    (other / "run.json").write_text(json.dumps({**foreign.info, "created": "2020-01-01"}))
    before = (other / "run.json").read_bytes()
    code, said = foreign.resume("--data", foreign.songs, "--out", (tmp_path / "bucket").as_uri())
    assert code == 2 and "something else" in said
    assert [path.name for path in other.iterdir()] == ["run.json"]
    assert (other / "run.json").read_bytes() == before


@pytest.mark.usefixtures("begins")
def test_places_that_are_named_again_are_trusted_from_then_on(
    foreign: Foreign, tmp_path: Path
) -> None:
    bucket = (tmp_path / "bucket").as_uri()
    assert not begun_here(foreign.info, foreign.folder)
    code, _ = foreign.resume("--data", foreign.songs, "--out", bucket)
    assert code == 0
    mirror = f"{bucket}/easy/night"
    assert foreign.info["mirror"] == mirror and begun_here(foreign.info, foreign.folder)
    copied = {path.name for path in (tmp_path / "bucket" / "easy" / "night").rglob("*")}
    assert "run.json" in copied and "authorized_keys" not in copied
    code, said = foreign.resume()
    assert code == 0 and "is not used" not in said
    code, said = foreign.resume("--out", mirror)
    assert code == 0 and foreign.info["mirror"] == mirror


@pytest.mark.usefixtures("begins")
def test_a_folder_that_was_moved_is_told_its_places_again(
    foreign: Foreign, tmp_path: Path
) -> None:
    foreign.resume("--data", foreign.songs)
    assert foreign.resume()[0] == 0
    foreign.folder = foreign.folder.rename(tmp_path / "moved")
    code, said = foreign.resume()
    assert code == 3 and "--data" in said


def test_songs_that_only_the_record_names_are_not_read(foreign: Foreign) -> None:
    foreign.record(data={"folder": "file:///etc", "files": {"passwd": "0"}})
    code, said = foreign.resume()
    assert code == 3
    assert "file:///etc" in said and "--data" in said


def test_a_search_of_ones_own_goes_on_without_a_word(finished_run: Path) -> None:
    info = json.loads((finished_run / "run.json").read_text())
    assert begun_here(info, finished_run)


def link_to_key(name: str) -> Callable[[Foreign], object]:
    def make(foreign: Foreign) -> None:
        path = foreign.folder / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(foreign.key)

    return make


def half_a_line(foreign: Foreign) -> None:
    with (foreign.folder / "study.journal").open("ab") as file:
        file.write(b'{"op_code":')
    (foreign.folder / "study.torn").symlink_to(foreign.key)


LINKS: dict[str, Callable[[Foreign], object]] = {
    **{
        name: link_to_key(name)
        for name in (
            *("notes.txt", "study.journal", ".report.html.tmp", "run.json", ".lock"),
            *("trials.parquet", "parts/trials-000001.parquet", "models/notes", "comparison.csv"),
        )
    },
    "study.torn": half_a_line,
    "a pipe": lambda foreign: os.mkfifo(foreign.folder / "pipe"),
    "a folder that is a link": lambda foreign: (foreign.folder / "more").symlink_to(foreign.ssh),
}


@pytest.mark.usefixtures("begins")
@pytest.mark.parametrize("name", LINKS)
def test_a_link_or_pipe_in_a_run_folder_is_refused_and_its_target_untouched(
    foreign: Foreign, name: str
) -> None:
    LINKS[name](foreign)
    code, said = foreign.resume("--data", foreign.songs)
    assert code == 2 and str(foreign.folder) in said
    code = main(["assign", str(foreign.folder), "--data", str(foreign.songs), "--out", "x.csv"])
    assert code == 2 and not Path("x.csv").exists()


SETTINGS: dict[str, dict[str, object]] = {
    "trials": {"trials": 10**9},
    "finalist_seeds": {"finalist_seeds": 10**9},
    "no number": {"trials": float("nan")},
    "beyond all numbers": {"epochs": float("inf")},
    "a huge number": {"null_collections": 10**400},
    "a list for a number": {"seed": [1]},
    "nested ranges": {"space": {"beta": {"low": {"low": 1}, "high": [2]}}},
    "choices without end": {"space": {"latent_size": {"choices": list(range(4, 10**6))}}},
    "an endless list": {"views": ["standard"] * 10**6},
    "a list": {"label": ["genre"]},
}


@pytest.mark.usefixtures("begins")
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_beyond_reason_are_refused_before_anything_is_made_of_them(
    foreign: Foreign, name: str
) -> None:
    foreign.record(settings={**foreign.info["settings"], **SETTINGS[name]})
    code, said = foreign.resume("--data", foreign.songs)
    assert code == 2 and "run.json" in said and len(said) < 1500


@pytest.mark.usefixtures("begins")
@pytest.mark.parametrize("value", [7, ["file:///tmp"], {"a": 1}, True])
@pytest.mark.parametrize("key", ["mirror", "group", "created", "data", "settings", "versions"])
def test_a_record_of_other_types_is_refused(foreign: Foreign, key: str, value: object) -> None:
    foreign.record(**{key: value})
    code, said = foreign.resume("--data", foreign.songs)
    if (key, type(value)) in {("settings", dict), ("versions", dict)}:
        assert code in (0, 2)
    else:
        assert code == 2
    assert "run.json" in said


@pytest.mark.usefixtures("begins")
def test_versions_that_changed_are_said_and_both_are_kept(foreign: Foreign) -> None:
    before = {**foreign.info["versions"], "optuna": "1.0"}
    foreign.record(versions=before, python="2.7")
    code, said = foreign.resume("--data", foreign.songs)
    now = foreign.info["versions"]
    sentence = f"optuna 1.0, now {now['optuna']}"
    assert code == 0 and sentence in said and "python 2.7, now" in said
    assert any(sentence in kept for kept in foreign.info["said"])
    assert now["optuna"] != "1.0"
    assert foreign.info["versions_before"] == [{**before, "python": "2.7"}]
    code, said = foreign.resume()
    assert sentence not in said


@pytest.mark.usefixtures("begins")
def test_another_schema_is_refused(foreign: Foreign) -> None:
    foreign.record(schema_version="0.1")
    code, said = foreign.resume("--data", foreign.songs)
    assert code == 2 and "0.1" in said


OUT: dict[str, Callable[[Path], Path]] = {
    "a link": lambda base: linked(base / "x.csv", base / "target"),
    "a folder": lambda base: made(base / "x.csv"),
    "a pipe": lambda base: piped(base / "x.parquet"),
    "/proc": lambda base: Path("/proc/x.csv"),
    "no folder": lambda base: base / "none" / "x.csv",
}


def linked(path: Path, target: Path) -> Path:
    target.write_text(KEY)
    path.symlink_to(target)
    return path


def made(path: Path) -> Path:
    path.mkdir()
    return path


def piped(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("name", OUT)
def test_clusters_are_written_to_a_file_and_to_nothing_else(
    finished_run: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    songs = write_set(tmp_path / "few", make_songs().select(np.arange(5)))
    out = OUT[name](tmp_path)
    code = main(["assign", str(finished_run), "--data", str(songs), "--out", str(out)])
    said = capsys.readouterr().err
    assert code == 2 and str(out) in said and said.count("\n") == 1
    target = tmp_path / "target"
    assert not target.exists() or target.read_text() == KEY


ROWS: dict[str, dict[str, object]] = {
    "no trial": {"trial": None},
    "no such trial": {"trial": 10**8},
    "beyond all trials": {"trial": 2**62},
    "no clusterer": {"clusterer": "../x"},
    "below no clusters": {"n_clusters": -3},
    "a family that is none": {"family": "[/old]\x1b[31m"},
}


@pytest.mark.parametrize("name", ROWS)
def test_a_strange_comparison_assigns_no_songs(foreign: Foreign, name: str) -> None:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = foreign.folder / "comparison.parquet"
    table = pq.read_table(path)
    first = {**table.to_pylist()[0], **ROWS[name]}
    schema = table.schema
    for column in ROWS[name]:
        place = schema.get_field_index(column)
        kind = pa.array([first[column]]).type if first[column] is not None else pa.int64()
        schema = schema.set(place, pa.field(column, kind))
    pq.write_table(pa.Table.from_pylist([first], schema=schema), path)
    assert len(pd.read_parquet(path)) == 1
    out = foreign.folder.parent / "x.csv"
    code = main(["assign", str(foreign.folder), "--data", str(foreign.songs), "--out", str(out)])
    said = foreign._capsys.readouterr().err
    assert code == 2 and said.count("\n") == 1 and "\x1b" not in said, said
    assert not out.exists()


@pytest.mark.parametrize("how", ["missing", "truncated", "empty"])
def test_weights_that_are_not_whole_assign_no_songs(foreign: Foreign, how: str) -> None:
    weights = sorted((foreign.folder / "models").glob("*.h5"))
    assert weights
    for path in weights:
        if how == "missing":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[: 0 if how == "empty" else 2000])
    out = foreign.folder.parent / "x.csv"
    code = main(["assign", str(foreign.folder), "--data", str(foreign.songs), "--out", str(out)])
    said = foreign._capsys.readouterr().err
    assert code == 2 and said.count("\n") == 1 and "models" in said, said

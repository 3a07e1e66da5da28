"""Where songs come from and where a run goes, in a submitted job above all."""

import os
from pathlib import Path

import pytest

import search.locations
from data import DataError
from results.disk import StoreError
from search.backend.resources import ResourceError
from search.locations import (
    Target,
    check_of_job,
    mirror_named,
    portable_source,
    songs_folder,
)


@pytest.mark.parametrize(
    ("data", "out", "said"),
    [
        ("data/sets/mine", "s3://bucket/runs", "--data data/sets/mine is"),
        (None, None, "there is no --out"),
        ("/songs", "runs", "--out runs is"),
    ],
)
def test_a_submitted_job_refuses_what_it_would_lose(
    data: str | None, out: str | None, said: str
) -> None:
    with pytest.raises(ResourceError, match="thrown away") as refused:
        check_of_job(data, out)
    assert said in str(refused.value) and str(refused.value).count(". ") == 0


@pytest.mark.parametrize(("data", "out"), [(None, "/runs"), ("/songs", "s3://b/runs")])
def test_a_submitted_job_takes_absolute_paths_and_uris(data: str | None, out: str) -> None:
    check_of_job(data, out)


def test_songs_at_a_uri_are_fetched_and_fetched_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    remote = tmp_path / "remote"
    (remote / "audio").mkdir(parents=True)
    (remote / "dataset.csv").write_text("id\n1\n")
    (remote / "audio" / "1.wav").write_bytes(b"large")
    (remote / "backup.tar").write_bytes(b"large too")
    folder = songs_folder(remote.as_uri())
    assert [path.name for path in folder.iterdir()] == ["dataset.csv"]
    (remote / "dataset.csv").write_text("id\n1\n2\n")
    assert (songs_folder(remote.as_uri()) / "dataset.csv").read_text() == "id\n1\n2\n"
    assert songs_folder("some/folder") == Path("some/folder")


def test_a_place_is_written_down_so_that_it_can_be_found_again() -> None:
    assert portable_source("s3://bucket/songs") == "s3://bucket/songs"
    assert Path(portable_source("songs")).is_absolute()


def test_a_run_goes_to_a_folder_or_to_a_mirror(tmp_path: Path) -> None:
    assert Target.of(None) == Target()
    assert Target.of(tmp_path) == Target(root=tmp_path)
    assert Target.of(tmp_path).mirror("easy", "run") is None
    uri = (tmp_path / "remote").as_uri()
    assert Target.of(uri).mirror("easy", "run") == f"{uri}/easy/run"
    (tmp_path / "remote" / "easy" / "run").mkdir(parents=True)
    (tmp_path / "remote" / "easy" / "run" / "run.json").write_text("{}")
    with pytest.raises(StoreError, match="There is a run"):
        Target.of(uri).mirror("easy", "run")


@pytest.mark.parametrize("uri", ["nowhere://songs", "s3://me:secret@bucket/songs"])
def test_songs_that_cannot_be_fetched_are_songs_that_cannot_be_used(uri: str) -> None:
    with pytest.raises(DataError) as refused:
        songs_folder(uri)
    assert "secret" not in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_songs_that_may_not_be_read_are_songs_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "dataset.csv").write_text("id\n1\n")
    (tmp_path / "dataset.csv").chmod(0)
    with pytest.raises(DataError, match="cannot be read"):
        songs_folder(tmp_path.as_uri())


def test_a_table_of_songs_beyond_all_bounds_is_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setitem(search.locations._MOST_BYTES, "dataset.csv", 4)
    (tmp_path / "dataset.csv").write_text("id\n1\n")
    with pytest.raises(DataError, match="larger than such a file can be"):
        songs_folder(tmp_path.as_uri())
    assert not list((tmp_path / "cache").rglob("dataset.csv"))


def test_a_first_copy_that_was_broken_off_is_no_other_run(tmp_path: Path) -> None:
    info = {"task": "easy", "run": "night", "mirror": None}
    place = tmp_path / "remote" / "easy" / "night"
    (place / "parts").mkdir(parents=True)
    (place / f".run.json.{'a' * 16}.tmp").write_bytes(b"{")
    (place / "parts" / f".trials-000001.parquet.{'b' * 16}.tmp").touch()
    out = (tmp_path / "remote").as_uri()
    found = mirror_named(info, out, None, False, lambda sentence: None)
    assert found == f"{out}/easy/night"


@pytest.mark.parametrize("name", ["authorized_keys", "id_rsa.tmp", ".profile", "study.journal"])
def test_a_place_that_holds_something_else_is_refused(tmp_path: Path, name: str) -> None:
    info = {"task": "easy", "run": "night", "mirror": None}
    place = tmp_path / "remote" / "easy" / "night"
    place.mkdir(parents=True)
    (place / f".run.json.{'a' * 16}.tmp").write_bytes(b"{")
    (place / name).touch()
    with pytest.raises(StoreError, match="something else"):
        mirror_named(info, (tmp_path / "remote").as_uri(), None, False, lambda sentence: None)

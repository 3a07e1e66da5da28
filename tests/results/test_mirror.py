"""Runs that are copied to a URI while they go on, and read from there."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import results
from results import mirror as mirrors
from results.columns import ResultsError
from results.disk import StoreError
from results.layout import is_own
from results.lease import LEASE
from results.mirror import JOURNAL, Mirror, fetch_run, free, mirrored
from results.remote import Place, RemoteError, fetch
from results.store import RunStore
from tests.buckets import bucket
from tests.waiting import until

BUCKET = "music"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A bucket on an S3 server of this machine, with credentials in the environment."""
    with bucket("127.0.0.1", BUCKET):
        yield f"s3://{BUCKET}"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(params=["file", "s3"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A URI below which nothing lies yet."""
    if request.param == "file":
        return (tmp_path / "remote").as_uri()
    return f"{request.getfixturevalue('s3')}/{tmp_path.name}/runs"


def test_a_mirrored_run_is_loaded_from_its_uri(finished: Path, remote: str) -> None:
    uri = f"{remote}/easy/first"
    Mirror(finished, Place.of(uri)).update()
    for table in ("comparison", "trials", "clusterings", "assignments"):
        expected = results.load(finished, table)
        pd.testing.assert_frame_equal(results.load(uri, table), expected)
    pd.testing.assert_frame_equal(
        results.load(f"{remote}/easy", "trials", runs="all"), results.load(finished, "trials")
    )
    assert results.latents(uri, 1).tolist() == results.latents(finished, 1).tolist()


def test_a_run_of_which_only_parts_are_copied_gives_what_is_finished(
    unfinished: Path, remote: str
) -> None:
    Mirror(unfinished, Place.of(f"{remote}/easy/broken")).update()
    assert len(results.load(f"{remote}/easy/broken", "trials")) == 4


def test_parts_and_the_journal_arrive_while_the_run_goes_on(
    tmp_path: Path, remote: str, row: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors, "LOOK_SECONDS", 0.05)
    said: list[str] = []
    uri = free(remote, "easy", "mine")
    with RunStore.create(tmp_path / "runs", "easy", "mine", {"mirror": uri}) as store:
        with mirrored(store.folder, uri, said.append):
            store.append("trials", [row.trial(0)])
            until(lambda: "parts/trials-000001.parquet" in Place.of(uri).listing())
            (store.folder / JOURNAL).write_text('{"op": 0}\n')
            until(lambda: JOURNAL in Place.of(uri).listing())
            with (store.folder / JOURNAL).open("a") as journal:
                journal.write('{"op": 1}\n')
            until(lambda: Place.of(uri).listing()[JOURNAL].size == 20)
        there = set(Place.of(uri).listing())
        assert there - {LEASE} == {"run.json", JOURNAL, "parts/trials-000001.parquet"}
    assert said == []
    record = json.loads((tmp_path / "runs" / "easy" / "mine" / "run.json").read_text())
    assert record["mirror"] == uri


def test_the_copied_journal_never_tells_of_a_trial_whose_rows_are_not_copied(
    unfinished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trial that ends while files are copied is written to a part, then to the journal."""
    journal = unfinished / JOURNAL
    journal.write_text("before\n")
    place = Place.of((tmp_path / "remote").as_uri())
    write = Place.write

    def meanwhile(self: Place, name: str, source: Path, size: int) -> None:
        (unfinished / "parts" / "trials-999999.parquet").write_bytes(b"late")
        journal.write_text("before\nafter\n")
        write(self, name, source, size)

    monkeypatch.setattr(Place, "write", meanwhile)
    Mirror(unfinished, place).update()
    assert (tmp_path / "remote" / JOURNAL).read_text() == "before\n"
    assert not (tmp_path / "remote" / "parts" / "trials-999999.parquet").exists()


def test_only_what_is_new_is_copied(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(finished, Place.of((tmp_path / "remote").as_uri()))
    mirror.update()
    sent: list[str] = []
    monkeypatch.setattr(Place, "write", lambda self, name, source, size: sent.append(name))
    mirror.update()
    assert sent == []
    (finished / "report.html").write_text("new")
    mirror.update()
    assert sent == ["report.html"]


def test_a_mirror_that_fails_is_said_once_made_good_and_never_ends_the_run(
    tmp_path: Path, row: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(mirrors, "RETRY_SECONDS", 0.05)
    said: list[str] = []
    blocked = tmp_path / "remote"
    blocked.write_text("a file where a folder is wanted")
    with RunStore.create(tmp_path / "runs", "easy", "mine", {}) as store:
        with mirrored(store.folder, f"{blocked.as_uri()}/easy/mine", said.append):
            store.append("trials", [row.trial(0)])
            until(lambda: bool(said))
            time.sleep(0.3)
            assert len(said) == 1 and "The run goes on" in said[0]
            blocked.unlink()
            until(lambda: len(said) == 2)
            assert "up to date again" in said[1]
    assert (blocked / "easy" / "mine" / "parts" / "trials-000001.parquet").is_file()


def test_a_mirror_that_stays_behind_is_said_at_the_end(finished: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "remote"
    blocked.write_text("a file where a folder is wanted")
    said: list[str] = []
    with mirrored(finished, f"{blocked.as_uri()}/easy/first", said.append):
        pass
    assert len(said) == 2 and "is not complete" in said[1]


def test_a_run_is_fetched_to_be_continued_but_never_over_the_folder_it_came_from(
    unfinished: Path, tmp_path: Path, remote: str
) -> None:
    (unfinished / JOURNAL).write_text("begun\n")
    uri = f"{remote}/easy/broken"
    Mirror(unfinished, Place.of(uri)).update()
    folder = fetch_run(uri, tmp_path / "elsewhere")
    assert folder == tmp_path / "elsewhere" / "easy" / "broken"
    with RunStore.open(folder) as store:
        store.consolidate()
    assert len(results.load(folder, "trials")) == 4
    (folder / JOURNAL).write_text("begun\nand continued\n")
    assert fetch_run(uri, tmp_path / "elsewhere") == folder
    assert (folder / JOURNAL).read_text() == "begun\nand continued\n"


def test_a_name_that_is_taken_at_the_uri_is_refused(finished: Path, remote: str) -> None:
    Mirror(finished, Place.of(f"{remote}/easy/first")).update()
    with pytest.raises(StoreError, match="There is a run first of task easy"):
        free(remote, "easy", "first")
    assert free(remote, "easy", "second") == f"{remote}/easy/second"


def test_a_uri_without_a_run_is_refused_in_one_sentence(remote: str, s3: str) -> None:
    with pytest.raises(ResultsError, match="There is no run at"):
        results.load(f"{remote}/nothing")
    with pytest.raises(ResultsError, match="There is no run at"):
        fetch_run(f"{remote}/nothing")
    with pytest.raises(RemoteError, match="cannot be used"):
        results.load("sftp://host/folder")
    with pytest.raises(RemoteError, match="see that the address is right"):
        results.load("s3://no-such-bucket/easy")


def test_names_at_a_uri_never_lead_out_of_the_folder(tmp_path: Path, finished: Path) -> None:
    remote = tmp_path / "remote"
    Mirror(finished, Place.of(remote.as_uri())).update()
    os.symlink("/etc/hostname", remote / "link.parquet")
    folder = fetch_run(remote.as_uri(), tmp_path / "fetched")
    assert all(path.resolve().is_relative_to(tmp_path) for path in folder.rglob("*"))


def test_a_link_that_takes_the_place_of_a_listed_file_is_not_followed(
    finished: Path, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("secret")
    place = Place.of(finished.as_uri())
    (finished / "report.html").symlink_to(tmp_path / "key")
    with pytest.raises(RemoteError):
        place.read("report.html", tmp_path / "fetched")
    (finished / "clips").symlink_to(tmp_path)
    with pytest.raises(ResultsError, match="leads out of"):
        place.read("clips/key", tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


def test_a_file_that_is_larger_than_it_can_be_is_not_fetched(
    finished: Path, tmp_path: Path, remote: str
) -> None:
    place = Place.of(f"{remote}/easy/first")
    Mirror(finished, place).update()
    with pytest.raises(RemoteError, match="larger than such a file can be"):
        fetch(place, tmp_path / "fetched", is_own, lambda name: 10)
    with pytest.raises(RemoteError, match="larger than such a file can be"):
        place.read("run.json", tmp_path / "record", 10)
    assert not (tmp_path / "fetched").exists() and not (tmp_path / "record").exists()


def test_another_run_of_that_name_is_not_taken_for_the_one_at_the_uri(
    finished: Path, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    Mirror(finished, Place.of(mirror.as_uri())).update()
    other = tmp_path / "elsewhere"
    RunStore.create(other, "easy", "first", {}).close()
    with pytest.raises(ResultsError, match="another run.*--root, or rename"):
        fetch_run(mirror.as_uri(), other)
    assert fetch_run(mirror.as_uri(), tmp_path) == finished


def test_what_a_killed_copy_left_is_removed_by_the_next(finished: Path, tmp_path: Path) -> None:
    mirror, fetched = tmp_path / "mirror", tmp_path / "fetched"
    for folder in (mirror, fetched / "parts"):
        folder.mkdir(parents=True)
        for each in (".run.json.0123456789abcdef.tmp", ".ssh"):
            (folder / each).touch()
            os.utime(folder / each, (0, 0))
    name = next(finished.glob("parts/trials-*")).name
    part = fetched / "parts" / f".{name}.0123456789abcdef.tmp"
    part.touch()
    os.utime(part, (0, 0))
    Mirror(finished, Place.of(mirror.as_uri())).update()
    assert [path.name for path in mirror.glob(".*")] == [".ssh"]
    fetch(Place.of(mirror.as_uri()), fetched, f"parts/{name}".__eq__)
    assert not part.exists() and (fetched / "parts" / ".ssh").exists()

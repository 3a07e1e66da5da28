"""A run folder that somebody sent: whatever is in it, nothing outside is touched or sent."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import results
import results.report
from results import ResultsError, checking
from results.__main__ import main
from results.arrays import read_array, read_arrays
from results.folder import check_files, read_info
from results.layout import is_own
from results.mirror import Mirror, fetch_run, files_of
from results.remote import Place, RemoteError
from results.store import RunStore


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of the owner's, elsewhere."""
    (tmp_path / "home").mkdir()
    path = tmp_path / "home" / "key"
    path.write_text("secret")
    return path


def link(name: str) -> Callable[[Path, Path], None]:
    def make(run: Path, victim: Path) -> None:
        (run / name).parent.mkdir(exist_ok=True)
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(victim)

    return make


HOSTILE: dict[str, Callable[[Path, Path], None]] = {
    **{
        name: link(name)
        for name in (
            *("run.json", "notes.txt", ".lock", ".report.html.tmp", "report.html"),
            *("study.journal", "study.torn", "comparison.parquet", "parts/trials-000099.parquet"),
            *("parts/.trials-000099.parquet.tmp", "latents/9.npy", "deep/er.txt"),
        )
    },
    "a folder that is a link": lambda run, victim: (run / "clips").symlink_to(victim.parent),
    "a pipe": lambda run, victim: os.mkfifo(run / "figures.npz"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_link_or_pipe_in_a_run_folder_is_refused_and_its_target_untouched(
    finished: Path, victim: Path, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    HOSTILE[what](finished, victim)
    commands = ["show", "report"], ["export", "--to", "csv", "--out", str(tmp_path / "out")]
    for command in ([commands[0][0]], [commands[0][1]], commands[1]):
        assert main([command[0], str(finished), *command[1:]]) == 2
        said = capsys.readouterr().err
        assert said.startswith("latentune: ") and said.count("\n") == 1, said
    for call in (RunStore.open, read_info, results.best):
        with pytest.raises(ResultsError):
            call(finished)
    assert victim.read_text() == "secret" and os.listdir(victim.parent) == ["key"]


def test_a_lock_of_the_journal_that_a_killed_search_left_shuts_nobody_out(finished: Path) -> None:
    (finished / "study.journal.lock").symlink_to("study.journal")
    assert len(results.load(finished, "trials"))


def test_a_run_folder_that_is_reached_by_a_link_of_its_owner_is_read(
    finished: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").symlink_to(finished)
    assert len(results.load(tmp_path / "mine", "trials"))


@pytest.mark.parametrize("name", ["clustering_metrics.csv", "comprehensive_comparison.csv"])
def test_an_export_over_a_link_is_refused_before_anything_is_written(
    finished: Path, victim: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).symlink_to(victim)
    assert main(["export", str(finished), "--to", "csv", "--out", str(tmp_path / "out")]) == 2
    assert "it is a link" in capsys.readouterr().err
    assert victim.read_text() == "secret" and os.listdir(tmp_path / "out") == [name]


@pytest.mark.parametrize("where", ["", "folder", "link", "/proc/x.html", "no/such/folder/x.html"])
def test_a_report_goes_to_a_file_or_is_refused_in_one_sentence(
    finished: Path, victim: Path, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(victim)
    with pytest.raises(ResultsError) as raised:
        results.report.write_report(finished, out=where)  # type: ignore[arg-type]
    assert "\n" not in str(raised.value)
    assert victim.read_text() == "secret"


def test_only_names_of_ours_are_sent_to_a_mirror(finished: Path, tmp_path: Path) -> None:
    for name in ("authorized_keys", "search/status.py", "latents/x.py", "models/1.pkl", ".x.json"):
        (finished / name).parent.mkdir(exist_ok=True)
        (finished / name).write_text("hostile")
    Mirror(finished, Place.of((tmp_path / "mirror").as_uri())).update()
    sent = [path.relative_to(tmp_path / "mirror") for path in (tmp_path / "mirror").rglob("*.*")]
    assert sent and all(is_own(path.as_posix()) for path in sent)
    assert len(sent) == len(files_of(finished))


def test_everything_that_a_store_writes_is_sent(finished: Path) -> None:
    with RunStore.open(finished) as store:
        store.save_model(1, {".json": b"{}", ".weights.h5": b"w"}, seed=2)
        store.save_model(-1, {".json": b"{}"})
        store.save_figure("songs--1", {"a": [1.0]})
        store.save_partitions(1, np.zeros((2, 3), int), 2)
        store.save_partitions(1, np.zeros((2, 3), int))
        store.save_reduced(1, np.zeros((3, 2)))
        store.append("trials", [{"trial": 9, "role": "search", "seed": 0, "status": "complete"}])
    there = {path for path in finished.rglob("*") if path.is_file() and path.name[0] != "."}
    assert set(files_of(finished)) == there


def test_a_mirror_on_this_machine_is_never_written_through_a_link(
    finished: Path, victim: Path, tmp_path: Path
) -> None:
    (tmp_path / "mirror").mkdir()
    for name, target in (("run.json", victim), ("latents", victim.parent)):
        (tmp_path / "mirror" / name).symlink_to(target)
        with pytest.raises(RemoteError):
            Mirror(finished, Place.of((tmp_path / "mirror").as_uri())).update()
        (tmp_path / "mirror" / name).unlink()
    assert victim.read_text() == "secret" and os.listdir(victim.parent) == ["key"]


def test_only_names_of_ours_are_fetched_and_no_link(
    finished: Path, victim: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.rmtree(finished / "latents")
    (finished / "latents").symlink_to(victim.parent)
    (finished / "report.html").symlink_to(victim)
    (finished / "evil.py").write_text("hostile")
    folder = fetch_run(finished.as_uri(), tmp_path / "fetched")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert "run.json" in names and all(map(is_own, names)) and "report.html" not in names


def test_a_uri_with_a_password_is_refused_and_the_password_not_said() -> None:
    with pytest.raises(RemoteError, match="holds a password") as raised:
        Place.of("s3://someone:hush@bucket/runs")
    assert "hush" not in str(raised.value)


def change(**values: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda info: {**info, **values}


WRONG: list[Callable[[dict[str, Any]], dict[str, Any]]] = [
    *(change(mirror=value) for value in (3, ["a"], True)),
    *(change(group=value) for value in (3, ["a"])),
    *(change(said=value) for value in ("x", [1], 3)),
    *(change(settings=value) for value in ([0], 3, "x")),
    *(change(data=value) for value in (3, {"folder": 3, "files": {}}, {"folder": "a"})),
    *(change(versions=value) for value in ({"numpy": 2}, ["numpy"])),
    *(change(schema_version=value) for value in ("99", 2, None)),
    *(change(**{key: 3}) for key in ("created", "ended", "direction", "python", "signature")),
    *(change(command=value) for value in ("x", [3])),
    *(change(run=value) for value in ("../x", "a/b", None, 3, "a" * 500)),
    change(said=["half \ud800"]),
    change(mirror="file:///a\0b"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_a_record_with_a_wrong_value_is_refused_in_one_sentence(
    finished: Path, number: int
) -> None:
    path = finished / "run.json"
    path.write_text(json.dumps(WRONG[number](json.loads(path.read_text()))))
    with pytest.raises(ResultsError, match="run.json") as raised:
        read_info(finished)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 40 + "1" + "}" * 40, "{" + " " * 2**25])
def test_a_record_too_deep_or_too_large_is_refused(finished: Path, text: str) -> None:
    (finished / "run.json").write_text(text)
    with pytest.raises(ResultsError, match="deeper than|larger than"):
        read_info(finished)


@pytest.mark.filterwarnings("always")
def test_hostile_runs_among_good_ones_are_left_out_with_a_sentence(
    finished: Path, victim: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = finished.parents[1]
    for name in ("linked", "foreign", "newer"):
        shutil.copytree(finished, root / "easy" / name)
    (root / "easy" / "linked" / "x").symlink_to(victim)
    pq.write_table(pa.table({"x": [1]}), root / "easy" / "foreign" / "trials.parquet")
    record = root / "easy" / "newer" / "run.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "schema_version": "99"}))
    assert main(["list", "--root", str(root)]) == 0
    captured = capsys.readouterr()
    assert captured.err.count("The run is left out.") == 3
    assert captured.out.count("finished") == 1


def test_tables_that_stand_for_gigabytes_are_refused_before_they_are_read(finished: Path) -> None:
    rows = pq.read_table(finished / "comparison.parquet").slice(0, 1)
    many = rows.take(pa.array(np.zeros(10_001, int)))
    pq.write_table(many, finished / "comparison.parquet")
    with pytest.raises(ResultsError, match="10,001 rows and table comparison at most 10,000"):
        results.load(finished)
    places = np.zeros(10_000, np.int32)
    long = pa.DictionaryArray.from_arrays(places, pa.array(["x" * 100_000]))
    split = pa.DictionaryArray.from_arrays(places, pa.array(["train"]))
    pq.write_table(
        pa.table({"id": long.cast(pa.string()), "split": split}), finished / "songs.parquet"
    )
    with pytest.raises(ResultsError, match="text of table songs takes too much memory"):
        results.load(finished, "songs")


@pytest.mark.parametrize(
    "rows",
    [
        {"nothing": [1]},
        {"trial": ["one"]},
        {"trial": [1]},
        {"trial": [1], "role": ["king"], "seed": [0], "status": ["complete"]},
        {"trial": [None], "role": ["search"], "seed": [0], "status": ["complete"]},
    ],
)
def test_a_table_of_another_schema_is_refused_in_one_sentence(
    finished: Path, rows: dict[str, Any]
) -> None:
    pq.write_table(pa.table(rows), finished / "trials.parquet")
    with pytest.raises(ResultsError) as raised:
        results.load(finished, "trials")
    assert "\n" not in str(raised.value)
    with pytest.raises(ResultsError):
        results.report.write_report(finished)


def test_arrays_whose_header_claims_too_much_are_refused(tmp_path: Path) -> None:
    claim = {"descr": "<f8", "fortran_order": False, "shape": (2**40, 4)}
    with (tmp_path / "a.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, claim)
    with pytest.raises(ResultsError, match="beyond what a run has"):
        read_array(tmp_path / "a.npy")
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(2**26, np.float16))
    with pytest.raises(ResultsError, match="more than 128 MiB"):
        read_arrays(tmp_path / "a.npz")
    np.save(tmp_path / "b.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(ResultsError, match="neither numbers nor text"):
        read_array(tmp_path / "b.npy")
    for shape in [(0, 3), (2, 3), ()]:
        np.save(tmp_path / "c.npy", np.ones(shape))
        assert np.array_equal(read_array(tmp_path / "c.npy"), np.ones(shape))


def test_a_removed_run_folder_is_said_to_be_gone_and_not_made_again(finished: Path) -> None:
    with RunStore.open(finished) as store:
        shutil.rmtree(finished)
        for write in (
            lambda: store.write_info({"ended": None}),
            lambda: store.save_codes(1, [[0.0]]),
        ):
            with pytest.raises(ResultsError, match="was removed") as raised:
                write()
            assert "safe" not in str(raised.value)
    assert not finished.exists()


def test_brackets_are_text_and_what_a_terminal_obeys_is_escaped(
    tmp_path: Path, row: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = "[old] \x1b[31mred\x1b]0;title\x07 [/old] :smile: [flac]"
    with RunStore.create(tmp_path, "easy", "odd", {}) as store:
        store.append("songs", {"id": [odd], "split": ["train"], "genre [x]": [odd]})
        store.append("trials", [row.trial(1, status="failed", error=odd, objective=None)])
        store.append("comparison", [row.method(odd, 0.5, 1.0, verdict=odd)])
    for table in ("songs", "trials", "comparison"):
        assert main(["show", "odd", "--root", str(tmp_path), "--table", table]) == 0
        out = "".join(capsys.readouterr().out.split())
        assert "[old]" in out and "[flac]" in out and "[/old]" in out and ":smile:" in out
        assert "\x1b" not in out and "\x07" not in out and "\\x1b" in out
    assert main(["show", "a[/b]\x1b[2J", "--root", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "\x1b" not in said and "[/b]" in said


def test_bytes_that_somebody_changed_in_a_table_never_end_in_a_traceback(finished: Path) -> None:
    random = np.random.default_rng(0)
    path = finished / "comparison.parquet"
    content = path.read_bytes()
    for _ in range(60):
        changed = bytearray(content)
        for place in random.integers(0, len(content), random.integers(1, 6)):
            changed[place] = random.integers(256)
        path.write_bytes(changed)
        try:
            assert isinstance(results.load(finished), pd.DataFrame)
        except (ResultsError, UserWarning) as error:
            assert str(error)


def test_a_header_that_claims_to_be_long_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.npy").open("wb") as file:
        file.write(b"\x93NUMPY\x02\x00" + (400 * 2**20).to_bytes(4, "little"))
        file.truncate(401 * 2**20)
    with pytest.raises(ResultsError, match="header is longer than 10000 bytes"):
        read_array(tmp_path / "a.npy")
    claim = {"descr": "<U0", "fortran_order": False, "shape": (2**60,)}
    with (tmp_path / "b.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, claim)
    with pytest.raises(ResultsError, match="beyond what a run has"):
        read_array(tmp_path / "b.npy")


@pytest.mark.parametrize("members", [33, 70_000])
def test_an_archive_of_many_members_is_refused_before_they_are_listed(
    tmp_path: Path, members: int
) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for number in range(members):
            archive.writestr(str(number), b"")
    with pytest.raises(ResultsError, match="more than 32 arrays|of another kind than ours"):
        read_arrays(tmp_path / "a.npz")
    with (tmp_path / "b.npz").open("wb") as file:
        file.truncate(130 * 2**20)
    with pytest.raises(ResultsError, match="larger than 129 MiB"):
        read_arrays(tmp_path / "b.npz")


def test_a_table_in_very_many_pieces_is_refused(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pq.read_table(finished / "songs.parquet").take(pa.array(np.zeros(3_000, int)))
    pq.write_table(rows, finished / "songs.parquet", row_group_size=1)
    with pytest.raises(ResultsError, match="3 columns in 3000 pieces"):
        results.load(finished, "songs")
    monkeypatch.setattr(checking, "_MOST_FOOTER", 1_000)
    with pytest.raises(ResultsError, match="its footer is larger than"):
        results.load(finished, "songs")


def test_more_trials_than_a_search_has_are_refused(finished: Path) -> None:
    rows = pq.read_table(finished / "trials.parquet").take(pa.array(np.zeros(40_001, int)))
    pq.write_table(rows, finished / "trials.parquet")
    with pytest.raises(ResultsError, match="40,001 rows and table trials at most 40,000"):
        results.load(finished, "trials")


def test_a_part_of_a_number_that_no_search_reaches_is_not_counted_on(
    finished: Path, row: Any
) -> None:
    part = next(finished.glob("parts/songs-*"))
    shutil.copy(part, part.with_name("songs-999999999999999999.parquet"))
    with RunStore.open(finished) as store:
        store.append("trials", [row.trial(9)])
        assert 9 in store.table("trials")["trial"].to_pylist()  # type: ignore[index]
    shutil.copy(part, part.with_name("songs-999999999.parquet"))
    with RunStore.open(finished) as store:
        with pytest.raises(ResultsError, match="remove that part"):
            store.append("trials", [row.trial(10)])


def test_a_file_that_vanishes_does_not_end_the_look_at_its_folder(
    finished: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that is gone when it is looked at; another behind it is found all the same."""
    for name in ("gone", "there"):
        (finished / name).symlink_to(victim)
    asked = iter([FileNotFoundError(), None])

    class Entry:
        def __init__(self, entry: os.DirEntry[str]) -> None:
            self.entry = entry

        def __getattr__(self, name: str) -> Any:
            return getattr(self.entry, name)

        def stat(self, follow_symlinks: bool) -> os.stat_result:
            if error := next(asked):
                raise error
            return self.entry.stat(follow_symlinks=follow_symlinks)

    scandir = os.scandir

    @contextlib.contextmanager
    def scanned(path: str) -> Iterator[Iterator[Entry]]:
        with scandir(path) as entries:
            yield map(Entry, entries)

    monkeypatch.setattr(os, "scandir", scanned)
    with pytest.raises(ResultsError, match="is a link"):
        check_files(finished)


def test_the_newest_run_that_can_be_trusted_is_loaded(finished: Path, victim: Path) -> None:
    newer = Path(shutil.copytree(finished, finished.with_name("newer")))
    record = json.loads((newer / "run.json").read_text())
    changed = {**record, "run": "newer", "created": "2999-01-01T00:00:00+00:00"}
    (newer / "run.json").write_text(json.dumps(changed))
    root = finished.parents[1]
    assert len(results.load("easy", "trials", root=root)) == 4
    (newer / "latents" / "x.npy").symlink_to(victim)
    with pytest.warns(UserWarning, match="newer is not to be trusted.*The run is left out"):
        loaded = results.load("easy", "trials", root=root)
    assert set(loaded["run"]) == {"first"}


def test_an_output_that_cannot_be_written_is_said_and_a_closed_pipe_is_quiet(
    finished: Path,
) -> None:
    command = [sys.executable, "-m", "results", "list", "--root", str(finished.parents[1])]
    own = {"cwd": Path(results.__file__).parents[1], "stderr": subprocess.PIPE, "text": True}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, **own)  # type: ignore[call-overload]
    assert done.returncode == 2 and "output cannot be written (No space left" in done.stderr
    assert done.stderr.count("\n") == 1
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, **own)  # type: ignore[call-overload]
    os.close(writing)
    assert done.stderr == ""

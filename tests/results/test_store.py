"""A run folder holds what was written, whole, after whatever happens."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import results
from results import ResultsError
from results.reading import TornFileWarning
from results.schema import SCHEMA_VERSION, TABLES
from results.store import RunStore, StoreError

ROOT = Path(results.__file__).parents[1]
WRITER = """
import itertools, sys
from results.store import RunStore
with RunStore.create(sys.argv[1], "easy", "killed", {}) as store:
    for number in itertools.count():
        row = {"trial": number, "role": "search", "seed": 0, "status": "complete"}
        store.append("trials", [row])
        print(number, flush=True)
        if number % 7 == 6:
            store.consolidate()
"""


def python(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def trials(folder):
    return results.load(folder, "trials")["trial"].tolist()


def leftovers(folder):
    return [path.name for path in folder.rglob("*.tmp")]


@pytest.mark.parametrize("rows", [1, 12, 25])
def test_a_killed_writer_loses_no_row_that_it_was_told_is_written(tmp_path, rows):
    writer = python(WRITER, tmp_path)
    told = [writer.stdout.readline() for _ in range(rows)]
    writer.kill()
    told += writer.communicate()[0].splitlines()
    with RunStore.open(tmp_path / "easy" / "killed") as store:
        assert not leftovers(store.folder)
        store.consolidate()
        there = trials(store.folder)
    assert there == list(range(len(there)))
    assert len(there) >= len(told)


def test_the_lock_of_a_killed_process_is_free_and_that_of_a_living_one_is_not(tmp_path):
    writer = python(WRITER, tmp_path)
    writer.stdout.readline()
    folder = tmp_path / "easy" / "killed"
    with pytest.raises(StoreError, match="open in another process"):
        RunStore.open(folder)
    writer.kill()
    writer.communicate()
    RunStore.open(folder).close()


@pytest.mark.parametrize("length", [0, 4, 500, -1])
def test_a_torn_part_is_named_and_set_aside_and_the_rest_stays(unfinished, length, row):
    torn = sorted(unfinished.glob("parts/trials-*"))[-1]
    torn.write_bytes(torn.read_bytes()[:length])
    with pytest.warns(TornFileWarning, match=torn.name):
        store = RunStore.open(unfinished)
    with store:
        assert torn.with_name(f"{torn.name}.torn").is_file()
        assert trials(unfinished) == [0, 1, 2]
        store.append("trials", [row.trial(3)])
        store.consolidate()
    assert trials(unfinished) == [0, 1, 2, 3]


def test_a_part_damaged_in_the_middle_is_set_aside_too(unfinished):
    damaged = sorted(unfinished.glob("parts/trials-*"))[0]
    content = bytearray(damaged.read_bytes())
    content[4:400] = b"\xff" * 396
    damaged.write_bytes(content)
    with RunStore.open(unfinished) as store:
        with pytest.warns(TornFileWarning, match=damaged.name):
            store.consolidate()
    assert trials(unfinished) == [1, 2, 3]


def test_a_torn_table_is_made_again_from_its_parts(finished):
    before = pd.read_parquet(finished / "trials.parquet")
    table = finished / "trials.parquet"
    table.write_bytes(table.read_bytes()[:-1])
    with pytest.warns(TornFileWarning, match="trials.parquet"), RunStore.open(finished) as store:
        store.consolidate()
    pd.testing.assert_frame_equal(pd.read_parquet(table), before)


def test_consolidating_again_changes_nothing(finished):
    before = {path: path.read_bytes() for path in finished.glob("*.*")}
    with RunStore.open(finished) as store:
        store.consolidate()
        store.consolidate()
    assert {path: path.read_bytes() for path in finished.glob("*.*")} == before


def test_what_is_half_written_when_the_power_fails_is_removed(finished):
    (finished / ".trials.parquet.tmp").write_bytes(b"PAR1")
    (finished / "parts" / ".trials-000099.parquet.tmp").write_bytes(b"")
    with RunStore.open(finished) as store:
        assert not leftovers(store.folder)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_says_so_and_leaves_what_was_there(finished, monkeypatch, call, row):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = (finished / "trials.parquet").read_bytes()
    with RunStore.open(finished) as store:
        with monkeypatch.context() as patch:
            patch.setattr(os, call, full)
            for write in (
                lambda: store.append("trials", [row.trial(8)]),
                lambda: store.write_info({"a": 1}),
                lambda: store.save_codes(8, [[0.0]]),
            ):
                with pytest.raises(StoreError, match="No space left on device.*make room"):
                    write()
        assert not leftovers(finished)
        assert (finished / "trials.parquet").read_bytes() == before
        store.append("trials", [row.trial(8)])
        store.consolidate()
    assert trials(finished) == [0, 1, 2, 3, 8]


def test_a_file_that_the_system_cuts_short_is_never_taken_for_a_whole_one(tmp_path):
    """A real limit on the size of files, which ends a write half way, stands for the full disk."""
    program = WRITER.replace(
        "    for number",
        "    import resource\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n    for number",
    )
    writer = python(program, tmp_path)
    _, said = writer.communicate()
    assert "StoreError" in said and "File too large" in said
    folder = tmp_path / "easy" / "killed"
    assert not leftovers(folder)
    assert not list((folder / "parts").iterdir())


def test_rows_that_do_not_fit_write_nothing(finished, row):
    parts = sorted(finished.glob("parts/*"))
    with RunStore.open(finished) as store:
        with pytest.raises(ResultsError, match="'wdith'"):
            store.append("trials", [row.trial(8), row.trial(9, wdith=64)])
    assert sorted(finished.glob("parts/*")) == parts


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[]",
        "{}",
        '{"run": "first"}',
        '{"run": "../../escaped", "task": "easy"}',
        '{"run": "first", "task": "/etc"}',
        '{"run": 3, "task": "easy"}',
        "\udcff",
    ],
)
def test_a_crafted_or_broken_record_is_refused(finished, record):
    (finished / "run.json").write_bytes(record.encode(errors="surrogateescape"))
    with pytest.raises(ResultsError, match="run.json"):
        RunStore.open(finished)


def test_a_folder_that_is_no_run_is_refused_and_left_alone(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ResultsError, match="not a run folder"):
            RunStore.open(folder)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("inner", ["parts", "latents", "figures", "models"])
def test_a_link_out_of_the_run_folder_is_not_followed(tmp_path, inner):
    outside = tmp_path / "outside"
    outside.mkdir()
    RunStore.create(tmp_path, "easy", "first", {}).close()
    folder = tmp_path / "easy" / "first"
    if (folder / inner).exists():
        (folder / inner).rmdir()
    (folder / inner).symlink_to(outside, target_is_directory=True)
    with pytest.raises(ResultsError, match="is a link"):
        with RunStore.open(folder) as store:
            store.save_codes(1, [[0.0]])
            store.save_figure("curves", {"loss": [1.0]})
            store.save_model(1, {".json": b"{}"})
    assert not list(outside.iterdir())


def test_formulas_in_the_csv_are_text_and_numbers_stay_numbers(tmp_path, row):
    formulas = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "fine - really"]
    with RunStore.create(tmp_path, "easy", "first", {}) as store:
        rows = [row.method("vae", -0.5, 1.5, verdict=formula) for formula in formulas]
        store.append("comparison", rows)
        store.consolidate()
    read = pd.read_csv(store.folder / "comparison.csv")
    assert read["verdict"].tolist() == [f"'{text}" for text in formulas[:-1]] + formulas[-1:]
    assert read["silhouette"].tolist() == [-0.5] * len(formulas)
    assert results.load(store.folder)["verdict"].tolist() == formulas


def test_the_record_is_json_that_names_schema_and_time(finished):
    record = json.loads((finished / "run.json").read_text())
    assert record["schema_version"] == SCHEMA_VERSION
    assert pd.Timestamp(record["created"]).tzinfo is not None
    assert all((finished / f"{table}.parquet").is_file() for table in TABLES)

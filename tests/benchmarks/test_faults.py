"""Faults and what is asked of a search after them, on processes and tables made up here."""

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pandas as pd
import psutil
import pytest


@pytest.fixture
def trials(outside: ModuleType) -> pd.DataFrame:
    rows = [
        ["search", number, 0, "complete", 4, 1.0, 3, 0.1 * number, 0.2, 0.3] for number in (0, 1)
    ]
    return pd.DataFrame(rows, columns=outside.SAME)


def test_a_trial_that_is_lost_changed_or_doubled_is_told(
    intact: ModuleType, trials: pd.DataFrame
) -> None:
    twice = pd.concat([trials, trials.tail(1)], ignore_index=True)
    assert intact.changes(trials, trials) == []
    assert intact.lost(trials, trials.head(1)) == 1
    assert intact.lost(trials, twice) == 0
    assert intact.doubled(twice) == 1
    assert "twice" in intact.changes(trials, twice)[0]
    assert "changed" in intact.changes(trials, trials.assign(objective=0.5))[0]


def test_a_traceback_and_a_code_that_no_search_has_are_told(intact: ModuleType) -> None:
    assert intact.ungraceful("latentune: there is no room.", 4) == []
    assert intact.ungraceful("", -signal.SIGKILL) == []
    assert len(intact.ungraceful(f"{intact.TRACEBACK}:\n  File", 5)) == 2


@pytest.mark.skipif(not shutil.which("gcc"), reason="the clock is a library that gcc makes")
def test_a_clock_is_set_back_for_its_own_processes_alone(
    breaking: ModuleType, tmp_path: Path
) -> None:
    program = (
        "import sys, threading, time; began = time.monotonic()\n"
        "for _ in range(2):\n"
        "    print(time.time(), flush=True); sys.stdin.readline()\n"
        "threading.Event().wait(0.1); lock = threading.Lock(); lock.acquire()\n"
        "lock.acquire(timeout=0.1); print(time.monotonic() - began)"
    )
    with breaking.own_clock(tmp_path) as variables:
        with subprocess.Popen(
            [sys.executable, "-c", program],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin and process.stdout
            before = float(process.stdout.readline())
            breaking.set_clock(variables, -86_400)
            print(file=process.stdin, flush=True)
            after = float(process.stdout.readline())
            said, _ = process.communicate("\n")
    assert -86_400 <= after - before < -86_000
    assert 0.2 <= float(said) < 60  # neither the monotonic clock nor what waits for it jumps


@pytest.fixture
def standing_still(outside: ModuleType, tmp_path: Path) -> object:
    """A search whose process does nothing."""

    class Still(outside.Search):  # type: ignore[misc, name-defined]
        def start(self, *arguments: object) -> subprocess.Popen[bytes]:
            self._begun.append(subprocess.Popen(["sleep", "60"]))
            return self._begun[-1]

        def workers(self) -> list[psutil.Process]:
            return [psutil.Process(self.process.pid)]

    search = Still(tmp_path, tmp_path, trials=1)
    yield search
    search.kill()


def test_a_stopped_worker_runs_again(
    breaking: ModuleType, standing_still: SimpleNamespace
) -> None:
    fault = breaking.faults(stopped_seconds=0.3)["worker stopped"]
    fault.happen(standing_still, random.Random(0))
    assert standing_still.workers()[0].status() != psutil.STATUS_STOPPED


def test_a_worker_gets_no_more_memory(
    breaking: ModuleType, standing_still: SimpleNamespace
) -> None:
    worker = standing_still.workers()[0]
    breaking.faults()["worker without memory"].happen(standing_still, random.Random(0))
    most, _ = worker.rlimit(psutil.RLIMIT_AS)
    assert most <= worker.memory_info().vms + breaking.MOST_ROOM_BYTES


def test_every_process_that_was_begun_is_ended(standing_still: SimpleNamespace) -> None:
    standing_still.go_on()
    standing_still.go_on(by_name=True)
    standing_still.kill()
    assert [one.poll() for one in standing_still._begun] == [-signal.SIGKILL] * 3
    assert standing_still.outlived == []


def test_a_soak_prints_its_tables(
    soak: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"driver's open files": 70, "driver, MB": 300.0, "workers": 2, "temporary files": 9}
    seen = [{"minute": minute / 2, "search": 1, **row} for minute in range(9)]
    searched = {"search": 1, "minutes": 4.0, "lost": 0, "doubled": 0, "wrong": ""}
    made = soak.Soak(tmp_path, tmp_path, 8, 60.0, {}, {}, random.Random(0))
    made.seen, made.searches, made.happened = seen, [searched], ["driver", "driver"]
    assert soak.printed(made, (0, 0)) == 0
    printed = capsys.readouterr().out
    assert "| driver | 2 |" in printed
    assert "0 trials lost, 0 doubled" in printed
    assert len(soak.over_time(pd.DataFrame(seen), stretches=4)) == 4
    made.searches = [{**searched, "lost": 1}]
    assert soak.printed(made, (0, 0)) == 1

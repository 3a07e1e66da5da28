"""Does a search lose anything when its machine fails it?

    python benchmarks/faults.py [--rounds 20] [--kinds driver worker ...]

Every round begins a real search of small songs in a process of its own, lets one fault happen at
a random moment, and resumes the run until it has ended. Then every trial that had finished before
must be there once, with the same numbers; the asked number of trials must be there; and Optuna's
study must agree with the table, trial by trial.

Printed are, for every kind of fault, the rounds that held, the finished trials lost and those
doubled. The exit code is 1 if any round did not hold.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import psutil
from measuring import show
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

import results

TRIALS = 8
SONGS, FEATURES, GENRES = 200, 12, 4
KEY = ["role", "trial", "seed"]
SAME = [*KEY, "status", "latent_size", "beta", "n_clusters", "objective", "silhouette", "ari"]
SEARCH = (
    *("--trials", TRIALS, "--workers", 2, "--no-report", "--clusters", "2:5"),
    *("--set", "epochs=4", "--set", "finalist_seeds=2", "--set", "null_collections=2"),
)
STATES = {"complete": "COMPLETE", "infeasible": "COMPLETE", "failed": "FAIL"}
DISK_BYTES = 24 << 20
PATIENCE_SECONDS = 600


@dataclass
class Search:
    """A search in a process of its own, over a run folder below `out`."""

    songs: Path
    out: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.process = self._begin()

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.out / "easy" / "run"

    def finished(self) -> int:
        """How many trials have ended so far."""
        return len(list(self.folder.glob("parts/trials-*.parquet")))

    def wait_for(self, count: int) -> None:
        """Wait until so many trials have ended, or the search has."""
        while self.finished() < count and self.process.poll() is None:
            time.sleep(0.05)

    def end(self) -> int:
        """Wait for the end; the exit code."""
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """What `kill -9` of the driver does; Ray's processes see it and end themselves."""
        own = self.descendants()
        self.process.kill()
        self.process.wait()
        psutil.wait_procs(own, timeout=60)

    def descendants(self, name: str = "") -> list[psutil.Process]:
        """Processes below the search whose command line holds `name`."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if name in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def resume(self) -> int:
        """Go on with the run, or begin anew if there is none yet; the exit code."""
        if (self.folder / "run.json").exists():
            self.process = self._start("resume", self.folder, "--workers", 2, "--no-report")
        else:
            self.process = self._begin()
        return self.end()

    def _begin(self) -> subprocess.Popen[bytes]:
        place = ("--data", self.songs, "--out", self.out, "--name", "run")
        return self._start("easy", *place, *SEARCH)

    def _start(self, *arguments: object) -> subprocess.Popen[bytes]:
        said = (self.out / "said.txt").open("ab")
        return subprocess.Popen(
            [sys.executable, "-m", "search", *map(str, arguments)],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=said,
            stderr=subprocess.STDOUT,
        )


def kill_driver(search: Search, chance: random.Random) -> None:
    """Power loss, as far as the search can tell."""
    search.kill()


def kill_worker(search: Search, chance: random.Random) -> None:
    """A trial's process ends; the search is to go on by itself."""
    workers = search.descendants("ray::Worker")
    if workers:
        chance.choice(workers).kill()
    search.end()


def kill_raylet(search: Search, chance: random.Random) -> None:
    """Ray's own daemon ends."""
    for daemon in search.descendants("raylet/raylet")[:1]:
        daemon.kill()
    try:
        search.process.wait(60)
    except subprocess.TimeoutExpired:
        search.kill()


def terminate(search: Search, chance: random.Random) -> None:
    """The machine is shut down, or a scheduler's time is over."""
    search.process.terminate()
    search.end()


def interrupt(search: Search, chance: random.Random) -> None:
    """Ctrl-C."""
    search.process.send_signal(signal.SIGINT)
    search.end()


def fill_disk(search: Search, chance: random.Random) -> None:
    """The disk of the run is full until the search has ended."""
    filler = search.out / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(1 << 12)):
            pass
    search.end()
    filler.unlink()


def tear_part(search: Search, chance: random.Random) -> None:
    """The newest part was not whole on the disk when the power went."""
    search.kill()
    parts = sorted(search.folder.glob("parts/*.parquet"), key=lambda path: path.name[-14:])
    if parts:
        os.truncate(parts[-1], chance.randrange(parts[-1].stat().st_size))


def cut_journal(search: Search, chance: random.Random) -> None:
    """The journal lost its end."""
    search.kill()
    journal = search.folder / "study.journal"
    if journal.exists():
        os.truncate(journal, chance.randrange(journal.stat().st_size))


FAULTS: dict[str, Callable[[Search, random.Random], None]] = {
    "driver": kill_driver,
    "worker": kill_worker,
    "raylet": kill_raylet,
    "SIGTERM": terminate,
    "SIGINT": interrupt,
    "full disk": fill_disk,
    "torn part": tear_part,
    "cut journal": cut_journal,
}


def campaign(kind: str, number: int, songs: Path) -> dict[str, object]:
    """One round: begin, let the fault happen, resume, check."""
    chance = random.Random(number)
    with run_place(small=kind == "full disk") as out:
        search = Search(songs, out)
        moment = chance.randrange(TRIALS + 12)
        search.wait_for(moment)
        time.sleep(chance.random())
        running = search.process.poll() is None
        if running:
            FAULTS[kind](search, chance)
        before = table(search.folder)
        code = search.resume()
        faults = check(search.folder, before) if code == 0 else [f"resume ended with {code}"]
        if faults:
            print((out / "said.txt").read_text(errors="replace")[-3000:])
        after = table(search.folder)
    kept = before[KEY].merge(after[KEY].drop_duplicates())
    return {
        "fault": kind,
        "round": number,
        "at": f"{len(before)} finished" if running else "its end",
        "held": not faults,
        "lost": len(before) - len(kept),
        "doubled": int(after.duplicated(KEY).sum()),
        "why": "; ".join(faults),
    }


def check(folder: Path, before: pd.DataFrame) -> list[str]:
    """What is wrong with a run that was broken and resumed, in words."""
    after = table(folder)
    found = []
    if after.duplicated(KEY).any():
        found.append("a trial is there twice")
    again = before[KEY].merge(after, on=KEY)[before.columns]
    try:
        pd.testing.assert_frame_equal(again, before, check_dtype=False)
    except AssertionError as error:
        found.append(f"a finished trial changed: {' '.join(str(error).split())}")
    searched = after[after["role"] == "search"].set_index("trial")
    if len(searched) != TRIALS:
        found.append(f"{len(searched)} searched trials of {TRIALS}")
    study = optuna.load_study(
        study_name="run", storage=JournalStorage(JournalFileBackend(str(folder / "study.journal")))
    )
    for trial in study.trials:
        if trial.number not in searched.index:
            found.append(f"the study has a trial {trial.number}, the table has not")
            continue
        row = searched.loc[trial.number]
        same = trial.value == row["objective"] or row["status"] == "failed"
        if trial.state.name != STATES[row["status"]] or not same:
            found.append(
                f"trial {trial.number}: {trial.state.name} {trial.value}, {row['status']}"
            )
    if results.load(folder).empty:
        found.append("there is no comparison")
    return found


def table(folder: Path) -> pd.DataFrame:
    """What there is of the trials, in the columns that must stay."""
    try:
        trials = results.load(folder, "trials")
    except results.ResultsError:
        return pd.DataFrame(columns=SAME)
    return trials.reindex(columns=SAME).astype({"role": str, "status": str})


@contextmanager
def run_place(small: bool) -> Iterator[Path]:
    """A folder for a run, on a small disk of its own where that is asked for."""
    out = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        if small:
            size = f"size={DISK_BYTES}"
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", out], check=True)
        yield out
    finally:
        if small:
            subprocess.run(["umount", "--lazy", out], check=False)
        shutil.rmtree(out, ignore_errors=True)


def write_songs(folder: Path) -> Path:
    """A small song set with genres."""
    folder.mkdir()
    chance = np.random.default_rng(0)
    genre = chance.integers(GENRES, size=SONGS)
    centres = chance.normal(scale=2.0, size=(GENRES, FEATURES))
    ids = np.array([f"song-{place:03d}" for place in range(SONGS)])
    frame = pd.DataFrame({"id": ids, "title": ids, "genre": [f"genre {one}" for one in genre]})
    frame.to_csv(folder / "dataset.csv", index=False)
    songs = centres[genre] + chance.normal(size=(SONGS, FEATURES))
    np.save(folder / "processed_spectrograms.npy", songs.astype(np.float32))
    np.save(folder / "processed_ids.npy", ids)
    return folder


def main() -> int:
    """Run the campaign."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--seed", type=int, default=0, help="of the moments")
    options.add_argument("--kinds", nargs="+", choices=FAULTS, default=list(FAULTS))
    given = options.parse_args()
    kinds = [kind for kind in given.kinds if kind != "full disk" or os.geteuid() == 0]
    rounds = []
    with tempfile.TemporaryDirectory() as place:
        songs = write_songs(Path(place) / "songs")
        for number in range(given.rounds):
            kind = kinds[number % len(kinds)]
            rounds.append(campaign(kind, given.seed + number, songs))
            print(rounds[-1], flush=True)
    frame = pd.DataFrame(rounds)
    by_kind = frame.groupby("fault", sort=False)
    sums = by_kind.agg(
        rounds=("round", "size"),
        held=("held", "sum"),
        lost=("lost", "sum"),
        doubled=("doubled", "sum"),
    )
    show("Faults", sums.reset_index().to_dict("records"))
    print(f"{frame['held'].sum()} of {len(frame)} rounds held")
    return 0 if frame["held"].all() else 1


if __name__ == "__main__":
    sys.exit(main())

"""Two hosts, `ray up`, a submitted job, one host lost in the middle of it."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

import results
from results.remote import Place
from search.tasks.reading import read_task
from search.tasks.writing import as_toml
from tests.buckets import bucket
from tests.cluster.hosts import NETWORK, Host, hosts, lacking, ssh
from tests.parts import write_module
from tests.search.test_search import write_set
from tests.songs import make_songs
from tests.waiting import until

ROOT = Path(__file__).parents[2]
TRIALS = 32
BIN = Path(sys.prefix) / "bin"

pytestmark = [pytest.mark.hosts]


def cluster_file(made: list[Host], key: Path, target: Path) -> Path:
    """`cluster.local.yaml` with the addresses of these hosts.

    The environment is the one of the test: hosts without the internet cannot install another.
    A host has one slot: of more, on the cores of one machine, the head's may end every trial
    before the other host's have imported what they need.
    """
    config = yaml.safe_load((ROOT / "cluster.local.yaml").read_text())
    head, *workers = [host.address for host in made]
    config["provider"] |= {"head_ip": head, "worker_ips": workers}
    config["auth"] = {"ssh_user": "root", "ssh_private_key": str(key)}
    config["cluster_name"] = f"latentune-test-{os.getpid()}"
    *installing, shell = config["setup_commands"]
    assert len(installing) == 3
    config["setup_commands"] = [f"ln -sfn {sys.prefix} ~/latentune/.venv", shell]
    for commands in (config["head_start_ray_commands"], config["worker_start_ray_commands"]):
        assert commands[-1].split("ulimit")[1].count("ray start") == 1
        commands[-1] += " --num-cpus=1"
    target.write_text(yaml.safe_dump(config))
    return target


def ran(*command: object, timeout: float, **environment: str) -> str:
    """What a command prints; its failure is the test's."""
    done = subprocess.run(
        list(map(str, command)),
        **{"cwd": ROOT, "timeout": timeout, "text": True, "stdin": subprocess.DEVNULL},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


@contextmanager
def tunnel(head: Host, key: Path) -> Iterator[str]:
    """The dashboard of the head, which listens there alone, at an address of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    forward = f"-L{port}:127.0.0.1:8265"
    *command, there = ssh(head, key)
    process = subprocess.Popen([*command, "-N", forward, there])
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class TwoHosts:
    """A cluster of two hosts with songs on its head."""

    head: Host
    worker: Host
    key: Path

    def on_head(self, *command: str, timeout: float = 60) -> str:
        """What a command prints on the head."""
        inside = "export RAY_AUTH_MODE=token PATH=~/latentune/.venv/bin:$PATH; cd latentune; "
        return ran(*ssh(self.head, self.key, inside + " ".join(command)), timeout=timeout)


@pytest.fixture
def two_hosts(tmp_path: Path, own_home: dict[str, str]) -> Iterator[TwoHosts]:
    """Two hosts that `ray up` has made a cluster."""
    key = tmp_path / "key"
    with hosts(2, tmp_path / "disks", key) as made:
        cluster = TwoHosts(*made, key)
        write_set(cluster.head.home / "songs", make_songs())
        file = cluster_file(made, key, tmp_path / "cluster.yaml")
        ran(BIN / "ray", "up", "-y", "--no-config-cache", file, timeout=120, **own_home)

        def joined() -> bool:
            status = cluster.on_head("python", "-m", "search", "status", "--address", "auto")
            return "2 nodes" in status

        until(joined, 120, "the second host joins")
        yield cluster


@pytest.fixture
def own_home(tmp_path: Path) -> dict[str, str]:
    """An environment with a home of its own, in which there is a token."""
    (tmp_path / "home").mkdir()
    own = {
        "HOME": str(tmp_path / "home"),
        "RAY_AUTH_MODE": "token",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    ran(BIN / "ray", "get-auth-token", "--generate", timeout=60, **own)
    return own


PARTS = """
families = ["mine:FAMILY"]
baselines = []
views = ["trimmed+mine:VIEW"]
reference_views = ["trimmed+mine:VIEW"]
reducers = ["mine:REDUCER"]
clusterers = ["mine:CLUSTERER"]
objective = "mine:OBJECTIVE"
guards = ["mine:GUARD"]
"""


@pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
def test_parts_of_ones_own_travel_from_one_of_two_hosts(two_hosts: TwoHosts) -> None:
    """From a folder that the other host does not have."""
    folder = two_hosts.head.home / "elsewhere"
    folder.mkdir()
    vectors = make_songs(features=108)
    maps = vectors.replace(audio=vectors.audio.reshape(-1, 9, 12))
    write_set(two_hosts.head.home / "maps", maps)
    write_module(folder)
    replaced = [line.partition(" =")[0] for line in PARTS.splitlines() if line]
    easy = as_toml(read_task("easy", {"trials": TRIALS, "epochs": 100, "early_stopping": 0}))
    kept = [line for line in easy.splitlines() if line.partition(" =")[0] not in replaced]
    (folder / "own.toml").write_text(PARTS + "\n".join(kept))
    command = ["python", "-m", "search", "/root/elsewhere/own.toml", "--address", "auto"]
    options = ["--set", "finalist_seeds=0", "--set", "space.beta.per_decade=0", "--no-report"]
    options += ["--data", "/root/maps", "--out", "/root/runs", "--name", "own"]
    two_hosts.on_head(*command, *options, timeout=400)
    trials = pd.read_parquet(two_hosts.head.home / "runs" / "easy" / "own" / "trials.parquet")
    assert (trials["status"] != "failed").all(), trials["error"].dropna().to_list()
    assert {*trials["family"]} == {"mine:FAMILY"}
    assert {*trials["view"]} == {"trimmed+mine:VIEW"}
    assert {two_hosts.head.name, two_hosts.worker.name} == {*trials["host"]}


@pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
def test_a_submitted_search_outlives_one_of_two_hosts(
    two_hosts: TwoHosts, own_home: dict[str, str]
) -> None:
    head, worker, key = two_hosts.head, two_hosts.worker, two_hosts.key
    with tunnel(head, key) as address:
        submit = [BIN / "ray", "job", "submit", "--address", address, "--working-dir", "."]
        search = ["python", "-m", "search", "easy", "--address", "auto", "--name", "night"]
        refused = subprocess.run(
            [*submit, "--", *search, "--out", "runs"],
            **{"cwd": ROOT, "env": {**os.environ, **own_home}, "text": True},
            capture_output=True,
            timeout=120,
        )
        assert refused.returncode and "thrown away" in refused.stdout + refused.stderr
        small = ["epochs=300", "early_stopping=0", "space.latent_size.high=8"]
        small += ["space.beta.per_decade=0", "finalist_seeds=0", "baselines=[]"]
        options = ["--trials", TRIALS, "--data", "/root/songs", "--out", "/root/runs"]
        options += [f"--set={change}" for change in small]
        job = subprocess.Popen(
            [*map(str, [*submit, "--", *search, *options])],
            **{"cwd": ROOT, "env": {**os.environ, **own_home}, "text": True},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            run = head.home / "runs" / "easy" / "night"
            until(
                lambda: worker.name in ended(run) or job.poll() is not None,
                240,
                "a trial ends on the second host",
            )
            assert job.poll() is None, job.communicate()[0][-6000:]
            worker.kill()
            done = ended(run)
            told = two_hosts.on_head("python", "-m", "search", "status", "--address", "auto")
            said, _ = job.communicate(timeout=300)
        finally:
            job.kill()
    assert job.returncode == 0, said[-6000:]
    trials = pd.read_parquet(run / "trials.parquet")
    assert len(done) < TRIALS
    assert "easy/night" in told
    assert sorted(trials["trial"]) == list(range(TRIALS))
    assert (trials["status"] != "failed").all(), trials["error"].dropna().to_list()
    assert {head.name, worker.name} == set(trials["host"])


@pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
def test_the_same_command_goes_on_elsewhere_from_the_mirror_of_a_lost_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    key, uri = tmp_path / "key", "s3://music/runs/easy/nightly"
    with (
        hosts(2, tmp_path / "disks", key) as (first, second),
        bucket(f"{NETWORK}.254", "music") as environment,
    ):
        for host in (first, second):
            write_set(host.home / "songs", make_songs())
            for room in ("data", "models", "evaluation", "results", "search"):
                left = shutil.ignore_patterns("sets", "runs", "__pycache__")
                shutil.copytree(ROOT / room, host.home / "latentune" / room, ignore=left)
        given = " ".join(f"{name}={value}" for name, value in environment.items())
        command = f"export TF_CPP_MIN_LOG_LEVEL=3 {given}; cd latentune; {sys.prefix}/bin/python "
        command += "-m search easy --name nightly --resume auto --out s3://music/runs --workers 1 "
        command += f"--data /root/songs --trials {TRIALS} --no-report --set epochs=150 "
        command += "--set early_stopping=0 --set baselines=[] --set finalist_seeds=0 "
        command += "--set space.beta.per_decade=0"
        begun = subprocess.Popen(ssh(first, key, command), stdout=subprocess.DEVNULL)
        try:

            def some_copied() -> bool:
                listed = Place.of(uri).listing()
                return sum(name.startswith("parts/trials-") for name in listed) >= 4

            until(lambda: some_copied() or begun.poll() is not None, 240, "trials are copied")
            assert begun.poll() is None
            first.kill()
        finally:
            begun.kill()
            begun.wait()
        shutil.rmtree(first.home / "latentune")
        before = results.load(uri, "trials").set_index("trial")
        said = ran(*ssh(second, key, command), timeout=400)
        after = results.load(uri, "trials").set_index("trial")
    assert f"Going on from the mirror at {uri}" in said
    assert 4 <= len(before) < TRIALS
    assert sorted(after.index) == list(range(TRIALS))
    pd.testing.assert_series_equal(after["started"].loc[before.index], before["started"])
    assert (after["status"] != "failed").all(), after["error"].dropna().to_list()


def ended(run: Path) -> list[str]:
    """The host of every trial of a run that has ended so far."""
    parts = [pd.read_parquet(path) for path in sorted(run.glob("parts/trials-*.parquet"))]
    return [host for part in parts for host in part["host"]]


def test_the_machine_is_left_as_it_was() -> None:
    """Also when the test before has failed."""
    if shutil.which("ip") is None:
        pytest.skip("there is no ip")
    links = subprocess.run(["ip", "link"], capture_output=True, text=True).stdout
    assert "lt-" not in links

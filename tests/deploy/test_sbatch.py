"""The Slurm job, run by bash with programs in the place of Slurm's, Ray's and the search."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from search.options import search_parser
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "slurm" / "latentune.sbatch"

# Each program writes what it was called with. `srun` runs what it is given, here; Ray stays until
# it is ended; the search ends as it is told to, or stays until SIGTERM.
PROGRAMS = {
    "srun": """
        echo "srun $*" >> calls
        while [[ $1 == --* ]]; do shift; done
        exec "$@"
    """,
    "scontrol": """
        echo "scontrol $*" >> calls
        [ "$1" != show ] || printf '%s\\n' node1 node2 node3
    """,
    "hostname": "echo 10.0.0.1 10.1.0.1",
    "ray": """
        echo "ray $*" >> calls
        case $1 in
            start) [[ $* == *--head* ]] && touch up; exec sleep 600 ;;
            status) test -e up ;;
            get-auth-token) mkdir -p "$HOME/.ray" && echo secret > "$HOME/.ray/auth_token" ;;
        esac
    """,
    "python": """
        echo "python $*" >> calls
        echo "auth $RAY_AUTH_MODE" >> calls
        until [ $SLURM_NNODES = 1 ] || grep -q "ray start --address" calls; do sleep .05; done
        [ ! -e ends ] || exit "$(cat ends)"
        trap 'echo stopped >> calls; exit 130' TERM
        touch searching
        while :; do sleep .1; done
    """,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout whose environment has these programs."""
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, text in PROGRAMS.items():
        path = programs / name
        path.write_text(f"#!/bin/bash\n{text}")
        path.chmod(0o755)
    return tmp_path


def begin(folder: Path, *more: str, nodes: int = 3) -> "subprocess.Popen[bytes]":
    """Start the job as Slurm does."""
    own = {
        "SLURM_SUBMIT_DIR": str(folder),
        "SLURM_JOB_ID": "4711",
        "SLURM_JOB_NODELIST": "node[1-3]",
        "SLURM_NNODES": str(nodes),
        "HOME": str(folder / "home"),
    }
    with (folder / "log").open("w") as log:
        return subprocess.Popen(
            ["bash", str(SCRIPT), *more],
            env={**os.environ, **own},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def calls(folder: Path) -> list[str]:
    path = folder / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_bash_reads_it() -> None:
    assert subprocess.run(["bash", "-n", str(SCRIPT)]).returncode == 0


def test_it_may_be_queued_again_and_is_warned_in_time() -> None:
    options = re.findall(r"^#SBATCH (--\S+)", SCRIPT.read_text(), re.MULTILINE)
    assert {"--requeue", "--open-mode=append", "--exclusive"} <= set(options)
    (warned,) = [option for option in options if option.startswith("--signal=")]
    assert int(warned.removeprefix("--signal=B:USR1@")) >= 300
    first = SCRIPT.read_text().index("set -euo pipefail")
    assert "#SBATCH" not in SCRIPT.read_text()[first:]  # below a command Slurm reads none


def test_a_search_runs_beside_a_ray_of_all_nodes_and_its_end_is_the_job_s(folder: Path) -> None:
    (folder / "ends").write_text("0")
    job = begin(folder, "--trials", "500")
    assert job.wait(60) == 0, (folder / "log").read_text()
    made = calls(folder)
    port = 20_000 + 4_711
    heads = [call for call in made if call.startswith("ray start --head")]
    assert len(heads) == 1 and f"--node-ip-address=10.0.0.1 --port={port} " in heads[0]
    assert any(f"ray start --address=10.0.0.1:{port}" in call for call in made)
    assert any("--nodes=2 --ntasks=2 --exclude=node1" in call for call in made)
    (search,) = [call for call in made if call.startswith("python -m search")]
    words = search.split()
    asked = search_parser().parse_args(words[3:])
    assert (asked.resume, asked.name, asked.trials) == ("auto", "nightly", 500)
    assert asked.address == f"10.0.0.1:{port}" and asked.gpus_per_trial == 0.25
    assert "auth token" in made and not any("requeue" in call for call in made)


def test_the_token_is_made_once_and_read_by_its_owner_alone(folder: Path) -> None:
    (folder / "ends").write_text("0")
    for _ in range(2):
        assert begin(folder).wait(60) == 0
    token = folder / "home" / ".ray" / "auth_token"
    assert token.stat().st_mode & 0o077 == 0
    assert calls(folder).count("ray get-auth-token --generate") == 1


def test_before_its_time_is_over_the_search_stops_and_the_job_queues_again(folder: Path) -> None:
    job = begin(folder)
    until(lambda: (folder / "searching").exists(), 60, "the search to begin")
    job.send_signal(signal.SIGUSR1)
    assert job.wait(60) == 130
    assert calls(folder)[-2:] == ["stopped", "scontrol requeue 4711"]


def test_a_search_that_failed_is_not_queued_again(folder: Path) -> None:
    (folder / "ends").write_text("4")
    assert begin(folder).wait(60) == 4
    assert not any("requeue" in call for call in calls(folder))


def test_on_one_node_no_other_is_asked_for(folder: Path) -> None:
    (folder / "ends").write_text("0")
    assert begin(folder, nodes=1).wait(60) == 0
    assert not any("--nodes=0" in call for call in calls(folder))

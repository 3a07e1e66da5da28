"""A few rounds of the campaign in benchmarks/faults.py, which breaks real searches."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_no_finished_trial_is_lost_or_doubled() -> None:
    rounds = ("--rounds", "3", "--kinds", "driver", "worker", "SIGINT")
    ended = subprocess.run(
        [sys.executable, BENCHMARKS / "faults.py", *rounds], capture_output=True, text=True
    )
    assert "3 of 3 rounds held" in ended.stdout, ended.stdout + ended.stderr

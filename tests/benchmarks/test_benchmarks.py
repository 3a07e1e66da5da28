"""The benchmarks that need no search run, at sizes that take no time; no figure is judged."""

import runpy
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["silhouette.py", "--songs", "200", "--labelings", "3"], "| 200 | 3 |"),
        (
            ["tables.py", "--rows", "200", "--counts", "5", "--parts", "4", "--repeats", "1"],
            "200 rows of 4 parts",
        ),
    ],
)
def test_a_benchmark_prints_its_ratio(
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setattr(sys, "argv", arguments)
    runpy.run_path(str(BENCHMARKS / arguments[0]), run_name="__main__")
    printed = capsys.readouterr().out
    assert said in printed
    assert " / " in printed or "ratio" in printed

"""Wrong calls from Python: each gets one sentence of ours, or the right answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import results
from results import ResultsError
from results.export import export
from results.report.page import write_report
from results.store import RunStore

ODD: list[Any] = [None, 3, 2.5, b"easy", True, [], {}, ("easy",), ..., np.arange(3), ""]
LONG: list[Any] = ["a" * 5_000, "a\0b", "\ud800", "no such run"]
Load = Callable[..., pd.DataFrame]

WRONG_LOADS: list[dict[str, Any]] = [
    *({"task": value} for value in [*ODD, *LONG, "file:///nowhere", "s3://a:b@bucket/run"]),
    *({"table": value} for value in [*ODD, "trails", "Trials"]),
    *({"runs": value} for value in [3, 2.5, [], [3], {}, b"all", [None], "", "nobody", [[]]]),
    *({"columns": value} for value in ["trial", 3, [], [3], b"trial", ["nothing"], {"trial": 1}]),
    *({"root": value} for value in [3, b"x", "", [], "a\0b"]),
    *({"where": value} for value in ["x", 3, {}, ["x"], [3], [()], [("trial", "==")]]),
    {"where": [("family", "in", "pca")]},
    {"where": [("family", "in", None)]},
    {"where": [("family", "in", [float("nan")])]},
    {"where": [("family", "in", [3])]},
    {"where": [("trial", "in", ["a"])]},
    {"where": [("trial", "===", 1)]},
    {"where": [("trial", None, 1)]},
    {"where": [("trial", ["in"], [1])]},
    {"where": [("trial", "==", "one")]},
    {"where": [("trial", "==", None)]},
    {"where": [("trial", "==", float("nan"))]},
    {"where": [("trial", "==", pd.NA)]},
    {"where": [("trial", "==", [1])]},
    {"where": [("trial", "==", 10**40)]},
    {"where": [("trial", "==", ...)]},
    {"where": [("nothing", "==", 1)]},
    {"where": [(3, "==", 1)]},
    {"where": [[("trial", "==", 1)]]},
]


def refused(call: Callable[[], Any]) -> str:
    """The one sentence that a wrong call gets."""
    with pytest.raises(ResultsError) as raised:
        call()
    said = str(raised.value)
    assert said and "\n" not in said and "\0" not in said and len(said) < 6_000
    return said


@pytest.mark.parametrize("wrong", WRONG_LOADS, ids=lambda wrong: repr(wrong)[:60])
def test_a_wrong_load_gets_one_sentence(finished: Path, wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"task": finished, "table": "trials"}
    refused(lambda: results.load(**{**right, **wrong}))


@pytest.mark.parametrize("wrong", [None, 1.5, "1", b"1", True, [1], float("nan"), 10**30, 99])
def test_codes_of_no_trial_get_one_sentence(finished: Path, wrong: Any) -> None:
    refused(lambda: results.latents(finished, wrong))
    if wrong is not None:
        refused(lambda: results.latents(finished, 1, seed=wrong))


@pytest.mark.parametrize("wrong", [*ODD, *LONG], ids=lambda wrong: repr(wrong)[:40])
def test_a_wrong_name_gets_one_sentence_from_every_function(
    finished: Path, tmp_path: Path, wrong: Any
) -> None:
    is_name = isinstance(wrong, str) and wrong == "no such run"
    refused(lambda: results.latents(wrong, 1))
    refused(lambda: results.best(wrong))
    refused(lambda: results.meaning(wrong))
    refused(lambda: write_report(wrong))
    refused(lambda: RunStore.open(wrong))
    refused(lambda: export(wrong, "csv", tmp_path))
    if not is_name:
        refused(lambda: RunStore.create(tmp_path, wrong, "new", {}))
        refused(lambda: RunStore.create(tmp_path, "easy", wrong, {}))
        refused(lambda: export(results.load(finished), wrong, tmp_path))
    if wrong is not None:
        refused(lambda: results.meaning("ari", wrong))
    if wrong is not None and not is_name:
        refused(lambda: results.runs(wrong))


def test_other_wrong_calls_get_one_sentence(finished: Path, tmp_path: Path) -> None:
    comparison = results.load(finished)
    refused(lambda: results.latents(finished, 1, seed=-1))
    refused(lambda: export(comparison[:0], "csv", tmp_path))
    refused(lambda: export(comparison[["family"]], "csv", tmp_path))
    refused(lambda: export(comparison, "csv", 3))  # type: ignore[arg-type]
    refused(lambda: write_report(finished, out=3))  # type: ignore[arg-type]
    refused(lambda: write_report(finished, out=""))  # type: ignore[arg-type]
    refused(lambda: write_report(finished, out=tmp_path))
    refused(lambda: results.runs(root=3))  # type: ignore[arg-type]


ROWS: list[Any] = [None, 3, "rows", [3], ["row"], [None], {"trial": 3}, {"trial": None}, {3: [1]}]
ROWS += [[{3: 1}], [[("trial", 1)]], {"trial": "12"}, {"trial": [1], "seed": [[1]]}, b"rows"]


@pytest.mark.parametrize("rows", ROWS, ids=repr)
def test_what_is_no_row_is_not_written(finished: Path, rows: Any) -> None:
    before = sorted(finished.glob("parts/*"))
    with RunStore.open(finished) as store:
        refused(lambda: store.append("trials", rows))
    assert sorted(finished.glob("parts/*")) == before


def test_wrong_calls_of_a_store_get_one_sentence(finished: Path) -> None:
    with RunStore.open(finished) as store:
        calls: list[Callable[[], Any]] = [
            lambda: store.append("trails", []),
            lambda: store.append(None, []),  # type: ignore[arg-type]
            lambda: store.table("trails"),
            lambda: store.write_info([]),  # type: ignore[arg-type]
            lambda: store.write_info({"mirror": 3}),
            lambda: store.write_info({"said": "one"}),
            lambda: store.save_codes(1.5, [[0.0]]),  # type: ignore[arg-type]
            lambda: store.save_codes(1, [[0.0], [1.0, 2.0]]),
            lambda: store.save_codes(1, [...]),  # type: ignore[arg-type]
            lambda: store.save_codes(1, [[0.0]], seed=-1),
            lambda: store.partitions(7, 7),
            lambda: store.partitions(1, None),  # type: ignore[arg-type]
            lambda: store.save_figure("a/b", {}),
            lambda: store.save_figure("curves", {"../a": [1.0]}),
            lambda: store.save_figure("curves", {"a": [...]}),  # type: ignore[dict-item]
            lambda: store.save_figure("curves", [1.0]),  # type: ignore[arg-type]
            lambda: store.save_model(1, {"/../../x": b""}),
            lambda: store.save_model(1, {".json": "text"}),  # type: ignore[dict-item]
            lambda: store.save_model(1, None),  # type: ignore[arg-type]
        ]
        for call in calls:
            refused(call)


def test_whole_numbers_of_numpy_and_names_in_any_sequence_are_right(finished: Path) -> None:
    assert results.latents(finished, np.int32(2)).shape == (6, 2)  # type: ignore[arg-type]
    columns: Any = pd.Index(["trial", "role"])
    assert list(results.load(finished, "trials", columns=columns)) == ["trial", "role"]
    where = [("trial", "in", {0, 2}), ("family", "in", np.array(["mlp_vae"]))]
    assert len(results.load(finished, "trials", where=where)) == 2
    assert not len(results.load(finished, "trials", where=[("trial", "in", [])]))
    assert not len(results.load(finished, "trials", where=[("family", "in", [])]))
    assert results.meaning("ari", "trials")

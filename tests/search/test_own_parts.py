"""Parts of one's own: those of docs/extending.md, in a real search and after it."""

import dataclasses
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

import models
import results
from data import read
from search.__main__ import main
from search.assign import assign
from search.backend.resources import Resources
from search.resume import resume
from search.run import RunOptions
from search.start import search
from search.tasks.ranges import TaskError
from search.tasks.reading import read_task
from tests.parts import NAMES, alone, write_module
from tests.searches import write_set
from tests.songs import make_songs

TASK = """
name = "own"
inputs = ["audio"]
families = ["mine:FAMILY"]
baselines = ["pca"]
views = ["standard", "trimmed+mine:VIEW"]
reducers = ["mine:REDUCER"]
clusterers = ["kmeans", "mine:CLUSTERER"]
clusters = "2:4"
center_languages = true
label = "genre"
objective = "mine:OBJECTIVE"
guards = ["coverage", "count", "finite", "mine:GUARD"]
trials = 3
scheduler = "none"
seed = 0
epochs = 3
early_stopping = 3
finalists = 1
finalist_seeds = 2
finalist_share = 0
null_collections = 1

[space]
latent_size = { low = 2, high = 8 }

[space."mine:FAMILY"]
turn = { low = 10.0, high = 100.0, log = true }
"""


def options() -> RunOptions:
    return RunOptions(Resources(workers=2), console=Console(file=io.StringIO()), clips=0)


@pytest.fixture(scope="module")
def searched(ray_session: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a run with a part of one's own of each kind."""
    base = tmp_path_factory.mktemp("own")
    folder = base / "elsewhere"
    folder.mkdir()
    write_module(folder)
    (folder / "own.toml").write_text(TASK)
    with alone():
        task = read_task(str(folder / "own.toml"))
        vectors = make_songs(features=108)
        maps = vectors.replace(audio=vectors.audio.reshape(-1, 9, 12))
        songs = write_set(base / "songs", maps)
        yield search(task, songs, out=base / "runs", options=options()).folder


@pytest.fixture
def run(searched: Path, tmp_path: Path) -> Path:
    """A copy of that run, which nobody began where it lies."""
    return shutil.copytree(searched, tmp_path / "copy")


@pytest.fixture(autouse=True)
def tables() -> Iterator[None]:
    with alone():
        yield


def forget() -> None:
    """Be a process that has brought no part yet."""
    import sys

    from search.tasks.kinds import KINDS

    for kind in KINDS.values():
        for name in [name for name in kind.table if ":" in name]:
            del kind.table[name]
    sys.modules.pop("mine", None)


@pytest.mark.parametrize("name", NAMES)
def test_every_part_of_the_page_keeps_the_promises_of_its_kind(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_module(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["check-part", f"mine:{name}"]) == 0
    said = capsys.readouterr().out
    assert "BROKEN" not in said
    assert re.search(rf"mine:{name} keeps (\d+) of the \1 promises of its kind", said)


BROKEN = """
import numpy as np
from evaluation.assignment import NearestCentre
from evaluation.clusterers import Clusterer, Fitted


def drifting(codes, counts, seed):
    random = np.random.default_rng()  # and not of the seed
    rules = [NearestCentre(codes[random.choice(len(codes), count)]) for count in counts]
    return [Fitted(rule, rule.assign(codes).astype(np.int64)) for rule in rules]


CLUSTERER = Clusterer("drifting", drifting)
"""


def test_a_broken_part_is_told_which_promises_it_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "theirs.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["check-part", "theirs:CLUSTERER"]) == 2
    said = capsys.readouterr().out
    assert "BROKEN  The seed decides the result. But the same seed gives other clusters." in said
    assert "BROKEN  Clusters are int32 and noise is -1. But they are int64." in said
    assert "kept    Codes of float32 serve." in said


def test_a_search_with_parts_of_ones_own_fills_the_tables(searched: Path) -> None:
    trials = results.load(searched, "trials")
    own = trials[trials["family"] == "mine:FAMILY"]
    assert (trials["status"] != "failed").all(), trials["error"].dropna().tolist()
    assert own["setting_turn"].between(10, 100).all()
    assert trials["guard_mine:GUARD"].between(0, 1).all()
    assert (own["objective"] == own["objective_mine:OBJECTIVE"]).all()
    clusterings = results.load(searched, "clusterings")
    assert {"kmeans", "mine:CLUSTERER"} <= {*clusterings["clusterer"]}
    assert clusterings["objective_mine:OBJECTIVE"].notna().any()
    assert "coherence_trimmed+mine:VIEW" in clusterings
    comparison = results.load(searched)
    assert {"mine:FAMILY", "pca"} <= {*comparison["family"]}
    assert "objective_mine:OBJECTIVE_low" in comparison


def test_a_run_says_where_its_parts_came_from(searched: Path) -> None:
    info = json.loads((searched / "run.json").read_text())
    assert {part["name"] for part in info["parts"]} == {f"mine:{name}" for name in NAMES}
    assert {part["kind"] for part in info["parts"]} == {name.lower() for name in NAMES}
    for part in info["parts"]:
        assert Path(part["place"]).name == "mine.py" and len(part["sha256"]) == 64
    assert info["guards"]["mine:GUARD"] == {"bound": 0.3, "strict": False}


def test_its_own_user_goes_on_with_it_and_assigns_by_it(searched: Path) -> None:
    forget()
    done = resume(searched, trials=4, options=options())
    assert not done.interrupted
    assert len(results.load(done.folder, "trials").query("role == 'search'")) == 4
    forget()
    table = assign(searched, read(searched.parents[2] / "songs"), "mine:FAMILY")
    kept = results.load(searched, "assignments")
    best = results.load(searched).set_index("family")["trial"]["mine:FAMILY"]
    kept = kept[(kept["trial"] == best) & (kept["seed"] == kept["seed"].min())]
    merged = table.merge(kept, on="id", suffixes=("", "_kept"))
    assert len(merged) == len(table) and (merged["cluster"] == merged["cluster_kept"]).all()


def test_a_run_from_elsewhere_loads_no_code_until_its_module_is_named(run: Path) -> None:
    forget()
    songs = read(Path(json.loads((run / "run.json").read_text())["data"]["folder"]))
    for attempt in (
        lambda: assign(run, songs, "mine:FAMILY"),
        lambda: resume(run, source=songs_of(run), options=options()),
    ):
        with pytest.raises(TaskError, match=r"if you trust it, name its module by --parts mine"):
            attempt()
    place = json.loads((run / "run.json").read_text())["parts"][0]["place"]
    assert len(assign(run, songs, "mine:FAMILY", parts=[place])) == len(songs)


def songs_of(run: Path) -> str:
    return str(json.loads((run / "run.json").read_text())["data"]["folder"])


def test_no_module_that_a_forged_record_names_is_imported(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.syspath_prepend(tmp_path)
    info = json.loads((run / "run.json").read_text())
    content = json.dumps(info).replace("mine:", "theirs:")
    (run / "run.json").write_text(content.replace(info["parts"][0]["place"], str(tmp_path)))
    forget()
    for command in (["resume", str(run)], ["assign", str(run), "--out", str(tmp_path / "a.csv")]):
        assert main([*command, "--data", songs_of(run)]) == 2
    path = next((run / "models").glob("*-s1.json"))
    described = json.loads(path.read_text()) | {"family": "theirs:FAMILY"}
    path.write_text(json.dumps(described))
    with pytest.raises(models.ModelError, match="put a family of your own into models.FAMILIES"):
        models.load(path)
    assert not (tmp_path / "ran").exists()


def test_a_missing_module_and_a_changed_one_are_said(searched: Path) -> None:
    module = Path(json.loads((searched / "run.json").read_text())["parts"][0]["place"])
    songs = read(songs_of(searched))
    kept = module.read_text()
    try:
        module.unlink()
        forget()
        with pytest.raises(TaskError, match=r"needs the family mine:FAMILY: there is no module"):
            assign(searched, songs, "mine:FAMILY")
        module.write_text(f"{kept}\n# changed\n")
        forget()
        said: list[str] = []
        assign(searched, songs, "mine:FAMILY", say=said.append)
        assert said == ["The module mine has changed since the run began."]
    finally:
        module.write_text(kept)


def test_models_are_loaded_where_the_parts_stand_in_the_tables(searched: Path) -> None:
    paths = [*(searched / "models").glob("*-s1.json")]
    path = next(one for one in paths if '"mine:FAMILY"' in one.read_text())
    forget()
    with pytest.raises(models.ModelError, match="put a family of your own"):
        models.load(path)
    import sys

    from data import views

    sys.path.insert(0, str(searched.parents[2] / "elsewhere"))
    import mine

    models.FAMILIES["mine:FAMILY"] = dataclasses.replace(mine.FAMILY, name="mine:FAMILY")
    views.VIEWS["mine:VIEW"] = mine.VIEW
    assert models.load(path).family == "mine:FAMILY"


def test_the_tables_need_no_code(searched: Path) -> None:
    forget()
    table = results.load(searched)
    assert isinstance(table, pd.DataFrame) and "mine:FAMILY" in {*table["family"]}

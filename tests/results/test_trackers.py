"""Runs in the hands of MLflow and TensorBoard, written and read back by these themselves."""

import os
import shutil
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from results.__main__ import main
from results.columns import ResultsError
from results.store import RunStore
from results.trackers import export_to_tracker
from results.trackers.from_tables import run_record
from results.trackers.to_mlflow import to_mlflow
from results.trackers.to_tensorboard import FILE, to_tensorboard

LABEL = "a strange (label)?"


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of MLflow's without runs, whose tables take seconds to make."""
    from mlflow.tracking import MlflowClient

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def exported(
    finished: Path, row: SimpleNamespace, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A finished run with a finalist and its model, in the folder in which it is exported."""
    with RunStore.open(finished) as run:
        more = {"train_seconds": 4.0, "score_seconds": 1.0, f"ari_{LABEL}": 0.5}
        run.append("trials", [row.trial(2, role="finalist", seed=3, **more)])
        curve = [row.epoch(n, of=2, role="finalist", seed=3, seconds=2.0) for n in (1, 2)]
        run.append("epochs", curve)
        run.save_model(2, {".json": b"{}", ".weights.h5": b"weights"}, seed=3)
        run.consolidate()
    (finished / "report.html").write_text("<h1>report</h1>")
    monkeypatch.chdir(finished.parent.parent)
    shutil.copy(empty_store, "mlflow.db")
    return finished


def store() -> str:
    """The store of this test: MLflow keeps what it opened by its URI."""
    return f"sqlite:///{Path.cwd()}/mlflow.db"


def client() -> Any:
    from mlflow.tracking import MlflowClient

    return MlflowClient(store())


def runs_there(experiment: str = "easy") -> dict[str, Any]:
    """The runs of the experiment, by name; that of the search by its own."""
    own = client()
    found = own.search_runs([own.get_experiment_by_name(experiment).experiment_id])
    assert len({run.info.run_name for run in found}) == len(found)
    return {run.info.run_name: run for run in found}


def test_mlflow_has_a_run_of_the_search_and_a_run_below_it_for_each_trial(exported: Path) -> None:
    assert main(["export", str(exported), "--to", "mlflow", "--uri", store()]) == 0
    there = runs_there()
    parent = there.pop("first")
    assert {*there} == {"search 0", "search 1", "search 2", "search 3", "finalist 2-s3"}
    assert {run.data.tags["mlflow.parentRunId"] for run in there.values()} == {parent.info.run_id}
    assert parent.info.status == "FINISHED"
    assert there["search 3"].info.status == "FAILED"
    assert there["search 3"].data.tags["error"] == "ValueError: bad luck"
    trial = there["search 1"].data
    assert trial.params == {"family": "mlp_vae", "latent_size": "8", "beta": "0.5", "seed": "0"}
    assert trial.metrics["objective"] == 1 and trial.metrics["ari_language"] == 0.25
    assert trial.metrics["training/loss"] == 0.5


def test_mlflow_has_epochs_as_steps_and_the_times_of_the_run(exported: Path) -> None:
    to_mlflow(run_record(exported), store())
    finalist = runs_there()["finalist 2-s3"]
    history = client().get_metric_history(finalist.info.run_id, "training/loss")
    assert [(each.step, each.value) for each in history] == [(1, 1.0), (2, 0.5)]
    begun = finalist.info.start_time
    assert [each.timestamp - begun for each in history] == [2_000, 4_000]
    assert finalist.info.end_time - begun == 5_000
    (score,) = client().get_metric_history(finalist.info.run_id, "objective")
    assert (score.step, score.timestamp) == (2, finalist.info.end_time)
    best = client().get_metric_history(runs_there()["first"].info.run_id, "best_objective")
    assert [(each.step, each.value) for each in best] == [(1, 0.0), (2, 1.0), (3, 2.0)]


def test_mlflow_has_the_models_of_finalists_and_the_report(exported: Path, tmp_path: Path) -> None:
    to_mlflow(run_record(exported), store())
    there = runs_there()
    own = there["finalist 2-s3"].info.run_id
    names = {each.path for each in client().list_artifacts(own, "model")}
    assert names == {"model/2-s3.json", "model/2-s3.weights.h5"}
    fetched = client().download_artifacts(own, "model/2-s3.weights.h5", str(tmp_path))
    assert Path(fetched).read_bytes() == b"weights"
    above = {each.path for each in client().list_artifacts(there["first"].info.run_id)}
    assert above == {"comparison.csv", "report.html"}
    assert "mlp_vae" in there["first"].data.tags["mlflow.note.content"]
    assert not client().list_artifacts(there["search 2"].info.run_id)


def test_a_name_that_mlflow_does_not_take_is_written_in_what_it_takes(exported: Path) -> None:
    to_mlflow(run_record(exported), store())
    assert runs_there()["finalist 2-s3"].data.metrics["ari_a strange _label__"] == 0.5


def test_mlflow_gets_nothing_twice_and_what_is_new(
    exported: Path, row: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    def said() -> str:
        assert main(["export", str(exported), "--to", "mlflow", "--uri", store()]) == 0
        return capsys.readouterr().out

    assert "5 trials, 5 of them new" in said()
    before = {name: run.info.run_id for name, run in runs_there().items()}
    assert "5 trials, 0 of them new" in said()
    assert {name: run.info.run_id for name, run in runs_there().items()} == before
    with RunStore.open(exported) as run:
        run.append("trials", [row.trial(4, objective=9.0), row.trial(0, objective=0.5)])
    (exported / "report.html").write_text("<h1>another</h1>")
    assert "6 trials, 2 of them new" in said()
    after = runs_there()
    assert set(after) == {*before, "search 4"}
    assert after["search 0"].data.metrics["objective"] == 0.5
    assert after["search 1"].info.run_id == before["search 1"]
    assert after["first"].info.run_id == before["first"]
    best = client().get_metric_history(before["first"], "best_objective")
    assert [each.step for each in best] == [1, 2, 3, 4] and best[-1].value == 9
    page = client().download_artifacts(before["first"], "report.html")
    assert "another" in Path(page).read_text()


def test_a_trial_that_was_written_by_half_is_written_anew(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    whole = MlflowClient.log_artifact

    def full(*_: Any, **__: Any) -> None:
        raise OSError("disk is full")

    monkeypatch.setattr(MlflowClient, "log_artifact", full)
    with pytest.raises(ResultsError, match="disk is full"):
        to_mlflow(run_record(exported), store())
    assert runs_there()["finalist 2-s3"].info.status == "RUNNING"
    monkeypatch.setattr(MlflowClient, "log_artifact", whole)
    to_mlflow(run_record(exported), store())
    assert runs_there()["finalist 2-s3"].info.status == "FINISHED"


def test_a_run_that_goes_on_runs_in_mlflow_too_until_it_has_ended(
    unfinished: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(unfinished.parent.parent)
    shutil.copy(empty_store, "mlflow.db")
    to_mlflow(run_record(unfinished), store())
    assert runs_there()["broken"].info.status == "RUNNING"
    with RunStore.open(unfinished) as run:
        run.write_info({"ended": "2026-03-01T13:00:00+00:00", "settings": {"trials": 80}})
    to_mlflow(run_record(unfinished), store())
    ended = runs_there()["broken"]
    assert (ended.info.status, ended.data.params) == ("FINISHED", {"trials": "80"})
    with RunStore.open(unfinished) as run:
        run.write_info({"settings": {"trials": 90}})
    to_mlflow(run_record(unfinished), store())
    assert runs_there()["broken"].data.tags["now.trials"] == "90"


def test_a_run_begun_anew_under_a_name_is_another(exported: Path) -> None:
    to_mlflow(run_record(exported), store())
    with RunStore.open(exported) as run:
        run.write_info({"created": "2026-04-01T00:00:00+00:00"})
    to_mlflow(run_record(exported), store())
    experiment = client().get_experiment_by_name("easy").experiment_id
    names = Counter(run.info.run_name for run in client().search_runs([experiment]))
    assert names["first"] == 2 and names["search 0"] == 2


@pytest.mark.parametrize(
    "uri", ["sqlite:////proc/none/mlflow.db", "nonsense://x", "", "http://127.0.0.1:9"]
)
def test_a_store_that_is_none_gets_one_sentence_without_its_password(
    exported: Path, uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = uri.replace("//127", "//user:hush@127")
    assert main(["export", str(exported), "--to", "mlflow", "--uri", uri]) == 2
    said = capsys.readouterr().err
    assert said.startswith("latentune: ") and said.count("\n") == 1 and "hush" not in said


def events(folder: Path) -> Any:
    """What TensorBoard's own reader finds in the folder of a trial."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder)).Reload()


def test_tensorboard_has_the_scores_and_curves_of_each_trial(exported: Path) -> None:
    assert main(["export", str(exported), "--to", "tensorboard", "tb"]) == 0
    written = {path.parent.relative_to("tb").as_posix() for path in Path("tb").rglob(FILE)}
    trials = ("search/0", "search/1", "search/2", "search/3", "finalist/2-s3")
    assert written == {f"easy/first/{trial}" for trial in trials}
    found = events(Path("tb/easy/first/finalist/2-s3"))
    loss = found.Scalars("training/loss")
    assert [(each.step, each.value) for each in loss] == [(1, 1.0), (2, 0.5)]
    assert loss[1].wall_time - loss[0].wall_time == 2
    (objective,) = found.Scalars("objective")
    assert (objective.step, objective.value) == (2, 2.0)
    assert found.Scalars(f"scores/ari_{LABEL}")[0].value == 0.5


def test_tensorboard_shows_hyperparameters_beside_scores(exported: Path) -> None:
    """As its plugin HParams reads them."""
    from tensorboard.plugins.hparams import metadata

    to_tensorboard(run_record(exported), "tb")
    ends = {}
    for name in ("search/1", "search/3"):
        tags = events(Path("tb/easy/first") / name).summary_metadata
        start = metadata.parse_session_start_info_plugin_data(
            tags[metadata.SESSION_START_INFO_TAG].plugin_data.content
        )
        assert start.hparams["family"].string_value == "mlp_vae"
        assert start.hparams["latent_size"].number_value == 8
        assert start.hparams["role"].string_value == "search"
        end = metadata.parse_session_end_info_plugin_data(
            tags[metadata.SESSION_END_INFO_TAG].plugin_data.content
        )
        ends[name] = end.status
    assert ends == {"search/1": 1, "search/3": 2}  # success, failure


def test_tensorboard_gets_nothing_twice_and_what_is_new(
    exported: Path, row: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    def said() -> str:
        assert main(["export", str(exported), "--to", "tensorboard", "--out", "tb"]) == 0
        return capsys.readouterr().out

    def files() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in Path("tb").rglob("*.*")}

    assert "5 trials, 5 of them new" in said()
    before = files()
    assert "5 trials, 0 of them new" in said() and files() == before
    with RunStore.open(exported) as run:
        run.append("trials", [row.trial(4), row.trial(0, objective=0.5)])
    assert "6 trials, 2 of them new" in said()
    assert (
        len(files()) == 6 and len(events(Path("tb/easy/first/search/0")).Scalars("objective")) == 1
    )


def test_a_link_where_a_trial_is_to_lie_is_refused(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text("secret")
    place = Path("tb/easy/first/search/0")
    place.mkdir(parents=True)
    (place / FILE).symlink_to(tmp_path / "key")
    assert main(["export", str(exported), "--to", "tensorboard", "tb"]) == 2
    assert "it is a link" in capsys.readouterr().err
    assert (tmp_path / "key").read_text() == "secret"


@pytest.mark.parametrize("to", ["mlflow", "tensorboard"])
@pytest.mark.parametrize("name", ["report.html", "models/2-s3.weights.h5", "epochs.parquet"])
def test_a_run_with_a_link_in_it_is_not_exported(
    exported: Path, tmp_path: Path, to: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text("secret")
    (exported / name).unlink()
    (exported / name).symlink_to(tmp_path / "key")
    assert main(["export", str(exported), "--to", to]) == 2
    assert "is a link" in capsys.readouterr().err
    assert not Path("mlruns").exists() and not Path("easy/first/search").exists()


def test_a_stranger_s_trial_that_took_for_ever_is_exported(
    exported: Path, row: SimpleNamespace
) -> None:
    with RunStore.open(exported) as run:
        run.append("trials", [row.trial(9, train_seconds=1e300, objective=1e300)])
        run.append(
            "epochs", [row.epoch(1, of=9, seconds=1e308), row.epoch(2, of=9, seconds=1e308)]
        )
    to_mlflow(run_record(exported), store())
    assert runs_there()["search 9"].data.metrics["train_seconds"] == 1e300
    to_tensorboard(run_record(exported), "tb")
    assert len(events(Path("tb/easy/first/search/9")).Scalars("training/loss")) == 2


def test_a_link_that_takes_the_place_of_a_file_meanwhile_is_not_followed(
    exported: Path, tmp_path: Path
) -> None:
    record = run_record(exported)
    (tmp_path / "key").write_text("secret")
    (exported / "models" / "2-s3.json").unlink()
    (exported / "models" / "2-s3.json").symlink_to(tmp_path / "key")
    with pytest.raises(ResultsError, match="cannot be read"):
        to_mlflow(record, store())
    assert not [path for path in Path("mlruns").rglob("*.json") if path.read_text() == "secret"]


@pytest.mark.parametrize(("to", "module"), [("mlflow", "mlflow"), ("tensorboard", "tensorboardX")])
def test_a_package_that_is_missing_is_named_with_how_to_install_it(
    exported: Path, to: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ResultsError, match="python -m pip install"):
        export_to_tracker(exported, to, store() if to == "mlflow" else "tb")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "xml"], "'xml' is no format"),
        (["--to", "csv", "--uri", "sqlite:///x.db"], "--uri is of --to mlflow"),
        (["--to", "mlflow", "--out", "x"], "--out is of files"),
        (["--to", "csv", "somewhere"], "RUN stands before --to"),
        (["--to", "tensorboard", "a", "b"], "RUN stands before --to"),
        (["--to", "tensorboard", "a", "--out", "b"], "RUN stands before --to"),
    ],
)
def test_a_wrong_destination_gets_one_sentence(
    exported: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(exported), *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_run_without_a_trial_is_not_exported(tmp_path: Path) -> None:
    RunStore.create(tmp_path, "easy", "empty", {}).close()
    with pytest.raises(ResultsError, match="no trial yet"):
        run_record(tmp_path / "easy" / "empty")


def test_no_export_loads_tensorflow_and_mlflow_reports_its_use_to_nobody(exported: Path) -> None:
    """From a store that is not there yet, without a word of MLflow's."""
    Path("mlflow.db").unlink()
    code = (
        "import os, sys; from results.__main__ import main\n"
        f"main(['export', {str(exported)!r}, '--to', 'tensorboard', 'tb'])\n"
        f"main(['export', {str(exported)!r}, '--to', 'mlflow'])\n"
        "print(*sys.modules); print(os.environ['MLFLOW_DISABLE_TELEMETRY'])"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    *_, modules, telemetry = done.stdout.splitlines()
    assert "tensorboardX" in modules.split() and "mlflow" in modules.split()
    assert not {"tensorflow", "keras", "ray", "torch"} & set(modules.split())
    assert telemetry == "true" and done.stderr == ""

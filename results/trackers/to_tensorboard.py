"""A run for TensorBoard, without TensorFlow: a row of HParams and curves for each trial."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from results.arguments import path_of
from results.columns import ResultsError
from results.disk import beginnings, opened, remove_left_over, replacing, writing
from results.text import plain
from results.trackers.records import RunRecord, TrialRecord

FILE = "events.out.tfevents.0.latentune"
"""Of a trial. TensorBoard knows event files by these words; one name means one file."""

_HPARAMS = "hparams"
_SUCCESS, _FAILURE = 1, 2
"""Of the end of a session, as the plugin HParams counts them."""


def to_tensorboard(run: RunRecord, out: str | Path) -> str:
    """Write a run below a folder that TensorBoard shows; return a sentence on it.

    Each trial is one file in `<out>/<task>/<run>/<role>/<number>/`, made of the tables alone: a
    file that is there with the same content is left alone, and another takes its place.

    Parameters
    ----------
    run : RunRecord
    out : str or Path
        Made if need be.

    Raises
    ------
    ResultsError
        When tensorboardX is not installed, a file cannot be written, or a link or anything else
        but a file lies at its name.
    """
    folder = path_of(out, "out") / run.task / run.run
    _protos()
    new = 0
    with tempfile.TemporaryDirectory(prefix="latentune-") as scratch:
        for trial in run.trials:
            path = folder / trial.role / trial.number / FILE
            content = _content(trial, Path(scratch) / FILE)
            if _there(path) == content:
                continue
            with writing(path.parent):
                path.parent.mkdir(parents=True, exist_ok=True)
            remove_left_over(path.parent, beginnings(FILE))
            with replacing(path) as file:
                file.write(content)
            new += 1
    return f"{plain(folder)}: {len(run.trials)} trials, {new} of them new or changed."


def _there(path: Path) -> bytes | None:
    """Return what lies at a path, if it is a file."""
    with contextlib.suppress(OSError), opened(path) as file:
        return file.read()
    return None


def _protos() -> tuple[Any, ...]:
    """Return the messages that TensorBoard reads, and what puts them into a file."""
    try:
        from tensorboardX.proto import api_pb2, event_pb2, plugin_hparams_pb2, summary_pb2
        from tensorboardX.record_writer import RecordWriter
    except ImportError:
        raise ResultsError(
            "--to tensorboard needs tensorboardX: install it by `python -m pip install "
            "tensorboardX`."
        ) from None
    return event_pb2, summary_pb2, plugin_hparams_pb2, api_pb2, RecordWriter


def _content(trial: TrialRecord, scratch: Path) -> bytes:
    """Return the event file of a trial, the same bytes for the same record."""
    *_, writer = _protos()
    records = writer(str(scratch))
    try:
        for event in _events(trial):
            records.write(event.SerializeToString(deterministic=True))
    finally:
        records.close()
    return scratch.read_bytes()


def _events(trial: TrialRecord) -> Iterator[Any]:
    """Yield the events of a trial: what it was given, its epochs, its scores, how it ended."""
    events, summaries, plugins, api, _ = _protos()
    started, ended = trial.started / 1000, trial.ended / 1000
    yield events.Event(wall_time=started, file_version="brain.Event:2")
    begun = plugins.SessionStartInfo(start_time_secs=started)
    for name, value in {"role": trial.role, **trial.settings}.items():
        if isinstance(value, str):
            begun.hparams[name].string_value = value
        else:
            begun.hparams[name].number_value = float(value)
    failed = trial.status not in ("complete", "infeasible")
    over = plugins.SessionEndInfo(
        status=api.Status.Name(_FAILURE if failed else _SUCCESS), end_time_secs=ended
    )

    def of_session(tag: str, **info: Any) -> Any:
        content = plugins.HParamsPluginData(version=0, **info)
        plugin = summaries.SummaryMetadata.PluginData(
            plugin_name=_HPARAMS, content=content.SerializeToString(deterministic=True)
        )
        data = summaries.SummaryMetadata(plugin_data=plugin)
        return [summaries.Summary.Value(tag=f"_hparams_/{tag}", metadata=data)]

    def event(time: float, step: int, values: list[Any]) -> Any:
        return events.Event(wall_time=time, step=step, summary=summaries.Summary(value=values))

    def scalars(values: Mapping[str, float]) -> list[Any]:
        return [
            summaries.Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()
        ]

    yield event(started, 0, of_session("session_start_info", session_start_info=begun))
    epochs: dict[tuple[int, int], dict[str, float]] = {}
    for name, points in trial.curves.items():
        for step, time, value in points:
            epochs.setdefault((step, time), {})[f"training/{name}"] = value
    for (step, time), found in sorted(epochs.items()):
        yield event(time / 1000, step, scalars(found))
    last = max((step for step, _ in epochs), default=0)
    # HParams has its columns in the order of the alphabet: the objective first, curves last.
    found = {
        name if name == "objective" else f"scores/{name}": value
        for name, value in trial.scores.items()
    }
    yield event(ended, last, scalars(found))
    yield event(ended, last, of_session("session_end_info", session_end_info=over))

"""Wrong input of every kind, what each command line says to it, and docs/errors.md made of it.

When a message has changed: python -m tests.mistakes > docs/errors.md
"""

import contextlib
import io
import json
import os
import shlex
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd

from data.audio import LogMel
from data.files import EMBEDDINGS, SPECTROGRAMS, fingerprint
from results.store import RunStore
from search.tasks.reading import read_task
from tests.data.broken import BROKEN
from tests.data.collection import make_columns, write_collection

Prepare = Callable[[Path], object]
FOLDER = Path("docs")


def nothing(folder: Path) -> None:
    """What is there is enough."""


@dataclass(frozen=True)
class Mistake:
    """One wrong input.

    Attributes
    ----------
    what : in a few words.
    command : as typed after `python -m`, in a folder with a collection `songs` and a run `night`.
    prepare : makes of that folder what the mistake needs.
    """

    what: str
    command: str
    prepare: Prepare = nothing


@dataclass(frozen=True)
class Answer:
    """What came of a command: its exit code and all that it wrote to the standard error."""

    code: int
    said: str

    @property
    def message(self) -> str:
        """Without the usage that argparse puts before it."""
        usage, separator, message = self.said.partition(": error: ")
        return message.strip() if separator and usage.startswith("usage") else self.said.strip()


def text(name: str, content: str | bytes) -> Prepare:
    """A file with this content."""
    raw = content if isinstance(content, bytes) else content.encode()
    return lambda folder: (folder / name).write_bytes(raw)


def task(changes: str) -> Prepare:
    """The task file mine.toml: the easy task with one key written anew."""
    key = changes.partition(" ")[0]
    easy = (Path(import_module("search").__path__[0]) / "tasks" / "easy.toml").read_text("utf-8")
    kept = [line for line in easy.splitlines() if not line.startswith(f"{key} ")]
    return text("mine.toml", "\n".join([changes, *kept] if key else kept))


def break_songs(name: str) -> Prepare:
    """One of the ways in which a collection can be broken."""
    return lambda folder: BROKEN[name][0](folder / "songs")


def folder_of(name: str, *files: str) -> Prepare:
    """A folder with empty files."""

    def make(folder: Path) -> None:
        (folder / name).mkdir()
        for file in files:
            (folder / name / file).touch()

    return make


def record(**changes: object) -> Prepare:
    """The run's record with other entries; None takes one out."""

    def change(folder: Path) -> None:
        path = folder / "runs/easy/night/run.json"
        changed = {**json.loads(path.read_text()), **changes}
        kept = {name: value for name, value in changed.items() if value is not None}
        path.write_text(json.dumps(kept))

    return change


def link_codes(folder: Path) -> None:
    (folder / "runs/easy/night/latents").mkdir()
    (folder / "runs/easy/night/comparison.parquet").unlink()
    (folder / "runs/easy/night/comparison.parquet").symlink_to("/etc/hostname")


def link_key(folder: Path) -> None:
    """A link in the run folder to a file of its owner's."""
    (folder / "runs/easy/night/notes.txt").symlink_to("/etc/hostname")


def link_export(folder: Path) -> None:
    """A link where an exported file is to lie."""
    (folder / "out").mkdir()
    (folder / "out/clustering_metrics.csv").symlink_to("/etc/hostname")


def embed(folder: Path) -> None:
    """Embeddings in place of spectrograms."""
    maps = folder / "songs" / SPECTROGRAMS
    np.save(folder / "songs" / EMBEDDINGS, np.load(maps)[:, 0])
    maps.unlink()


def foreign_table(run: Path) -> None:
    """A Parquet file of other columns in place of the comparison."""
    pd.DataFrame({"x": [1]}).to_parquet(run / "comparison.parquet")


MISTAKES: dict[str, list[Mistake]] = {
    "Tasks": [
        Mistake("a task that is not there", "search hardest"),
        Mistake("a task file that is not there", "search mine.toml"),
        Mistake("no TOML", "search mine.toml", text("mine.toml", "epochs: 10\n")),
        Mistake("no text", "search mine.toml", text("mine.toml", b"\xff\xfe\x00")),
        Mistake("an unknown key", "search mine.toml", task("epoch = 10")),
        Mistake("a key that is missing", "search mine.toml", text("mine.toml", 'name = "m"')),
        Mistake("a word for a number", "search mine.toml", task('epochs = "ten"')),
        Mistake("a number that is too small", "search mine.toml", task("trials = 0")),
        Mistake("a number that is too large", "search mine.toml", task("seed = 99999999999")),
        Mistake("trials without end", "search mine.toml", task("trials = 1000000000")),
        Mistake("seeds without end", "search mine.toml", task("finalist_seeds = 1000000000")),
        Mistake("a share above the whole", "search mine.toml", task("finalist_share = 2")),
        Mistake("an unknown family", "search mine.toml", task('families = ["vae"]')),
        Mistake("an unknown baseline", "search mine.toml", task('baselines = ["mean"]')),
        Mistake("an unknown view", "search mine.toml", task('views = ["loud"]')),
        Mistake("an unknown reducer", "search mine.toml", task('reducers = ["tsne"]')),
        Mistake("an unknown clusterer", "search mine.toml", task('clusterers = ["kmean"]')),
        Mistake("nothing to search", "search mine.toml", task("families = []")),
        Mistake("a family twice", "search mine.toml", task('families = ["pca", "pca"]')),
        Mistake("inputs that a family lacks", "search mine.toml", task('families = ["poe_vae"]')),
        Mistake("a range upside down", "search mine.toml", task('clusters = "16:4"')),
        Mistake("a space that is none", "search easy --set space=3"),
        Mistake("a hyperparameter of no family", "search easy --set space.colour.low=1"),
        Mistake("a range without an end", "search easy --set 'space.beta={low=1}'"),
        Mistake("a range beyond what is allowed", "search easy --set space.beta.high=1e9"),
        Mistake("a logarithm of nothing", "search easy --set space.mlp_vae.warm_up.low=0 "
                "--set space.mlp_vae.warm_up.high=5 --set space.mlp_vae.warm_up.log=true"),
        Mistake("choices that are no list", "search easy --set space.latent_size.choices=4"),
    ],
    "Options of a search": [
        Mistake("no task", "search"),
        Mistake("an unknown option", "search easy --trails 5"),
        Mistake("a word for a number", "search easy --trials many"),
        Mistake("no trials", "search easy --trials 0"),
        Mistake("no value for a key", "search easy --set epochs"),
        Mistake("an unknown key", "search easy --set epoch=3"),
        Mistake("a value of the wrong type", "search easy --set epochs=none"),
        Mistake("a key inside a value", "search easy --set trials.more=1"),
        Mistake("counts upside down", "search easy --clusters 9:3"),
        Mistake("counts in words", "search easy --clusters four"),
        Mistake("more clusters than songs", "search easy --data songs --clusters 100:500"),
        Mistake("an unknown objective", "search easy --objective beauty"),
        Mistake("an unknown label", "search easy --data songs --label mood"),
        Mistake("a label that is none", "search easy --data songs --label title"),
        Mistake("an unknown group", "search easy --data songs --group band"),
        Mistake("a negative seed", "search easy --seed -1"),
        Mistake("no finalists", "search easy --finalists 0"),
        Mistake("no workers", "search easy --workers 0"),
        Mistake("trials without a core", "search easy --cpus-per-trial 0"),
        Mistake("less than no GPU", "search easy --gpus-per-trial -0.5"),
        Mistake("a GPU share that is no number", "search easy --gpus-per-trial nan"),
        Mistake("two and a half GPUs", "search easy --gpus-per-trial 2.5"),
        Mistake("embeddings that are not there", "search easy --data songs "
                """--set 'inputs=["embedding"]'"""),
        Mistake("embeddings in place of maps, for a task that takes maps",
                "search easy --data songs", embed),
        Mistake("an input that there is not", "search easy --set 'inputs=[\"sound\"]'"),
        Mistake("neither audio nor embeddings", "search easy --set 'inputs=[\"lyrics\"]'"),
        Mistake("songs that are not there", "search easy --data nowhere"),
        Mistake("no songs at a URI", "search easy --data file:///nowhere/songs"),
        Mistake("songs at a URI of an unknown kind", "search easy --data nowhere://songs"),
        Mistake("a file for a folder", "search easy --data songs/dataset.csv"),
        Mistake("a name that leads elsewhere", "search easy --data songs --out runs --name ../x"),
        Mistake("a name that is taken", "search easy --data songs --out runs --name night"),
        Mistake("a folder that cannot be made", "search easy --data songs --name new "
                "--out songs/dataset.csv"),
    ],
    "A search that begins with past runs": [
        Mistake("no such run", "search easy --data songs --out runs --from noon"),
        Mistake("a comma too many", "search easy --data songs --out runs --from night,"),
        Mistake("a folder that is no run", "search easy --data songs --out runs --from songs"),
        Mistake("a run without trials", "search easy --data songs --out runs --from night"),
        Mistake("a run by another objective",
                "search easy --data songs --out runs --from night --objective silhouette"),
        Mistake("a run that leads elsewhere", "search easy --data songs --out runs --from night",
                link_key),
        Mistake("a run of another version", "search easy --data songs --out runs --from night",
                record(schema_version="99")),
        Mistake("trials that cannot be read", "search easy --data songs --out runs --from night",
                text("runs/easy/night/trials.parquet", b"PAR1")),
        Mistake("a run to be explained by",
                "search explain easy --data songs --from runs/easy/night"),
    ],
    "A search that is explained": [
        Mistake("no task", "search explain"),
        Mistake("a task that is not there", "search explain hardest"),
        Mistake("an unknown key", "search explain easy --set epoch=3"),
        Mistake("more clusters than songs", "search explain easy --data songs --clusters 100:500"),
        Mistake("songs that are not there", "search explain easy --data nowhere"),
        Mistake("an unknown group", "search explain easy --data songs --group band"),
        Mistake("no workers", "search explain easy --workers 0"),
        Mistake("an objective beside known songs",
                "search explain easy --data songs --known known.csv --objective silhouette"),
        Mistake("a place for what is not kept", "search explain easy --out runs"),
        Mistake("a task to list that is not there", "search tasks hardest"),
    ],
    "Options that end a search": [
        Mistake("a time in words", "search easy --data songs --time-budget soon"),
        Mistake("no time", "search easy --data songs --time-budget 0m"),
        Mistake("no patience", "search easy --data songs --patience 0"),
        Mistake("no failures", "search easy --data songs --max-failures 0"),
        Mistake("no time for an epoch", "search easy --data songs --epoch-limit 0"),
    ],
    "Going on with a run": [
        Mistake("no run", "search resume"),
        Mistake("no run at a URI", "search resume file:///nowhere/night"),
        Mistake("no duration", "search resume night --time-budget soon --root runs"),
        Mistake("no patience", "search resume night --patience 0 --root runs"),
        Mistake("an unknown run", "search resume noon --root runs"),
        Mistake("fewer trials than before", "search resume night --trials 3 --root runs"),
        Mistake("trials without end", "search resume night --trials 1000000000 --root runs"),
        Mistake("a run from elsewhere", "search resume night --root runs"),
        Mistake("a mirror at no URI", "search resume night --data songs --out mirror --root runs"),
        Mistake("songs that have changed", "search resume night --data songs --root runs",
                break_songs("too few fields")),
        Mistake("songs that have gone", "search resume night --data songs --root runs",
                lambda folder: (folder / "songs").rename(folder / "away")),
        Mistake("a record without a task", "search resume night --root runs",
                record(settings=None)),
        Mistake("a record with a wrong task", "search resume night --root runs",
                record(settings={"name": "easy"})),
        Mistake("a record without songs", "search resume night --root runs", record(data=None)),
        Mistake("a number for a mirror", "search resume night --root runs", record(mirror=7)),
        Mistake("a record of another version", "search resume night --root runs",
                record(schema_version="0")),
        Mistake("a record that leads elsewhere", "search resume night --root runs",
                record(run="../../x")),
        Mistake("a damaged record", "search resume night --root runs",
                text("runs/easy/night/run.json", "{")),
    ],
    "New songs": [
        Mistake("no run", "search assign nowhere --data songs --out new.csv --root runs"),
        Mistake("no songs", "search assign night --data nowhere --out new.csv --root runs"),
        Mistake("no such format", "search assign night --data songs --out new.txt --root runs"),
        Mistake("no saved model", "search assign night --data songs --out new.csv --root runs"),
        Mistake("no folder to write to", "search assign night --data songs --out no/new.csv "
                "--root runs"),
        Mistake("a folder of that name", "search assign night --data songs --out new.csv "
                "--root runs", lambda folder: (folder / "new.csv").mkdir()),
        Mistake("a link of that name", "search assign night --data songs --out new.csv "
                "--root runs", lambda folder: (folder / "new.csv").symlink_to("songs/x")),
    ],
    "Known songs": [
        Mistake("no file", "search choose night --root runs"),
        Mistake("no run", "search choose nowhere --known known.csv --root runs"),
        Mistake("a run without songs", "search choose night --known known.csv --root runs"),
        Mistake("a file that is not there", "search easy --data songs --known known.csv"),
        Mistake("other columns", "search easy --data songs --known known.csv",
                text("known.csv", "id,genre\nsong-0,jazz\n")),
        Mistake("a song that is not there", "search easy --data songs --known known.csv",
                text("known.csv", "id,label\nnobody,jazz\n")),
        Mistake("two labels", "search easy --data songs --known known.csv",
                text("known.csv", "id,label\nsong-0,jazz\nsong-0,rock\n")),
        Mistake("neither yes nor no", "search easy --data songs --known known.csv",
                text("known.csv", "id_a,id_b,same\nsong-0,song-1,perhaps\n")),
        Mistake("a contradiction", "search easy --data songs --known known.csv",
                text("known.csv", "id_a,id_b,same\nsong-0,song-1,yes\n"
                     "song-1,song-2,yes\nsong-0,song-2,no\n")),
        Mistake("no answer", "search easy --data songs --known known.csv",
                text("known.csv", "id,label\nsong-0,\n")),
        Mistake("all the same", "search easy --data songs --known known.csv",
                text("known.csv", "id,label\nsong-0,jazz\nsong-1,jazz\n")),
        Mistake("no two the same", "search easy --data songs --known known.csv",
                text("known.csv", "id,label\nsong-0,jazz\nsong-1,rock\n")),
        Mistake("an objective beside them",
                "search easy --data songs --known known.csv --objective silhouette"),
        Mistake("their objective without them",
                "search easy --data songs --objective known_agreement"),
        Mistake("no number of questions", "search query night --out query.csv --root runs"),
        Mistake("less than one question", "search query night --songs 0 --out query.csv "
                "--root runs"),
        Mistake("no CSV", "search query night --songs 9 --out query.txt --root runs"),
        Mistake("a file that holds answers", "search query night --songs 9 --out query.csv "
                "--root runs", text("query.csv", "id,label\n")),
    ],
    "Results": [
        Mistake("no command", "results"),
        Mistake("an unknown run", "results show noon --root runs"),
        Mistake("an unknown task", "results list hard --root runs"),
        Mistake("no run at a URI", "results show file:///nowhere/night --root runs"),
        Mistake("a URI of an unknown kind", "results show nowhere://night --root runs"),
        Mistake("no runs at all", "results show --root nowhere"),
        Mistake("an unknown table", "results show night --table epoch --root runs"),
        Mistake("a table without rows", "results show night --table epochs --root runs"),
        Mistake("less than no rows", "results show night --rows -1 --root runs"),
        Mistake("one run that is not there", "results compare night noon --root runs"),
        Mistake("no format", "results export night --root runs"),
        Mistake("an unknown format", "results export night --to xml --root runs"),
        Mistake("a run without trials for a tracker", "results export night --to mlflow "
                "--root runs"),
        Mistake("a tracking store for files", "results export night --to csv --uri sqlite:///x.db "
                "--root runs"),
        Mistake("a folder for a tracking store", "results export night --to mlflow --out out "
                "--root runs"),
        Mistake("a run behind the format", "results export --to csv night --root runs"),
        Mistake("no folder to write to", "results export night --to csv --out songs/dataset.csv/x "
                "--root runs"),
        Mistake("a damaged record", "results list --root runs",
                text("runs/easy/night/run.json", "{")),
        Mistake("a record that leads elsewhere", "results list --root runs",
                text("runs/easy/night/run.json", '{"run": "../../x", "task": "easy"}')),
        Mistake("a table cut short, and no parts", "results show night --root runs",
                lambda folder: cut_tables(folder / "runs/easy/night")),
        Mistake("a table that lies elsewhere", "results show night --root runs", link_codes),
        Mistake("a link in a run folder", "results report night --root runs", link_key),
        Mistake("a mirror that is no text", "results show night --root runs", record(mirror=3)),
        Mistake("a record of another version", "results show night --root runs",
                record(schema_version="99")),
        Mistake("a record too deep", "results show night --root runs",
                text("runs/easy/night/run.json", "[" * 50_000)),
        Mistake("a table of something else", "results show night --root runs",
                lambda folder: foreign_table(folder / "runs/easy/night")),
        Mistake("no name for the report", "results report night --root runs --out ''"),
        Mistake("a folder for the report", "results report night --root runs --out songs"),
        Mistake("a link for the report", "results report night --root runs --out mine.html",
                lambda folder: (folder / "mine.html").symlink_to("songs/dataset.csv")),
        Mistake("a report below /proc", "results report night --root runs --out /proc/x.html"),
        Mistake("a link among the exported files", "results export night --root runs --to csv "
                "--out out", link_export),
        Mistake("a URI with a password", "results show s3://me:secret@bucket/night"),
    ],
    "Making songs": [
        Mistake("no command", "data"),
        Mistake("too few songs", "data demo --out demo --songs 5"),
        Mistake("more than hard", "data demo --out demo --difficulty 2"),
        Mistake("a folder of something else", "data demo --out other", folder_of("other", "a")),
        Mistake("sound that is not there", "data prepare --audio nowhere --out new"),
        Mistake("a folder without sound", "data prepare --audio empty --out new",
                folder_of("empty")),
        Mistake("sound that is none", "data prepare --audio odd --out new",
                folder_of("odd", "a.wav")),
        Mistake("a list that is not there", "data prepare --audio songs --metadata a.csv --out n"),
        Mistake("a list without paths", "data prepare --audio songs --metadata my.csv --out new",
                text("my.csv", "id,genre\n1,rock\n")),
        Mistake("labels from elsewhere", "data prepare --audio songs --out new --labels moods"),
        Mistake("labels from tags and from a list", "data prepare --audio songs --out new "
                "--labels tags --metadata my.csv"),
        Mistake("a list that was cut within a letter", "data prepare --audio songs --out new "
                "--metadata my.csv",
                text("my.csv", "id,audio_path,title\n1,a.wav,গ".encode()[:-1])),
        Mistake("a list of Cyrillic in another encoding", "data prepare --audio songs --out new "
                "--metadata my.csv",
                text("my.csv", "id;audio_path;title\n1;a.wav;музыка".encode("cp1251"))),
        Mistake("a list with an uneven row", "data prepare --audio songs --metadata my.csv "
                "--out new", text("my.csv", "sep=;\nid;audio_path\n1;a.wav;rock\n")),
        Mistake("workers without end", "data prepare --audio songs --out new --workers 9999"),
        Mistake("an unknown lyrics model", "data prepare --audio songs --out new "
                "--lyrics-model no/such"),
        Mistake("an audio model without torch", "data prepare --audio songs --out new "
                "--audio-model no/such"),
        Mistake("an audio model that is not there", "data prepare --audio songs --out new "
                "--audio-model ./nowhere"),
        Mistake("no mel bins", "data prepare --audio songs --out new --mels 0"),
        Mistake("too many mel bins", "data prepare --audio songs --out new --mels 5000"),
        Mistake("mel bins between two frequencies", "data prepare --audio songs --out new "
                "--mels 512 --n-fft 256"),
        Mistake("a hop of an hour", "data prepare --audio songs --out new --hop 99999999"),
        Mistake("a huge Fourier window", "data prepare --audio songs --out new "
                "--n-fft 99999999"),
        Mistake("a map without end", "data prepare --audio songs --out new --frames 99999999"),
        Mistake("a map of more than ten minutes", "data prepare --audio songs --out new "
                "--frames 10000 --hop 65536"),
        Mistake("a gigahertz", "data prepare --audio songs --out new --sample-rate 1000000000"),
        Mistake("a seed of twenty digits", "data demo --out demo --seed 99999999999999999999"),
        Mistake("too many songs", "data demo --out demo --songs 99999999"),
        Mistake("no path", "data prepare --audio songs --out ''"),
        Mistake("a file to write to", "data prepare --audio songs --out songs/dataset.csv",
                text("songs/a.wav", "")),
        Mistake("a folder for a list", "data prepare --audio songs --metadata songs --out new"),
        Mistake("a device for a list", "data prepare --audio songs --metadata /dev/null --out n"),
        Mistake("a link where a file is written", "data prepare --audio songs --out new",
                lambda folder: begun(folder, link="dataset.csv")),
        Mistake("other settings than before", "data prepare --audio songs --out new --windows 2",
                lambda folder: begun(folder)),
        Mistake("a collection that is not finished", "data check songs",
                text("songs/processed_spectrograms.npy.part", "")),
        Mistake("a folder that is not there", "data check nowhere"),
        Mistake("a file for a collection", "data check songs/dataset.csv"),
        Mistake("a seed of twenty digits to check", "data check songs "
                "--seed 99999999999999999999"),
    ],
    "Songs": [Mistake(name, "data check songs", break_songs(name)) for name in BROKEN],
}  # fmt: skip


def begun(folder: Path, link: str = "") -> None:
    """A collection that was begun, and a sound file; one of its files can be a link."""
    (folder / "songs" / "a.wav").touch()
    (folder / "new").mkdir()
    if link:
        (folder / "new" / link).symlink_to(folder / "songs" / "dataset.csv")
    settings = {**asdict(LogMel()), "windows": 8}
    (folder / "new" / "prepare.jsonl").write_text(json.dumps(settings) + "\n")


def cut_tables(run: Path) -> None:
    """Tables without their end, as after a full disk, and nothing to make them again from."""
    for table in run.glob("*.parquet"):
        table.write_bytes(table.read_bytes()[:-9])
    for part in run.glob("parts/*"):
        part.unlink()


def make_folder(folder: Path) -> None:
    """A collection `songs`, and a run `night` of the easy task that has a comparison only."""
    write_collection(folder / "songs", make_columns())
    songs = {"folder": "songs", "files": fingerprint(folder / "songs")}
    record = {"settings": read_task("easy").as_json(), "data": songs, "group": None}
    with RunStore.create(folder / "runs", "easy", "night", record) as store:
        row = {"family": "pca", "clusterer": "kmeans", "n_clusters": 8, "trial": -1}
        row |= {"role": "finalist", "silhouette": 0.25, "n_seeds": 3, "split": "test"}
        store.append("comparison", [row])
        store.consolidate()


def answer(mistake: Mistake, folder: Path) -> Answer:
    """Run the command of a mistake in an empty folder."""
    folder = folder.resolve()
    make_folder(folder)
    mistake.prepare(folder)
    room, *arguments = shlex.split(mistake.command)
    before, said = Path.cwd(), io.StringIO()
    os.chdir(folder)
    try:
        with (
            contextlib.redirect_stderr(said),
            contextlib.redirect_stdout(io.StringIO()) as out,
            # What is not refused must not be searched.
            patch("search.run._ready", side_effect=RuntimeError("the search began")),
            patch("data.__main__.SETS", folder / "none"),
            patch("data.demo.make", side_effect=RuntimeError("songs were made"))
            if room == "search"
            else contextlib.nullcontext(),
        ):
            code = import_module(f"{room}.__main__").main(arguments)
    except SystemExit as end:  # argparse
        code = int(end.code or 0)
    except Exception as error:
        code, said = 1, io.StringIO(f"NOT REFUSED: {error!r}")
    finally:
        os.chdir(before)
    found = [line for line in out.getvalue().splitlines() if line.startswith("problem: ")]
    lines = dict.fromkeys(said.getvalue().splitlines() or found[:1])
    return Answer(code, "\n".join(lines))


def answers() -> Iterator[tuple[str, Mistake, Answer]]:
    """Every mistake with its chapter and its answer."""
    for chapter, mistakes in MISTAKES.items():
        for mistake in mistakes:
            with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
                warnings.simplefilter("always", UserWarning)
                yield chapter, mistake, answer(mistake, Path(folder))


def row(mistake: Mistake, found: Answer) -> str:
    """A line of the document."""
    message = " ".join(found.message.split()).replace("|", "\\|").replace("<", "&lt;")
    command = f"python -m {mistake.command}".replace("|", "\\|")
    return f"| {mistake.what} | `{command}` | {found.code} | {message} |"


INTRODUCTION = """# What is said to wrong input

Made by `python -m tests.mistakes > docs/errors.md`, which runs every command below.

Every command line ends with one of these exit codes: 0 done, 2 wrong arguments, 3 songs that
cannot be used, 4 a search that failed, 130 interrupted. What is wrong is said in one sentence on
the standard error: what, where and what to do. `python -m data check` lists every problem of a
collection, and the first is shown here.

The commands were run in a folder that holds the collection `songs` and, in `runs`, a run `night`
of the easy task, changed as the first column says. After words that are not understood, the usage
comes before the sentence.
"""
HEADER = "| what is wrong | command | exit code | what is said |\n|---|---|---|---|"


def document() -> str:
    """docs/errors.md as it should be."""
    lines = [INTRODUCTION]
    chapter = ""
    for here, mistake, found in answers():
        if here != chapter:
            chapter = here
            lines.append(f"{'' if len(lines) == 1 else chr(10)}## {chapter}\n\n{HEADER}")
        lines.append(row(mistake, found))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")

"""Every command and every piece of Python in README.md and docs/ is run, here or by a test named
here, or its section says *not run here* before it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from search.__main__ import COMMANDS as OTHERS
from search.cli import changes
from search.options import search_parser
from search.tasks.reading import read_task

ROOT = Path(__file__).parents[1]
ROOMS = ("data", "models", "evaluation", "results", "search")
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
NOT_RUN = "*not run here"
PYTHON = ("import ", "from ", "def ", '"""')

SMALLER = {
    "make search": "make --dry-run search",
    'make search ARGS="hard --trials 30"': 'make --dry-run search ARGS="hard --trials 30"',
    "python -m data demo": "python -m data demo --songs 24",
    "python -m data demo --songs 2000 --seed 7 --difficulty 0.8 --out data/sets/hard-demo": (
        "python -m data demo --songs 24 --seed 7 --difficulty 0.8 --out data/sets/hard-demo"
    ),
    "python -m data demo --audio --out data/sets/audible-demo": (
        "python -m data demo --audio --out data/sets/audible-demo --songs 24"
    ),
}
"""Run with fewer songs, or without doing what `make` would do."""

AS_WRITTEN = (
    ". .venv/bin/activate",
    "python -m results list",
    "python -m results show",
    "python -m results report",
    "python -m results export --to csv",
    "python -m results export easy --to mlflow --uri sqlite:///mlflow.db",
    "python -m results export easy --to tensorboard tensorboard",
    "python -m data prepare --audio DIR --metadata songs.csv --out data/sets/mine",
    "python -m data check data/sets/mine",
    "python -m data prepare --audio DIR --out data/sets/mine",
    "python -m data prepare --audio Data/genres_original --out data/sets/gtzan",
    "python -m data check data/sets/gtzan",
    "python - <<'END' # tracks",
    "python -m data prepare --audio fma_small --metadata fma_small.csv --out data/sets/fma",
    "python -m data prepare --audio ~/Music/mine --metadata mine.csv --out data/sets/mine",
    "python -m data check data/sets/mine --label mood",
    "python - <<'END' # arrays",
    "python -m data check data/sets/arrays",
    "python - <<'END' # audio_embeddings",
)
"""Run in a folder that has what they need; a program of several lines by its first and a word."""

SEARCHES = "tests/search/test_search.py::test_a_search_leaves_its_tables"
"""What shows that a search works; each search of a page is read as the command line reads it."""

ELSEWHERE = {
    "python -m search query hard --songs 20 --out query.csv --clips clips": (
        "tests/search/test_choose.py::test_questions_are_answered_in_their_own_file"
    ),
    "python -m search choose hard --known query.csv": (
        "tests/search/test_choose.py::test_questions_are_answered_in_their_own_file"
    ),
    "python -m search assign easy --data data/sets/more --out clusters.csv": (
        "tests/search/test_search.py::test_new_songs_get_the_clusters_that_the_run_gave_them"
    ),
    "python -m search tasks": (
        "tests/search/test_listing_tasks.py::test_every_part_is_listed_by_name"
    ),
    "python -m search explain hard --trials 30": (
        "tests/search/test_explain.py::test_what_would_be_searched_is_said_without_searching"
    ),
    "python -m search resume easy": (
        "tests/search/test_resume.py::test_a_run_broken_once_ends_like_an_unbroken_one"
    ),
    "python -m search resume easy --trials 80": (
        "tests/search/test_resume.py::test_more_trials_go_on_where_the_run_ended"
    ),
    "python -m search easy --dashboard": (
        "tests/search/study/test_dashboard.py::test_the_journal_is_shown_and_cannot_be_changed"
    ),
}
ELSEWHERE["python -m search check-part mine:FAMILY"] = (
    "tests/search/test_own_parts.py::test_every_part_of_the_page_keeps_the_promises_of_its_kind"
)
ELSEWHERE |= dict.fromkeys(
    (
        "ray get-auth-token --generate",
        "export RAY_AUTH_MODE=token",
        "ray up --no-config-cache cluster.local.yaml",
        "ssh 192.168.0.10",
        "cd latentune && python -m search hard --address auto",
    ),
    "tests/cluster/test_hosts.py::test_a_submitted_search_outlives_one_of_two_hosts",
)
ELSEWHERE["python -m search resume s3://bucket/runs/hard/RUN --data s3://bucket/songs"] = (
    "tests/results/test_mirror.py::"
    "test_a_run_is_fetched_to_be_continued_but_never_over_the_folder_it_came_from"
)
ELSEWHERE["python -m search resume RUN --data s3://bucket/songs --out s3://bucket/runs"] = (
    "tests/search/test_elsewhere.py::test_places_that_are_named_again_are_trusted_from_then_on"
)
ELSEWHERE["python -m search status --address auto"] = (
    "tests/search/test_status.py::test_nodes_their_use_and_the_trials_on_them_are_told"
)
"""Commands that another test runs."""

PYTHON_ELSEWHERE = {
    "docs/cluster.md": "tests/results/test_mirror.py::test_a_mirrored_run_is_loaded_from_its_uri",
    "docs/extending.md": "tests/search/test_own_parts.py::"
    "test_a_search_with_parts_of_ones_own_fills_the_tables",
    "docs/families.md": "tests/models/test_documentation.py::"
    "test_the_family_of_the_example_trains_and_its_hyperparameter_counts",
}


@dataclass(frozen=True)
class Block:
    """Code of a page.

    Attributes
    ----------
    page : path from the root.
    language : as the fence names it; python where the code looks like it.
    content : the code.
    """

    page: str
    language: str
    content: str


def blocks(page: Path) -> Iterator[Block]:
    """Every piece of code of a page that is not marked as not run."""
    marked = False
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        marked |= token.type == "inline" and NOT_RUN in token.content.lower()
        marked &= token.type != "heading_open" or token.tag not in ("h1", "h2")
        if token.type not in ("fence", "code_block") or marked:
            continue
        language = "python" if token.content.startswith(PYTHON) else token.info
        yield Block(str(page.relative_to(ROOT)), language, token.content)


def commands(block: Block) -> Iterator[str]:
    """Every command of a block, without remarks; a here-document belongs to its command."""
    lines = iter(block.content.splitlines())
    for line in lines:
        command = re.sub(r"\s+#\s.*", "", line).strip()
        while command.endswith("\\"):
            command = f"{command[:-1].rstrip()} {next(lines).strip()}"
        if "<<'END'" in command:
            for line in lines:
                command += f"\n{line}"
                if line == "END":
                    break
        if command and not command.startswith("#"):
            yield command


BLOCKS = [block for page in PAGES for block in blocks(page)]
COMMANDS = {
    command: block.page
    for block in BLOCKS
    if block.language in ("", "sh", "bash", "console")
    for command in commands(block)
}


def listed(command: str) -> str:
    """How a command stands in the lists above."""
    first, *rest = command.split("\n")
    if not rest:
        return command
    return next((name for name in AS_WRITTEN if name.split(" # ")[-1] in command and "#" in name),
                first)  # fmt: skip


def is_search(command: str) -> bool:
    """Whether it starts a search, and nothing else of that room."""
    words = command.split()
    starts = words[:3] == ["python", "-m", "search"]
    return starts and words[3] not in {"fetch", *OTHERS}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_run_by_a_test(command: str) -> None:
    """When this fails: list the command above, or say *not run here* before its block."""
    name = listed(command)
    assert name in (*AS_WRITTEN, *SMALLER, *ELSEWHERE) or is_search(command), COMMANDS[command]


def test_nothing_is_listed_that_no_page_has() -> None:
    there = {listed(command) for command in COMMANDS}
    assert {*SMALLER, *ELSEWHERE} <= there
    assert {*AS_WRITTEN} <= there


@pytest.mark.parametrize(
    "test", sorted({*ELSEWHERE.values(), *PYTHON_ELSEWHERE.values(), SEARCHES})
)
def test_a_test_that_is_named_is_there(test: str) -> None:
    path, name = test.split("::")
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", [*filter(is_search, COMMANDS)])
def test_a_search_is_written_as_the_command_line_reads_it(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    arguments = search_parser().parse_args(shlex.split(command)[3:])
    assert read_task(arguments.task, changes(arguments)).families


def write_songs(folder: Path, names: list[str]) -> None:
    """A second of noise under each name."""
    import soundfile

    random = np.random.default_rng(0)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, 0.1 * random.normal(size=22_050), 22_050)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, finished_run: Path) -> Path:
    """A checkout with a run of the easy task, and the files that the pages speak of."""
    folder = tmp_path_factory.mktemp("checkout")
    for room in ROOMS:
        code = shutil.ignore_patterns("sets", "runs", "__pycache__")
        shutil.copytree(ROOT / room, folder / room, ignore=code)
    for name in ("Makefile", "pyproject.toml", *ROOT.glob("requirements*.txt")):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    shutil.copytree(finished_run, folder / "results" / "runs" / "easy" / finished_run.name)
    genres = [("folk", "rock", "jazz")[number % 3] for number in range(24)]
    numbers = range(1000, 1024)
    named = [f"{number}.wav" for number in range(24)]
    write_songs(folder / "DIR", named)
    write_songs(folder / "Music" / "mine", named)
    write_songs(
        folder / "Data" / "genres_original",
        [f"{genre}/{genre}.{number:05}.wav" for number, genre in enumerate(genres)],
    )
    write_songs(folder / "fma_small", [f"001/{number:06}.mp3" for number in numbers])
    table = pd.DataFrame({"id": range(24), "audio_path": named, "genre": genres, "mood": genres})
    table.to_csv(folder / "songs.csv", index=False)
    table.to_csv(folder / "mine.csv", index=False)
    columns = [("set", "subset"), ("track", "title"), ("track", "genre_top"), ("artist", "name")]
    tracks = pd.DataFrame(
        [
            ("small", f"Song {number}", genre, "x")
            for number, genre in zip(numbers, genres, strict=True)
        ],
        index=pd.Index(numbers, name="track_id"),
        columns=pd.MultiIndex.from_tuples(columns),
    )
    (folder / "fma_metadata").mkdir()
    tracks.to_csv(folder / "fma_metadata" / "tracks.csv")
    np.save(folder / "features.npy", np.random.default_rng(0).normal(size=(24, 5)))
    np.save(folder / "genres.npy", np.array(genres))
    np.save(folder / "embeddings.npy", np.random.default_rng(1).normal(size=(24, 7)))
    np.save(folder / "embedding_ids.npy", np.arange(24)[::-1])
    return folder


def bash(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would in this folder."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "HOME": str(folder), "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def test_commands_run_as_they_are_written(checkout: Path) -> None:
    """In the order of the pages, for some need what others make."""
    done: set[str] = set()
    for command, page in COMMANDS.items():
        name = listed(command)
        if name not in (*AS_WRITTEN, *SMALLER):
            continue
        if " --out data/sets/mine" in command:  # which two pages make, of different songs
            shutil.rmtree(checkout / "data" / "sets" / "mine", ignore_errors=True)
        ended = bash(SMALLER.get(name, command), checkout)
        assert ended.returncode == 0, (page, command, ended.stdout, ended.stderr)
        done.add(name)
    assert done == {*AS_WRITTEN, *SMALLER}


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "python"], ids=lambda b: b.page
)
def test_python_runs_as_it_is_written(block: Block, checkout: Path) -> None:
    if block.page in PYTHON_ELSEWHERE:
        pytest.skip(f"run by {PYTHON_ELSEWHERE[block.page]}")
    ended = bash(f"python - <<'END'\n{block.content}\nEND", checkout)
    assert ended.returncode == 0, ended.stderr


INLINE = r"`(python (?:-m (?:data|results|search)|\w+/)[^`\n]*)`"
WITHIN = [
    (page.name, code)
    for page in PAGES
    for code in re.findall(
        r"`(python (?:-m (?:data|results|search)|\w+/)[^`\n]*)`", page.read_text()
    )
]


@pytest.mark.parametrize(("page", "code"), [*dict.fromkeys(WITHIN)])
def test_a_command_within_a_sentence_exists(page: str, code: str) -> None:
    words = code.replace("\\|", "|").split()
    if words[1] != "-m":
        assert (ROOT / words[1]).is_file()
        return
    from data.__main__ import main as data
    from results.__main__ import parser as results

    if words[2] == "results" and len(words) > 3:
        assert words[3] in results().format_help()
    elif words[2] == "data" and len(words) > 3:
        with pytest.raises(SystemExit) as end:
            data([words[3], "--help"])
        assert end.value.code == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_what_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_files_that_the_rules_of_the_code_name_are_there() -> None:
    named = re.findall(r"`((?:\w+/)+[\w.]*)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    made = {"data/sets/", "results/runs/", "build/report"}
    assert len(named) > 50
    assert [name for name in named if name not in made and not (ROOT / name).exists()] == []

"""One word for one thing, and that the field's: words that were given up are in no name."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from models import FAMILIES
from results.schema import TABLES
from search.options import assign_parser, resume_parser, search_parser, status_parser
from search.tasks.task import Task

ROOT = Path(__file__).parents[1]

GIVEN_UP = {
    "agenda": "experiment",
    "outcome": "result",
    "bench": "inputs",
    "shelf": "shared inputs",
    "shelve": "share inputs",
    "handover": "searcher, callback",
    "delivery": "callback",
    "board": "monitor, actor",
    "posting": "search status",
    "giveaways": "leaking columns",
    "standing": "intermediate score",
    "told": "what is meant each time",
    "surrogate": "null songs, null collection",
    "surrogates": "null collections",
    "head": "reducer",
    "heads": "reducers",
    "shown": "viewed",
    "loss": "a loss of training",
    "lasting": "portable source",
    "heard": "restricted inputs",
    "past": "history",
    "finals": "finalists",
    "places": "locations",
    "watch": "stopping criteria",
    "ask": "specification",
    "settle": "finalize",
}
"""Word -> the word to use in its place."""

ELSEWHERE = {
    "ask": ("search/study/", "search/experiment/experiment.py"),  # as Optuna's ask-and-tell
    "loss": ("models/", "results/", "search/trial/", "benchmarks/"),
    "heard": ("data/",),
}
"""Where a word has the field's meaning."""


def words(name: str) -> set[str]:
    """The words of an identifier."""
    return set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()))


def sources() -> Iterator[str]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True)
    return (name for name in listed.stdout.split() if not name.startswith("tests/"))


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Every name that a module defines or binds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


@pytest.mark.parametrize("name", [*sources()])
def test_no_name_has_a_word_that_was_given_up(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    names = {Path(name).stem, *identifiers(tree)}
    found = {
        (each, GIVEN_UP[word])
        for each in names
        for word in words(each) & GIVEN_UP.keys()
        if not name.startswith(ELSEWHERE.get(word, ()) or ("nowhere",))
    }
    assert not found


def test_no_column_key_or_option_has_one() -> None:
    columns = {column.name for table in TABLES.values() for column in table.columns}
    parsers = (search_parser(), resume_parser(), assign_parser(), status_parser())
    options = {option for parser in parsers for option in parser._option_string_actions}
    keys = {field for field in Task.__dataclass_fields__}
    settings = {each.name for family in FAMILIES.values() for each in family.hyperparameters}
    for name in columns | options | keys | settings:
        allowed = {"loss"}  # of training, in columns such as reconstruction_loss
        assert not (words(name) & GIVEN_UP.keys()) - allowed, name

"""One word for one thing, and that the field's: words that were given up are in no name."""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from models import FAMILIES
from results.schema import TABLES
from search.options import assign_parser, resume_parser, search_parser, status_parser
from search.tasks.task import Task

ROOT = Path(__file__).parents[1]

GIVEN_UP = {
    "agenda": "experiment",
    "bench": "inputs",
    "board": "monitor, status actor",
    "delivery": "callback",
    "giveaways": "leaking columns",
    "handover": "searcher, callback",
    "head": "reducer",
    "heads": "reducers",
    "outcome": "result",
    "outcomes": "results",
    "posting": "search status",
    "shelf": "shared inputs",
    "shelve": "share inputs",
    "standing": "intermediate score",
    "surrogate": "null songs",
    "surrogates": "null collections",
    "told": "what is meant each time",
}
"""Word -> the word to use in its place, in every name."""

MODULES = {
    "cluster": "connection",
    "finals": "finalists",
    "halving": "pruning",
    "loss": "worker_failures",
    "past": "history",
    "places": "locations",
}
"""The same for the modules of `search/`."""


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


def test_no_name_has_a_word_that_was_given_up() -> None:
    found = {
        f"{name}: {each}, for {GIVEN_UP[word]}"
        for name in sources()
        for each in (
            Path(name).stem,
            *identifiers(ast.parse((ROOT / name).read_text(encoding="utf-8"))),
        )
        for word in words(each) & GIVEN_UP.keys()
    }
    assert not found


def test_no_module_of_the_search_has_one() -> None:
    found = {
        name for name in sources() if name.startswith("search/") and Path(name).stem in MODULES
    }
    assert not found


def test_no_column_key_or_option_has_one() -> None:
    columns = {column.name for table in TABLES.values() for column in table.columns}
    parsers = (search_parser(), resume_parser(), assign_parser(), status_parser())
    options = {option for parser in parsers for option in parser._option_string_actions}
    keys = {field.name for field in fields(Task)}
    settings = {each.name for family in FAMILIES.values() for each in family.hyperparameters}
    found = {name for name in columns | options | keys | settings if words(name) & GIVEN_UP.keys()}
    assert not found

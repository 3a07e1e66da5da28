"""A task as the TOML that it can be read from."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import Any

from search.tasks.ranges import Range
from search.tasks.task import Task

_TABLES = ("space", "family_space", "family_views", "leaking", "sources")
"""Fields that are written as tables below, or follow from the songs and the names."""


def as_toml(task: Task) -> str:
    """Return every key of a task with its value, as TOML that `search.tasks.reading` reads."""
    lines = [
        f"{one.name} = {_value(getattr(task, one.name))}"
        for one in fields(Task)
        if one.name not in ("clusters", *_TABLES)
    ]
    low, high = task.clusters
    lines.append(f'clusters = "{low}:{high}"')
    for table, own in {"space": task.space, **_of_families(task)}.items():
        lines += ["", f"[{table}]", *(f"{name} = {_value(one)}" for name, one in own.items())]
    return "\n".join(lines)


def _of_families(task: Task) -> dict[str, Any]:
    return {f"space.{_key(family)}": own for family, own in task.family_space.items()}


def _key(name: str) -> str:
    """Return a name as a key of TOML: that of a part of one's own has a colon in it."""
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name)


def _value(value: Any) -> str:
    """Return a value as TOML writes it, which JSON does alike but for ranges."""
    if not isinstance(value, Range):
        return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    if value.choices:
        return _value(value.choices)
    given = [f"low = {_value(value.low)}", f"high = {_value(value.high)}"]
    given += ["log = true"] if value.log else []
    given += [f"per_decade = {value.per_decade}"] if value.per_decade else []
    return f"{{ {', '.join(given)} }}"

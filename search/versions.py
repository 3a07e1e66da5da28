"""The packages that a run is made with, and which of them changed before it went on."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

_PACKAGES = ("ray", "optuna", "tensorflow", "keras", "scikit-learn", "pandas", "pyarrow", "numpy")
"""Packages whose versions a run's record keeps: those that its scores may depend on."""

_SHOWN = 40
"""Characters of a version that a sentence repeats."""

_MOST_KEPT = 100
"""Former sets of versions that a record keeps."""


def versions() -> dict[str, Any]:
    """Return the entries `versions` and `python` of a run's record, as they are now."""
    return {
        "versions": {package: version(package) for package in _PACKAGES},
        "python": platform.python_version(),
    }


def changed(info: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return what a record gets when its run goes on, and a sentence if versions have changed.

    Parameters
    ----------
    info : the record so far.

    Returns
    -------
    entries : `versions` and `python` of now; those of before go to the end of `versions_before`.
    sentence : which are others than before; None where none is, or the record names none.
    """
    now = versions()
    before = {"python": info.get("python"), **dict(info.get("versions") or {})}
    after = {"python": now["python"], **now["versions"]}
    differ = [
        f"{name} {str(before[name])[:_SHOWN]}, now {is_now}"
        for name, is_now in after.items()
        if before.get(name) not in (None, is_now)
    ]
    if not differ:
        return now, None
    kept = info.get("versions_before")
    former = list(kept)[-_MOST_KEPT:] if isinstance(kept, list) else []
    sentence = f"Earlier trials of this run were made with {'; '.join(differ)}."
    return {**now, "versions_before": [*former, before]}, sentence

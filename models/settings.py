"""Settings of a family: a checked value for each of its hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.errors import shortened
from models.errors import ModelError, shown
from models.family import Family, Settings
from models.hyperparameters import Hyperparameter
from models.numbers import is_finite


def defaults(family: Family, chosen: Settings) -> dict[str, Any]:
    """Return `chosen` completed by the family's defaults, each value of its hyperparameter's kind.

    Raises
    ------
    ModelError
        When `chosen` names a hyperparameter that the family does not have, or a value is out of
        its hyperparameter's range.
    """
    name, known = _declared(family)
    if not isinstance(chosen, Mapping):
        raise ModelError(f"{name}: settings are {shown(chosen)}: give values by name")
    unknown = [key for key in chosen if key not in known]
    if unknown:
        has = ", ".join(known) or "no hyperparameters"
        written = ", ".join(shortened(key, 40) for key in unknown[:3])
        raise ModelError(f"{name} has no {written}; it has {has}")
    try:
        return {key: h.check(chosen.get(key, h.default)) for key, h in known.items()}
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None


def completed(family: Family, settings: Settings) -> dict[str, Any]:
    """Return `settings`, if each hyperparameter has a value that a model can be made with.

    Sizes, counts and names are checked as in `defaults`. A finite float may be out of its range:
    it makes a bad model, and no worse.

    Raises
    ------
    ModelError
        When a value is missing, too many or impossible.
    """
    name, known = _declared(family)
    floats = {key for key, h in known.items() if h.kind is float}
    if not isinstance(settings, Mapping):
        raise ModelError(f"{name}: settings are {shown(settings)}: give values by name")
    checked = {k: v for k, v in settings.items() if not (k in floats and is_finite(v))}
    complete = defaults(family, checked)
    left_out = [key for key in complete if key not in settings]
    if left_out:
        raise ModelError(
            f"{name}: {', '.join(left_out)} has no value: complete the settings by models.defaults"
        )
    return {key: known[key].kind(settings[key]) for key in complete}


def _declared(family: Family) -> tuple[str, dict[str, Hyperparameter]]:
    """Return the name of a family, and its hyperparameters by name."""
    try:
        return family.name, {h.name: h for h in family.hyperparameters}
    except AttributeError:
        raise ModelError(f"{shown(family)} is no family: take one of models.FAMILIES") from None

"""What known songs chose of a run, round by round, and whom to ask about next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.columns import ResultsError
from results.digest import method
from results.layout import choices
from results.reading import choice_rows
from results.report.drawing import listed
from results.report.evidence import Evidence
from results.rows import frame
from results.schema import CONSENSUS

_MOST_ROUNDS = 20
"""Choices that are shown, the newest."""

_MOST_LABELS = 3
"""Labels that test ARI is shown with."""

_MOST_LEFT = 8
"""Families of which it is said how many models left the running."""


@dataclass(frozen=True)
class Known:
    """The choices by known songs.

    Attributes
    ----------
    rounds : name, known songs, models in the running and of how many, what was chosen, agreement
        and test ARI with each label, oldest first.
    said : which models left the running in the newest, and which songs to ask about next.
    """

    caption: str
    rounds: list[tuple[str, str, str, str, str, str]]
    said: list[str]


def known(evidence: Evidence) -> Known | None:
    """Return the rounds that were made of a run; None where there are none."""
    rounds, said, damaged = [], list[str](), list[str]()
    for name in choices(evidence.folder)[-_MOST_ROUNDS:]:
        try:
            comparison, assignments = (
                frame(choice_rows(evidence.folder, name, table))
                for table in ("comparison", "assignments")
            )
        except ResultsError as error:
            damaged.append(f"{name} is left out: {error}")
            continue
        if comparison.empty or "in_running" not in comparison:
            continue
        comparison["in_running"] = comparison["in_running"].fillna(False).astype(bool)
        rounds.append(_round(name, comparison, evidence))
        said = [*_left(comparison), *_next(evidence, assignments)]
    if not rounds and not damaged:
        return None
    caption = (
        "Rounds of choosing by known songs: of all models those that the known songs cannot tell "
        "from the best are in the running. Test ARI is of songs of which nothing was known."
    )
    return Known(caption, rounds, [*said, *damaged])


def _round(
    name: str, comparison: pd.DataFrame, evidence: Evidence
) -> tuple[str, str, str, str, str, str]:
    first: dict[str, Any] = comparison.iloc[0].to_dict()
    models = comparison["trial"].nunique()
    running = comparison.loc[comparison["in_running"], "trial"]
    return (
        name,
        str(first["selection"]).removeprefix("chosen with "),
        f"{running.nunique()} of {models}",
        f"{method(first)} {first['n_clusters']} (trial {first['trial']})",
        _with_interval(first, "known_agreement"),
        ", ".join(_by_label(first, evidence)),
    )


def _by_label(row: dict[str, Any], evidence: Evidence) -> Iterator[str]:
    """Yield test ARI with each label, the primary one first."""
    for label in evidence.labels[:_MOST_LABELS]:
        score = "ari" if label == evidence.label else f"ari_{label}"
        if value := _with_interval(row, score):
            yield f"{label} {value}"


def _with_interval(row: dict[str, Any], score: str) -> str:
    value, low, high = (row.get(f"{score}{end}") for end in ("", "_low", "_high"))
    if value is None or pd.isna(value):
        return ""
    if low is None or pd.isna(low):
        return f"{value:.2f}"
    return f"{value:.2f} ({low:.2f}–{high:.2f})"


def _left(comparison: pd.DataFrame) -> list[str]:
    """Return in words how many models of each family left the running, in the newest round."""
    models = comparison[comparison["family"] != CONSENSUS]
    running = models["in_running"].groupby(models["trial"]).any()
    families = models.groupby("trial")["family"].first().astype(str)
    gone = families[~running].value_counts().head(_MOST_LEFT)
    if gone.empty:
        return ["No model has left the running yet."]
    each = [f"{count} of {family}" for family, count in gone.items()]
    return [f"In the newest round these models left the running: {listed(each)}."]


def _next(evidence: Evidence, assignments: pd.DataFrame) -> list[str]:
    """Return in words which songs to ask about next."""
    if "query_rank" not in assignments:
        return []
    asked = assignments.dropna(subset="query_rank").drop_duplicates("id").sort_values("query_rank")
    if asked.empty:
        return []
    titles = evidence.titles(asked["id"].to_numpy(str))
    return [f"Songs to ask about next, as python -m search query would: {listed(titles)}."]

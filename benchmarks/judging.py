"""What the rows of an audit say of each score, and of each rule for the cluster count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from evaluation.objective import OBJECTIVES

CONSTANT = 10
BOOTSTRAPS = 200

SCORES = {
    **{objective.column: objective.direction for objective in OBJECTIVES.values()},
    "balance": "maximize",
    "prediction_strength": "maximize",
    "gap": "maximize",
    "coherence_plain": "maximize",
    "coherence_half": "maximize",
    "coherence_whitened": "maximize",
    "coherence_plain_half": "maximize",
    "coherence_views": "maximize",
    "coherence_worst_view": "maximize",
    "coherence_joint": "maximize",
    "excess_views": "maximize",
    "excess_worst_view": "maximize",
    "excess_joint": "maximize",
}
del SCORES["ari"]
COUNT_RULES = (
    *("coherence", "coherence_excess", "coherence_worst_view", "excess_worst_view"),
    *("coherence_views", "excess_views"),
    *("gap", "silhouette", "stability", "null_excess"),
)
BAR = 0.8
"""Of prediction strength; the rule takes the largest count that reaches it."""
FOUND = 0.1
"""Test ARI; a label that no model reaches it for cannot tell scores apart."""
HELD_AGAINST, RANDOM = "coherence", "random"


def label_sets(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of every set once for each label that some model of the pool finds."""
    found = []
    for name, of_set in rows.groupby("set"):
        short = Path(str(name)).name
        found.append(of_set.assign(set=short))
        for column in rows.filter(regex="^truth_"):
            if of_set[column].max() >= FOUND:
                by_label = f"{short} by {column.removeprefix('truth_')}"
                found.append(of_set.assign(set=by_label, truth=of_set[column]))
    return pd.concat(found, ignore_index=True)


def table(rows: pd.DataFrame) -> list[dict[str, object]]:
    """One row per score: mean rank correlation and share kept over sets, with intervals."""
    sets = {str(name): of_set for name, of_set in rows.groupby("set")}
    known = [score for score in SCORES if all(score_known(s, score) for s in sets.values())]
    random = np.random.default_rng(0)
    sizes = [of_set["model"].nunique() for of_set in sets.values()]
    drawn = [[random.integers(n, size=n) for n in sizes] for _ in range(BOOTSTRAPS)]
    truths = [by_model(of_set, "truth") for of_set in sets.values()]
    of_sets, resampled = {}, {}
    for score in (*known, RANDOM):
        values = [by_model(of_set, score) for of_set in sets.values()]
        pairs = list(zip(values, truths, strict=True))
        of_sets[score] = [judge(*pair) for pair in pairs]
        resampled[score] = np.array(
            [
                np.mean(
                    [judge(v[at], t[at]) for (v, t), at in zip(pairs, draw, strict=True)], axis=0
                )
                for draw in drawn
            ]
        )
    found: list[dict[str, object]] = []
    for score in sorted(of_sets, key=lambda score: -np.mean(of_sets[score], axis=0)[1]):
        correlation, kept = np.mean(of_sets[score], axis=0)
        more = kept - np.mean(of_sets[HELD_AGAINST], axis=0)[1]
        gains = resampled[score][:, 1] - resampled[HELD_AGAINST][:, 1]
        found.append(
            {
                "score": score,
                "Spearman": within(correlation, resampled[score][:, 0]),
                "kept": within(kept, resampled[score][:, 1]),
                f"kept less that of {HELD_AGAINST}": within(more, gains),
                **{
                    f"kept, {name}": two(one[1])
                    for name, one in zip(sets, of_sets[score], strict=True)
                },
            }
        )
    return found


def score_known(rows: pd.DataFrame, score: str) -> bool:
    """Whether a set has a score for nearly every row; dear ones may have been left out."""
    return score in rows and rows[score].notna().mean() > 0.5


def within(value: float, resampled: np.ndarray) -> str:
    """A figure and its 95 % interval."""
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return f"{two(value)} [{two(low)}, {two(high)}]"


def two(value: float) -> str:
    """Two decimals, and no minus before nothing."""
    return f"{round(value, 2) + 0.0:.2f}"


def by_model(rows: pd.DataFrame, score: str) -> np.ndarray:
    """A score, higher is better, or the truth: (models, counts), NaN where there is no row."""
    if score == RANDOM:
        return np.zeros_like(by_model(rows, "truth"))
    values = rows["truth"].to_numpy() if score == "truth" else signed(rows, score)
    models, counts = (pd.factorize(rows[name], sort=True) for name in ("model", "n_clusters"))
    found = np.full((len(models[1]), len(counts[1])), np.nan)
    found[models[0], counts[0]] = values
    return found


def judge(values: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Rank correlation and share kept, means over counts; constant values pick at random."""
    correlations, kept = [], []
    for value, true in zip(values.T, truth.T, strict=True):
        there = np.isfinite(true)
        value, true = value[there], true[there]
        if len(true) < 3 or true.max() <= 0:
            continue
        correlations.append(spearman(value, true))
        picked = true[value.argmax()] if np.ptp(value) else true.mean()
        kept.append(picked / true.max())
    return float(np.mean(correlations)), float(np.mean(kept))


def spearman(values: np.ndarray, truth: np.ndarray) -> float:
    """Rank correlation; 0 where either is constant."""
    if not (np.ptp(values) and np.ptp(truth)):
        return 0.0
    return float(np.corrcoef(rankdata(values), rankdata(truth))[0, 1])


def signed(rows: pd.DataFrame, score: str) -> np.ndarray:
    """Values of a score, higher is better; what is missing is worst."""
    sign = 1 if SCORES[score] == "maximize" else -1
    values = sign * rows[score].astype(float).to_numpy()
    return np.where(np.isfinite(values), values, np.nanmin(values) - 1)


def count_table(rows: pd.DataFrame) -> list[dict[str, object]]:
    """What each rule for the cluster count keeps of a model's best ARI, by set."""
    sets = [of_set for _, of_set in rows.groupby("set")]
    known = [rule for rule in COUNT_RULES if all(score_known(s, rule) for s in sets)]
    rules: dict[str, Callable[[pd.DataFrame], float]] = {
        f"always {CONSTANT}": lambda model: at(model, CONSTANT),
        "any": lambda model: float(model["truth"].mean()),
        f"prediction strength {BAR}": strong,
        **{
            score: lambda model, score=score: float(
                model["truth"].to_numpy()[signed(model, score).argmax()]
            )
            for score in known
        },
    }
    if not all(score_known(of_set, "prediction_strength") for of_set in sets):
        del rules[f"prediction strength {BAR}"]
    return [{"rule": name, **dict(counted(rows, rule))} for name, rule in rules.items()]


def counted(
    rows: pd.DataFrame, rule: Callable[[pd.DataFrame], float]
) -> Iterator[tuple[str, str]]:
    """Set and mean share kept over its models, then the mean over sets."""
    means: list[float] = []
    for name, of_set in rows.groupby("set"):
        kept: Sequence[float] = [
            rule(model) / model["truth"].max()
            for _, model in of_set.groupby("model")
            if model["truth"].max() > 0
        ]
        means.append(float(np.mean(kept)))
        yield str(name), two(means[-1])
    yield "mean", two(float(np.mean(means)))


def at(model: pd.DataFrame, count: int) -> float:
    """ARI at the feasible count nearest to one."""
    nearest = (model["n_clusters"] - count).abs().to_numpy().argmin()
    return float(model["truth"].to_numpy()[nearest])


def strong(model: pd.DataFrame) -> float:
    """ARI at the largest count whose prediction strength reaches the bar, else at the smallest."""
    reached = model[model["prediction_strength"] >= BAR]
    count = reached["n_clusters"].max() if len(reached) else model["n_clusters"].min()
    return at(model, int(count))

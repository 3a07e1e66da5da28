"""How much of the best clustering of a search do a few known songs find?

    python benchmarks/known_songs.py RUN ... consensus/*.npz [--draws 30]

Takes run folders, with every clustering that they keep, and searches that `consensus.py` wrote:
every model of a search, clustered by k-means at every count of its task, and the consensus of its
ten best models. Of each label the known songs
are drawn among those that are no test songs; what they choose is judged by test ARI, as a share of
the best there is. Queried pairs are asked about in rounds of ten, each after the answers before.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from consensus import MOST, RULES, ranking
from consensus_searches import MOST_CLASSES, Searched, classes, opened
from families import one_thread
from measuring import show

from evaluation.base_partitions import base_counts
from evaluation.consensus import fit_consensus
from evaluation.external import label_scores
from evaluation.known_songs import KnownPairs, choose
from evaluation.known_songs import chosen as chosen_by
from evaluation.queries import pairs_to_ask, songs_to_ask
from results.schema import CONSENSUS
from results.store import RunStore
from search.experiment.clusterings import CollectionOfRun, clusterings_kept

SIZES = (10, 20, 30, 50, 100)
"""Labels that are drawn at random."""
QUERIED = (10, 20, 50)
"""Labels that are asked for."""
ROUND = 10
PAIRS = (50, 200)
AT_HAND = 0.7
"""Share of the songs that one draw of queries may ask about, so that draws differ."""
LEFT_OUT = 0.02
"""A label that no clustering reaches this test ARI for is not shown."""
BOOTSTRAPS = 2_000
RANDOM = "random"
SHUFFLED = "shuffled"
SHUFFLINGS = 10
"""Of which the cross-fitted agreement is looked at too."""


@dataclass(frozen=True)
class Pool:
    """What is chosen among.

    Attributes
    ----------
    partitions : (m, songs)
    coherence : (m,) above chance, of validation songs.
    consensus : row of the consensus at the count that a search takes.
    asked : (songs,) bool, those that may be known.
    test : (songs,) bool.
    silhouette : (m,) of validation songs, each in its own space; only run folders have it.
    """

    partitions: np.ndarray
    coherence: np.ndarray
    consensus: int
    asked: np.ndarray
    test: np.ndarray
    silhouette: np.ndarray | None = None

    @property
    def without_coherence(self) -> Pool:
        """The same where nothing but agreement counts."""
        return replace(self, coherence=np.zeros_like(self.coherence))


def main() -> None:
    """Read the command line, draw, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("searches", nargs="+", type=Path, metavar="RUN|FILE")
    parser.add_argument("--draws", type=int, default=30)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with ProcessPoolExecutor(
        given.workers, multiprocessing.get_context("spawn"), initializer=one_thread
    ) as pool:
        judged = pool.map(partial(kept, draws=given.draws), given.searches)
        rows = pd.concat(judged, ignore_index=True)
    show("Share of the best test ARI kept", table(rows))
    show("Shuffled labels: test ARI less that of a random clustering", shuffled(rows))


# -- one search ----------------------------------------------------------------------------


def kept(file: Path, draws: int) -> pd.DataFrame:
    """Test ARI of every way to choose, for every label of a search and every draw."""
    if file.is_dir():
        name, (pool, labels) = file.name, of_run(file)
    else:
        found = opened(file)
        name, pool, labels = file.stem.rsplit("-", 2)[0], pool_of(found), found.labels
    rows = [
        {"label": label, **row}
        for label, truth in labels.items()
        for row in chosen(pool, truth, draws)
    ]
    return pd.DataFrame(rows).assign(set=name, search=file.stem)


def of_run(folder: Path) -> tuple[Pool, dict[str, np.ndarray]]:
    """The clusterings of a run folder, and its labels."""
    with RunStore.open(folder) as store:
        collection, kept = CollectionOfRun.of(store), clusterings_kept(store)
        comparison = pd.read_parquet(folder / "comparison.parquet")
    agreed = [row["family"] == CONSENSUS for row in kept.rows]
    counts = comparison.loc[comparison["family"] == CONSENSUS, "n_clusters"].to_list()
    own = [row["n_clusters"] in counts for row in kept.rows]
    silhouettes = [row.get("silhouette") for row in kept.rows]
    pool = Pool(
        kept.partitions,
        kept.coherence,
        int(np.argmax(np.array(agreed) & np.array(own))),
        collection.split != "test",
        collection.split == "test",
        np.array([-1 if value is None else value for value in silhouettes]),
    )
    labels = collection.labels.items()
    return pool, {label: truth for label, truth in labels if 2 <= classes(truth) <= MOST_CLASSES}


def pool_of(found: Searched) -> Pool:
    """All models at all counts, and the consensus of the ten best at each."""
    rule = RULES["mean above chance"]
    own = [found.places[count] for count in found.own]
    models = found.partitions["reduced"][:, own]
    coherence = rule(found.coherence[:, own], found.chance[own])
    members = ranking(found)[:MOST]
    agreed, worth, least = [], [], []
    for count, place in zip(found.own, own, strict=True):
        at = [found.places[base] for base in base_counts(count)]
        votes = found.partitions["reduced"][members][:, at].reshape(-1, models.shape[-1])
        clusters, _ = fit_consensus(votes[:, found.split == "train"], count, 0).assign(votes)
        by_view = found.coherence_of(clusters[found.split == "validation"])
        agreed.append(clusters)
        worth.append(float(rule(by_view, found.chance[place])))
        least.append(float(RULES["worst above chance"](by_view, found.chance[place])))
    return Pool(
        np.concatenate([models.reshape(-1, models.shape[-1]), agreed]).astype(np.int16),
        np.concatenate([coherence.ravel(), worth]),
        coherence.size + int(np.argmax(least)),
        found.split != "test",
        found.split == "test",
    )


def chosen(pool: Pool, truth: np.ndarray, draws: int) -> Iterator[dict[str, object]]:
    """Each way to choose with the test ARI of what it takes."""
    scores = np.array(
        [label_scores(one[pool.test], truth[pool.test])["ari"] or 0 for one in pool.partitions]
    )
    best = scores.max()
    if best < LEFT_OUT:
        return
    common = {"best": best, "draw": 0, "classes": len({*truth[truth != ""]})}
    yield {**common, "by": RANDOM, "ari": scores.mean()}
    if pool.silhouette is not None:
        yield {**common, "by": "silhouette", "ari": scores[pool.silhouette.argmax()]}
    yield {**common, "by": "coherence", "ari": scores[pool.coherence.argmax()]}
    yield {**common, "by": "consensus", "ari": scores[pool.consensus]}
    ways = {
        **{f"{n} labels": partial(at_random, n=n) for n in SIZES},
        **{f"{n} pairs": partial(pairs_at_random, n=n) for n in PAIRS},
        "queried pairs, 50": queried_pairs,
    }
    for draw in range(draws):
        for name, way in ways.items():
            known = way(pool, truth, np.random.default_rng(draw))
            yield {**common, "by": name, "draw": draw, "ari": scores[picked(pool, known)]}
        known = at_random(pool, truth, np.random.default_rng(draw), n=50, shuffle=True)
        for name, of in (
            (SHUFFLED, pool),
            (f"{SHUFFLED}, agreement alone", pool.without_coherence),
        ):
            yield {**common, "by": name, "draw": draw, "ari": scores[picked(of, known)]}
        if known is not None and draw < SHUFFLINGS:
            crossed = choose(pool.partitions, known, pool.coherence).cross_fitted
            yield {**common, "by": f"{SHUFFLED}, cross-fit", "draw": draw, "ari": crossed}
        for n, known in queried(pool, truth, np.random.default_rng(draw)):
            place = picked(pool, known)
            yield {**common, "by": f"{n} queried", "draw": draw, "ari": scores[place]}


def picked(pool: Pool, known: KnownPairs | None) -> int:
    """The clustering that known songs choose; by coherence where they say nothing."""
    if known is None:
        return int(pool.coherence.argmax())
    return chosen_by(pool.partitions, known, pool.coherence)[0]


def at_random(
    pool: Pool, truth: np.ndarray, random: np.random.Generator, n: int, shuffle: bool = False
) -> KnownPairs | None:
    """Some songs with their labels."""
    rows = random.permutation(np.flatnonzero(pool.asked & (truth != "")))[:n]
    labels = random.permutation(truth[rows]) if shuffle else truth[rows]
    return known_pairs(rows, labels)


def known_pairs(rows: np.ndarray, labels: np.ndarray) -> KnownPairs | None:
    """Labelled songs as pairs; None where they tell nothing apart, or put nothing together."""
    if len({*labels}) in (1, len(labels)):
        return None
    return KnownPairs.of(rows, labels)


def pairs_at_random(
    pool: Pool, truth: np.ndarray, random: np.random.Generator, n: int
) -> KnownPairs | None:
    """Some pairs of songs, same or different."""
    rows = np.flatnonzero(pool.asked & (truth != ""))
    pairs = np.stack([random.permutation(rows)[:2] for _ in range(n)])
    return answered(pairs, truth)


def queried_pairs(
    pool: Pool, truth: np.ndarray, random: np.random.Generator, n: int = 50
) -> KnownPairs | None:
    """Pairs that are asked about, in rounds."""
    at_hand = pool.asked & (truth != "") & (random.random(len(truth)) < AT_HAND)
    pairs, known = np.empty((0, 2), np.int64), None
    while len(pairs) < n:
        best = pool.partitions[picked(pool, known)]
        asked = pairs_to_ask(best, at_hand, ROUND, int(random.integers(1000)))
        pairs = np.concatenate([pairs, np.array(asked)])
        known = answered(pairs, truth)
    return known


def answered(pairs: np.ndarray, truth: np.ndarray) -> KnownPairs | None:
    """Pairs with their answers."""
    same = truth[pairs[:, 0]] == truth[pairs[:, 1]]
    none = np.empty(0, np.int64)
    return None if same.all() or not same.any() else KnownPairs.of(none, none, pairs, same)


def queried(
    pool: Pool, truth: np.ndarray, random: np.random.Generator
) -> Iterator[tuple[int, KnownPairs | None]]:
    """The labels of songs that are asked about, at every number of `QUERIED`."""
    at_hand = pool.asked & (truth != "") & (random.random(len(truth)) < AT_HAND)
    rows = np.empty(0, np.int64)
    for n in QUERIED:
        seed = int(random.integers(1000))
        asked = songs_to_ask(pool.partitions, rows, at_hand, n - len(rows), seed)
        rows = np.concatenate([rows, asked])
        yield n, known_pairs(rows, truth[rows])


# -- all searches --------------------------------------------------------------------------


def table(rows: pd.DataFrame) -> list[dict[str, object]]:
    """A row for each set and label: what each way keeps, with intervals."""
    rows = rows[~rows["by"].str.startswith(SHUFFLED)]
    return [
        {
            "set": name,
            "label": label,
            "classes": int(some["classes"].iloc[0]),
            "best ARI": float(some["best"].mean()),
            **{
                str(by): interval((of["ari"] / of["best"]).to_numpy())
                for by, of in some.groupby("by", sort=False)
            },
        }
        for (name, label), some in rows.groupby(["set", "label"])
    ]


def shuffled(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Test ARI of what shuffled labels choose less that of the mean one, and its cross-fit."""
    found = []
    for (name, label), some in rows.groupby(["set", "label"]):
        mean = some[some["by"] == RANDOM].groupby("search")["ari"].mean()
        row: dict[str, object] = {"set": name, "label": label}
        for by, own in some[some["by"].str.startswith(SHUFFLED)].groupby("by", sort=False):
            chance = 0 if "cross-fit" in str(by) else mean.loc[own["search"]].to_numpy()
            row[str(by)] = interval(own["ari"].to_numpy(float) - chance)
        found.append(row)
    return found


def interval(values: np.ndarray) -> str:
    """A mean and its 95 % bootstrap interval; the mean alone of few values."""
    if len(values) < 5:
        return f"{values.mean():.2f}"
    random = np.random.default_rng(0)
    drawn = values[random.integers(len(values), size=(BOOTSTRAPS, len(values)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{values.mean():.2f} [{low:.2f}, {high:.2f}]"


if __name__ == "__main__":
    main()

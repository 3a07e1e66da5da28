"""How long does a run of a million rows take to write, and to load beside plain `read_parquet`?

Writes `clusterings` part by part as a search does, consolidates, and loads the table by
`results.load` and by `pandas.read_parquet`, in turn.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import median_seconds, seconds, show

import results
from results.store import RunStore

SCORES = (
    *("coherence", "silhouette", "davies_bouldin", "calinski_harabasz", "reference_silhouette"),
    *("ari", "nmi", "ami", "purity", "purity_floor"),
)


def clusterings(trials: range, counts: range, random: np.random.Generator) -> dict[str, object]:
    """Columns of the table `clusterings` for several trials."""
    n_rows = len(trials) * len(counts)
    return {
        "trial": np.repeat(trials, len(counts)),
        "role": ["search"] * n_rows,
        "seed": np.zeros(n_rows, int),
        "split": ["validation"] * n_rows,
        "clusterer": ["kmeans"] * n_rows,
        "n_clusters": np.tile(counts, len(trials)),
        "objective": random.random(n_rows),
        **{name: random.random(n_rows) for name in SCORES},
    }


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--counts", type=int, default=20, help="rows of one trial")
    options.add_argument("--parts", type=int, default=500)
    options.add_argument("--repeats", type=int, default=5)
    given = options.parse_args()
    random, counts = np.random.default_rng(0), range(2, 2 + given.counts)
    each = given.rows // given.counts // given.parts
    with tempfile.TemporaryDirectory() as out, RunStore.create(out, "easy", "run", {}) as store:
        times = []
        for number in range(given.parts):
            trials = range(number * each, (number + 1) * each)
            rows = clusterings(trials, counts, random)
            times.append(seconds(lambda rows=rows: store.append("clusterings", rows)))
        consolidated = seconds(store.consolidate)
        end = range(given.parts * each, given.parts * each + 1)
        rows = clusterings(end, counts, random)
        one = seconds(lambda: store.append("clusterings", rows))
        merged = seconds(store.consolidate)
        file = Path(store.folder) / "clusterings.parquet"
        sides = {
            "pandas.read_parquet": lambda: pd.read_parquet(file),
            "results.load": lambda: results.load(store.folder, "clusterings"),
        }
        loaded = median_seconds(sides, given.repeats)
        show(
            f"{each * given.parts * given.counts:,} rows of {given.parts} parts",
            [
                {"what": f"append {each * given.counts:,} rows", "s": statistics.median(times)},
                {"what": "consolidate", "s": consolidated},
                {"what": f"append one trial of {given.counts} rows", "s": one},
                {"what": "consolidate again", "s": merged},
                *({"what": name, "s": time} for name, time in loaded.items()),
                {
                    "what": "results.load / pandas.read_parquet",
                    "s": loaded["results.load"] / loaded["pandas.read_parquet"],
                },
            ],
        )


if __name__ == "__main__":
    main()

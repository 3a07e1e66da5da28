"""How many times faster are the silhouettes of many labelings at once than scikit-learn's?

Exact silhouettes of the same codes under 19 labelings, by `evaluation.indices.silhouettes` and by
`sklearn.metrics.silhouette_score`, and the largest difference between the two.
"""

from __future__ import annotations

import argparse

import numpy as np
from measuring import median_seconds, show
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from evaluation.indices import silhouettes

FEWEST = 2


def labelings_of(codes: np.ndarray, labelings: int, random: np.random.Generator) -> np.ndarray:
    """Clusters (labelings, songs) by the nearest of 2, 3, 4 ... songs drawn at random."""
    found = []
    for count in range(FEWEST, FEWEST + labelings):
        centres = codes[random.choice(len(codes), count, replace=False)]
        found.append(((codes[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1))
    return np.stack(found)


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--songs", type=int, nargs="+", default=[2_000, 5_000, 20_000])
    options.add_argument("--labelings", type=int, default=19)
    options.add_argument("--dimensions", type=int, default=16)
    options.add_argument("--repeats", type=int, default=1)
    options.add_argument("--threads", type=int, default=1, help="of both sides")
    given = options.parse_args()
    random = np.random.default_rng(0)
    rows = []
    for songs in given.songs:
        codes = random.standard_normal((songs, given.dimensions))
        labelings = labelings_of(codes, given.labelings, random)
        values: dict[str, np.ndarray] = {}

        def by_scikit_learn(codes=codes, labelings=labelings, values=values) -> None:
            values["theirs"] = np.array([silhouette_score(codes, each) for each in labelings])

        def at_once(codes=codes, labelings=labelings, values=values) -> None:
            values["ours"] = silhouettes(codes, labelings)

        sides = {"scikit-learn": by_scikit_learn, "latentune": at_once}
        with threadpool_limits(given.threads):
            spent = median_seconds(sides, given.repeats)
        rows.append(
            {
                "songs": songs,
                "labelings": given.labelings,
                **{f"{side}, s": time for side, time in spent.items()},
                "ratio": spent["scikit-learn"] / spent["latentune"],
                "largest difference": f"{np.abs(values['ours'] - values['theirs']).max():.0e}",
            }
        )
    show("Silhouettes of all labelings of one code matrix", rows)


if __name__ == "__main__":
    main()

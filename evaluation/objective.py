"""What a search may maximise or minimise: a column, its direction, and what it rewards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from evaluation.clustering import Clustering
from evaluation.known_songs import AGREEMENT


@dataclass(frozen=True)
class Objective:
    """A column to search by.

    Attributes
    ----------
    column : the column of the tables that holds it
    direction : as Optuna names it
    own_space : computed in each model's own latent space, where values do not compare
    rewards : one sentence on what a search by it finds, to print when it is chosen
    supervised : it uses the labels: mark results "supervised selection"
    function : gives the value of a clustering; None where the tables have the column anyway
    """

    column: str
    direction: Literal["maximize", "minimize"]
    own_space: bool
    rewards: str
    supervised: bool = False
    function: Callable[[Clustering], float] | None = None


_COLLAPSE = (
    "It is computed in each model's own latent space and rewards dropping dimensions: "
    "two-dimensional noise beats real clusters in sixteen."
)

OBJECTIVES = {
    "coherence_excess": Objective(
        "coherence_excess",
        "maximize",
        False,
        "It rewards clusters whose songs are neighbours, more than in songs without clusters, in "
        "every reference view.",
    ),
    "coherence": Objective(
        "coherence",
        "maximize",
        False,
        "It rewards many even clusters whose songs are neighbours in a PCA of the inputs.",
    ),
    "silhouette": Objective("silhouette", "maximize", True, _COLLAPSE),
    "davies_bouldin": Objective("davies_bouldin", "minimize", True, _COLLAPSE),
    "calinski_harabasz": Objective("calinski_harabasz", "maximize", True, _COLLAPSE),
    "reference_silhouette": Objective(
        "reference_silhouette",
        "maximize",
        False,
        "It rewards few compact clusters in a PCA of the inputs.",
    ),
    "null_excess": Objective(
        "null_excess",
        "maximize",
        True,
        "It is computed in each model's own latent space and rewards codes that are unlike a "
        "Gaussian: a single outlier is enough.",
    ),
    "stability": Objective(
        "stability",
        "maximize",
        True,
        "It is computed in each model's own latent space and rewards partitions that refits "
        "repeat, often those of two or three clusters.",
    ),
    "reconstruction_r2": Objective(
        "r2",
        "maximize",
        False,
        "It rewards faithful reconstruction and says nothing of clusters.",
    ),
    AGREEMENT: Objective(
        AGREEMENT,
        "maximize",
        False,
        "It rewards clusters that agree with the known songs.",
    ),
    "ari": Objective(
        "ari",
        "maximize",
        False,
        "It chooses by the labels: supervised selection.",
        supervised=True,
    ),
}

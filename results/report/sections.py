"""The sections of the page in the order of a reader's questions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from results.report.cards import Card
from results.report.drawing import Figure
from results.report.evidence import Evidence
from results.report.figure_map import Walk
from results.report.figures_coordinates import coordinates
from results.report.figures_counts import against_counts
from results.report.figures_maps import Mapped
from results.report.figures_search import importance, progress, slices
from results.report.figures_songs import songs
from results.report.figures_training import training_curves
from results.report.known import Known, known
from results.report.tables import Agreed, Counts, agreed, counted, hubs
from results.schema import CONSENSUS

_NO_MAP = (
    "This run has no map of its songs. A search makes the map at its end; "
    "python -m search resume RUN makes it for an older run."
)
_NO_CONSENSUS = "There is no consensus: it takes two models that held every guard."


@dataclass(frozen=True)
class Section:
    """One section: its figures, or a sentence that says why there are none.

    Attributes
    ----------
    name : of the anchor.
    without : the sentence for a section without figures; empty where the page's template has the
        section's content itself.
    intro : what stands before the figures.
    """

    name: str
    title: str
    without: str = ""
    intro: str = ""
    figures: Sequence[Figure] = ()
    walk: Walk | None = None
    maps: Sequence[Mapped] = ()
    cards: Sequence[Card] = ()
    counts: Sequence[Counts] = field(default_factory=tuple)
    agreed: Agreed | None = None
    known: Known | None = None


@dataclass(frozen=True)
class Part:
    """The sections that answer one question."""

    name: str
    title: str
    sections: Sequence[Section]


@dataclass(frozen=True)
class Clusters:
    """What the page shows of the songs themselves.

    Attributes
    ----------
    method : whose clusters the cards are of; empty without a map.
    """

    walk: Walk | None = None
    maps: Sequence[Mapped] = ()
    cards: Sequence[Card] = ()
    method: str = ""


def parts(evidence: Evidence, clusters: Clusters) -> list[Part]:
    """Return the sections between what was found and how to repeat it."""
    return [
        Part(
            "believe",
            "Can I believe it?",
            [
                Section("comparison", "Comparison"),
                Section(
                    "counts",
                    "Scores against the number of clusters",
                    "No finalist was scored at several cluster counts.",
                    "Finalists on validation songs: the line is the mean over seeds, the band "
                    "spans them. No score is known to find the true number, so look for a range "
                    "and not for a peak.",
                    figures=against_counts(evidence),
                ),
                Section("guards", "Guards and warnings"),
            ],
        ),
        Part("clusters", "What are the clusters?", _of_clusters(evidence, clusters)),
        Part("settings", "Which settings?", _of_settings(evidence)),
        Part("search", "How did the search go?", _of_search(evidence)),
    ]


def _of_clusters(evidence: Evidence, clusters: Clusters) -> list[Section]:
    """Return the sections on clusters and their songs."""
    return [
        Section(
            "maps",
            "Maps of the songs",
            _NO_MAP,
            "Every song is a point. PCA keeps distances as far as a plane can. t-SNE and UMAP "
            "keep neighbours, and draw gaps even where there are none: believe the scores. Grey "
            "is unknown, or noise.",
            walk=clusters.walk,
            maps=clusters.maps,
        ),
        _cards(evidence, clusters),
        Section(
            "labels",
            "Clusters by what is known of the songs",
            "There are no clusters of finalists, or no labels to count them by.",
            counts=counted(evidence),
        ),
        Section(
            "known",
            "Choosing by known songs",
            "Nobody has chosen among these clusterings by known songs yet: python -m search query "
            "names songs to ask about, and python -m search choose takes the answers.",
            known=known(evidence),
        ),
    ]


def _cards(evidence: Evidence, clusters: Clusters) -> Section:
    """Return the section on each cluster: cards, or for an older run what it has."""
    title = "The clusters one by one"
    said = [hubs(evidence)]
    if not clusters.cards:
        table = agreed(evidence)
        return Section(
            "cards",
            title,
            f"{_NO_CONSENSUS if table is None else ''} {_NO_MAP}".strip(),
            said[0],
            agreed=table,
        )
    if clusters.method == CONSENSUS:
        said.insert(
            0,
            "These are clusters of the consensus. Agreement is the mean share of the models' "
            "votes that put its songs there: those that stand for a cluster are the most certain, "
            "and one on its border lies between it and another.",
        )
    else:
        said.insert(0, f"These are clusters of {clusters.method}. {_NO_CONSENSUS}")
    said.insert(1, "Names are suggested from labels, sound and words: listen before you use them.")
    return Section("cards", title, "", " ".join(filter(None, said)), cards=clusters.cards)


def _of_settings(evidence: Evidence) -> list[Section]:
    """Return the sections on what the objective depends on."""
    return [
        Section(
            "importance",
            "Hyperparameter importance",
            "Too few trials have an objective to estimate the importance of hyperparameters.",
            "First the share of the variance of the objective that each hyperparameter explains, "
            f"where there are enough trials; then {evidence.objective} against each "
            "hyperparameter. Crosses are trials of which a guard failed.",
            figures=[*importance(evidence), *slices(evidence)],
        ),
        Section(
            "coordinates",
            "Parallel coordinates",
            "Fewer than two things were chosen differently, so there is nothing to lay side by "
            "side.",
            figures=coordinates(evidence),
        ),
    ]


def _of_search(evidence: Evidence) -> list[Section]:
    """Return the sections on the trials and their training."""
    return [
        Section(
            "progress",
            "Objective over trials",
            "No searched trial has an objective yet.",
            figures=progress(evidence),
        ),
        Section(
            "training",
            "Training curves",
            "There are no learning curves.",
            "Loss on training and on validation songs, a line for each seed.",
            figures=training_curves(evidence),
        ),
        Section(
            "songs",
            "Songs and their reconstructions",
            "No finalist has songs that are spectrograms: feature vectors and pooled views have "
            "no picture.",
            "Spectrograms as a model gets them, above those that it decodes from their codes; and "
            "those that it decodes from codes on the line between two songs.",
            figures=songs(evidence),
        ),
        Section("failed", "Failed trials"),
    ]

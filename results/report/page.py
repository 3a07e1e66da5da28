"""The report of a run: one HTML page that needs nothing else, light or dark or on paper."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from results.arguments import flag_of, path_of
from results.columns import ResultsError
from results.disk import beginnings, remove_left_over, replaceable, replacing
from results.finding import run_folders
from results.report.drawing import Figure
from results.report.evidence import Evidence, gather
from results.report.figures_coordinates import coordinates
from results.report.figures_counts import against_counts
from results.report.figures_maps import Mapped, maps
from results.report.figures_search import importance, progress, slices
from results.report.figures_songs import songs
from results.report.figures_training import training_curves
from results.report.known import Known, known
from results.report.tables import (
    Agreed,
    Counts,
    agreed,
    command,
    compared,
    conditions,
    counted,
    failed,
    guarded,
    hubs,
    warned,
)
from results.report.words import summary
from results.text import reason

_TEMPLATE, _STYLE = "report.html.jinja", "report.css"
"""Files beside this one."""

NAME = "report.html"
"""The page in a run folder."""


@dataclass(frozen=True)
class _Section:
    """One section: its figures, or a sentence that says why there are none.

    Attributes
    ----------
    name : of the anchor.
    without : the sentence for a section without figures.
    intro : what stands before the figures.
    """

    name: str
    title: str
    without: str
    intro: str = ""
    figures: Sequence[Figure] = ()
    maps: Sequence[Mapped] = ()
    counts: Sequence[Counts] = field(default_factory=tuple)
    agreed: Agreed | None = None
    known: Known | None = None


def write_report(
    run: str | Path,
    out: Path | None = None,
    root: Path | None = None,
    with_umap: bool | None = None,
) -> Path:
    """Draw the report of a run as far as it got, and return the path of the page.

    Parameters
    ----------
    run : as `task` of `results.load`.
    out : by default `report.html` in the run's folder.
    root : as for `results.load`.
    with_umap : whether codes are mapped by UMAP too, which takes ten seconds to start; by default
        where the task has it among its reducers.

    Raises
    ------
    ResultsError
        When there is no such run, what is in its folder is not what a search leaves, or the page
        cannot be written.
    """
    if with_umap is not None:
        flag_of(with_umap, "with_umap")
    target = None if out is None else path_of(out, "out")
    folder = run_folders(run, root=root)[-1]
    path = target or folder / NAME
    replaceable(path)  # before a minute of drawing
    remove_left_over(path.parent, beginnings(path.name))
    evidence = gather(folder)
    try:
        if with_umap is None:
            with_umap = "umap" in evidence.settings.get("reducers", ())
        page = render(evidence, with_umap)
    except (ResultsError, ImportError):
        raise
    except Exception as error:  # of whatever kind: a run folder may be anybody's
        raise ResultsError(
            f"No report can be drawn of {folder}, for what it holds does not fit together as what "
            f"a search leaves ({type(error).__name__}: {reason(error)})."
        ) from error
    with replacing(path) as file:
        file.write(page.encode(errors="replace"))
    return path


def render(evidence: Evidence, with_umap: bool = False) -> str:
    """Return the page itself."""
    import jinja2

    here = Path(__file__).parent
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    content: dict[str, Any] = {
        "style": (here / _STYLE).read_text(encoding="utf-8"),
        "run": f"{evidence.info['task']}/{evidence.info['run']}",
        "summary": summary(evidence),
        "ended": evidence.ended,
        "comparison": compared(evidence),
        "sections": _sections(evidence, with_umap),
        "guards": guarded(evidence),
        "warnings": warned(evidence),
        "failed": failed(evidence),
        "n_failed": int((evidence.tables["trials"]["status"] == "failed").sum()),
        "command": command(evidence),
        "conditions": conditions(evidence),
    }
    return pages.get_template(_TEMPLATE).render(content)


def _sections(evidence: Evidence, with_umap: bool) -> list[_Section]:
    """Return the sections of figures in their order."""
    objective = evidence.objective
    return [
        _Section(
            "progress",
            "Objective over trials",
            "No searched trial has an objective yet.",
            figures=progress(evidence),
        ),
        _Section(
            "importance",
            "Hyperparameter importance",
            "Too few trials have an objective to estimate the importance of hyperparameters.",
            "First the share of the variance of the objective that each hyperparameter explains, "
            f"where there are enough trials; then {objective} against each "
            "hyperparameter. Crosses are trials of which a guard failed.",
            figures=[*importance(evidence), *slices(evidence)],
        ),
        _Section(
            "coordinates",
            "Parallel coordinates",
            "Fewer than two things were chosen differently, so there is nothing to lay side by "
            "side.",
            figures=coordinates(evidence),
        ),
        _Section(
            "counts",
            "Scores against the number of clusters",
            "No finalist was scored at several cluster counts.",
            "Finalists on validation songs: the line is the mean over seeds, the band spans them. "
            "No score is known to find the true number, so look for a range and not for a peak.",
            figures=against_counts(evidence),
        ),
        _Section(
            "maps",
            "Maps of the codes",
            "No codes were kept, so there is nothing to map.",
            "Every song is a point. PCA keeps distances as far as a plane can. t-SNE and UMAP "
            "keep neighbours, and draw gaps even where there are none: believe the scores. Grey "
            "is unknown, or noise.",
            maps=maps(evidence, with_umap),
        ),
        _Section(
            "labels",
            "Clusters by what is known of the songs",
            "There are no clusters of finalists, or no labels to count them by.",
            counts=counted(evidence),
        ),
        _Section(
            "agreement",
            "What the models agree on",
            "There is no consensus: it takes two models that held every guard.",
            hubs(evidence),
            agreed=agreed(evidence),
        ),
        _Section(
            "known",
            "Choosing by known songs",
            "Nobody has chosen among these clusterings by known songs yet: python -m search query "
            "names songs to ask about, and python -m search choose takes the answers.",
            known=known(evidence),
        ),
        _Section(
            "training",
            "Training curves",
            "There are no learning curves.",
            "Loss on training and on validation songs, a line for each seed.",
            figures=training_curves(evidence),
        ),
        _Section(
            "songs",
            "Songs and their reconstructions",
            "No finalist has songs that are spectrograms: feature vectors and pooled views have "
            "no picture.",
            "Spectrograms as a model gets them, above those that it decodes from their codes; and "
            "those that it decodes from codes on the line between two songs.",
            figures=songs(evidence),
        ),
    ]

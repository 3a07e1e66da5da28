"""The report of a run: one HTML page that needs nothing else, light or dark or on paper."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from results.arguments import path_of
from results.columns import ResultsError
from results.disk import beginnings, remove_left_over, replaceable, replacing
from results.finding import run_folders
from results.report.cards import Card, cards, names_of, shown
from results.report.clips import chosen, spread
from results.report.evidence import Evidence, gather
from results.report.figure_map import Walk, walk
from results.report.figures_maps import maps
from results.report.harmless import finalized
from results.report.scripts import as_json, scripts
from results.report.sections import Clusters, parts
from results.report.song_map import SongMap, song_map
from results.report.tables import command, compared, conditions, failed, guarded, warned
from results.report.words import summary
from results.text import reason

_TEMPLATE, _STYLES = "report.html.jinja", ("templates/report.css", "walk/walk.css")
"""Files beside this one."""

_MOST_BYTES = 7_900_000
"""Of a page with sound: room for clips is what the rest of it leaves."""

NAME = "report.html"
"""The page in a run folder."""


def write_report(run: str | Path, out: Path | None = None, root: Path | None = None) -> Path:
    """Draw the report of a run as far as it got, and return the path of the page.

    Parameters
    ----------
    run : as `task` of `results.load`.
    out : by default `report.html` in the run's folder; elsewhere the page has the sounds that are
        in it, and no links to the others.
    root : as for `results.load`.

    Raises
    ------
    ResultsError
        When there is no such run, what is in its folder is not what a search leaves, or the page
        cannot be written.
    """
    target = None if out is None else path_of(out, "out")
    folder = run_folders(run, root=root)[-1]
    path = target or folder / NAME
    replaceable(path)  # before a minute of drawing
    remove_left_over(path.parent, beginnings(path.name))
    evidence = gather(folder)
    try:
        page = render(evidence, beside=path.parent.resolve() == folder.resolve())
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


def render(evidence: Evidence, beside: bool = True) -> str:
    """Return the page itself.

    Parameters
    ----------
    beside : whether it lies in the run's folder, so that links lead to clips there.
    """
    import jinja2

    here = Path(__file__).parent
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here / "templates"),
        autoescape=True,
        finalize=finalized,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    songs = song_map(evidence)
    clusters = Clusters() if songs is None else _clusters(evidence, songs, beside)
    content: dict[str, Any] = {
        "style": "\n".join((here / name).read_text(encoding="utf-8") for name in _STYLES),
        "run": f"{evidence.info['task']}/{evidence.info['run']}",
        "summary": summary(evidence),
        "ended": evidence.ended,
        "comparison": compared(evidence),
        "parts": parts(evidence, clusters),
        "guards": guarded(evidence),
        "warnings": warned(evidence),
        "failed": failed(evidence),
        "n_failed": int((evidence.tables["trials"]["status"] == "failed").sum()),
        "command": command(evidence),
        "conditions": conditions(evidence),
        "scripts": scripts(clusters.walk is not None),
        "json": as_json,
        "sounds": {},
    }
    template = pages.get_template(_TEMPLATE)
    page = template.render(content)
    if songs is None or clusters.walk is None:
        return page
    room = _MOST_BYTES - len(page.encode(errors="replace"))
    content["sounds"] = _sounds(evidence.folder, songs, clusters.walk, clusters.cards, room)
    return template.render(content) if content["sounds"] else page


def _clusters(evidence: Evidence, songs: SongMap, beside: bool) -> Clusters:
    """Return the map to walk, still maps and cards of a run that has a map."""
    walked = walk(songs, names_of(evidence, songs), beside)
    drawn = cards(evidence, songs, walked.rows, beside)
    return Clusters(walked, maps(songs), drawn, songs.methods[0].name)


def _sounds(
    folder: Path, songs: SongMap, walked: Walk, drawn: Sequence[Card], room: int
) -> dict[int, str]:
    """Return the sounds that go into the page: those on cards, then some of every cluster."""
    clusters = songs.methods[0].clusters[walked.rows]
    groups = [np.flatnonzero(clusters == cluster).tolist() for cluster in np.unique(clusters)]
    paths = songs.songs["audio_path"].iloc[walked.rows].tolist()
    return chosen(folder, paths, spread(shown(drawn), groups), room)

"""The tables of the report: comparison, clusters by label, guards, failed trials, versions."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from results.columns import ResultsError
from results.digest import NOTE, Score, basis, scores, sentences, settings
from results.lookup import meaning
from results.report.drawing import listed
from results.report.evidence import Evidence

_PROGRAM = ("search", "__main__.py")
"""How the path ends that Python gives for `python -m search`."""

_MOST_FAILED = 50
"""Failed trials that are listed."""

_MOST_TITLES = 3
"""Songs of a cluster that are named as certain, and as doubtful."""

_MOST_VIEWS = 24
"""Views whose hubness is told."""

_MOST_VALUES = 24
"""Values of a label that clusters are counted by."""

_OF_GUARDS = {
    "shuffle_drop": "R2 that is lost when codes are shuffled among the songs.",
    "count": "Clusters found over the fewest allowed, or the most allowed over those found.",
    "finite": "Share of the scores that are finite numbers.",
}
"""Guard -> its meaning, where it bounds no column of that name."""


@dataclass(frozen=True)
class _Compared:
    """The comparison, a row a method.

    Attributes
    ----------
    methods : name, settings and verdict of each.
    said : what the comparison says of each method.
    note : how the scores may be compared.
    """

    caption: str
    methods: list[tuple[str, str, str]]
    scores: list[Score]
    said: list[str]
    note: str


def compared(evidence: Evidence) -> _Compared | None:
    """Return the comparison as text; None where there is none."""
    comparison = evidence.tables["comparison"]
    if comparison.empty:
        return None
    own, same = settings(comparison)
    rows = comparison.to_dict("records")
    methods = [
        (str(row["family"]), own[place], "" if pd.isna(row["verdict"]) else str(row["verdict"]))
        for place, row in enumerate(rows)
    ]
    caption = basis(comparison) + (f"; all methods: {same}" if same else "")
    return _Compared(caption, methods, scores(comparison), sentences(comparison), NOTE)


@dataclass(frozen=True)
class Counts:
    """How many songs of each value of a label are in each cluster.

    Attributes
    ----------
    values : of the label, one a column.
    rows : each a cluster and its cells: a count, and its share of the cluster, 0 to 1.
    """

    title: str
    caption: str
    values: list[str]
    rows: list[tuple[str, list[tuple[int, float]]]]


def counted(evidence: Evidence) -> list[Counts]:
    """Return the clusters of the best method by each label, on test songs."""
    methods = list(evidence.methods.items())
    if not methods or (seed := evidence.first_seed(methods[0][0])) is None:
        return []
    trial, name = methods[0]
    clusters = evidence.clusters(trial, seed)
    if clusters is None:
        return []
    songs = evidence.tables["songs"]
    test = (songs["split"] == "test").to_numpy()
    own = pd.Series(clusters[test], name="cluster")
    of = f"{name} on seed {seed}"
    labels = {label: songs.loc[test, label].reset_index(drop=True) for label in evidence.labels}
    return [
        _counts(own, values, of)
        for values in labels.values()
        if 0 < values.nunique() <= _MOST_VALUES
    ]


def _counts(clusters: "pd.Series[int]", values: "pd.Series[str]", of: str) -> Counts:
    """Return the clusters by one label; `of` says of what they are."""
    label, known = values.name, values.notna() & (values != "")
    table = pd.crosstab(clusters[known].to_numpy(), values[known].to_numpy())
    # Clusters of the same commonest value stand together.
    table = table.iloc[table.to_numpy().argmax(axis=1).argsort(kind="stable")]
    shares = table.div(table.sum(axis=1), axis=0)
    rows = [
        (
            "noise" if cluster == -1 else str(cluster),
            [
                (int(n), float(s))
                for n, s in zip(table.loc[cluster], shares.loc[cluster], strict=True)
            ],
        )
        for cluster in table.index
    ]
    unknown = int((~known).sum())
    missing = f"; {unknown} have no known {label}" if unknown else ""
    caption = f"{int(known.sum())} test songs by cluster and {label}, {of}{missing}."
    return Counts(f"Clusters by {label}", caption, list(map(str, table.columns)), rows)


@dataclass(frozen=True)
class Agreed:
    """How far the models agree on each song.

    Attributes
    ----------
    rows : for each cluster its songs, their mean agreement, and titles: the most certain of them,
        and those that lie nearest to other clusters.
    """

    caption: str
    rows: list[tuple[str, int, float, str, str]]


def agreed(evidence: Evidence) -> Agreed | None:
    """Return what the consensus says of each of its clusters; None where there is none."""
    table = evidence.tables["assignments"]
    if "agreement" not in table or not table["agreement"].notna().any():
        return None
    table = table.dropna(subset="agreement")
    seed = table["seed"].min()
    own = table[table["seed"] == seed].sort_values("agreement", ascending=False, kind="stable")
    rows = []
    for cluster, songs in own.groupby("cluster"):
        titles = evidence.titles(songs["id"].to_numpy(str))
        certain, doubtful = titles[:_MOST_TITLES], titles[: -_MOST_TITLES - 1 : -1]
        shares = songs["agreement"].astype(float)
        rows.append(
            (str(cluster), len(songs), float(shares.mean()), listed(certain), listed(doubtful))
        )
    caption = (
        f"Clusters of the consensus on seed {seed}: mean share of the votes that put its songs "
        "there, the songs that are most certain, and those that lie between clusters."
    )
    return Agreed(caption, rows)


def hubs(evidence: Evidence) -> str:
    """Return in words how uneven songs are as neighbours; nothing where the run does not say."""
    found = evidence.arrays("hubness")
    views, values = (found.get(name) for name in ("views", "hubness"))
    if views is None or values is None or values.dtype.kind != "f" or values.ndim != 1:
        return ""
    if views.shape != values.shape or not 0 < len(values) <= _MOST_VIEWS:
        return ""
    each = [f"{value:.1f} in {view}" for view, value in zip(views, values, strict=True)]
    return (
        "Coherence looks at neighbours. How unevenly songs are neighbours of others, as the "
        f"skewness of how often they are (hubness), is {listed(each)}; above 1.4 a few songs are "
        "neighbours of very many."
    )


def guarded(evidence: Evidence) -> list[tuple[str, str, str, int]]:
    """Return guards that failed: name, meaning, bound in words, and on how many trials."""
    trials = evidence.tables["trials"]
    trials = trials[trials["role"] != "null"]
    found = []
    for name, guard in evidence.info.get("guards", {}).items():
        if f"guard_{name}" in trials:
            values, bound = trials[f"guard_{name}"], guard["bound"]
            failed = int((values <= bound if guard["strict"] else values < bound).sum())
            asked = f"{'above' if guard['strict'] else 'at least'} {bound:g}"
            found += [(name, _meaning(name), asked, failed)] if failed else []
    return sorted(found, key=lambda one: -one[3])


def _meaning(guard: str) -> str:
    """Return what a guard bounds; nothing for one that this version does not know."""
    if guard in _OF_GUARDS:
        return _OF_GUARDS[guard]
    try:
        return meaning(guard)
    except ResultsError:
        return ""


def warned(evidence: Evidence) -> list[str]:
    """Return what a reader is to bear in mind, a sentence each."""
    given = evidence.info.get("said")
    said = list(dict.fromkeys(map(str, given if isinstance(given, list) else [])))
    leaks = evidence.tables["trials"].dropna(subset="leaks")
    for family, own in leaks.groupby("family"):
        count = f"{len(own)} trial{'s' if len(own) > 1 else ''}"
        said.append(
            f"{family} was given {own['leaks'].iloc[0]}, or what determines it, in {count}: such "
            "trials are in no ranking."
        )
    for row in evidence.tables["comparison"].to_dict("records"):
        if pd.notna(row.get("warnings")):
            said.append(f"{row['family']}: {row['warnings']}")
        if row.get("n_infeasible"):
            said.append(
                f"{row['family']}: a guard failed on {row['n_infeasible']} of "
                f"{row['n_seeds']} seeds."
            )
        if pd.notna(row.get("selection")):
            said.append(
                f"{row['family']}: {row['selection']}; what a person knows of songs took part in "
                "the choice."
            )
    return said


def failed(evidence: Evidence) -> list[dict[str, Any]]:
    """Return failed trials with the first line of what happened, and the rest of it."""
    trials = evidence.tables["trials"]
    rows = trials[trials["status"] == "failed"].head(_MOST_FAILED).to_dict("records")
    return [
        {
            "trial": row["trial"],
            "role": row["role"],
            "family": "" if pd.isna(row["family"]) else row["family"],
            "first": _text(row["error"]).partition("\n")[0],
            "rest": _text(row["error"]).partition("\n")[2],
        }
        for row in rows
    ]


def _text(value: Any) -> str:
    """Return a value as text; nothing where it is missing."""
    return "" if pd.isna(value) else str(value)


def command(evidence: Evidence) -> str:
    """Return what was typed to start the run."""
    given = evidence.info.get("command")
    if not isinstance(given, list) or not given:
        return f"python -m search {evidence.info['task']}"
    program, *rest = map(str, given)
    started = ["-m", "search"] if Path(program).parts[-2:] == _PROGRAM else [program]
    return shlex.join(["python", *started, *rest])


def conditions(evidence: Evidence) -> list[tuple[str, str]]:
    """Return versions, seed and songs: what the same command needs to give the same run."""
    info = evidence.info
    begun = str(info.get("created", ""))[:16].replace("T", " ")
    said = [("run", f"{info['task']}/{info['run']}"), ("begun (UTC)", begun)]
    said += [("python", str(info["python"]))] if "python" in info else []
    versions, songs = info.get("versions"), info.get("data")
    said += [(str(name), str(number)) for name, number in _items(versions)]
    if "seed" in evidence.settings:
        said.append(("seed", str(evidence.settings["seed"])))
    if isinstance(songs, dict):
        said.append(("songs", str(songs.get("folder", ""))))
        said += [
            (f"SHA-256 of {name}", str(digest)) for name, digest in _items(songs.get("files"))
        ]
    return said


def _items(mapping: Any) -> list[tuple[Any, Any]]:
    """Return the items of a mapping; none of anything else."""
    return list(mapping.items()) if isinstance(mapping, dict) else []

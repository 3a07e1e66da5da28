"""The tables of the report say what the run holds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results.digest import sentences
from results.report.evidence import Evidence, gather
from results.report.page import render
from results.report.tables import agreed, hubs
from tests.results.made import made


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return gather(made(tmp_path_factory.mktemp("runs")))


def with_consensus(evidence: Evidence) -> Evidence:
    """The same run with a consensus of two clusters on two seeds."""
    songs = evidence.tables["songs"]
    rows = [
        songs[["id", "split"]].assign(
            method="consensus",
            trial=-10_001,
            seed=seed,
            n_clusters=2,
            cluster=[place % 2 for place in range(len(songs))],
            agreement=[1 - place / 1_000 for place in range(len(songs))],
        )
        for seed in (5, 6)
    ]
    table = pd.concat([evidence.tables["assignments"], *rows], ignore_index=True)
    return Evidence(evidence.folder, evidence.info, {**evidence.tables, "assignments": table})


def without_map(evidence: Evidence) -> Evidence:
    """The same run as a version before maps left it."""
    none = {name: evidence.tables[name].iloc[:0] for name in ("map", "clusters")}
    return Evidence(evidence.folder, evidence.info, {**evidence.tables, **none})


def test_without_a_consensus_nothing_is_agreed_on(evidence: Evidence) -> None:
    assert agreed(evidence) is None
    assert "There is no consensus" in render(without_map(evidence))


def test_cards_of_another_method_than_the_consensus_say_so(evidence: Evidence) -> None:
    others = {
        name: table[table["method"] != "consensus"]
        for name in ("map", "clusters")
        if len(table := evidence.tables[name])
    }
    page = render(Evidence(evidence.folder, evidence.info, {**evidence.tables, **others}))
    assert "These are clusters of mlp_vae. There is no consensus" in page
    assert "clusters of the consensus" in render(evidence)


def test_the_songs_that_are_certain_and_those_between_clusters_are_named(
    evidence: Evidence,
) -> None:
    known = with_consensus(evidence)
    found = agreed(known)
    assert found is not None and "seed 5" in found.caption
    titles = known.titles(known.tables["songs"]["id"].to_numpy(str))
    (first, songs, share, certain, doubtful), _ = found.rows
    assert (first, songs, round(share, 3)) == ("0", 60, 0.941)
    assert certain == f"{titles[0]}, {titles[2]} and {titles[4]}"
    assert doubtful == f"{titles[118]}, {titles[116]} and {titles[114]}"
    page = render(without_map(known))
    assert ">most certain</th>" in page and "There is no consensus" not in page


def test_the_view_in_which_coherence_is_lowest_is_named(evidence: Evidence) -> None:
    comparison = evidence.tables["comparison"]
    assert not any("lowest" in said for said in sentences(comparison))
    by_view = {"coherence_standard": 0.9, "coherence_pooled+power": 0.7}
    ends = {f"coherence_power_{end}": value for end, value in (("low", 0.1), ("high", 0.2))}
    said = sentences(comparison.assign(**by_view, **ends, coherence_power=0.8))
    assert all(one.endswith("Coherence is lowest in the view pooled+power.") for one in said)
    alone = sentences(comparison.assign(coherence_standard=0.9))
    assert not any("lowest" in one for one in alone)


def test_a_run_of_an_earlier_version_has_a_page(evidence: Evidence) -> None:
    table = evidence.tables["assignments"].drop(columns="agreement", errors="ignore")
    older = Evidence(evidence.folder, evidence.info, {**evidence.tables, "assignments": table})
    assert "There is no consensus" in render(without_map(older))


def test_how_unevenly_songs_are_neighbours_is_told(tmp_path: Path) -> None:
    folder = made(tmp_path)
    assert hubs(gather(folder)) == ""
    figure = folder / "figures" / "hubness.npz"
    figure.parent.mkdir(exist_ok=True)
    np.savez_compressed(figure, views=np.array(["standard", "power"]), hubness=[0.44, 2.25])
    told = hubs(gather(folder))
    assert "0.4 in standard and 2.2 in power" in told
    assert told in render(with_consensus(gather(folder)))
    for wrong in (np.array([[0.4]]), np.array(["many"]), np.zeros(0), np.zeros(3)):
        np.savez_compressed(figure, views=np.array(["standard"]), hubness=wrong)
        assert hubs(gather(folder)) == ""

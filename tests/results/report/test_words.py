"""The three sentences say what the numbers say."""

from pathlib import Path
from typing import Any

import pytest

from results.report.evidence import Evidence, gather
from results.report.words import summary
from tests.results.made import made


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return gather(made(tmp_path_factory.mktemp("runs")))


def with_verdicts(evidence: Evidence, **columns: Any) -> Evidence:
    """The same run with other columns in its comparison: mlp_vae, pca, conv_vae."""
    comparison = evidence.tables["comparison"].assign(**columns)
    return Evidence(evidence.folder, evidence.info, {**evidence.tables, "comparison": comparison})


def test_the_first_says_what_was_searched(evidence: Evidence) -> None:
    assert summary(evidence)[0] == (
        "The search of the task easy ran 12 trials of conv_vae and mlp_vae on 120 songs "
        "(latent_size 4 to 64, beta 0.1 to 10, 2 to 8 clusters), looking for the highest "
        "coherence: 10 held every guard, 1 failed a guard and 1 failed."
    )


def test_the_second_says_what_did_best_on_songs_that_nobody_had_seen(evidence: Evidence) -> None:
    assert summary(evidence)[1] == (
        "Of 3 methods trained again on 3 fresh seeds, mlp_vae + kmeans with latent size 6 and 4 "
        "clusters did best on validation songs; on 24 test songs that no model had seen it "
        "scores coherence 0.500 (0.450 to 0.550) and ARI 0.200 (0.150 to 0.250) against genre."
    )


def test_no_vae_beat_pca(evidence: Evidence) -> None:
    assert summary(evidence)[2] == (
        "No VAE beat PCA here: the nearest, mlp_vae, differs by ARI +0.010 "
        "(95 % interval -0.020 to +0.040), no more than chance explains."
    )


BASELINE = "what the others are held against"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"verdict": ["better than PCA", BASELINE, "worse than PCA"]},
            "A VAE beat PCA here, judged by genre: mlp_vae by ARI +0.010 (95 %",
        ),
        ({"verdict": ["nothing found", BASELINE, "better than PCA"]}, "Nothing found: songs"),
        (
            {"verdict": ["worse than PCA", BASELINE, "worse than PCA"]},
            "more than chance explains.",
        ),
        (
            {
                "verdict": ["better than PCA", BASELINE, "worse than PCA"],
                "beta": [None, None, 1.0],
            },
            "No VAE beat PCA here (mlp_vae did): the nearest, conv_vae,",
        ),
        ({"ari_gain": None, "family": ["mlp_vae", "raw", "conv_vae"]}, "PCA was not among the"),
        ({"ari_gain": None}, "cannot be judged: too few test songs have a label."),
        ({"family": "pca"}, "nothing but PCA was trained again yet."),
        ({"beta": None}, "No VAE beat PCA here: none was compared."),
        ({"ari_gain": -0.0001}, "the nearest, mlp_vae, differs by ARI +0.000 (95 %"),
    ],
)
def test_the_third_says_whether_a_vae_beats_pca(
    evidence: Evidence, columns: dict[str, Any], said: str
) -> None:
    assert said in summary(with_verdicts(evidence, **columns))[2]


def test_a_search_for_the_lowest_names_the_lowest_as_best(tmp_path: Path) -> None:
    evidence = gather(made(tmp_path, finalists=False))
    evidence.info["direction"] = "minimize"
    trials = evidence.tables["trials"]
    held = trials[(trials["role"] == "search") & (trials["status"] == "complete")]
    best = held.loc[held["objective"].astype(float).idxmin(), "trial"]
    assert f"The best trial so far is {best}," in summary(evidence)[1]


def test_two_seeds_are_too_few_for_an_interval_in_words(evidence: Evidence) -> None:
    said = summary(with_verdicts(evidence, n_seeds=2))[1]
    assert "coherence 0.500 and ARI 0.200 against genre." in said


def test_numbers_that_are_not_there_are_not_said(evidence: Evidence) -> None:
    bare = with_verdicts(evidence, ari=None, ari_low=None, coherence_low=None)
    assert "it scores coherence 0.500." in summary(bare)[1]

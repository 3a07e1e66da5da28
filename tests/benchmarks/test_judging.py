"""What the audit says of a score, on rows made up so that the answer is known."""

from types import ModuleType

import pandas as pd
import pytest


@pytest.fixture
def rows() -> pd.DataFrame:
    """Four models at two counts; coherence follows the truth, silhouette turns it round."""
    truth = [0.4, 0.3, 0.2, 0.1]
    return pd.DataFrame(
        {
            "set": "songs",
            "model": [0, 1, 2, 3] * 2,
            "n_clusters": [4] * 4 + [10] * 4,
            "truth": truth + [2 * value for value in truth],
            "coherence": truth * 2,
            "silhouette": [-value for value in truth] * 2,
            "davies_bouldin": [1 - value for value in truth] * 2,
            "stability": [None] * 7 + [0.5],
            "prediction_strength": [0.9] * 4 + [0.5] * 4,
        }
    )


@pytest.mark.parametrize(
    ("score", "correlation", "kept"),
    [
        ("coherence", 1.0, 1.0),
        ("silhouette", -1.0, 0.25),
        ("davies_bouldin", 1.0, 1.0),  # lower is better
        ("random", 0.0, 0.625),
    ],
)
def test_a_score_is_judged_within_each_count(
    judging: ModuleType, rows: pd.DataFrame, score: str, correlation: float, kept: float
) -> None:
    found = judging.judge(judging.by_model(rows, score), judging.by_model(rows, "truth"))
    assert found == pytest.approx((correlation, kept))


def test_a_value_that_is_missing_is_the_worst(judging: ModuleType, rows: pd.DataFrame) -> None:
    assert judging.signed(rows, "stability").argmax() == 7


def test_a_rule_for_the_count_keeps_its_share(judging: ModuleType, rows: pd.DataFrame) -> None:
    one = rows[rows["model"] == 0]
    assert judging.at(one, 10) == pytest.approx(0.8)
    assert judging.strong(one) == pytest.approx(0.4)  # 4 is the last count over the bar


def test_every_label_that_is_found_is_a_set_of_its_own(
    judging: ModuleType, rows: pd.DataFrame
) -> None:
    rows = rows.assign(truth_language=[0.5] + [0.0] * 7, truth_mood=0.05, set="data/songs")
    found = judging.label_sets(rows)
    assert found["set"].unique().tolist() == ["songs", "songs by language"]
    assert found.loc[found["set"] == "songs by language", "truth"].max() == 0.5

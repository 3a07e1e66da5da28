"""Objectives: what may be searched by, and what is said of it."""

from evaluation.objective import OBJECTIVES


def test_own_space_and_supervised_objectives_are_marked():
    own_space = {name for name, objective in OBJECTIVES.items() if objective.own_space}
    assert own_space >= {"silhouette", "davies_bouldin", "calinski_harabasz"}
    assert "coherence" not in own_space
    assert [name for name, objective in OBJECTIVES.items() if objective.supervised] == ["ari"]


def test_only_davies_bouldin_is_better_when_lower():
    lower = [name for name, o in OBJECTIVES.items() if o.direction == "minimize"]
    assert lower == ["davies_bouldin"]


def test_every_objective_says_in_a_sentence_what_it_rewards():
    assert all(objective.rewards.endswith(".") for objective in OBJECTIVES.values())

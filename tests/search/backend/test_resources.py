"""How many trials fit, and what is said where none does."""

import pytest

from search.backend.resources import (
    Kind,
    Need,
    Node,
    ResourceError,
    Resources,
    able,
    refusal,
    slots,
)

REDUCER = Node("reducer", 4, 0)
TWO_GPUS = Node("worker", 16, 2)


@pytest.mark.parametrize(
    ("need", "fit"),
    [
        (Need(1, 0), 20),
        (Need(3, 0), 1 + 5),
        (Need(1, 0.25), 8),
        (Need(1, 0.15), 12),  # six on each GPU: what is left of both is no share
        (Need(1, 0.1), 16),  # as many as cores
        (Need(1, 0.3333), 6),
        (Need(1, 1), 2),
        (Need(1, 2), 1),
        (Need(1, 3), 0),
        (Need(32, 0), 0),
    ],
)
def test_shares_fill_each_gpu_and_no_more_than_the_cores(need: Need, fit: int) -> None:
    assert slots([REDUCER, TWO_GPUS], need) == fit


def test_a_refusal_names_what_there_is_and_what_to_do() -> None:
    said = refusal([REDUCER], Need(1, 0.5), local=True)
    assert said == (
        "No node has room for a trial of 1 core and 0.5 of a GPU: this machine has 4 cores and "
        "no GPU. To go on, leave --gpus-per-trial out to use cores alone."
    )
    said = refusal([REDUCER, TWO_GPUS, TWO_GPUS], Need(1, 4), local=False)
    assert "2 nodes of 16 cores and 2 GPUs; 1 node of 4 cores and no GPU" in said
    assert "ask for less" in said


def test_nodes_whose_size_is_not_known_may_have_room() -> None:
    kinds = [Kind("gpu", 2, TWO_GPUS), Kind("any", 1, None), Kind("small", 1, REDUCER)]
    assert [kind.name for kind in able(kinds, Need(1, 1))] == ["gpu", "any"]


@pytest.mark.parametrize(
    "wrong",
    [{"workers": 0}, {"cpus_per_trial": 0}, {"gpus_per_trial": -0.5}, {"gpus_per_trial": 1.5}],
)
def test_what_is_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ResourceError, match=next(iter(wrong)).replace("_", "-")):
        Resources(**wrong)  # type: ignore[arg-type]

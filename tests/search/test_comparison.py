"""Means and intervals over seeds, worked by hand."""

import pytest

from search.comparison import interval


def test_the_interval_is_student_s() -> None:
    # mean 2, sd 1, three values: half width t(.975, 2) / sqrt(3) = 4.3027 / 1.7321
    found = interval("ari", [1.0, 2.0, 3.0])
    assert found["ari"] == 2.0
    assert found["ari_low"] == pytest.approx(2.0 - 2.4841, abs=1e-4)
    assert found["ari_high"] == pytest.approx(2.0 + 2.4841, abs=1e-4)


def test_one_seed_has_no_interval() -> None:
    assert interval("ari", [0.5]) == {"ari": 0.5, "ari_low": None, "ari_high": None}


def test_no_value_is_no_mean() -> None:
    assert interval("kl", []) == {"kl": None, "kl_low": None, "kl_high": None}

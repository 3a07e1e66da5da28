"""Hyperparameters keep to their range, and importing the room loads nothing heavy."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import models
from models.hyperparameters import Hyperparameter

ROOT = Path(models.__file__).parents[1]
WIDTH = Hyperparameter("width", 8, "units", low=2, high=16)
RATE = Hyperparameter("rate", 0.1, "step", low=0.01, high=1.0)
KIND = Hyperparameter("kind", "mlp", "network", choices=("mlp", "conv"))


@pytest.mark.parametrize(
    ("declared", "value", "problem"),
    [
        (WIDTH, 1, "width = 1 is below 2"),
        (WIDTH, 17, "width = 17 is above 16"),
        (WIDTH, 2.5, "not a whole number"),
        (WIDTH, True, "not a number"),
        (RATE, float("nan"), "not a number"),
        (RATE, float("inf"), "not a number"),
        (RATE, "0.1", "not a number"),
        (KIND, "rnn", "kind = 'rnn' is none of mlp, conv"),
        (KIND, 3, "none of mlp, conv"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_the_reason(declared, value, problem):
    with pytest.raises(ValueError, match=problem):
        declared.check(value)


def test_a_value_that_fits_becomes_one_of_its_kind():
    assert repr(WIDTH.check(np.int64(4))) == "4"
    assert repr(WIDTH.check(4.0)) == "4"
    assert repr(RATE.check(1)) == "1.0"
    assert KIND.check("conv") == "conv"


def test_a_default_out_of_its_own_range_cannot_be_declared():
    with pytest.raises(ValueError, match="below"):
        Hyperparameter("width", 1, "units", low=2)


def test_a_variant_of_a_family_is_the_family_with_other_fields():
    variant = replace(models.FAMILIES["mlp_vae"], name="small_vae", tuned={"width": 64})
    declared = {h.name: h.default for h in models.FAMILIES["mlp_vae"].hyperparameters}
    assert models.defaults(variant, {}) == {**declared, "width": 64}


def test_defaults_complete_what_was_chosen():
    family = models.FAMILIES["mlp_vae"]
    complete = models.defaults(family, {"beta": 2})
    assert complete["beta"] == 2.0
    assert set(complete) == {h.name for h in family.hyperparameters}


def test_a_setting_of_another_family_is_refused():
    with pytest.raises(models.ModelError, match="pca has no beta; it has latent_size"):
        models.defaults(models.FAMILIES["pca"], {"beta": 2.0})
    with pytest.raises(ValueError, match="mlp_vae: latent_size = 0 is below 1"):
        models.defaults(models.FAMILIES["mlp_vae"], {"latent_size": 0})


def test_importing_models_loads_neither_tensorflow_nor_scikit_learn():
    heavy = "{'tensorflow', 'keras', 'sklearn', 'h5py', 'pandas'}"
    code = f"import models, sys; print({heavy} & set(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "set()"

"""docs/families.md names every family, and the family it shows how to add works."""

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import models

PAGE = (Path(models.__file__).parents[1] / "docs" / "families.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    module = ModuleType("free_bits_vae")
    exec(code, module.__dict__)
    return module.FAMILY


def test_the_page_lists_every_family_and_hyperparameter():
    for family in models.FAMILIES.values():
        assert f"| `{family.name}` |" in PAGE
        for declared in family.hyperparameters:
            assert f"`{declared.name}`" in PAGE


def test_the_family_of_the_example_trains_and_its_hyperparameter_counts(example, songs):
    parts = songs.part("train"), songs.part("validation")

    def trained(**chosen):
        small = {"latent_size": 2, "width": 16, "depth": 1, "warm_up": 0, **chosen}
        settings = models.defaults(example, small)
        return list(example.fit(*parts, settings, 0, models.Schedule(epochs=2)))

    free, costly = trained(free_nats=1000.0), trained(free_nats=0.0)
    for epoch in free:
        assert epoch.loss == pytest.approx(epoch.reconstruction_loss)
    for epoch in costly:
        assert epoch.loss == pytest.approx(epoch.reconstruction_loss + epoch.kl, rel=1e-5)
    assert np.isfinite([epoch.validation_loss for epoch in free + costly]).all()

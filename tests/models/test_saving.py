"""A model's files are checked before they are used; loading one runs no code of theirs."""

import json

import h5py
import numpy as np
import pytest

import models


@pytest.fixture
def saved(songs, tmp_path):
    family = models.FAMILIES["pca"]
    fitting = family.fit(songs, songs, {"latent_size": 3}, 0, models.Schedule())
    with pytest.raises(StopIteration) as end:
        next(fitting)
    for suffix, content in models.dump(end.value.value, view="standard").items():
        (tmp_path / f"model{suffix}").write_bytes(content)
    return tmp_path / "model"


def rewrite(saved, **changes):
    path = saved.with_suffix(".json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def arrays(saved):
    return h5py.File(f"{saved}.weights.h5", "a")


@pytest.mark.parametrize("suffix", ["", ".json", ".weights.h5"])
def test_a_model_is_found_by_its_stem_or_either_file(saved, suffix):
    assert models.load(f"{saved}{suffix}").family == "pca"


def test_notes_are_kept_beside_the_model(saved):
    assert json.loads(saved.with_suffix(".json").read_text())["notes"] == {"view": "standard"}


def test_a_missing_file_is_named(saved):
    saved.with_suffix(".json").unlink()
    with pytest.raises(models.ModelError, match=r"model.json is missing"):
        models.load(saved)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"format": 99}, "format 99"),
        ({"family": "__import__"}, "family '__import__'"),
        ({"family": ["pca"]}, "not the description of a model"),
        ({"settings": {"latent_size": 10**9}}, "latent_size = 1000000000 is above"),
        ({"settings": {"exec": "x"}}, "pca has no exec"),
        ({"settings": 3}, "not the description of a model"),
        ({"shapes": {"audio": [10**6, 10**6]}}, "more than"),
        ({"shapes": {"audio": [-1]}}, "has the shape"),
        ({"shapes": {"audio": ["12"]}}, "has the shape"),
        ({"shapes": {"../audio": [12]}}, "is no input"),
        ({"shapes": {}}, "no shape for audio"),
        ({"shapes": {"audio": [11]}}, "of 11 features"),
    ],
)
def test_a_description_that_is_none_is_refused(saved, changes, problem):
    rewrite(saved, **changes)
    with pytest.raises(ValueError, match=problem):
        models.load(saved)


def test_a_file_that_is_not_json_is_refused(saved):
    saved.with_suffix(".json").write_bytes(b"\x80\x04\x95pickle")
    with pytest.raises(ValueError, match="not the description of a model"):
        models.load(saved)


def test_weights_that_are_not_hdf5_are_refused(saved):
    (saved.parent / "model.weights.h5").write_bytes(b"not hdf5")
    with pytest.raises(ValueError, match="does not hold the model"):
        models.load(saved)


def test_an_array_too_few_or_too_many_is_refused(saved):
    with arrays(saved) as file:
        file["encoder:more"] = np.zeros(3)
    with pytest.raises(ValueError, match="not those of a pca"):
        models.load(saved)


def test_an_array_of_no_group_is_refused(saved):
    with arrays(saved) as file:
        file["more"] = np.zeros(3)
    with pytest.raises(ValueError, match="more is an array of no group"):
        models.load(saved)


MEAN = "encoder:mean"


def link_outside(file):
    file[MEAN] = h5py.ExternalLink("/etc/passwd", "/")


def link_inside(file):
    file[MEAN] = h5py.SoftLink("/encoder:components")


def store_outside(file):
    file.create_dataset(MEAN, (12,), "f4", external=[("elsewhere.bin", 0, 48)])


def view_of_another_file(file):
    layout = h5py.VirtualLayout((12,), "f4")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "mean", (12,))
    file.create_virtual_dataset(MEAN, layout)


def objects(file):
    file.create_dataset(MEAN, (12,), h5py.string_dtype())


def far_larger_than_the_file(file):
    file.create_dataset(MEAN, (10**12,), "f4", chunks=(1024,))


def folder(file):
    file.create_group(MEAN)


@pytest.mark.parametrize(
    "craft",
    [
        link_outside,
        link_inside,
        store_outside,
        view_of_another_file,
        objects,
        far_larger_than_the_file,
        folder,
    ],
)
def test_arrays_that_are_not_plain_numbers_of_this_file_are_refused(saved, craft):
    with arrays(saved) as file:
        del file[MEAN]
        craft(file)
    with pytest.raises(ValueError, match="mean is not an array"):
        models.load(saved)

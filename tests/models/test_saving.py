"""A model's files are checked before they are used; loading one runs no code of theirs."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import models
from models import size
from tests.memory import Growth

ROOT = Path(models.__file__).parents[1]


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


def fitted(name, songs, **chosen):
    family = models.FAMILIES[name]
    settings = models.defaults(family, {"width": 16, "filters": 4, "stages": 2, **chosen})
    fitting = family.fit(songs, songs, settings, 0, models.Schedule(epochs=1))
    while True:
        try:
            next(fitting)
        except StopIteration as end:
            return end.value


def test_convolutions_that_an_older_version_chose_by_auto_are_restored(songs, saved):
    random = np.random.default_rng(0)
    maps = songs.replace(audio=random.normal(size=(len(songs), 8, 9)).astype(np.float32))
    encoder = fitted("beta_vae", maps, backbone="conv")
    for suffix, content in models.dump(encoder).items():
        saved.with_name(f"model{suffix}").write_bytes(content)
    settings = {**encoder.settings, "backbone": "auto"}
    del settings["variance_kept"]
    rewrite(saved, format=1, settings=settings)
    np.testing.assert_array_equal(models.load(saved).encode(maps), encoder.encode(maps))


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
        ({"shapes": {"audio": [12], "condition": [3]}}, "no input 'condition'"),
        ({"shapes": [12]}, "not a table"),
        ({"shapes": {"audio": 12}}, "is no input"),
        ({"shapes": {"audio": [10**400]}}, "has the shape"),
        ({"settings": {"latent_size": 2**30}}, "latent_size = 1073741824 is above"),
        ({"settings": {"latent_size": 10**400}}, "is not a number"),
        ({"settings": {"latent_size": float("nan")}}, "is not a number"),
        ({"settings": {"latent_size": None}}, "is not a number"),
        ({"settings": {"latent_size": [3]}}, "is not a number"),
        ({"notes": None}, "notes is None"),
        ({"notes": ["standard"]}, "notes is"),
        ({"format": "1"}, "format '1'"),
        ({"format": True}, "format True"),
        ({"format": 1.0}, "format 1.0"),
        ({"family": "mlp_vae"}, "widest, the width of the latent, is no number"),
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


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"a":' * 50_000, b"[]", b"3", b"null", b"", b'{"format": 1e999}', b"\xff"],
)
def test_json_that_describes_nothing_is_refused(saved, content):
    saved.with_suffix(".json").write_bytes(content)
    with pytest.raises(models.ModelError, match="not the description of a model"):
        models.load(saved)


def test_a_description_of_a_hundred_megabytes_is_not_read(saved):
    with saved.with_suffix(".json").open("r+b") as file:
        file.truncate(100 * 2**20)
    with pytest.raises(models.ModelError, match="longer than 1048576 bytes"):
        models.load(saved)


NETWORKS = {
    "mlp_vae": {"width": 4096, "depth": 6, "latent_size": 512},
    "conv_vae": {"filters": 256, "stages": 6, "residual": 4},
    "vade": {"width": 4096, "n_components": 256},
    "autoencoder": {"depth": 0, "latent_size": 1},
}


@pytest.mark.parametrize("family", NETWORKS)
def test_a_network_that_the_numbers_do_not_make_is_never_built(saved, family):
    """A kilobyte of JSON that describes a hundred gigabytes."""
    rewrite(
        saved, family=family, settings=NETWORKS[family], shapes={"audio": [4096, 4096]}, notes={}
    )
    with arrays(saved) as file:
        del file["encoder:mean"], file["encoder:components"]
        file["encoder:widest"] = np.array(512.0, np.float32)
    memory = Growth()
    with pytest.raises(models.ModelError, match="weight_000 is not a weight"):
        models.load(saved)
    assert memory.bytes < 2**30  # most of it TensorFlow's own


def test_a_latent_said_to_be_wide_costs_no_memory_that_the_numbers_do_not_take(tmp_path):
    """200 kB of weights that would be 400 MB at the width that the file says."""
    family = models.FAMILIES["autoencoder"]
    settings = models.defaults(family, {"latent_size": 1, "depth": 0})
    shapes = {"audio": (2**17,)}
    made = [spec.active(1) for spec in family.weight_specs(shapes, settings, 512)]
    numbers = {f"weight_{index:03d}": np.zeros(shape, "f4") for index, shape in enumerate(made)}
    encoder = family.restore(settings, shapes, {**numbers, "widest": np.array(512.0, "f4")})
    built = [spec.shape for spec in family.weight_specs(shapes, settings, 1)]
    assert [tuple(weight.shape) for weight in encoder.program().network.weights] == built


def test_a_file_that_would_take_too_much_memory_is_not_read(saved):
    with open(f"{saved}.weights.h5", "r+b") as file:
        file.truncate(size.MOST_BYTES + 1)
    with pytest.raises(models.ModelError, match="536,870,913 bytes, more than 536,870,912"):
        models.load(saved)


def test_what_could_not_be_read_again_is_not_kept(saved, monkeypatch):
    encoder = models.load(saved)
    kept = {"clusterer": {"centres": np.zeros((10, 100))}}
    assert models.dump(encoder, kept=kept)
    monkeypatch.setattr(size, "MOST_BYTES", 8_000)
    with pytest.raises(models.ModelError, match="bytes, more than 8,000: one of a smaller"):
        models.dump(encoder, kept=kept)


def test_an_array_of_half_precision_is_refused(saved):
    with arrays(saved) as file:
        file["kept:codes"] = np.zeros((3, 3), np.float16)
    with pytest.raises(models.ModelError, match="kept:codes is not an array of numbers"):
        models.load(saved)


COST = """
import resource, sys
import numpy as np
import models

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

family = models.FAMILIES["autoencoder"]

def restored(features):
    settings = models.defaults(family, {"latent_size": 1, "depth": 1, "width": 4096})
    specs = family.weight_specs({"audio": (features,)}, settings, 1)
    arrays = {f"weight_{i:03d}": np.ones(s.shape, "f4") for i, s in enumerate(specs)}
    return family.restore(settings, {"audio": (features,)}, {**arrays, "widest": np.array(1.0)})

restored(4).program()
before = peak()
encoder = restored(int(sys.argv[1]))
encoder.program()
print((peak() - before) / sum(array.nbytes for array in encoder.arrays().values()))
"""


def test_reading_and_assigning_take_at_most_four_times_the_weights():
    """Tried with 64 MB, so that the largest file that is read stays below 2 GB."""
    done = subprocess.run(
        [sys.executable, "-c", COST, "2000"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 4.2


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


def compressed(file):
    file.create_dataset(MEAN, (12,), "f4", chunks=(12,), compression="gzip")


def never_written(file):
    file.create_dataset(MEAN, (2**20,), "f4")


def more_than_any_number_says(file):
    file.create_dataset(MEAN, (2**62, 0), "f4")
    file.create_dataset("encoder:more", (2**32, 2**31), "f4", chunks=(1, 2**10))


def nothing(file):
    file[MEAN] = h5py.Empty("f4")


def of_five_bytes(file):
    file.create_dataset(MEAN, (12,), np.dtype("V5"))


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
        compressed,
        never_written,
        nothing,
        of_five_bytes,
    ],
)
def test_arrays_that_are_not_plain_numbers_of_this_file_are_refused(saved, craft):
    with arrays(saved) as file:
        del file[MEAN]
        craft(file)
    with pytest.raises(ValueError, match="mean is not an array"):
        models.load(saved)


def test_arrays_whose_sizes_overflow_are_refused(saved):
    with arrays(saved) as file:
        del file[MEAN]
        more_than_any_number_says(file)
    with pytest.raises(models.ModelError, match="does not hold the model"):
        models.load(saved)


def test_arrays_that_together_are_longer_than_their_file_are_refused(saved):
    """Each of them fits: they claim the same bytes, or bytes that were never written."""
    with arrays(saved) as file:
        for number in range(50):
            file.create_dataset(f"kept:{number}", (200,), "f4")
    with pytest.raises(models.ModelError, match="not an array of so short a file"):
        models.load(saved)


def test_numbers_cut_off_are_refused(saved):
    weights = saved.parent / "model.weights.h5"
    whole = weights.read_bytes()
    for length in (0, 8, len(whole) // 2, len(whole) - 1):
        weights.write_bytes(whole[:length])
        with pytest.raises(models.ModelError, match="it is damaged, or no HDF5 file"):
            models.load(saved)

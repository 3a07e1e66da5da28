"""Wrong calls of the models room from Python: one sentence of this project, or right."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import models
from data import DataError, Songs
from data.presentation import fit as fit_presentation
from models import FAMILIES, ModelError, Schedule, defaults
from models.song_encoder import SongEncoder
from tests.songs import make_songs

SONGS = make_songs(40, features=6)
TRAIN, HELD_OUT = SONGS.part("train"), SONGS.part("validation")
PCA, RAW, MLP = FAMILIES["pca"], FAMILIES["raw"], FAMILIES["mlp_vae"]
SETTINGS = defaults(MLP, {"latent_size": 2, "width": 16, "depth": 1})
SCHEDULE = Schedule(epochs=1)
NOWHERE: Any = object()


def fit(
    family: Any = MLP,
    train: Any = TRAIN,
    validation: Any = HELD_OUT,
    settings: Any = SETTINGS,
    seed: Any = 0,
    schedule: Any = SCHEDULE,
) -> models.Encoder:
    fitting = family.fit(train, validation, settings, seed, schedule)
    while True:
        try:
            next(fitting)
        except StopIteration as end:
            return end.value


def with_audio(audio: Any) -> Songs:
    return SONGS.replace(audio=audio)


def spoilt(value: float) -> Songs:
    audio = SONGS.audio.copy()
    audio[3, 2] = value
    return with_audio(audio)


@pytest.fixture(scope="module")
def fitted() -> dict[str, Any]:
    presentation = fit_presentation("standard", TRAIN)
    pca = fit(PCA, settings={"latent_size": 2})
    return {
        "pca": pca,
        "raw": fit(RAW, settings={}),
        "mlp": fit(),
        "finalist": SongEncoder(pca, presentation),
        "presentation": presentation,
    }


def restored(family: models.Family, encoder: Any, **changes: Any) -> models.Encoder:
    """An encoder made again of its arrays, of which some are others."""
    arrays = {**encoder.arrays(), **changes}
    arrays = {name: array for name, array in arrays.items() if array is not NOWHERE}
    return family.restore(encoder.settings, encoder.shapes, arrays)


BEFORE: dict[str, Callable[[], Any]] = {
    "a path that is none": lambda: models.load(None),
    "a number for a path": lambda: models.load(3),
    "bytes for a path": lambda: models.load(b"model"),
    "an empty path": lambda: models.load(""),
    "a path with NUL": lambda: models.load("a\0b"),
    "a path of 5,000 characters": lambda: models.load("x" * 5000),
    "a path that is not there": lambda: models.load("/nowhere/model"),
    "a path below a file": lambda: models.load("/etc/passwd/model"),
    "a list of paths": lambda: models.load(["a", "b"]),
    "a family that is none": lambda: FAMILIES["vea"],
    "a number for a family": lambda: FAMILIES[3],
    "no family": lambda: FAMILIES[None],
    "defaults of a name": lambda: defaults("mlp_vae", {}),
    "defaults of nothing": lambda: defaults(None, {}),
    "defaults without settings": lambda: defaults(MLP, None),
    "defaults of pairs": lambda: defaults(MLP, [("beta", 1.0)]),
    "text for a number": lambda: defaults(MLP, {"latent_size": "ten"}),
    "a latent of 0": lambda: defaults(MLP, {"latent_size": 0}),
    "a latent below 0": lambda: defaults(MLP, {"latent_size": -4}),
    "half a dimension": lambda: defaults(MLP, {"latent_size": 2.5}),
    "a latent of 2^30": lambda: defaults(MLP, {"latent_size": 2**30}),
    "a latent of 400 digits": lambda: defaults(MLP, {"latent_size": 10**400}),
    "a latent of 5,000 digits": lambda: defaults(MLP, {"latent_size": 10**5000}),
    "a latent that is true": lambda: defaults(MLP, {"latent_size": True}),
    "a latent that is none": lambda: defaults(MLP, {"latent_size": None}),
    "several latents": lambda: defaults(MLP, {"latent_size": [2, 4]}),
    "an array of latents": lambda: defaults(MLP, {"latent_size": np.array([2, 4])}),
    "beta that is no number": lambda: defaults(MLP, {"beta": float("nan")}),
    "infinite beta": lambda: defaults(MLP, {"beta": float("inf")}),
    "a width of 10^9": lambda: defaults(MLP, {"width": 10**9}),
    "a setting that is none": lambda: defaults(MLP, {"nonsense": 1}),
    "a setting of another family": lambda: defaults(PCA, {"beta": 1.0}),
    "a number for a setting's name": lambda: defaults(MLP, {3: 1, "b": 2}),
    "a setting with escapes": lambda: defaults(MLP, {"\x1b[31m\n": 1}),
    "a backbone that is none": lambda: defaults(MLP, {"backbone": "rnn"}),
    "a condition that is no name": lambda: defaults(FAMILIES["conditional_vae"], {"condition": 3}),
    "no epochs": lambda: Schedule(epochs=0),
    "epochs below 0": lambda: Schedule(epochs=-1),
    "half an epoch": lambda: Schedule(epochs=1.5),
    "text for epochs": lambda: Schedule(epochs="ten"),
    "patience below 0": lambda: Schedule(patience=-1),
    "patience that is none": lambda: Schedule(patience=None),
    "a width below 0": lambda: Schedule(widest=-1),
    "looks that are a number": lambda: Schedule(looks=3),
    "looks of text": lambda: Schedule(looks=("a",)),
    "a hyperparameter out of its own range": lambda: models.Hyperparameter("a", 1, "b", low=2),
    "fit on nothing": lambda: fit(train=None),
    "fit on an array": lambda: fit(train=SONGS.audio),
    "PCA of an array": lambda: fit(PCA, train=SONGS.audio, settings={"latent_size": 2}),
    "PCA of no songs": lambda: fit(PCA, TRAIN.select([]), settings={"latent_size": 2}),
    "fit on no songs": lambda: fit(train=TRAIN.select([])),
    "no songs to validate on": lambda: fit(validation=HELD_OUT.select([])),
    "nothing to validate on": lambda: fit(validation=None),
    "other songs to validate on": lambda: fit(validation=make_songs(40, features=5)),
    "songs that are not finite": lambda: fit(train=spoilt(np.nan)),
    "PCA of songs not finite": lambda: fit(PCA, spoilt(np.inf), settings={"latent_size": 2}),
    "songs of text": lambda: fit(train=with_audio(np.full((40, 6), "a"))),
    "songs of objects": lambda: fit(train=with_audio(np.full((40, 6), None))),
    "songs of one number": lambda: fit(train=with_audio(np.zeros(40, np.float32))),
    "songs of no numbers": lambda: fit(train=with_audio(np.zeros((40, 0), np.float32))),
    "songs of four axes": lambda: fit(train=with_audio(np.zeros((40, 2, 2, 2), np.float32))),
    "vectors to convolve": lambda: fit(
        FAMILIES["conv_vae"], settings=defaults(FAMILIES["conv_vae"], {})
    ),
    "songs without the lyrics needed": lambda: fit(
        FAMILIES["poe_vae"], settings=defaults(FAMILIES["poe_vae"], {})
    ),
    "songs without the label needed": lambda: fit(
        FAMILIES["conditional_vae"],
        settings=defaults(FAMILIES["conditional_vae"], {"condition": "mood"}),
    ),
    "settings that are none": lambda: fit(settings=None),
    "settings left out": lambda: fit(settings={"latent_size": 2}),
    "settings never checked": lambda: fit(settings={**SETTINGS, "width": 10**9}),
    "PCA without its setting": lambda: fit(PCA, settings={}),
    "a seed below 0": lambda: fit(seed=-1),
    "text for a seed": lambda: fit(seed="a"),
    "half a seed": lambda: fit(PCA, settings={"latent_size": 2}, seed=1.5),
    "no schedule": lambda: fit(schedule=None),
    "a number of epochs for a schedule": lambda: fit(schedule=3),
    "a latent built beyond all bounds": lambda: fit(schedule=Schedule(widest=10**9)),
    "a network beyond all bounds": lambda: fit(
        FAMILIES["conv_vae"],
        train=(maps := with_audio(np.zeros((40, 64, 128), np.float32))),
        validation=maps,
        settings=defaults(FAMILIES["conv_vae"], {"filters": 256, "latent_size": 512}),
    ),
    "a refusal of nothing": lambda: MLP.refusal(None, SETTINGS),
    "an encoder that is none": lambda: models.dump(None),
    "a family for an encoder": lambda: models.dump(PCA),
}

AFTER: dict[str, Callable[[dict[str, Any]], Any]] = {
    "encode nothing": lambda f: f["mlp"].encode(None),
    "encode an array": lambda f: f["mlp"].encode(SONGS.audio),
    "PCA of an array of songs": lambda f: f["pca"].encode(SONGS.audio),
    "encode songs of another shape": lambda f: f["mlp"].encode(make_songs(9, features=5)),
    "PCA of songs of another shape": lambda f: f["pca"].encode(make_songs(9, features=5)),
    "encode maps for vectors": lambda f: f["mlp"].encode(
        with_audio(np.zeros((40, 2, 3), np.float32))
    ),
    "encode NaN": lambda f: f["mlp"].encode(spoilt(np.nan)),
    "encode infinity": lambda f: f["pca"].encode(spoilt(np.inf)),
    "the raw features of NaN": lambda f: f["raw"].encode(spoilt(np.nan)),
    "the KL divergence of nothing": lambda f: f["mlp"].kl(None),
    "codes too wide": lambda f: f["mlp"].decode(np.zeros((40, 3), np.float32), SONGS),
    "codes too narrow": lambda f: f["mlp"].decode(np.zeros((40, 1), np.float32), SONGS),
    "PCA codes too wide": lambda f: f["pca"].decode(np.zeros((40, 3), np.float32), SONGS),
    "raw codes too narrow": lambda f: f["raw"].decode(np.zeros((40, 1), np.float32), SONGS),
    "codes of fewer songs": lambda f: f["mlp"].decode(np.zeros((3, 2), np.float32), SONGS),
    "a code that is a vector": lambda f: f["mlp"].decode(np.zeros(2, np.float32), SONGS),
    "codes in a list": lambda f: f["mlp"].decode([[0.0, 0.0]] * 40, SONGS),
    "codes of text": lambda f: f["pca"].decode(np.full((40, 2), "a"), SONGS),
    "codes that are not finite": lambda f: f["mlp"].decode(np.full((40, 2), np.nan), SONGS),
    "codes of nothing": lambda f: f["mlp"].decode(None, SONGS),
    "codes for no songs": lambda f: f["mlp"].decode(np.zeros((40, 2), np.float32), None),
    "a finalist encodes nothing": lambda f: f["finalist"].encode(None),
    "a finalist encodes other songs": lambda f: f["finalist"].encode(make_songs(9, features=5)),
    "a finalist decodes for a path": lambda f: f["finalist"].decode(np.zeros((40, 2)), "songs"),
    "a finalist decodes too wide": lambda f: f["finalist"].decode(np.zeros((40, 9)), SONGS),
    "a presentation that is none": lambda f: models.dump(f["pca"], "standard"),
    "kept that is no group": lambda f: models.dump(f["pca"], kept=3),
    "a kept group of numbers": lambda f: models.dump(f["pca"], kept={"a": 3}),
    "a kept list": lambda f: models.dump(f["pca"], kept={"a": {"b": [1, 2]}}),
    "kept objects": lambda f: models.dump(f["pca"], kept={"a": {"b": np.array([None])}}),
    "a kept name that is none": lambda f: models.dump(f["pca"], kept={"a": {3: np.zeros(2)}}),
    "a kept group with a colon": lambda f: models.dump(f["pca"], kept={"a:b": {"c": np.zeros(2)}}),
    "notes that are no JSON": lambda f: models.dump(f["pca"], note=object()),
    "a note that is no number": lambda f: models.dump(f["pca"], note=float("nan")),
    "a note of megabytes": lambda f: models.dump(f["pca"], note="x" * 2**21),
    "restored of nothing": lambda f: MLP.restore(SETTINGS, {"audio": (6,)}, {}),
    "restored without settings": lambda f: MLP.restore({}, {"audio": (6,)}, f["mlp"].arrays()),
    "restored without a shape": lambda f: MLP.restore(SETTINGS, {}, f["mlp"].arrays()),
    "restored of a strange input": lambda f: PCA.restore(
        {"latent_size": 2}, {"audio": (6,), "smell": (3,)}, f["pca"].arrays()
    ),
    "restored without the width": lambda f: restored(MLP, f["mlp"], widest=NOWHERE),
    "restored of another width": lambda f: restored(MLP, f["mlp"], widest=np.array(1.0)),
    "restored of several widths": lambda f: restored(MLP, f["mlp"], widest=np.ones(3)),
    "restored without a weight": lambda f: restored(MLP, f["mlp"], weight_000=NOWHERE),
    "restored with one more": lambda f: restored(MLP, f["mlp"], weight_999=np.zeros(3)),
    "restored of NaN": lambda f: restored(
        MLP, f["mlp"], weight_000=np.full((6, 16), np.nan, np.float32)
    ),
    "PCA without its mean": lambda f: restored(PCA, f["pca"], mean=NOWHERE),
    "PCA of a mean of NaN": lambda f: restored(PCA, f["pca"], mean=np.full(6, np.nan)),
    "PCA without components": lambda f: restored(PCA, f["pca"], components=np.zeros((0, 6))),
    "PCA of too many": lambda f: restored(PCA, f["pca"], components=np.ones((9, 6))),
    "PCA of one number": lambda f: restored(PCA, f["pca"], components=np.array(1.0)),
}


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises((ModelError, DataError)) as error:
        call()
    said = str(error.value)
    assert said and "\n" not in said and said.isprintable() and len(said) < 600
    return said


@pytest.mark.parametrize("what", BEFORE)
def test_a_wrong_call_is_told_in_a_sentence(what: str) -> None:
    refused(BEFORE[what])


@pytest.mark.parametrize("what", AFTER)
def test_a_wrong_call_of_what_was_fitted_is_told_in_a_sentence(
    what: str, fitted: dict[str, Any]
) -> None:
    refused(lambda: AFTER[what](fitted))


@pytest.mark.parametrize("name", ["pca", "raw", "mlp"])
def test_no_songs_have_no_codes(name: str, fitted: dict[str, Any]) -> None:
    width = {"pca": 2, "raw": 6, "mlp": 2}[name]
    assert fitted[name].encode(SONGS.select([])).shape == (0, width)


def test_a_setting_that_is_a_whole_number_of_another_kind_is_taken() -> None:
    assert defaults(MLP, {"latent_size": np.float32(4)})["latent_size"] == 4


def test_a_family_that_is_not_there_is_asked_for_as_in_any_mapping() -> None:
    assert "vea" not in FAMILIES and FAMILIES.get("vea") is None


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_regular_file_is_not_opened(
    kind: str, fitted: dict[str, Any], tmp_path: Path
) -> None:
    for suffix, content in models.dump(fitted["pca"]).items():
        (tmp_path / f"model{suffix}").write_bytes(content)
    described = tmp_path / "model.json"
    described.rename(tmp_path / "elsewhere.json")
    if kind == "folder":
        described.mkdir()
    elif kind == "link":
        described.symlink_to("elsewhere.json")
    else:
        os.mkfifo(described)
    assert "no regular file" in refused(lambda: models.load(tmp_path / "model"))

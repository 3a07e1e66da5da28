"""What every family promises, whatever it is made of."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import models
from data import Songs
from models.diagnostics import diagnose
from models.family import Encoder, Family
from search.contracts.promise import hold, promises

MAP = (9, 13)
TRAIN, VALIDATION = slice(0, 70), slice(70, 100)
LATENT, WIDEST = 4, 6
SCHEDULE = models.Schedule(epochs=8, patience=0, widest=WIDEST, looks=(2, 4))
SMALL: Mapping[str, Any] = {
    **{"width": 32, "depth": 1, "filters": 4, "stages": 2, "n_components": 3},
    **{"learning_rate": 1e-2, "batch_size": 16, "beta": 0.1},
}
"""Settings of small networks that learn in few epochs."""


def make_songs(shape: tuple[int, ...] = MAP, lyrics: bool = True) -> Songs:
    """Return a hundred songs of two kinds that differ along a ramp; a fifth has no lyrics."""
    random = np.random.default_rng(0)
    kind = random.integers(2, size=100)
    ramp = np.linspace(-1, 1, int(np.prod(shape))).reshape(shape)
    audio = (2 * kind - 1).reshape(-1, *[1] * len(shape)) * ramp
    audio = audio + 0.3 * random.normal(size=(100, *shape))
    has_lyrics = np.arange(100) % 5 > 0
    words = random.normal(size=(100, 7)) * has_lyrics[:, None]
    return Songs(
        ids=np.arange(100).astype(str),
        audio=audio.astype(np.float32),
        lyrics=words.astype(np.float32) if lyrics else None,
        has_lyrics=has_lyrics if lyrics else np.zeros(100, bool),
        labels={"language": np.array(["bn", "en", ""])[random.integers(3, size=100)]},
        groups=None,
        split=np.repeat("train", 100),
    )


@dataclass(frozen=True)
class FamilyCase:
    """A family that stands in `models.FAMILIES` under its name, and one fit of it."""

    family: Family

    @cached_property
    def songs(self) -> Songs:
        """The songs that it is fitted on: maps, or vectors where it takes no maps."""
        maps = make_songs()
        return make_songs((12,)) if self.family.refusal(maps, self.settings()) else maps

    @property
    def held_out(self) -> Songs:
        """Songs that it was not fitted on."""
        return self.songs.select(VALIDATION)

    def settings(self, **chosen: Any) -> dict[str, Any]:
        """Return settings of a small model, some of them chosen."""
        asked = {**SMALL, "latent_size": LATENT, **chosen}
        known = {h.name: h for h in self.family.hyperparameters}
        return models.defaults(self.family, {key: asked[key] for key in asked if key in known})

    def fit(self, seed: int = 0, songs: Songs | None = None, **chosen: Any) -> Fit:
        """Return the encoder that is fitted on the songs, and its epochs."""
        songs = self.songs if songs is None else songs
        training = self.family.fit(
            songs.select(TRAIN), songs.select(VALIDATION), self.settings(**chosen), seed, SCHEDULE
        )
        epochs = []
        while True:
            try:
                epochs.append(next(training))
            except StopIteration as end:
                return Fit(end.value, epochs)

    @cached_property
    def fitted(self) -> Fit:
        """The fit of seed 0."""
        return self.fit()

    @property
    def encoder(self) -> Encoder:
        """Its encoder."""
        return self.fitted.encoder

    @cached_property
    def codes(self) -> np.ndarray:
        """The codes of the held-out songs."""
        return self.encoder.encode(self.held_out)

    @property
    def spreads(self) -> dict[str, float]:
        """Input -> sum of squared differences of the held-out songs to the training mean."""
        train, held_out = self.songs.select(TRAIN), self.held_out
        return {
            name: float(np.square(getattr(held_out, name) - getattr(train, name).mean(0)).sum())
            for name in ("audio", "lyrics")
        }


@dataclass(frozen=True)
class Fit:
    """A fitted encoder, and what was said of each epoch."""

    encoder: Encoder
    epochs: list[models.Epoch]


def is_listed(case: FamilyCase) -> None:
    """It stands under its own name in models.FAMILIES."""
    hold(models.FAMILIES[case.family.name] is case.family, "another stands there")


def declares_hyperparameters(case: FamilyCase) -> None:
    """Hyperparameters have different names and a meaning."""
    declared = case.family.hyperparameters
    hold(len({h.name for h in declared}) == len(declared), "two have one name")
    hold(all(h.meaning for h in declared), "one has no meaning")


def gives_codes(case: FamilyCase) -> None:
    """Codes are finite float32, a row for each song; of the latent size where there is one."""
    codes = case.codes
    hold(codes.ndim == 2 and len(codes) == 30, f"30 songs have codes of shape {codes.shape}")
    if "latent_size" in case.settings():
        hold(codes.shape[1] == LATENT, f"latent size {LATENT} gives {codes.shape[1]} dimensions")
    hold(codes.dtype == np.float32, f"they are {codes.dtype}")
    hold(np.isfinite(codes).all(), "some are not finite")


def decodes_inputs(case: FamilyCase) -> None:
    """Decoding gives back arrays like the inputs, audio among them."""
    outputs = case.encoder.decode(case.codes, case.held_out)
    hold("audio" in outputs, f"it gives {', '.join(outputs) or 'nothing'}")
    for name, output in outputs.items():
        expected = getattr(case.held_out, name).shape
        hold(output.shape == expected, f"{name} is {output.shape}, and songs are {expected}")
        hold(np.isfinite(output).all(), f"{name} is not finite")


def encodes_each_alone(case: FamilyCase) -> None:
    """A song has the same code whatever songs are beside it."""
    hold(np.array_equal(case.codes, case.encoder.encode(case.held_out)), "codes differ")
    alone = case.encoder.encode(case.held_out.select(np.array([3])))
    off = float(np.abs(alone[0] - case.codes[3]).max())
    hold(off <= 1e-5 + 1e-5 * float(np.abs(case.codes).max()), f"alone it is {off:.2g} away")


def counts_epochs(case: FamilyCase) -> None:
    """Losses are finite, and epochs are counted from 1."""
    epochs = case.fitted.epochs
    hold([one.epoch for one in epochs] == [*range(1, len(epochs) + 1)], "they are not")
    for one in epochs:
        figures = [one.loss, one.validation_loss, one.kl, one.seconds]
        hold(np.isfinite(figures).all(), f"in epoch {one.epoch} they are {figures}")


def shows_codes_on_the_way(case: FamilyCase) -> None:
    """What is trained in epochs gives codes with those that are asked for."""
    if not case.fitted.epochs:
        return
    shown = {one.epoch: one.codes for one in case.fitted.epochs if one.codes is not None}
    hold([*shown] == [2, 4], f"epochs 2 and 4 are asked for, {[*shown]} come with codes")
    for codes in shown.values():
        hold(codes["train"].shape == (70, LATENT), "training songs have other codes")
        hold(codes["validation"].shape == (30, LATENT), "validation songs have other codes")
        hold(np.isfinite(codes["validation"]).all(), "some are not finite")


def learns(case: FamilyCase) -> None:
    """The reconstruction gets better with training."""
    losses = [one.reconstruction_loss for one in case.fitted.epochs]
    if losses:
        hold(losses[-1] < losses[0], f"its loss goes from {losses[0]:.3g} to {losses[-1]:.3g}")


def measures_divergence(case: FamilyCase) -> None:
    """The KL divergence is of each song and dimension and not negative; None without a prior."""
    kl = case.encoder.kl(case.held_out)
    if kl is not None:
        hold(kl.shape == case.codes.shape, f"it is of shape {kl.shape}")
        hold((kl > -1e-5).all(), f"one is {kl.min():.3g}")


def repeats_itself(case: FamilyCase) -> None:
    """The same seed gives the same codes, also after other models were fitted."""
    other = case.fit(seed=1, latent_size=3, beta=2.0).encoder.encode(case.held_out)
    if "latent_size" in case.settings():
        hold(other.shape == (30, 3), f"latent size 3 gives codes of shape {other.shape}")
    again = case.fit().encoder.encode(case.held_out)
    hold(np.array_equal(again, case.codes), "fitted again, it gives other codes")
    hold(np.array_equal(case.encoder.encode(case.held_out), case.codes), "the first fit changed")


def is_saved(case: FamilyCase) -> None:
    """A saved encoder is the same encoder."""
    encoder, songs = case.encoder, case.held_out
    with tempfile.TemporaryDirectory() as folder:
        for suffix, content in models.dump(encoder, seed=0).items():
            (Path(folder) / f"kept{suffix}").write_bytes(content)
        loaded = models.load(Path(folder) / "kept.json")
    hold(loaded.family == encoder.family, f"its family is {loaded.family}")
    hold(dict(loaded.shapes) == dict(encoder.shapes), f"its shapes are {loaded.shapes}")
    hold(loaded.settings == encoder.settings, f"its settings are {loaded.settings}")
    hold(np.array_equal(loaded.encode(songs), case.codes), "it gives other codes")
    outputs = loaded.decode(case.codes, songs)
    for name, output in encoder.decode(case.codes, songs).items():
        hold(np.array_equal(outputs[name], output), f"it decodes {name} otherwise")
    if isinstance(encoder, models.Assigns):
        assert isinstance(loaded, models.Assigns)
        same = np.array_equal(loaded.assign(songs), encoder.assign(songs))
        hold(same, "it assigns otherwise")


def numbers_its_clusters(case: FamilyCase) -> None:
    """Clusters of its own, if it has any, are int32 from 0 to n_clusters - 1."""
    if isinstance(case.encoder, models.Assigns):
        clusters = case.encoder.assign(case.held_out)
        hold(clusters.shape == (30,), f"30 songs have clusters of shape {clusters.shape}")
        hold(clusters.dtype == np.int32, f"they are {clusters.dtype}")
        allowed = {*range(case.encoder.n_clusters)}  # type: ignore[attr-defined]
        hold({*clusters.tolist()} <= allowed, f"they are {sorted({*clusters.tolist()})}")


def bears_songs_without_lyrics(case: FamilyCase) -> None:
    """Songs without any lyrics can be encoded."""
    none = case.held_out.replace(lyrics=None, has_lyrics=np.zeros(30, bool))
    hold(np.isfinite(case.encoder.encode(none)).all(), "their codes are not finite")


def refuses_other_shapes(case: FamilyCase) -> None:
    """Songs of another shape are refused, with both shapes."""
    audio = case.held_out.audio
    assert audio is not None
    given = audio[..., :-1]
    try:
        case.encoder.encode(case.held_out.replace(audio=given))
    except ValueError as error:
        for shape in (given.shape[1:], audio.shape[1:]):
            hold(str(shape) in str(error), f"it says {error}")
    else:
        hold(False, f"songs of shape {given.shape[1:]} are encoded")


def refuses_songs_without_its_inputs(case: FamilyCase) -> None:
    """Songs that lack what it needs are refused in a sentence, all others are not."""
    songs = case.songs.replace(lyrics=None, has_lyrics=np.zeros(100, bool))
    reason = case.family.refusal(songs, case.settings())
    needs = "lyrics" in case.family.inputs
    hold(bool(reason) == needs, f"without lyrics it says {reason}")
    if reason:
        hold(case.family.name in reason, f"the sentence does not name it: {reason}")


def is_diagnosed(case: FamilyCase) -> None:
    """What a search measures of it is finite, and codes say something of their songs."""
    figures = diagnose(case.encoder, case.codes, case.held_out, case.spreads, seed=0)
    given = {name: value for name, value in figures.items() if value is not None}
    wrong = [name for name, value in given.items() if not np.isfinite(value).all()]
    hold(not wrong, f"{', '.join(wrong)} is not")
    drop = figures["shuffle_drop"]
    assert isinstance(drop, float)
    hold(drop > 0, "another song's code reconstructs a song as well as its own")


PROMISES = promises(
    is_listed,
    declares_hyperparameters,
    gives_codes,
    decodes_inputs,
    encodes_each_alone,
    counts_epochs,
    shows_codes_on_the_way,
    learns,
    measures_divergence,
    repeats_itself,
    is_saved,
    numbers_its_clusters,
    bears_songs_without_lyrics,
    refuses_other_shapes,
    refuses_songs_without_its_inputs,
    is_diagnosed,
)

"""The share of a GPU that `--gpus-per-trial auto` chooses, and why."""

import pytest
import ray

from models import FAMILIES
from models.gpu import CONTEXT_BYTES
from search.backend.packing import packed, seen_as, widest, widest_needs
from search.backend.resources import Node
from search.tasks.reading import read_task
from tests.songs import make_songs

GB = 2**30


@pytest.mark.parametrize(
    ("memory", "need", "cores", "share", "why"),
    [
        (16, 3, 8, 0.2, "5 trials share a GPU: the widest conv_vae needs about 3.0 GB of its"),
        (16, 3, 2, 0.5, "and there are cores for no more"),
        (16, 12, 8, 1.0, "a GPU for each trial"),
        (16, 20, 8, 1.0, "that may not do"),
        (140, 2, 200, 0.0625, "16 trials share a GPU"),
    ],
)
def test_a_gpu_is_shared_by_as_many_as_the_widest_configuration_allows(
    memory: int, need: int, cores: int, share: float, why: str
) -> None:
    needs = {"pca": 0, "conv_vae": need * GB}
    nodes = [Node("reducer", 64, 0), Node("worker", cores, 1)]
    given, said = packed(memory * GB, needs, nodes, 1)
    assert given == share and why in said


def test_the_widest_configuration_is_at_the_end_of_every_range() -> None:
    task = read_task("hard", {"space.backbone": ["mlp", "conv"], "space.width": [64, 512]})
    found = list(widest(FAMILIES["beta_vae"], task))
    assert {settings["backbone"] for settings in found} == {"mlp", "conv"}
    assert {settings["latent_size"] for settings in found} == {64}
    assert {settings["width"] for settings in found} == {512}


def test_songs_of_another_shape_take_no_memory() -> None:
    songs = make_songs()
    seen = seen_as(songs, "standard")
    assert seen.audio.shape == songs.audio.shape and seen.audio.strides[0] == 0


@pytest.mark.usefixtures("ray_session")
def test_needs_are_counted_in_a_process_of_their_own() -> None:
    task = read_task("easy", {"space.width": [64, 1024]})
    needs = ray.get(widest_needs.remote(make_songs(), task))
    assert needs["pca"] == 0 and needs["mlp_vae"] > CONTEXT_BYTES

"""Networks take any map that can be convolved, and any vector."""

import keras
import numpy as np
import pytest
from keras import layers

from models.backbones import backbone
from models.networks import Network, joint, product, weight_spec

SETTINGS = {
    "backbone": "conv",
    "width": 32,
    "depth": 2,
    "filters": 4,
    "stages": 3,
    "residual": 0,
}
DENSE = {**SETTINGS, "backbone": "mlp"}


@pytest.mark.parametrize("shape", [(8, 8), (9, 13), (33, 8), (8, 21)])
def test_maps_of_any_size_come_back_at_their_size(shape):
    network = joint({"audio": shape}, SETTINGS, 2, True)
    assert network.encoder.output["mean"].shape == (None, 2)
    assert network.decoder.output["audio"].shape == (None, *shape)


def test_a_map_is_halved_no_further_than_two_bins():
    trunk = backbone((8, 32), {**SETTINGS, "stages": 6})
    assert trunk.units == 2 * 8 * (4 * 2)


def test_a_network_without_hidden_layers_is_linear():
    network = joint({"audio": (5,)}, {**DENSE, "depth": 0}, 2, False)
    shapes = [tuple(weight.shape) for weight in network.weights]
    assert shapes == [(5, 2), (2,), (2, 5), (5,)]


def test_residual_blocks_add_two_convolutions_each_way_and_stage():
    def kernels(residual):
        network = joint({"audio": (8, 8)}, {**SETTINGS, "residual": residual}, 2, True)
        return sum(len(weight.shape) == 4 for weight in network.weights)

    assert kernels(1) - kernels(0) == 2 * 2 * 2


def test_every_weight_with_a_latent_axis_is_known():
    shapes = {"audio": (5,), "lyrics": (3,), "condition": (2,)}
    network = joint(shapes, DENSE, 7, True)
    for weight in network.weights:
        axis = weight_spec(weight).latent_axis
        assert (7 in weight.shape) == (axis is not None)
        assert axis is None or weight.shape[axis] == 7


def test_batch_normalisation_is_refused():
    song = keras.Input((5,), name="audio")
    encoder = keras.Model({"audio": song}, {"mean": layers.BatchNormalization()(song)})
    with pytest.raises(ValueError, match="not trained by gradients"):
        Network(encoder, encoder)


def test_the_product_of_one_expert_is_that_expert():
    expert = {"mean": np.array([[1.0, -2.0]]), "log_variance": np.array([[0.3, -1.0]])}
    absent = {"mean": np.array([[5.0, 5.0]]), "log_variance": np.array([[0.0, 0.0]])}
    for experts in ([(expert, None)], [(expert, None), (absent, np.array([[0.0]]))]):
        found = product(experts)
        np.testing.assert_allclose(found["mean"], expert["mean"], rtol=1e-6)
        np.testing.assert_allclose(found["log_variance"], expert["log_variance"], rtol=1e-6)


def test_the_product_of_two_experts_worked_by_hand():
    """N(0, 1) times N(3, 1/2) has precision 1 + 2 and mean (0 + 2 * 3) / 3."""
    one = {"mean": np.array([[0.0]]), "log_variance": np.array([[0.0]])}
    other = {"mean": np.array([[3.0]]), "log_variance": np.array([[-np.log(2.0)]])}
    found = product([(one, None), (other, np.array([[1.0]]))])
    assert float(found["mean"][0, 0]) == pytest.approx(2.0)
    assert float(found["log_variance"][0, 0]) == pytest.approx(-np.log(3.0))

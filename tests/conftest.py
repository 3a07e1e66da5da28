"""Songs to test on, and one Ray for the whole session of tests."""

from collections.abc import Iterator

import pytest

from data import Songs
from tests.songs import make_songs


@pytest.fixture
def songs() -> Songs:
    return make_songs()


@pytest.fixture(scope="session")
def ray_session() -> Iterator[None]:
    """Ray on two cores, started once."""
    import search  # noqa: F401, I001  (sets the environment that Ray starts with)
    import ray

    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()

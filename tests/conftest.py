"""Songs to test on, and one Ray for the whole session of tests."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import Songs
from tests.songs import make_songs


@pytest.fixture(autouse=True, scope="session")
def signals() -> None:
    """No signal is ignored, here and in what tests begin, as in a shell that runs in front."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A key of the tests' own, in place of that of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


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


@pytest.fixture(scope="session")
def finished_run(ray_session: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one small run to look at; its songs lie in `../../../songs`."""
    from tests.searches import run, write_set

    base = tmp_path_factory.mktemp("finished")
    done = run(write_set(base / "songs", make_songs()), base / "runs")
    assert not done.interrupted and done.compared
    return done.folder

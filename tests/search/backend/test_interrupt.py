"""How a run is asked to stop by a signal."""

import io
import signal
from collections.abc import Iterator

import pytest
from rich.console import Console

from search.backend.interrupt import Interrupt, as_ctrl_c


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_to_stop_and_a_second_one_ends_at_once(number: signal.Signals) -> None:
    interrupt, written = Interrupt(), io.StringIO()
    with interrupt.by_signal(Console(file=written)):
        signal.raise_signal(number)
        assert interrupt() and "what is finished is kept" in written.getvalue()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_ends_by_other_signals_as_by_ctrl_c(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), as_ctrl_c():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_a_signal_that_nohup_ignores_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interrupt = Interrupt()
    with interrupt.by_signal(Console(file=io.StringIO())):
        signal.raise_signal(signal.SIGHUP)
        assert not interrupt()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN

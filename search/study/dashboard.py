"""optuna-dashboard beside a search: a page that shows the run's journal and cannot change it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

_HOST = "127.0.0.1"
"""This machine alone."""

_LOOKING = ("GET", "HEAD")
"""Methods of HTTP that change nothing."""

_SECONDS_TO_END = 5.0
"""How long the dashboard's process has to end by itself."""

_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A web application as WSGI (PEP 3333) has it."""


class DashboardError(RuntimeError):
    """The study cannot be shown in a browser: why, and what to do."""


def require() -> None:
    """Refuse to go on where optuna-dashboard is not installed.

    Raises
    ------
    DashboardError
        When it is missing; the message says how to install it.
    """
    if importlib.util.find_spec("optuna_dashboard") is None:
        raise DashboardError(
            "--dashboard needs optuna-dashboard: install it by "
            "`python -m pip install optuna-dashboard`, or leave --dashboard out"
        )


@contextmanager
def serving(journal: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Serve the dashboard of a journal on this machine alone until the end of the block.

    It has a process of its own, which Ctrl-C does not reach, and which ends with this one however
    that ends: it reads a pipe that closes then.

    Parameters
    ----------
    journal : file of an Optuna study.
    say : takes a sentence with the address.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "search.study.dashboard", str(journal)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdin and process.stdout
    try:
        address = process.stdout.readline().strip()
        say(f"Dashboard: {address}" if address else "The dashboard did not start.")
        yield
    finally:
        process.stdin.close()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _looking_only(application: _Application, host: str) -> _Application:
    """Return the application without the requests that would change the study.

    optuna-dashboard can end trials and delete studies, and asks for no password: any page that is
    open in a browser could have it do so. A page may also have a name of its own lead to this
    machine, so requests that do not name its address are refused.
    """

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in _LOOKING and environ.get("HTTP_HOST") == host:
            return application(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"While a search runs its dashboard only shows.\n"]

    return guarded


class _Server(ThreadingMixIn, WSGIServer):
    """A server that answers several requests at a time."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    """A handler that logs no requests."""

    def log_message(self, format: str, *args: Any) -> None:
        """Do nothing."""


def main(journal: str) -> None:
    """Serve, print the address, and end when the standard input does."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend
    from optuna_dashboard import wsgi

    server = _Server((_HOST, 0), _Quiet)
    host = f"{_HOST}:{server.server_port}"
    server.set_app(_looking_only(wsgi(JournalStorage(JournalFileBackend(journal))), host))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://{host}/dashboard/studies/0", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])

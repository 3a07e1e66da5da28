"""Which process writes a run: said beside the lock of its folder, and in its mirror."""

from __future__ import annotations

import json
import os
import platform
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from results.text import plain

MOST_BYTES = 4_096
"""That are read of what says it."""

_TOKEN = secrets.token_hex(8)
"""Of this process: another may have its number, on another host or later."""

_SINCE = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class Holder:
    """A process that writes a run.

    Attributes
    ----------
    host, pid : its machine and its number there.
    since : when it began, in UTC.
    token : which no other process has.
    """

    host: str
    pid: int
    since: str
    token: str

    @classmethod
    def this(cls) -> Holder:
        """Return this process."""
        return cls(platform.node(), os.getpid(), _SINCE, _TOKEN)

    @classmethod
    def read(cls, content: bytes) -> Holder | None:
        """Return the process that `content` was of; None where anybody wrote something else."""
        try:
            found = json.loads(content)
            holder = cls(
                plain(str(found["host"]))[:99],
                int(found["pid"]),
                plain(str(found["since"]))[:32],
                plain(str(found["token"]))[:32],
            )
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            return None
        return holder

    @property
    def is_this(self) -> bool:
        """Whether it is this process."""
        return self.token == _TOKEN

    def content(self) -> bytes:
        """Return it as the bytes of a file."""
        return json.dumps(asdict(self)).encode()

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since} UTC"

"""What is made of the texts that Ray 2.60 gives, as they were seen."""

import pytest

from search.backend.worker_failures import WorkerFailure, worker_failure

FRAMES = """  File "/site-packages/ray/tune/trainable/trainable.py", line 326, in train
    result = self.step()
             ^^^^^^^^^^^
"""
DIED = """Failure # 1 (occurred at 2026-11-22_21-56-07)
The actor died unexpectedly before finishing this task.
\tclass_name: Worker
\tpid: 10121
The actor is dead because its worker process has died. Worker exit type: SYSTEM_ERROR Worker exit \
detail: Worker unexpectedly exits with a connection error code 2. End of file. Some common causes \
include: (1) the process was killed by the OOM killer due to high memory usage.
"""
UNAVAILABLE = """Failure # 1 (occurred at 2026-11-22_22-40-58)
The actor 1851d87c86b97e488d0d7a9301000000 is unavailable: The actor is temporarily unavailable: \
RpcError: RPC error: Socket closed rpc_code: 14. The task may or may not have been executed on \
the actor.
"""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DIED, WorkerFailure("WorkerDied", "the worker or its node died", died=True)),
        (UNAVAILABLE, WorkerFailure("WorkerDied", "the worker or its node died", died=True)),
        ("", WorkerFailure("WorkerDied", "the worker or its node died", died=True)),
        (
            "Failure # 1\nThe actor died because of an error raised in its creation task, "
            f"\x1b[36mray::T.__init__()\x1b[39m\n{FRAMES}ModuleNotFoundError: No module 'x'\n",
            WorkerFailure(
                "ModuleNotFoundError", "No module 'x' (while the worker was made)", False
            ),
        ),
        (
            f"Failure # 1\n\x1b[36mray::T.train()\x1b[39m\n{FRAMES}ValueError: bad: thing\n",
            WorkerFailure("ValueError", "bad: thing"),
        ),
        (
            "Failure # 1\nTask was killed due to the node running low on memory.\nMemory on the "
            "node (IP: 10.0.0.1) was 15.2GB / 16.0GB",
            WorkerFailure(
                "OutOfMemoryError", "the machine ran out of memory; Ray ended the worker"
            ),
        ),
    ],
)
def test_an_error_in_one_sentence(error: str, expected: WorkerFailure) -> None:
    assert worker_failure(error) == expected

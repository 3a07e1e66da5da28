"""A model is loaded without lines of TensorFlow's on the screen."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from models.importing import import_tensorflow
assert "tensorflow" not in sys.modules
import_tensorflow()
print("it is there" if "tensorflow" in sys.modules else "it is not there")
if sys.stderr:
    print("said after it", file=sys.stderr)
"""


@pytest.mark.parametrize("closed", [False, True])
def test_tensorflow_is_imported_in_silence(closed: bool) -> None:
    """Also by a process that has no file of standard errors at all."""
    command = [sys.executable, "-c", PROGRAM]
    if closed:
        command = ["sh", "-c", 'exec "$0" "$@" 2>&-', *command]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ended.stdout == "it is there\n" and ended.returncode == 0
    assert ended.stderr == ("" if closed else "said after it\n")

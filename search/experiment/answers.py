"""What trained models found, packed: a configuration that comes again is answered by it."""

from __future__ import annotations

import pickle
import zlib

from search.trial.records import TrialResult


class Answers:
    """Results without arrays, by what identifies the model; some 2 kB each, and not 40."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}

    def __contains__(self, model: str) -> bool:
        return model in self._packed

    def __getitem__(self, model: str) -> TrialResult:
        found = pickle.loads(zlib.decompress(self._packed[model]))  # of this process, from below
        assert isinstance(found, TrialResult)
        return found

    def __setitem__(self, model: str, result: TrialResult) -> None:
        self._packed[model] = zlib.compress(pickle.dumps(result.without_arrays), level=1)

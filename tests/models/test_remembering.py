"""Only what cannot change is remembered, and no longer than it is there."""

import weakref

import numpy as np

from models.remembering import Memory


def times_found(memory: Memory, of: object, array: np.ndarray) -> int:
    """How often a result is worked out that is asked for twice."""
    found = []

    def total(given: np.ndarray) -> float:
        found.append(given.sum())
        return found[-1]

    assert memory.get(total, of, array) == memory.get(total, of, array) == array.sum()
    return len(found)


def read_only(value: float) -> np.ndarray:
    array = np.full(3, value)
    array.flags.writeable = False
    return array


def test_an_array_that_can_be_written_to_is_looked_at_again() -> None:
    assert times_found(Memory(4), "sum", np.ones(3)) == 2
    assert times_found(Memory(4), "sum", read_only(1)) == 1


def test_results_are_told_apart_by_the_array_and_by_what_they_are_of() -> None:
    memory, array, other = Memory(9), read_only(1), read_only(1)
    assert [times_found(memory, of, array) for of in ("sum", "sum", 0.9, other, "sum")] == [
        *(1, 0, 1, 1, 0)
    ]
    assert times_found(memory, "sum", other) == 1
    assert times_found(memory, read_only(1), array) == 1


def test_the_oldest_is_forgotten() -> None:
    memory, arrays = Memory(2), [read_only(value) for value in range(3)]
    assert [times_found(memory, "sum", array) for array in arrays] == [1, 1, 1]
    assert [times_found(memory, "sum", array) for array in arrays[::-1]] == [0, 0, 1]


def test_an_array_is_not_kept_for_its_results() -> None:
    memory, array = Memory(4), read_only(1)
    seen = weakref.ref(array)
    assert times_found(memory, read_only(2), array) == 1
    del array
    assert seen() is None
    assert times_found(memory, read_only(2), read_only(1)) == 1

"""XLA compiles a function where it can, and is left out where it cannot; each compiles once."""

import logging

import pytest
import tensorflow as tf

from models.compiling import Compiled

NUMBERS = tf.constant([2.0, 2.0, 3.0])


def test_what_xla_compiles_is_not_run_without_it(caplog: pytest.LogCaptureFixture) -> None:
    doubled = Compiled(lambda numbers: 2 * numbers, xla=True)
    assert doubled(NUMBERS).numpy().tolist() == [4.0, 4.0, 6.0]
    assert not caplog.records


def test_what_xla_refuses_is_run_without_it(caplog: pytest.LogCaptureFixture) -> None:
    """It has no form for this one, on any device."""
    rounded = Compiled(
        lambda numbers: tf.strings.to_number(tf.strings.as_string(numbers, precision=0)), xla=True
    )
    with caplog.at_level(logging.WARNING):
        assert [rounded(NUMBERS).numpy().tolist() for _ in range(2)] == [[2.0, 2.0, 3.0]] * 2
    assert len(caplog.records) == 1 and "XLA is left out" in caplog.text


def test_an_error_of_the_function_itself_stays_one() -> None:
    checked = Compiled(lambda numbers: tf.debugging.check_numerics(numbers / 0, "no"), xla=False)
    with pytest.raises(tf.errors.InvalidArgumentError):
        checked(NUMBERS)


def test_methods_of_many_objects_are_compiled_without_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Program:
        def __init__(self, factor: int) -> None:
            self.factor = factor
            self.run = Compiled(self.multiplied, any_count=True)

        def multiplied(self, numbers: tf.Tensor) -> tf.Tensor:
            return self.factor * numbers

    found = [Program(factor).run(NUMBERS).numpy().tolist() for factor in range(12)]
    assert found == [[2.0 * factor, 2.0 * factor, 3.0 * factor] for factor in range(12)]
    assert not caplog.records

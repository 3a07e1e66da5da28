"""Functions of tensors, compiled by XLA where that is wanted and where it can."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

LOG = logging.getLogger(__name__)

REFUSALS = (
    tf.errors.InvalidArgumentError,
    tf.errors.UnimplementedError,
    tf.errors.NotFoundError,
    tf.errors.FailedPreconditionError,
    tf.errors.InternalError,
)
"""What XLA says when an operation has no form for a device, or a part of CUDA is missing."""


class Compiled:
    """A function of tensors, compiled when it is first called, or a method of one object.

    XLA refuses before anything is computed, so a function that it refuses is called again without
    it; that is said once. With `any_count`, inputs of another length are not compiled anew.

    TensorFlow warns of a function that it compiles again and again, and takes the methods of
    several objects for one function; a `partial` it takes for a function of its own.
    """

    def __init__(
        self, function: Callable[..., Any], xla: bool = False, any_count: bool = False
    ) -> None:
        self._function = partial(function)
        self._xla = xla
        self._any_count = any_count
        self._compiled = self._compile()

    def _compile(self) -> Callable[..., Any]:
        return tf.function(self._function, jit_compile=self._xla, reduce_retracing=self._any_count)

    def __call__(self, *inputs: Any) -> Any:
        """Call the function."""
        try:
            return self._compiled(*inputs)
        except REFUSALS as error:
            if not self._xla:
                raise
            LOG.warning("XLA is left out, for it refuses: %s", error.message.splitlines()[0])
            self._xla = False
            self._compiled = self._compile()
            return self._compiled(*inputs)

"""Functions compiled by XLA where that is wanted, and by TensorFlow alone where XLA cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable
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
    """A function of tensors, compiled when it is first called.

    XLA refuses before anything is computed, so a function that it refuses is called again without
    it; that is said once.
    """

    def __init__(self, function: Callable[..., tf.Tensor], xla: bool) -> None:
        self._function = function
        self._xla = xla
        self._compiled = tf.function(function, jit_compile=xla)

    def __call__(self, *inputs: Any) -> tf.Tensor:
        """Call the function."""
        try:
            return self._compiled(*inputs)
        except REFUSALS as error:
            if not self._xla:
                raise
            LOG.warning("XLA is left out, for it refuses: %s", error.message.splitlines()[0])
            self._xla = False
            self._compiled = tf.function(self._function)
            return self._compiled(*inputs)

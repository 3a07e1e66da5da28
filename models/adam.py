"""Adam (Kingma and Ba 2015) by the fused step of TensorFlow, with a learning rate at every step.

Keras has it too, but the weights that its optimisers have updated inside a `tf.function` are never
freed (seen with Keras 3.15 and TensorFlow 2.21), and a process meets many networks.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

FADING, FADING_SQUARES = 0.9, 0.999
"""Shares of the running means of gradients and of their squares that are kept at each step."""

SMALL = 1e-7
"""Added to the root of the mean square, as in Keras."""


class Adam:
    """Running means of gradients and of their squares for each of `weights`."""

    def __init__(self, weights: Sequence[keras.Variable]) -> None:
        self._weights = weights
        self._means = [tf.Variable(tf.zeros(weight.shape)) for weight in weights]
        self._squares = [tf.Variable(tf.zeros(weight.shape)) for weight in weights]
        self._steps = tf.Variable(0.0)

    def forget(self) -> None:
        """Start anew."""
        for state in (*self._means, *self._squares, self._steps):
            state.assign(tf.zeros_like(state))

    def apply(self, gradients: Sequence[tf.Tensor], learning_rate: tf.Tensor) -> None:
        """Take one step down the gradients, in the order of the weights."""
        steps = self._steps.assign_add(1.0)
        for weight, gradient, mean, square in zip(
            self._weights, gradients, self._means, self._squares, strict=True
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=weight.value.handle,
                m=mean.handle,
                v=square.handle,
                beta1_power=FADING**steps,
                beta2_power=FADING_SQUARES**steps,
                lr=learning_rate,
                beta1=FADING,
                beta2=FADING_SQUARES,
                epsilon=SMALL,
                grad=gradient,
            )

"""Q given as logits of independent outcomes: sigmoid cross-entropy and its activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ce_core.kernels import _shapes, _stable
from ce_core.kernels._shapes import AnyArray, FloatArray

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, kw_only=True, eq=False)
class SigmoidTerms:
    """Hold what the losses and the probabilities of a block of logits share, one exponential a logit.

    Made by :func:`sigmoid_terms`. With ``decay = exp(−|x|)``, at most 1, both softplus(x) and softplus(−x)
    are a nonnegative part of x plus ``log1p(decay)``.
    """

    logits: AnyArray
    """The logits as they were given."""
    decay: FloatArray
    """``exp(−|x|)``, of the logits' shape."""

    def losses(
        self, targets: npt.ArrayLike, *, pos_weight: npt.ArrayLike | None = None, label_smoothing: float = 0.0
    ) -> FloatArray:
        """Return the loss of each logit against its target, in nats."""
        smooth = _shapes.smoothing(label_smoothing)
        weight = None if pos_weight is None else _shapes.positive_weight(pos_weight, self.logits.shape)
        given = _shapes.as_float64(targets, "targets")
        _shapes.check_same_shape(self.logits.shape, given.shape, "logits", "targets")
        values = self.logits.astype(np.float64, copy=False)
        positives, negatives = _stable.weights_of_outcomes(given, smooth)
        shared = np.log1p(self.decay)
        if weight is not None:  # without one the two weights sum to 1
            positives = _stable.weighted(weight, positives)
            shared = _stable.weighted(_stable.add(positives, negatives), shared)
        losses = _stable.weighted(positives, np.maximum(-values, 0.0))
        losses = _stable.add(losses, _stable.weighted(negatives, np.maximum(values, 0.0)))
        losses = _stable.add(losses, shared)
        if values.size and not values.max() < np.inf:
            losses[np.isnan(values) | (values == np.inf)] = np.nan  # even where the weight is 0
        return losses

    def probabilities(self) -> FloatArray:
        """Return the sigmoid of the logits, of their shape."""
        return np.asarray(np.where(self.logits < 0, self.decay, 1.0) / (1.0 + self.decay))


def sigmoid_terms(logits: npt.ArrayLike) -> SigmoidTerms:
    """Compute once what the losses and the probabilities of the same logits share.

    Use it when both the losses and the probabilities of a block are wanted.

    Formula: ``decay = exp(−|x|)``.

    Shapes: logits of any shape; every term has that shape.

    Raises:
        CepickError: for logits that are not real numbers.

    Source: https://www.tensorflow.org/api_docs/python/tf/nn/sigmoid_cross_entropy_with_logits

    >>> terms = sigmoid_terms([40.0, -40.0])
    >>> terms.losses([1, 0])
    array([4.24835426e-18, 4.24835426e-18])
    >>> terms.probabilities()
    array([1.00000000e+00, 4.24835426e-18])
    """
    array = _shapes.real_array(logits, "logits")
    decay = np.asarray(np.abs(array.astype(np.float64, copy=False)))
    with np.errstate(under="ignore"):  # a decay of 0 is right for a logit out of range
        np.exp(np.negative(decay, out=decay), out=decay)
    return SigmoidTerms(logits=array, decay=decay)


def sigmoid_cross_entropy(
    logits: npt.ArrayLike, targets: npt.ArrayLike, *, label_smoothing: float = 0.0
) -> FloatArray:
    """Compute the cross-entropy of independent outcomes with the sigmoid of their logits.

    Use it for binary classification with one logit, and where several labels may be true at once. Targets
    are 0 or 1, or probabilities. Put no sigmoid before it. A logit of −inf is legal where the target is 0;
    NaN and +inf give NaN.

    Formula: ``y·softplus(−x) + (1 − y)·softplus(x)``, where ``softplus(x) = max(x, 0) + log1p(exp(−|x|))``;
    smoothing replaces y by ``y·(1 − ε) + ε/2``.

    Shapes: logits, targets and losses have the same shape, of any rank.

    Units: nats.

    Raises:
        CepickError: for shapes that differ, arrays that are not real numbers, or a smoothing outside [0, 1].

    Source: https://www.tensorflow.org/api_docs/python/tf/nn/sigmoid_cross_entropy_with_logits

    >>> sigmoid_cross_entropy([[0.0, 30.0]], [[1, 1]])
    array([[6.93147181e-01, 9.35762297e-14]])
    """
    return sigmoid_terms(logits).losses(targets, label_smoothing=label_smoothing)


def weighted_sigmoid_cross_entropy(
    logits: npt.ArrayLike, targets: npt.ArrayLike, *, pos_weight: npt.ArrayLike, label_smoothing: float = 0.0
) -> FloatArray:
    """Compute the sigmoid cross-entropy with the positive part weighted.

    Use it when positives are rare, with negatives/positives for the weight, and know that it moves the
    predicted probabilities up: by about ``log(pos_weight)`` on the logits.

    Formula: ``w·y·softplus(−x) + (1 − y)·softplus(x)``; smoothing replaces y before the weight.

    Shapes: logits, targets and losses have the same shape; pos_weight is one number, or one for each entry
    of the last axis.

    Units: nats.

    Raises:
        CepickError: as :func:`sigmoid_cross_entropy`, and for a weight that is negative, not finite or of
            another shape.

    Source: https://www.tensorflow.org/api_docs/python/tf/nn/weighted_cross_entropy_with_logits

    >>> weighted_sigmoid_cross_entropy([1.5, -0.1, -10.0], [1.0, 0.5, 0.0], pos_weight=1.5)
    array([3.02119917e-01, 8.80495825e-01, 4.53988992e-05])
    """
    return sigmoid_terms(logits).losses(targets, pos_weight=pos_weight, label_smoothing=label_smoothing)


def sigmoid(logits: npt.ArrayLike) -> FloatArray:
    """Compute the probability of each independent outcome from its logit.

    Use it to read predictions, not before a loss that takes logits.

    Formula: ``1/(1 + exp(−x))`` for x ≥ 0, else ``exp(x)/(1 + exp(x))``.

    Shapes: the probabilities have the shape of the logits.

    Raises:
        CepickError: for logits that are not real numbers.

    Source: https://docs.scipy.org/doc/scipy/reference/generated/scipy.special.expit.html

    >>> sigmoid([-float("inf"), -40.0, 0.0])
    array([0.00000000e+00, 4.24835426e-18, 5.00000000e-01])
    """
    return sigmoid_terms(logits).probabilities()

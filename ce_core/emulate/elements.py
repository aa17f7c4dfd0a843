"""Losses of single outcomes: one value for each element of the predictions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ce_core import kernels
from ce_core.emulate import clips
from ce_core.emulate.definition import Definition
from ce_core.emulate.rows import divergence

FloatArray = npt.NDArray[np.float64]
Loss = Callable[[FloatArray, FloatArray, Definition], FloatArray]


def element_losses(predictions: FloatArray, targets: FloatArray, definition: Definition) -> FloatArray:
    """Return the loss of each element, targets as they are handed over."""
    targets = _read(targets, definition)
    smooth = definition.label_smoothing
    if smooth:
        targets = targets * (1 - smooth) + smooth / 2
    with np.errstate(invalid="ignore", over="ignore", under="ignore", divide="ignore"):
        # infinities and NaN are the framework's too
        losses = _LOSSES[definition.loss](predictions, targets, definition)
        if definition.infinities in {"+", "-"}:
            infinite = np.inf if definition.infinities == "+" else -np.inf
            losses = np.where(np.isinf(predictions) & (predictions != infinite), np.nan, losses)
    return losses


def _read(targets: FloatArray, definition: Definition) -> FloatArray:
    if definition.reads == "above_zero":
        return (targets > 0).astype(np.float64)
    if definition.reads == "above_half":
        return (targets > 0.5).astype(np.float64)
    if definition.labels is not None and definition.loss in {"hinge", "binary_cross_entropy", "brier"}:
        positive = targets == definition.labels[-1]
        return np.where(positive, 1.0, -1.0 if definition.loss == "hinge" else 0.0)
    return 2.0 * targets - 1.0 if definition.zero_one else targets


def _costs(predictions: FloatArray, definition: Definition) -> tuple[FloatArray, FloatArray]:
    """Return what the positive and the negative outcome would cost."""
    if definition.given == "logits" and definition.clip == "none":
        return np.logaddexp(0.0, -predictions), np.logaddexp(0.0, predictions)
    given = kernels.sigmoid(predictions) if definition.given == "logits" else predictions
    return clips.costs(given, definition.clip, definition.clip_epsilon, definition.dtype)


def _times(weights: FloatArray, costs: FloatArray, definition: Definition) -> FloatArray:
    products = np.asarray(weights * costs)
    if definition.infinities != "exact":
        return products
    return np.where((weights == 0) & np.isnan(products) & ~np.isnan(costs), 0.0, products)


def _cross_entropy(x: FloatArray, y: FloatArray, definition: Definition) -> FloatArray:
    if definition.form == "signed":
        if definition.options.get("exponentiates"):
            return np.asarray(np.log1p(np.exp((-y * x).astype(definition.dtype)).astype(np.float64)))
        return np.asarray(np.logaddexp(0.0, -y * x))
    true, false = _costs(x, definition)
    positive = y if definition.pos_weight is None else y * definition.pos_weight
    return _times(positive, true, definition) + _times(1.0 - y, false, definition)


def _focal(x: FloatArray, y: FloatArray, definition: Definition) -> FloatArray:
    options = definition.options
    losses = _cross_entropy(x, y, definition)
    if definition.given == "logits":
        likely, unlikely = kernels.sigmoid(x), kernels.sigmoid(-x)
    else:
        likely, unlikely = x, 1.0 - x
    wrong = likely * (1.0 - y) + unlikely * y
    if options.get("in_logarithms"):
        wrong = np.where(wrong < 0.0, np.nan, wrong)
    losses = np.power(wrong, options.get("gamma", 2.0)) * losses
    alpha = options.get("alpha")
    if alpha is None or options.get("balance") is False:
        return np.asarray(losses)
    return np.asarray((alpha * y + (1.0 - alpha) * (1.0 - y)) * losses)


def _hinge(x: FloatArray, y: FloatArray, definition: Definition) -> FloatArray:
    return np.asarray(np.maximum(definition.options.get("margin", 1.0) - y * x, 0.0))


def _squared_hinge(x: FloatArray, y: FloatArray, definition: Definition) -> FloatArray:
    return np.square(_hinge(x, y, definition))


def _squared_error(x: FloatArray, y: FloatArray, definition: Definition) -> FloatArray:
    return np.square(x - y)


def _brier(x: FloatArray, y: FloatArray, definition: Definition) -> FloatArray:
    given = kernels.sigmoid(x) if definition.given == "logits" else x
    halves = 1.0 if definition.options.get("half", "auto") in {"auto", True} else 2.0
    return np.asarray(halves * np.square(given - y))


def _perceptron(x: FloatArray, y: FloatArray, definition: Definition) -> FloatArray:
    return np.maximum(-y * x, 0.0)


def _sparsemax(x: FloatArray, y: FloatArray, definition: Definition) -> FloatArray:
    """Return the binary sparsemax loss; every label but 0 is positive, as in optax."""
    wrong = np.where(y != 0.0, -x, x)
    inner = np.where(wrong <= -1.0, 0.0, np.square(wrong + 1.0) / 4.0)
    return np.where(wrong >= 1.0, wrong, inner)


_LOSSES: dict[str, Loss] = {
    "binary_cross_entropy": _cross_entropy,
    "sigmoid_cross_entropy": _cross_entropy,
    "weighted_sigmoid_cross_entropy": _cross_entropy,
    "multilabel_soft_margin": _cross_entropy,
    "sigmoid_focal": _focal,
    "kl_divergence": divergence,
    "hinge": _hinge,
    "squared_hinge": _squared_hinge,
    "mean_squared_error": _squared_error,
    "brier": _brier,
    "perceptron": _perceptron,
    "sparsemax": _sparsemax,
}

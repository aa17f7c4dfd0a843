"""The losses of the frameworks' table in plain float64 NumPy, one value per example, and their means."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = dict[str, Any]


def softplus(x: Array) -> Array:
    return np.logaddexp(0.0, x)


def log_softmax(x: Array) -> Array:
    top = x.max(axis=-1, keepdims=True)
    return x - top - np.log(np.exp(x - top).sum(axis=-1, keepdims=True))


def xlogy(x: Array, y: Array) -> Array:
    return np.multiply(x, np.log(np.where(x == 0, 1.0, y)))


def rows(targets: Array, classes: int) -> Array:
    """Return index targets as one-hot rows, and rows as they are."""
    return np.eye(classes)[targets] if targets.dtype.kind in "iu" and targets.ndim == 1 else targets


def _sigmoid(x: Array) -> Array:
    return np.exp(-softplus(-x))


def _binary_logits(a: Arrays) -> Array:
    if a["targets"].min() < 0:
        return softplus(-a["targets"] * a["logits"])
    if a["logits"].ndim == 2 and a["targets"].ndim == 1:
        return _binary_logits({**a, "targets": rows(a["targets"], a["logits"].shape[-1])})
    return a["targets"] * softplus(-a["logits"]) + (1 - a["targets"]) * softplus(a["logits"])


def _weighted(a: Arrays) -> Array:
    positive = a["pos_weight"] * a["targets"] * softplus(-a["logits"])
    return positive + (1 - a["targets"]) * softplus(a["logits"])


def _binary(a: Arrays) -> Array:
    epsilon = a.get("added_epsilon", 0.0)
    p, y = a["probabilities"] + epsilon, a["targets"]
    return -(xlogy(y, p) + xlogy(1 - y, 1 + 2 * epsilon - p))


def _logits(a: Arrays) -> Array:
    return -(rows(a["targets"], a["logits"].shape[-1]) * log_softmax(a["logits"])).sum(axis=-1)


def _probabilities(a: Arrays) -> Array:
    return -xlogy(rows(a["targets"], a["probabilities"].shape[-1]), a["probabilities"]).sum(axis=-1)


def _nll(a: Arrays) -> Array:
    return -(rows(a["targets"], a["log_probabilities"].shape[-1]) * a["log_probabilities"]).sum(axis=-1)


def _linear(a: Arrays) -> Array:
    return _logits({"logits": a["features"] @ a["head"].T + a["bias"], "targets": a["targets"]})


def _sigmoid_focal(a: Arrays) -> Array:
    return np.abs(a["targets"] - _sigmoid(a["logits"])) ** 2 * _binary_logits(a)


def _softmax_focal(a: Arrays) -> Array:
    loss = _logits(a)
    return (-np.expm1(-loss)) ** 2 * loss


def _kl(a: Arrays) -> Array:
    return (xlogy(a["targets"], a["targets"]) - a["targets"] * log_softmax(a["logits"])).sum(axis=-1)


def _brier(a: Arrays) -> Array:
    if a.get("from_logits"):
        a = {**a, "probabilities": _sigmoid(a["logits"])}
    p, y = a["probabilities"], a["targets"]
    return (p - y) ** 2 if p.ndim == 1 else ((p - rows(y, p.shape[-1])) ** 2).sum(axis=-1)


def _signed(targets: Array) -> Array:
    return targets if targets.min() < 0 else 2 * targets - 1


def _hinge(a: Arrays) -> Array:
    return np.maximum(1 - _signed(a["targets"]) * a["scores"], 0)


def _categorical_hinge(a: Arrays) -> Array:
    x, y = a["scores"], rows(a["targets"], a["scores"].shape[-1])
    return np.maximum(0, 1 + np.where(y == 1, -np.inf, x).max(axis=-1) - (x * y).sum(axis=-1))


def _multi_margin(a: Arrays) -> Array:
    x, y = a["scores"], rows(a["targets"], a["scores"].shape[-1])
    return (np.maximum(0, 1 - (x * y).sum(axis=-1, keepdims=True) + x) * (1 - y)).sum(axis=-1) / x.shape[-1]


def _generalized(a: Arrays) -> Array:
    truth = (rows(a["targets"], a["probabilities"].shape[-1]) * a["probabilities"]).sum(axis=-1)
    return (1 - truth**0.5) / 0.5


def _poly1(a: Arrays) -> Array:
    missing = rows(a["targets"], a["logits"].shape[-1]) * (1 - np.exp(log_softmax(a["logits"])))
    return _logits(a) + 2 * missing.sum(axis=-1)


def _perceptron(a: Arrays) -> Array:
    if a["scores"].ndim == 1:
        return np.maximum(0, -a["targets"] * a["scores"])
    return a["scores"].max(axis=-1) - a["scores"][np.arange(len(a["scores"])), a["targets"]]


def _sparsemax(a: Arrays) -> Array:
    """Return the Fenchel-Young loss, at the simplex's nearest point to the logits, found by sorting."""
    if a["logits"].ndim == 1:
        margin = (2 * a["targets"] - 1) * a["logits"]
        return np.where(margin <= -1, -margin, np.maximum(0, 1 - margin) ** 2 / 4)
    z = a["logits"]
    ordered = -np.sort(-z, axis=-1)
    sums = np.cumsum(ordered, axis=-1)
    count = np.arange(1, z.shape[-1] + 1)
    support = (1 + count * ordered > sums).sum(axis=-1)
    threshold = (sums[np.arange(len(z)), support - 1] - 1) / support
    p = np.maximum(0, z - threshold[:, None])
    true = z[np.arange(len(z)), a["targets"]]
    return (p * z).sum(axis=-1) - (p**2).sum(axis=-1) / 2 + 0.5 - true


def _multilabel_margin(a: Arrays) -> Array:
    x, given = a["scores"], a["targets"]
    if given.dtype.kind == "f":
        member = given == 1
    else:
        member = np.zeros(x.shape, dtype=bool)
        for row, labels in enumerate(given):
            stop = np.flatnonzero(labels < 0)
            member[row, labels[: stop[0] if len(stop) else None]] = True
    pairs = np.maximum(0, 1 - x[:, :, None] + x[:, None, :])
    return (pairs * member[:, :, None] * ~member[:, None, :]).sum(axis=(1, 2)) / x.shape[-1]


def _pairwise(a: Arrays) -> Array:
    d = a["predictions"] - a["targets"]
    first, second = np.triu_indices(d.shape[-1], k=1)
    return ((d[:, first] - d[:, second]) ** 2).mean(axis=-1)


def _overlap(a: Arrays, positives: float, negatives: float) -> Array:
    p, y = a["probabilities"], a["targets"]
    both = (p * y).sum()
    false = positives * (p * (1 - y)).sum() + negatives * ((1 - p) * y).sum()
    return np.asarray(1 - both / (both + false + a.get("added_epsilon", 0.0)))


LOSSES = {
    "binary_cross_entropy": _binary,
    "categorical_cross_entropy": _probabilities,
    "sparse_categorical_cross_entropy": _probabilities,
    "sigmoid_cross_entropy": _binary_logits,
    "softmax_cross_entropy": _logits,
    "sparse_softmax_cross_entropy": _logits,
    "nll": _nll,
    "weighted_sigmoid_cross_entropy": _weighted,
    "linear_softmax_cross_entropy": _linear,
    "sigmoid_focal": _sigmoid_focal,
    "softmax_focal": _softmax_focal,
    "kl_divergence": _kl,
    "mean_squared_error": lambda a: (a["predictions"] - a["targets"]) ** 2,
    "brier": _brier,
    "hinge": _hinge,
    "squared_hinge": lambda a: _hinge(a) ** 2,
    "categorical_hinge": _categorical_hinge,
    "multi_margin": _multi_margin,
    "generalized_cross_entropy": _generalized,
    "poly1_cross_entropy": _poly1,
    "perceptron": _perceptron,
    "sparsemax": _sparsemax,
    "multilabel_margin": _multilabel_margin,
    "multilabel_soft_margin": _binary_logits,
    "mean_pairwise_squared_error": _pairwise,
    "dice": lambda a: _overlap(a, 0.5, 0.5),
    "tversky": lambda a: _overlap(a, 0.3, 0.7),
}

ONE_HOT_LOSSES = {
    "sparse_categorical_cross_entropy",
    "sparse_softmax_cross_entropy",
    "linear_softmax_cross_entropy",
}


def smooth(loss: str, arrays: Arrays) -> Array:
    """Return the smoothed targets: ε/2 for losses per outcome, ε/K for losses over classes."""
    epsilon = arrays["label_smoothing"]
    targets = arrays["targets"]
    if loss in {"binary_cross_entropy", "sigmoid_cross_entropy", "weighted_sigmoid_cross_entropy"}:
        return targets * (1 - epsilon) + epsilon / 2
    classes = arrays["head"].shape[0] if loss == "linear_softmax_cross_entropy" else arrays["classes"]
    return rows(targets, classes) * (1 - epsilon) + epsilon / classes


def d2(loss: str, arrays: Arrays) -> float:
    """Return 1 less the loss divided by that of saying the frequencies of the targets."""
    classes = arrays["probabilities"].shape[-1]
    if arrays["probabilities"].ndim == 1:
        reference = np.full_like(arrays["probabilities"], arrays["targets"].mean())
    else:
        reference = np.tile(rows(arrays["targets"], classes).mean(axis=0), (len(arrays["targets"]), 1))
    found = LOSSES[loss](arrays).mean()
    return float(1 - found / LOSSES[loss]({**arrays, "probabilities": reference}).mean())


def exact(loss: str, arrays: Arrays, modifier: str | None, divides_by: str | None) -> float:
    """Return the exact mean loss under a modifier, divided by what the row says.

    Each modifier fixes the weight of every example; the divisor's name says which count or sum is meant.
    """
    given = dict(arrays)
    if modifier == "label_smoothing":
        given["targets"] = smooth(loss, arrays)
    if modifier == "ignore_index":
        given["targets"] = np.where(arrays["targets"] == arrays["ignore_index"], 0, arrays["targets"])
    if modifier == "tokens":
        for name in ("logits", "log_probabilities"):
            given[name] = arrays[name].reshape(-1, arrays[name].shape[-1])
        index = arrays["targets"].dtype.kind in "iu"
        given["targets"] = (
            arrays["targets"].ravel() if index else arrays["targets"].reshape(-1, arrays["targets"].shape[-1])
        )
    function = LOSSES["weighted_sigmoid_cross_entropy" if modifier == "pos_weight" else loss]
    losses = function(given)
    if divides_by is None:
        return float(losses)
    per_label = losses.ndim == 2
    weights = np.ones(len(losses))
    if modifier == "class_weights":
        if per_label:
            losses = losses * arrays["class_weights"]
        elif loss in {"binary_cross_entropy", "sigmoid_cross_entropy"}:
            weights = arrays["class_weights"][given["targets"].astype(int)]
        else:
            classes = len(arrays["class_weights"])
            weights = rows(given["targets"], classes) @ arrays["class_weights"]
    if modifier == "sample_weights":
        weights = arrays["sample_weights"]
    if modifier == "mask":
        weights = arrays["mask"].astype(float)
    if modifier == "ignore_index":
        weights = (arrays["targets"] != arrays["ignore_index"]).astype(float)
    if per_label:
        losses = losses.mean(axis=-1)
    divisor = {
        "batch": len(losses),
        "elements": len(losses),
        "weights": weights.sum(),
        "valid": weights.sum(),
        "nonzero_weights": np.count_nonzero(weights),
    }[divides_by]
    return float((weights * losses).sum() / divisor)

"""Losses of exclusive classes: what each class would cost, and how much of each cost an example bears."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core import kernels
from ce_core.emulate import clips
from ce_core.emulate.definition import Definition

FloatArray = npt.NDArray[np.float64]
AnyArray = npt.NDArray[Any]

LINEAR = frozenset(
    {
        "softmax_cross_entropy",
        "sparse_softmax_cross_entropy",
        "categorical_cross_entropy",
        "sparse_categorical_cross_entropy",
        "linear_softmax_cross_entropy",
        "nll",
        "softmax_focal",
        "poly1_cross_entropy",
        "generalized_cross_entropy",
    }
)
"""Losses that are Σ_j y_j·cost_j: a class's cost does not depend on the targets."""


def class_costs(predictions: FloatArray, definition: Definition) -> FloatArray:
    """Return what each class would cost if it were the true one, of the predictions' shape [..., K]."""
    if definition.loss == "nll":
        return np.asarray(0.0 - predictions)
    probabilities, costs = _costs(predictions, definition)
    options = definition.options
    with np.errstate(invalid="ignore", over="ignore", under="ignore", divide="ignore"):
        # infinities and NaN are the framework's too
        if definition.loss == "softmax_focal":
            wrong = 1.0 - probabilities if definition.clip != "none" else -np.expm1(-costs)
            return np.asarray(np.power(wrong, options.get("gamma", 2.0)) * costs)
        if definition.loss == "poly1_cross_entropy":
            return np.asarray(costs - options.get("epsilon", 1.0) * np.expm1(-costs))
        if definition.loss == "generalized_cross_entropy":
            power = options.get("q", 0.5)
            return np.asarray((1.0 - np.power(probabilities, power)) / power)
    return costs


def _costs(predictions: FloatArray, definition: Definition) -> tuple[FloatArray, FloatArray]:
    """Return the probabilities, clipped where the definition clips, and their −log."""
    if "lowest" in definition.options:
        top = predictions.max(axis=-1, keepdims=True)
        predictions = np.maximum(predictions, top - definition.options["lowest"])
    if definition.given == "logits" and definition.clip == "none":
        logs = kernels.log_softmax(predictions)
        if definition.infinities == "logsumexp":
            infinite = np.isposinf(predictions)
            beside = infinite.any(axis=-1, keepdims=True) & ~np.isnan(predictions).any(axis=-1, keepdims=True)
            logs = np.where(beside & ~infinite, -np.inf, logs)
        with np.errstate(under="ignore"):
            return np.exp(logs), np.asarray(0.0 - logs)
    dtype = definition.dtype
    given = kernels.softmax(predictions) if definition.given == "logits" else predictions
    values = given.astype(dtype)
    if definition.renormalise and definition.clip != "keras_clip_then_softmax":
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # a row of zeros has no share
            values = values / values.sum(axis=-1, keepdims=True, dtype=dtype)
    wide = values.astype(np.float64)
    one, _ = clips.costs(wide, definition.clip, definition.clip_epsilon, dtype)
    if definition.renormalise and definition.clip == "keras_clip_then_softmax":
        one = np.asarray(0.0 - kernels.log_softmax(-one))
    with np.errstate(under="ignore"):
        return (wide if definition.clip == "none" else np.exp(-one)), one


def of_index(costs: FloatArray, labels: AnyArray, definition: Definition) -> tuple[FloatArray, FloatArray]:
    """Return the weighted loss of each label's example, label smoothing within, and the weight in the divisor."""
    own = np.take_along_axis(costs, labels[..., None], axis=-1)[..., 0]
    weights = definition.class_weights
    ones = np.ones(labels.shape)
    weight = ones if weights is None else np.broadcast_to(weights, costs.shape[-1:])[labels]
    smooth, classes = definition.label_smoothing, costs.shape[-1]
    if smooth and weights is not None and definition.options.get("smooths_first"):
        weight = (1 - smooth) * weight + smooth * np.broadcast_to(weights, classes).mean()
    with np.errstate(invalid="ignore", over="ignore"):  # 0·∞ is NaN in the frameworks too
        if not smooth:
            return _times(weight, own, definition), weight
        if definition.smoothing == "torch_weighted":
            spread = (costs if weights is None else _times(weights, costs, definition)).sum(axis=-1)
            return np.asarray((1 - smooth) * weight * own + smooth / classes * spread), weight
        if definition.smoothing == "epsilon/(K-1)":
            wrong = costs.sum(axis=-1) - own
            return np.asarray(weight * ((1 - smooth) * own + smooth / max(1, classes - 1) * wrong)), weight
        return np.asarray(weight * ((1 - smooth) * own + smooth / classes * costs.sum(axis=-1))), weight


def of_rows(costs: FloatArray, rows: FloatArray, definition: Definition) -> tuple[FloatArray, FloatArray]:
    """Return the weighted loss of each soft or one-hot row, and its weight in the divisor."""
    weights = definition.class_weights
    ones = np.ones(rows.shape[:-1])
    smooth, classes = definition.label_smoothing, costs.shape[-1]
    shares = rows * (1 - smooth) + smooth / classes if smooth else rows
    weighed = shares if definition.options.get("smooths_first") else rows
    weight = ones if weights is None else np.asarray((weighed * weights).sum(axis=-1))
    terms = _times(shares, costs, definition)
    with np.errstate(invalid="ignore", over="ignore"):  # as above
        if weights is not None and definition.class_terms:
            return np.asarray(_times(weights, terms, definition).sum(axis=-1)), weight
        return _times(weight, np.asarray(terms.sum(axis=-1)), definition), weight


def divergence(predictions: FloatArray, targets: FloatArray, definition: Definition) -> FloatArray:
    """Return the terms of the Kullback-Leibler divergence, one for each class."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):  # log 0, 0·∞
        if definition.clip == "keras_clip_both":
            one = clips.clipped(targets.astype(definition.dtype), definition.clip_epsilon, top=1.0)
            other = clips.clipped(predictions.astype(definition.dtype), definition.clip_epsilon, top=1.0)
            ratio = (one / other).astype(np.float64)
            return np.asarray(one.astype(np.float64) * np.log(ratio))
        logs = predictions
        if definition.given != "log_probabilities":
            logs = kernels.log_softmax(predictions) if definition.given == "logits" else np.log(predictions)
        if definition.options.get("log_targets"):
            return _times(np.exp(targets), np.asarray(targets - logs), definition)
        added = definition.clip_epsilon if definition.clip == "mxnet_1e-12" else 0.0
        entropy = np.where(targets == 0, 0.0, targets * np.log(np.where(targets == 0, 1.0, targets + added)))
        terms = np.asarray(entropy - _times(targets, logs, definition))
        return terms + np.exp(logs) - targets if definition.options.get("any_sum") else terms


def _times(weights: FloatArray, costs: FloatArray, definition: Definition) -> FloatArray:
    """Return the product, where 0·∞ is 0 if the definition is exact, and NaN if a framework multiplies it out."""
    with np.errstate(invalid="ignore", over="ignore"):
        products = np.asarray(weights * costs)
    if definition.infinities != "exact":
        return products
    return np.where((weights == 0) & np.isnan(products) & ~np.isnan(costs), 0.0, products)

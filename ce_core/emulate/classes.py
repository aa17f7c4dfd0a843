"""Losses of exclusive classes: one value for each example, labels read as the framework reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core import kernels
from ce_core.emulate import rows
from ce_core.emulate.definition import Definition

FloatArray = npt.NDArray[np.float64]
AnyArray = npt.NDArray[Any]
Boolean = npt.NDArray[np.bool_]


def class_losses(
    predictions: FloatArray, targets: AnyArray, definition: Definition
) -> tuple[FloatArray, FloatArray, Boolean]:
    """Return the weighted loss, the weight in the divisor and whether it counts, of each example."""
    if definition.form == "index":
        return _of_labels(predictions, targets, definition)
    if definition.form == "index_lists":
        return _plain(_multilabel_margin(predictions, targets, definition))
    given = targets.astype(np.float64)
    if definition.loss in rows.LINEAR:
        loss, weight = rows.of_rows(rows.class_costs(predictions, definition), given, definition)
        return loss, weight, np.ones(loss.shape, dtype=bool)
    with np.errstate(invalid="ignore", over="ignore"):  # infinities and NaN are the framework's too
        return _plain(_OF_ROWS[definition.loss](predictions, given, definition))


def _of_labels(
    predictions: FloatArray, targets: AnyArray, definition: Definition
) -> tuple[FloatArray, FloatArray, Boolean]:
    classes = predictions.shape[-1]
    counted = np.ones(targets.shape, dtype=bool)
    if definition.ignore_index is not None:
        counted = np.asarray(targets != definition.ignore_index)
    labels, outside = read_labels(targets, counted, classes, definition)
    if definition.out_of_range == "left out":
        counted &= ~outside
    if definition.loss in rows.LINEAR:
        loss, weight = rows.of_index(rows.class_costs(predictions, definition), labels, definition)
    else:
        with np.errstate(invalid="ignore", over="ignore"):  # as above
            hot = np.where(outside[..., None], 0.0, np.eye(classes)[labels])
            loss, weight, _ = _plain(_OF_ROWS[definition.loss](predictions, hot, definition))
    if definition.out_of_range in {"nan", "wraps", "error", "clipped"}:
        loss = np.where(outside, np.nan, loss)
    if definition.out_of_range == "zero":
        lost = (
            1.0 / definition.options.get("q", 0.5) if definition.loss == "generalized_cross_entropy" else 0.0
        )
        loss = np.where(outside, lost, loss)
    return np.where(counted, loss, 0.0), np.where(counted, weight, 0.0), counted


def read_labels(
    targets: AnyArray, counted: Boolean, classes: int, definition: Definition
) -> tuple[npt.NDArray[np.intp], Boolean]:
    """Return each label as a class that exists, and which ones were out of range and are only placeholders."""
    if definition.labels is not None:
        order = np.sort(definition.labels)
        found = np.searchsorted(order, targets)
        labels = np.minimum(found, len(order) - 1)
        return labels, np.asarray(order[labels] != targets)
    finite = (
        np.nan_to_num(targets, nan=-1e9, posinf=1e9, neginf=-1e9) if targets.dtype.kind == "f" else targets
    )
    labels = np.where(counted, finite, 0).astype(np.intp)
    if definition.reads == "negative_is_first":
        labels = np.maximum(labels, 0)
    if definition.out_of_range in {"wraps", "wraps_or_error", "wraps_then_clipped"}:
        labels = np.where((labels < 0) & (labels >= -classes), labels + classes, labels)
    if definition.out_of_range in {"clipped", "wraps_then_clipped"}:
        labels = np.clip(labels, 0, classes - 1)
    outside = (labels < 0) | (labels >= classes)
    return np.where(outside, 0, labels), np.asarray(outside)


def _plain(losses: FloatArray) -> tuple[FloatArray, FloatArray, Boolean]:
    return losses, np.ones(losses.shape), np.ones(losses.shape, dtype=bool)


def _divergence(x: FloatArray, rows_: FloatArray, definition: Definition) -> FloatArray:
    terms = rows.divergence(x, rows_, definition)
    return np.asarray(terms.mean(axis=-1) if definition.inner == "mean" else terms.sum(axis=-1))


def _brier(x: FloatArray, rows_: FloatArray, definition: Definition) -> FloatArray:
    given = kernels.softmax(x) if definition.given == "logits" else x
    half = definition.options.get("half", "auto")
    halves = 0.5 if half is True or (half == "auto" and x.shape[-1] < 3) else 1.0
    return np.asarray(halves * np.square(given - rows_).sum(axis=-1))


def _categorical_hinge(x: FloatArray, rows_: FloatArray, definition: Definition) -> FloatArray:
    own = (rows_ * x).sum(axis=-1)
    if definition.reads == "true_class_costs_zero":
        return np.asarray(np.maximum(((1.0 - rows_) * x).max(axis=-1) - own + 1.0, 0.0))
    if definition.reads == "one_hot":
        return np.asarray((x + 1.0 - rows_).max(axis=-1) - own)
    wrong = np.where(rows_ == 1, -np.inf, x).max(axis=-1)
    return np.asarray(np.maximum(wrong - own + 1.0, 0.0))


def _perceptron(x: FloatArray, rows_: FloatArray, definition: Definition) -> FloatArray:
    return np.asarray(x.max(axis=-1) - (rows_ * x).sum(axis=-1))


def _multi_margin(x: FloatArray, rows_: FloatArray, definition: Definition) -> FloatArray:
    options = definition.options
    own = np.where(rows_ == 1, x, 0.0).sum(axis=-1, keepdims=True)
    short: FloatArray = _above_zero(options.get("margin", 1.0) - own + x, definition) ** options.get("p", 1)
    if definition.class_weights is not None:
        short = short * (rows_ * definition.class_weights).sum(axis=-1, keepdims=True)
    return np.asarray(np.where(rows_ == 1, 0.0, short).sum(axis=-1) / x.shape[-1])


def _multilabel_margin(x: FloatArray, lists: AnyArray, definition: Definition) -> FloatArray:
    """Return the multi-label margin loss, list by list; what follows the first −1 is not read."""
    if not definition.options.get("skips_nan") or not np.isnan(x).any():
        return kernels.multilabel_margin(x, lists)
    losses = np.zeros(len(x))
    for row, (scores, labels) in enumerate(zip(x, lists, strict=True)):
        ends = np.flatnonzero(labels < 0)
        listed = labels[: ends[0]] if len(ends) else labels
        wrong = np.delete(scores, listed)
        losses[row] = sum(
            float(_above_zero(1.0 - scores[label] + wrong, definition).sum()) for label in listed
        )
    return np.asarray(losses / x.shape[-1])


def _above_zero(values: FloatArray, definition: Definition) -> FloatArray:
    above = np.maximum(values, 0.0)
    return np.where(np.isnan(above), 0.0, above) if definition.options.get("skips_nan") else above


def _sparsemax(x: FloatArray, rows_: FloatArray, definition: Definition) -> FloatArray:
    return kernels.sparsemax(x, rows_)


_OF_ROWS: dict[str, Callable[[FloatArray, FloatArray, Definition], FloatArray]] = {
    "kl_divergence": _divergence,
    "brier": _brier,
    "categorical_hinge": _categorical_hinge,
    "perceptron": _perceptron,
    "multi_margin": _multi_margin,
    "sparsemax": _sparsemax,
}

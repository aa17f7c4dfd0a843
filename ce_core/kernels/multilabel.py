"""Margin losses of examples that may have several labels: one loss for each example."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels import _labels, _options, _shapes, _stable
from ce_core.kernels._shapes import AnyArray, FloatArray, IndexArray
from ce_core.kernels.sigmoid_losses import sigmoid_cross_entropy

if TYPE_CHECKING:
    import numpy.typing as npt


def multilabel_margin(
    scores: npt.ArrayLike, targets: npt.ArrayLike, *, encoding: str = "index", axis: int = -1
) -> FloatArray:
    """Compute the multi-label margin loss: every true label must beat every other one by 1.

    Use it where several labels may be true and only their order above the others matters. With ``encoding``
    ``index``, torch's, an example's targets are the list of its true labels up to the first −1; what comes
    after it is not read. A label that is listed twice counts twice. With ``multi_hot`` they are rows of 0
    and 1.

    Formula: ``Σ_{j true} Σ_{i not true} max(0, 1 − x_j + x_i) / K``.

    Shapes: scores of any rank with the K labels on ``axis``; the targets have the same shape, or, as lists,
    any length on that axis; the losses lack it.

    Raises:
        CepickError: for list entries that are fractional or outside [−1, K), rows of other values than 0 and
            1, shapes that do not pair, or another encoding.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html

    >>> multilabel_margin([[0.1, 0.2, 0.4, 0.8]], [[3, 0, -1, 1]])
    array([0.85])
    >>> multilabel_margin([[0.1, 0.2, 0.4, 0.8]], [[1, 0, 0, 1]], encoding="multi_hot")
    array([0.85])
    """
    listed = _options.choice(encoding, "encoding", ("index", "multi_hot")) == "index"
    values = _shapes.real_array(scores, "scores")
    where = _shapes.class_axis(values.shape, axis, "scores")
    given = _shapes.real_array(targets, "targets")
    classes, left = values.shape[where], _shapes.without_axis(values.shape, where)
    if not listed:
        _shapes.check_same_shape(values.shape, given.shape, "scores", "targets")
    elif given.ndim != values.ndim or _shapes.without_axis(given.shape, where) != left:
        raise CepickError(
            f"targets: shape {given.shape} does not fit scores of shape {values.shape}; give a list of labels "
            f"for each example on axis {where}, padded with -1",
            code="CE301",
        )
    examples = math.prod(left)
    rows = np.moveaxis(values, where, -1).astype(np.float64).reshape(examples, classes)
    flat = np.moveaxis(
        _labels.padded_labels(given, classes) if listed else _labels.multi_hot(given), where, -1
    ).reshape(examples, given.shape[where])
    lists = _up_to_padding(flat) if listed else _lists_of(flat)
    return _margins(rows, lists).reshape(left)


def multilabel_soft_margin(logits: npt.ArrayLike, targets: npt.ArrayLike, *, axis: int = -1) -> FloatArray:
    """Compute the mean over the labels of the sigmoid cross-entropy of each example.

    Use it to read PyTorch code: it is :func:`ce_core.kernels.sigmoid_cross_entropy`, averaged over the
    labels. Despite its name it has no margin.

    Formula: ``Σ_j [y_j·softplus(−x_j) + (1 − y_j)·softplus(x_j)] / K``.

    Shapes: logits and targets of the same shape, the labels on ``axis``; the losses lack that axis.

    Units: nats for each label.

    Raises:
        CepickError: for shapes that differ, or arrays that are not real numbers.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html

    >>> multilabel_soft_margin([[2.0, 0.0, -1.0]], [[1, 0, 1]])
    array([0.71111229])
    """
    values = _shapes.real_array(logits, "logits")
    where = _shapes.class_axis(values.shape, axis, "logits")
    costs, place = _shapes.classes_together(sigmoid_cross_entropy(values, targets), where)
    with np.errstate(invalid="ignore", over="ignore"):  # as in _stable.add
        return np.asarray(costs.sum(axis=place) / values.shape[where])


def _up_to_padding(lists: AnyArray) -> IndexArray:
    """Return the lists with −1 from the first −1 on."""
    return np.where(np.logical_and.accumulate(lists >= 0, axis=1), lists, -1)


def _lists_of(true: AnyArray) -> IndexArray:
    """Return the list of each row's true labels, padded with −1."""
    order = np.argsort(~true, axis=1, kind="stable")
    return np.where(np.arange(true.shape[1]) < true.sum(axis=1, keepdims=True), order, -1)


def _margins(rows: FloatArray, lists: IndexArray) -> FloatArray:
    """Return the loss of each row, label by label of the lists."""
    true = np.zeros((len(rows), rows.shape[1] + 1), dtype=bool)
    np.put_along_axis(true, lists, True, axis=1)  # the padding, −1, marks the extra column
    losses = np.zeros(len(rows))
    for label in lists.T:
        listed = label >= 0
        if not listed.any():
            break
        own = np.take_along_axis(rows, np.maximum(label, 0)[:, None], axis=1)
        costs = np.where(
            true[:, :-1], np.where(np.isnan(own), np.nan, 0.0), _stable.violation(1.0, rows, own)
        )
        with np.errstate(over="ignore"):  # too large is infinite
            losses += np.where(listed, costs.sum(axis=1), 0.0)
    return np.asarray(losses / rows.shape[1])

"""What a reading is judged by, row by row: its loss, and how far its scores go with its targets."""

from __future__ import annotations

from math import log

import numpy as np

from ce_core.compute.sums.dot import by_column, by_row, dot
from ce_core.records import dataclass

Array = np.ndarray

MOST_NATS = 20.0
"""A single score costs no more than so many nats beyond ln K: one row must not decide."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Terms:
    """The two sides of a reading, for each row."""

    losses: Array
    """The cross-entropy from bounded scores, in nats."""
    association: Array
    """(t - mean t)·(s - mean s): above 0 on average where the scores know something of the targets, 0 where not.

    Of targets dealt out anew among the rows its mean is exactly 0, whatever the scores and the class frequencies
    are. So it tells what a loss alone does not: a reading whose loss is lower by the base rates only knows nothing.
    """


def bounded_scores(scores: Array, *, exclusive: bool) -> Array:
    """Return log-probabilities of exclusive classes, or logits of independent ones, none of them out of bounds.

    >>> bounded_scores(np.array([[0.0, -np.inf]]), exclusive=True).round(2)
    array([[  0.  , -20.69]])
    """
    if not exclusive:
        return np.asarray(np.clip(scores, -MOST_NATS, MOST_NATS))
    most = MOST_NATS + log(scores.shape[1])
    top = scores.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", over="ignore"):  # -inf - -inf is mended below; too far off is -inf
        gaps = np.asarray(scores - top)
    low = gaps.min(initial=0.0)
    if low != low:
        gaps[np.isnan(gaps)] = 0.0
    if not low >= -4 * most:
        np.maximum(gaps, -4 * most, out=gaps)
    gaps -= np.log(np.exp(gaps).sum(axis=1, keepdims=True))
    return np.asarray(np.maximum(gaps, -most, out=gaps))


def terms(
    scores: Array,
    targets: Array,
    *,
    exclusive: bool,
    elements: Array | None = None,
    where: Array | None = None,
    without: Array | None = None,
) -> Terms:
    """Return the terms of bounded scores [rows, columns] against class indices [rows] or rows of shares.

    ``where`` says which rows the means are taken over; ``without`` is what `costs` returned, where it is known.

    >>> scores = bounded_scores(np.array([[2.0, 0.0], [0.0, 2.0]]), exclusive=True)
    >>> found = terms(scores, np.array([0, 1]), exclusive=True)
    >>> found.losses.round(4), found.association.round(4)
    (array([0.1269, 0.1269]), array([1., 1.]))
    """
    weight = np.ones(len(scores)) if where is None else where.astype(np.float64)
    total = max(1.0, float(weight.sum()))
    if targets.ndim == 1:
        return _of_labels(scores, targets, weight / total)
    cost = costs(scores, exclusive=exclusive, elements=elements) if without is None else without
    if not exclusive and elements is not None:
        return _of_some_outcomes(scores, targets, elements, weight, cost)
    share = weight / total
    expected, usual = by_column(share, scores), by_column(share, targets)
    together = np.einsum("ik,ik->i", targets, scores)
    association = together - by_row(targets, expected) - by_row(scores, usual) + dot(usual, expected)
    columns = 1 if exclusive else scores.shape[1]
    return Terms(losses=(cost - together) / columns, association=association / columns)


def costs(scores: Array, *, exclusive: bool, elements: Array | None = None) -> Array:
    """Return the part of each row's loss that its targets have no part in, summed over its outcomes."""
    if exclusive:
        return np.zeros(len(scores))
    each = softplus(scores)
    return np.asarray((each if elements is None else elements * each).sum(axis=1))


def _of_labels(scores: Array, labels: Array, share: Array) -> Terms:
    chosen = scores[np.arange(len(scores)), labels]
    expected = by_column(share, scores)
    usual = np.bincount(labels, weights=share, minlength=scores.shape[1])
    association = chosen - expected[labels] - by_row(scores, usual) + dot(usual, expected)
    return Terms(losses=-chosen, association=association)


def _of_some_outcomes(scores: Array, targets: Array, elements: Array, weight: Array, cost: Array) -> Terms:
    counted = np.maximum(by_column(weight, elements), 1.0)
    expected = by_column(weight, elements * scores) / counted
    usual = by_column(weight, elements * targets) / counted
    each = np.maximum(elements.sum(axis=1), 1.0)
    losses = (cost - (elements * targets * scores).sum(axis=1)) / each
    association = (elements * (targets - usual) * (scores - expected)).sum(axis=1) / each
    return Terms(losses=losses, association=association)


def softplus(scores: Array) -> Array:
    """Return log(1 + exp x) of bounded scores."""
    return np.asarray(np.maximum(scores, 0.0) + np.log1p(np.exp(-np.abs(scores))))

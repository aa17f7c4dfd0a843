"""What a reading is judged by, row by row: its loss, and how far its scores go with its targets."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

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
    gaps = np.maximum(np.where(np.isnan(gaps), 0.0, gaps), -4 * most)
    gaps -= np.log(np.exp(gaps).sum(axis=1, keepdims=True))
    return np.asarray(np.maximum(gaps, -most, out=gaps))


def terms(
    scores: Array,
    targets: Array,
    *,
    exclusive: bool,
    elements: Array | None = None,
    where: Array | None = None,
) -> Terms:
    """Return the terms of bounded scores [rows, columns] against class indices [rows] or rows of shares.

    ``where`` says which rows the means are taken over.

    >>> scores = bounded_scores(np.array([[2.0, 0.0], [0.0, 2.0]]), exclusive=True)
    >>> found = terms(scores, np.array([0, 1]), exclusive=True)
    >>> found.losses.round(4), found.association.round(4)
    (array([0.1269, 0.1269]), array([1., 1.]))
    """
    weight = np.ones(len(scores)) if where is None else where.astype(np.float64)
    total = max(1.0, float(weight.sum()))
    if targets.ndim == 1:
        return _of_labels(scores, targets, weight / total)
    if not exclusive and elements is not None:
        return _of_some_outcomes(scores, targets, elements, weight)
    share = weight / total
    expected, usual = share @ scores, share @ targets
    together = np.einsum("ik,ik->i", targets, scores)
    association = together - targets @ expected - scores @ usual + usual @ expected
    if exclusive:
        return Terms(losses=-together, association=association)
    columns = scores.shape[1]
    cost = softplus(scores).sum(axis=1) - together
    return Terms(losses=cost / columns, association=association / columns)


def _of_labels(scores: Array, labels: Array, share: Array) -> Terms:
    chosen = scores[np.arange(len(scores)), labels]
    expected = share @ scores
    usual = np.bincount(labels, weights=share, minlength=scores.shape[1])
    association = chosen - expected[labels] - scores @ usual + usual @ expected
    return Terms(losses=-chosen, association=association)


def _of_some_outcomes(scores: Array, targets: Array, elements: Array, weight: Array) -> Terms:
    counted = np.maximum(weight @ elements, 1.0)
    expected, usual = weight @ (elements * scores) / counted, weight @ (elements * targets) / counted
    each = np.maximum(elements.sum(axis=1), 1.0)
    losses = (elements * (softplus(scores) - targets * scores)).sum(axis=1) / each
    association = (elements * (targets - usual) * (scores - expected)).sum(axis=1) / each
    return Terms(losses=losses, association=association)


def softplus(scores: Array) -> Array:
    """Return log(1 + exp x) of bounded scores."""
    return np.asarray(np.maximum(scores, 0.0) + np.log1p(np.exp(-np.abs(scores))))

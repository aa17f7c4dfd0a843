"""The loss of each row from scores: what every reading of the same sample is compared by."""

from __future__ import annotations

import numpy as np

from ce_core import kernels

Array = np.ndarray

_CERTAIN = 1e300
_CHUNK = 1 << 18
"""How many scores are worked on at a time."""


def scores_of(predictions: Array, outputs: str, *, exclusive: bool) -> Array:
    """Return logits of the probabilities that the predictions stand for: a softmax or sigmoid gives these back.

    >>> scores_of(np.array([[0.5, 0.5]]), "probabilities", exclusive=False)
    array([[0., 0.]])
    """
    if outputs == "logits" or (outputs == "log_probabilities" and exclusive):
        return predictions
    with np.errstate(divide="ignore", invalid="ignore"):  # log 0 = -inf is the score of what cannot be
        if outputs == "log_probabilities":
            return np.asarray(predictions - np.log(-np.expm1(np.minimum(predictions, 0.0))))
        shares = np.clip(predictions, 0.0, 1.0)
        return np.asarray(np.log(shares) if exclusive else np.log(shares) - np.log1p(-shares))


def mean_losses(scores: Array, targets: Array, *, exclusive: bool, elements: Array | None = None) -> Array:
    """Return the cross-entropy of each row in nats: of its class or shares, or the mean over its labels.

    >>> mean_losses(np.array([[0.0, 0.0]]), np.array([1]), exclusive=True).round(4)
    array([0.6931])
    """
    if not len(scores):
        return np.zeros(0)
    step = max(1, _CHUNK // scores.shape[1])
    parts = [
        _losses(
            scores[first : first + step],
            targets[first : first + step],
            exclusive,
            None if elements is None else elements[first : first + step],
        )
        for first in range(0, len(scores), step)
    ]
    return np.concatenate(parts)


def _losses(scores: Array, targets: Array, exclusive: bool, elements: Array | None) -> Array:
    if exclusive and targets.ndim == 1:
        return kernels.sparse_softmax_cross_entropy(scores, targets)
    if exclusive:
        return kernels.softmax_cross_entropy(scores, targets)
    # The kernel takes no logit of +inf, which is the score of a certain outcome: free where it is true.
    each = kernels.sigmoid_cross_entropy(np.clip(scores, -_CERTAIN, _CERTAIN), targets)
    each = np.where(each >= _CERTAIN * 2.0**-60, np.inf, each)
    if elements is None:
        return np.asarray(each.mean(axis=1))
    return np.asarray((each * elements).sum(axis=1) / elements.sum(axis=1))

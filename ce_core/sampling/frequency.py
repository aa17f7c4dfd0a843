"""Whether classes are sorted by falling frequency, as the log-uniform sampler takes for granted."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ce_core.kernels._shapes import FloatArray
from ce_core.sampling.candidates import class_ids


def frequency_sorted(labels: npt.ArrayLike, classes: int) -> float:
    """Return how well the order of the classes follows their falling frequency: 1 fully, −1 the reverse.

    Use it before a log-uniform sampler, whose expected counts are right only for sorted classes. Sorted
    classes of few examples score below 1 by chance; 0 is no order at all.

    Formula: Spearman's rank correlation between the classes, counted down, and their counts, divided by the
    highest that the same counts could reach in any order, so that ties cost nothing.

    Shapes: labels of any shape. Unseen classes have a count of 0.

    Returns NaN when all classes are equally common: every order is sorted then.

    Raises:
        CepickError: for labels outside [0, classes) or fractional.

    Source: Spearman (1904), "The Proof and Measurement of Association between Two Things".

    >>> frequency_sorted([0, 0, 0, 1, 1, 2], 4), frequency_sorted([3, 3, 3, 2, 2, 1], 4)
    (1.0, -1.0)
    """
    ids = class_ids(labels, "labels", classes).reshape(-1)
    counts = np.bincount(ids, minlength=classes)
    ranks = _mean_ranks(counts)
    falling = (classes - 1) / 2 - np.arange(classes)
    best = float(falling @ np.sort(ranks)[::-1])
    return float(falling @ ranks) / best if best else math.nan


def _mean_ranks(counts: npt.NDArray[np.integer]) -> FloatArray:
    """Return the rank of each count around a mean of 0, equal counts sharing theirs."""
    _, which, many = np.unique(counts, return_inverse=True, return_counts=True)
    last = np.cumsum(many)
    return np.asarray((last - (many - 1) / 2 - (len(counts) + 1) / 2)[which])

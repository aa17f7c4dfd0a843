"""Whether the label is among the five classes of the greatest logits."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

_LANES = 8
_MOST = 255
"""So many bytes of 1 are added without overflow."""


def in_top5(values: Array, labels: Array) -> Array:
    """Return whether the label is among the first five classes, the earlier first of equal ones; of NaN never.

    >>> in_top5(np.array([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]] * 2), np.array([0, 1])).tolist()
    [False, True]
    """
    chosen = values[np.arange(len(labels)), labels][:, None]
    found = count_above(values, chosen) < 5
    # Only where more than five classes reach the label's value do ties matter; few rows are left by now.
    near = np.flatnonzero(found)
    rows, mine = values[near], chosen[near]
    with np.errstate(invalid="ignore"):  # NaN is among none
        reach = np.count_nonzero(rows >= mine, axis=1)
    found[near[reach == 0]] = False
    tied = np.flatnonzero(reach > 5)
    if tied.size:
        rows, mine = rows[tied], mine[tied]
        earlier = np.arange(values.shape[1]) < labels[near[tied], None]
        before = np.count_nonzero((rows > mine) | ((rows == mine) & earlier), axis=1)
        found[near[tied]] = before < 5
    return found


def count_above(values: Array, bounds: Array) -> Array:
    """Return how many of each row [rows, columns] are above the row's bound, [rows, 1]; NaN never is.

    Eight answers are added at a time, as the bytes of one number.

    >>> count_above(np.array([[1.0, 3.0, 2.0], [0.0, np.nan, 5.0]]), np.array([[1.5], [9.0]])).tolist()
    [2, 0]
    """
    rows, columns = values.shape
    width = -(-columns // _LANES) * _LANES
    above = np.empty((rows, width), dtype=bool)
    above[:, columns:] = False
    with np.errstate(invalid="ignore"):  # as said
        np.greater(values, bounds, out=above[:, :columns])
    words = above.view(np.uint64)
    counts = np.zeros(rows, dtype=np.intp)
    for start in range(0, words.shape[1], _MOST):
        sums = np.add.reduce(words[:, start : start + _MOST], axis=1)
        counts += sums.view(np.uint8).reshape(rows, _LANES).sum(axis=1, dtype=np.intp)
    return counts

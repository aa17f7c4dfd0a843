"""Whether the label is among the five classes of the greatest logits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

Array = np.ndarray

_LANES = 8
_MOST = 255
"""So many bytes of 1 are added without overflow."""


_FIVE = 5
_FIRST = 256
"""So many columns are looked at first, and then as many as before each time: few rows are left for the last."""


def in_top5(
    values: Array, labels: Array, rows: Array, widened: Callable[[Array], Array] = np.asarray
) -> Array:
    """Return which of some rows have their label among the first five classes, the earlier first of equal ones.

    Of NaN it never is. ``widened`` makes an array of a type that is soon compared.

    >>> in_top5(np.array([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]] * 2), np.array([0, 1]), np.array([0, 1])).tolist()
    [False, True]
    """
    chosen = np.array(widened(values[rows, labels[rows]]))[:, None]  # of its own: room is used again
    above = np.zeros(len(rows), dtype=np.intp)
    left = np.arange(len(rows))
    start, columns = 0, values.shape[1]
    while start < columns:
        stop = min(columns, 2 * start or _FIRST)
        for some in few_at_a_time(left, stop - start):
            above[some] += count_above(widened(values[rows[some], start:stop]), chosen[some])
        left = left[above[left] < _FIVE]
        start = stop
    found = np.zeros(len(rows), dtype=bool)
    for some in few_at_a_time(left, columns):
        found[some] = _first_of_equal(widened(values[rows[some]]), labels[rows[some]])
    return found


def few_at_a_time(rows: Array, columns: int) -> Iterator[Array]:
    """Yield some of the rows at a time, so that what is made of them is small."""
    step = max(1, _AT_A_TIME // columns)
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


_AT_A_TIME = 1 << 18


def _first_of_equal(values: Array, labels: Array) -> Array:
    """Return which rows have their label among the first five, of rows where fewer than five are above it."""
    chosen = values[np.arange(len(labels)), labels][:, None]
    with np.errstate(invalid="ignore"):  # NaN is among none
        reach = np.count_nonzero(values >= chosen, axis=1)
    found = reach > 0
    tied = np.flatnonzero(reach > _FIVE)
    if tied.size:
        rows, mine = values[tied], chosen[tied]
        earlier = np.arange(values.shape[1]) < labels[tied, None]
        before = np.count_nonzero((rows > mine) | ((rows == mine) & earlier), axis=1)
        found[tied] = before < _FIVE
    return np.asarray(found)


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

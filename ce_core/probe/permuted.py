"""Classes in another order than the columns: shifted by one, in the order of their names as text, or any other."""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial, log, sqrt

import numpy as np

from .assignment import assign
from .reading import Reading
from .sample import Sample

Array = np.ndarray

_ALL = 64
"""Up to so many classes all of them may change places; of more, those only that are confused."""
_MOST = 256
_CLEAR = 2.0
"""How many standard errors a change of places must gain on the rows where it is found."""
_FEW_ROWS = 64
_FEW_ORDERS = 120
"""Of few rows and few orders none is held back: the best is tested on all rows, as the best of so many."""


def permuted(sample: Sample) -> Iterator[Reading]:
    """Yield the readings with the classes in another order."""
    if sample.units < 2:
        return
    tried: list[Array] = []
    for name, order in _usual_orders(sample.units):
        if not any(np.array_equal(order, each) for each in tried):
            tried.append(order)
            yield _reading(sample, name, order, None)
    yield from _best_order(sample, tried)


def _usual_orders(units: int) -> Iterator[tuple[str, Array]]:
    """Yield the orders that happen by a mistake of their own: the column that each class stands in."""
    classes = np.arange(units)
    yield "one up", (classes + 1) % units
    yield "one down", (classes - 1) % units
    yield "reversed", classes[::-1].copy()
    if units > 10:
        text = np.argsort(classes.astype(str), kind="stable")
        yield "text columns", np.argsort(text)
        yield "text labels", text


def _reading(sample: Sample, name: str, order: Array, where: Array | None, among: int = 1) -> Reading:
    compact = sample.compact
    if compact.ndim == 1:
        targets = order[compact]
    else:
        targets = np.empty_like(compact)
        targets[:, order] = compact
    return Reading(
        code="CE308",
        name=name,
        targets=targets,
        where=where,
        stands_for=among,
        facts={"order": order},
    )


def _best_order(sample: Sample, tried: list[Array]) -> Iterator[Reading]:
    """Yield the best order, found on one half of the rows, to be tested on the other; or on all where these are few.

    What moves the classes that occur as an order that was tried does is no other.
    """
    few = sample.rows < _FEW_ROWS and factorial(min(sample.units, 12)) <= _FEW_ORDERS
    found_on = np.ones(sample.rows, dtype=bool) if few else _half(sample)
    if found_on.sum() < 2 or sample.units < 3:
        return
    order = (_order_of_labels if sample.compact.ndim == 1 else _order_of_columns)(sample, found_on)
    order = _clear_cycles(sample, order, found_on)
    occurs = _occurring(sample)
    if any((order[occurs] == each[occurs]).all() for each in [np.arange(sample.units), *tried]):
        return
    if few:
        yield _reading(sample, "found", order, None, factorial(sample.units))
    else:
        yield _reading(sample, "found", order, ~found_on)


def _occurring(sample: Sample) -> Array:
    compact = sample.compact
    counts = np.bincount(compact) if compact.ndim == 1 else compact.sum(axis=0)
    return np.flatnonzero(counts > 0)


def _half(sample: Sample) -> Array:
    """Return one half of the rows, with half of the rows of each class where they may be sorted by class.

    Rows that follow each other may be alike, so the halves do not alternate.
    """
    positions, rows = sample.layout.positions, sample.rows
    if len(positions) >= 2:
        items = sample.numbers // int(np.prod(positions[1:]))
        several = len(np.unique(items)) > 1
        return np.asarray(items % 2 == 0) if several else np.arange(rows) < rows // 2
    if sample.compact.ndim == 2:
        return np.arange(rows) < rows // 2
    order = np.argsort(sample.compact, kind="stable")
    labels = sample.compact[order]
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    sizes = np.diff(np.r_[starts, rows])
    rank = np.arange(rows) - np.repeat(starts, sizes)
    # Of an odd number of rows the middle one falls to either side by turns.
    limit = (sizes + np.arange(len(sizes)) % 2) // 2
    half = np.empty(rows, dtype=bool)
    half[order] = rank < np.repeat(limit, sizes)
    return half


def _order_of_labels(sample: Sample, rows: Array) -> Array:
    """Return the column that each class fits best, no two the same: of class indices."""
    labels, units = sample.compact[rows], sample.units
    order = np.argsort(labels, kind="stable")
    labels = labels[order]
    scores = sample.bounded[rows][order]
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    classes, counts = labels[starts], np.diff(np.r_[starts, len(labels)])
    means = np.add.reduceat(scores, starts, axis=0) / counts[:, None] - scores.mean(axis=0)
    at = np.arange(len(classes))
    own = means[at, classes]
    others = means.copy()
    others[at, classes] = -np.inf
    best = others.argmax(axis=1)
    which = np.repeat(at, counts)
    nearer = scores[np.arange(len(labels)), best[which]] - scores[np.arange(len(labels)), labels]
    spread = nearer - (np.bincount(which, weights=nearer) / counts)[which]
    error = np.sqrt((spread @ spread) / max(1, len(labels) - len(classes)) / counts)
    advantage = others[at, best] - own
    confused = advantage > _clear(units) * error
    return _assigned(-means * counts[:, None], classes, best, advantage, confused, units)


def _order_of_columns(sample: Sample, rows: Array) -> Array:
    """Return the column that each class fits best, no two the same: of rows of targets, by their covariances."""
    units = sample.units
    mass = sample.compact[rows].sum(axis=0)
    classes = np.sort(np.argsort(-mass, kind="stable")[:_MOST])
    classes = classes[mass[classes] > 0]
    targets, scores = sample.compact[rows][:, classes], sample.bounded[rows]
    if units > _MOST:
        scores = scores[:, classes]
    means = (targets - targets.mean(axis=0)).T @ (scores - scores.mean(axis=0))
    if units > _MOST:  # the other columns are never a class's own here
        every = np.full((len(classes), units), -np.inf)
        every[:, classes] = means
        means = every
    at = np.arange(len(classes))
    own = means[at, classes]
    others = means.copy()
    others[at, classes] = -np.inf
    best = others.argmax(axis=1)
    advantage = others[at, best] - own
    scores = scores - scores.mean(axis=0)
    column = best if units <= _MOST else np.searchsorted(classes, best)
    own_column = classes if units <= _MOST else at
    parts = (targets - targets.mean(axis=0)) * (scores[:, column] - scores[:, own_column])
    error = np.sqrt(np.einsum("ij,ij->j", parts, parts))
    return _assigned(-means, classes, best, advantage, advantage > _clear(units) * error, units)


def _clear(units: int) -> float:
    """Return how many standard errors the nearest of so many columns must be nearer, if not by chance."""
    return max(_CLEAR, sqrt(2 * log(units)) + 0.5)


def _assigned(
    costs: Array, classes: Array, best: Array, advantage: Array, confused: Array, units: int
) -> Array:
    """Return the order of least cost in which only the confused classes change places, or all where they are few."""
    order = np.arange(units)
    moving = np.ones(len(classes), dtype=bool) if units <= _ALL else confused
    if moving.sum() > _MOST:
        moving &= advantage >= np.sort(advantage[moving])[-_MOST]
    if not moving.any():
        return order
    taken = np.zeros(units, dtype=bool)
    taken[classes] = True
    free = (
        np.arange(units) if units <= _ALL else np.union1d(classes[moving], best[moving][~taken[best[moving]]])
    )
    free = free[~np.isin(free, classes[~moving])]
    found = free[assign(costs[np.ix_(moving, free)])]
    order[classes[moving]] = found
    return _completed(order, classes)


def _completed(order: Array, classes: Array) -> Array:
    """Return an order in which the classes that have no row take the columns that are left."""
    used = np.zeros(len(order), dtype=bool)
    used[order[classes]] = True
    rest = np.ones(len(order), dtype=bool)
    rest[classes] = False
    homeless = np.flatnonzero(rest & used)
    left = np.flatnonzero(~used & ~rest)
    order = order.copy()
    order[homeless] = left
    return order


def _clear_cycles(sample: Sample, order: Array, rows: Array) -> Array:
    """Return an order without the changes of places that chance may have made: each is judged by the rows it moves."""
    units = sample.units
    compact, scores = sample.compact[rows], sample.bounded[rows]
    kept = np.arange(units)
    for cycle in _cycles(order):
        part = np.arange(units)
        part[cycle] = order[cycle]
        if compact.ndim == 1:
            moved = np.flatnonzero(np.isin(compact, cycle))
            labels = compact[moved]
            gain = scores[moved, part[labels]] - scores[moved, labels]
        else:
            gain = (compact[:, cycle] * (scores[:, part[cycle]] - scores[:, cycle])).sum(axis=1)
        if gain.sum() > 0 and gain.sum() ** 2 > _CLEAR**2 * (gain @ gain) * (len(gain) > _FEW_MOVED):
            kept[cycle] = order[cycle]
    return kept


_FEW_MOVED = 8


def _cycles(order: Array) -> Iterator[Array]:
    """Yield the classes that change places among each other.

    >>> [each.tolist() for each in _cycles(np.array([1, 0, 2, 4, 5, 3]))]
    [[0, 1], [3, 4, 5]]
    """
    seen = order == np.arange(len(order))
    for first in np.flatnonzero(~seen):
        if seen[first]:
            continue
        cycle, at = [], int(first)
        while not seen[at]:
            seen[at] = True
            cycle.append(at)
            at = int(order[at])
        yield np.array(cycle)

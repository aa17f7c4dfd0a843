"""The value of every number of a row, joined in every way: arithmetic on the sums of a walk."""

from __future__ import annotations

import numpy as np

from .pieces import FloatArray
from .reductions import Way
from .sums import EXTRA, Fold
from .walk import Walked

Aggregate = FloatArray
"""The value of each number of a row, joined in one way."""


def aggregates(found: tuple[Way, ...], walked: Walked) -> tuple[Aggregate, ...]:
    """Return, for every way, the value of each number of a row."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # nothing left has no mean
        return tuple(_aggregate(way, walked) for way in found)


def _aggregate(way: Way, walked: Walked) -> Aggregate:
    inner = walked.inner
    kind = ("sample" if "sample" in walked.folds else "one") if way.kind == "torch" else way.kind
    fold = walked.folds[kind]
    total = np.asarray(fold.total, dtype=np.float64)
    numbers = total[:-EXTRA]
    if way.reduction == "sum":
        return numbers
    if way.reduction == "items":
        return np.asarray(numbers / walked.items)
    if way.reduction == "batch sums":
        return np.asarray(numbers / -(-walked.items // way.size))
    if way.reduction == "means over all":
        batches = fold.batches.get(way.size * inner)
        if batches is None:
            means = numbers / total[-EXTRA] * -(-walked.items // way.size)
        else:
            means = np.asarray(batches.by_weight)[:-EXTRA]
        return np.asarray(means / total[-EXTRA + 1])
    if way.reduction == "mean":
        return np.asarray(numbers / _divisor(way, walked, fold))
    batches = fold.batches[way.size * inner]
    if way.reduction == "batches":
        by_weight = way.divisor == "weights"
        found = batches.by_weight if by_weight else batches.by_count
        return np.asarray(found)[:-EXTRA] / (batches.weighed if by_weight else batches.counted)
    if not batches.whole:
        return np.full(len(numbers), np.nan)
    if way.reduction == "whole means":
        return np.asarray(np.asarray(batches.whole_by_weight)[:-EXTRA] / batches.whole_weighed)
    full = np.asarray(batches.full)
    return np.asarray(full[:-EXTRA] / full[-EXTRA if way.divisor == "weights" else -EXTRA + 1])


def _divisor(way: Way, walked: Walked, fold: Fold) -> float:
    total = np.asarray(fold.total)
    if way.divisor == "all":
        return float(walked.positions)
    if way.divisor in {"given", "twice"}:
        return float(np.asarray(walked.folds[way.divisor].total)[-EXTRA])
    if way.kind == "torch" and way.divisor == "weights":
        return float(np.asarray(walked.folds["given"].total)[-EXTRA])
    return float(total[{"weights": -EXTRA, "count": -EXTRA + 1, "heavy": -EXTRA + 2}[way.divisor]])

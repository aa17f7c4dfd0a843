"""The reliability table and the sums of the classes, of few classes and without weights."""

from __future__ import annotations

import numpy as np

from ce_core.compute.sums import Bins, ClassSums
from ce_core.compute.sums.calibration import BINS

from .joined import Array, places
from .rows import SoftmaxRows

_SURE = 1 - 1 / BINS + 1e-5
"""A confidence above is in the last bin, however it is rounded."""
_MOSTLY = 2
"""Where at most one in so many rows is another than a sure hit, only those are put in bins one by one."""


def bins_and_classes(
    labels: Array, rows: SoftmaxRows, losses: Array, units: int, *, loss: float, confidence: float
) -> tuple[Bins, ClassSums]:
    """Return the reliability table and the sums of the classes.

    Of a trained model nearly all rows are hits of the last bin, and a table that is always added to in one place is
    slow: their number and their sum are what the other rows leave of the whole. ``loss`` and ``confidence`` are the
    sums over all rows.
    """
    other = rows.confidence <= _SURE
    other |= ~rows.hits
    chosen = np.flatnonzero(other)
    most = _MOSTLY * len(chosen) <= len(labels)
    sure, hits = (rows.confidence[chosen], rows.hits[chosen]) if most else (rows.confidence, rows.hits)
    place = places(sure, BINS)
    sums = np.bincount(place, weights=sure, minlength=BINS).astype(np.float64)  # of no rows it is whole
    place *= 2
    place += hits
    counts = np.bincount(place, minlength=2 * BINS).reshape(BINS, 2).astype(np.float64)
    if most:
        counts[-1, 1] += len(labels) - len(chosen)
        sums[-1] += confidence - float(sure.sum(dtype=np.float64))
    total = counts.sum(axis=1)
    bins = Bins(counts=total, weights=total, confidence=sums, outcome=counts[:, 1])
    return bins, _classes(labels, rows, losses, units, loss)


def _classes(labels: Array, rows: SoftmaxRows, losses: Array, units: int, whole: float) -> ClassSums:
    missed = np.flatnonzero(~rows.hits)
    if rows.sums is not None and units == 2:
        count, second, true = rows.sums.second
        seen, loss = _both(float(len(labels)), count), _both(whole, second)
        probability = _both(rows.sums.true, true)
    else:
        seen = np.bincount(labels, minlength=units).astype(np.float64)
        loss = np.bincount(labels, weights=losses, minlength=units)
        probability = np.bincount(labels, weights=rows.true, minlength=units)
    return ClassSums(
        support=seen,
        seen=seen,
        loss=loss,
        hits=seen - np.bincount(labels[missed], minlength=units),
        probability=probability,
        weighted=seen,
        weighted_seen=np.broadcast_to(np.float64(len(labels)), (units,)),
        positives=seen,
        counted=np.full(1, len(labels)),
    )


def _both(whole: float, second: float) -> Array:
    return np.array([whole - second, second])

"""Whether a reading tells more than the frequencies of the classes do, and enough more to be a model's."""

from __future__ import annotations

import numpy as np

from ce_core.read.significance import LEVEL

from .chance import chance
from .reading import Reading, labels_of
from .sample import Sample

Array = np.ndarray

_TEMPERATURES = tuple(2.0**each for each in range(-3, 12))
_MODEL = 0.4
"""Of what the class frequencies leave open a reading must explain so large a share, to be what a model was made for;"""
_LEAST = 0.2
"""or this much,"""
_REGAINED = 0.7
"""where it explains so much more than the arrays do as they stand."""
_RUNS = 0.5
"""Labels are in runs where they change less than half as often as they would in any order."""


def in_runs(sample: Sample) -> bool:
    """Tell whether equal labels follow each other, as in rows sorted by class: then rows may be alike unseen."""
    if len(sample.layout.positions) >= 2:
        return False
    labels = sample.compact
    if labels.ndim == 1:
        shares = np.bincount(labels) / len(labels)
        return bool((labels[1:] != labels[:-1]).mean() < _RUNS * (1 - float(shares @ shares)))
    usual = labels.mean(axis=0)
    spread = 2 * float(((labels - usual) ** 2).mean())
    return float(((labels[1:] - labels[:-1]) ** 2).mean()) < _RUNS * spread


def tells_more(sample: Sample, reading: Reading) -> bool:
    """Tell whether a reading beats the class frequencies significantly, at the temperature that is best for it."""
    scores = sample.bounded if reading.scores is None else reading.scores
    targets = sample.compact if reading.targets is None else reading.targets
    kept = np.ones(sample.rows, dtype=bool) if reading.where is None else reading.where
    most = np.float64(1e300)
    scores = np.clip(scores, -most, most)
    best = min((sample.losses_of(scores / each, targets)[kept] for each in _TEMPERATURES), key=np.mean)
    gain = _of_frequencies(sample, targets, kept) - best
    labels = labels_of(sample, reading)
    return bool(chance(sample, gain, np.flatnonzero(kept), labels) < LEVEL)


def makes_a_model(sample: Sample, reading: Reading, now: Array, other: Array) -> bool:
    """Tell whether the rows that a reading moves are those of a useful model, once they are so read.

    An untrained network tells classes apart in some order of its own, so that another order, or the opposite sign,
    fits better and is no chance. It explains little all the same: its D² against the class frequencies stays low.

    now, other: the losses of all rows as the arrays stand, and as the reading has them.
    """
    kept = np.ones(sample.rows, dtype=bool) if reading.where is None else reading.where
    moved = kept & (now != other)
    if not moved.any():
        return False
    targets = sample.compact if reading.targets is None else reading.targets
    every = np.ones(sample.rows, dtype=bool)
    before = _explained(sample, sample.compact, now, every, moved)
    after = _explained(sample, targets, other, every, moved)
    return after >= _MODEL or (after >= _LEAST and after - before >= _REGAINED)


def _explained(sample: Sample, targets: Array, losses: Array, every: Array, moved: Array) -> float:
    """Return D² of some rows: the share of what the class frequencies leave open that the predictions explain."""
    open_ = float(_of_frequencies(sample, targets, every)[moved].mean())
    least = float(_own_entropy(sample, targets)[moved].mean())
    known = open_ - least
    return (open_ - float(losses[moved].mean())) / known if known > 0 else 0.0


def _own_entropy(sample: Sample, targets: Array) -> Array:
    """Return the entropy of each row of targets, below which no loss of it is; 0 of certain ones."""
    if targets.ndim == 1:
        return np.zeros(len(targets))
    shares = np.clip(targets, 0.0, 1.0)
    inner = np.where(shares > 0, -shares * np.log(np.where(shares > 0, shares, 1.0)), 0.0)
    if sample.exclusive:
        return np.asarray(inner.sum(axis=1))
    rest = 1 - shares
    outer = np.where(rest > 0, -rest * np.log(np.where(rest > 0, rest, 1.0)), 0.0)
    return np.asarray((inner + outer).mean(axis=1))


def _of_frequencies(sample: Sample, targets: Array, kept: Array) -> Array:
    """Return the loss of each row under the frequencies in the other rows."""
    count, targets = int(kept.sum()), targets[kept]
    if targets.ndim == 1:
        others = np.bincount(targets, minlength=sample.units)[targets] - 1.0
        return np.asarray(-np.log(np.maximum(others, 0.5) / max(1, count - 1)))
    shares = (targets.sum(axis=0) - targets + 0.5) / count
    with np.errstate(divide="ignore"):
        if sample.exclusive:
            return np.asarray(-(targets * np.log(shares)).sum(axis=1))
        shares = np.minimum(shares, 1 - 0.5 / count)
        return np.asarray(-(targets * np.log(shares) + (1 - targets) * np.log1p(-shares)).mean(axis=1))

"""Whether a reading tells more than the frequencies of the classes do."""

from __future__ import annotations

import numpy as np

from ce_core.read.significance import LEVEL

from .chance import chance
from .reading import Reading, labels_of
from .sample import Sample

Array = np.ndarray

_TEMPERATURES = tuple(2.0**each for each in range(-3, 12))
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

"""Telling the outputs of a sigmoid from small logits, both in [0, 1], by which reading fits the targets."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from ce_core import kernels

from .significance import LEVEL, Paired, paired, student_tail

_CLIP = 1e-7


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The losses of the same values read as logits and as probabilities."""

    losses: Paired
    """Read as logits, against read as probabilities."""
    unrelated: float
    """The chance that values which know nothing of the targets go with them this well."""

    def probabilities(self) -> bool:
        """Tell whether the values are significantly better probabilities than logits.

        Rare labels alone make any small numbers look like good probabilities, also the logits of an
        untrained model. So the values must know something of the targets, too.
        """
        return self.losses.lower() and self.unrelated < LEVEL


def readings(values: np.ndarray, targets: np.ndarray) -> Readings:
    """Compare values in [0, 1], read as logits and as probabilities, on targets in [0, 1] of the same shape.

    >>> rng = np.random.default_rng(0)
    >>> targets = rng.integers(0, 2, 200).astype(float)
    >>> readings(0.1 + 0.8 * targets, targets).probabilities()
    True
    >>> readings(rng.uniform(0, 0.1, 200), 0 * targets).probabilities()
    False
    """
    return Readings(
        losses=paired(
            kernels.sigmoid_cross_entropy(values, targets),
            kernels.binary_cross_entropy(values, targets, clip=_CLIP),
        ),
        unrelated=_unrelated(values, targets),
    )


def _unrelated(values: np.ndarray, targets: np.ndarray) -> float:
    """Return the one-sided chance of a correlation at least as large where there is none."""
    count = len(values)
    one, two = values - values.mean(), targets - targets.mean()
    scale = sqrt(float(one @ one) * float(two @ two))
    if count < 3 or scale == 0:
        return 1.0
    correlation = float(one @ two) / scale
    rest = 1 - correlation * correlation
    t = correlation * sqrt((count - 2) / rest) if rest > 0 else inf * correlation
    return max(student_tail(t, count - 2), 0.5 ** min(count, 1000))

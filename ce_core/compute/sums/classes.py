"""Sums for each class or label."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


def _none() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassSums:
    """For each class its support, and the sums over its examples of loss, hits and true probability.

    ``seen`` is the weight behind the loss: the support for exclusive classes, every counted example for labels.
    """

    support: np.ndarray = field(default_factory=_none)
    seen: np.ndarray = field(default_factory=_none)
    loss: np.ndarray = field(default_factory=_none)
    hits: np.ndarray = field(default_factory=_none)
    probability: np.ndarray = field(default_factory=_none)
    weighted: np.ndarray = field(default_factory=_none)
    """The targets' mass under all the weights of the loss, which the best constant answer is made of."""
    weighted_seen: np.ndarray = field(default_factory=_none)
    positives: np.ndarray = field(default_factory=_none)
    """How many examples of some weight a class is true of, whatever they weigh; of soft targets the likeliest."""
    counted: np.ndarray = field(default_factory=_none)
    """How many examples of some weight say whether it is; one number for all exclusive classes."""

    def __add__(self, other: ClassSums) -> ClassSums:
        """Merge with the sums of other examples."""
        if not len(other.support):
            return self
        if not len(self.support):
            return other
        return ClassSums(
            support=self.support + other.support,
            seen=self.seen + other.seen,
            loss=self.loss + other.loss,
            hits=self.hits + other.hits,
            probability=self.probability + other.probability,
            weighted=self.weighted + other.weighted,
            weighted_seen=self.weighted_seen + other.weighted_seen,
            positives=self.positives + other.positives,
            counted=self.counted + other.counted,
        )

"""Sums for each class or label."""

from __future__ import annotations

from dataclasses import field

import numpy as np

from ce_core.records import dataclass


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
        support = self.support + other.support
        return ClassSums(
            support=support,
            seen=support if _same(self, other, "seen") else self.seen + other.seen,
            loss=self.loss + other.loss,
            hits=self.hits + other.hits,
            probability=self.probability + other.probability,
            weighted=support if _same(self, other, "weighted") else self.weighted + other.weighted,
            weighted_seen=_sum(self.weighted_seen, other.weighted_seen),
            positives=support if _same(self, other, "positives") else self.positives + other.positives,
            counted=_sum(self.counted, other.counted),
        )


def _same(one: ClassSums, other: ClassSums, name: str) -> bool:
    """Tell whether a sum is the very array of the support: of a hundred thousand classes one addition is enough."""
    return all(getattr(each, name) is each.support for each in (one, other))


def _sum(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the sum, of two that hold one number again one number."""
    if len(one) > 1 and one.strides == other.strides == (0,):
        return np.broadcast_to(one[0] + other[0], one.shape)
    return np.asarray(one + other)

"""Quantiles of losses: exact while there are few, from a sketch of bounded size beyond."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

EXACT = 1 << 20
"""Up to so many values the quantiles are exact."""
RELATIVE_ERROR = 0.005
_GAMMA = math.log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR))
_SMALLEST = 1e-300


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """The values themselves while they are few, and the counts of a logarithmic histogram beyond.

    Which of the two depends on the number of values alone, so the order of merging does not matter.

    Source: Masson, Rim and Lee 2019, DDSketch: A Fast and Fully-Mergeable Quantile Sketch.

    >>> Spread.of(np.array([3.0, 1.0, 2.0])).quantile(0.5)
    2.0
    """

    count: int = 0
    values: tuple[np.ndarray, ...] = ()
    buckets: Mapping[int, int] = field(default_factory=dict)
    least: float = math.inf
    most: float = -math.inf

    @classmethod
    def of(cls, values: np.ndarray) -> Spread:
        """Return the spread of values that are 0 or more (infinity is one)."""
        if not len(values):
            return cls()
        spread = cls(count=len(values), values=(values,), least=float(values.min()), most=float(values.max()))
        return spread._bounded()

    @property
    def exact(self) -> bool:
        """Tell whether the quantiles are those of the values themselves."""
        return self.count <= EXACT

    def __add__(self, other: Spread) -> Spread:
        """Merge with the spread of other values."""
        buckets = dict(self.buckets)
        for bucket, count in other.buckets.items():
            buckets[bucket] = buckets.get(bucket, 0) + count
        return Spread(
            count=self.count + other.count,
            values=self.values + other.values,
            buckets=buckets,
            least=min(self.least, other.least),
            most=max(self.most, other.most),
        )._bounded()

    def _bounded(self) -> Spread:
        """Return this spread with its values turned into counts once there are too many."""
        if self.count <= EXACT or not self.values:
            return self
        buckets = dict(self.buckets)
        for part in self.values:
            for bucket, count in zip(*np.unique(_bucket(part), return_counts=True), strict=True):
                buckets[int(bucket)] = buckets.get(int(bucket), 0) + int(count)
        return Spread(count=self.count, buckets=buckets, least=self.least, most=self.most)

    def quantile(self, share: float) -> float:
        """Return the least value that is at least as large as this share of the values."""
        if not self.count:
            return math.nan
        rank = max(1, math.ceil(share * self.count))
        if self.values:
            return float(np.partition(np.concatenate(self.values), rank - 1)[rank - 1])
        seen = 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                return min(max(_middle(bucket), self.least), self.most)
        return self.most


def _bucket(values: np.ndarray) -> np.ndarray:
    clipped = np.clip(values, _SMALLEST, 1e300)
    return np.ceil(np.log(clipped) / _GAMMA).astype(np.int64)


def _middle(bucket: int) -> float:
    top = math.exp(bucket * _GAMMA)
    return top * 2 / (1 + math.exp(_GAMMA))

"""Quantiles of losses: exact while there are few, from a sketch of bounded size beyond."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

EXACT = 1 << 20
"""Up to so many values the quantiles are exact."""
RELATIVE_ERROR = 0.005
_GAMMA = math.log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR))
_SMALLEST, _LARGEST = 1e-300, 1e300
"""Beyond these a value stands for 0 or for infinity."""


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
        return self.quantiles((share,))[0]

    def quantiles(self, shares: Sequence[float]) -> tuple[float, ...]:
        """Return the quantile of each share, NaN where there is no value."""
        if not self.count:
            return (math.nan,) * len(shares)
        ranks = [min(max(1, math.ceil(share * self.count)), self.count) for share in shares]
        if self.values:
            at = [rank - 1 for rank in ranks]
            return tuple(np.partition(np.concatenate(self.values), at)[at].tolist())
        buckets = np.array(sorted(self.buckets))
        below = np.cumsum([self.buckets[int(bucket)] for bucket in buckets])
        found = buckets[np.searchsorted(below, ranks)].tolist()
        return tuple(min(max(_middle(bucket), self.least), self.most) for bucket in found)


def _bucket(values: np.ndarray) -> np.ndarray:
    clipped = np.clip(values, _SMALLEST, _LARGEST)
    return np.asarray(np.ceil(np.log(clipped) / _GAMMA), dtype=np.int64)


_FIRST, _LAST = (int(_bucket(np.array(value))) for value in (_SMALLEST, _LARGEST))


def _middle(bucket: int) -> float:
    """Return the value that is within the relative error of every value of a bucket."""
    if bucket <= _FIRST:
        return 0.0
    if bucket >= _LAST:
        return math.inf
    return math.exp(bucket * _GAMMA) * 2 / (1 + math.exp(_GAMMA))

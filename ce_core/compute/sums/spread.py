"""Quantiles of losses: exact while there are few, from a sketch of bounded size beyond."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

EXACT = 1 << 20
"""Up to so many values the quantiles are exact."""
_SHIFT = 52 - 7
"""What is left of a float64 without its lowest bits, its exponent and seven bits more, is its bucket."""
RELATIVE_ERROR = 2.0**-8
"""How far the middle of a bucket, of a width of 1/128, is at most from every value in it, relative to the value."""
_MOST = 1 << 12
"""So many buckets are counted by place; where values spread over more, they are sorted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """The values themselves while they are few, and the counts of a logarithmic histogram beyond.

    A bucket is all values whose exponent and first seven bits are the same: no logarithm is taken. Which of the two
    it is depends on the number of values alone, so the order of merging does not matter.

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
        for bucket, count in _counted(np.concatenate(self.values)):
            buckets[bucket] = buckets.get(bucket, 0) + count
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


def _counted(values: np.ndarray) -> list[tuple[int, int]]:
    """Return the buckets of values that are 0 or more, and how many there are in each."""
    buckets = (values + 0.0).view(np.int64)  # + 0.0: of the zeros there is one
    buckets >>= _SHIFT
    first, last = int(buckets.min()), int(buckets.max())
    if last - first > max(_MOST, 4 * len(buckets)):
        found, counts = np.unique(buckets, return_counts=True)
        return list(zip(found.tolist(), counts.tolist(), strict=True))
    buckets -= first
    counts = np.bincount(buckets)
    used = np.flatnonzero(counts)
    return list(zip((used + first).tolist(), counts[used].tolist(), strict=True))


_INFINITE = int(np.array(np.inf).view(np.int64)) >> _SHIFT


def _middle(bucket: int) -> float:
    """Return the value that is within the relative error of every value of a bucket."""
    if bucket >= _INFINITE:
        return math.inf
    low, high = (np.array([bucket, bucket + 1], dtype=np.int64) << _SHIFT).view(np.float64).tolist()
    return float(low * (2 / (1 + low / high)) if low > 0 and high < math.inf else low)

"""Quantiles of losses: exact while there are few, from a sketch of bounded size beyond."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ce_core.records import dataclass

EXACT = 1 << 20
"""Up to so many values the quantiles are exact."""
_SHIFT = 52 - 7
"""What is left of a float64 without its lowest bits, its exponent and seven bits more, is its bucket."""
RELATIVE_ERROR = 2.0**-8
"""How far the middle of a bucket, of a width of 1/128, is at most from every value in it, relative to the value."""
_RUNS = 64
"""So many runs of counts are held before they are added up."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """The values themselves while they are few, and the counts of a logarithmic histogram beyond.

    A bucket is all values whose exponent and first seven bits are the same: no logarithm is taken. Which of the two
    it is depends on the number of values, or on the number there may be, so the order of merging does not matter.

    >>> Spread.of(np.array([3.0, 1.0, 2.0])).quantile(0.5)
    2.0
    """

    count: int = 0
    values: tuple[np.ndarray, ...] = ()
    counts: tuple[tuple[int, np.ndarray], ...] = ()
    """Runs of buckets: the number of the first, and how many values each holds. Several may hold the same."""
    least: float = math.inf
    most: float = -math.inf

    @classmethod
    def of(cls, values: np.ndarray, *, among: int = 0) -> Spread:
        """Return the spread of values that are 0 or more (infinity is one), ``among`` so many in all."""
        if not len(values):
            return cls()
        spread = cls(count=len(values), values=(values,), least=float(values.min()), most=float(values.max()))
        return spread._bounded(among)

    @property
    def exact(self) -> bool:
        """Tell whether the quantiles are those of the values themselves."""
        return not self.counts

    @property
    def buckets(self) -> dict[int, int]:
        """Return how many values there are in each bucket, by its number."""
        found: dict[int, int] = {}
        for first, counts in self.counts:
            used = np.flatnonzero(counts)
            for bucket, count in zip((used + first).tolist(), counts[used].tolist(), strict=True):
                found[bucket] = found.get(bucket, 0) + count
        return found

    def __add__(self, other: Spread) -> Spread:
        """Merge with the spread of other values."""
        counts = self.counts + other.counts
        return Spread(
            count=self.count + other.count,
            values=self.values + other.values,
            counts=counts if len(counts) <= _RUNS else (_merged(counts),),
            least=min(self.least, other.least),
            most=max(self.most, other.most),
        )._bounded(0)

    def _bounded(self, among: int) -> Spread:
        """Return this spread with its values turned into counts once there are too many."""
        if not self.values or (max(self.count, among) <= EXACT and not self.counts):
            return self
        runs = tuple(_counted(part) for part in self.values)
        return replace(self, values=(), counts=self.counts + runs)

    def quantile(self, share: float) -> float:
        """Return the least value that is at least as large as this share of the values."""
        return self.quantiles((share,))[0]

    def quantiles(self, shares: Sequence[float]) -> tuple[float, ...]:
        """Return the quantile of each share, NaN where there is no value."""
        if not self.count:
            return (math.nan,) * len(shares)
        ranks = [min(max(1, math.ceil(share * self.count)), self.count) for share in shares]
        if self.exact:
            at = [rank - 1 for rank in ranks]
            return tuple(np.partition(np.concatenate(self.values), at)[at].tolist())
        first, counts = _merged(self.counts)
        found = (np.searchsorted(np.cumsum(counts), ranks) + first).tolist()
        return tuple(min(max(_middle(bucket), self.least), self.most) for bucket in found)

    def histogram(self) -> tuple[tuple[float, float, int], ...]:
        """Return how many values there are in each bin, low <= value < high, from the lowest to the highest used.

        Two bins are a factor of 2, and each is made of whole buckets: the counts are exact, of a sketch too. All
        below 2^-20 are in one bin from 0 (or from the least, where that is negative), all finite ones from 2^20 on in
        another, and infinite ones in their own.

        >>> Spread.of(np.array([0.6, 1.0, 1.2])).histogram()
        ((0.5, 0.70703125, 1), (0.70703125, 1.0, 0), (1.0, 1.4140625, 2))
        """
        if not self.count:
            return ()
        if self.exact:
            values = np.concatenate(self.values)
            negative = int(np.count_nonzero(values < 0))
            first, counts = _counted(np.maximum(values, 0.0) if negative else values)
        else:
            first, counts = _merged(self.counts)
        used = np.flatnonzero(counts)
        at = np.searchsorted(_EDGES, used + first, side="right")
        found = np.bincount(at, weights=counts[used]).astype(np.int64)
        low = int(at.min())
        edges = [min(0.0, self.least), *_BOUNDS, math.inf]
        return tuple(
            (edges[each], edges[each + 1], count) for each, count in enumerate(found[low:].tolist(), low)
        )


def _counted(values: np.ndarray) -> tuple[int, np.ndarray]:
    """Return the number of the first bucket of values that are 0 or more, and how many are in it and in the next."""
    buckets = (values + 0.0).view(np.int64)  # + 0.0: of the zeros there is one
    buckets >>= _SHIFT
    first = int(buckets.min())
    buckets -= first
    return first, np.bincount(buckets)


def _merged(runs: Sequence[tuple[int, np.ndarray]]) -> tuple[int, np.ndarray]:
    """Return one run of buckets that holds what several do."""
    first = min(start for start, _ in runs)
    counts = np.zeros(max(start + len(found) for start, found in runs) - first, dtype=np.int64)
    for start, found in runs:
        counts[start - first : start - first + len(found)] += found
    return first, counts


_OCTAVES = np.ldexp(1.0, np.arange(-20, 20))
_BOUNDS: list[float] = [*np.outer(_OCTAVES, (1.0, 181 / 128)).ravel().tolist(), 2.0**20, math.inf]
"""The ends of the bins of a histogram: each half octave begins with a bucket, of 128 in an octave."""
_EDGES = np.array(_BOUNDS).view(np.int64) >> _SHIFT

_INFINITE = int(np.array(np.inf).view(np.int64)) >> _SHIFT


def _middle(bucket: int) -> float:
    """Return the value that is within the relative error of every value of a bucket."""
    if bucket >= _INFINITE:
        return math.inf
    low, high = (np.array([bucket, bucket + 1], dtype=np.int64) << _SHIFT).view(np.float64).tolist()
    return float(low * (2 / (1 + low / high)) if low > 0 and high < math.inf else low)

"""The weighted mean and the sum of squared deviations, merged without cancellation."""

from __future__ import annotations

import numpy as np

from ce_core.records import dataclass

from .dot import dot


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Weight, mean and weighted sum of squared deviations of a set of values.

    Source: Chan, Golub and LeVeque 1983, Algorithms for Computing the Sample Variance.

    >>> whole = Moments.of(np.array([1.0, 2.0, 6.0]))
    >>> parts = Moments.of(np.array([1.0])) + Moments.of(np.array([2.0, 6.0]))
    >>> whole == parts, whole.mean, whole.squares
    (True, 3.0, 14.0)
    """

    weight: float = 0.0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: np.ndarray, weights: np.ndarray | None = None) -> Moments:
        """Return the moments of finite values, each with a weight."""
        total = float(len(values)) if weights is None else float(weights.sum())
        if not total:
            return cls()
        mean = float(values.mean() if weights is None else dot(weights, values) / total)
        deviations = values - mean
        with np.errstate(over="ignore"):  # losses beyond 1e154 have an infinite variance
            squared = np.multiply(deviations, deviations, out=deviations)
        return cls(
            weight=total,
            mean=mean,
            squares=float(squared.sum() if weights is None else dot(weights, squared)),
        )

    def __add__(self, other: Moments) -> Moments:
        """Merge with the moments of other values."""
        if not other.weight:
            return self
        if not self.weight:
            return other
        weight = self.weight + other.weight
        gap = other.mean - self.mean
        return Moments(
            weight=weight,
            mean=self.mean + gap * other.weight / weight,
            squares=self.squares + other.squares + gap * gap * self.weight * other.weight / weight,
        )

    def squares_about(self, centre: float) -> float:
        """Return the weighted sum of squared distances from another centre than the mean."""
        gap = self.mean - centre
        return self.squares + self.weight * (gap * gap)

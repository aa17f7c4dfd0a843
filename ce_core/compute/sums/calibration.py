"""The reliability table: predicted probabilities against what happened, in bins of equal width."""

from __future__ import annotations

from dataclasses import field

import numpy as np

from ce_core.records import dataclass

BINS = 15


def _zeros() -> np.ndarray:
    return np.zeros(BINS)


@dataclass(frozen=True, kw_only=True, eq=False)
class Bins:
    """For each bin the number of forecasts, their weight, their summed confidence and summed outcome.

    Bin i holds i/15 < confidence <= (i + 1)/15; a confidence of 0 is in the first, one of 1 in the last.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks.
    """

    counts: np.ndarray = field(default_factory=_zeros)
    weights: np.ndarray = field(default_factory=_zeros)
    confidence: np.ndarray = field(default_factory=_zeros)
    outcome: np.ndarray = field(default_factory=_zeros)

    @classmethod
    def of(cls, confidence: np.ndarray, outcome: np.ndarray, weights: np.ndarray | None = None) -> Bins:
        """Return the table of forecasts: their confidence, what happened (0 to 1), and their weights.

        A forecast without a confidence (NaN) is in no bin; one beyond 0 or 1 counts as 0 or 1.
        """
        known = np.isfinite(confidence)
        if not known.all():
            confidence, outcome = confidence[known], outcome[known]
            weights = None if weights is None else weights[known]
        confidence = np.clip(confidence, 0.0, 1.0)
        which = np.maximum(np.ceil(confidence * BINS).astype(np.intp) - 1, 0)
        counts = np.bincount(which, minlength=BINS).astype(np.float64)
        if weights is not None:
            confidence, outcome = weights * confidence, weights * outcome
        return cls(
            counts=counts,
            weights=counts if weights is None else np.bincount(which, weights=weights, minlength=BINS),
            confidence=np.bincount(which, weights=confidence, minlength=BINS),
            outcome=np.bincount(which, weights=outcome, minlength=BINS),
        )

    def __add__(self, other: Bins) -> Bins:
        """Merge with the table of other forecasts."""
        return Bins(
            counts=self.counts + other.counts,
            weights=self.weights + other.weights,
            confidence=self.confidence + other.confidence,
            outcome=self.outcome + other.outcome,
        )

    def errors(self) -> tuple[float, float] | None:
        """Return the expected and the maximum calibration error, or None without a forecast."""
        total = float(self.weights.sum())
        if not total:
            return None
        used = self.weights > 0
        gaps = np.abs(self.confidence[used] - self.outcome[used]) / self.weights[used]
        return float((gaps * self.weights[used]).sum() / total), float(gaps.max())

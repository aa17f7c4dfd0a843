"""All the sums of an evaluation in one monoid."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from .calibration import Bins
from .classes import ClassSums
from .moments import Moments
from .spread import Spread
from .worst import Worst


@dataclass(frozen=True, kw_only=True, eq=False)
class SequenceSums:
    """For each sequence (first axis of the positions) its summed loss, weight and number of counted positions."""

    chunks: tuple[tuple[int, np.ndarray, np.ndarray, np.ndarray], ...] = ()
    """Runs of sequences: the number of the first, and their sums. Merged only when asked for."""

    def __add__(self, other: SequenceSums) -> SequenceSums:
        """Merge with the sums of other positions."""
        return SequenceSums(chunks=self.chunks + other.chunks)

    def totals(self, sequences: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return loss, weight and count of every sequence."""
        totals = (np.zeros(sequences), np.zeros(sequences), np.zeros(sequences))
        for first, *sums in self.chunks:
            for total, part in zip(totals, sums, strict=True):
                total[first : first + len(part)] += part
        return totals


@dataclass(frozen=True, kw_only=True, eq=False)
class Partial:
    """What one pass over some rows leaves behind. ``Partial()`` is empty, and ``+`` is associative."""

    positions: int = 0
    """Every position, ignored ones too."""
    count: int = 0
    """The counted examples."""
    loss: float = 0.0
    """The weighted sum of the losses."""
    weight: float = 0.0
    squared_weight: float = 0.0
    nonzero: int = 0
    element_loss: float = 0.0
    """The weighted sum over single outcomes, where an example has several."""
    elements: int = 0
    moments: Moments = field(default_factory=Moments)
    """Of the losses, under the weights."""
    spread_moments: Moments = field(default_factory=Moments)
    """Of the losses, under the squared weights: for the standard error."""
    spread: Spread = field(default_factory=Spread)
    worst: Worst = field(default_factory=Worst)
    bins: Bins = field(default_factory=Bins)
    classes: ClassSums = field(default_factory=ClassSums)
    sequences: SequenceSums = field(default_factory=SequenceSums)
    sample_weight: float = 0.0
    """The sum of the sample weights of the counted examples."""
    element_weight: float = 0.0
    """The sum of the sample weights over single outcomes."""
    hits: float = 0.0
    top5: float = 0.0
    all_hits: float = 0.0
    brier: float = 0.0
    confidence: float = 0.0
    target_entropy: float = 0.0
    clipped_loss: float = 0.0
    zero_probabilities: int = 0
    zero_rows: tuple[int, ...] = ()
    infinite: int = 0
    infinite_rows: tuple[int, ...] = ()
    undefined: int = 0
    """Examples whose loss is NaN."""

    def __add__(self, other: Partial) -> Partial:
        """Merge with the sums of the rows that follow."""
        merged: dict[str, Any] = {
            each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)
        }
        for name in ("zero_rows", "infinite_rows"):
            merged[name] = merged[name][:5]
        return Partial(**merged)

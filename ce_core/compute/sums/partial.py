"""All the sums of an evaluation in one monoid."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any

import numpy as np

from ce_core.records import dataclass

from .calibration import Bins
from .classes import ClassSums
from .confusions import Confusions
from .moments import Moments
from .spread import Spread
from .worst import Worst

ROWS_NAMED = 5
"""How many rows a finding names: the first ones."""


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
    """What one pass over some rows leaves behind. ``Partial()`` is empty; ``+`` is associative and commutative."""

    positions: int = 0
    """Every position, ignored ones too."""
    count: int = 0
    """The counted examples."""
    loss: float = 0.0
    """The weighted sum of the losses: Σ w l."""
    weight: float = 0.0
    """The sum of the weights: Σ w."""
    squared_weight: float = 0.0
    nonzero: int = 0
    """The counted examples of a weight above 0."""
    element_loss: float = 0.0
    """The weighted sum of the losses of single outcomes; of exclusive classes that of the examples."""
    elements: int = 0
    """The counted single outcomes; of exclusive classes the counted examples × classes."""
    moments: Moments = field(default_factory=Moments)
    """Of the losses, under the weights."""
    spread_moments: Moments = field(default_factory=Moments)
    """Of the losses, under the squared weights: for the standard error."""
    spread: Spread = field(default_factory=Spread)
    worst: Worst = field(default_factory=Worst)
    bins: Bins = field(default_factory=Bins)
    classes: ClassSums = field(default_factory=ClassSums)
    confusions: Confusions = field(default_factory=Confusions)
    """Of exclusive classes."""
    sequences: SequenceSums = field(default_factory=SequenceSums)
    sample_weight: float = 0.0
    """The sum of the sample weights of the counted examples. All that follows is weighted by these alone."""
    element_weight: float = 0.0
    """The sum of the sample weights over single outcomes; of exclusive classes that over examples."""
    hits: float = 0.0
    top5: float = 0.0
    all_hits: float = 0.0
    brier: float = 0.0
    confidence: float = 0.0
    target_entropy: float = 0.0
    """The weighted sum of the entropies of the targets, under all the weights of the loss."""
    clipped_loss: float = 0.0
    """The part of ``loss`` from examples that give at most the clip to what is true."""
    zero_probabilities: int = 0
    zero_rows: tuple[int, ...] = ()
    infinite: int = 0
    """Examples of a weight above 0 whose loss is infinite."""
    infinite_rows: tuple[int, ...] = ()
    undefined: int = 0
    """Examples of a weight above 0 whose loss is NaN."""
    unlabelled: int = 0
    """Of exclusive classes, the rows of targets without a share for any."""
    unlabelled_loss: float = 0.0
    """Their part of ``loss``."""
    unlabelled_weight: float = 0.0
    """Their part of ``weight``."""

    def __add__(self, other: Partial) -> Partial:
        """Merge with the sums of other rows."""
        merged: dict[str, Any] = {
            each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)
        }
        for name in ("zero_rows", "infinite_rows"):
            merged[name] = tuple(sorted(merged[name])[:ROWS_NAMED])
        return Partial(**merged)

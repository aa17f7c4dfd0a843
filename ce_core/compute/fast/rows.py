"""What softmax leaves behind of each row of a block, and how single rows are computed anew in float64."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ce_core import kernels

from .strips import Array, Extremes
from .top5 import few_at_a_time, in_top5

NOTHING: Array = np.zeros(0)


def _nothing() -> Array:
    return NOTHING


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoSums:
    """Sums over rows of two classes, taken while these are in the cache."""

    confidence: float = 0.0
    brier: float = 0.0
    true: float = 0.0
    second: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Of the rows whose label is the second class: their number, their loss, and the probability of their label."""

    def __add__(self, other: TwoSums) -> TwoSums:
        """Merge with the sums of other rows."""
        count, loss, true = self.second
        their_count, their_loss, their_true = other.second
        return TwoSums(
            confidence=self.confidence + other.confidence,
            brier=self.brier + other.brier,
            true=self.true + other.true,
            second=(count + their_count, loss + their_loss, true + their_true),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftmaxRows:
    """One number for each row of a block; all but the losses are empty where only these were asked for."""

    losses: Array
    """In nats, float64."""
    true: Array = field(default_factory=_nothing)
    """The probability of the label."""
    confidence: Array = field(default_factory=_nothing)
    brier: Array = field(default_factory=_nothing)
    hits: Array = field(default_factory=_nothing)
    """Whether the label is the class of the greatest logit, the first of equal ones."""
    top5: Array = field(default_factory=_nothing)
    """Whether the label is among the first five classes."""
    extremes: Extremes | None = None
    sums: TwoSums | None = None
    """Of two classes, where no row was computed anew."""

    @classmethod
    def empty(cls, rows: int, dtype: Any) -> SoftmaxRows:
        """Return room for the numbers of so many rows, of which every label is among the first five classes."""
        return cls(
            losses=np.empty(rows, np.float64),
            true=np.empty(rows, dtype),
            confidence=np.empty(rows, dtype),
            brier=np.empty(rows, dtype),
            hits=np.empty(rows, dtype=bool),
            top5=np.ones(rows, dtype=bool),
        )

    def but(self, **changes: Any) -> SoftmaxRows:
        """Return the same with some numbers changed."""
        return replace(self, **changes)

    def part(self, rows: slice) -> SoftmaxRows:
        """Return the room for some of the rows."""
        names = ("losses", "true", "confidence", "brier", "hits", "top5")
        return SoftmaxRows(**{name: getattr(self, name)[rows] for name in names})

    def compute_anew(self, values: Array, labels: Array, bad: Array) -> None:
        """Write all the numbers of some rows of [rows, columns] as the kernel has them."""
        for some in few_at_a_time(bad, values.shape[1]):
            terms = kernels.softmax_terms(values[some])
            total, mine = 1.0 + terms.rest, labels[some]
            self.losses[some] = terms.losses(mine)
            at = np.arange(some.size)
            p = terms.exponentials[at, mine] / total
            confidence = terms.exponentials[at, terms.argmax] / total
            squares = np.einsum("ij,ij->i", terms.exponentials, terms.exponentials) / np.square(total)
            self.true[some] = p
            self.confidence[some] = confidence
            self.brier[some] = np.square(1.0 - p) + np.maximum(squares - p * p, 0.0)
            self.hits[some] = (terms.argmax == mine) & ~np.isnan(confidence)
            self.top5[some] = in_top5(values, labels, some)

"""Sums of rows over blocks, batches and sequences, added up in order as the blocks come."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .pieces import FloatArray

EXTRA = 3
"""Behind the numbers of a row stand its weight, whether it counts, and whether its weight is not 0."""


@dataclass(eq=False)
class _Batches:
    """The sums over runs of so many positions, the last of which may be shorter."""

    size: int
    open: FloatArray | None = None
    filled: int = 0
    by_weight: FloatArray | float = 0.0
    """Σ over batches of (sum of the batch / its weights)."""
    by_count: FloatArray | float = 0.0
    """Σ over batches of (sum of the batch / how many count in it)."""
    weighed: int = 0
    counted: int = 0
    """How many batches have a weight, and how many have a row that counts."""
    full: FloatArray | float = 0.0
    """The sums over all batches that are whole."""
    whole: int = 0
    whole_by_weight: FloatArray | float = 0.0
    whole_weighed: int = 0
    started: int = 0

    def take(self, running: FloatArray, start: int) -> None:
        """Take the running sums of a block whose first position has this number."""
        length = running.shape[1]
        ends = np.arange(self.size - start % self.size, length + 1, self.size)
        if not len(ends):
            self._keep(running[:, -1], length)
            return
        marks = running[:, ends - 1]
        sums = np.diff(marks, axis=1, prepend=0.0)
        if self.open is not None:
            sums[:, 0] += self.open
        self.open, self.filled = None, 0
        self._close(sums, whole=True)
        if ends[-1] < length:
            self._keep(running[:, -1] - marks[:, -1], length - int(ends[-1]))

    def _keep(self, sums: FloatArray, length: int) -> None:
        self.open = sums.copy() if self.open is None else self.open + sums
        self.filled += length

    def finish(self) -> None:
        """Close the last batch."""
        if self.open is not None:
            self._close(self.open[:, None], whole=self.filled == self.size)
            self.open = None

    def _close(self, sums: FloatArray, *, whole: bool) -> None:
        weights, counts = sums[-EXTRA], sums[-EXTRA + 1]
        self.started += sums.shape[1]
        heavy, some = weights != 0, counts > 0
        by_weight = sums[:, heavy] / weights[heavy]
        total = by_weight.sum(axis=1)
        self.by_weight = self.by_weight + total
        self.by_count = self.by_count + (sums[:, some] / counts[some]).sum(axis=1)
        self.weighed += int(heavy.sum())
        self.counted += int(some.sum())
        if whole:
            self.full = self.full + sums.sum(axis=1)
            self.whole += sums.shape[1]
            self.whole_by_weight = self.whole_by_weight + total
            self.whole_weighed += int(heavy.sum())


@dataclass(eq=False)
class Fold:
    """The sums of some numbers of each row under one kind of weights."""

    sizes: tuple[int, ...]
    """The batches, in positions."""
    total: FloatArray | float = 0.0
    batches: dict[int, _Batches] = field(init=False)

    def __post_init__(self) -> None:
        self.batches = {size: _Batches(size=size) for size in self.sizes}

    def take(self, rows: FloatArray, start: int) -> None:
        """Take a block of numbers times weights, [numbers + `EXTRA`, positions], whose first position is ``start``."""
        if not self.sizes:
            self.total = self.total + rows.sum(axis=1)
            return
        with np.errstate(invalid="ignore"):  # after an infinite loss the sums of later batches have no value
            running = np.cumsum(rows, axis=1)
            self.total = self.total + running[:, -1]
            for batches in self.batches.values():
                batches.take(running, start)

    def finish(self) -> None:
        """Close what is open."""
        for batches in self.batches.values():
            batches.finish()

"""Counted rows from all over two arrays, as scores whose loss under any other reading is cheap to compute."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Literal

import numpy as np

from ce_core.read.counting import Counting
from ce_core.read.layout import Layout
from ce_core.read.significance import Paired, paired
from ce_core.read.spread import spread_spans
from ce_core.records import dataclass

from .losses import mean_losses, scores_of
from .terms import Terms, bounded_scores, costs, terms

Outputs = Literal["logits", "probabilities", "log_probabilities"]

MOST_VALUES = 1 << 20
"""A sample holds at most so many predictions, unless that makes fewer than `LEAST_ROWS` rows."""
MOST_ROWS = 1 << 15
LEAST_ROWS = 64
LEAST_THINNED = 1024
"""A sample of a sample holds at least so many rows, where there are as many."""
ENOUGH_GROUPS = 64
"""Where the items of the first axis are fewer, each is cut into stretches of consecutive steps."""
LEAST_STRETCH = 4
"""A stretch is no shorter: neighbouring steps of a sequence are alike."""

Array = np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Counted rows of two paired arrays: finite predictions, and targets that name classes or shares."""

    counting: Counting
    outputs: Outputs
    """What the predictions are, as far as the arrays and what was said show."""
    exclusive: bool
    """Whether the columns compete under a softmax, rather than each having a sigmoid of its own."""
    predictions: Array
    """[rows, columns], float64."""
    targets: Array
    """Class indices [rows], or [rows, columns] of float64."""
    elements: Array | None
    """1 where a single outcome counts, [rows, columns]; None where all do."""
    numbers: Array
    """The number of each row among all positions."""
    part: bool = False
    """Whether it is a part of another sample."""

    @property
    def layout(self) -> Layout:
        """Return how the two arrays are read together."""
        return self.counting.layout

    @property
    def rows(self) -> int:
        """Return how many rows were taken."""
        return len(self.numbers)

    @property
    def units(self) -> int:
        """Return the number of columns."""
        return self.layout.units

    @property
    def is_whole(self) -> bool:
        """Tell whether every position was looked at."""
        return not self.part and self.layout.rows <= _most_rows(self.layout)

    def thinned(self, values: int) -> Sample:
        """Return the sample with rows left out, evenly spaced, where it holds more predictions than ``values``.

        At least `LEAST_THINNED` rows are kept. Use it for what takes many passes, and is plain to see on fewer rows.
        """
        most = max(LEAST_THINNED, values // self.units)
        if self.rows <= most:
            return self
        kept = np.linspace(0, self.rows - 1, most).astype(np.intp)
        return replace(
            self,
            predictions=self.predictions[kept],
            targets=self.targets[kept],
            elements=None if self.elements is None else self.elements[kept],
            numbers=self.numbers[kept],
            part=True,
        )

    @cached_property
    def scores(self) -> Array:
        """Return logits of the predictions' probabilities, [rows, columns]: -inf for a probability of 0."""
        return scores_of(self.predictions, self.outputs, exclusive=self.exclusive)

    @cached_property
    def losses(self) -> Array:
        """Return the loss of each row in nats, as the arrays stand; of several labels their mean."""
        return self.losses_of(self.scores, self.targets)

    def losses_of(self, scores: Array, targets: Array) -> Array:
        """Return the loss of each row under other scores or targets of the same shapes."""
        return mean_losses(scores, targets, exclusive=self.exclusive, elements=self.elements)

    @cached_property
    def one_hot(self) -> bool:
        """Tell whether the targets are rows of a single 1 over exclusive classes."""
        if not self.exclusive or self.targets.ndim == 1 or self.elements is not None:
            return False
        return bool(_single_ones(self.targets).all())

    @cached_property
    def compact(self) -> Array:
        """Return the targets, one-hot rows as class indices."""
        return self.targets.argmax(axis=1) if self.one_hot else self.targets

    @cached_property
    def bounded(self) -> Array:
        """Return the scores as log-probabilities of exclusive classes, or logits of independent ones, within bounds."""
        return bounded_scores(self.scores, exclusive=self.exclusive)

    @cached_property
    def costs(self) -> Array:
        """Return the part of each row's loss that its targets have no part in, from bounded scores."""
        return costs(self.bounded, exclusive=self.exclusive, elements=self.elements)

    @cached_property
    def terms(self) -> Terms:
        """Return the loss and the association of each row, from bounded scores, as the arrays stand."""
        return self._terms(None)

    def terms_where(self, where: Array | None) -> Terms:
        """Return the terms with the means taken over some rows only."""
        return self.terms if where is None or where.all() else self._terms(where)

    def _terms(self, where: Array | None) -> Terms:
        return terms(
            self.bounded, self.compact, exclusive=self.exclusive, elements=self.elements, where=where
        )

    @cached_property
    def groups(self) -> Array:
        """Return the observation that each row is part of.

        Of [N] every row is one. Of sequences and images each item of the first axis is, for its steps are alike;
        where such items are few, each stretch of consecutive steps.
        """
        positions = self.layout.positions
        if len(positions) < 2:
            return np.arange(self.rows)
        inner = prod(positions[1:])
        items = len(np.unique(self.numbers // inner))
        pieces = min(max(1, -(-ENOUGH_GROUPS // max(1, items))), max(1, inner // LEAST_STRETCH))
        stretch = -(-inner // pieces)
        return np.asarray((self.numbers // inner) * pieces + (self.numbers % inner) // stretch)

    @property
    def noun(self) -> str:
        """Return what one observation is called."""
        positions = self.layout.positions
        return "row" if len(positions) < 2 else "sequence" if len(positions) == 2 else "item"

    def compare(self, losses: Array, where: Array | None = None, *, base: Array | None = None) -> Paired:
        """Compare the losses as they stand with those of another reading, observation by observation.

        ``where`` says which rows the other reading has a loss for. Rows whose loss is infinite under either are left
        out. The second of the pair is the other reading.
        """
        first = self.losses if base is None else base
        kept = np.isfinite(first) & np.isfinite(losses)
        if where is not None:
            kept &= where
        one, two, groups = first[kept], losses[kept], self.groups[kept]
        if len(self.layout.positions) < 2:
            return paired(one, two)
        _, which = np.unique(groups, return_inverse=True)
        size = np.bincount(which)
        return paired(np.bincount(which, weights=one) / size, np.bincount(which, weights=two) / size)

    def compact_neighbours(self, axis: int, step: int) -> tuple[Array, Array]:
        """Return the neighbours in the form of `compact`."""
        targets, there = self.neighbours(axis, step)
        if not self.one_hot:
            return targets, there
        return targets.argmax(axis=1), there & _single_ones(targets)

    def neighbours(self, axis: int, step: int) -> tuple[Array, Array]:
        """Return the target of the position ``step`` further along an axis of positions, and where there is one.

        Positions that do not count, or whose label names no class, have none. Where there is none the row's own target
        stands.
        """
        positions = self.layout.positions
        at = np.unravel_index(self.numbers, positions)
        moved = at[axis] + step
        inside = (moved >= 0) & (moved < positions[axis])
        indices = list(at)
        indices[axis] = np.where(inside, moved, at[axis])
        flat = np.ravel_multi_index(tuple(indices), positions)
        order = np.argsort(flat, kind="stable")
        targets, counted = self.counting.targets_at(flat[order])
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        targets, counted = targets[back], counted[back]
        if targets.ndim == 1:
            valid = inside & counted & _names_class(targets, self.units)
            return np.where(valid, targets, self.targets).astype(np.intp), valid
        valid = inside & counted & np.isfinite(targets).all(axis=1)
        return np.where(valid[:, None], targets, self.targets).astype(np.float64), valid


def take_sample(counting: Counting, outputs: Outputs, *, exclusive: bool) -> Sample:
    """Return counted rows of two arrays, evenly spaced where there are many.

    Rows with NaN, +inf or nothing but -inf, of no weight, or whose target is no class or share, are left out.
    """
    layout = counting.layout
    rows = _most_rows(layout)
    predictions, targets, elements, numbers = [], [], [], []
    for block in counting.blocks(spread_spans(layout, rows, block=max(1, (1 << 16) // layout.units))):
        values = block.predictions
        if values.dtype.kind != "f":
            values = values.astype(np.float64)
        kept = ~(np.isnan(values) | (values == np.inf)).any(axis=1) & (values > -np.inf).any(axis=1)
        if block.weights is not None:
            kept &= block.weights > 0
        if block.targets.ndim == 1:
            kept &= _names_class(block.targets, layout.units)
        else:
            kept &= np.isfinite(block.targets.astype(np.float64)).all(axis=1)
            if exclusive:  # a row of nothing but zeros names no class: it is left out by whoever made it
                kept &= (block.targets != 0).any(axis=1)
        predictions.append(values[kept])
        targets.append(block.targets[kept])
        numbers.append(block.numbers[kept])
        some = block.elements
        if some is None:
            elements.append(np.ones((1, 1)) if layout.form == "index" else np.ones(values[kept].shape))
        else:
            elements.append(np.asarray(some[kept], dtype=np.float64))
    kind = np.intp if layout.form == "index" else np.float64
    together = None
    if layout.form == "rows" and any(not bool(each.all()) for each in elements):
        together = np.concatenate(elements)
    return Sample(
        counting=counting,
        outputs=outputs,
        exclusive=exclusive,
        predictions=_joined(predictions, layout.units),
        targets=np.concatenate(targets).astype(kind),
        elements=together,
        numbers=np.concatenate(numbers),
    )


def _single_ones(rows: Array) -> Array:
    """Tell which rows are zeros with a single 1."""
    return np.asarray(((rows == 0) | (rows == 1)).all(axis=1) & (rows.sum(axis=1) == 1))


def _joined(parts: list[Array], units: int) -> Array:
    """Return blocks of rows as one of float64, and let go of each once it is copied."""
    whole = np.empty((sum(map(len, parts)), units))
    at = 0
    while parts:
        part = parts.pop(0)
        whole[at : at + len(part)] = part
        at += len(part)
    return whole


def _most_rows(layout: Layout) -> int:
    return min(MOST_ROWS, max(LEAST_ROWS, MOST_VALUES // max(1, layout.units)))


def _names_class(labels: Array, units: int) -> Array:
    with np.errstate(invalid="ignore"):  # NaN is no label
        return np.asarray((labels >= 0) & (labels < units) & (labels == np.floor(labels)))

"""Softmax cross-entropy of class indices, a strip of rows at a time, with one exponential a logit.

No maximum is taken from the logits before: with e_j = exp(x_j) and S the sum of e_j over every class but y,

    loss = log1p(S / exp(x_y)),

of which every term is positive, so that no digit of a small loss cancels. The exponentials are taken in the
predictions' own precision and added with a bounded number of roundings; the rest, one number a row, is float64.

Float32, relative error of a loss: an exponential 3.0e-7 (NumPy's bound of 2.52 units in the last place), the sum at
most 6e-7, and the rest below 1e-9: 9e-7 in all. A row of few classes takes its logarithm in float32 (2.4e-7), and its
sum has at most five roundings (3e-7). Float64: under 5e-15. Where the exponentials leave the range in which that holds,
the row is computed by the kernel instead, which takes the maximum out first (`ce_core.kernels.softmax_terms`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ce_core import kernels

from .scratch import Scratch
from .sigmoid import WIDEST, softplus
from .strips import FEW_COLUMNS, Array, Extremes, Precision, strips, working
from .totals import count_true, fold, row_squares, row_totals

_FEW = 16
"""Up to so many classes the logarithm is taken in float32."""


_NARROW, _WIDE = (1e-37, 1e37), (1e-300, 1e300)
"""Between which bounds S / exp(x_y) keeps its digits as a float32 and as a float64."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftmaxRows:
    """One number for each row of a block; all but the losses are empty where only these were asked for."""

    losses: Array
    """In nats, float64."""
    true: Array
    """The probability of the label."""
    confidence: Array
    brier: Array
    hits: Array
    """Whether the label is the class of the greatest logit, the first of equal ones."""
    top5: Array
    """Whether the label is among the first five classes."""
    extremes: Extremes | None


_NONE: Array = np.zeros(0)


def softmax_losses(values: Array, labels: Array, precision: Precision, scratch: Scratch) -> SoftmaxRows:
    """Return the loss of each row [rows, columns] against its class index (intp), and nothing else."""
    if values.shape[1] == 2:
        return _of_two(values, labels, precision, scratch)
    work = _Work(values, labels, precision, scratch)
    for part in strips(len(values), values.shape[1], np.dtype(precision.dtype).itemsize):
        x = working(values[part], precision, scratch)
        exponentials, _ = work.exponentials_of(x, part)
        row_totals(exponentials, work.rest[part], scratch)
    losses, ratio = work.losses()
    for bad in _some(work.bad(ratio), values.shape[1]):
        losses[bad] = kernels.sparse_softmax_cross_entropy(values[bad], labels[bad])
    return SoftmaxRows(
        losses=losses, true=_NONE, confidence=_NONE, brier=_NONE, hits=_NONE, top5=_NONE, extremes=None
    )


def softmax_figures(values: Array, labels: Array, precision: Precision, scratch: Scratch) -> SoftmaxRows:
    """Return the loss of each row, and all that the diagnostics need of it."""
    rows, columns = values.shape
    work = _Work(values, labels, precision, scratch)
    ranks = _Ranks(values, precision)
    by_columns = columns <= FEW_COLUMNS  # of which there are three work arrays
    one_strip = _by_columns if by_columns else _by_rows
    for part in strips(rows, columns * (3 if by_columns else 1), np.dtype(precision.dtype).itemsize):
        one_strip(work, ranks, part)
    losses, ratio = work.losses()
    true = np.add(ratio, 1.0)
    np.reciprocal(true, out=true)
    confidence = true.copy()
    missed = np.flatnonzero(~ranks.hits)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew below
        confidence[missed] *= np.exp(ranks.top[missed].astype(np.float64) - work.chosen[missed])
        brier = ranks.squares * np.square(work.inverse * true)
        brier += np.square(ratio * true)
    for bad in _some(work.bad(ratio, figures=True), columns):
        terms = kernels.softmax_terms(values[bad])
        total, mine = 1.0 + terms.rest, labels[bad]
        losses[bad] = terms.losses(mine)
        at = np.arange(bad.size)
        true[bad] = p = terms.exponentials[at, mine] / total
        confidence[bad] = terms.exponentials[at, terms.argmax] / total
        squares = np.einsum("ij,ij->i", terms.exponentials, terms.exponentials) / np.square(total)
        brier[bad] = np.square(1.0 - p) + np.maximum(squares - p * p, 0.0)
        ranks.hits[bad] = (terms.argmax == mine) & ~np.isnan(confidence[bad])
        ranks.top5[bad] = in_top5(values[bad], mine)
    return SoftmaxRows(
        losses=losses,
        true=true,
        confidence=confidence,
        brier=brier,
        hits=ranks.hits,
        top5=ranks.top5,
        extremes=ranks.extremes(),
    )


def _some(rows: Array, columns: int) -> Iterator[Array]:
    """Yield the rows a few at a time: in float64 they take far more memory."""
    step = max(1, _AT_A_TIME // columns)
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


_AT_A_TIME = 1 << 18


class _Work:
    """What the strips of a block leave behind for each row: the chosen logit, and the sum of the other exponentials."""

    def __init__(self, values: Array, labels: Array, precision: Precision, scratch: Scratch) -> None:
        rows, self.columns = values.shape
        self.values, self.labels, self.precision, self.scratch = values, labels, precision, scratch
        self.chosen = scratch.get("chosen", (rows,), precision.dtype)
        self.narrow = self.columns <= _FEW and precision.dtype == np.float32
        self.rest = scratch.get("rest", (rows,), np.float64)
        self.inverse = _NONE

    def exponentials_of(self, x: Array, part: slice) -> tuple[Array, Array]:
        """Return the exponentials of contiguous rows, 0 for the label, and where the label's stands among them."""
        rows, columns = x.shape
        scratch = self.scratch
        e = scratch.get("exponentials", x.shape, x.dtype)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
            np.exp(x, out=e)
        at = scratch.get("at", (rows,), np.intp)
        np.add(scratch.steps(rows, columns), self.labels[part], out=at)
        x.reshape(-1).take(at, out=self.chosen[part], mode="clip")  # a mode spares a copy of the output
        e.reshape(-1)[at] = 0.0
        return e, at

    def losses(self) -> tuple[Array, Array]:
        """Return the loss of each row in nats, and S / exp(x_y)."""
        inverse = np.negative(self.chosen, dtype=np.float64)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
            np.exp(inverse, out=inverse)
            ratio = inverse * self.rest
            losses = np.log1p(ratio.astype(np.float32) if self.narrow else ratio).astype(
                np.float64, copy=False
            )
        self.inverse = inverse
        return losses, ratio

    def bad(self, ratio: Array, *, figures: bool = False) -> Array:
        """Return the rows whose numbers are not within their bounds, such as those of NaN or of huge logits."""
        precision, rest, chosen = self.precision, self.rest, self.chosen
        within = _NARROW if self.narrow else _WIDE
        sums = (precision.least * self.columns, precision.squares[1] if figures else precision.most)
        offsets = (-precision.offset, precision.offset)
        bounds = ((rest, sums), (chosen, offsets), (ratio, within))
        faint = figures and not rest.min() >= precision.squares[0]
        if not faint and all(low <= each.min() <= each.max() <= high for each, (low, high) in bounds):
            return np.zeros(0, dtype=np.intp)
        good = np.ones(len(rest), dtype=bool)
        with np.errstate(invalid="ignore"):  # NaN is within no bounds
            for each, (low, high) in bounds:
                good &= (each >= low) & (each <= high)
            if faint:  # faint squares are those of nothing, unless all logits are low
                good &= (rest >= precision.squares[0]) | (ratio < 1e-5)
        return np.flatnonzero(~good)


class _Ranks:
    """How the label stands among the classes of each row, and the extremes of the block."""

    def __init__(self, values: Array, precision: Precision) -> None:
        rows = len(values)
        self._values = values
        self.top = np.empty(rows, precision.dtype)
        self.hits = np.empty(rows, dtype=bool)
        self.top5 = np.ones(rows, dtype=bool)
        self.squares = np.empty(rows, np.float64)
        self._low: list[tuple[float, slice]] = []

    def least(self, value: float, part: slice) -> None:
        self._low.append((value, part))

    def extremes(self) -> Extremes:
        row = int(self.top.argmax())
        low, part = self._low[int(np.array([each[0] for each in self._low]).argmin())]
        place = int(self._values[part].argmin())
        return Extremes(
            low=low,
            high=float(self.top[row]),
            low_row=part.start + place // self._values.shape[1],
            high_row=row,
        )


def _by_columns(work: _Work, ranks: _Ranks, part: slice) -> None:
    """Work on a strip of few classes: each step is one long vector operation over its rows."""
    values, labels, scratch = work.values[part], work.labels[part], work.scratch
    rows, columns = values.shape
    x = scratch.get("columns", (columns, rows), work.precision.dtype)
    np.copyto(x, values.T)
    at = scratch.get("at", (rows,), np.intp)
    np.multiply(labels, rows, out=at)
    at += scratch.steps(rows, 1)
    chosen, top = work.chosen[part], ranks.top[part]
    x.reshape(-1).take(at, out=chosen, mode="clip")
    np.maximum.reduce(x, axis=0, out=top)
    ranks.least(float(x.min()), part)
    reached = scratch.get("reached", (columns, rows), np.bool_)
    with np.errstate(invalid="ignore"):  # NaN reaches nothing
        np.greater_equal(x, chosen, out=reached)
    reach = np.add.reduce(reached.view(np.uint8), axis=0)
    hits = np.equal(reach, 1, out=ranks.hits[part])
    tied = np.flatnonzero((reach != 1) & (chosen == top))
    if tied.size:
        hits[tied] = values[tied].argmax(axis=1) == labels[tied]
    if columns > 5:
        top5 = np.less_equal(reach, 5, out=ranks.top5[part])
        far = np.flatnonzero(reach > 5)
        if far.size:
            top5[far] = in_top5(values[far], labels[far])
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
        np.exp(x, out=x)
        x.reshape(-1)[at] = 0.0
        squares = np.multiply(x, x, out=scratch.get("squares", x.shape, x.dtype))
        work.rest[part] = fold(x)
        ranks.squares[part] = fold(squares)


def _by_rows(work: _Work, ranks: _Ranks, part: slice) -> None:
    """Work on a strip of many classes, row by row."""
    scratch, labels = work.scratch, work.labels[part]
    x = working(work.values[part], work.precision, scratch)
    rows, columns = x.shape
    ranks.least(float(x.min()), part)
    best = x.argmax(axis=1)
    hits = np.equal(best, labels, out=ranks.hits[part])
    best += scratch.steps(rows, columns)
    x.reshape(-1).take(best, out=ranks.top[part], mode="clip")
    if columns > 5:
        missed = np.flatnonzero(~hits)
        if missed.size:
            ranks.top5[part.start + missed] = in_top5(x[missed], labels[missed])
    exponentials, _ = work.exponentials_of(x, part)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
        row_totals(exponentials, work.rest[part], scratch)
        row_squares(exponentials, ranks.squares[part])


def in_top5(values: Array, labels: Array) -> Array:
    """Return whether the label is among the first five classes, the earlier first of equal ones; of NaN never."""
    chosen = values[np.arange(len(labels)), labels][:, None]
    with np.errstate(invalid="ignore"):  # NaN is among none
        reach = count_true(values >= chosen)
    found = np.asarray((reach <= 5) & (reach > 0))
    # Only where more than five classes reach the label's value do ties matter.
    rest = np.flatnonzero(reach > 5)
    if rest.size:
        rows, mine = values[rest], chosen[rest]
        with np.errstate(invalid="ignore"):  # as above
            above, tied = count_true(rows > mine), reach[rest]
        ties = np.flatnonzero((above < 5) & (tied > above + 1))
        found[rest] = above < 5
        if ties.size:
            rows, mine = rows[ties], mine[ties]
            earlier = np.arange(values.shape[1]) < labels[rest[ties], None]
            before = np.count_nonzero((rows > mine) | ((rows == mine) & earlier), axis=1)
            found[rest[ties]] = before < 5
    return found


def _of_two(values: Array, labels: Array, precision: Precision, scratch: Scratch) -> SoftmaxRows:
    """Return the loss of rows of two classes: the softplus of how far the other logit is above the label's.

    Float32: the difference is rounded by at most 4.8e-7 while it is below 16, its exponential by 3e-7 and the
    logarithm by 2.4e-7 of themselves; a loss of 1e-4 or more has no gap above 9.3.
    """
    rows = len(values)
    losses = np.empty(rows, np.float64)
    for part in strips(rows, 4, np.dtype(precision.dtype).itemsize):
        x = working(values[part], precision, scratch)
        gap = scratch.get("gap", (len(x),), precision.dtype)
        sign = scratch.get("sign", (len(x),), precision.dtype)
        np.copyto(sign, labels[part], casting="unsafe")
        sign *= -2
        sign += 1  # 1 for the first class, -1 for the second
        with np.errstate(invalid="ignore", over="ignore"):  # such rows are computed anew
            np.subtract(x[:, 1], x[:, 0], out=gap)
            gap *= sign
        bad = _NONE
        if not -WIDEST < gap.min() <= gap.max() < WIDEST:
            bad = part.start + np.flatnonzero(~(np.abs(gap) < WIDEST))
        with np.errstate(invalid="ignore"):  # as above
            softplus(gap, losses[part], scratch)
        if bad.size:
            losses[bad] = kernels.sparse_softmax_cross_entropy(values[bad], labels[bad])
    return SoftmaxRows(
        losses=losses, true=_NONE, confidence=_NONE, brier=_NONE, hits=_NONE, top5=_NONE, extremes=None
    )

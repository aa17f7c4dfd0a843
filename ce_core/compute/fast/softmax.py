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

import numpy as np

from ce_core import kernels

from .rows import NOTHING, SoftmaxRows
from .scratch import Scratch
from .strips import CALM_COLUMNS, FEW_COLUMNS, LONG_STRIP_BYTES, Array, Extremes, Precision, strips, working
from .top5 import few_at_a_time, in_top5
from .totals import fold, row_squares, row_totals
from .two import figures_of_two, losses_of_two

_FEW = 16
"""Up to so many classes the logarithm is taken in float32."""


_NARROW, _WIDE = (1e-37, 1e37), (1e-300, 1e300)
"""Between which bounds S / exp(x_y) keeps its digits as a float32 and as a float64."""


def softmax_losses(values: Array, labels: Array, precision: Precision, scratch: Scratch) -> SoftmaxRows:
    """Return the loss of each row [rows, columns] against its class index (intp), and nothing else."""
    if values.shape[1] == 2:
        return losses_of_two(values, labels, precision, scratch)
    work = _Work(values, labels, precision, scratch)
    for part in strips(len(values), values.shape[1], np.dtype(precision.dtype).itemsize):
        x = working(values[part], precision, scratch)
        exponentials, _ = work.exponentials_of(x, part)
        row_totals(exponentials, work.rest[part], scratch)
    losses, ratio = work.losses()
    for bad in few_at_a_time(work.bad(ratio), values.shape[1]):
        losses[bad] = kernels.sparse_softmax_cross_entropy(values[bad], labels[bad])
    return SoftmaxRows(losses=losses)


def softmax_figures(values: Array, labels: Array, precision: Precision, scratch: Scratch) -> SoftmaxRows:
    """Return the loss of each row, and all that the diagnostics need of it."""
    rows, columns = values.shape
    if columns == 2:
        return figures_of_two(values, labels, precision, scratch)
    found = SoftmaxRows.empty(rows, np.float64)
    ends = []
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
        if columns > FEW_COLUMNS:
            ends.append(_by_rows(values, labels, precision, scratch, found))
        else:  # all is done with a strip, of which there are three work arrays, while it is in the cache
            itemsize = np.dtype(precision.dtype).itemsize
            for part in strips(rows, 3 * columns, itemsize, LONG_STRIP_BYTES):
                its = _by_columns(values[part], labels[part], precision, scratch, found.part(part))
                ends.append(its.moved(part.start))
    _settle_ranks(values, labels, precision, scratch, found)
    return found.but(extremes=Extremes.joined(ends))


def _settle_ranks(
    values: Array, labels: Array, precision: Precision, scratch: Scratch, found: SoftmaxRows
) -> None:
    """Write which labels are first of equal ones, and which are among the first five, of the rows that may not be.

    A label of more than half of the probability is the only greatest, and one of a sixth is among the five.
    """
    columns = values.shape[1]
    if columns <= FEW_COLUMNS:
        for some in few_at_a_time(np.flatnonzero(found.hits & (found.true < 0.51)), columns):
            x = np.ascontiguousarray(values[some].T)
            tied = some[np.add.reduce(np.equal(x, x.max(axis=0)), axis=0, dtype=np.uint8) > 1]
            found.hits[tied] = values[tied].argmax(axis=1) == labels[tied]
    if columns > 5:
        far = np.flatnonzero(~(found.hits | (found.true > 0.17)))
        found.top5[far] = in_top5(
            values, labels, far, lambda some: working(some, precision, scratch, name="far")
        )


class _Work:
    """What the strips of a block leave behind for each row: the chosen logit, and the sum of the other exponentials."""

    def __init__(self, values: Array, labels: Array, precision: Precision, scratch: Scratch) -> None:
        rows, self.columns = values.shape
        self.values, self.labels, self.precision, self.scratch = values, labels, precision, scratch
        self.chosen = scratch.get("chosen", (rows,), precision.dtype)
        self.narrow = self.columns <= _FEW and precision.dtype == np.float32
        self.rest = scratch.get("rest", (rows,), np.float64)
        self.inverse = NOTHING

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

    def losses(self, out: Array | None = None) -> tuple[Array, Array]:
        """Return the loss of each row in nats, and S / exp(x_y)."""
        rows = self.chosen.shape
        inverse = np.negative(self.chosen, out=self.scratch.get("inverse", rows, np.float64))
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
            np.exp(inverse, out=inverse)
            ratio = np.multiply(inverse, self.rest, out=self.scratch.get("ratio", rows, np.float64))
            losses = np.empty(rows, np.float64) if out is None else out
            if self.narrow:
                short = self.scratch.get("short", rows, np.float32)
                np.copyto(short, ratio, casting="same_kind")
                losses[...] = np.log1p(short, out=short)
            else:
                np.log1p(ratio, out=losses)
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


def _finish(work: _Work, found: SoftmaxRows, top: Array, squares: Array, ends: Extremes) -> None:
    """Write the numbers of each row, from its greatest logit and the sum of the squares of its exponentials."""
    ratio = work.losses(found.losses)[1]
    true, confidence, brier = found.true, found.confidence, found.brier
    np.add(ratio, 1.0, out=true)
    np.reciprocal(true, out=true)
    confidence[...] = true
    missed = np.flatnonzero(~found.hits)
    confidence[missed] *= np.exp(top[missed].astype(np.float64) - work.chosen[missed])
    calm = work.precision.calm
    if not (-calm <= ends.low <= ends.high <= calm and work.columns <= CALM_COLUMNS):
        bad = work.bad(ratio, figures=True)
    else:
        bad = np.zeros(0, dtype=np.intp)
    for each in (work.inverse, ratio):  # first made small: a square may overflow
        np.multiply(each, true, out=each)
        np.square(each, out=each)
    np.multiply(squares, work.inverse, out=brier)
    np.add(brier, ratio, out=brier)
    if bad.size:
        found.compute_anew(work.values, work.labels, bad)


def _by_columns(
    values: Array, labels: Array, precision: Precision, scratch: Scratch, found: SoftmaxRows
) -> Extremes:
    """Work on a strip of few classes: each step is one long vector operation over its rows."""
    rows, columns = values.shape
    work = _Work(values, labels, precision, scratch)
    x = scratch.get("columns", (columns, rows), precision.dtype)
    np.copyto(x, values.T)
    at = scratch.get("at", (rows,), np.intp)
    np.multiply(labels, rows, out=at)
    at += scratch.steps(rows, 1)
    chosen = x.reshape(-1).take(at, out=work.chosen, mode="clip")
    top = np.maximum.reduce(x, axis=0, out=scratch.get("top", (rows,), precision.dtype))
    np.equal(chosen, top, out=found.hits)
    row, (column, low_row) = int(top.argmax()), divmod(int(x.argmin()), rows)
    low, high = float(x[column, low_row]), float(top[row])
    ends = Extremes(low=low, high=high, low_row=low_row, high_row=row)
    np.exp(x, out=x)
    x.reshape(-1)[at] = 0.0
    squares = np.multiply(x, x, out=scratch.get("squares", x.shape, x.dtype))
    work.rest[...] = fold(x)
    _finish(work, found, top, fold(squares), ends)
    return ends


def _by_rows(
    values: Array, labels: Array, precision: Precision, scratch: Scratch, found: SoftmaxRows
) -> Extremes:
    """Work on a block of many classes, some rows at a time."""
    rows, columns = values.shape
    work = _Work(values, labels, precision, scratch)
    top = scratch.get("top", (rows,), precision.dtype)
    squares = scratch.get("squares", (rows,), np.float64)
    lows: list[tuple[float, slice]] = []
    for part in strips(rows, columns, np.dtype(precision.dtype).itemsize):
        x = working(values[part], precision, scratch)
        lows.append((float(x.min()), part))
        best = x.argmax(axis=1)
        np.equal(best, labels[part], out=found.hits[part])
        best += scratch.steps(len(x), columns)
        x.reshape(-1).take(best, out=top[part], mode="clip")
        exponentials, _ = work.exponentials_of(x, part)
        row_totals(exponentials, work.rest[part], scratch)
        row_squares(exponentials, squares[part], scratch)
    low, part = lows[int(np.array([each[0] for each in lows]).argmin())]
    high_row, place = int(top.argmax()), int(values[part].argmin())
    ends = Extremes(
        low=low, high=float(top[high_row]), low_row=part.start + place // columns, high_row=high_row
    )
    _finish(work, found, top, squares, ends)
    return ends

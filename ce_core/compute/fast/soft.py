"""Softmax cross-entropy of rows of class weights, a strip at a time: the losses alone.

    loss = Σ_j y_j · (top − x_j) + (Σ_j y_j) · log1p(S / exp(top)),

with S the sum of exp(x_j) over every class but the top one. Every term is 0 or more for weights of 0 or more. In
float32 a gap is rounded by 6e-8 of itself, and both sums as in `ce_core.compute.fast.softmax`.
"""

from __future__ import annotations

import numpy as np

from ce_core import kernels

from .scratch import Scratch
from .strips import FEW_COLUMNS, Array, Precision, strips, working
from .totals import fold, row_totals

_LOW = -500.0
"""exp(500) times a sum of exponentials is a float64."""


def soft_losses(values: Array, targets: Array, precision: Precision, scratch: Scratch) -> Array:
    """Return the loss of each row [rows, columns] against its row of weights, in nats."""
    rows, columns = values.shape
    losses = np.empty(rows, np.float64)
    least, most = precision.least * columns, precision.most
    few = columns <= FEW_COLUMNS
    for part in strips(rows, columns, 3 * np.dtype(precision.dtype).itemsize):
        one_strip = _by_columns if few else _by_rows
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
            top, rest, mass = one_strip(values[part], targets[part], losses[part], precision, scratch)
            good = (rest >= least) & (rest <= most) & (top > _LOW) & np.isfinite(losses[part])
            np.negative(top, out=top)
            rest *= np.exp(top, out=top)
            good &= rest >= 1e-300
            mass *= np.log1p(rest, out=rest)
            losses[part] += mass
        if not good.all():
            bad = part.start + np.flatnonzero(~good)
            losses[bad] = kernels.softmax_cross_entropy(values[bad], targets[bad])
    return losses


def _by_rows(
    values: Array, targets: Array, gaps: Array, precision: Precision, scratch: Scratch
) -> tuple[Array, Array, Array]:
    """Write Σ y · (top − x) of each row, and return its top, S and Σ y, as float64."""
    x = working(values, precision, scratch)
    y = working(targets, precision, scratch, name="targets")
    count, columns = x.shape
    at = x.argmax(axis=1)
    at += scratch.steps(count, columns)
    top = x.reshape(-1).take(at)
    work = scratch.get("exponentials", x.shape, precision.dtype)
    rest, mass = (scratch.get(name, (count,), np.float64) for name in ("rest", "mass"))
    np.exp(x, out=work)
    work.reshape(-1)[at] = 0.0
    row_totals(work, rest, scratch)
    np.subtract(top[:, None], x, out=work)
    work *= y
    row_totals(work, gaps, scratch)
    row_totals(y, mass, scratch)
    return top.astype(np.float64), rest, mass


def _by_columns(
    values: Array, targets: Array, gaps: Array, precision: Precision, scratch: Scratch
) -> tuple[Array, Array, Array]:
    """Do the same for few classes, each step one long vector operation over the rows."""
    rows, columns = values.shape
    x, y, below = (
        scratch.get(name, (columns, rows), precision.dtype) for name in ("columns", "weights", "below")
    )
    np.copyto(x, values.T)
    np.copyto(y, targets.T, casting="unsafe")
    top = np.maximum.reduce(x, axis=0)
    np.subtract(top, x, out=below)
    reached = np.equal(below, 0, out=scratch.get("reached", below.shape, np.bool_))
    tops = np.add.reduce(reached.view(np.uint8), axis=0)
    np.exp(x, out=x)
    np.multiply(x, ~reached, out=x)
    rest = fold(x).astype(np.float64)
    tied = np.flatnonzero(tops > 1)
    if tied.size:  # all but one of them belong to the rest
        rest[tied] += (tops[tied] - 1.0) * np.exp(top[tied].astype(np.float64))
    below *= y
    gaps[...] = fold(below)
    return top.astype(np.float64), rest, fold(y).astype(np.float64)

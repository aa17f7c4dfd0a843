"""Softmax cross-entropy of rows of class weights, a strip at a time: the losses alone.

    loss = Σ_j y_j · (top − x_j) + (Σ_j y_j) · log1p(S / exp(top)),

with S the sum of exp(x_j) over every class but the top one. Every term is 0 or more for weights of 0 or more. In
float32 a gap is rounded by 6e-8 of itself, and both sums as in `ce_core.compute.fast.softmax`.
"""

from __future__ import annotations

import numpy as np

from ce_core import kernels

from .scratch import Scratch
from .strips import Array, Precision, strips, working
from .totals import row_totals

_LOW = -500.0
"""exp(500) times a sum of exponentials is a float64."""


def soft_losses(values: Array, targets: Array, precision: Precision, scratch: Scratch) -> Array:
    """Return the loss of each row [rows, columns] against its row of weights, in nats."""
    rows, columns = values.shape
    losses = np.empty(rows, np.float64)
    bounds = (precision.least * columns, precision.most)
    for part in strips(rows, columns, 2 * np.dtype(precision.dtype).itemsize):
        x = working(values[part], precision, scratch)
        y = working(targets[part], precision, scratch, name="targets")
        count = len(x)
        at = x.argmax(axis=1)
        at += scratch.steps(count, columns)
        top = x.reshape(-1).take(at)
        work = scratch.get("exponentials", x.shape, precision.dtype)
        rest, sums = (scratch.get(name, (count,), np.float64) for name in ("rest", "sums"))
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
            np.exp(x, out=work)
            work.reshape(-1)[at] = 0.0
            row_totals(work, rest, scratch)
            np.subtract(top[:, None], x, out=work)
            work *= y
            row_totals(work, losses[part], scratch)
            row_totals(y, sums, scratch)
            high = top.astype(np.float64)
            good = (rest >= bounds[0]) & (rest <= bounds[1]) & (high > _LOW) & np.isfinite(losses[part])
            ratio = rest * np.exp(-high)
            good &= ratio >= 1e-300
            sums *= np.log1p(ratio)
            losses[part] += sums
        if not good.all():
            bad = part.start + np.flatnonzero(~good)
            losses[bad] = kernels.softmax_cross_entropy(values[bad], targets[bad])
    return losses

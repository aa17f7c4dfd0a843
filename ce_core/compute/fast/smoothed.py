"""Softmax cross-entropy of class indices whose labels are smoothed, a strip at a time: the losses alone.

    loss = (1 − ε) · (top − x_y) + ε/K · Σ_j (top − x_j) + log1p(S / exp(top)),

with S the sum of exp(x_j) over every class but the top one: the loss of smoothed rows (`ce_core.compute.fast.soft`),
which are never made. Every term is 0 or more, and the sums are rounded as there.
"""

from __future__ import annotations

import numpy as np

from ce_core import kernels

from .scratch import Scratch
from .soft import joined, tops
from .strips import FEW_COLUMNS, Array, Precision, strips, working
from .top5 import few_at_a_time
from .totals import fold, row_totals


def smoothed_losses(
    values: Array, labels: Array, smooth: float, precision: Precision, scratch: Scratch
) -> Array:
    """Return the loss of each row [rows, columns] against its class index (intp), smoothed by ε, in nats."""
    rows, columns = values.shape
    losses = np.empty(rows, np.float64)
    one_strip = _by_columns if columns <= FEW_COLUMNS else _by_rows
    for part in strips(rows, 2 * columns, np.dtype(precision.dtype).itemsize):
        x, gaps = values[part], losses[part]
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
            top, rest = one_strip(x, gaps, precision, scratch)
            mine = x[np.arange(len(x)), labels[part]].astype(np.float64)
            gaps *= smooth / columns
            gaps += (1 - smooth) * (top - mine)
            good = joined(top, rest, np.ones(len(x)), gaps, columns, precision)
        for bad in few_at_a_time(part.start + np.flatnonzero(~good), columns):
            losses[bad] = kernels.sparse_softmax_cross_entropy(
                values[bad], labels[bad], label_smoothing=smooth
            )
    return losses


def _by_rows(values: Array, gaps: Array, precision: Precision, scratch: Scratch) -> tuple[Array, Array]:
    """Write Σ (top − x) of each row, and return its top and S, as float64."""
    x = working(values, precision, scratch)
    count, columns = x.shape
    at = x.argmax(axis=1)
    at += scratch.steps(count, columns)
    top = x.reshape(-1).take(at)
    work = scratch.get("exponentials", x.shape, precision.dtype)
    rest = scratch.get("rest", (count,), np.float64)
    np.exp(x, out=work)
    work.reshape(-1)[at] = 0.0
    row_totals(work, rest, scratch)
    np.subtract(top[:, None], x, out=work)
    row_totals(work, gaps, scratch)
    return top.astype(np.float64), rest


def _by_columns(values: Array, gaps: Array, precision: Precision, scratch: Scratch) -> tuple[Array, Array]:
    """Do the same for few classes, each step one long vector operation over the rows."""
    x = scratch.get("columns", values.shape[::-1], precision.dtype)
    np.copyto(x, values.T)
    top, others = tops(x, scratch)
    np.exp(others, out=others)
    rest = fold(others).astype(np.float64)
    np.subtract(top, x, out=x)
    gaps[...] = fold(x)
    return top.astype(np.float64), rest

"""Softmax cross-entropy of rows of class weights, a strip at a time: the losses alone, and what all forms share.

    loss = Σ_j y_j · (top − x_j) + (Σ_j y_j) · log1p(S / exp(top)),

with S the sum of exp(x_j) over every class but the top one. Every term is 0 or more for weights of 0 or more. In
float32 a gap and a weight are each rounded by 6e-8 of themselves, and both sums as in `ce_core.compute.fast.softmax`.
Weights kept as float64 are rounded too: what that does to a row shows where its loss is next to nothing, or a logit is
far below all others, and such a row is computed by the kernel.
"""

from __future__ import annotations

import numpy as np

from ce_core import kernels

from .scratch import Scratch
from .strips import FEW_COLUMNS, Array, Precision, strips, working
from .totals import fold, row_totals

_LOW = -500.0
"""exp(500) times a sum of exponentials is a float64."""
_FEW = 16
"""Up to so many classes the logarithm is taken in the precision of the logits."""
_FAR, _NOTHING = -1e9, 1e-30
"""Weights below what a float32 holds count for nothing while logits are above the one, and losses above the other."""


def soft_losses(values: Array, targets: Array, precision: Precision, scratch: Scratch) -> Array:
    """Return the loss of each row [rows, columns] against its row of weights, in nats.

    The answer is a work array, and holds until the next one is asked for.
    """
    rows, columns = values.shape
    losses = scratch.get("row losses", (rows,), np.float64)
    few = columns <= FEW_COLUMNS
    for part in strips(rows, (2 if few else 1) * columns, np.dtype(precision.dtype).itemsize):
        one_strip = _by_columns if few else _by_rows
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
            top, rest, mass = one_strip(values[part], targets[part], losses[part], precision, scratch)
            good = joined(top, rest, mass, losses[part], columns, precision)
            good &= is_sound(values[part], targets[part], losses[part], precision)
        if not good.all():
            bad = part.start + np.flatnonzero(~good)
            losses[bad] = kernels.softmax_cross_entropy(values[bad], targets[bad])
    return losses


def joined(top: Array, rest: Array, mass: Array, gaps: Array, columns: int, precision: Precision) -> Array:
    """Add mass · log1p(rest / exp(top)) to the gaps, and return which rows are within the bounds of the precision."""
    good = (rest >= precision.least * columns) & (rest <= precision.most) & (top > _LOW)
    np.negative(top, out=top)
    rest *= np.exp(top, out=top)
    good &= (rest >= 1e-37) & (rest <= 1e37) if columns <= _FEW else rest >= 1e-300
    shared = np.log1p(rest.astype(precision.dtype) if columns <= _FEW else rest)
    gaps += np.multiply(mass, shared, out=rest)
    good &= np.isfinite(gaps)
    return np.asarray(good)


def is_sound(x: Array, y: Array, losses: Array, precision: Precision) -> Array | bool:
    """Return which rows have no weight below 0, nor any that is lost in the precision; True where all are such."""
    good: Array | bool = True
    if y.dtype.kind != "b" and not y.min() >= 0:
        good = np.asarray((y >= 0).all(axis=1))
    if y.dtype == np.float64 and precision.dtype != np.float64:
        good = np.asarray(good & (losses > _NOTHING))
        if not x.min() > _FAR:
            good &= (x > _FAR).all(axis=1)
    return good


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
    x, y = (scratch.get(name, (columns, rows), precision.dtype) for name in ("columns", "weights"))
    np.copyto(x, values.T)
    np.copyto(y, targets.T, casting="unsafe")
    top, others = tops(x, scratch)
    np.exp(others, out=others)
    rest = fold(others).astype(np.float64)
    np.subtract(top, x, out=x)
    x *= y
    gaps[...] = fold(x)
    return top.astype(np.float64), rest, fold(y).astype(np.float64)


def tops(x: Array, scratch: Scratch) -> tuple[Array, Array]:
    """Return the greatest of each row of [columns, rows], and all but it, in any order: the losers of a tournament.

    >>> top, others = tops(np.array([[1.0, 5.0], [3.0, 5.0], [2.0, 4.0]]), Scratch())
    >>> top.tolist(), np.sort(others, axis=0).tolist()
    ([3.0, 5.0], [[1.0, 4.0], [2.0, 5.0]])
    """
    columns, rows = x.shape
    best = scratch.get("best", ((columns + 1) // 2, rows), x.dtype)
    others = scratch.get("others", (columns - 1, rows), x.dtype)
    half = columns // 2
    np.minimum(x[:half], x[half : 2 * half], out=others[:half])
    np.maximum(x[:half], x[half : 2 * half], out=best[:half])
    best[half:] = x[2 * half :]
    beaten, count = half, columns - half
    while count > 1:
        half = count // 2
        one, other = best[:half], best[count - half : count]
        np.minimum(one, other, out=others[beaten : beaten + half])
        np.maximum(one, other, out=one)
        beaten, count = beaten + half, count - half
    return best[0], others

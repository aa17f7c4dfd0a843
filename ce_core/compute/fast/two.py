"""Softmax of two classes: the softplus of how far the other logit is above the label's.

Float32: the difference is rounded by at most 4.8e-7 while it is below 16, its exponential by 3e-7 and the logarithm by
2.4e-7 of themselves; a loss of 1e-4 or more has no gap above 9.3.
"""

from __future__ import annotations

import numpy as np

from ce_core import kernels

from .rows import SoftmaxRows, TwoSums
from .scratch import Scratch
from .sigmoid import WIDEST, softplus
from .strips import LONG_STRIP_BYTES, Array, Extremes, Precision, strips, working

_ARRAYS = 6
"""A strip's logits, gaps and what is made of them are about so many numbers a row."""


def losses_of_two(values: Array, labels: Array, precision: Precision, scratch: Scratch) -> SoftmaxRows:
    """Return the loss of rows of two classes, and nothing else."""
    rows = len(values)
    losses = np.empty(rows, np.float64)
    for part in strips(rows, 4, np.dtype(precision.dtype).itemsize, LONG_STRIP_BYTES):
        x = working(values[part], precision, scratch)
        gap = _gaps(x, labels[part], scratch)
        bad = _too_wide(gap, part.start)
        with np.errstate(invalid="ignore"):  # such rows are computed anew
            softplus(gap, losses[part], scratch)
        if bad.size:
            losses[bad] = kernels.sparse_softmax_cross_entropy(values[bad], labels[bad])
    return SoftmaxRows(losses=losses)


def figures_of_two(values: Array, labels: Array, precision: Precision, scratch: Scratch) -> SoftmaxRows:
    """Return the loss of rows of two classes, and all that the diagnostics need of it.

    The less likely class has the probability q = u / (1 + u) with u = exp(−|gap|). It is the label's where the label
    is missed, and the squared error is 2 (1 − p)² of the label's probability p.
    """
    rows, dtype = len(values), precision.dtype
    found = SoftmaxRows.empty(rows, dtype)
    lows, highs, parts, sums = [], [], [], TwoSums()
    anew = False
    for part in strips(rows, _ARRAYS, np.dtype(dtype).itemsize, LONG_STRIP_BYTES):
        x = working(values[part], precision, scratch)
        lows.append(float(x.min()))
        highs.append(float(x.max()))
        parts.append(part)
        gap = _gaps(x, labels[part], scratch)
        bad = _too_wide(gap, part.start)
        decay = scratch.get("decay", gap.shape, dtype)
        with np.errstate(under="ignore", over="ignore", invalid="ignore"):  # such rows are computed anew
            np.copysign(gap, -1, out=decay)
            np.exp(decay, out=decay)
            less, sure = scratch.get("sign", gap.shape, dtype), found.confidence[part]
            np.add(decay, 1, out=sure)
            np.reciprocal(sure, out=sure)
            np.multiply(decay, sure, out=less)
            np.log1p(decay, out=decay)
            hits = np.less(gap, 0, out=found.hits[part])
            np.clip(gap, 0, np.inf, out=gap)  # sooner than a maximum
            np.add(decay, gap, out=found.losses[part])
            found.true[part] = sure
            brier = np.multiply(less, less, out=found.brier[part])
            brier *= 2
            _mend_missed(hits, labels[part], x, less, part, found)
        if bad.size:
            found.compute_anew(values, labels, bad)
            anew = True
        elif not anew:
            sums += _sums(found.part(part), labels[part], scratch)
    low, high = (parts[int(np.argmin(lows))], parts[int(np.argmax(highs))])
    ends = Extremes.joined(
        [Extremes.of(values[part]).moved(part.start) for part in ((low,) if low == high else (low, high))]
    )
    return found.but(extremes=ends, sums=None if anew else sums)


def _sums(rows: SoftmaxRows, labels: Array, scratch: Scratch) -> TwoSums:
    """Return the sums of a strip, in float64."""
    second = scratch.get("second", labels.shape, np.float64)
    product = scratch.get("product", labels.shape, np.float64)
    np.copyto(second, labels)
    loss = float(np.multiply(second, rows.losses, out=product).sum())
    true = float(np.multiply(second, rows.true, out=product).sum())
    return TwoSums(
        confidence=float(rows.confidence.sum(dtype=np.float64)),
        brier=float(rows.brier.sum(dtype=np.float64)),
        true=float(rows.true.sum(dtype=np.float64)),
        second=(float(second.sum()), loss, true),
    )


def _gaps(x: Array, labels: Array, scratch: Scratch) -> Array:
    """Return how far the other logit is above the label's."""
    gap = scratch.get("gap", (len(x),), x.dtype)
    sign = scratch.get("sign", (len(x),), x.dtype)
    np.copyto(sign, labels, casting="unsafe")
    sign *= -2
    sign += 1  # 1 for the first class, -1 for the second
    with np.errstate(invalid="ignore", over="ignore"):  # such rows are computed anew
        np.subtract(x[:, 1], x[:, 0], out=gap)
        gap *= sign
    return gap


def _too_wide(gap: Array, start: int) -> Array:
    """Return the rows whose gap is NaN or leaves the range of the precision."""
    if -WIDEST < gap.min() <= gap.max() < WIDEST:
        return np.zeros(0, dtype=np.intp)
    return start + np.flatnonzero(~(np.abs(gap) < WIDEST))


def _mend_missed(hits: Array, labels: Array, x: Array, less: Array, part: slice, found: SoftmaxRows) -> None:
    """Write what is otherwise of the rows whose label is not the likelier class: of equal ones the first is."""
    others = np.flatnonzero(~hits)
    if not others.size:
        return
    first = (labels[others] == 0) & (x[others, 0] == x[others, 1])
    hits[others[first]] = True
    missed = others[~first]
    found.true[part][missed] = less[missed]
    found.brier[part][missed] = 2 * np.square(found.confidence[part][missed])

"""Sigmoid cross-entropy, a strip of outcomes at a time, with one exponential a logit.

    loss = y · max(−x, 0) + (1 − y) · max(x, 0) + log1p(exp(−|x|)),

of which every term is 0 or more. It is computed in the predictions' own precision: in float32 an exponential is off by
at most 3.0e-7 (NumPy's bound of 2.52 units in the last place) and the logarithm by 2.4e-7 of itself. Logits beyond ±80
are left to the kernel, whose losses do not end where float32 does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ce_core import kernels

from .scratch import Scratch
from .strips import Array, Extremes, Precision, strips, working

WIDEST = 80.0
"""exp(−80) is 1.8e-35: a float32 with all its digits."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SigmoidRows:
    """One number for each outcome, [rows, columns]; the losses in nats, the others only where they were asked for."""

    losses: Array
    """In the working precision, as are the probabilities."""
    probabilities: Array
    extremes: Extremes | None


def softplus(values: Array, out: Array, scratch: Scratch) -> None:
    """Write log(1 + exp(x)) of each value: ``max(x, 0) + log1p(exp(−|x|))``."""
    decay = scratch.get("decay", values.shape, values.dtype)
    with np.errstate(under="ignore"):  # a decay of 0 is right for a value out of range
        np.abs(values, out=decay)
        np.negative(decay, out=decay)
        np.exp(decay, out=decay)
    np.log1p(decay, out=decay)
    np.clip(values, 0, np.inf, out=values)  # sooner than a maximum
    np.add(decay, values, out=out)


def sigmoid_rows(
    values: Array, targets: Array, precision: Precision, scratch: Scratch, *, hard: bool, figures: bool
) -> SigmoidRows:
    """Return the loss of each outcome against its target in [0, 1], both [rows, columns].

    ``hard`` says that every target is known to be 0 or 1; with ``figures`` there are probabilities, too.
    """
    rows, columns = values.shape
    dtype = precision.dtype
    losses = np.empty(values.shape, dtype)
    probabilities = np.empty(values.shape if figures else (0, columns), dtype)
    ends: list[tuple[float, float, int, int]] = []
    for part in strips(rows, columns, 4 * np.dtype(dtype).itemsize):
        x, y = working(values[part], precision, scratch), targets[part]
        low, high = int(x.argmin()), int(x.argmax())
        flat = x.reshape(-1)
        ends.append(
            (float(flat[low]), float(flat[high]), part.start + low // columns, part.start + high // columns)
        )
        decay = scratch.get("decay", x.shape, dtype)
        with np.errstate(under="ignore", invalid="ignore"):  # a decay of 0 is right for a logit out of range
            np.abs(x, out=decay)
            np.negative(decay, out=decay)
            np.exp(decay, out=decay)
        if figures:
            _probabilities(x, decay, probabilities[part], scratch)
        shared = np.log1p(decay, out=decay)
        cost = scratch.get("cost", x.shape, dtype)
        with np.errstate(invalid="ignore"):  # such rows are computed anew
            if hard or are_bits(y):  # x or -x, or 0
                np.multiply(x, working(y, precision, scratch, name="share"), out=cost)
                above = np.clip(x, 0, np.inf, out=scratch.get("above", x.shape, dtype))
                np.subtract(above, cost, out=cost)
            else:
                _soft_costs(x, y, cost, scratch)
            np.add(cost, shared, out=losses[part])
        if not -WIDEST < flat[low] <= flat[high] < WIDEST:
            bad = part.start + np.flatnonzero(~(np.abs(x) < WIDEST).all(axis=1))
            _anew(values[bad], targets[bad], bad, losses, probabilities, figures)
    return SigmoidRows(losses=losses, probabilities=probabilities, extremes=_extremes(ends))


def are_bits(targets: Array) -> bool:
    """Tell whether every target is 0 or 1, of targets in [0, 1]."""
    return targets.dtype.kind in "biu" or bool(np.equal(targets, np.square(targets)).all())


def _soft_costs(x: Array, y: Array, cost: Array, scratch: Scratch) -> None:
    """Write y · max(−x, 0) + (1 − y) · max(x, 0)."""
    share = scratch.get("share", x.shape, x.dtype)
    np.copyto(share, y, casting="unsafe")
    part = scratch.get("above", x.shape, x.dtype)
    np.clip(x, -np.inf, 0, out=part)
    np.multiply(share, part, out=cost)
    np.subtract(1, share, out=share)
    np.clip(x, 0, np.inf, out=part)
    share *= part
    np.subtract(share, cost, out=cost)


def _probabilities(x: Array, decay: Array, out: Array, scratch: Scratch) -> None:
    """Write the sigmoid of x: 1 / (1 + decay) where x is 0 or more, and what is left to 1 elsewhere."""
    below = scratch.get("below", x.shape, np.bool_)
    np.less(x, 0, out=below)
    np.add(decay, 1, out=out)
    np.reciprocal(out, out=out)
    np.subtract(below, out, out=out)
    np.abs(out, out=out)


def _anew(
    values: Array, targets: Array, rows: Array, losses: Array, probabilities: Array, figures: bool
) -> None:
    """Compute rows in float64, as the kernel does."""
    terms = kernels.sigmoid_terms(values)
    losses[rows] = terms.losses(targets.astype(np.float64))
    if figures:
        probabilities[rows] = terms.probabilities()


def _extremes(ends: list[tuple[float, float, int, int]]) -> Extremes:
    lows, highs = (np.array([each[at] for each in ends]) for at in (0, 1))
    low, high = ends[int(lows.argmin())], ends[int(highs.argmax())]
    return Extremes(low=low[0], high=high[1], low_row=low[2], high_row=high[3])

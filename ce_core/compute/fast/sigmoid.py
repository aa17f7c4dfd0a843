"""Sigmoid cross-entropy, a strip of outcomes at a time, with one exponential a logit.

    loss = log1p(exp(z)),    of an outcome that is true or not, with z = −x where it is true and else x;
    loss = x · (H − y) + log1p(exp(−|x|)),    of the probability y of an outcome, with H = 1 where x > 0 and else 0,

of which every term is 0 or more. They are computed in the predictions' own precision: in float32 an exponential is off
by at most 3.0e-7 (NumPy's bound of 2.52 units in the last place), a logarithm by 2.4e-7 and H − y by 6e-8 of itself.
Logits beyond ±80 are left to the kernel, whose losses do not end where float32 does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ce_core import kernels

from .scratch import Scratch
from .strips import Array, Extremes, Precision, strips, working
from .totals import row_totals

WIDEST = 80.0
"""exp(−80) is 1.8e-35: a float32 with all its digits."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SigmoidRows:
    """One number for each outcome, [rows, columns]; the losses in nats, the others only where they were asked for."""

    losses: Array
    """In the working precision, as are the probabilities."""
    probabilities: Array
    extremes: Extremes


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


def sigmoid_losses(
    values: Array, targets: Array, precision: Precision, scratch: Scratch, *, hard: bool, mean: bool
) -> Array | None:
    """Return the loss of each row: the mean or the sum over its outcomes, [rows] of float64, in nats.

    ``hard`` says which of the two forms to take. None where the targets have another one: where they are not all 0 or
    1, or leave [0, 1]. The answer is a work array, and holds until the next one is asked for.
    """
    rows, columns = values.shape
    losses = scratch.get("row losses", (rows,), np.float64)
    for part in strips(rows, 2 * columns, np.dtype(precision.dtype).itemsize):
        x, y = working(values[part], precision, scratch), targets[part]
        costs = None if hard else _soft_costs(x, y, precision, scratch)
        powers = _wrong(x, y, precision, scratch) if hard else _below(x, scratch)
        if powers is None or (costs is None and not hard):
            return None
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
            single = np.log1p(np.exp(powers, out=powers), out=powers)
            if costs is not None:
                single += costs
        if columns == 1:
            losses[part] = single[:, 0]
        else:
            row_totals(single, losses[part], scratch)
        if not -WIDEST < x.min() <= x.max() < WIDEST:
            bad = part.start + np.flatnonzero(~(np.abs(x) < WIDEST).all(axis=1))
            losses[bad] = _exact(values[bad], targets[bad]).sum(axis=1)
    if mean and columns > 1:
        losses /= columns
    return losses


def _exact(values: Array, targets: Array, pos_weight: Array | float | None = None) -> Array:
    targets = targets.astype(np.float64)
    return kernels.sigmoid_terms(values).losses(targets, pos_weight=pos_weight)


def _weigh(losses: Array, y: Array, weight: Array, precision: Precision, scratch: Scratch) -> None:
    """Multiply losses by w · y + (1 − y): w where the outcome is true, else 1."""
    y = working(y, precision, scratch, name="share")
    factor = np.multiply(y, weight, out=scratch.get("costs", y.shape, y.dtype))
    factor += np.subtract(1, y, out=scratch.get("complements", y.shape, y.dtype))
    losses *= factor


_BITS: dict[int, tuple[Any, int, int]] = {4: (np.uint32, 8, 31), 8: (np.uint64, 11, 63)}
"""By the bytes of a float: the type of its bits, and how far from its sign are the lowest bit of its exponent and 1."""


def _wrong(x: Array, y: Array, precision: Precision, scratch: Scratch) -> Array | None:
    """Return the logit of what is not so: −x where the target is 1, x where it is 0; None where it is neither."""
    ones = np.equal(y, 1, out=scratch.get("ones", y.shape, np.bool_))
    zeros = np.equal(y, 0, out=scratch.get("zeros", y.shape, np.bool_))
    if not np.bitwise_or(zeros, ones, out=zeros).all():
        return None
    found = scratch.get("powers", x.shape, precision.dtype)
    kind, exponent, whole = _BITS[found.itemsize]
    signs = found.view(kind)
    if (
        y.dtype.kind == "f"
    ):  # of the bits of 1.0 the lowest one of the exponent is set, and those of 0.0 are not
        np.left_shift(working(y, precision, scratch, name="share").view(kind), exponent, out=signs)
    else:
        np.copyto(signs, ones)
        np.left_shift(signs, whole, out=signs)
    np.bitwise_xor(signs, x.view(kind), out=signs)
    return found


def _below(x: Array, scratch: Scratch) -> Array:
    """Return −|x|."""
    found = scratch.get("powers", x.shape, x.dtype)
    kind, _, whole = _BITS[found.itemsize]
    np.bitwise_or(x.view(kind), kind(1 << whole), out=found.view(kind))
    return found


def _soft_costs(x: Array, y: Array, precision: Precision, scratch: Scratch) -> Array | None:
    """Return x · (H − y), which is 0 or more; None where a target leaves [0, 1]."""
    if not 0 <= y.min() <= y.max() <= 1:
        return None
    costs = scratch.get("costs", x.shape, precision.dtype)
    with np.errstate(invalid="ignore"):  # such rows are computed anew
        np.copyto(costs, np.greater(x, 0, out=scratch.get("ones", x.shape, np.bool_)))
        np.subtract(costs, y, out=costs, casting="same_kind")
        costs *= x
    return costs


def sigmoid_rows(
    values: Array,
    targets: Array,
    precision: Precision,
    scratch: Scratch,
    *,
    hard: bool,
    pos_weight: Array | float | None = None,
) -> SigmoidRows | None:
    """Return the loss and the probability of each outcome, both [rows, columns], by the same two forms.

    ``pos_weight`` multiplies the losses of hard outcomes that are true: one number, or one for each column.
    """
    rows, columns = values.shape
    dtype = precision.dtype
    losses, probabilities = np.empty(values.shape, dtype), np.empty(values.shape, dtype)
    ends: list[tuple[float, float, int, int]] = []
    for part in strips(rows, 2 * columns, np.dtype(dtype).itemsize):
        x, y = working(values[part], precision, scratch), targets[part]
        flat = x.reshape(-1)
        low, high = int(flat.argmin()), int(flat.argmax())
        ends.append(
            (float(flat[low]), float(flat[high]), part.start + low // columns, part.start + high // columns)
        )
        one_strip = _hard_strip if hard else _soft_strip
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # such rows are computed anew
            if not one_strip(x, y, losses[part], probabilities[part], precision, scratch):
                return None
            if pos_weight is not None:
                _weigh(losses[part], y, np.asarray(pos_weight, dtype), precision, scratch)
        if not -WIDEST < flat[low] <= flat[high] < WIDEST:
            bad = part.start + np.flatnonzero(~(np.abs(x) < WIDEST).all(axis=1))
            losses[bad] = _exact(values[bad], targets[bad], pos_weight)
            probabilities[bad] = kernels.sigmoid(values[bad])
    return SigmoidRows(losses=losses, probabilities=probabilities, extremes=_extremes(ends))


def _hard_strip(
    x: Array, y: Array, losses: Array, probabilities: Array, precision: Precision, scratch: Scratch
) -> bool:
    """Write the losses and the probabilities of a strip, or tell that its targets have another form."""
    powers = _wrong(x, y, precision, scratch)
    if powers is None:
        return False
    np.exp(powers, out=powers)
    np.log1p(powers, out=losses)
    np.add(powers, 1, out=probabilities)
    np.divide(powers, probabilities, out=probabilities)  # of what is not so
    np.subtract(y, probabilities, out=probabilities, casting="same_kind")
    np.abs(probabilities, out=probabilities)
    return True


def _soft_strip(
    x: Array, y: Array, losses: Array, probabilities: Array, precision: Precision, scratch: Scratch
) -> bool:
    costs = _soft_costs(x, y, precision, scratch)
    if costs is None:
        return False
    powers = _below(x, scratch)
    np.exp(powers, out=powers)
    np.log1p(powers, out=losses)
    losses += costs
    np.exp(x, out=powers)
    np.add(powers, 1, out=probabilities)
    np.divide(powers, probabilities, out=probabilities)
    return True


def are_bits(targets: Array) -> bool:
    """Tell whether every target is 0 or 1, of targets in [0, 1]."""
    return targets.dtype.kind in "biu" or bool(np.equal(targets, np.square(targets)).all())


def _extremes(ends: list[tuple[float, float, int, int]]) -> Extremes:
    lows, highs = (np.array([each[at] for each in ends]) for at in (0, 1))
    low, high = ends[int(lows.argmin())], ends[int(highs.argmax())]
    return Extremes(low=low[0], high=high[1], low_row=low[2], high_row=high[3])

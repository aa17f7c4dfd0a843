"""Softmax cross-entropy of rows of class weights, a strip at a time: the losses and all that the diagnostics need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ce_core import kernels
from ce_core.compute.measure.common import entropy_terms

from .scratch import Scratch
from .soft import is_sound, joined
from .strips import FEW_COLUMNS, Array, Extremes, Precision, strips, working
from .top5 import few_at_a_time, in_top5
from .totals import fold, row_totals


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftRows:
    """One number for each row of a block. Its label is the class of the greatest weight, the first of equal ones."""

    losses: Array
    """In nats, as are the entropies."""
    labels: Array
    predicted: Array
    true: Array
    """The probability of the label."""
    confidence: Array
    outcome: Array
    """The weight of the predicted class."""
    share: Array
    """The weight of the label."""
    brier: Array
    entropy: Array
    """Of the weights."""
    top5: Array

    @classmethod
    def empty(cls, rows: int) -> SoftRows:
        """Return room for the numbers of so many rows, of which every label is among the first five classes."""
        whole, flags = {"labels", "predicted"}, np.ones(rows, dtype=bool)
        names = [name for name in cls.__dataclass_fields__ if name != "top5"]
        numbers = {name: np.empty(rows, np.intp if name in whole else np.float64) for name in names}
        return cls(**numbers, top5=flags)

    def part(self, rows: slice) -> SoftRows:
        """Return the room for some of the rows."""
        return SoftRows(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def soft_figures(
    values: Array, targets: Array, precision: Precision, scratch: Scratch
) -> tuple[SoftRows, Array, Extremes]:
    """Return the numbers of each row of logits [rows, columns], and the weight of each class over all rows."""
    rows, columns = values.shape
    found, mass = SoftRows.empty(rows), np.zeros(columns)
    ends: list[Extremes] = []
    one_strip = _by_columns if columns <= FEW_COLUMNS else _by_rows
    for part in strips(rows, 2 * columns, np.dtype(precision.dtype).itemsize):
        x, y, room = values[part], targets[part], found.part(part)
        with np.errstate(all="ignore"):  # rows out of range are computed anew
            good = one_strip(x, y, room, precision, scratch)
            good &= is_sound(x, y, room.losses, precision)
        np.copyto(wide := scratch.get("wide", y.shape, np.float64), y)
        mass += np.einsum("ij->j", wide)
        if not good.all():
            for some in few_at_a_time(np.flatnonzero(~good), columns):
                _anew(x, y, room, some)
        strip = Extremes.of(x)
        ends.append(
            Extremes(
                low=strip.low,
                high=strip.high,
                low_row=part.start + strip.low_row,
                high_row=part.start + strip.high_row,
            )
        )
    low = ends[int(np.array([each.low for each in ends]).argmin())]
    high = ends[int(np.array([each.high for each in ends]).argmax())]
    return (
        found,
        mass,
        Extremes(low=low.low, high=high.high, low_row=low.low_row, high_row=high.high_row),
    )


def _by_rows(values: Array, targets: Array, room: SoftRows, precision: Precision, scratch: Scratch) -> Array:
    """Write the numbers of a strip of many classes, and return of which rows they hold."""
    x = working(values, precision, scratch)
    y = working(targets, precision, scratch, name="targets")
    count, columns = x.shape
    x.argmax(axis=1, out=room.predicted)
    y.argmax(axis=1, out=room.labels)
    steps = scratch.steps(count, columns)
    at, mine = room.predicted + steps, room.labels + steps
    top, chosen, weights = x.reshape(-1).take(at), x.reshape(-1).take(mine), y.reshape(-1)
    work = scratch.get("exponentials", x.shape, precision.dtype)
    rest, mass = (scratch.get(name, (count,), np.float64) for name in ("rest", "mass"))
    np.exp(x, out=work)
    flat = work.reshape(-1)
    greatest = flat.take(at)
    flat[at] = 0.0
    row_totals(work, rest, scratch)
    flat[at] = greatest
    inverse = _shares(room, top, chosen, greatest, rest)
    room.outcome[...], room.share[...] = weights.take(at), weights.take(mine)
    work *= inverse[:, None].astype(precision.dtype)
    work -= y
    work *= work
    row_totals(work, room.brier, scratch)
    row_totals(_logs(y, work), room.entropy, scratch)
    np.subtract(top[:, None], x, out=work)
    work *= y
    row_totals(work, room.losses, scratch)
    row_totals(y, mass, scratch)
    good = _within(top, chosen, greatest, precision)
    missed = np.flatnonzero(room.predicted != room.labels)
    if missed.size and columns > 5:
        room.top5[missed] = in_top5(x, room.labels, missed)
    good &= joined(top.astype(np.float64), rest, mass, room.losses, columns, precision)
    return good


def _by_columns(
    values: Array, targets: Array, room: SoftRows, precision: Precision, scratch: Scratch
) -> Array:
    """Do the same for few classes, each step one long vector operation over the rows."""
    rows, columns = values.shape
    x, y, work, other = (
        scratch.get(name, (columns, rows), precision.dtype)
        for name in ("columns", "weights", "work", "other")
    )
    np.copyto(x, values.T)
    np.copyto(y, targets.T, casting="unsafe")
    top = np.maximum.reduce(x, axis=0)
    _first(np.equal(x, top), room.predicted)
    _first(np.equal(y, np.maximum.reduce(y, axis=0)), room.labels)
    steps = scratch.steps(rows, 1)
    at, mine = room.predicted * rows + steps, room.labels * rows + steps
    chosen = x.reshape(-1).take(mine)
    np.exp(x, out=work)
    flat = work.reshape(-1)
    greatest = flat.take(at)
    flat[at] = 0.0
    np.copyto(other, work)
    rest = fold(other).astype(np.float64)
    flat[at] = greatest
    weights = y.reshape(-1)
    room.outcome[...], room.share[...] = weights.take(at), weights.take(mine)
    work *= _shares(room, top, chosen, greatest, rest).astype(precision.dtype)
    work -= y
    work *= work
    room.brier[...] = fold(work)
    room.entropy[...] = fold(_logs(y, work))
    if columns > 5:
        reach = np.add.reduce(np.greater_equal(x, chosen).view(np.uint8), axis=0)
        np.less_equal(reach, 5, out=room.top5)
        far = np.flatnonzero(reach > 5)
        if far.size:
            room.top5[far] = in_top5(values, room.labels, far)
    good = _within(top, chosen, greatest, precision)
    np.subtract(top, x, out=x)
    x *= y
    room.losses[...] = fold(x)
    mass = fold(y).astype(np.float64)
    good &= joined(top.astype(np.float64), rest, mass, room.losses, columns, precision)
    return good


def _first(chosen: Array, out: Array) -> None:
    """Write which of the columns [columns, rows] is the first that is chosen; the last one where none is."""
    columns = len(chosen)
    countdown = np.arange(columns, 0, -1, dtype=np.uint8)[:, None]
    firsts = np.maximum.reduce(chosen.view(np.uint8) * countdown, axis=0)
    np.subtract(columns, firsts, out=out, dtype=np.intp)
    np.minimum(out, columns - 1, out=out)


def _shares(room: SoftRows, top: Array, chosen: Array, greatest: Array, rest: Array) -> Array:
    """Write the probabilities of the greatest logit and of the label's, and return 1 / Σ exp(x)."""
    inverse = np.reciprocal(rest + greatest)
    np.multiply(greatest, inverse, out=room.confidence)
    np.exp(np.subtract(chosen, top, dtype=np.float64), out=room.true)
    room.true[...] *= room.confidence
    return np.asarray(inverse)


def _logs(y: Array, work: Array) -> Array:
    """Return y · log(1 / y), which is 0 where y is."""
    np.clip(y, np.finfo(y.dtype).tiny, np.inf, out=work)
    np.log(work, out=work)
    work *= y
    return np.asarray(np.negative(work, out=work))


def _within(top: Array, chosen: Array, greatest: Array, precision: Precision) -> Array:
    """Tell of each row whether its exponentials are finite, and no logit is NaN."""
    return np.asarray((greatest <= precision.most) & (top >= chosen))


def _anew(x: Array, y: Array, room: SoftRows, rows: Array) -> None:
    """Write the numbers of some rows as the kernel has them."""
    terms, weights = kernels.softmax_terms(x[rows]), y[rows].astype(np.float64)
    p, at = terms.probabilities(), np.arange(len(rows))
    labels, predicted = weights.argmax(axis=1), terms.argmax
    room.losses[rows] = terms.dense_losses(weights)
    room.labels[rows], room.predicted[rows] = labels, predicted
    room.true[rows], room.confidence[rows] = p[at, labels], p[at, predicted]
    room.share[rows], room.outcome[rows] = weights[at, labels], weights[at, predicted]
    room.brier[rows] = np.square(p - weights).sum(axis=1)
    with np.errstate(invalid="ignore"):  # of weights below 0 there is no entropy
        room.entropy[rows] = entropy_terms(weights).sum(axis=1)
    room.top5[rows] = in_top5(x, room.labels, rows)

"""The sums of a block of independent outcomes, from their losses and probabilities.

Of sums over single outcomes nearly all are over float32, added as float64, a strip at a time: none depends on how the
arrays are cut beyond the rounding of a float64. Forecasts at either end, of which trained models give most, are told
from the bins between by comparisons, and only the few between are put into their bins one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ce_core.compute.measure.common import Measured, with_sums
from ce_core.compute.plan import Plan
from ce_core.compute.sums import Bins, ClassSums
from ce_core.compute.sums.calibration import BINS
from ce_core.read.counting import Block

from .joined import Array, loss_sums, worst_sums
from .scratch import Scratch
from .sigmoid import SigmoidRows
from .strips import SINGLE, precision_of, strips, working
from .totals import row_totals


def measured(block: Block, rows: SigmoidRows, plan: Plan, sequences: bool, scratch: Scratch) -> Measured:
    """Return the sums of targets [rows, columns] without weights, as `measure_independent` does."""
    units, unit = plan.layout.units, plan.settings.unit
    single = rows.losses if unit == 1 else rows.losses * np.asarray(unit, rows.losses.dtype)
    losses = joined(single, plan, scratch)
    partial = loss_sums(block, plan, losses, None, sequences)
    p, truth = rows.probabilities, block.targets > 0.5

    def named(at: int) -> tuple[Any, Any, float]:
        expected, said = truth[at], p[at] > 0.5
        true = float(_probabilities(np.where(expected, -1.0, 1.0) * block.predictions[at]).prod())
        if units == 1:
            return int(expected[0]), int(said[0]), true
        return tuple(np.flatnonzero(expected).tolist()), tuple(np.flatnonzero(said).tolist()), true

    count = float(len(losses))
    return Measured(
        partial=with_sums(
            partial,
            element_loss=float(losses.sum()) * (units if plan.settings.labels != "sum" else 1),
            elements=single.size,
            worst=worst_sums(block, losses, None, named, scratch),
            sample_weight=count,
            element_weight=count * units,
            **_figures(single, p, block.targets, plan, scratch),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=lambda: p.astype(np.float64),
        labels=truth,
        predicted=truth,
        true_probability=losses,
    )


def joined(single: Array, plan: Plan, scratch: Scratch) -> Array:
    """Return the loss of each example as float64: of its one outcome, or the mean or sum over its labels."""
    if single.shape[1] == 1:
        return single[:, 0].astype(np.float64)
    losses = np.empty(len(single), np.float64)
    row_totals(single, losses, scratch)
    return losses if plan.settings.labels == "sum" else np.asarray(losses / single.shape[1])


def _probabilities(wrong: Array) -> Array:
    """Return the probability of what is true, of logits for the other outcome, with all its digits."""
    with np.errstate(over="ignore"):  # the exponential of a large logit is infinite, and its inverse 0
        return np.asarray(1.0 / (1.0 + np.exp(wrong)))


def _figures(single: Array, p: Array, targets: Array, plan: Plan, scratch: Scratch) -> dict[str, object]:
    """Return the sums behind the figures."""
    units = p.shape[1]
    sums: dict[str, Any] = {}
    for part in strips(len(p), 2 * units, p.itemsize):
        y = working(targets[part], precision_of(p.dtype) or SINGLE, scratch, name="share")
        for name, found in _of_strip(single[part], p[part], y, plan, scratch).items():
            sums[name] = sums[name] + found if name in sums else found
    table = sums.pop("table")
    bins = Bins(counts=table[0], weights=table[0], confidence=table[1], outcome=table[2])
    return {"bins": bins, "classes": (_two_classes if units == 1 else _labels)(sums, len(p)), **sums}


def _of_strip(single: Array, p: Array, y: Array, plan: Plan, scratch: Scratch) -> dict[str, Any]:
    """Return the sums of a strip by their names in `Partial`, the reliability table, and the sums of the classes."""
    shape = p.shape
    work = scratch.get("costs", shape, p.dtype)
    truth = np.greater(y, 0.5, out=scratch.get("ones", shape, np.bool_))
    said = np.greater(p, 0.5, out=scratch.get("zeros", shape, np.bool_))
    sums: dict[str, Any] = {"table": _table(p, y, truth, plan.soft, scratch)}
    whole = float(sums["table"][1].sum())
    np.subtract(p, 0.5, out=work)
    np.abs(work, out=work)
    sums["confidence"] = total(work) + p.size / 2
    np.subtract(p, y, out=work)
    np.square(work, out=work)
    sums["brier"] = total(work)
    if plan.soft:
        sums["target_entropy"] = _entropy(y, work, scratch) * plan.settings.unit
        if plan.settings.labels != "sum":
            sums["target_entropy"] /= shape[1]
    by_class = _classes_of_column if shape[1] == 1 else _labels_of_strip
    hits = np.equal(said, truth, out=said)
    count = np.count_nonzero(hits)
    sums["hits"] = float(count)
    sums["all_hits"] = float(count if shape[1] == 1 else np.count_nonzero(hits.all(axis=1)))
    return sums | by_class(single, p, y, truth, hits, whole, plan.soft, work, scratch)


def total(values: Array) -> float:
    """Return the sum of floats of any width, added as float64."""
    return float(np.add.reduce(values, axis=None, dtype=np.float64))


def _table(p: Array, y: Array, truth: Array, soft: bool, scratch: Scratch) -> Array:
    """Return how many forecasts each bin has, the sum of these, and that of what happened: [3, bins]."""
    p, y, truth = p.reshape(-1), y.reshape(-1), truth.reshape(-1)
    scaled = np.multiply(p, BINS, out=scratch.get("scaled", p.shape, p.dtype))
    low = np.less_equal(scaled, 1, out=scratch.get("low", p.shape, np.bool_))
    high = np.greater(scaled, BINS - 1, out=scratch.get("high", p.shape, np.bool_))
    table = np.zeros((3, BINS))
    lows, highs = np.count_nonzero(low), np.count_nonzero(high)
    table[0, 0], table[0, -1] = lows, highs
    if lows + highs < p.size:
        between = np.flatnonzero(~np.bitwise_or(low, high, out=scratch.get("ends", p.shape, np.bool_)))
        place = np.ceil(scaled[between]).astype(np.intp)
        place -= 1
        for row, each in zip(table, (None, p, y), strict=True):
            row += np.bincount(place, weights=None if each is None else each[between], minlength=BINS)
    table[1, 0] = total(np.multiply(p, low, out=scaled))
    if highs:  # of which each is near 1: as a difference their sum keeps its digits
        table[1, -1] = total(p) - table[1].sum()
    for at, ends in ((0, low), (-1, high)):
        if soft:
            table[2, at] += total(np.multiply(y, ends, out=scaled))
        else:
            table[2, at] += np.count_nonzero(np.bitwise_and(ends, truth, out=ends))
    return table


def _entropy(y: Array, work: Array, scratch: Scratch) -> float:
    """Return the sum of -y log y - (1 - y) log(1 - y), of which 0 log 0 is 0."""
    logs = scratch.get("logs", y.shape, y.dtype)
    found = 0.0
    for complement in (False, True):
        share = np.subtract(1, y, out=work) if complement else y
        with np.errstate(divide="ignore", invalid="ignore"):  # 0 log 0, which the clip makes 0
            np.log(share, out=logs)
            np.clip(logs, -1000, 0, out=logs)
        logs *= share
        found -= total(logs)
    return found


def _classes_of_column(
    single: Array,
    p: Array,
    y: Array,
    truth: Array,
    hits: Array,
    whole: float,
    soft: bool,
    work: Array,
    scratch: Scratch,
) -> dict[str, Any]:
    """Return the sums of one outcome, those of what is not true first; ``whole`` is that of its probabilities."""
    chosen = truth if soft else y  # of floats alone a product is sooner
    true = np.count_nonzero(truth)
    true_hits = np.count_nonzero(np.bitwise_and(hits, truth, out=scratch.get("low", hits.shape, np.bool_)))
    if single.max() < np.inf:
        true_loss = total(np.multiply(single, chosen, out=work))
        other_loss = total(np.subtract(single, work, out=work))
    else:
        true_loss, other_loss = total(single[truth]), total(single[~truth])
    said = total(np.multiply(p, chosen, out=work))
    mass = total(y) if soft else float(true)
    other_mass = total(np.subtract(1, y, out=work)) if soft else float(len(y) - true)
    return {
        "support": np.array([other_mass, mass]),
        "positives": np.array([len(y) - true, true], dtype=np.float64),
        "loss": np.array([other_loss, true_loss]),
        "hits of class": np.array([np.count_nonzero(hits) - true_hits, true_hits], dtype=np.float64),
        "probability": np.array([len(y) - true - (whole - said), said]),
    }


def _two_classes(sums: dict[str, Any], count: int) -> ClassSums:
    """Return the sums of one outcome as those of two classes: not true, and true."""
    support, positives = sums.pop("support"), sums.pop("positives")
    full = np.full(2, float(count))
    return ClassSums(
        support=support,
        seen=positives,
        loss=sums.pop("loss"),
        hits=sums.pop("hits of class"),
        probability=sums.pop("probability"),
        weighted=support,
        weighted_seen=full,
        positives=positives,
        counted=full,
    )


def _labels_of_strip(
    single: Array,
    p: Array,
    y: Array,
    truth: Array,
    hits: Array,
    whole: float,
    soft: bool,
    work: Array,
    scratch: Scratch,
) -> dict[str, Any]:
    """Return the sums of each label, of which there are none over all (``whole``)."""
    wide = scratch.get("wide", p.shape, np.float64)

    def per_label(values: Array) -> Array:
        np.copyto(wide, values)
        return np.asarray(np.einsum("ij->j", wide))

    def counts(values: Array) -> Array:  # whole numbers, and far fewer than float32 can count
        np.copyto(work, values)
        return np.asarray(np.einsum("ij->j", work), dtype=np.float64)

    positives = counts(truth)
    return {
        "support": per_label(y) if soft else positives,
        "positives": positives,
        "loss": per_label(single),
        "hits of class": per_label(np.multiply(y, hits, out=work)) if soft else counts(truth & hits),
        "probability": per_label(np.multiply(p, y, out=work)),
    }


def _labels(sums: dict[str, Any], count: int) -> ClassSums:
    """Return the sums of each label."""
    support, positives = sums.pop("support"), sums.pop("positives")
    full = np.broadcast_to(np.float64(count), support.shape)
    return ClassSums(
        support=support,
        seen=full,
        loss=sums.pop("loss"),
        hits=sums.pop("hits of class"),
        probability=sums.pop("probability"),
        weighted=support,
        weighted_seen=full,
        positives=positives,
        counted=full,
    )

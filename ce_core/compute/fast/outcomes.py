"""The sums of a block of independent outcomes that are true or not, from its losses and probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from ce_core.compute.measure.common import Measured, with_sums
from ce_core.compute.plan import Plan
from ce_core.compute.sums import Bins, ClassSums
from ce_core.compute.sums.calibration import BINS
from ce_core.read.counting import Block

from .joined import Array, loss_sums, places, worst_sums
from .scratch import Scratch
from .sigmoid import SigmoidRows
from .totals import row_totals


def measured(block: Block, rows: SigmoidRows, plan: Plan, sequences: bool, scratch: Scratch) -> Measured:
    """Return the sums of hard targets [rows, columns] without weights, as `measure_independent` does."""
    units, unit = plan.layout.units, plan.settings.unit
    single = rows.losses if unit == 1 else rows.losses * np.asarray(unit, rows.losses.dtype)
    losses = joined(single, plan, scratch)
    partial = loss_sums(block, plan, losses, None, sequences)
    p, truth = rows.probabilities, block.targets.astype(bool, copy=False)

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
            **_figures(single, p, truth),
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


def _figures(single: Array, p: Array, truth: Array) -> dict[str, object]:
    """Return the sums behind the figures.

    Nearly all of them are sums over the outcomes of a bin that came true, or did not: 30 half bins, for where the
    halves of the middle one meet is 1/2.
    """
    units = p.shape[1]
    shares = p.reshape(-1)
    place = places(shares, 2 * BINS)
    place *= 2
    place += truth.reshape(-1)

    def table(values: Array | None) -> Array:
        sums = np.bincount(place, weights=values, minlength=4 * BINS).reshape(2 * BINS, 2)
        return np.asarray(sums.T, dtype=np.float64)

    counts, sums = table(None), table(shares)
    said = slice(BINS, None)
    hits = np.array([counts[0, :BINS].sum(), counts[1, said].sum()])
    gaps = np.subtract(p, truth, dtype=p.dtype)
    np.square(gaps, out=gaps)
    return {
        "bins": Bins(
            counts=_bins(counts),
            weights=_bins(counts),
            confidence=_bins(sums),
            outcome=counts[1].reshape(BINS, 2).sum(axis=1),
        ),
        "classes": (
            _two_classes(counts, sums, hits, table(single.reshape(-1)))
            if units == 1
            else _labels(single, p, truth)
        ),
        "hits": float(hits.sum()),
        "all_hits": float(hits.sum() if units == 1 else ((p > 0.5) == truth).all(axis=1).sum()),
        "brier": float(np.add.reduce(gaps, axis=None, dtype=np.float64)),
        "confidence": float(sums[:, said].sum() + (counts - sums)[:, :BINS].sum()),
    }


def _bins(table: Array) -> Array:
    return np.asarray(table.sum(axis=0).reshape(BINS, 2).sum(axis=1))


def _two_classes(counts: Array, sums: Array, hits: Array, losses: Array) -> ClassSums:
    """Return the sums of one outcome as those of two classes: not true, and true."""
    seen = counts.sum(axis=1)
    positive = sums.sum(axis=1)
    return ClassSums(
        support=seen,
        seen=seen,
        loss=losses.sum(axis=1),
        hits=hits,
        probability=np.array([seen[0] - positive[0], positive[1]]),
        weighted=seen,
        weighted_seen=np.full(2, seen.sum()),
        positives=seen,
        counted=np.full(2, seen.sum()),
    )


def _labels(single: Array, p: Array, truth: Array) -> ClassSums:
    """Return the sums of each label."""

    def per_label(values: Array) -> Array:
        if values.dtype == bool:  # whole numbers, and far fewer than float32 can count
            return np.asarray(values.astype(np.float32).sum(axis=0), dtype=np.float64)
        return np.asarray(values.astype(np.float64, copy=False).sum(axis=0))

    support = per_label(truth)
    full = np.broadcast_to(np.float64(len(p)), support.shape)
    return ClassSums(
        support=support,
        seen=full,
        loss=per_label(single),
        hits=per_label((p > 0.5) & truth),
        probability=per_label(p * truth),
        weighted=support,
        weighted_seen=full,
        positives=support,
        counted=full,
    )

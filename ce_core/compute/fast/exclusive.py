"""The sums of a block of class indices, from one number a row."""

from __future__ import annotations

import math

import numpy as np

from ce_core.compute.measure.common import Measured, cost_of, with_sums
from ce_core.compute.measure.exclusive import class_weight_of, target_entropy
from ce_core.compute.measure.forms import exclusive_form
from ce_core.compute.plan import Plan
from ce_core.compute.sums import ClassSums, Confusions, dot
from ce_core.read.counting import Block

from .joined import Array, bins_of_hits, loss_sums, worst_sums
from .rows import SoftmaxRows
from .scratch import Scratch
from .strips import STRIP_BYTES
from .tables import bins_and_classes

_FEW = 32
"""Up to so many classes one table holds the bins, the outcomes and the classes."""


def measured(
    block: Block, labels: Array, rows: SoftmaxRows, plan: Plan, sequences: bool, scratch: Scratch
) -> Measured:
    """Return the sums of examples of one true class, as `measure_exclusive` does."""
    losses = rows.losses if plan.settings.unit == 1 else rows.losses * plan.settings.unit
    sample, weights = block.weights, block.weights
    if plan.class_weights is not None:
        weights = np.asarray(class_weight_of(block, plan) * (1.0 if sample is None else sample))
    units, count = plan.layout.units, len(losses)
    partial = loss_sums(block, plan, losses, weights, sequences)

    most = partial.spread.most if math.isfinite(partial.loss) else math.inf

    def named(at: int) -> tuple[int, int, float]:
        return int(labels[at]), int(block.predictions[at].argmax()), float(rows.true[at])

    total = float(count) if sample is None else float(sample.sum())
    sums = rows.sums if sample is None else None
    confidence = sums.confidence if sums is not None else _total(rows.confidence, sample)
    if weights is None and units <= _FEW and math.isfinite(partial.loss):
        bins, classes = bins_and_classes(
            labels, rows, losses, units, loss=partial.loss, confidence=confidence
        )
    else:
        bins = bins_of_hits(rows.confidence, rows.hits, sample)
        classes = _classes(labels, rows, losses, sample, weights, units)
    return Measured(
        partial=with_sums(
            partial,
            element_loss=partial.loss,
            elements=count * units,
            worst=worst_sums(block, losses, weights, named, scratch, most),
            bins=bins,
            classes=classes,
            confusions=Confusions.of_values(
                block.predictions,
                labels,
                rows.hits,
                weights=sample,
                numbers=block.numbers,
                among=plan.layout.rows,
                strip=max(1, STRIP_BYTES // (4 * units)),
            ),
            sample_weight=total,
            element_weight=total,
            hits=_total(rows.hits, sample),
            top5=_total(rows.top5, sample) if units > 5 else 0.0,
            brier=sums.brier if sums is not None else _total(rows.brier, sample),
            confidence=confidence,
            target_entropy=_entropy(block, partial.weight, plan),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=lambda: exclusive_form(plan)(block.predictions, block.targets, plan).probabilities(),
        labels=labels,
        predicted=labels,
        true_probability=rows.true,
    )


def _entropy(block: Block, weight: float, plan: Plan) -> float:
    """Return the entropy of the smoothed labels, which all have the same."""
    return target_entropy(block.targets, np.array([weight]), plan) if plan.soft else 0.0


def _total(values: Array, sample: Array | None) -> float:
    if sample is not None:
        return dot(sample, values)
    return float(np.count_nonzero(values)) if values.dtype == bool else float(values.sum(dtype=np.float64))


def _classes(
    labels: Array, rows: SoftmaxRows, losses: Array, sample: Array | None, weights: Array | None, units: int
) -> ClassSums:
    def per_class(values: Array) -> Array:
        return np.bincount(labels, weights=values, minlength=units)

    if sample is None:
        sums = np.bincount(labels * 2 + rows.hits, minlength=2 * units).reshape(units, 2)
        hits = sums[:, 1].astype(np.float64)
        seen = sums[:, 0] + hits
        loss, probability = per_class(losses), per_class(rows.true)
    else:
        seen, hits = per_class(sample), per_class(sample * rows.hits)
        loss, probability = per_class(cost_of(sample, losses)), per_class(sample * rows.true)
    weighted = seen if weights is sample else per_class(np.asarray(weights))
    whole = float(len(labels)) if weights is None else float(weights.sum())
    return ClassSums(
        support=seen,
        seen=seen,
        loss=loss,
        hits=hits,
        probability=probability,
        weighted=weighted,
        weighted_seen=np.broadcast_to(np.float64(whole), (units,)),
        positives=seen if sample is None else np.bincount(labels, minlength=units),
        counted=np.full(1, len(labels)),
    )

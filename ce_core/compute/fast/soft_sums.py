"""The sums of a block of rows of class weights, from a few numbers of each row."""

from __future__ import annotations

import numpy as np

from ce_core.compute.measure.common import Measured, with_sums
from ce_core.compute.measure.exclusive import class_weight_of
from ce_core.compute.measure.forms import exclusive_form
from ce_core.compute.plan import Plan
from ce_core.compute.sums import Bins, ClassSums, Confusions, by_column, dot
from ce_core.read.counting import Block

from .joined import Array, loss_sums, worst_sums
from .scratch import Scratch
from .soft_figures import SoftRows


def measured(
    block: Block, rows: SoftRows, mass: Array, plan: Plan, sequences: bool, scratch: Scratch
) -> Measured:
    """Return the sums of examples whose classes have shares, as `measure_exclusive` does."""
    unit, units = plan.settings.unit, plan.layout.units
    losses = rows.losses if unit == 1 else rows.losses * unit
    sample, weights = block.weights, block.weights
    if plan.class_weights is not None:
        weights = np.asarray(class_weight_of(block, plan) * (1.0 if sample is None else sample))
    partial = loss_sums(block, plan, losses, weights, sequences)
    hits = rows.predicted == rows.labels

    def named(at: int) -> tuple[int, int, float]:
        return int(rows.labels[at]), int(rows.predicted[at]), float(rows.true[at])

    empty = rows.share == 0
    whole = float(len(losses)) if sample is None else float(sample.sum())
    entropy = _total(rows.entropy, weights) * unit if plan.soft else 0.0
    return Measured(
        partial=with_sums(
            partial,
            element_loss=partial.loss,
            elements=len(losses) * units,
            worst=worst_sums(block, losses, weights, named, scratch),
            target_entropy=entropy,
            bins=Bins.of(rows.confidence, rows.outcome, sample),
            classes=_classes(block, rows, losses, mass, hits, weights, units),
            confusions=Confusions.of(
                rows.labels,
                rows.predicted,
                ~hits,
                units=units,
                weights=sample,
                numbers=block.numbers,
                among=plan.layout.rows,
            ),
            sample_weight=whole,
            element_weight=whole,
            hits=_total(hits, sample),
            top5=_total(rows.top5, sample) if units > 5 else 0.0,
            brier=_total(rows.brier, sample),
            confidence=_total(rows.confidence, sample),
            unlabelled=int(np.count_nonzero(empty)),
            unlabelled_loss=_total(losses[empty], None if weights is None else weights[empty]),
            unlabelled_weight=float(np.count_nonzero(empty) if weights is None else weights[empty].sum()),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=lambda: exclusive_form(plan)(block.predictions, block.targets, plan).probabilities(),
        labels=rows.labels,
        predicted=rows.predicted,
        true_probability=rows.true,
    )


def _total(values: Array, weights: Array | None) -> float:
    return float(values.sum()) if weights is None else dot(weights, values)


def _classes(
    block: Block,
    rows: SoftRows,
    losses: Array,
    mass: Array,
    hits: Array,
    weights: Array | None,
    units: int,
) -> ClassSums:
    labels, sample = rows.labels, block.weights

    def per_class(values: Array | None) -> Array:
        found = values if sample is None else sample if values is None else sample * values
        return np.bincount(labels, weights=found, minlength=units).astype(np.float64, copy=False)

    seen = per_class(None)
    targets = block.targets if weights is None else block.targets.astype(np.float64, copy=False)
    support = mass if sample is None else by_column(sample, targets)
    return ClassSums(
        support=support,
        seen=seen,
        loss=per_class(losses),
        hits=per_class(hits),
        probability=per_class(rows.true),
        weighted=mass if weights is None else support if weights is sample else by_column(weights, targets),
        weighted_seen=np.full(units, float(len(labels)) if weights is None else weights.sum()),
        positives=seen if sample is None else np.bincount(labels, minlength=units),
        counted=np.full(1, len(labels)),
    )

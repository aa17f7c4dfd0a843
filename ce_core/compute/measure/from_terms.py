"""Examples whose logits were never held: their sums, from what a run of rows keeps of all K logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from ce_core.compute.plan import Plan
from ce_core.compute.sums import Bins, ClassSums, Confusions, Partial, SequenceSums, dot
from ce_core.kernels.features import LinearSoftmaxTerms
from ce_core.read.counting import Block

from .common import (
    Array,
    Measured,
    common_sums,
    cost_of,
    entropy_terms,
    sequence_sums,
    with_sums,
    worst_of,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """One number for each example: its loss, and all that the figures beside it need of its logits."""

    losses: Array
    """In the unit of the plan."""
    labels: Array
    predicted: Array
    true: Array
    """The probability of the label."""
    confidence: Array
    brier: Array
    top5: Array

    @classmethod
    def of(cls, terms: LinearSoftmaxTerms, labels: Array, plan: Plan) -> Rows:
        """Return what a run of rows brings."""
        return cls(
            losses=terms.losses(label_smoothing=plan.smooth) * plan.settings.unit,
            labels=labels.astype(np.intp, copy=False),
            predicted=terms.argmax,
            true=terms.true_probability(),
            confidence=terms.confidence(),
            brier=terms.brier(),
            top5=terms.in_top(5),
        )

    @classmethod
    def join(cls, parts: Sequence[Rows]) -> Rows:
        """Return runs of rows that follow each other as one."""
        return cls(
            **{
                each.name: np.concatenate([getattr(part, each.name) for part in parts])
                for each in fields(cls)
            }
        )

    def part(self, chosen: Array) -> Rows:
        """Return some of the examples."""
        return Rows(**{each.name: getattr(self, each.name)[chosen] for each in fields(self)})


def measure_rows(block: Block, rows: Rows, plan: Plan, *, sequences: bool) -> tuple[Measured, ...]:
    """Return the sums of the examples of a block, as `measure` does of logits, without its positions.

    Examples of no sample weight are measured by themselves, so that not even a NaN of theirs reaches the sums.
    """
    if block.weights is None or block.weights.all():
        return (_measure(block, rows, plan, sequences),)
    heavy = block.weights > 0
    light = replace(part_of(block, ~heavy), weights=None)
    rest = _measure(light, rows.part(~heavy), plan, False)
    nothing = np.zeros(len(light.numbers))
    counted = Partial(
        count=rest.partial.count,
        elements=rest.partial.elements,
        sequences=sequence_sums(light, plan, nothing, nothing) if sequences else SequenceSums(),
    )
    return _measure(part_of(block, heavy), rows.part(heavy), plan, sequences), replace(rest, partial=counted)


def part_of(block: Block, chosen: Array | slice) -> Block:
    """Return some of the examples of a block of class indices."""
    return replace(
        block,
        chosen=block.numbers[chosen],
        predictions=block.predictions[chosen],
        targets=block.targets[chosen],
        weights=None if block.weights is None else block.weights[chosen],
    )


def weights_of(block: Block, labels: Array, plan: Plan) -> Array:
    """Return the weight of each example: its sample weight times the class weight of its label.

    Of several true classes [rows, T] each has an equal share.
    """
    sample = np.ones(len(labels)) if block.weights is None else block.weights
    if plan.class_weights is None:
        return sample
    each = plan.class_weights[labels]
    return np.asarray(sample * (each if labels.ndim == 1 else each.mean(axis=1)))


def bare_sums(block: Block, losses: Array, weights: Array, plan: Plan, *, sequences: bool) -> Partial:
    """Return the sums that every loss of exclusive classes has, without the positions of the block."""
    partial = replace(common_sums(block, plan, losses, weights, sequences), positions=0)
    return with_sums(
        partial,
        element_loss=partial.loss,
        elements=len(losses) * plan.layout.units,
        sample_weight=float(len(losses) if block.weights is None else block.weights.sum()),
    )


def _measure(block: Block, rows: Rows, plan: Plan, sequences: bool) -> Measured:
    units, labels = plan.layout.units, rows.labels
    sample = np.ones(len(labels)) if block.weights is None else block.weights
    weights = weights_of(block, labels, plan)
    # A logit that is not finite has no probability: it is no hit, and in no bin.
    hits = (rows.predicted == labels) & ~np.isnan(rows.confidence)

    def per_class(values: Array) -> Array:
        return np.asarray(np.bincount(labels, weights=values, minlength=units))

    seen = per_class(sample)
    partial = with_sums(
        bare_sums(block, rows.losses, weights, plan, sequences=sequences),
        worst=worst_of(rows.losses, weights, block.numbers, labels, rows.predicted, rows.true),
        target_entropy=_target_entropy(weights, plan) if plan.soft else 0.0,
        bins=Bins.of(rows.confidence, hits.astype(np.float64), sample),
        classes=ClassSums(
            support=seen,
            seen=seen,
            loss=per_class(cost_of(sample, rows.losses)),
            hits=per_class(sample * hits),
            probability=per_class(sample * rows.true),
            weighted=per_class(weights),
            weighted_seen=np.full(units, weights.sum()),
            positives=np.bincount(labels, minlength=units),
            counted=np.full(1, len(labels)),
        ),
        confusions=Confusions.of(
            labels,
            rows.predicted,
            ~(hits | np.isnan(rows.confidence)),
            units=units,
            weights=sample,
            numbers=block.numbers,
            among=plan.layout.rows,
        ),
        element_weight=float(sample.sum()),
        hits=dot(sample, hits),
        top5=dot(sample, rows.top5) if units > 5 else 0.0,
        brier=dot(sample, rows.brier),
        confidence=dot(sample, rows.confidence),
    )
    return Measured(
        partial=partial,
        numbers=block.numbers,
        losses=rows.losses,
        probabilities=_none,
        labels=labels,
        predicted=rows.predicted,
        true_probability=rows.true,
    )


def _target_entropy(weights: Array, plan: Plan) -> float:
    """Return the weighted sum of the entropies of the smoothed labels, which are all the same."""
    units, smooth = plan.layout.units, plan.smooth
    low = smooth / units
    one, other = entropy_terms(np.array([1 - smooth + low, low]))
    return float(weights.sum() * (one + (units - 1) * other) * plan.settings.unit)


def _none() -> Array:
    raise NotImplementedError("the probabilities of a run of rows are never held")

"""A block whose classes compete: one class is true for each example, or each has its share."""

from __future__ import annotations

import numpy as np

from ce_core.compute.plan import Plan
from ce_core.compute.sums import Bins, ClassSums, by_column, by_row, dot
from ce_core.read.counting import Block

from .common import (
    Array,
    Measured,
    common_sums,
    cost_of,
    entropy_terms,
    first_rows,
    predictions_of,
    with_sums,
    worst_of,
)
from .forms import EXCLUSIVE, IMPOSSIBLE, Exclusive

_FEW_CLASSES = 64
"""Below this many classes it is faster to compare class by class than example by example."""


def measure_exclusive(block: Block, plan: Plan, sequences: bool) -> Measured:
    """Return the sums of examples whose classes compete.

    The weight of an example is its sample weight times the class weight of its class, or of its classes in
    their shares. For accuracy, recall and the table of classes the class of soft targets is their greatest,
    the first of equal ones; it is among the top five if fewer than five classes are above it.
    """
    values = predictions_of(block, plan)
    q = EXCLUSIVE[plan.loss.given](values, block.targets, plan)
    losses = q.losses * plan.settings.unit
    labels: Array = (
        block.targets.astype(np.intp, copy=False) if block.targets.ndim == 1 else block.targets.argmax(axis=1)
    )
    sample = np.ones(len(losses)) if block.weights is None else block.weights
    weights = sample * class_weight_of(block, plan)
    true = q.of(labels)
    partial = common_sums(block, plan, losses, weights, sequences)
    worst = worst_of(losses, weights, block.numbers, labels, q.predicted, true)
    return Measured(
        partial=with_sums(
            partial,
            element_loss=partial.loss,
            elements=len(losses) * plan.layout.units,
            worst=worst,
            target_entropy=_target_entropy(block.targets, weights, plan) if plan.soft else 0.0,
            **_figures(block, plan, q, values, labels, true, sample, weights),
            **_at_the_bounds(block, plan, values, labels, true, cost_of(weights, losses)),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=q.probabilities,
        labels=labels,
        predicted=q.predicted,
        true_probability=true,
    )


def _figures(
    block: Block,
    plan: Plan,
    q: Exclusive,
    values: Array,
    labels: Array,
    true: Array,
    sample: Array,
    weights: Array,
) -> dict[str, object]:
    """Return the sums behind the figures, each weighted by the sample weights alone."""
    units = plan.layout.units
    confidence = q.of(q.predicted)
    hits = (q.predicted == labels) & ~np.isnan(confidence)
    seen: Array = np.bincount(labels, weights=sample, minlength=units)
    mass: Array
    weighted: Array
    if block.targets.ndim == 1:
        # Every term is at least 0: the squares of a row cannot round to less than one of them.
        brier = (1 - true) ** 2 + np.maximum(q.squares() - true * true, 0.0)
        outcome, mass = hits.astype(np.float64), seen
        weighted = np.bincount(labels, weights=weights, minlength=units)
    else:
        targets = block.targets.astype(np.float64, copy=False)
        brier = np.square(q.probabilities() - targets).sum(axis=1)
        outcome = targets[np.arange(len(targets)), q.predicted]
        mass, weighted = by_column(sample, targets), by_column(weights, targets)
    losses = q.losses * plan.settings.unit
    return {
        "bins": Bins.of(confidence, outcome, sample),
        "classes": ClassSums(
            support=mass,
            seen=seen,
            loss=np.bincount(labels, weights=sample * losses, minlength=units),
            hits=np.bincount(labels, weights=sample * hits, minlength=units),
            probability=np.bincount(labels, weights=sample * true, minlength=units),
            weighted=weighted,
            weighted_seen=np.full(units, weights.sum()),
        ),
        "sample_weight": float(sample.sum()),
        "element_weight": float(sample.sum()),
        "hits": dot(sample, hits),
        "top5": dot(sample, _in_top5(values, labels)) if units > 5 else 0.0,
        "brier": dot(sample, brier),
        "confidence": dot(sample, confidence),
    }


def class_weight_of(block: Block, plan: Plan) -> Array | float:
    """Return the class weight of each example: of its class, or of its classes in their shares."""
    if plan.class_weights is None:
        return 1.0
    if block.targets.ndim == 1:
        return np.asarray(plan.class_weights[block.targets.astype(np.intp, copy=False)])
    return by_row(block.targets.astype(np.float64, copy=False), plan.class_weights)


def _in_top5(values: Array, labels: Array) -> Array:
    """Return whether fewer than five classes are above the label, and nothing is NaN."""
    chosen = values[np.arange(len(labels)), labels]
    if values.shape[1] < _FEW_CLASSES:
        above = (np.ascontiguousarray(values.T) > chosen).sum(axis=0)
    else:
        above = np.count_nonzero(values > chosen[:, None], axis=1)
    return np.asarray((above < 5) & ~np.isnan(chosen))


def _target_entropy(targets: Array, weights: Array, plan: Plan) -> float:
    """Return the weighted sum of the entropies of the (smoothed) targets, in the unit of the loss."""
    smooth, units = plan.settings.label_smoothing, plan.layout.units
    if targets.ndim == 1:
        row = np.full(units, smooth / units)
        row[0] += 1 - smooth
        return float(weights.sum() * entropy_terms(row).sum() * plan.settings.unit)
    smoothed = targets.astype(np.float64) * (1 - smooth) + smooth / units
    return dot(weights, entropy_terms(smoothed).sum(axis=1)) * plan.settings.unit


def _at_the_bounds(
    block: Block, plan: Plan, values: Array, labels: Array, true: Array, costs: Array
) -> dict[str, object]:
    """Return where what is true was given a probability of 0, and what a clip did to the loss."""
    if plan.loss.given not in IMPOSSIBLE:
        return {}
    bound = IMPOSSIBLE[plan.loss.given]
    if plan.settings.label_smoothing:
        zero = (values == bound).any(axis=1)
    elif block.targets.ndim == 1:
        zero = values[np.arange(len(labels)), labels] == bound
    else:
        zero = ((values == bound) & (block.targets > 0)).any(axis=1)
    clip = plan.settings.clip
    return {
        "zero_probabilities": int(np.count_nonzero(zero)),
        "zero_rows": first_rows(block, zero),
        "clipped_loss": float(costs[true <= clip].sum()) if clip is not None else 0.0,
    }

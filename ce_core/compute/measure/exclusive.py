"""A block whose classes compete: one class is true for each example, or each has its share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ce_core.compute.plan import Plan
from ce_core.compute.sums import Bins, ClassSums, Confusions, by_column, by_row, dot
from ce_core.read.counting import Block

from .common import (
    Array,
    Measured,
    Tally,
    clip_bound,
    common_sums,
    cost_of,
    entropy_terms,
    first_rows,
    predictions_of,
    with_sums,
    worst_of,
)
from .forms import IMPOSSIBLE, Exclusive, class_costs, exclusive_form, smoothed_rows

_FEW_CLASSES = 64
"""Below this many classes it is faster to compare class by class than example by example."""


def measure_exclusive(block: Block, plan: Plan, sequences: bool) -> Measured:
    """Return the sums of examples whose classes compete.

    The weight of an example is its sample weight times the class weight of its class, or of its classes in
    their shares. For accuracy, recall and the table of classes the class of soft targets is their greatest,
    the first of equal ones; it is among the top five if fewer than five classes are above it.
    """
    values = predictions_of(block, plan)
    q = exclusive_form(plan)(values, block.targets, plan)
    labels: Array = (
        block.targets.astype(np.intp, copy=False) if block.targets.ndim == 1 else block.targets.argmax(axis=1)
    )
    sample = np.ones(len(labels)) if block.weights is None else block.weights
    class_weight = class_weight_of(block, plan)
    weights = sample * class_weight
    true = q.of(labels)
    totals: Array | None = None
    if plan.weighted_smoothing:
        # The mass on another class costs by that class's weight, even where the example's own is 0.
        each = _weighted_costs(values, block.targets, plan)
        totals = cost_of(sample, each * plan.settings.unit)
        shares = np.where(class_weight > 0, class_weight, 1.0)
        q = replace(q, losses=each / shares)
    losses = q.losses * plan.settings.unit
    partial = common_sums(block, plan, losses, weights, sequences, totals)
    worst = worst_of(losses, weights, block.numbers, labels, q.predicted, true)
    return Measured(
        partial=with_sums(
            partial,
            element_loss=partial.loss,
            elements=len(losses) * plan.layout.units,
            worst=worst,
            target_entropy=target_entropy(block.targets, weights, plan) if plan.soft else 0.0,
            **_figures(block, plan, q, values, labels, true, sample, weights),
            **_unlabelled(block, labels, weights, cost_of(weights, losses) if totals is None else totals),
            **_at_the_bounds(
                block, plan, values, labels, true, cost_of(weights, losses) if totals is None else totals
            ),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=q.probabilities,
        labels=labels,
        predicted=q.predicted,
        true_probability=true,
        tally=lambda: _tally(block, q, labels, true, sample, weights),
    )


def _tally(block: Block, q: Exclusive, labels: Array, true: Array, sample: Array, weights: Array) -> Tally:
    hits = (q.predicted == labels) & ~np.isnan(q.of(q.predicted))
    return Tally(weights=weights, sample=sample, hits=hits, right=hits, brier=_brier(block, q, true))


def _brier(block: Block, q: Exclusive, true: Array) -> Array:
    """Return the squared distance of each row of probabilities from its targets."""
    if block.targets.ndim == 1:
        # Every term is at least 0: the squares of a row cannot round to less than one of them.
        return np.asarray((1 - true) ** 2 + np.maximum(q.squares() - true * true, 0.0))
    targets = block.targets.astype(np.float64, copy=False)
    return np.asarray(np.square(q.probabilities() - targets).sum(axis=1))


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
        outcome, mass = hits.astype(np.float64), seen
        weighted = np.bincount(labels, weights=weights, minlength=units)
    else:
        targets = block.targets.astype(np.float64, copy=False)
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
            positives=seen if block.weights is None else np.bincount(labels, minlength=units),
            counted=np.full(1, len(labels)),
        ),
        "confusions": Confusions.of(
            labels,
            q.predicted,
            ~(hits | np.isnan(confidence)),
            units=units,
            weights=sample,
            numbers=block.numbers,
            among=plan.layout.rows,
        ),
        "sample_weight": float(sample.sum()),
        "element_weight": float(sample.sum()),
        "hits": dot(sample, hits),
        "top5": dot(sample, _in_top5(values, labels)) if units > 5 else 0.0,
        "brier": dot(sample, _brier(block, q, true)),
        "confidence": dot(sample, confidence),
    }


def _unlabelled(block: Block, labels: Array, weights: Array, costs: Array) -> dict[str, object]:
    """Return the sums over the rows of targets that hold nothing but zeros; a label's entry is the row's greatest."""
    if block.targets.ndim == 1:
        return {}
    empty = block.targets[np.arange(len(labels)), labels] == 0
    if not empty.any():
        return {}
    return {
        "unlabelled": int(np.count_nonzero(empty)),
        "unlabelled_loss": float(costs[empty].sum()),
        "unlabelled_weight": float(weights[empty].sum()),
    }


def class_weight_of(block: Block, plan: Plan) -> Array | float:
    """Return the class weight of each example: of its class, or of its classes in their shares."""
    if plan.class_weights is None:
        return 1.0
    if block.targets.ndim == 1:
        return np.asarray(plan.class_weights[block.targets.astype(np.intp, copy=False)])
    return by_row(block.targets.astype(np.float64, copy=False), plan.class_weights)


def _in_top5(values: Array, labels: Array) -> Array:
    """Return whether the label is among the first five classes, the earlier first of equal ones; of NaN never."""
    chosen = values[np.arange(len(labels)), labels]
    if values.shape[1] < _FEW_CLASSES:
        reach = (np.ascontiguousarray(values.T) >= chosen).sum(axis=0)
    else:
        reach = np.count_nonzero(values >= chosen[:, None], axis=1)
    found = np.asarray((reach <= 5) & ~np.isnan(chosen))
    # Only where more than five classes reach the label's value do ties matter.
    rest = np.flatnonzero((reach > 5) & ~np.isnan(chosen))
    if rest.size:
        rows, mine = values[rest], chosen[rest, None]
        earlier = np.arange(values.shape[1]) < labels[rest, None]
        before = np.count_nonzero((rows > mine) | ((rows == mine) & earlier), axis=1)
        found[rest] = before < 5
    return found


def _weighted_costs(values: Array, targets: Array, plan: Plan) -> Array:
    """Return the cost of each example in nats, where every class's share of its target has the class's own weight."""
    assert plan.class_weights is not None
    shares = smoothed_rows(targets, plan) * plan.class_weights
    return np.asarray(cost_of(shares, class_costs(values, plan)).sum(axis=1))


def target_entropy(targets: Array, weights: Array, plan: Plan) -> float:
    """Return the weighted sum of the entropies of the (smoothed) targets, in the unit of the loss."""
    smooth, units = plan.smooth, plan.layout.units
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
    if plan.given not in IMPOSSIBLE:
        return {}
    bound = IMPOSSIBLE[plan.given]
    if plan.smooth:
        zero = (values == bound).any(axis=1)
    elif block.targets.ndim == 1:
        zero = values[np.arange(len(labels)), labels] == bound
    else:
        zero = ((values == bound) & (block.targets > 0)).any(axis=1)
    clip = clip_bound(plan, values)
    return {
        "zero_probabilities": int(np.count_nonzero(zero)),
        "zero_rows": first_rows(block, zero),
        "clipped_loss": float(costs[true <= clip].sum()) if clip is not None else 0.0,
    }

"""A block whose outcomes are on their own: each is true or not, whatever the others are."""

from __future__ import annotations

import numpy as np

from ce_core.compute.plan import Plan
from ce_core.compute.sums import Bins, ClassSums, by_column, dot
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
from .forms import IMPOSSIBLE, Independent, independent_form


def measure_independent(block: Block, plan: Plan, sequences: bool) -> Measured:
    """Return the sums of examples whose outcomes are on their own.

    An outcome above 1/2 is taken for true, of the predictions as of the targets. The probability of what is
    true of a row of labels is the product over them: what the row as a whole was given.
    """
    values = predictions_of(block, plan)
    targets = block.targets.astype(np.float64, copy=False)
    q = independent_form(plan)(values, targets, plan)
    single = q.losses * plan.settings.unit
    sample = np.ones(len(single)) if block.weights is None else block.weights
    emphasis = emphasis_of(block, plan, targets)
    costs = single if emphasis is None else cost_of(emphasis, single)
    losses, weights = joined(single, costs, emphasis, sample, plan)
    expected = targets > 0.5
    shown = q.true if block.elements is None else np.where(block.elements, q.true, 1.0)
    true_row = shown.prod(axis=1)
    labels: Array = expected if plan.layout.units > 1 else expected[:, 0].astype(np.intp)
    predicted: Array = q.predicted if plan.layout.units > 1 else q.predicted[:, 0].astype(np.intp)
    element_weights = sample[:, None] if emphasis is None else sample[:, None] * emphasis
    return Measured(
        partial=with_sums(
            common_sums(block, plan, losses, weights, sequences),
            element_loss=dot(sample, costs.sum(axis=1)),
            worst=worst_of(losses, weights, block.numbers, labels, predicted, true_row),
            target_entropy=_target_entropy(targets, element_weights, plan) if plan.soft else 0.0,
            **_figures(block, plan, q, single, targets, q.predicted == expected, sample, element_weights),
            **_at_the_bounds(block, plan, q, targets, shown, cost_of(weights, losses)),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=lambda: q.probabilities,
        labels=labels,
        predicted=predicted,
        true_probability=true_row,
        tally=lambda: outcome_tally(
            block,
            hits=(q.predicted == expected) & ~np.isnan(q.surer),
            gaps=np.square(q.probabilities - targets),
            sample=sample,
            weights=weights,
        ),
    )


def outcome_tally(block: Block, *, hits: Array, gaps: Array | None, sample: Array, weights: Array) -> Tally:
    """Return what examples add whose outcomes are right or not, each on its own, at some squared distance."""
    shown = block.elements
    right = hits if shown is None else hits | ~shown
    if shown is not None:
        hits = hits & shown
        gaps = None if gaps is None else gaps * shown
    return Tally(
        weights=weights,
        sample=sample,
        hits=hits.sum(axis=1),
        outcomes=float(hits.shape[1]) if shown is None else shown.sum(axis=1),
        right=np.asarray(right.all(axis=1)),
        brier=None if gaps is None else gaps.sum(axis=1),
    )


def emphasis_of(block: Block, plan: Plan, targets: Array) -> Array | None:
    """Return what each single outcome counts by its class weight and the mask; None where all count 1."""
    weights = plan.class_weights
    if weights is None:
        return None if block.elements is None else block.elements.astype(np.float64)
    if plan.layout.units == 1:
        each = weights[0] * (1 - targets) + weights[1] * targets
    else:
        each = np.broadcast_to(weights, targets.shape)
    return np.asarray(each if block.elements is None else each * block.elements)


def joined(
    single: Array, costs: Array, emphasis: Array | None, sample: Array, plan: Plan
) -> tuple[Array, Array]:
    """Return the loss and the weight of each example: of its one outcome, or of its labels joined."""
    units = plan.layout.units
    if units == 1:
        return single[:, 0], sample if emphasis is None else sample * emphasis[:, 0]
    if plan.settings.labels == "sum":
        return costs.sum(axis=1), sample
    if emphasis is None:
        return costs.mean(axis=1), sample
    share = emphasis.sum(axis=1)
    # A row whose labels have no weight costs nothing.
    losses = np.divide(costs.sum(axis=1), share, out=np.zeros(len(share)), where=share > 0)
    return losses, sample * share / units


def _figures(
    block: Block,
    plan: Plan,
    q: Independent,
    losses: Array,
    targets: Array,
    hits: Array,
    sample: Array,
    element_weights: Array,
) -> dict[str, object]:
    """Return the sums behind the figures, each weighted by the sample weights alone."""
    known = ~np.isnan(q.surer)
    hits = hits if known.all() else hits & known
    all_right, by_row, surer = hits, sample[:, None], q.surer
    gaps = np.square(q.probabilities - targets)
    if block.elements is None:
        chosen: Array | slice = slice(None)
        element_weight, elements = float(sample.sum()) * targets.shape[1], targets.size
        flat = None if block.weights is None else np.repeat(sample, targets.shape[1])
        shown: Array | None = None
    else:
        all_right = hits | ~block.elements
        shown = block.elements.astype(np.float64)
        hits, gaps, surer = hits & block.elements, gaps * shown, surer * shown
        by_row = by_row * shown
        chosen = block.elements.reshape(-1)
        flat = by_row.reshape(-1)[chosen]
        element_weight, elements = float(by_row.sum()), int(np.count_nonzero(block.elements))
    return {
        "elements": elements,
        "bins": Bins.of(q.probabilities.reshape(-1)[chosen], targets.reshape(-1)[chosen], flat),
        "classes": (
            two_classes(by_row, losses, targets, hits, q.true, element_weights)
            if targets.shape[1] == 1
            else label_sums(sample, shown, losses, targets, hits, q.probabilities, element_weights)
        ),
        "sample_weight": float(sample.sum()),
        "element_weight": element_weight,
        "hits": dot(sample, np.count_nonzero(hits, axis=1)),
        "all_hits": dot(sample, np.asarray(all_right.all(axis=1))),
        "brier": dot(sample, gaps.sum(axis=1)),
        "confidence": dot(sample, surer.sum(axis=1)),
    }


def label_sums(
    sample: Array,
    shown: Array | None,
    losses: Array,
    targets: Array,
    hits: Array,
    probabilities: Array,
    element_weights: Array,
) -> ClassSums:
    """Return the sums of each label; a masked outcome has a target, a hit and a weight of 0."""
    full = np.full(targets.shape[1], sample.sum())
    support = by_column(sample, targets)
    one_weight = element_weights.shape[1] == 1
    return ClassSums(
        support=support,
        seen=full if shown is None else by_column(sample, shown),
        loss=by_column(sample, losses if shown is None else cost_of(shown, losses)),
        hits=by_column(sample, targets * hits),
        probability=by_column(sample, targets * probabilities),
        weighted=support if one_weight else (element_weights * targets).sum(axis=0),
        weighted_seen=full if one_weight else element_weights.sum(axis=0),
        positives=np.count_nonzero(targets > 0.5, axis=0),
        counted=np.full(len(support), len(targets)) if shown is None else shown.sum(axis=0),
    )


def two_classes(
    by_row: Array, losses: Array, targets: Array, hits: Array, true: Array, element_weights: Array
) -> ClassSums:
    """Return the sums of one outcome as those of two classes: not true, and true."""
    sample, positive, weighted = by_row[:, 0], targets[:, 0], element_weights[:, 0]
    labels = (positive > 0.5).astype(np.intp)

    def per_class(values: Array) -> Array:
        return np.bincount(labels, weights=sample * values[:, 0], minlength=2)

    return ClassSums(
        support=np.array([dot(sample, 1 - positive), dot(sample, positive)]),
        seen=np.bincount(labels, weights=sample, minlength=2),
        loss=per_class(losses),
        hits=per_class(hits),
        probability=per_class(true),
        weighted=np.array([dot(weighted, 1 - positive), dot(weighted, positive)]),
        weighted_seen=np.full(2, weighted.sum()),
        positives=np.bincount(labels, minlength=2),
        counted=np.full(2, len(labels)),
    )


def _target_entropy(targets: Array, element_weights: Array, plan: Plan) -> float:
    """Return the weighted sum of the entropies of the (smoothed) targets, in the unit of the loss."""
    smooth, units = plan.smooth, plan.layout.units
    smoothed = targets * (1 - smooth) + smooth / 2
    entropy = entropy_terms(smoothed) + entropy_terms(1 - smoothed)
    scale = plan.settings.unit if plan.settings.labels == "sum" else plan.settings.unit / units
    return float((element_weights * entropy).sum() * scale)


def _at_the_bounds(
    block: Block, plan: Plan, q: Independent, targets: Array, true: Array, costs: Array
) -> dict[str, object]:
    """Return where what is true was given a probability of 0, and what a clip did to the loss."""
    if plan.given not in IMPOSSIBLE:
        return {}
    smooth = plan.smooth
    zero = ((q.probabilities == 0) & ((targets > 0) | (smooth > 0))) | (
        (q.probabilities == 1) & ((targets < 1) | (smooth > 0))
    )
    if block.elements is not None:
        zero &= block.elements
    rows = zero.any(axis=1)
    clip = clip_bound(plan, block.predictions)
    return {
        "zero_probabilities": int(np.count_nonzero(rows)),
        "zero_rows": first_rows(block, rows),
        "clipped_loss": float(costs[true.min(axis=1) <= clip].sum()) if clip is not None else 0.0,
    }

"""The pass in the predictions' own precision: the same sums as `ce_core.compute.measure`, several times sooner.

What has a fast form: cross-entropies of logits against class indices, whose labels may be smoothed, against rows of
class weights, against outcomes that are true or not, of which the true ones may have a weight of their own, and against
probabilities of outcomes; without a clip or a mask of single outcomes. All else is measured in float64, as are the few
rows whose exponentials leave the range of the precision. The accuracy of each form is in its module.
"""

from __future__ import annotations

import numpy as np

from ce_core.compute.measure.common import Measured
from ce_core.compute.plan import Plan
from ce_core.read.counting import Block
from ce_core.read.facts import TargetFacts

from . import exclusive, outcomes
from .scratch import Scratch
from .sigmoid import sigmoid_losses, sigmoid_rows
from .softmax import softmax_figures, softmax_losses
from .strips import Array, Extremes, Precision, precision_of

__all__ = ["Extremes", "Scratch", "SoftTargetsError", "losses_of", "measure_fast"]

_SOFTMAX = frozenset({"sparse_softmax_cross_entropy", "softmax_cross_entropy"})
_SIGMOID = frozenset({"sigmoid_cross_entropy", "weighted_sigmoid_cross_entropy"})


def measure_fast(
    block: Block, plan: Plan, targets: TargetFacts, scratch: Scratch, *, sequences: bool
) -> tuple[Measured, Extremes | None] | None:
    """Return the sums of a block and the extremes of its predictions, or None where it has no fast form.

    ``targets`` are the facts of the block's own targets; of class indices they are not looked at.
    """
    precision = _precision(block, plan)
    if precision is None or (block.weights is not None and not block.weights.all()):
        return None
    if plan.loss.id in _SOFTMAX and block.targets.ndim == 1:
        labels = _indices(block.targets, plan.layout.units)
        if labels is None:
            return None
        rows = softmax_figures(block.predictions, labels, precision, scratch)
        if plan.smooth:
            from .smoothed import smoothed_losses

            losses = smoothed_losses(block.predictions, labels, plan.smooth, precision, scratch)
            rows = rows.but(losses=losses)
        return exclusive.measured(block, labels, rows, plan, sequences, scratch), rows.extremes
    if targets.missing or plan.smooth:
        return None
    if plan.loss.id in _SOFTMAX:
        from . import soft_figures, soft_sums

        found, mass, extremes = soft_figures.soft_figures(
            block.predictions, block.targets, precision, scratch
        )
        if not extremes.low <= extremes.high < np.inf:
            return None
        return soft_sums.measured(block, found, mass, plan, sequences, scratch), extremes
    if plan.loss.id not in _SIGMOID or not (plan.soft or targets.hard):
        return None
    if block.weights is not None or plan.class_weights is not None:
        return None
    if plan.pos_weight is not None and plan.soft:
        return None
    single = sigmoid_rows(
        block.predictions,
        block.targets,
        precision,
        scratch,
        hard=not plan.soft,
        pos_weight=plan.pos_weight,
    )
    if single is None or not single.extremes.low <= single.extremes.high < np.inf:
        return None  # NaN, or +inf, which has no probability
    return outcomes.measured(block, single, plan, sequences, scratch), single.extremes


def losses_of(block: Block, plan: Plan, scratch: Scratch) -> Array | None:
    """Return the loss of each example in the plan's unit, or None where it has no fast form.

    It may be a work array. Raises `SoftTargetsError` where the plan is for hard targets, and its form for no others.
    """
    from .soft import soft_losses

    precision = _precision(block, plan)
    if precision is None or plan.smooth or plan.pos_weight is not None:
        return None
    values, targets = block.predictions, block.targets
    losses: Array
    if plan.loss.id in _SOFTMAX and targets.ndim == 1:
        labels = _indices(targets, plan.layout.units)
        if labels is None:
            return None
        losses = softmax_losses(values, labels, precision, scratch).losses
    elif plan.loss.id in _SOFTMAX:
        losses = soft_losses(values, targets, precision, scratch)
    elif plan.loss.id in _SIGMOID and plan.class_weights is None:
        mean = plan.settings.labels != "sum"
        found = sigmoid_losses(values, targets, precision, scratch, hard=not plan.soft, mean=mean)
        if found is None and not plan.soft:
            raise SoftTargetsError
        if found is None:
            return None
        losses = found
    else:
        return None
    return losses if plan.settings.unit == 1 else losses * plan.settings.unit


class SoftTargetsError(Exception):
    """Targets of a plan for hard ones are soft: all are computed in one form, so that blocks change no digit."""


def _precision(block: Block, plan: Plan) -> Precision | None:
    """Return the arithmetic of a block under a plan, or None where these have no fast form."""
    plain = (
        plan.given == "logits"
        and not plan.weighted_smoothing
        and not plan.settings.clipped
        and not plan.clamp_targets
        and not plan.outside
        and not plan.lists
    )
    if not plain or block.elements is not None or not len(block.predictions):
        return None
    if plan.loss.id in _SOFTMAX and (plan.reads != "classes" or plan.layout.units < 2):
        return None
    if plan.loss.id in _SIGMOID and plan.reads != "outcomes":
        return None
    return precision_of(block.predictions.dtype)


def _indices(targets: Array, units: int) -> Array | None:
    """Return class indices as numbers of columns, or None where one names no column: the kernel says so."""
    labels = targets.astype(np.intp, copy=False)
    if not 0 <= labels.min() <= labels.max() < units or (
        targets.dtype.kind == "f" and (labels != targets).any()
    ):
        return None
    return labels

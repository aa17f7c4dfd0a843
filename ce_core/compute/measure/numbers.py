"""A block of numbers, or of regions: the losses and how they are spread, without classes or probabilities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ce_core import kernels
from ce_core.compute.plan import Plan
from ce_core.compute.sums import Worst, dot
from ce_core.read.counting import Block

from .common import Array, Measured, Tally, common_sums, cost_of, predictions_of, with_sums
from .independent import emphasis_of, joined

EXAMPLES: dict[str, Callable[..., Array]] = {
    "dice": lambda values, targets, **options: kernels.dice(values, targets, axis=1, **options),
    "tversky": lambda values, targets, **options: kernels.tversky(values, targets, axis=1, **options),
    "mean_pairwise_squared_error": kernels.mean_pairwise_squared_error,
}
"""The losses of examples as a whole: from [examples, values] and targets of that shape."""


def measure_values(block: Block, plan: Plan, sequences: bool) -> Measured:
    """Return the sums of squared differences: of an example, their mean over its values, or their sum."""
    values = block.predictions.astype(np.float64, copy=False)
    targets = block.targets.astype(np.float64, copy=False)
    single = kernels.mean_squared_error(values, targets)
    sample = np.ones(len(single)) if block.weights is None else block.weights
    emphasis = emphasis_of(block, plan, targets)
    costs = single if emphasis is None else cost_of(emphasis, single)
    losses, weights = joined(single, costs, emphasis, sample, plan)
    return _measured(
        block,
        plan,
        losses,
        weights,
        sequences,
        element_loss=dot(sample, costs.sum(axis=1)),
        elements=single.size if block.elements is None else int(np.count_nonzero(block.elements)),
    )


def measure_examples(block: Block, plan: Plan, sequences: bool) -> Measured:
    """Return the sums of examples that have one loss as a whole.

    A value that is left out is 0 in both arrays, and so adds nothing to an overlap.
    """
    values = predictions_of(block, plan)
    losses = EXAMPLES[plan.loss.id](values, block.targets, **plan.settings.loss_options)
    sample = np.ones(len(losses)) if block.weights is None else block.weights
    return _measured(
        block,
        plan,
        losses,
        sample,
        sequences,
        element_loss=float(cost_of(sample, losses).sum()),
        elements=len(losses),
    )


def _measured(
    block: Block, plan: Plan, losses: Array, weights: Array, sequences: bool, **sums: object
) -> Measured:
    sample = np.ones(len(losses)) if block.weights is None else block.weights
    one = block.predictions.shape[1] == 1
    nothing: Array = np.zeros((len(losses), 0))
    labels: Array = block.targets[:, 0] if one else nothing
    predicted: Array = block.predictions[:, 0] if one else nothing
    return Measured(
        partial=with_sums(
            common_sums(block, plan, losses, weights, sequences),
            worst=_worst(losses, weights, block.numbers, labels, predicted),
            sample_weight=float(sample.sum()),
            element_weight=float(sample.sum()),
            **sums,
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=lambda: block.predictions,
        labels=labels,
        predicted=predicted,
        true_probability=np.full(len(losses), np.nan),
        tally=lambda: Tally(weights=weights, sample=sample),
    )


def _worst(losses: Array, weights: Array, numbers: Array, labels: Array, predicted: Array) -> Worst:
    """Return the worst of the examples that have a weight, with their numbers where they have one each."""
    heavy = np.flatnonzero(weights > 0)
    chosen = heavy[Worst.choose(losses[heavy])]

    def number(values: Array) -> float | None:
        return float(values) if values.ndim == 0 else None

    return Worst(
        entries=tuple(
            (float(losses[at]), int(numbers[at]), number(labels[at]), number(predicted[at]), float("nan"))
            for at in chosen
        )
    )

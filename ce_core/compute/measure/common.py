"""What the sums of a block have in common, whether its outcomes compete or not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ce_core.compute.clips import POLICIES
from ce_core.compute.plan import Plan
from ce_core.compute.sums import ROWS_NAMED, Moments, Partial, SequenceSums, Spread, Worst, dot
from ce_core.read.counting import Block
from ce_core.records import dataclass

Array = np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Tally:
    """What each example of a block adds to the loss and to the figures beside it."""

    weights: Array
    """The weight of each loss: of the sample and of its class."""
    sample: Array
    """The sample weight alone, which the figures are weighted by."""
    hits: Array | None = None
    """How many of its outcomes are predicted right, of exclusive classes 0 or 1; None where that has no meaning."""
    outcomes: Array | float = 1.0
    """How many outcomes it has, which hits and Brier scores are divided by."""
    right: Array | None = None
    """Whether all of it is predicted right."""
    brier: Array | None = None
    """Its squared distance from the targets, summed."""

    def weightless(self) -> Tally:
        """Return the same examples without any weight."""
        nothing = np.zeros(len(self.weights))
        return replace(self, weights=nothing, sample=nothing)


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """A block's sums, and its losses and probabilities row by row for whoever writes them out."""

    partial: Partial
    numbers: Array
    losses: Array
    """The loss of each example, without its weight."""
    probabilities: Callable[[], Array]
    """Makes [rows, columns]: the softmax or sigmoid, or the probabilities as given."""
    labels: Array
    """What is true: the class, or [rows, columns] of whether a label is."""
    predicted: Array
    """What is predicted, in the same form."""
    true_probability: Array
    """The probability that the predictions give to what is true; of several labels, to all of it."""
    tally: Callable[[], Tally] | None = None
    """Makes what each example adds; None in the forms that are fast since they do not look at each."""


def predictions_of(block: Block, plan: Plan) -> Array:
    """Return the predictions, rounding beyond [0, 1] taken off where the plan says so."""
    return np.clip(block.predictions, 0, 1) if plan.clamp else block.predictions


def clip_bound(plan: Plan, values: Array) -> float | None:
    """Return the probability at or below which a clip decides the cost, or None without a clip."""
    if plan.settings.clip_policy is not None:
        return POLICIES[plan.settings.clip_policy].bound(values.dtype)
    return plan.settings.clip


def common_sums(
    block: Block, plan: Plan, losses: Array, weights: Array, sequences: bool, totals: Array | None = None
) -> Partial:
    """Return the sums that every loss has: of the losses and their weights.

    ``totals`` are the weighted losses, where they are another thing than weights times losses.
    """
    costs = cost_of(weights, losses) if totals is None else totals
    finite = np.isfinite(losses)
    some, their = (losses, weights) if finite.all() else (losses[finite], weights[finite])
    heavy = weights > 0
    bad, undefined = heavy & np.isinf(losses), heavy & np.isnan(losses)
    return Partial(
        positions=block.span.stop - block.span.start,
        count=len(losses),
        loss=float(costs.sum()),
        weight=float(weights.sum()),
        squared_weight=dot(weights, weights),
        nonzero=int(np.count_nonzero(heavy)),
        moments=Moments.of(some, their),
        spread_moments=Moments.of(some, their * their),
        spread=Spread.of(losses[heavy & ~undefined], among=plan.layout.rows),
        sequences=sequence_sums(block, plan, costs, weights) if sequences else SequenceSums(),
        infinite=int(np.count_nonzero(bad)),
        infinite_rows=first_rows(block, bad),
        undefined=int(np.count_nonzero(undefined)),
    )


def sequence_sums(block: Block, plan: Plan, costs: Array, weights: Array) -> SequenceSums:
    """Return for each sequence of the block its weighted loss, its weight and its counted positions."""
    inner = math.prod(plan.layout.positions[1:])
    first, last = block.span.start // inner, (block.span.stop - 1) // inner
    which = block.numbers // inner - first
    size = last - first + 1
    return SequenceSums(
        chunks=(
            (
                first,
                np.bincount(which, weights=costs, minlength=size),
                np.bincount(which, weights=weights, minlength=size),
                np.bincount(which, minlength=size).astype(np.float64),
            ),
        )
    )


def first_rows(block: Block, chosen: Array) -> tuple[int, ...]:
    """Return the numbers of the first few chosen rows, as findings name them."""
    return tuple(int(each) for each in block.numbers[chosen][:ROWS_NAMED])


def cost_of(weights: Array, costs: Array) -> Array:
    """Return weights times costs, where a weight of zero costs nothing, not even an infinite loss."""
    with np.errstate(invalid="ignore"):  # 0 * inf, which the next line mends
        product = np.asarray(weights * costs)
    undefined = np.isnan(product)
    return np.where(undefined & (weights == 0), 0.0, product) if undefined.any() else product


def worst_of(
    losses: Array, weights: Array, numbers: Array, labels: Array, predicted: Array, true: Array
) -> Worst:
    """Return the worst of the examples that have a weight."""
    heavy = np.flatnonzero(weights > 0)
    chosen = heavy[Worst.choose(losses if len(heavy) == len(losses) else losses[heavy])]
    return Worst(
        entries=tuple(
            (
                float(losses[each]),
                int(numbers[each]),
                _named(labels[each]),
                _named(predicted[each]),
                float(true[each]),
            )
            for each in chosen
        )
    )


def _named(value: Array) -> int | tuple[int, ...]:
    """Return a class, or the numbers of the labels that are true."""
    return tuple(np.flatnonzero(value).tolist()) if np.ndim(value) else int(value)


def entropy_terms(shares: Array) -> Array:
    """Return -p log p of each share, 0 where it is 0."""
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(-shares * logs)


def with_sums(partial: Partial, **sums: object) -> Partial:
    """Return the sums with some more."""
    return Partial(**{**vars(partial), **sums})

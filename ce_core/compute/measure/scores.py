"""A block of scores, which are no probabilities: how often they are right, and by how much they are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ce_core import kernels
from ce_core.compute.plan import Plan
from ce_core.compute.sums import ClassSums, Confusions, by_column, dot
from ce_core.read.counting import Block

from .common import Array, Measured, Tally, common_sums, cost_of, with_sums, worst_of
from .exclusive import class_weight_of
from .independent import emphasis_of, joined, label_sums, outcome_tally, two_classes

CLASS_SCORES: dict[str, Callable[..., Array]] = {
    "categorical_hinge": kernels.categorical_hinge,
    "multi_margin": kernels.multi_margin,
    "perceptron": kernels.multiclass_perceptron,
    "sparsemax": kernels.sparsemax,
}
"""The losses of scores that compete: from [rows, columns], and labels or rows."""

OUTCOME_SCORES: dict[str, Callable[..., Array]] = {
    "hinge": kernels.hinge,
    "squared_hinge": kernels.squared_hinge,
    "perceptron": kernels.perceptron,
    "sparsemax": lambda scores, signs: kernels.binary_sparsemax(scores, signs, labels="signed"),
}
"""The losses of scores that are on their own: from [rows, columns] and targets of -1 and +1 of that shape."""

_ONE_TRUE_CLASS = frozenset({"categorical_hinge", "multi_margin"})


def measure_class_scores(block: Block, plan: Plan, sequences: bool) -> Measured:
    """Return the sums of examples with a score for each class: the class of the greatest one is predicted.

    Of equal scores the first is taken, of targets as of predictions. Weights are those of `measure_exclusive`.
    """
    values = block.predictions
    hard = block.targets.ndim == 1
    labels: Array = block.targets.astype(np.intp, copy=False) if hard else block.targets.argmax(axis=1)
    targets = labels if plan.loss.id in _ONE_TRUE_CLASS else block.targets
    losses = CLASS_SCORES[plan.loss.id](values, targets, **plan.settings.loss_options)
    if not hard:
        losses = np.where(np.isnan(block.targets).any(axis=1), np.nan, losses)
    sample = np.ones(len(losses)) if block.weights is None else block.weights
    weights = sample * class_weight_of(block, plan)
    predicted = values.argmax(axis=1)
    unknown = np.isnan(values).any(axis=1)
    hits = (predicted == labels) & ~unknown
    units = plan.layout.units
    seen: Array = np.bincount(labels, weights=sample, minlength=units)
    rows = None if hard else block.targets.astype(np.float64, copy=False)
    partial = common_sums(block, plan, losses, weights, sequences)
    return Measured(
        partial=with_sums(
            partial,
            element_loss=partial.loss,
            elements=len(losses) * units,
            worst=worst_of(losses, weights, block.numbers, labels, predicted, _unknown(losses)),
            classes=ClassSums(
                support=seen if rows is None else by_column(sample, rows),
                seen=seen,
                loss=np.bincount(labels, weights=cost_of(sample, losses), minlength=units),
                hits=np.bincount(labels, weights=sample * hits, minlength=units),
                probability=np.zeros(units),
                weighted=np.zeros(units),
                weighted_seen=np.zeros(units),
            ),
            confusions=Confusions.of(
                labels,
                predicted,
                ~(hits | unknown),
                units=units,
                weights=sample,
                numbers=block.numbers,
                among=plan.layout.rows,
            ),
            sample_weight=float(sample.sum()),
            element_weight=float(sample.sum()),
            hits=dot(sample, hits),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=lambda: np.full(values.shape, np.nan),
        labels=labels,
        predicted=predicted,
        true_probability=_unknown(losses),
        tally=lambda: Tally(weights=weights, sample=sample, hits=hits, right=hits),
    )


def measure_outcome_scores(block: Block, plan: Plan, sequences: bool) -> Measured:
    """Return the sums of examples whose outcomes have a score each: above 0 it is predicted to be true.

    A target above 0 is +1, any other -1: labels of 0 and 1 are signs as much as those of -1 and +1.
    """
    values = block.predictions.astype(np.float64, copy=False)
    given = block.targets.astype(np.float64, copy=False)
    expected = given > 0
    targets = np.where(np.isnan(given), np.nan, expected)
    single = OUTCOME_SCORES[plan.loss.id](values, np.where(expected, 1.0, -1.0))
    single = np.where(np.isnan(given), np.nan, single)
    sample = np.ones(len(single)) if block.weights is None else block.weights
    emphasis = emphasis_of(block, plan, targets)
    costs = single if emphasis is None else cost_of(emphasis, single)
    losses, weights = joined(single, costs, emphasis, sample, plan)
    several = plan.layout.units > 1
    labels: Array = expected if several else expected[:, 0].astype(np.intp)
    said = values > 0
    predicted: Array = said if several else said[:, 0].astype(np.intp)
    shown = None if block.elements is None else block.elements.astype(np.float64)
    right = (said == expected) & ~np.isnan(values)
    hits = right if block.elements is None else right & block.elements
    by_row = sample[:, None] if shown is None else sample[:, None] * shown
    element_weights = sample[:, None] if emphasis is None else sample[:, None] * emphasis
    unknown = np.zeros(single.shape)
    return Measured(
        partial=with_sums(
            common_sums(block, plan, losses, weights, sequences),
            element_loss=dot(sample, costs.sum(axis=1)),
            elements=single.size if block.elements is None else int(np.count_nonzero(block.elements)),
            worst=worst_of(losses, weights, block.numbers, labels, predicted, _unknown(losses)),
            classes=(
                label_sums(sample, shown, single, targets, hits, unknown, element_weights)
                if several
                else two_classes(by_row, single, targets, hits, unknown, element_weights)
            ),
            sample_weight=float(sample.sum()),
            element_weight=(float(sample.sum()) * targets.shape[1] if shown is None else float(by_row.sum())),
            hits=dot(sample, np.count_nonzero(hits, axis=1)),
            all_hits=dot(
                sample,
                np.asarray((right if block.elements is None else right | ~block.elements).all(axis=1)),
            ),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=lambda: np.full(values.shape, np.nan),
        labels=labels,
        predicted=predicted,
        true_probability=_unknown(losses),
        tally=lambda: outcome_tally(block, hits=right, gaps=None, sample=sample, weights=weights),
    )


def measure_label_sets(block: Block, plan: Plan, sequences: bool) -> Measured:
    """Return the sums of examples with a set of true labels: as many of the greatest scores are predicted.

    Of equal scores the first is taken. The example is right where the two sets are the same.
    """
    values, targets = block.predictions, block.targets
    encoding = "index" if plan.lists else "multi_hot"
    losses = kernels.multilabel_margin(values, targets, encoding=encoding)
    expected = _listed(targets, values.shape[1]) if plan.lists else targets == 1
    ranks = np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1, kind="stable")
    predicted = ranks < np.count_nonzero(expected, axis=1)[:, None]
    sample = np.ones(len(losses)) if block.weights is None else block.weights
    partial = common_sums(block, plan, losses, sample, sequences)
    return Measured(
        partial=with_sums(
            partial,
            element_loss=partial.loss,
            elements=len(losses),
            worst=worst_of(losses, sample, block.numbers, expected, predicted, _unknown(losses)),
            sample_weight=float(sample.sum()),
            element_weight=float(sample.sum()),
            all_hits=dot(sample, (predicted == expected).all(axis=1) & ~np.isnan(values).any(axis=1)),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=lambda: np.full(values.shape, np.nan),
        labels=expected,
        predicted=predicted,
        true_probability=_unknown(losses),
        tally=lambda: Tally(
            weights=sample,
            sample=sample,
            right=(predicted == expected).all(axis=1) & ~np.isnan(values).any(axis=1),
        ),
    )


def _listed(lists: Array, columns: int) -> Array:
    """Return [rows, columns] of whether a label is in the row's list, which ends at the first -1."""
    kept = np.logical_and.accumulate(lists >= 0, axis=1)
    found = np.zeros((len(lists), columns), dtype=bool)
    rows = np.broadcast_to(np.arange(len(lists))[:, None], lists.shape)
    found[rows[kept], lists[kept].astype(np.intp)] = True
    return found


def _unknown(losses: Array) -> Array:
    """Return the probability of what is true, which scores do not give."""
    return np.full(len(losses), np.nan)

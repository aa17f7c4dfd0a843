"""One block of examples to its sums: the loss of each, and all that the diagnostics need of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import kernels
from .counting import Block
from .plan import Plan
from .sums import Bins, ClassSums, Moments, Partial, SequenceSums, Spread, Worst

Array = np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """A block's sums, and its losses and probabilities row by row for whoever writes them out."""

    partial: Partial
    numbers: Array
    losses: Array
    probabilities: Array
    """[rows, columns]: the softmax or sigmoid, or the probabilities as given."""
    labels: Array
    """What is true: the class, or [rows, columns] of targets."""
    predicted: Array
    """What is predicted: the class, or [rows, columns] of outcomes."""
    true_probability: Array


def measure(block: Block, plan: Plan, *, sequences: bool) -> Measured:
    """Return the sums of a block under a plan."""
    return (_exclusive if plan.exclusive else _independent)(block, plan, sequences)


def _exclusive(block: Block, plan: Plan, sequences: bool) -> Measured:
    losses, probabilities = _EXCLUSIVE[plan.loss.given](_predictions(block, plan), block.targets, plan)
    losses = losses * plan.settings.unit
    rows = np.arange(len(losses))
    index = block.targets.ndim == 1
    labels = block.targets.astype(np.intp) if index else block.targets.argmax(axis=1)
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities[rows, predicted]
    true = probabilities[rows, labels]
    hits = predicted == labels
    sample = np.ones(len(losses)) if block.weights is None else block.weights
    weights = sample * _class_weight_of(block, labels, plan)
    units = plan.layout.units
    squares = np.einsum("ij,ij->i", probabilities, probabilities)
    if index:
        brier = squares - 2 * true + 1
        outcome = hits.astype(np.float64)
        mass, weighted = (np.bincount(labels, weights=each, minlength=units) for each in (sample, weights))
        zero = true == 0
    else:
        targets = block.targets.astype(np.float64, copy=False)
        brier = (
            squares
            - 2 * np.einsum("ij,ij->i", probabilities, targets)
            + np.einsum("ij,ij->i", targets, targets)
        )
        outcome = targets[rows, predicted]
        mass, weighted = sample @ targets, weights @ targets
        zero = ((probabilities == 0) & (targets > 0)).any(axis=1)
    support = np.bincount(labels, weights=sample, minlength=units)
    partial = _common(block, plan, losses, weights, sequences)
    count = len(losses)
    return Measured(
        partial=_replace(
            partial,
            element_loss=partial.loss,
            elements=count * units,
            worst=_worst(losses, block.numbers, labels, predicted, true),
            bins=Bins.of(np.minimum(confidence, 1.0), outcome, sample),
            classes=ClassSums(
                support=support if index else mass,
                seen=support,
                loss=np.bincount(labels, weights=sample * losses, minlength=units),
                hits=np.bincount(labels, weights=sample * hits, minlength=units),
                probability=np.bincount(labels, weights=sample * true, minlength=units),
                weighted=weighted,
                weighted_seen=np.full(units, weights.sum()),
            ),
            sample_weight=float(sample.sum()),
            element_weight=float(sample.sum()),
            hits=float(np.dot(sample, hits)),
            top5=_top5(probabilities, true, sample) if units > 5 else 0.0,
            all_hits=0.0,
            brier=float(np.dot(sample, brier)),
            confidence=float(np.dot(sample, confidence)),
            target_entropy=_target_entropy(block.targets, weights, plan) if plan.soft else 0.0,
            **_zeros(block, plan, zero, weights * losses, true),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=probabilities,
        labels=labels,
        predicted=predicted,
        true_probability=true,
    )


def _independent(block: Block, plan: Plan, sequences: bool) -> Measured:
    predictions = _predictions(block, plan)
    targets = block.targets.astype(np.float64, copy=False)
    single, probabilities = _INDEPENDENT[plan.loss.given](predictions, targets, plan)
    single = single * plan.settings.unit
    count, units = single.shape
    sample = np.ones(count) if block.weights is None else block.weights
    shown = np.ones_like(single) if block.elements is None else block.elements.astype(np.float64)
    emphasis = shown * _label_weights(targets, plan)
    costs = _weighted(emphasis, single)
    if plan.settings.labels == "sum":
        losses, weights = costs.sum(axis=1), sample
    else:
        share = emphasis.sum(axis=1)
        with np.errstate(
            invalid="ignore", divide="ignore"
        ):  # a row whose labels have no weight costs nothing
            losses = np.where(share > 0, costs.sum(axis=1) / share, 0.0)
        weights = sample * share / units
    predicted = probabilities > 0.5
    hits = (predicted == (targets > 0.5)) & (shown > 0)
    square = (probabilities - targets) ** 2 * shown
    per_row = shown.sum(axis=1)
    true = np.where(targets > 0.5, probabilities, 1 - probabilities)
    true_row = np.prod(np.where(shown > 0, true, 1.0), axis=1)
    flat = np.repeat(sample, units) * shown.reshape(-1)
    used = flat > 0
    zero = (((probabilities == 0) & (targets > 0)) | ((probabilities == 1) & (targets < 1))) & (shown > 0)
    partial = _common(block, plan, losses, weights, sequences)
    by_row = sample[:, None] * shown
    weighted = sample[:, None] * emphasis
    labels: Array = targets if units > 1 else (targets[:, 0] > 0.5).astype(np.intp)
    what: Array = predicted if units > 1 else predicted[:, 0].astype(np.intp)
    return Measured(
        partial=_replace(
            partial,
            element_loss=float(np.dot(sample, costs.sum(axis=1))),
            elements=int(per_row.sum()),
            worst=_worst(losses, block.numbers, labels, what, true_row),
            bins=Bins.of(
                np.clip(probabilities.reshape(-1)[used], 0.0, 1.0), targets.reshape(-1)[used], flat[used]
            ),
            classes=(
                _two_classes(
                    by_row[:, 0], single[:, 0], targets[:, 0], hits[:, 0], true[:, 0], weighted[:, 0]
                )
                if units == 1
                else ClassSums(
                    support=(by_row * targets).sum(axis=0),
                    seen=by_row.sum(axis=0),
                    loss=_weighted(by_row, single).sum(axis=0),
                    hits=(by_row * targets * hits).sum(axis=0),
                    probability=(by_row * targets * probabilities).sum(axis=0),
                    weighted=(weighted * targets).sum(axis=0),
                    weighted_seen=weighted.sum(axis=0),
                )
            ),
            sample_weight=float(sample.sum()),
            element_weight=float(by_row.sum()),
            hits=float((by_row * hits).sum()),
            top5=0.0,
            all_hits=float(np.dot(sample, (hits | (shown == 0)).all(axis=1))),
            brier=float((sample[:, None] * square).sum()),
            confidence=float((by_row * np.maximum(probabilities, 1 - probabilities)).sum()),
            target_entropy=_binary_entropy(targets, weighted, plan) if plan.soft else 0.0,
            **_zeros(
                block, plan, zero.any(axis=1), weights * losses, np.where(shown > 0, true, 1.0).min(axis=1)
            ),
        ),
        numbers=block.numbers,
        losses=losses,
        probabilities=probabilities,
        labels=labels,
        predicted=what,
        true_probability=true_row,
    )


def _two_classes(
    sample: Array, losses: Array, targets: Array, hits: Array, true: Array, weighted: Array
) -> ClassSums:
    """Return the sums of one outcome as those of two classes: not true, and true."""
    labels = (targets > 0.5).astype(np.intp)

    def per_class(values: Array) -> Array:
        return np.bincount(labels, weights=values, minlength=2)

    support = per_class(sample)
    return ClassSums(
        support=np.array([(sample * (1 - targets)).sum(), (sample * targets).sum()]),
        seen=support,
        loss=per_class(_weighted(sample, losses)),
        hits=per_class(sample * hits),
        probability=per_class(sample * true),
        weighted=np.array([(weighted * (1 - targets)).sum(), (weighted * targets).sum()]),
        weighted_seen=np.full(2, weighted.sum()),
    )


def _predictions(block: Block, plan: Plan) -> Array:
    if plan.clamp:
        return np.clip(block.predictions, 0, 1)
    return block.predictions


def _softmax_logits(values: Array, targets: Array, plan: Plan) -> tuple[Array, Array]:
    terms = kernels.softmax_terms(values)
    loss = terms.losses if targets.ndim == 1 else terms.dense_losses
    return loss(targets, label_smoothing=plan.settings.label_smoothing), terms.probabilities()


def _softmax_probabilities(values: Array, targets: Array, plan: Plan) -> tuple[Array, Array]:
    kernel: Callable[..., Array] = (
        kernels.sparse_categorical_cross_entropy if targets.ndim == 1 else kernels.categorical_cross_entropy
    )
    losses = kernel(values, targets, clip=plan.settings.clip, label_smoothing=plan.settings.label_smoothing)
    return losses, values.astype(np.float64)


def _softmax_log_probabilities(values: Array, targets: Array, plan: Plan) -> tuple[Array, Array]:
    with np.errstate(over="ignore"):  # values that are no log-probabilities are a finding, not a warning
        probabilities = np.exp(values.astype(np.float64))
    return kernels.nll(values, targets, label_smoothing=plan.settings.label_smoothing), probabilities


def _sigmoid_logits(values: Array, targets: Array, plan: Plan) -> tuple[Array, Array]:
    terms = kernels.sigmoid_terms(values)
    losses = terms.losses(targets, pos_weight=plan.pos_weight, label_smoothing=plan.settings.label_smoothing)
    return losses, terms.probabilities()


def _sigmoid_probabilities(values: Array, targets: Array, plan: Plan) -> tuple[Array, Array]:
    losses = kernels.binary_cross_entropy(
        values, targets, clip=plan.settings.clip, label_smoothing=plan.settings.label_smoothing
    )
    return losses, values.astype(np.float64)


_Form = Callable[[Array, Array, Plan], tuple[Array, Array]]

_EXCLUSIVE: dict[str, _Form] = {
    "logits": _softmax_logits,
    "probabilities": _softmax_probabilities,
    "log_probabilities": _softmax_log_probabilities,
}
_INDEPENDENT: dict[str, _Form] = {
    "logits": _sigmoid_logits,
    "probabilities": _sigmoid_probabilities,
}


def _common(block: Block, plan: Plan, losses: Array, weights: Array, sequences: bool) -> Partial:
    """Return the sums that every loss has: of the losses and their weights."""
    finite = np.isfinite(losses)
    some, their = (losses, weights) if finite.all() else (losses[finite], weights[finite])
    counted = losses[weights > 0]
    infinite = losses == np.inf
    return Partial(
        positions=block.span.stop - block.span.start,
        count=len(losses),
        loss=float(_weighted(weights, losses).sum()),
        weight=float(weights.sum()),
        squared_weight=float(np.dot(weights, weights)),
        nonzero=int(np.count_nonzero(weights)),
        moments=Moments.of(some, their),
        spread_moments=Moments.of(some, their * their),
        spread=Spread.of(counted[~np.isnan(counted)]),
        sequences=_sequences(block, plan, _weighted(weights, losses), weights)
        if sequences
        else SequenceSums(),
        infinite=int(infinite.sum()),
        infinite_rows=tuple(int(each) for each in block.numbers[infinite][:5]),
        undefined=int(np.isnan(losses).sum()),
    )


def _sequences(block: Block, plan: Plan, costs: Array, weights: Array) -> SequenceSums:
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


def _weighted(weights: Array, costs: Array) -> Array:
    """Return weights times costs, where a weight of zero costs nothing, not even an infinite loss."""
    with np.errstate(invalid="ignore"):  # 0 * inf, which the next line mends
        product = weights * costs
    nothing = np.isnan(product) & (weights == 0)
    return np.where(nothing, 0.0, product) if nothing.any() else np.asarray(product)


def _class_weight_of(block: Block, labels: Array, plan: Plan) -> Array | float:
    """Return the class weight of each example: of its class, or of its classes in their shares."""
    if plan.class_weights is None:
        return 1.0
    if block.targets.ndim == 1:
        return np.asarray(plan.class_weights[labels])
    return np.asarray(block.targets.astype(np.float64, copy=False) @ plan.class_weights)


def _label_weights(targets: Array, plan: Plan) -> Array | float:
    """Return the class weight of each single outcome."""
    weights = plan.class_weights
    if weights is None:
        return 1.0
    if plan.layout.units == 1:
        return weights[0] * (1 - targets) + weights[1] * targets
    return weights


def _worst(losses: Array, numbers: Array, labels: Array, predicted: Array, true: Array) -> Worst:
    chosen = Worst.choose(losses)
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
    if np.ndim(value):
        return tuple(int(each) for each in np.flatnonzero(np.asarray(value) > 0.5))
    return int(value)


def _top5(probabilities: Array, true: Array, sample: Array) -> float:
    above = (probabilities > true[:, None]).sum(axis=1)
    return float(np.dot(sample, above < 5))


def _target_entropy(targets: Array, weights: Array, plan: Plan) -> float:
    """Return the weighted sum of the entropies of the (smoothed) targets, in the unit of the loss."""
    smooth, units = plan.settings.label_smoothing, plan.layout.units
    if targets.ndim == 1:
        row = np.full(units, smooth / units)
        row[0] += 1 - smooth
        return float(weights.sum() * _entropy_terms(row).sum() * plan.settings.unit)
    smoothed = targets.astype(np.float64) * (1 - smooth) + smooth / units
    return float(np.dot(weights, _entropy_terms(smoothed).sum(axis=1)) * plan.settings.unit)


def _binary_entropy(targets: Array, weights: Array, plan: Plan) -> float:
    smooth = plan.settings.label_smoothing
    smoothed = targets * (1 - smooth) + smooth / 2
    entropy = _entropy_terms(smoothed) + _entropy_terms(1 - smoothed)
    scale = plan.settings.unit if plan.settings.labels == "sum" else plan.settings.unit / plan.layout.units
    return float((weights * entropy).sum() * scale)


def _entropy_terms(shares: Array) -> Array:
    """Return -p log p of each share, 0 where it is 0."""
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.asarray(-shares * logs)


def _zeros(
    block: Block, plan: Plan, zero: Array, costs: Array, true: Array
) -> dict[str, float | int | tuple[int, ...]]:
    """Return what probabilities of 0, and a clip, did to the loss."""
    if plan.loss.given == "logits":
        return {}
    clip = plan.settings.clip
    clipped = float(costs[true <= clip].sum()) if clip is not None else 0.0
    return {
        "zero_probabilities": int(zero.sum()),
        "zero_rows": tuple(int(each) for each in block.numbers[zero][:5]),
        "clipped_loss": clipped,
    }


def _replace(partial: Partial, **sums: object) -> Partial:
    return Partial(**{**vars(partial), **sums})

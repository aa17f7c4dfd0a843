"""From the sums of a pass to the numbers beside the loss."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ce_core.arrays import Source

from .evaluation import (
    ClassRest,
    ClassRow,
    Confusion,
    Diagnostics,
    LossBin,
    Quantiles,
    ReliabilityBin,
    Weights,
    WorstRow,
)
from .plan import Plan
from .reduce import every_mean, mean, standard_error
from .sums import Partial
from .sums.calibration import BINS
from .sums.confusions import is_sampled

CLASSES_LISTED = 100
CONFUSIONS_LISTED = 20


def diagnose(partial: Partial, plan: Plan, names: Sequence[str] | None, predictions: Source) -> Diagnostics:
    """Return every diagnostic that has a meaning for the task."""
    ignored = partial.positions - partial.count
    base = plan.settings.base
    if not partial.count or not partial.sample_weight:
        return Diagnostics(count=partial.count, ignored=ignored, unit=base)
    units = plan.layout.units
    average = mean(partial, plan, "weights")
    family = plan.loss.family
    proper = family == "cross_entropy" and not plan.outside
    graded = family in {"cross_entropy", "probabilistic", "scores"}
    probable = graded and family != "scores"
    classes = graded and plan.reads != "label_sets"
    prior = _prior_entropy(partial, plan) if proper else None
    best = best_constant(partial, plan) if proper and not plan.weighted_smoothing else None
    # Divided, not multiplied by an inverse: all right is 1, not 0.9999999999999999.
    per_sample = partial.sample_weight
    whole = per_sample if plan.exclusive else partial.element_weight
    errors = partial.bins.errors()
    entropy = partial.target_entropy / partial.weight if plan.soft and partial.weight else None
    if plan.pos_weight is not None or not proper or plan.weighted_smoothing:
        entropy = None
    listed, rest = _per_class(partial, plan, names) if classes else ((), None)
    return Diagnostics(
        count=partial.count,
        ignored=ignored,
        unit=base,
        mean=average,
        standard_error=standard_error(partial),
        quantiles=_quantiles(partial),
        uniform=_uniform(plan) if proper else None,
        prior_entropy=prior,
        best_constant=best,
        d2=None if average is None or not best else _finite(1 - average / best),
        target_entropy=entropy,
        kl=None if entropy is None or average is None else average - entropy,
        perplexity=_perplexity(average, plan) if proper and plan.exclusive else None,
        bits=None
        if average is None or not plan.loss.in_nats
        else average / (plan.settings.unit * math.log(2)),
        accuracy=_ratio(partial.hits, whole) if classes else None,
        top5_accuracy=partial.top5 / per_sample if probable and plan.exclusive and units > 5 else None,
        subset_accuracy=(
            partial.all_hits / per_sample if graded and not plan.exclusive and units > 1 else None
        ),
        brier=_ratio(partial.brier, whole) if probable else None,
        ece=errors[0] if errors else None,
        mce=errors[1] if errors else None,
        mean_confidence=_ratio(partial.confidence, whole) if probable else None,
        clipped_share=(
            None if not plan.settings.clipped or not partial.loss else partial.clipped_loss / partial.loss
        ),
        zero_probabilities=partial.zero_probabilities if probable and plan.given != "logits" else None,
        reliability=_reliability(partial),
        per_class=listed,
        per_class_rest=rest,
        loss_histogram=tuple(
            LossBin(low=low, high=high, count=count) for low, high, count in partial.spread.histogram()
        ),
        confusions=_confusions(partial, plan, names) if classes else (),
        confusions_sample=(
            partial.confusions.looked if is_sampled(plan.layout.units, plan.layout.rows) else None
        )
        or None,
        worst=_worst(partial, plan, names, predictions),
        weights=Weights(
            sum=partial.weight,
            effective_sample_size=_ratio(partial.weight**2, partial.squared_weight) or 0.0,
            means=every_mean(partial, plan),
        ),
    )


def _ratio(one: float, other: float) -> float | None:
    return one / other if other else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _quantiles(partial: Partial) -> Quantiles | None:
    spread = partial.spread
    if not spread.count:
        return None
    p50, p90, p99 = spread.quantiles((0.5, 0.9, 0.99))
    return Quantiles(p50=p50, p90=p90, p99=p99, max=spread.most, exact=spread.exact)


def _uniform(plan: Plan) -> float:
    """Return the loss of giving every outcome the same probability."""
    if plan.exclusive:
        return math.log(plan.layout.units) * plan.settings.unit
    labels = plan.layout.units if plan.settings.labels == "sum" else 1
    return labels * math.log(2) * plan.settings.unit


def _entropy(shares: np.ndarray) -> float:
    used = shares[shares > 0]
    return float(-(used * np.log(used)).sum()) + 0.0  # of one class: 0, not -0


def _binary_entropies(rates: np.ndarray) -> np.ndarray:
    return np.array([_entropy(np.array([rate, 1 - rate])) for rate in np.clip(rates, 0, 1)])


def _prior_entropy(partial: Partial, plan: Plan) -> float | None:
    """Return the entropy of the class frequencies: over exclusive classes, or the labels' own averaged."""
    sums, unit = partial.classes, plan.settings.unit
    if plan.exclusive or plan.layout.units == 1:
        total = float(sums.support.sum())
        return _entropy(np.maximum(sums.support, 0) / total) * unit if total > 0 else None
    seen = sums.seen
    if not (seen > 0).all():
        return None
    entropies = _binary_entropies(sums.support / seen)
    return float(entropies.sum() if plan.settings.labels == "sum" else entropies.mean()) * unit


def best_constant(partial: Partial, plan: Plan) -> float | None:
    """Return the mean loss of the best constant answer under the same weights, positive weight and smoothing."""
    sums, smooth, unit = partial.classes, plan.smooth, plan.settings.unit
    if plan.exclusive:
        mass = np.maximum(sums.weighted, 0) * (1 - smooth) + partial.weight * smooth / plan.layout.units
        total = float(mass.sum())
        if not total > 0 or not partial.weight:
            return None
        return _entropy(mass / total) * (total / partial.weight) * unit
    if plan.layout.units == 1:
        positive, seen = sums.weighted[1:], sums.weighted_seen[1:]
    else:
        positive, seen = sums.weighted, sums.weighted_seen
    used = seen > 0
    if not used.any():
        return None
    rates = np.clip(positive[used] / seen[used], 0, 1) * (1 - smooth) + smooth / 2
    pos_weight = np.broadcast_to(1.0 if plan.pos_weight is None else plan.pos_weight, used.shape)[used]
    costs = np.array([_best_binary(rate, weight) for rate, weight in zip(rates, pos_weight, strict=True)])
    total = float((costs * seen[used]).sum())
    summed = plan.settings.labels == "sum" and plan.layout.units > 1
    divisor = partial.sample_weight if summed else float(seen[used].sum())
    return total / divisor * unit


def _best_binary(rate: float, pos_weight: float) -> float:
    """Return the least loss of one constant probability for an outcome of this rate."""
    positive, negative = pos_weight * rate, 1 - rate
    total = positive + negative
    if total == 0:
        return 0.0
    return sum(-part * math.log(part / total) for part in (positive, negative) if part > 0)


def _perplexity(average: float | None, plan: Plan) -> float | None:
    if average is None or math.isnan(average):
        return None
    nats = average / plan.settings.unit
    return math.exp(nats) if nats < 709 else math.inf


def _reliability(partial: Partial) -> tuple[ReliabilityBin, ...]:
    bins = partial.bins
    if not bins.counts.any():
        return ()
    return tuple(
        ReliabilityBin(
            low=each / BINS,
            high=(each + 1) / BINS,
            count=int(bins.counts[each]),
            confidence=_ratio(float(bins.confidence[each]), float(bins.weights[each])),
            accuracy=_ratio(float(bins.outcome[each]), float(bins.weights[each])),
        )
        for each in range(BINS)
    )


def _per_class(
    partial: Partial, plan: Plan, names: Sequence[str] | None
) -> tuple[tuple[ClassRow, ...], ClassRest | None]:
    """Return the classes, the hundred of greatest summed loss where there are more, and the rest summed."""
    sums = partial.classes
    count = len(sums.support)
    chosen = np.arange(count)
    if count > CLASSES_LISTED:
        order = np.argsort(-np.nan_to_num(sums.loss, nan=np.inf), kind="stable")
        chosen = np.sort(order[:CLASSES_LISTED])
    independent = not plan.exclusive and plan.layout.units > 1
    counted = sums.support if independent else sums.seen
    rows = tuple(
        ClassRow(
            klass=int(each),
            name=names[each] if names is not None and each < len(names) else None,
            support=float(sums.support[each]),
            loss=_ratio(float(sums.loss[each]), float(sums.seen[each])),
            recall=_ratio(float(sums.hits[each]), float(counted[each])),
            mean_probability=(
                None
                if plan.loss.family == "scores"
                else _ratio(float(sums.probability[each]), float(counted[each]))
            ),
        )
        for each in chosen.tolist()
    )
    if count <= CLASSES_LISTED:
        return rows, None
    others = np.setdiff1d(np.arange(count), chosen)
    return rows, ClassRest(
        classes=len(others),
        support=float(sums.support[others].sum()),
        loss=_ratio(float(sums.loss[others].sum()), float(sums.seen[others].sum())),
    )


def _confusions(partial: Partial, plan: Plan, names: Sequence[str] | None) -> tuple[Confusion, ...]:
    """Return the pairs of classes with the most wrong predictions."""
    if plan.exclusive and plan.layout.units > 2:
        pairs = partial.confusions.worst(plan.layout.units, most=CONFUSIONS_LISTED)
        errors = partial.confusions.errors
    elif plan.exclusive or plan.layout.units == 1:
        seen, hits = partial.classes.seen, partial.classes.hits
        missed = np.where(seen - hits > 1e-9 * seen, seen - hits, 0.0).tolist()  # not what weights round to
        errors = sum(missed)
        pairs = sorted(
            ((each, 1 - each, missed[each]) for each in range(len(missed))), key=lambda pair: -pair[2]
        )
    else:
        return ()

    def named(klass: int) -> str | None:
        return names[klass] if names is not None and klass < len(names) else None

    return tuple(
        Confusion(
            klass=label,
            name=named(label),
            predicted=predicted,
            predicted_name=named(predicted),
            count=count,
            share=count / errors,
        )
        for label, predicted, count in pairs
        if count > 0
    )


def _worst(
    partial: Partial, plan: Plan, names: Sequence[str] | None, predictions: Source
) -> tuple[WorstRow, ...]:
    def of_class(value: int) -> int | str:
        return names[value] if names is not None and value < len(names) else value

    def named(
        value: int | tuple[int, ...] | float | None,
    ) -> int | float | str | tuple[int | str, ...] | None:
        if value is None or isinstance(value, float):
            return value
        return of_class(value) if isinstance(value, int) else tuple(map(of_class, value))

    return tuple(
        WorstRow(
            row=plan.layout.row(number),
            line=predictions.line_of(number) if len(plan.layout.positions) == 1 else None,
            label=named(label),
            prediction=named(prediction),
            probability=probability if math.isfinite(probability) else None,
            loss=loss,
        )
        for loss, number, label, prediction, probability in partial.worst.entries
    )

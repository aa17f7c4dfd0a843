"""Checks of what a weighted mean divides by."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from ce_core.compute.plan import Plan
from ce_core.compute.reduce import mean
from ce_core.compute.sums import Partial
from ce_core.findings import Finding
from ce_core.read.settings import MeanOver

from .case import Case

_SHARE = 0.01
_OF_CLASSES = frozenset({"cross_entropy", "probabilistic", "scores"})


def weighted_mean_differs(case: Case) -> Iterator[Finding]:
    """CE504: weights are in use, and the ways to divide by them differ by more than 1 %.

    A mean over sequences is another mean without weights, too; it is told of where positions are left out.
    """
    plan, partial = case.plan, case.partial
    if plan is None or partial is None or plan.settings.reduction != "mean" or not _weighted(plan):
        return
    if case.family not in _OF_CLASSES:
        return
    values = _means(plan, partial)
    shown = [value for _, _, value in values]
    if not shown or not min(shown) > 0 or max(shown) <= (1 + _SHARE) * min(shown):
        return
    parts = []
    for value in dict.fromkeys(shown):
        same = [(does, who) for does, who, each in values if each == value]
        does = " or ".join(each for each, _ in same)
        who = ", ".join(dict.fromkeys(name for _, names in same for name in names))
        parts.append(f"{value:.6g} divided by {does}" + (f" ({who})" if who else ""))
    asked = plan.settings.mean_over
    used = mean(partial, plan, asked)
    others = [value for value in shown if value != used]
    yield case.finding(
        "CE504",
        f"what the weighted mean divides by decides it: {min(shown):.6g} or {max(shown):.6g}"
        if len(set(shown)) == 2
        else f"what the weighted mean divides by decides it: from {min(shown):.6g} to {max(shown):.6g}",
        because="the same losses and weights are " + "; ".join(parts),
        remedy=f"compare only values that are divided alike: this one is --mean-over {asked}"
        + (
            f"; --mean-over {_other(plan, partial, others)} gives {'the other' if len(set(others)) == 1 else 'another'}"
            if others
            else ""
        ),
    )


def _weighted(plan: Plan) -> bool:
    settings = plan.settings
    return (
        settings.sample_weights is not None or plan.class_weights is not None or plan.pos_weight is not None
    )


def _means(plan: Plan, partial: Partial) -> list[tuple[str, tuple[str, ...], float]]:
    """Return what each mean divides by, the frameworks that do so, and the mean."""
    left_out = partial.count < partial.positions
    rows: list[tuple[MeanOver, str, tuple[str, ...]]] = [
        ("weights", "the sum of the weights", _by_weights(plan)),
        ("valid", f"the {partial.count:,} counted examples", _by_examples(plan)),
    ]
    if partial.nonzero < partial.count:
        does = f"the {partial.nonzero:,} examples of a weight above 0"
        rows.append(("nonzero_weights", does, ("tf.compat.v1.losses",)))
    else:
        rows[1] = (rows[1][0], rows[1][1], (*rows[1][2], "tf.compat.v1.losses"))
    if left_out:
        does = f"all {partial.positions:,} positions"
        rows.append(("batch", does, ("a plain mean over the batch",)))
        if len(plan.layout.positions) > 1:
            rows.append(("sequences", "the weights of each sequence, and then by their number", ()))
    found = [(does, who, mean(partial, plan, over)) for over, does, who in rows]
    return [(does, who, value) for does, who, value in found if value is not None and isfinite(value)]


def _by_weights(plan: Plan) -> tuple[str, ...]:
    """Return who divides by the sum of the weights."""
    keras = "Keras' mean_with_sample_weight"
    if plan.class_weights is None:
        return (keras, "scikit-learn", "XGBoost")
    if plan.exclusive:
        return ("PyTorch with class indices", "ONNX", keras, "scikit-learn")
    return (keras, "scikit-learn") if plan.layout.units == 1 else ()


def _by_examples(plan: Plan) -> tuple[str, ...]:
    """Return who divides by the number of examples, whatever they weigh."""
    torch = "PyTorch with rows of probabilities" if plan.exclusive else "PyTorch's binary losses"
    if plan.class_weights is None and plan.exclusive:
        return ("Keras by default", "the mean of optax's losses")
    if not plan.exclusive and plan.layout.units > 1:
        return (torch, "the mean of optax's losses")
    return (torch, "Keras by default", "the mean of optax's losses")


def _other(plan: Plan, partial: Partial, others: list[float]) -> str:
    """Return a divisor that gives another of the values."""
    words: tuple[MeanOver, ...] = ("weights", "valid", "nonzero_weights", "batch", "sequences")
    return next(each for each in words if mean(partial, plan, each) in others)


DIVISOR_CHECKS = (weighted_mean_differs,)

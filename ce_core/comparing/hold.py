"""Holding a run against its baseline: whether it is worse by more than is allowed."""

from __future__ import annotations

import math
from typing import Any

from ce_core.compute.evaluation import Evaluation
from ce_core.errors import CepickError, did_you_mean
from ce_core.suite.spec import BaselineRule

from .accuracy import accuracy_difference
from .answer import Difference
from .baseline import Baseline, described, losses_of
from .families import comparable
from .paired import check_test, difference_of
from .pairs import loss_pairs

METRICS = ("loss", "accuracy")
SIGNIFICANCE = 0.01
"""The chance of a false alarm where neither a tolerance nor a significance is said."""


def hold_against(
    baseline: Baseline, answer: Evaluation, rule: BaselineRule, *, level: float = 0.95
) -> Difference:
    """Return how a run differs from its baseline, which is A; the run is B.

    ``answer`` is of `ce_core.evaluate` with ``keep="examples"``. Whether the difference breaks the rule is what
    `breaks` tells. Accuracies are held by McNemar's exact test where each example counts once (see `accuracy`).

    Raises `CepickError` where the two cannot be compared: other targets, another shape, other positions or
    weights, another loss, or a metric that either does not have.
    """
    _check_rule(rule)
    examples = losses_of(answer)
    _check_same(baseline, answer)
    how: dict[str, Any] = {"test": rule.test, "resamples": rule.resamples, "seed": rule.seed}
    if rule.metric == "accuracy":
        if examples.hits is None or baseline.hits is None:
            who = answer.predictions if examples.hits is None else baseline.path
            raise CepickError(f"{who}: has no accuracy for each example; hold the loss against the baseline")
        return accuracy_difference(examples, baseline.hits, examples.hits, level=level, **how)
    pairs = loss_pairs(examples, baseline.losses, examples.losses, answer.mean_over)
    return difference_of(rule.metric, pairs, level=level, **how)


def worse_by(difference: Difference) -> float:
    """Return by how much B is worse, in the metric's own unit; negative where it is better, NaN where unknown."""
    if difference.difference is None:
        return math.nan
    return -difference.difference if difference.metric == "accuracy" else difference.difference


def breaks(difference: Difference, rule: BaselineRule) -> bool:
    """Tell whether a run is worse than its baseline by more than a rule allows.

    With a ``tolerance``, where the metric is worse by more than that; with a ``significance``, where it is worse and
    the one-sided chance of that (half of the two-sided p) is below it: of runs that are no worse so many break the
    rule. With both, where both are so. With neither the significance is 0.01. A loss that is infinite or NaN breaks
    every rule.
    """
    worse = worse_by(difference)
    if math.isnan(worse) or worse == math.inf:
        return True
    if worse <= (rule.tolerance or 0.0):
        return False
    significance = allowed(rule)
    return significance is None or (difference.p is not None and difference.p / 2 < significance)


def allowed(rule: BaselineRule) -> float | None:
    """Return the chance of a false alarm that a rule allows; None where a tolerance alone decides."""
    if rule.significance is None and rule.tolerance is None:
        return SIGNIFICANCE
    return rule.significance


def says(difference: Difference, unit: str | None = None) -> str:
    """Return a difference as a sentence: both values, the interval and the chance.

    >>> found = Difference(
    ...     metric="loss", a=0.3274, b=0.3521, difference=0.0247, low=0.011, high=0.039, p=0.0004, method="", count=9
    ... )
    >>> says(found, "nats")
    'loss 0.3521 nats, 0.0247 worse than the baseline 0.3274 (95 % interval +0.0110 to +0.0390, p = 0.0004)'
    """
    worse = worse_by(difference)
    value = f"{difference.metric} {_number(difference.b)}{f' {unit}' if unit else ''}"
    if math.isnan(worse):
        return f"{value}, where the baseline has {_number(difference.a)}"
    how = "the same as" if not worse else f"{_number(abs(worse))} {'worse' if worse > 0 else 'better'} than"
    text = f"{value}, {how} the baseline {_number(difference.a)}"
    if difference.low is None or difference.high is None or difference.p is None:
        return text
    interval = f"{100 * difference.level:g} % interval {difference.low:+.4f} to {difference.high:+.4f}"
    return f"{text} ({interval}, p = {difference.p:.2g})"


def _number(value: float | None) -> str:
    return "nan" if value is None else f"{value:.4f}" if 1e-3 <= abs(value) < 1e5 else f"{value:.3g}"


def _check_rule(rule: BaselineRule) -> None:
    if rule.metric not in METRICS:
        raise CepickError(
            f"{rule.where}: metric {rule.metric!r} has no value for each example; "
            f"{did_you_mean(rule.metric, METRICS)}"
        )
    check_test(rule.test, 0.95, rule.resamples)
    if rule.tolerance is not None and not rule.tolerance >= 0:
        raise CepickError(f"{rule.where}: tolerance {rule.tolerance} is below 0; give 0 or more")
    if rule.significance is None:
        return
    if not 0 < rule.significance < 0.5:
        raise CepickError(
            f"{rule.where}: significance {rule.significance} is outside (0, 0.5); 0.01 is usual"
        )
    if rule.test == "bootstrap" and rule.significance * (rule.resamples + 1) < 2:
        raise CepickError(
            f"{rule.where}: significance {rule.significance:g} is beyond what {rule.resamples:,} resamples can tell; "
            f"give resamples: {math.ceil(4 / rule.significance)}, or test: t"
        )


def _check_same(baseline: Baseline, answer: Evaluation) -> None:
    """Refuse a run that is of other arrays, or of another loss, than its baseline."""
    examples = losses_of(answer)
    own = described(answer)
    shape: tuple[int, ...] = own["shape"]
    again = "write it again with 'cepick baseline write'"
    if shape != baseline.shape:
        raise CepickError(
            f"{baseline.path}: is of {_shape(baseline.shape)} examples, and {answer.predictions} of {_shape(shape)}; "
            f"give the baseline of these arrays, or {again}"
        )
    if examples.targets_digest != baseline.targets_sha256:
        raise CepickError(
            f"{baseline.path}: is of other targets than {answer.targets} (it was written of {baseline.targets}); "
            f"give the same targets, or {again}"
        )
    if examples.counting_digest != baseline.counting_sha256:
        raise CepickError(
            f"{baseline.path}: counted other positions, or with other weights; give the same mask, ignored label and "
            f"weights, or {again}"
        )
    two = examples.classes == 2
    if not comparable(baseline.loss, own["loss"], two_outcomes=two):
        raise CepickError(
            f"{baseline.path}: is of {baseline.loss}, and {answer.predictions} gives {own['loss']}; name the same "
            f"loss, or {again}"
        )
    for name, here in (*own["modifiers"].items(), *((each, own[each]) for each in ("unit", "mean_over"))):
        there: Any = baseline.modifiers.get(name) if name in own["modifiers"] else getattr(baseline, name)
        if _plain(there) != _plain(here):
            raise CepickError(
                f"{baseline.path}: has {name} {_plain(there)!r}, and this run {_plain(here)!r}; "
                f"say the same, or {again}"
            )


def _plain(value: Any) -> Any:
    """Return a value as it is after a journey through JSON."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{each:,}" for each in shape) or "1"

"""What a loss is measured against, and what each figure beside it says, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .words import loss, number, percent, plural

if TYPE_CHECKING:
    from ce_core.compute.evaluation import Diagnostics, Evaluation

Tone = Literal["good", "poor", "bad", "plain"]

_NOTHING_GAINED = 0.01
"""A D² below this is no better than the class frequencies, in words."""

_WELL_CALIBRATED = 0.02
_POORLY_CALIBRATED = 0.1


@dataclass(frozen=True, kw_only=True)
class Level:
    """A loss to set the model's beside."""

    name: str
    loss: float
    says: str
    own: bool = False
    """Whether it is the model's own."""


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """A figure with what it says."""

    name: str
    value: str
    says: str
    tone: Tone = "plain"


def _constant(found: Diagnostics) -> tuple[str, float | None, str]:
    """Return the loss of the best constant answer: of the class frequencies, but for weights and smoothing."""
    prior, best = found.prior_entropy, found.best_constant
    if best is None or (prior is not None and math.isclose(prior, best, rel_tol=1e-9)):
        return "class frequencies", prior, "always answering with how often each class occurs"
    return "best constant", best, "always giving the same answer, under the same weights and smoothing"


def levels(evaluation: Evaluation) -> list[Level]:
    """Return the losses to set the model's beside, its own first."""
    found = evaluation.diagnostics
    if found.mean is None:
        return []
    others = (
        ("best possible", found.target_entropy, "the entropy of the targets: no model gets below it"),
        _constant(found),
        ("uniform", found.uniform, "giving every class the same probability"),
    )
    own = Level(name="this model", loss=found.mean, says="", own=True)
    rest = [Level(name=name, loss=loss, says=says) for name, loss, says in others if loss is not None]
    return [own, *rest] if rest else []


def verdict(evaluation: Evaluation) -> tuple[str, Tone] | None:
    """Return in a sentence whether the loss is any good, by what the class frequencies alone would give."""
    d2 = evaluation.diagnostics.d2
    wrong = [each for each in evaluation.findings if each.severity == "error"]
    if wrong:
        return f"an error was found: {wrong[0].code} {wrong[0].slug}", "bad"
    if d2 is None:
        return None
    of = "" if evaluation.estimate is None else "the full softmax loss is "
    if d2 < -_NOTHING_GAINED:
        return f"{of}worse than always answering with the class frequencies", "bad"
    if d2 < _NOTHING_GAINED:
        return f"{of}no better than always answering with the class frequencies", "poor"
    return f"{of}{percent(d2)} below what the class frequencies alone would give", "good"


def yardsticks(evaluation: Evaluation) -> list[Yardstick]:
    """Return every figure that has a meaning for the task, each with what it says."""
    rows = (make(evaluation, evaluation.diagnostics) for make in _MAKERS)
    return [row for row in rows if row is not None]


def _accuracy(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.accuracy is None:
        return None
    says = "share right"
    if evaluation.task.exclusive is False:
        says = "share of labels right"
    elif found.per_class and found.per_class_rest is None:
        total = sum(each.support for each in found.per_class)
        if total > 0:
            common = max(each.support for each in found.per_class) / total
            says += f"; always answering with the commonest class gives {percent(common)}"
    return Yardstick(name="accuracy", value=percent(found.accuracy), says=says)


def _subset_accuracy(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.subset_accuracy is None:
        return None
    return Yardstick(
        name="subset accuracy", value=percent(found.subset_accuracy), says="examples with every label right"
    )


def _top5(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.top5_accuracy is None:
        return None
    return Yardstick(
        name="top-5 accuracy",
        value=percent(found.top5_accuracy),
        says="true class among the five most probable",
    )


def _d2(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.d2 is None:
        return None
    says = "1 is perfect, 0 is no better than the class frequencies, below 0 is worse"
    tone: Tone = "bad" if found.d2 < -_NOTHING_GAINED else "poor" if found.d2 < _NOTHING_GAINED else "good"
    return Yardstick(name="D²", value=number(found.d2), says=says, tone=tone)


def _perplexity(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.perplexity is None:
        return None
    classes = evaluation.task.classes or evaluation.task.units
    guess = f"; {classes:,} is guessing" if classes and classes > 1 else ""
    says = f"as unsure as a fair choice among that many classes: 1 is certain{guess}"
    return Yardstick(name="perplexity", value=number(found.perplexity), says=says)


def _kl(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.kl is None or found.target_entropy is None:
        return None
    says = (
        f"what is left to learn, in {found.unit}: the loss less the {number(found.target_entropy)} "
        "that is the entropy of the targets"
    )
    return Yardstick(name="KL divergence", value=number(found.kl), says=says)


def _bits(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.bits is None or found.unit == "bits":
        return None
    return Yardstick(name="bits", value=number(found.bits), says="the mean loss in bits: nats / ln 2")


def _brier(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.brier is None:
        return None
    says = "mean squared error of the probabilities: 0 is perfect"
    return Yardstick(name="Brier score", value=number(found.brier), says=says)


def _calibration(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.ece is None:
        return None
    says = "expected calibration error: 0 is calibrated"
    if found.mce is not None:
        says += f"; the largest gap is {number(found.mce, 3)}"
    tone: Tone = (
        "good" if found.ece <= _WELL_CALIBRATED else "poor" if found.ece <= _POORLY_CALIBRATED else "bad"
    )
    return Yardstick(name="ECE", value=number(found.ece), says=says, tone=tone)


def _confidence(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.mean_confidence is None:
        return None
    says = "mean probability of the predicted class"
    tone: Tone = "plain"
    # Against soft targets, or label by label, the two are not of the same thing.
    comparable = evaluation.task.exclusive is not False and evaluation.task.targets != "soft"
    if found.accuracy is not None and comparable:
        gap = found.mean_confidence - found.accuracy
        lean = "over-confident" if gap > 0 else "under-confident"
        tone = "poor" if abs(gap) > _WELL_CALIBRATED else "good"
        says += f", {percent(abs(gap))} {'above' if gap > 0 else 'below'} the accuracy"
        says += f": {lean}" if tone == "poor" else ""
    return Yardstick(name="confidence", value=percent(found.mean_confidence), says=says, tone=tone)


def _temperature(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.temperature is None or found.mean is None or not found.temperature.loss < found.mean:
        return None
    best, lowest = found.temperature.optimum, found.temperature.loss
    says = f"dividing the logits by it would lower the loss to {loss(lowest)}"
    tone: Tone = "plain"
    if found.mean - lowest > max(0.01, 0.01 * found.mean):
        tone = "poor"
        says += ": over-confident" if best > 1 else ": under-confident"
    return Yardstick(name="temperature", value=number(best), says=says, tone=tone)


def _spread(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.quantiles is None:
        return None
    spread = found.quantiles
    says = (
        f"half of the examples are below it, 90 % below {loss(spread.p90)}, "
        f"99 % below {loss(spread.p99)}; the worst has {loss(spread.max)}"
    )
    return Yardstick(name="median loss", value=loss(spread.p50), says=says)


def _zeros(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if not found.zero_probabilities:
        return None
    says = (
        f"{plural(found.zero_probabilities, 'example gives', 'examples give')} probability 0 to what is true"
    )
    return Yardstick(name="zeros", value=f"{found.zero_probabilities:,}", says=says, tone="bad")


def _clipped(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.clipped_share is None:
        return None
    says = "share of the summed loss that clipped examples carry"
    return Yardstick(name="clipped", value=percent(found.clipped_share), says=says)


def _sample_size(evaluation: Evaluation, found: Diagnostics) -> Yardstick | None:
    if found.weights is None or found.weights.effective_sample_size >= 0.995 * found.count:
        return None
    size = found.weights.effective_sample_size
    says = f"examples of equal weight would be as precise as these {found.count:,}"
    return Yardstick(name="effective size", value=number(size), says=says)


_MAKERS = (
    _d2,
    _kl,
    _accuracy,
    _subset_accuracy,
    _top5,
    _perplexity,
    _calibration,
    _confidence,
    _temperature,
    _brier,
    _bits,
    _spread,
    _zeros,
    _clipped,
    _sample_size,
)

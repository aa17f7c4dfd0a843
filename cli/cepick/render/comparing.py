"""What pages, plain text and Markdown say of a comparison and of a baseline, in the same words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ce_core.records import dataclass

from . import words

if TYPE_CHECKING:
    from ce_core.comparing.answer import Comparison, Difference, McNemar, PartDifference
    from ce_core.comparing.baseline import Baseline
    from ce_core.findings import Finding

_METRICS = {"loss": "loss", "accuracy": "accuracy", "brier": "Brier score"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Which model is better, in a few words, and whether that is good for B."""

    says: str
    tone: str
    """A key of the tones of pages: good, bad or plain."""


def verdict(answer: Comparison) -> Verdict:
    """Return which model has the significantly lower loss."""
    first = answer.differences[0]
    if first.difference is None:
        return Verdict(says="they cannot be compared: a loss is not a number", tone="bad")
    if first.better == "a":
        return Verdict(says="B is worse: its loss is significantly higher", tone="bad")
    if first.better == "b":
        return Verdict(says="B is better: its loss is significantly lower", tone="good")
    if first.difference == 0:
        return Verdict(says="the same: no example has another loss", tone="plain")
    return Verdict(says="no significant difference: chance alone gives one as large", tone="plain")


def metric(name: str) -> str:
    """Return what a metric is called."""
    return _METRICS.get(name, name)


def signed(value: float | None) -> str:
    """Return a difference with its sign.

    >>> signed(0.0247), signed(-0.5), signed(0.0), signed(None)
    ('+0.0247', '−0.5000', '0', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    text = words.number(abs(value))
    return text if value == 0 or text == "0" else ("+" if value > 0 else "−") + text


def of_metric(name: str, value: float | None, *, difference: bool = False) -> str:
    """Return a value of a metric: accuracies in percent, their differences in points of it."""
    if name != "accuracy" or value is None:
        return signed(value) if difference else words.number(value)
    if not difference:
        return words.percent(value)
    return f"{100 * value:+.2f} %".replace("-", "−") if round(100 * value, 2) else "0 %"


def interval(of: Difference) -> str:
    """Return a confidence interval in words of the metric."""
    if of.low is None or of.high is None:
        return "–"
    return " to ".join(of_metric(of.metric, each, difference=True) for each in (of.low, of.high))


def chance(p: float | None) -> str:
    """Return a chance.

    >>> chance(0.0312), chance(3e-9), chance(1.0), chance(None)
    ('0.031', '3e-09', '1', '–')
    """
    return "–" if p is None else f"{p:.2g}"


def how(of: Difference) -> str:
    """Return how a difference was tested."""
    drawn = "" if of.resamples is None else f", {of.resamples:,} resamples, seed {of.seed}"
    return f"{of.method} of {words.plural(of.count, 'pair')}{drawn}"


def by_how_much(answer: Comparison) -> str:
    """Return the difference of the losses with its interval and chance, in a line."""
    first = answer.differences[0]
    text = words.measured(signed(first.difference), answer.unit)
    if first.difference and first.a and math.isfinite(first.difference / first.a):
        text += f" ({100 * first.difference / first.a:+.1f} %)".replace("-", "−")
    if first.low is not None:
        text += f", {100 * first.level:g} % interval {interval(first)}"
    return text if first.p is None else f"{text}, p = {chance(first.p)}"


def significant(part: PartDifference, level: float) -> bool:
    """Tell whether a part differs, corrected for the number of parts."""
    return part.p is not None and part.p < 1 - level


def together(of: McNemar) -> list[tuple[str, int]]:
    """Return how right and wrong fall together, each with its count."""
    return [
        ("both right", of.both_right),
        ("only A right", of.only_a),
        ("only B right", of.only_b),
        ("both wrong", of.both_wrong),
    ]


def models(answer: Comparison) -> list[tuple[str, str, str, str]]:
    """Return for each array what it is, its name, its shape and its dtype."""
    a, b = answer.a, answer.b
    rows = [(key, each.predictions, each.shapes[0], each.dtypes[0]) for key, each in (("A", a), ("B", b))]
    rows.append(("targets", a.targets, a.shapes[1], a.dtypes[1]))
    return [(key, name, words.shape(shape), dtype) for key, name, shape, dtype in rows]


def findings(answer: Comparison) -> Iterator[tuple[str, Any, Finding]]:
    """Yield whose each finding is (A, B, or both), the evaluation, and the finding."""
    of_a = {(each.code, each.message) for each in answer.a.findings}
    of_b = {(each.code, each.message) for each in answer.b.findings}
    for each in answer.a.findings:
        yield "both" if (each.code, each.message) in of_b else "A", answer.a, each
    for each in answer.b.findings:
        if (each.code, each.message) not in of_a:
            yield "B", answer.b, each


def baseline_facts(answer: Baseline) -> list[tuple[str, Any]]:
    """Return what a baseline holds."""
    modifiers = [
        (name, value)
        for name, value in answer.modifiers.items()
        if value not in (None, {}, 0.0) and (name, value) != ("labels", "mean")
    ]
    return [
        ("name", answer.name),
        ("file", answer.path),
        ("loss", answer.loss),
        ("value", answer.value),
        ("unit", answer.unit),
        ("mean_over", answer.mean_over),
        *modifiers,
        ("accuracy", answer.accuracy),
        ("count", answer.count),
        ("shape", answer.shape),
        ("predictions", answer.predictions),
        ("targets", answer.targets),
        ("targets_sha256", answer.targets_sha256),
        ("losses", answer.losses_file),
        ("written_by", f"cepick {answer.cepick}"),
    ]

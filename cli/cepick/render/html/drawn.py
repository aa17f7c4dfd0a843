"""The parts of a page that are plots, each with its caption and its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cepick.render import words
from cepick.render.rows import confusions, counted_among
from cepick.render.yardsticks import levels

from . import plots
from .marks import Part, folded, named, table, tag
from .parts import sentence
from .plot_histogram import Mark, histogram

if TYPE_CHECKING:
    from ce_core.compute.evaluation import ClassRow, Evaluation


def reliability(answer: Evaluation, prefix: str = "") -> Iterator[Part]:
    """Yield the reliability diagram and its numbers."""
    bins = [each for each in answer.diagnostics.reliability if each.count]
    independent = answer.task.exclusive is False or answer.task.units == 1
    happens = "happened" if independent else "was right"
    plot = plots.reliability(f"{prefix}reliability", bins, happens)
    if plot is None:
        return
    says = (
        "Points on the dashed line are calibrated; below it the model promises more than it keeps. "
        "Each upright line is two standard errors to both sides, the bars are how many there were."
    )
    yield tag("figure", plot, tag("figcaption", says))
    rows = [
        [
            f"{each.low:.2f} – {each.high:.2f}",
            f"{each.count:,}",
            words.percent(each.confidence),
            words.percent(each.accuracy),
            _gap(each.confidence, each.accuracy),
        ]
        for each in bins
    ]
    yield folded(
        "The numbers",
        table(["confidence", "count", "promised", happens, "gap"], rows, numbers=[1, 2, 3, 4]),
    )


def _gap(confidence: float | None, accuracy: float | None) -> str:
    return (
        "–" if confidence is None or accuracy is None else f"{100 * (accuracy - confidence):+.1f}"
    ).replace("-", "−")


def losses(answer: Evaluation, prefix: str = "") -> Iterator[Part]:
    """Yield the histogram of the losses and its numbers."""
    found = answer.diagnostics
    others = [
        Mark(name=each.name, at=each.loss, role="accent" if each.own else "muted")
        for each in levels(answer)
        if each.own or each.name == "uniform"
    ]
    marks = [Mark(name="mean", at=each.at, role="ink") if at == 0 else each for at, each in enumerate(others)]
    if not marks and found.mean is not None:
        marks = [Mark(name="mean", at=found.mean, role="ink")]
    plot = histogram(f"{prefix}losses", found.loss_histogram, marks, answer.unit)
    if plot is None:
        return
    spread = found.quantiles
    half = ""
    if spread is not None:
        half = (
            f" Half of the examples are below {words.loss(spread.p50)}, 90 % below {words.loss(spread.p90)}, "
            f"99 % below {words.loss(spread.p99)}; the worst has {words.loss(spread.max)}."
        )
    yield tag("figure", plot, tag("figcaption", f"Two bars are a factor of 2.{half}"))
    rows = [
        [words.number(each.low, 3), words.number(each.high, 3), f"{each.count:,}"]
        for each in found.loss_histogram
        if each.count
    ]
    yield folded("The numbers", table(["from", "to below", "examples"], rows, numbers=[0, 1, 2]))


def classes(answer: Evaluation, prefix: str = "") -> Iterator[Part]:
    """Yield the loss of each class, the worst first, and the numbers."""
    found = answer.diagnostics
    rows = sorted((each for each in found.per_class if each.loss is not None), key=_worst_first)
    if not rows:
        return
    word = "label" if answer.task.exclusive is False else "class"
    names = [words.klass(each.name, each.klass) for each in rows]
    drawn = plots.bars(
        f"{prefix}classes",
        f"Loss by {word}, the worst first",
        [
            plots.Bar(
                name=plots.shortened(name, 17),
                value=each.loss or 0.0,
                says=(words.loss(each.loss), words.percent(each.recall)),
            )
            for name, each in zip(names, rows, strict=True)
        ],
        (word, "loss", "recall"),
    )
    caption = f"Loss of each {word}'s examples, the worst first."
    rest = found.per_class_rest
    if rest is not None:
        caption += (
            f" {rest.classes:,} more classes of {words.whole(rest.support)} examples have a mean loss of "
            f"{words.number(rest.loss)}."
        )
    absent = len(found.per_class) - len(rows)
    if absent:
        caption += f" {words.plural(absent, word, 'classes' if word == 'class' else None)} without examples."
    yield tag("figure", drawn, tag("figcaption", caption))
    table_rows = [
        [
            named(name),
            words.whole(each.support),
            words.loss(each.loss),
            words.percent(each.recall),
            words.number(each.mean_probability, 3),
        ]
        for name, each in zip(names, rows, strict=True)
    ]
    header = [word, "support", "loss", "recall", "p(true)"]
    yield folded("The numbers", table(header, table_rows, numbers=[1, 2, 3, 4]))


def _worst_first(each: ClassRow) -> tuple[float, int]:
    loss = each.loss if each.loss is not None else -math.inf
    return (-math.inf if math.isnan(loss) else -loss, each.klass)


def mixed_up(answer: Evaluation, prefix: str = "") -> Iterator[Part]:
    """Yield the classes that are taken for another, and the numbers."""
    found = answer.diagnostics.confusions
    if not found:
        return
    told = list(confusions(answer, len(found)))
    drawn = plots.bars(
        f"{prefix}confusions",
        "Wrong predictions by true and predicted class",
        [
            plots.Bar(
                name=f"{plots.shortened(true, 9)} → {plots.shortened(said, 9)}",
                value=each.count,
                says=(count, share),
                role="other",
            )
            for each, (true, said, count, share) in zip(found, told, strict=True)
        ],
        ("true → predicted", "count", "of errors"),
    )
    among = counted_among(answer)
    caption = "True class → predicted class, with its share of all wrong predictions." + (
        f" {sentence(among)}" if among else ""
    )
    yield tag("figure", drawn, tag("figcaption", caption))
    rows = [[named(true), named(said), count, share] for true, said, count, share in told]
    yield folded("The numbers", table(["true", "predicted", "count", "of the errors"], rows, numbers=[2, 3]))

"""The page of a comparison of two models on the same targets."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cepick.render import words

from . import drawn, parts, plots
from .canvas import drawing
from .marks import Html, Part, code, escaped, folded, named, table, tag
from .page import Section, document, reproduce, typed
from .plot_intervals import Interval, intervals

if TYPE_CHECKING:
    from ce_core.comparing.answer import Comparison, Difference, PartDifference

_DRAWN = 16
"""So many classes and slices are drawn; tables have all."""


def page(answer: Comparison, *, command: str | None = None) -> str:
    """Return the page: which is better and by how much, where, on which examples, and how both were read."""
    with drawing():
        return document(_title(answer), _header(answer), _sections(answer, command))


def verdict(answer: Comparison) -> tuple[str, str]:
    """Return in a sentence which model is better, and the tone of it."""
    first = answer.differences[0] if answer.differences else None
    if first is None or first.difference is None:
        return "The two cannot be compared", "poor"
    if first.better is None:
        return "No significant difference in the loss", "poor"
    share = f", by {_percent(first)}" if first.a else ""
    if first.better == "b":
        return f"B is better: its loss is significantly lower{share}", "good"
    return f"B is worse: its loss is significantly higher{share}", "bad"


def _percent(first: Difference) -> str:
    assert first.difference is not None
    return words.percent(abs(first.difference / (first.a or 1.0)))


def _title(answer: Comparison) -> str:
    return f"{verdict(answer)[0]} · {_short(answer.b.predictions)} against {_short(answer.a.predictions)}"


def _short(path: str) -> str:
    return os.path.basename(path.rstrip("/")) or path


def _header(answer: Comparison) -> Iterator[Part]:
    says, tone = verdict(answer)
    yield tag("p", "cepick compare", class_="over")
    yield tag("h1", parts.sentence(says), class_=tone)
    first = answer.differences[0] if answer.differences else None
    if first is not None and first.difference is not None:
        unit = f" {answer.unit}" if answer.unit else ""
        yield tag(
            "p",
            _signed(first.difference),
            tag("span", f"{unit} from A to B", class_="unit"),
            class_="value",
        )
        yield tag("p", _interval(first), class_="muted")
    of = ((letter, each) for letter, each in (("A", answer.a), ("B", answer.b)))
    rows: list[Sequence[Part]] = [
        [tag("strong", letter), code(each.predictions), words.number(each.value, 6)] for letter, each in of
    ]
    yield table(["", "model", answer.loss], rows, numbers=[2])
    yield tag("p", f"on {words.plural(answer.count, 'example')} of ", code(answer.a.targets), class_="small")


def _signed(value: float | None) -> str:
    if value is None:
        return "–"
    if not math.isfinite(value) or value == 0:
        return words.number(value)
    return f"{'+' if value > 0 else '−'}{words.number(abs(value))}"


def _interval(of: Difference) -> str:
    text = ""
    if of.low is not None and of.high is not None:
        text = f"{100 * of.level:g} % interval {_signed(of.low)} to {_signed(of.high)}, "
    if of.p is not None:
        text += f"p = {of.p:.2g}, "
    how = "" if of.resamples is None else f", {of.resamples:,} resamples, seed {of.seed}"
    return f"{text}{of.method} of {of.count:,} pairs{how}"


def _sections(answer: Comparison, command: str | None) -> Iterator[Section]:
    yield Section(name="metrics", title="Metrics", parts=(_metrics(answer),))
    yield Section(name="intervals", title="Where they differ", parts=(_intervals(answer),), beside=True)
    yield Section(name="contest", title="Example by example", parts=(_contest(answer),), beside=True)
    yield Section(name="classes", title="Classes", parts=(_parts(answer.classes, "class"),))
    yield Section(name="slices", title="Slices", parts=(_parts(answer.slices, "slice"),))
    yield Section(name="rows", title="Where B is much worse", parts=(_rows(answer),))
    yield Section(name="findings", title="Findings", parts=(_findings(answer),))
    yield Section(name="models", title="Each model by itself", parts=(_models(answer),))
    notes = tag("ul", [tag("li", text) for text in answer.notes]) if answer.notes else None
    yield Section(name="notes", title="Notes", parts=(notes,))
    names = ["cepick", "compare", answer.a.predictions, answer.b.predictions, answer.a.targets]
    yield reproduce(command or typed(shlex.join(names)))


def _metrics(answer: Comparison) -> Html | None:
    if not answer.differences:
        return None
    rows: list[Sequence[Part]] = [
        [
            each.metric.replace("brier", "Brier score"),
            words.number(each.a),
            words.number(each.b),
            tag("strong", _signed(each.difference)),
            f"{_signed(each.low)} to {_signed(each.high)}" if each.low is not None else "–",
            "–" if each.p is None else f"{each.p:.2g}",
            {"a": tag("span", "A", class_="bad"), "b": tag("span", "B", class_="good")}.get(
                each.better or "", "–"
            ),
            tag("span", each.method, class_="muted"),
        ]
        for each in answer.differences
    ]
    header = ["metric", "A", "B", "B − A", "interval", "p", "better", "by"]
    return table(header, rows, numbers=[1, 2, 3, 4, 5])


def _intervals(answer: Comparison) -> Iterator[Part]:
    first = answer.differences[0] if answer.differences else None
    rows = []
    if first is not None and first.difference is not None:
        rows = [
            Interval(name="all examples", at=first.difference, low=first.low, high=first.high, strong=True)
        ]
    some = [*answer.slices, *answer.classes]
    some.sort(key=lambda each: -abs(each.difference) if math.isfinite(each.difference) else 0.0)
    chosen = sorted(some[:_DRAWN], key=lambda each: -each.difference)
    rows += [
        Interval(name=plots.shortened(each.name, 17), at=each.difference, low=each.low, high=each.high)
        for each in chosen
    ]
    unit = f", in {answer.unit}" if answer.unit else ""
    made = intervals(
        "plot-intervals", rows, ("B is better", "B is worse"), f"difference of the mean losses{unit}"
    )
    if made is None:
        return
    left = len(some) - len(chosen)
    more = f" The {_DRAWN} parts that differ most are drawn, of {len(some):,}." if left else ""
    yield tag(
        "figure",
        made,
        tag("figcaption", f"What is left of zero is better with B; grey intervals hold zero.{more}"),
    )


def _contest(answer: Comparison) -> Iterator[Part]:
    found = answer.contest
    made = plots.contest(
        "plot-contest",
        (
            ("A lower", found.a, "other"),
            ("the same", found.ties, "line"),
            ("B lower", found.b, "accent"),
        ),
    )
    if made is None:
        return
    yield tag("figure", made, tag("figcaption", "On how many examples each model has the lower loss."))
    right = answer.mcnemar
    if right is None:
        return
    rows: list[Sequence[Part]] = [
        ["B right", f"{right.both_right:,}", f"{right.only_b:,}"],
        ["B wrong", f"{right.only_a:,}", f"{right.both_wrong:,}"],
    ]
    yield tag("h3", "Right and wrong")
    yield table(["", "A right", "A wrong"], rows, numbers=[1, 2])
    if right.p is not None:
        yield tag("p", f"Exact McNemar test: p = {right.p:.2g}.", class_="muted small")


def _parts(rows: Sequence[PartDifference], word: str) -> Html | None:
    if not rows:
        return None
    accuracy = any(each.accuracy_a is not None for each in rows)
    header = [word, "examples", "loss A", "loss B", "B − A", "interval", "p"]
    header += ["accuracy A", "accuracy B"] if accuracy else []
    made = [_part(each, accuracy) for each in rows]
    shown = table(header, made[:_DRAWN], numbers=range(1, len(header)))
    if len(made) <= _DRAWN:
        return shown
    rest = table(header, made[_DRAWN:], numbers=range(1, len(header)))
    return escaped([shown, folded(f"{len(made) - _DRAWN:,} more", rest)])


def _part(each: PartDifference, accuracy: bool) -> list[Part]:
    sure = each.low is not None and each.high is not None and not each.low <= 0 <= each.high
    tone = ("bad" if each.difference > 0 else "good") if sure else None
    return [
        named(each.name),
        f"{each.count:,}",
        words.loss(each.loss_a),
        words.loss(each.loss_b),
        tag("strong", _signed(each.difference), class_=tone),
        f"{_signed(each.low)} to {_signed(each.high)}" if each.low is not None else "–",
        "–" if each.p is None else f"{each.p:.2g}",
        *([words.percent(each.accuracy_a), words.percent(each.accuracy_b)] if accuracy else []),
    ]


def _rows(answer: Comparison) -> Html | None:
    if not answer.rows:
        return None
    lines = any(each.line is not None for each in answer.rows)
    header: list[Part] = [
        "row",
        *(["line"] if lines else []),
        "label",
        "A says",
        "B says",
        "loss A",
        "loss B",
    ]
    rows: list[Sequence[Part]] = [
        [
            words.row(each.row),
            *([str(each.line) if each.line is not None else "–"] if lines else []),
            named(words.label(each.label)),
            named(words.label(each.prediction_a)),
            named(words.label(each.prediction_b)),
            words.loss(each.loss_a),
            words.loss(each.loss_b),
        ]
        for each in answer.rows
    ]
    last = len(header) - 1
    return table(header, rows, numbers=[0, *([1] if lines else []), last - 1, last])


def _findings(answer: Comparison) -> Iterator[Part]:
    seen: list[Any] = []
    for letter, each in (("A", answer.a), ("B", answer.b)):
        for found in each.findings:
            if found in seen:
                continue
            seen.append(found)
            both = letter == "A" and found in answer.b.findings
            yield tag("h3", "In both" if both else f"In {letter}")
            yield parts.finding(each, found)
    if not seen:
        yield tag("p", "Nothing was found to be wrong with the arrays of either model.", class_="good")


def _models(answer: Comparison) -> Iterator[Part]:
    for letter, each in (("A", answer.a), ("B", answer.b)):
        prefix = f"{letter.lower()}-"
        yield folded(
            [f"{letter}: ", code(each.predictions), f"  {words.number(each.value, 6)}"],
            parts.judged(each),
            parts.levels_table(each),
            parts.figures_table(each),
            tag(
                "div",
                [
                    tag("section", tag("h3", title), shown)
                    for title, of in (("Reliability", drawn.reliability), ("Losses", drawn.losses))
                    if (shown := escaped(of(each, prefix)))
                ],
                class_="plots",
            ),
            parts.files(each),
            parts.evidence(each),
            class_="check",
        )

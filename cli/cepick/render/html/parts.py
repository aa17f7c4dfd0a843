"""What several pages show: findings, the task, figures, classes, worst examples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ce_core.lookup.finding_texts import effect_told, titled
from ce_core.task.words import PROPERTIES
from cepick.render import words
from cepick.render.rows import arrays, told_of
from cepick.render.yardsticks import Level, levels, verdict, yardsticks

from .marks import Html, Part, block, code, escaped, folded, named, pairs, table, tag

if TYPE_CHECKING:
    from ce_core.compute.evaluation import Evaluation
    from ce_core.findings import Finding

_CLASSES_SHOWN = 12
"""Of the table of classes, beside the plot of all."""


def sentence(text: str) -> str:
    """Return a sentence."""
    told = words.sentence(text)
    return told if told.endswith((".", "!", "?", ":")) else f"{told}."


def question(answer: Evaluation) -> Iterator[Part]:
    """Yield what was asked because it could not be decided, and each answer to it."""
    yield tag("p", tag("strong", answer.question or "Undecided"))
    prop = PROPERTIES[answer.asks] if answer.asks else None
    if prop is not None and prop.answers:
        yield table(["say", "if"], [[code(prop.flag(value)), says] for value, says in prop.answers.items()])
    if answer.also_fit:
        yield tag("p", "Still possible: ", [[code(each), " "] for each in answer.also_fit])


def findings(answer: Any) -> Iterator[Part]:
    """Yield every finding, the most severe first."""
    for each in answer.findings:
        yield finding(answer, each)


def finding(answer: Any, each: Finding) -> Html:
    """Return one finding: what, why, what to do; what each framework does is folded in."""
    rows: list[tuple[Part, Part]] = [("why", sentence(each.because))]
    if places := words.places(each):
        rows.append(("where", places))
    if says := effect_told(each):
        rows.append(("loss", says))
    told = told_of(answer, each)
    rows += [(one.title, one.does) for one in told if one.does]
    return tag(
        "article",
        tag("p", each.severity, " ", code(each.code), " ", each.slug, class_="kind"),
        tag("h3", sentence(each.message)),
        pairs(rows),
        tag("div", pairs([("do", sentence(each.remedy))]), class_="do"),
        [block(one.repair) for one in told if one.repair],
        None if told else repairs(each),
        class_=f"finding {each.severity}",
    )


def repairs(each: Finding) -> Html | None:
    """Return what each framework does with such arrays, and the repair in its code, folded in."""
    does, repair = each.frameworks, each.repair
    names = list(dict.fromkeys([*does, *repair]))
    if not names:
        return None
    return folded(
        "What each framework does, and the repair in code",
        [
            [
                tag("h3", titled(name)),
                tag("p", sentence(does[name])) if name in does else None,
                block(repair[name]) if name in repair else None,
            ]
            for name in names
        ],
    )


def value_of(answer: Evaluation) -> Html:
    """Return the value in large, and in words what it is of."""
    if answer.value is None:
        return tag("p", answer.status.replace("_", " ") if answer.status != "decided" else "no single value")
    error = answer.diagnostics.standard_error if answer.estimate is None else None
    doubt = f" ± {error:.2g}" if error is not None and answer.reduction == "mean" else ""
    over = "" if answer.mean_over == "weights" or answer.reduction != "mean" else f", over {answer.mean_over}"
    of = f"{answer.reduction} of {words.plural(answer.count, 'example')}{over}"
    left = f", {answer.ignored:,} left out" if answer.ignored else ""
    how = "".join(f", {text}" for text in words.modifiers(answer))
    return escaped(
        [
            tag(
                "p",
                words.number(answer.value, 6),
                tag("span", doubt, f" {answer.unit}" if answer.unit else "", class_="unit"),
                class_="value" if math.isfinite(answer.value) else "value bad",
            ),
            tag("p", f"{of}{left}{how}", class_="muted"),
        ]
    )


def judged(answer: Evaluation) -> Html | None:
    """Return in a sentence whether the loss is any good."""
    told = verdict(answer)
    return None if told is None else tag("p", sentence(told[0]), class_=f"verdict {told[1]}")


def levels_table(answer: Evaluation) -> Html | None:
    """Return the loss beside what it is measured against, as bars."""
    compared = levels(answer)
    if not compared:
        return None
    top = max((each.loss for each in compared if math.isfinite(each.loss)), default=0.0) or 1.0

    def bar(each: Level) -> Html:
        share = max(0.0, min(each.loss / top, 1.0)) if math.isfinite(each.loss) else 1.0
        return tag("span", class_="bar own" if each.own else "bar", style=f"width:{100 * share:.2f}%")

    rows = [
        [
            tag("strong", each.name) if each.own else each.name,
            words.loss(each.loss),
            bar(each),
        ]
        for each in compared
    ]
    return table(["", f"loss ({answer.diagnostics.unit})", ""], rows, numbers=[1], bars=2)


def figures_table(answer: Evaluation) -> Html | None:
    """Return every figure beside the loss, with what it says."""
    figures = yardsticks(answer)
    if not figures:
        return None
    rows = [
        [each.name, tag("strong", each.value, class_=None if each.tone == "plain" else each.tone), each.says]
        for each in figures
    ]
    return table(["figure", "value", "which says"], rows, numbers=[1])


def worst(answer: Evaluation) -> Html | None:
    """Return the examples with the greatest loss."""
    found = answer.diagnostics.worst
    if not found:
        return None
    lines = any(each.line is not None for each in found)
    header: list[Part] = ["row", *(["line"] if lines else []), "label", "prediction", "p(true)", "loss"]
    rows: list[Sequence[Part]] = [
        [
            words.row(each.row),
            *([str(each.line) if each.line is not None else "–"] if lines else []),
            named(words.label(each.label)),
            named(words.label(each.prediction)),
            words.number(each.probability, 3),
            words.loss(each.loss),
        ]
        for each in found
    ]
    last = len(header) - 1
    return table(header, rows, numbers=[0, *([1] if lines else []), last - 1, last])


def files(answer: Evaluation) -> Html:
    """Return the two arrays, and what was done on the way."""
    shown = table(
        ["array", "file", "shape", "dtype"],
        [[key, code(name), shape, code(dtype)] for key, name, shape, dtype in arrays(answer)],
    )
    return escaped([shown, tag("ul", [tag("li", text) for text in answer.notes]) if answer.notes else None])


def evidence(answer: Evaluation) -> Html | None:
    """Return what is known of the task, how, and the flag that overrides it."""
    if not answer.evidence:
        return None
    rows: list[Sequence[Part]] = []
    for each in answer.evidence:
        inferred = words.is_inferred(each)
        source = "inferred" if inferred else "said" if each.because == "said" else "follows"
        because = words.reason(each) if each.because != "said" else ""
        doubtful = "poor" if each.confidence < words.DOUBTFUL else None
        flags = code(words.overrides(each)) if inferred else None
        rows.append(
            [
                each.property,
                code(words.value(each.value)),
                source,
                tag("span", because, class_=doubtful),
                flags,
            ]
        )
    return table(["property", "value", "", "because", "overridden by"], rows)

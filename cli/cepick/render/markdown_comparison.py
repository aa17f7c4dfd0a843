"""A comparison, and a baseline, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from . import comparing, words
from .marks import cell_code, code, escape, table

if TYPE_CHECKING:
    from ce_core.comparing.answer import Comparison, PartDifference
    from ce_core.comparing.baseline import Baseline

_SHOWN = 20


def comparison_parts(answer: Comparison, findings: Callable[[Any], Iterator[str]]) -> Iterator[str]:
    """Yield the parts of a comparison; ``findings`` makes those of one model's findings."""
    verdict = comparing.verdict(answer)
    yield f"## {escape(words.sentence(verdict.says))}"
    yield f"{code(answer.loss)}: {escape(comparing.by_how_much(answer))}"
    yield table(
        ["", "file", "shape", "dtype"],
        [
            [key, cell_code(name), escape(shape), dtype]
            for key, name, shape, dtype in comparing.models(answer)
        ],
    )
    yield table(
        ["metric", "A", "B", "B − A", f"{100 * answer.differences[0].level:g} % interval", "p", "by"],
        [
            [
                comparing.metric(each.metric),
                comparing.of_metric(each.metric, each.a),
                comparing.of_metric(each.metric, each.b),
                f"**{comparing.of_metric(each.metric, each.difference, difference=True)}**",
                comparing.interval(each),
                comparing.chance(each.p),
                escape(comparing.how(each)),
            ]
            for each in answer.differences
        ],
        numbers=[1, 2, 3, 4, 5],
    )
    contest = answer.contest
    yield (
        f"Lower loss: A on {contest.a:,}, B on {contest.b:,} of {words.plural(answer.count, 'example')}; "
        f"{contest.ties:,} the same."
    )
    if answer.mcnemar is not None:
        counts = ", ".join(f"{name} {count:,}" for name, count in comparing.together(answer.mcnemar))
        p = (
            ""
            if answer.mcnemar.p is None
            else f"; exact McNemar test p = {comparing.chance(answer.mcnemar.p)}"
        )
        yield f"{words.sentence(counts)}{p}."
    yield from _parts("Classes, where B is worse first", "class", answer.classes)
    yield from _parts("Slices, where B is worse first", "slice", answer.slices)
    yield from _rows(answer)
    for who, model in (("A", answer.a), ("B", answer.b)):
        if model.findings:
            yield f"### {who}: {cell_code(model.predictions)}"
            yield from findings(model)
    if answer.notes:
        yield "### Notes"
        yield "\n".join(f"- {escape(text)}" for text in answer.notes)


def _parts(title: str, word: str, parts: Sequence[PartDifference]) -> Iterator[str]:
    if not parts:
        return
    yield f"### {title}"
    yield table(
        [word, "examples", "loss A", "loss B", "B − A", "interval", "p", "accuracy A", "accuracy B"],
        [
            [
                escape(each.name),
                f"{each.count:,}",
                words.loss(each.loss_a),
                words.loss(each.loss_b),
                comparing.signed(each.difference),
                "–" if each.low is None else f"{comparing.signed(each.low)} to {comparing.signed(each.high)}",
                comparing.chance(each.p),
                words.percent(each.accuracy_a),
                words.percent(each.accuracy_b),
            ]
            for each in parts[:_SHOWN]
        ],
        numbers=range(1, 9),
    )
    hidden = len(parts) - _SHOWN
    yield f"{hidden} more are in `--format json`." if hidden > 0 else ""


def _rows(answer: Comparison) -> Iterator[str]:
    if not answer.rows:
        return
    yield "### Where B is worse by most"
    yield table(
        ["row", "label", "A says", "B says", "loss A", "loss B"],
        [
            [
                escape(words.row(each.row)) + (f" (line {each.line})" if each.line is not None else ""),
                *(escape(words.label(value)) for value in (each.label, each.prediction_a, each.prediction_b)),
                words.loss(each.loss_a),
                words.loss(each.loss_b),
            ]
            for each in answer.rows
        ],
        numbers=[4, 5],
    )


def baseline_parts(answer: Baseline) -> Iterator[str]:
    """Yield the parts of a baseline."""
    value = words.measured(words.number(answer.value, 6), answer.unit)
    yield f"## {escape(answer.name)}: {code(answer.loss)} = {value}"
    rows = [
        [name, cell_code(words.shape(each) if isinstance(each, tuple) else each)]
        for name, each in comparing.baseline_facts(answer)
        if each is not None
    ]
    yield table(["", ""], rows)

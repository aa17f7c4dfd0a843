"""A comparison as plain lines: ``key<TAB>value``, full names and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from . import comparing, words

if TYPE_CHECKING:
    from ce_core.comparing.answer import Comparison

Line = tuple[Any, ...]


def comparison_lines(answer: Comparison, findings: Callable[[Any], Iterator[Line]]) -> Iterator[Line]:
    """Yield the lines of a comparison; ``findings`` makes those of one model's findings."""
    yield "verdict", comparing.verdict(answer).says
    yield "better", answer.differences[0].better or "neither"
    yield "loss", answer.loss
    yield "unit", answer.unit
    yield "count", answer.count
    yield from comparing.models(answer)
    for each in answer.differences:
        sure = (each.low, each.high, each.level, each.p, each.better or "neither")
        yield "difference", each.metric, each.a, each.b, each.difference, *sure, comparing.how(each)
    yield "lower_loss", "A", answer.contest.a, "ties", answer.contest.ties, "B", answer.contest.b
    if answer.mcnemar is not None:
        for name, count in comparing.together(answer.mcnemar):
            yield "mcnemar", name, count
        yield "mcnemar", "p", answer.mcnemar.p
    for key, parts in (("class", answer.classes), ("slice", answer.slices)):
        for part in parts:
            both = (part.loss_a, part.loss_b, part.difference, part.low, part.high, part.p)
            yield key, part.name, part.count, *both, part.accuracy_a, part.accuracy_b
    for row in answer.rows:
        place = words.row(row.row) if row.line is None else f"{words.row(row.row)} (line {row.line})"
        said = (words.label(each) for each in (row.label, row.prediction_a, row.prediction_b))
        yield "row", place, *said, row.loss_a, row.loss_b
    for who, model in (("A", answer.a), ("B", answer.b)):
        yield from ((f"{line[0]}_of_{who}", *line[1:]) for line in findings(model))
    yield from (("note", text) for text in answer.notes)

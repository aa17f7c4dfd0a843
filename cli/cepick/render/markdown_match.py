"""The Markdown of a match."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import words
from .marks import cell_code, code, escape, table
from .matching import counted, left_out, number_of, sentence, title, variant

if TYPE_CHECKING:
    from ce_core.matching.answer import Match, Traced


def match_parts(answer: Match) -> Iterator[str]:
    """Yield the parts of a match: how many definitions give the number, and a table of them."""
    yield f"## Where {', '.join(code(each.text) for each in answer.logged)} comes from"
    yield f"{escape(words.sentence(counted(answer)))}."
    if answer.predictions is not None:
        of = "" if answer.count is None else f", {words.plural(answer.count, 'example')} counted"
        yield f"{code(answer.predictions)} against {code(answer.targets or answer.predictions)}{of}."
    if answer.matches:
        yield table(
            ["value", "what it is", "what happened", "what to do", "calls"],
            [row for each in answer.matches for row in _traced_rows(each)],
            numbers=[0],
        )
    if answer.left_out:
        yield f"{words.sentence(left_out(answer))}."
    if answer.nearest:
        yield "### Nearest"
        yield table(
            ["value", "off by", "what it is", "what would have happened"],
            [
                [number_of(each), words.percent(each.distance), cell_code(title(each)), escape(each.says)]
                for each in answer.nearest
            ],
            numbers=[0, 1],
        )
    if answer.advice:
        yield "### What to try"
        yield "\n".join(f"- {escape(words.sentence(text))}" for text in answer.advice)
    if answer.notes:
        yield "\n".join(f"- {escape(words.sentence(text))}" for text in answer.notes)


def _traced_rows(each: Traced) -> Iterator[list[str]]:
    for at, part in enumerate((each, *each.same)):
        what = "<br>".join(cell_code(text) for text in (title(part), variant(part)) if text)
        yield [
            number_of(part) if not at else "the same",
            what,
            escape(sentence(part.says)),
            escape(words.sentence(part.repair or "")),
            "<br>".join(map(cell_code, part.framework)),
        ]

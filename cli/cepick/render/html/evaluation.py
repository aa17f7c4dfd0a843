"""The page of an evaluation."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cepick.render import sampled, words
from cepick.render.side_by_side import differences, groups, scalar

from . import drawn, parts
from .canvas import drawing
from .marks import Html, Part, breaking, code, escaped, table, tag
from .page import Section, document, reproduce, typed

if TYPE_CHECKING:
    from ce_core.compute.evaluation import Evaluation


def page(answer: Evaluation, *, command: str | None = None) -> str:
    """Return the page: the value, what was found, the figures and plots, how it was read, how to make it again."""
    with drawing():
        return document(_title(answer), _header(answer), _sections(answer, command))


def _title(answer: Evaluation) -> str:
    what = {"undecided": "undecided", "not_a_cross_entropy": f"no cross-entropy: {answer.instead}"}.get(
        answer.status, answer.loss or ""
    )
    value = "" if answer.value is None else f" {words.measured(words.number(answer.value), answer.unit)}"
    return f"{what}{value} · {os.path.basename(answer.predictions) or answer.predictions}"


def _header(answer: Evaluation) -> Iterator[Part]:
    yield tag("p", "cepick eval", class_="over")
    yield tag("h1", breaking(answer.loss) if answer.loss else _title(answer))
    yield tag("p", code(answer.predictions), " against ", code(answer.targets), class_="small")
    if answer.status == "decided":
        yield parts.value_of(answer)
    yield parts.judged(answer)


def _sections(answer: Evaluation, command: str | None) -> Iterator[Section]:
    if answer.status != "decided":
        title = "One question" if answer.status == "undecided" else "What to use instead"
        asked = (
            parts.question(answer)
            if answer.status == "undecided"
            else tag("p", "No cross-entropy fits these arrays: ", code(answer.instead or ""), " does.")
        )
        yield Section(name="question", title=title, parts=(asked,))
    yield Section(name="findings", title="Findings", parts=(_findings(answer),))
    yield Section(name="emulation", title="What the framework prints", parts=(_emulation(answer),))
    yield Section(name="sampled", title=sampled.TITLE, parts=(_sampled(answer),))
    yield from measured(answer)
    yield Section(name="worst", title="Worst examples", parts=(parts.worst(answer),))
    yield Section(name="frameworks", title="What frameworks print", parts=(_rosetta(answer),))
    yield Section(name="task", title="How it was read", parts=(parts.files(answer), parts.evidence(answer)))
    yield reproduce(command or typed(_command(answer)))


def measured(answer: Evaluation, prefix: str = "") -> Iterator[Section]:
    """Yield the sections of the figures and of the plots; ``prefix`` sets their names apart from another's."""
    yield Section(
        name=f"{prefix}figures",
        title="Is it any good?",
        parts=(parts.levels_table(answer), parts.figures_table(answer)),
    )
    made = (
        ("reliability", "Reliability", drawn.reliability),
        ("losses", "Losses", drawn.losses),
        ("classes", "Labels" if answer.task.exclusive is False else "Classes", drawn.classes),
        ("confusions", "Confusions", drawn.mixed_up),
    )
    for name, title, of in made:
        yield Section(name=f"{prefix}{name}", title=title, parts=(of(answer, prefix),), beside=True)


def _findings(answer: Evaluation) -> Iterator[Part]:
    if answer.findings:
        yield from parts.findings(answer)
    elif answer.status == "decided":
        yield tag("p", "Nothing was found to be wrong with these arrays.", class_="good")


def _emulation(answer: Evaluation) -> Iterator[Part]:
    found = answer.emulation
    if found is None:
        return
    yield tag("p", code(found.text))
    if found.raises is not None:
        yield tag("p", "It refuses these arrays: ", found.raises, class_="bad")
        return
    both = (("it prints", found.value), ("the exact loss", found.exact))
    rows: list[list[Part]] = [[name, words.number(scalar(value), 6), ""] for name, value in both]
    rows += [
        [cause, "" if amount is None else f"{amount:+.4g}", text]
        for cause, text, amount in differences(found)
    ]
    yield table(["", "value", "why"], rows, numbers=[1])


def _sampled(answer: Evaluation) -> Iterator[Part]:
    if answer.estimate is None:
        return
    rows = [list(row) for row in sampled.rows(answer.estimate)]
    yield table([f"loss ({answer.unit})", "", ""], rows, numbers=[1])
    yield tag("p", parts.sentence(answer.estimate.statement), " ", parts.sentence(sampled.SAYS))


def _rosetta(answer: Evaluation) -> Html | None:
    if answer.rosetta is None:
        return None
    rows: list[list[Part]] = [
        [
            "refused" if group.value is None else words.number(group.value, 6),
            group.says,
            [tag("div", f"{title}: ", code(call)) for title, call in group.members],
        ]
        for group in groups(answer.rosetta)
    ]
    return escaped([table(["value", "why", "calls"], rows, numbers=[0])])


def _command(answer: Evaluation) -> str:
    """Return a command that computes the same, of what an evaluation knows of how it was asked for."""
    words_ = ["cepick", "eval", answer.predictions, answer.targets]
    if answer.loss is not None:
        words_ += ["--loss", answer.loss]
    if answer.reduction != "mean":
        words_ += ["--reduction", answer.reduction]
    if answer.mean_over != "weights":
        words_ += ["--mean-over", answer.mean_over]
    return shlex.join(words_)

"""The page of a report of checks: the verdict, a table, and each check folded in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ce_core.lookup.finding_texts import effect_told
from ce_core.suite.report import STATUSES
from cepick.render import checking, words

from . import drawn, parts
from .canvas import drawing
from .marks import Html, Part, code, escaped, folded, named, pairs, table, tag
from .page import Section, document, reproduce, typed

if TYPE_CHECKING:
    from ce_core.suite.report import CheckReport, CheckResult, Problem

_MARKS = {"passed": ("✓", "good"), "failed": ("✗", "bad"), "broken": ("!", "poor")}
_DRAWN = 12
"""Plots are drawn for every check of so few, and beyond that for so many that did not pass."""


def page(answer: CheckReport, *, command: str | None = None) -> str:
    """Return the page: how many passed, a table, and each check with what is wrong and its evaluation."""
    with drawing():
        return document(_title(answer), _header(answer), _sections(answer, command))


def _title(answer: CheckReport) -> str:
    return f"{words.sentence(checking.counts(answer))} · {answer.file or 'cepick check'}"


def _header(answer: CheckReport) -> Iterator[Part]:
    tone = "bad" if answer.of_status("failed") else "poor" if answer.of_status("broken") else "good"
    yield tag("p", "cepick check", class_="over")
    yield tag("h1", parts.sentence(checking.counts(answer)), class_=tone if answer.results else "poor")
    if answer.file is not None:
        fails = "" if answer.fail_on == "error" else f", fail_on {answer.fail_on}"
        yield tag("p", code(answer.file), fails, class_="small")
    tiles = [
        tag("li", tag("b", f"{len(of):,}", class_=_MARKS[status][1]), checking.VERB[status])
        for status in STATUSES
        if (of := answer.of_status(status))
    ]
    yield tag("ul", tiles, class_="tiles")


def _sections(answer: CheckReport, command: str | None) -> Iterator[Section]:
    numbered = list(enumerate(answer.ordered, 1))
    if len(numbered) > _DRAWN:
        chosen = {at for at, each in numbered if each.status != "passed"}
        chosen = set(sorted(chosen)[:_DRAWN])
    else:
        chosen = {at for at, _ in numbered}
    yield Section(name="checks", title="Checks", parts=(_table(numbered),))
    yield Section(
        name="details",
        title="Each check",
        parts=([_details(each, at, plots=at in chosen) for at, each in numbered], _undrawn(numbered, chosen)),
    )
    file = [answer.file] if answer.file is not None else []
    yield reproduce(command or typed(shlex.join(["cepick", "check", *file])))


def _undrawn(numbered: Sequence[tuple[int, CheckResult]], chosen: set[int]) -> Html | None:
    left = sum(each.evaluation is not None for at, each in numbered if at not in chosen)
    if not left:
        return None
    says = f"Of so many checks plots are drawn for {len(chosen):,} that did not pass; cepick eval draws the others'."
    return tag("p", says, class_="muted small")


def _table(numbered: Sequence[tuple[int, CheckResult]]) -> Html | None:
    rows: list[Sequence[Part]] = [
        [
            status_of(each),
            tag("a", named(each.name), href=f"#check-{at}"),
            words.number(each.value) if each.value is not None else "–",
            checking.cut(checking.decisive(each), 200),
            f"{each.count:,}" if each.count else "–",
        ]
        for at, each in numbered
    ]
    return table(["", "check", "loss", "decided by", "examples"], rows, numbers=[2, 4]) if rows else None


def status_of(result: CheckResult) -> Html:
    """Return how a check ended."""
    mark, tone = _MARKS[result.status]
    return tag("span", f"{mark} {checking.VERB[result.status]}", class_=f"status {tone}")


def _details(result: CheckResult, at: int, *, plots: bool) -> Html:
    """Return one check: open where it did not pass."""
    return folded(
        [status_of(result), " ", tag("strong", named(result.name)), " ", _value(result)],
        _about(result),
        [_problem(result, each) for each in result.problems],
        _limits(result),
        _slices(result),
        tag("ul", [tag("li", checking.cut(text)) for text in result.notes]) if result.notes else None,
        _evaluation(result, at, plots=plots),
        open_=result.status != "passed",
        class_="check",
        id=f"check-{at}",
    )


def _value(result: CheckResult) -> Html | None:
    return tag("span", checking.value_of(result), class_="muted small") if result.value is not None else None


def _about(result: CheckResult) -> Html:
    rows: list[tuple[Part, Part]] = [
        ("arrays", [code(result.predictions), " against ", code(result.targets)]),
        ("written at", code(str(result.where))),
    ]
    if result.matrix:
        rows.append(("matrix", ", ".join(f"{name} = {value}" for name, value in result.matrix.items())))
    if result.loss is not None:
        of = f" {checking.value_of(result, 6)}, {words.plural(result.count, 'example')}"
        rows.append(("loss", [code(result.loss), of]))
    if result.baseline is not None:
        rows.append(("baseline", checking.difference_text(result.baseline)))
    return pairs(rows)


def _problem(result: CheckResult, problem: Problem) -> Html:
    """Return what is wrong, in the looks of a finding."""
    rows: list[tuple[Part, Part]] = []
    if problem.because:
        rows.append(("why", parts.sentence(checking.cut(problem.because))))
    if where := checking.where_of(result, problem):
        rows.append(("where", checking.cut(where)))
    if problem.finding is not None and (effect := effect_told(problem.finding)):
        rows.append(("loss", effect))
    passes = None if problem.fails else tag("span", " · let pass", class_="muted")
    do = [("do", parts.sentence(checking.cut(problem.remedy)))] if problem.remedy else []
    return tag(
        "article",
        tag("p", problem.severity, " ", code(checking.title_of(problem)), passes, class_="kind"),
        tag("h3", parts.sentence(checking.cut(problem.message))),
        pairs(rows) if rows else None,
        tag("div", pairs(do), class_="do") if do else None,
        parts.repairs(problem.finding) if problem.finding is not None else None,
        class_=f"finding {problem.severity}",
    )


def _limits(result: CheckResult) -> Html | None:
    if not result.measured:
        return None
    rows: list[Sequence[Part]] = [
        [
            named(checking.named(each.path, each.slice)),
            tag("strong", words.number(each.value), class_=None if each.held else "bad"),
            checking.bounds(each.least, each.most),
            checking.margin_text(each).replace("-", "−"),
            tag("span", "✓" if each.held else "✗ broken", class_="good" if each.held else "bad"),
        ]
        for each in sorted(result.measured, key=lambda each: each.held)
    ]
    return escaped(
        [tag("h3", "Limits"), table(["number", "value", "may be", "margin", ""], rows, numbers=[1, 2, 3])]
    )


def _slices(result: CheckResult) -> Html | None:
    if not result.slices:
        return None
    rows: list[Sequence[Part]] = [
        [
            named(each.name),
            f"{each.count:,}",
            words.loss(each.loss),
            words.percent(each.accuracy),
            None if each.held_to_limits else tag("span", "too few for its limits", class_="muted"),
        ]
        for each in checking.worst_first(result.slices)
    ]
    return escaped(
        [
            tag("h3", "Slices"),
            table(["slice", "examples", "loss", "accuracy", ""], rows, numbers=[1, 2, 3]),
        ]
    )


def _evaluation(result: CheckResult, at: int, *, plots: bool) -> Html | None:
    """Return the evaluation of a check, folded in."""
    answer = result.evaluation
    if answer is None:
        return None
    prefix = f"check-{at}-"
    shown = None
    if plots:
        made = [
            tag("section", tag("h3", title), content)
            for title, of in (
                ("Reliability", drawn.reliability),
                ("Losses", drawn.losses),
                ("Classes", drawn.classes),
                ("Confusions", drawn.mixed_up),
            )
            if (content := escaped(of(answer, prefix)))
        ]
        shown = tag("div", made, class_="plots") if made else None
    worst = parts.worst(answer)
    return folded(
        "Its evaluation",
        parts.judged(answer),
        parts.levels_table(answer),
        parts.figures_table(answer),
        shown,
        [tag("h3", "Worst examples"), worst] if worst is not None else None,
        tag("h3", "How it was read"),
        parts.files(answer),
        parts.evidence(answer),
    )

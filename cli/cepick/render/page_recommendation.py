"""The page of a recommendation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from ce_core.losses import LOSSES
from ce_core.task.words import PROPERTIES

from . import words
from .calls import Framework, frameworks
from .parts import STATUS, Page, grid, show_evidence, show_findings
from .rows import how_to_use

if TYPE_CHECKING:
    from ce_core.decide.recommendation import Recommendation


def recommendation_page(answer: Recommendation, *, command: str | None = None) -> str:
    """Return the page: the loss and how to use it, why, why not the others, the code."""
    page = Page()
    _ANSWERS[answer.status](page, answer)
    show_findings(page, answer)
    if answer.notes:
        page.gap()
        page.bullets(answer.notes, style="dim")
    if any(words.is_inferred(each) for each in answer.evidence):
        show_evidence(page, answer.evidence)
    if answer.status != "undecided":
        _why(page, answer)
    if answer.status == "decided":
        _code(page, answer)
    _closing(page, answer, command)
    return str(page)


def _decided(page: Page, answer: Recommendation) -> None:
    assert answer.loss is not None
    lines: list[RenderableType] = [
        Text(answer.loss, style="bold"),
        Text(LOSSES[answer.loss].one_line, style="dim"),
        "",
    ]
    table = grid({"style": "dim", "no_wrap": True}, {"overflow": "fold"})
    for name, text in how_to_use(answer):
        table.add_row(name, text)
    if answer.also_fit:
        table.add_row("also fits" if len(answer.also_fit) == 1 else "also fit", ", ".join(answer.also_fit))
    lines.append(table)
    page.panel(*lines, style=STATUS[answer.status])


def show_question(page: Page, answer: Any) -> None:
    """Add the one question that an undecided answer leaves, with the flag for each answer."""
    lines: list[RenderableType] = [
        Text("undecided", style="bold yellow"),
        Text(answer.question or "", style="bold"),
        "",
    ]
    prop = PROPERTIES[answer.asks] if answer.asks else None
    if prop is not None and prop.answers:
        table = grid({"style": "cyan", "no_wrap": True}, {"overflow": "fold"})
        for value, says in prop.answers.items():
            table.add_row(prop.flag(value), says)
        lines.append(table)
    page.panel(*lines, style=STATUS["undecided"])
    reasons = getattr(answer, "why", ())
    if reasons:
        page.heading("What each answer leads to")
        page.bullets(reasons)
    elif answer.also_fit:
        page.heading("Still possible")
        page.bullets(answer.also_fit)


def show_instead(page: Page, answer: Any) -> None:
    """Add the answer to a task that no cross-entropy fits."""
    page.panel(
        Text("no cross-entropy fits this task", style="bold"),
        Text.assemble("use instead  ", (answer.instead or "", "bold blue")),
        style=STATUS["not_a_cross_entropy"],
    )


_ANSWERS = {"decided": _decided, "undecided": show_question, "not_a_cross_entropy": show_instead}


def _why(page: Page, answer: Recommendation) -> None:
    if answer.why:
        page.heading("Why")
        page.bullets(words.sentence(text) for text in answer.why)
    if answer.modifiers:
        page.heading("What this task changes")
        table = grid({"no_wrap": True, "style": "bold"}, {"overflow": "fold"})
        for each in answer.modifiers:
            table.add_row(each.name, each.text)
        page.show(table, indent=2)
    if answer.why_not:
        page.heading("Why not")
        table = grid({"no_wrap": True}, {"overflow": "fold", "style": "dim"})
        for loss, texts in answer.why_not.items():
            table.add_row(loss, "; ".join(texts))
        page.show(table, indent=2)


def _code(page: Page, answer: Recommendation) -> None:
    offered = frameworks(answer)
    asked_for = [each for each in offered if each.wanted]
    for each in asked_for or offered:
        page.heading(each.title, each.call)
        if each.absent:
            page.prose(words.sentence(each.absent))
        _blocks(page, each)
    if asked_for:
        page.heading("In the other frameworks")
        _others(page, offered[len(asked_for) :])


def _others(page: Page, offered: list[Framework]) -> None:
    """Add a line for each framework, or two where a function's name does not fit beside the framework's."""
    first = max((len(each.title) for each in offered), default=0)
    stacked = any(2 + first + 2 + len(each.call) > page.width for each in offered)
    table = grid({"no_wrap": True}, {"overflow": "fold"})
    for each in offered:
        says = Text(each.call or each.absent or "", style="" if each.call else "dim")
        if not each.verified:
            says.append("  unverified", style="yellow")
        if stacked:
            page.prose(each.title)
            page.show(says, indent=4)
        else:
            table.add_row(each.title, says)
    if not stacked:
        page.show(table, indent=2)


def _blocks(page: Page, framework: Framework) -> None:
    call, imports = framework.call, ""
    for at, block in enumerate(framework.shown):
        if at:
            page.gap()
        if block.call != call:
            page.prose(block.call, style="dim")
        if block.modifier:
            page.prose(f"with {block.modifier.replace('_', ' ')}", style="dim")
        page.code(block.text if block.imports != imports else block.code)
        call, imports = block.call, block.imports
        if block.note:
            page.prose(words.sentence(block.note), style="dim")


def _closing(page: Page, answer: Recommendation, command: str | None) -> None:
    page.gap()
    if command:
        page.prose("The same without questions:", style="dim", indent=0)
        page.code(command, "text", indent=2)
    elif answer.status == "decided" and answer.task.framework is None:
        page.prose(
            f"--framework NAME shows one framework first and in full; cepick explain {answer.loss} says more.",
            style="dim",
            indent=0,
        )

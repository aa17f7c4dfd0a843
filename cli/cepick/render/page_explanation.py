"""The page that explains one name, or sets two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from . import words
from .parts import SEVERITY, Page, broken_at_dots, grid
from .rows import SECTIONS, TOPICS, calls, sides

if TYPE_CHECKING:
    from ce_core.lookup.explanation import Explanation, Topics

_WIDE = 100
"""From this width on a comparison's rows are short enough to tell apart without empty lines between them."""


def topics_page(answer: Topics) -> str:
    """Return the page that lists everything that can be explained, but for the functions of frameworks."""
    page = Page()
    for kind, names in answer.names.items():
        page.heading(TOPICS[kind])
        if kind == "call":
            page.prose(f"{len(names)} of them; cepick losses --framework NAME lists those of one", "dim")
        elif kind == "comparison":
            page.bullets(names)
        else:
            page.prose(", ".join(names))
    page.gap()
    page.prose("cepick explain NAME explains one, cepick explain NAME OTHER sets two side by side.", "dim")
    return str(page)


def explanation_page(answer: Explanation) -> str:
    """Return the page: what it is in a line, formula and shapes, when, traps, an example, the code."""
    page = Page()
    _title(page, answer)
    if answer.other is not None:
        _differences(page, answer)
    for title, name in SECTIONS:
        text = getattr(answer, name)
        if text:
            page.heading(title)
            page.prose(words.sentence(text))
    if answer.remedy:
        page.heading("What to do")
        page.code(answer.remedy)
    _frameworks(page, answer)
    if answer.traps:
        page.heading("Traps")
        page.bullets(answer.traps)
    if answer.example is not None:
        page.heading("Example")
        page.prose(answer.example.text)
    _calls(page, answer)
    _closing(page, answer)
    return str(page)


def _frameworks(page: Page, answer: Explanation) -> None:
    """Add what each framework does with the arrays of a finding, and the repair in its code."""
    from ce_core.lookup.finding_texts import titled

    if answer.frameworks:
        page.heading("What each framework does")
        table = grid({"style": "bold", "no_wrap": True}, {"overflow": "fold"})
        for name, text in answer.frameworks.items():
            table.add_row(titled(name), text)
        page.show(table, indent=2)
    if answer.repair:
        page.heading("The repair in code")
        for name, text in answer.repair.items():
            page.prose(titled(name), style="bold")
            page.code(text)


def _title(page: Page, answer: Explanation) -> None:
    lines: list[RenderableType] = [Text(answer.title, style="bold")]
    names = [answer.id] if answer.id != answer.title and answer.other is None else []
    names += [answer.slug] if answer.slug else []
    kind = Text(answer.kind, style="dim")
    for name in names:
        kind.append(f"  {name}", style="dim")
    if answer.severity:
        kind.append(f"  {answer.severity}", style=SEVERITY[answer.severity])
    lines += [kind, "", Text(words.sentence(answer.one_line))]
    table = grid({"style": "dim", "no_wrap": True}, {"overflow": "fold"})
    for name, text in (
        ("formula", answer.formula),
        ("shapes", answer.shapes),
        ("last layer", answer.activation),
        ("computes", ", ".join(answer.losses)),
        ("computed", "not yet by this version" if answer.computed is False else None),
    ):
        if text:
            table.add_row(name, Text(text))
    if table.row_count:
        lines += ["", table]
    page.panel(*lines, style="blue")


def _differences(page: Page, answer: Explanation) -> None:
    assert answer.other is not None
    page.heading("What differs")
    names = sides(answer.other)
    if page.narrow:
        for row in answer.other.differences:
            page.prose(row.what, "bold")
            for name, text in zip(names, (row.left, row.right), strict=True):
                page.prose(name, "dim", indent=4)
                page.prose(text, indent=6)
        return
    below = 0 if page.width >= _WIDE else 1
    table = Table(box=None, padding=(0, 2, below, 0), pad_edge=False, header_style="bold")
    table.add_column("", style="dim", overflow="fold", max_width=20)
    for name in names:
        table.add_column(broken_at_dots(name, (page.width - 30) // 2), overflow="fold", ratio=1)
    for row in answer.other.differences:
        table.add_row(row.what, Text(row.left), Text(row.right))
    page.show(table, indent=2)


def _calls(page: Page, answer: Explanation) -> None:
    if not answer.calls and not answer.absent:
        return
    from ce_core.frameworks import title

    page.heading("Code")
    for framework, row in calls(answer):
        of = f", {row.loss}" if len(answer.losses) > 1 else ""
        page.show(Text.assemble((title(framework), "bold"), (f"  {row.call}{of}", "dim")), indent=2)
        page.code(row.code)
    if answer.absent:
        page.gap()
        table = grid({"style": "bold", "no_wrap": True}, {"style": "dim", "overflow": "fold"})
        for framework, text in answer.absent.items():
            table.add_row(title(framework), text)
        page.show(table, indent=2)


def _closing(page: Page, answer: Explanation) -> None:
    table = grid({"style": "dim", "no_wrap": True}, {"overflow": "fold"})
    if answer.see_also:
        table.add_row("see also", ", ".join(answer.see_also))
    if answer.source:
        table.add_row("source", Text(answer.source, style="dim"))
    if table.row_count:
        page.gap()
        page.show(table)

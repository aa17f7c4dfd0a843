"""The page of a report of checks: a line for each, then what is wrong with those that did not pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from . import checking, words
from .parts import SEVERITY, Page, grid, listing

if TYPE_CHECKING:
    from ce_core.suite.report import CheckReport, CheckResult, Problem

_MARKS = {
    "passed": ("✓", "+", "bold green"),
    "failed": ("✗", "x", "bold red"),
    "broken": ("!", "!", "bold magenta"),
}
"""Of each status its mark, that of a terminal without unicode, and the colour."""

_LIMITS = ("limit", "slice-limit")
_PROBLEMS_SHOWN = 20
_SLICES_SHOWN = 8
_LIMITS_SHOWN = 12
_NAME = 200
"""Names longer than this are cut: a page is to be read."""

_MIDDLING = 80
"""Below this width what decided stands below the name of a check."""

_ROOMY = 56
"""Below this width the margins are left out."""


def check_page(report: CheckReport) -> str:
    """Return the page: the checks in a table, what is wrong with those that did not pass, and the verdict last."""
    page = Page()
    _checks(page, report)
    for result in report.ordered:
        if result.status != "passed":
            _details(page, result)
    _allowed(page, report)
    page.gap()
    _closing(page, report)
    return str(page)


def _short(text: str) -> str:
    return checking.cut(words.line(text), _NAME)


def _mark(page: Page, status: str) -> Text:
    mark, plain, style = _MARKS[status]
    return Text(mark if page.unicode else plain, style=style)


def _checks(page: Page, report: CheckReport) -> None:
    """Add the table: what could not run and what failed first."""
    if not report.results:
        return
    where = "" if report.file is None else _short(report.file)
    fails = "" if report.fail_on == "error" else f"fail_on {report.fail_on}"
    page.heading("Checks", "  ".join(filter(None, (where, fails))))
    rows = [_row(page, each) for each in report.ordered]
    shown = _columns(page, rows)
    numbers = [at for at, name in enumerate(shown) if name in ("value", "examples")]
    table = listing(["" if name == "mark" else name for name in shown], numbers=numbers)
    for row in rows:
        if "decided by" not in shown and row["decided by"]:
            row["check"] = Text("\n").join([row["check"], row["decided by"]])
        table.add_row(*(row[name] for name in shown))
    page.show(table, indent=2)


def _row(page: Page, result: CheckResult) -> dict[str, Text]:
    decided = _short(checking.decisive(result))
    return {
        "mark": _mark(page, result.status),
        "check": Text(_short(result.name), style="bold"),
        "loss": Text(result.loss or "", style="dim"),
        "value": Text("" if result.value is None else words.number(result.value)),
        "decided by": Text(decided, style="dim" if result.status == "passed" else ""),
        "examples": Text(f"{result.count:,}" if result.count else ""),
    }


def _columns(page: Page, rows: list[dict[str, Text]]) -> list[str]:
    """Return the columns that there is room for: without the loss, and where it is narrow without what decided."""
    names = ["mark", "check", "loss", "value", "decided by", "examples"]
    for left_out in ((), ("loss",)):
        shown = [name for name in names if name not in left_out]
        if sum(2 + max(len(name), *(row[name].cell_len for row in rows)) for name in shown) < page.width:
            return shown
    return (
        ["mark", "check", "value"] if page.width < _MIDDLING else [name for name in names if name != "loss"]
    )


def _details(page: Page, result: CheckResult) -> None:
    """Add what is wrong with a check, the numbers that were held to limits, and its slices."""
    page.gap()
    verb = checking.VERB[result.status]
    name, where = _short(result.name), _short(str(result.where))
    page.show(
        Text.assemble(_mark(page, result.status), " ", (name, "bold"), f" {verb}", (f"  {where}", "dim"))
    )
    page.prose(_short(checking.arrays_of(result)), style="dim")
    if result.loss is not None and result.value is not None:
        of = f"{result.loss} {checking.value_of(result, 6)}, {words.plural(result.count, 'example')}"
        page.prose(of, style="dim")
    shown = result.failing[:_PROBLEMS_SHOWN]
    for at, each in enumerate(shown):
        alike = [_alike(each, other) for other in (*shown[max(0, at - 1) : at], *shown[at + 1 : at + 2])]
        before, after = bool(at) and alike[0], at + 1 < len(shown) and alike[-1]
        if not before:
            page.gap()
        _problem(page, result, each, remedy="" if after else each.remedy)
    _more(page, len(result.failing) - len(shown), "problem")
    if result.status == "broken":
        return
    _limits(page, result)
    _slices(page, result)
    if result.baseline is not None:
        page.gap()
        table = grid({"style": "dim", "no_wrap": True}, {"overflow": "fold"})
        table.add_row("baseline", checking.difference_text(result.baseline))
        page.show(table, indent=2)
    if result.notes:
        page.gap()
        page.bullets([checking.cut(text) for text in result.notes], style="dim")


def _alike(one: Problem, other: Problem) -> bool:
    """Tell whether two problems are limits that share what to do, which then stands under the last of them."""
    return one.rule == other.rule and one.rule in _LIMITS and one.remedy == other.remedy


def _problem(page: Page, result: CheckResult, problem: Problem, remedy: str) -> None:
    severity, message = (problem.severity, SEVERITY[problem.severity]), checking.cut(problem.message)
    if checking.explained_by(problem) is None:
        page.show(Text.assemble(severity, f" {problem.rule}  ", (message, "bold")), indent=2)
    else:
        slug = checking.slug_of(problem)
        page.show(Text.assemble(severity, " ", (problem.rule, "bold"), (f" {slug}", "dim")), indent=2)
        page.prose(message, style="bold", indent=4)
    table = grid({"style": "dim", "no_wrap": True}, {"overflow": "fold"})
    for key, text, style in _says(result, problem, remedy):
        if text:
            table.add_row(key, Text(checking.cut(text), style=style))
    if table.row_count:
        page.show(table, indent=4)


def _says(result: CheckResult, problem: Problem, remedy: str) -> Iterator[tuple[str, str, str]]:
    """Yield the rows under a message: what it is, the text, its style."""
    place = checking.where_of(result, problem)
    if problem.rule in _LIMITS:
        yield "where", "; ".join(filter(None, (place, problem.because))), ""
    else:
        yield "why", words.sentence(problem.because), ""
        yield "where", place, ""
    if problem.finding is not None and problem.finding.effect is not None:
        from ce_core.lookup.finding_texts import effect_told

        yield "loss", effect_told(problem.finding) or "", ""
    yield "do", words.sentence(remedy), "green"
    yield "more", checking.explained_by(problem) or "", "cyan"


def _limits(page: Page, result: CheckResult) -> None:
    """Add the numbers that were held to limits: those that are beyond them first."""
    if not result.measured:
        return
    rows = sorted(result.measured, key=lambda each: each.held)
    page.gap()
    margins = page.width >= _ROOMY
    table = listing(
        ["limit", "value", "may be", *(["margin"] if margins else []), ""], numbers=[1, 2, 3][: 2 + margins]
    )
    for each in rows[:_LIMITS_SHOWN]:
        style = "" if each.held else "red"
        room = [Text(checking.margin_text(each), style="dim" if each.held else "red")] if margins else []
        table.add_row(
            Text(_short(checking.named(each.path, each.slice)), style=style),
            Text(words.number(each.value), style=f"bold {style}".rstrip()),
            checking.bounds(each.least, each.most),
            *room,
            _mark(page, "passed" if each.held else "failed"),
        )
    page.show(table, indent=2)
    _more(page, len(rows) - _LIMITS_SHOWN, "limit")


def _more(page: Page, count: int, what: str) -> None:
    if count > 0:
        page.prose(f"and {words.plural(count, what)} more, in --format json", style="dim")


def _slices(page: Page, result: CheckResult) -> None:
    """Add the slices, those of the highest loss first."""
    if not result.slices:
        return
    rows = checking.worst_first(result.slices)
    page.gap()
    table = listing(["slice", "examples", "loss", "accuracy", ""], numbers=[1, 2, 3])
    for each in rows[:_SLICES_SHOWN]:
        style = "" if each.held_to_limits else "dim"
        cells = (_short(each.name), f"{each.count:,}", words.loss(each.loss), words.percent(each.accuracy))
        small = Text("" if each.held_to_limits else "too few", style="dim")
        table.add_row(*(Text(cell, style=style) for cell in cells), small)
    page.show(table, indent=2)
    _more(page, len(rows) - _SLICES_SHOWN, "slice")


def _allowed(page: Page, report: CheckReport) -> None:
    """Add what was found and fails nothing, in a line or two each."""
    pairs = [(result, each) for result, each in checking.in_severity(report) if not each.fails]
    if not pairs:
        return
    page.heading("Let pass", "found, and not severe enough to fail its check")
    for result, each in pairs[:_LIMITS_SHOWN]:
        severity, name = (each.severity, SEVERITY[each.severity]), _short(result.name)
        page.show(Text.assemble(severity, " ", checking.title_of(each), (f"  {name}", "dim")), indent=2)
        page.prose(words.sentence(_short(each.message)), indent=4)
    _more(page, len(pairs) - _LIMITS_SHOWN, "finding")


def _closing(page: Page, report: CheckReport) -> None:
    broken, failed = report.of_status("broken"), report.of_status("failed")
    style = "bold magenta" if broken and not failed else "bold red" if failed else "bold green"
    page.show(Text(checking.summary(report), style=style if report.results else "bold yellow"))

"""The Markdown of a report of checks, fit for a comment on a pull request or the summary of a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape as in_html
from typing import TYPE_CHECKING

from . import checking, words
from .marks import cell_code, code, escape, table

if TYPE_CHECKING:
    from ce_core.suite.report import CheckReport, CheckResult, Problem

COMMENT = 65_536
"""How many bytes a comment may have; GitHub counts characters."""

_NOTE = 200
"""What is kept free for the sentence that says what was left out."""

_MARKS = {"passed": "✅", "failed": "❌", "broken": "⚠️"}
_NAME = 200
_TEXT = 1_000
_PROBLEMS_SHOWN = 20
_ROWS_SHOWN = 12
_OPEN = 3
"""With at most so many checks that did not pass, what is wrong with them is unfolded."""


def check_markdown(report: CheckReport, most: int = COMMENT) -> str:
    """Return the report in at most so many bytes: the verdict, a table of the checks, and what is wrong with each."""
    head = f"## {_verdict(report)}"
    bad = [each for each in report.ordered if each.status != "passed"]
    room = most - _size(head) - 2 * _NOTE
    # The table takes half of the room at most, and what is wrong with the checks the rest.
    parts = [head, *_table(report, room // 2)]
    room = most - _NOTE - _size(*parts)
    left_out = 0
    for at, each in enumerate(bad):
        block = _details(each, unfolded=len(bad) <= _OPEN)
        if (room := room - _size(block)) < 0:
            left_out = len(bad) - at
            break
        parts.append(block)
    allowed = _allowed(report)
    if allowed and _size(allowed) <= room:
        parts.append(allowed)
    elif allowed:
        parts.append("What was let pass is in `--format json`.")
    if left_out:
        what = f"{words.plural(left_out, 'check')} more that did not pass"
        parts.append(f"What is wrong with {what} is in `--format json`: there is no room for it here.")
    return "\n\n".join(parts) + "\n"


def _size(*parts: str) -> int:
    """Return how many bytes some parts take, with the empty lines between them."""
    return sum(len(part.encode("utf-8", "backslashreplace")) + 2 for part in parts)


def _verdict(report: CheckReport) -> str:
    status = "broken" if report.of_status("broken") else "failed" if report.of_status("failed") else "passed"
    return f"{_MARKS[status]} {words.sentence(checking.counts(report))}"


def _short(text: str, most: int = _NAME) -> str:
    return checking.cut(words.line(text), most)


def _table(report: CheckReport, room: int) -> Iterator[str]:
    """Yield the table of the checks, and a sentence on those that are left out of it."""
    if not report.results:
        return
    header = ["", "check", "loss", "value", "decided by", "examples"]
    rows: list[list[str]] = []
    for each in report.ordered:
        rows.append(_row(each))
        room -= _size(" | ".join(rows[-1])) + 4
        if room < 0:
            break
    yield table(header, rows, numbers=[3, 5])
    if (more := len(report.results) - len(rows)) > 0:
        yield f"{words.plural(more, 'check')} more are in `--format json`."


def _row(result: CheckResult) -> list[str]:
    return [
        _MARKS[result.status],
        cell_code(_short(result.name)),
        cell_code(result.loss) if result.loss else "",
        checking.value_of(result),
        escape(_short(checking.decisive(result))),
        f"{result.count:,}" if result.count else "",
    ]


def _details(result: CheckResult, *, unfolded: bool) -> str:
    """Return what is wrong with a check, folded under its name."""
    name, where = in_html(_short(result.name)), in_html(_short(str(result.where)))
    verb = checking.VERB[result.status]
    parts = [
        f"<details{' open' if unfolded else ''}>\n"
        f"<summary>{_MARKS[result.status]} <code>{name}</code> {verb} (<code>{where}</code>)</summary>"
    ]
    arrays = [each for each in (result.predictions, result.targets) if each]
    parts.append(" against ".join(code(_short(each)) for each in dict.fromkeys(arrays)))
    parts += [_problem(result, each) for each in result.failing[:_PROBLEMS_SHOWN]]
    parts += _more(len(result.failing) - _PROBLEMS_SHOWN, "problem")
    parts += _limits(result)
    parts += _slices(result)
    if result.baseline is not None:
        parts.append(f"Baseline: {escape(checking.difference_text(result.baseline))}.")
    parts.append("\n".join(f"- {escape(_short(text, _TEXT))}" for text in result.notes[:_ROWS_SHOWN]))
    return "\n\n".join(filter(None, (*parts, "</details>")))


def _problem(result: CheckResult, problem: Problem) -> str:
    slug = checking.slug_of(problem)
    where = checking.where_of(result, problem)
    lines = [
        f"- **{problem.severity}** {code(problem.rule)}{f' {slug}' if slug else ''}: "
        f"{escape(_short(problem.message, _TEXT))}",
        escape(words.sentence(_short(problem.because, _TEXT))),
    ]
    if problem.finding is not None and problem.finding.effect is not None:
        from ce_core.lookup.finding_texts import effect_told

        if (says := effect_told(problem.finding)) is not None:
            lines.append(f"**Loss:** {escape(says)}")
    lines.append(f"**Where:** {escape(_short(where, _TEXT))}" if where else "")
    lines.append(f"**Do:** {escape(_short(problem.remedy, _TEXT))}" if problem.remedy else "")
    if (command := checking.explained_by(problem)) is not None:
        lines.append(f"**More:** {code(command)}")
    return "  \n  ".join(filter(None, lines))


def _limits(result: CheckResult) -> Iterable[str]:
    if not result.measured or result.status == "broken":
        return []
    rows = sorted(result.measured, key=lambda each: each.held)
    cells = [
        [
            _MARKS["passed" if each.held else "failed"],
            cell_code(_short(checking.named(each.path, each.slice))),
            words.number(each.value),
            checking.bounds(each.least, each.most),
            checking.margin_text(each),
        ]
        for each in rows[:_ROWS_SHOWN]
    ]
    header = ["", "limit", "value", "may be", "margin"]
    return [table(header, cells, numbers=[2, 3, 4]), *_more(len(rows) - _ROWS_SHOWN, "limit")]


def _slices(result: CheckResult) -> Iterable[str]:
    if not result.slices:
        return []
    rows = checking.worst_first(result.slices)
    cells = [
        [
            cell_code(_short(each.name)),
            f"{each.count:,}",
            words.loss(each.loss),
            words.percent(each.accuracy),
            "" if each.held_to_limits else "too few",
        ]
        for each in rows[:_ROWS_SHOWN]
    ]
    header = ["slice", "examples", "loss", "accuracy", ""]
    return [table(header, cells, numbers=[1, 2, 3]), *_more(len(rows) - _ROWS_SHOWN, "slice")]


def _more(count: int, what: str) -> Sequence[str]:
    return [f"{words.plural(count, what)} more in `--format json`."] if count > 0 else []


def _allowed(report: CheckReport) -> str:
    """Return what was found and fails nothing, folded."""
    pairs = [(result, each) for result, each in checking.in_severity(report) if not each.fails]
    if not pairs:
        return ""
    lines = [
        f"- **{each.severity}** {code(checking.title_of(each))} of {code(_short(result.name))}: "
        f"{escape(_short(each.message, _NAME))}"
        for result, each in pairs[:_PROBLEMS_SHOWN]
    ]
    summary = f"<summary>{words.plural(len(pairs), 'finding')} let pass</summary>"
    parts = [f"<details>\n{summary}", "\n".join(lines), *_more(len(pairs) - _PROBLEMS_SHOWN, "finding")]
    return "\n\n".join([*parts, "</details>"])

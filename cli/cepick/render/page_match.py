"""The page of a match: the number, where it comes from, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from ce_core.errors import CepickError
from ce_core.findings import rule

from . import words
from .matching import counted, details, left_out, sentence, shown_digits, title, written
from .parts import SEVERITY, Page, grid, listing

if TYPE_CHECKING:
    from ce_core.matching.answer import Logged, Match, Traced

_IN_FULL = 3
"""So many explanations are told with what to do; the others in a line each."""

_SAME = 3
_CALLS = 4
_NEAREST = 4

_READ_AS = ("outcomes", "exclusive", "encoding", "outputs", "classes", "ignore_index", "masked", "weights")
"""What the definitions differ by, of what is known of the task."""


def match_page(answer: Match) -> str:
    """Return the page: the number, the explanations by plausibility, or the nearest and what to try."""
    page = Page()
    _number(page, answer)
    _arrays(page, answer)
    for before, each in zip((None, *answer.matches), answer.matches[:_IN_FULL], strict=False):
        _explanation(page, answer, each, before)
    _in_a_line(page, answer)
    if answer.nearest:
        _nearest(page, answer)
    if answer.advice:
        page.heading("What to try")
        page.bullets(map(words.sentence, answer.advice))
    if answer.notes:
        page.gap()
        page.bullets(map(words.sentence, answer.notes), style="dim")
    return str(page)


def _number(page: Page, answer: Match) -> None:
    lines: list[RenderableType] = []
    numbers = [each.text.partition("@")[0] for each in answer.logged]
    width = max(map(len, numbers))
    for number, each in zip(numbers, answer.logged, strict=True):
        where = f"  rows {each.rows[0]} to {each.rows[1] - 1}" if each.rows is not None else ""
        of = f"  of {each.arrays[0]}" if each.arrays is not None else ""
        lines.append(Text.assemble((number.ljust(width), "bold"), (f"  {written(each)}{where}{of}", "dim")))
    lines.append(Text(words.sentence(counted(answer)), style="green" if answer.matches else "yellow"))
    doubtful = answer.matches and answer.expected_by_chance >= 0.5
    if doubtful:
        lines.append(
            Text("These may be chance: more digits, or the numbers of more batches, tell", style="yellow")
        )
    page.panel(*lines, style="yellow" if doubtful or not answer.matches else "green")


def _arrays(page: Page, answer: Match) -> None:
    if answer.predictions is None:
        return
    page.heading("Read")
    table = grid({"no_wrap": True, "style": "dim"}, {"overflow": "fold"})
    table.add_row("predictions", answer.predictions)
    table.add_row("targets", answer.targets or "in the same file")
    known = [
        f"{name} {words.value(answer.task[name])}" for name in _READ_AS if answer.task.get(name) is not None
    ]
    if answer.count is not None:
        known.insert(0, words.plural(answer.count, "example"))
    if known:
        table.add_row("as", Text(", ".join(known), style="dim"))
    page.show(table, indent=2)


def _explanation(page: Page, answer: Match, each: Traced, before: Traced | None) -> None:
    """Add one explanation: its name and value, what happened, and what the one before did not tell already."""
    page.gap()
    heading = Text.assemble((title(each), _style(each)), "  ")
    heading.append_text(_values(answer, each))
    code = _code(each)
    if code:
        heading.append(f"  {code}", style="dim")
    page.show(heading)
    page.prose(f"{sentence(each.says)}.", style="bold" if before is None else "")
    table = grid({"style": "dim", "no_wrap": True}, {"overflow": "fold"})
    if details(each):
        table.add_row("how", Text(details(each), style="dim"))
    if each.framework and (before is None or each.framework != before.framework):
        table.add_row("in", Text(_calls(each.framework), style="dim"))
    if each.repair and (before is None or each.repair != before.repair):
        table.add_row("do", Text(words.sentence(each.repair), style="green"))
    for other in each.same[:_SAME]:
        table.add_row("same", Text(sentence(other.says)))
    if len(each.same) > _SAME:
        table.add_row("", Text(f"and {len(each.same) - _SAME:,} more that are the same number", style="dim"))
    if table.row_count:
        page.show(table, indent=2)


def _in_a_line(page: Page, answer: Match) -> None:
    rest = answer.matches[_IN_FULL:]
    if rest:
        page.heading("Less likely, and the same digits")
        table = grid({"no_wrap": True, "justify": "right"}, {"overflow": "fold"})
        for each in rest:
            table.add_row(
                _values(answer, each),
                Text.assemble((title(each), _style(each)), (f"  {sentence(each.says)}", "dim")),
            )
        page.show(table, indent=2)
    if answer.left_out:
        page.gap()
        page.prose(left_out(answer), style="dim", indent=0)


def _nearest(page: Page, answer: Match) -> None:
    page.heading("Nearest", "none of them is the number")
    if page.narrow:
        for each in answer.nearest[:_NEAREST]:
            off = (f"  {words.percent(each.distance)} off", "dim")
            page.show(Text.assemble(_values(answer, each), off), indent=2)
            page.prose(sentence(each.says), indent=4)
        return
    table = listing(["value", "off by", "what it would be"], numbers=[0, 1])
    for each in answer.nearest[:_NEAREST]:
        table.add_row(_values(answer, each), words.percent(each.distance), Text(sentence(each.says)))
    page.show(table, indent=2)


def _values(answer: Match, each: Traced) -> Text:
    """Return the value for each logged number, the digits beyond the log's dimmed."""
    number = each.variant.get("number")
    own = [of for of in answer.logged if of.text == number] or [*answer.logged]
    values = each.values if len(each.values) == len(own) else (each.value,)
    return Text("  ").join(_digits(value, of) for value, of in zip(values, own, strict=False))


def _digits(value: float, logged: Logged) -> Text:
    known, beyond = shown_digits(value, logged)
    return Text.assemble((known, "bold"), (beyond, "dim"))


def _style(each: Traced) -> str:
    """Return the colour of a title: a finding's by its severity, another mistake's, or that of a definition."""
    if each.mistake is None:
        return "bold green"
    try:
        return SEVERITY[rule(each.mistake).severity]
    except CepickError:
        return SEVERITY["warning"]


def _code(each: Traced) -> str:
    if each.mistake is None:
        return ""
    try:
        return rule(each.mistake).code
    except CepickError:
        return ""


def _calls(calls: tuple[str, ...]) -> str:
    more = f", and {len(calls) - _CALLS} more" if len(calls) > _CALLS else ""
    return ", ".join(calls[:_CALLS]) + more

"""The page of a comparison: which model is better, by how much, how surely, and where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from . import comparing, words
from .parts import TONE, Page, grid, listing, show_findings

if TYPE_CHECKING:
    from ce_core.comparing.answer import Comparison, Difference, PartDifference
    from ce_core.comparing.baseline import Baseline

_PARTS_SHOWN = 12
_WHISKER = 25
"""So many columns an interval is drawn in."""
_COUNTED = 50
"""Below this width parts are shown without their counts."""
_BARRED = 58
"""Below this width there is no room for bars beside numbers."""
_STACKED = 72
"""Below this width intervals stand below the table of metrics."""
_A, _B = "cyan", "magenta"
"""The colours of the two models wherever they stand side by side."""
_BORDERS = {"good": "green", "bad": "red", "plain": "yellow"}


def comparison_page(answer: Comparison) -> str:
    """Return the page: the verdict, the metrics, who wins where, and how both were read."""
    page = Page()
    _verdict(page, answer)
    _metrics(page, answer)
    _contest(page, answer)
    _parts(page, answer.slices, "slice", answer)
    _parts(page, answer.classes, _word(answer), answer)
    _rows(page, answer)
    _findings(page, answer)
    _read(page, answer)
    return str(page)


def _word(answer: Comparison) -> str:
    return "label" if answer.a.task.exclusive is False and (answer.a.task.units or 1) > 1 else "class"


def _verdict(page: Page, answer: Comparison) -> None:
    says = comparing.verdict(answer)
    first = answer.differences[0]
    lines: list[RenderableType] = [
        Text(words.sentence(says.says), style=f"bold {TONE[says.tone]}".strip()),
        Text.assemble((answer.loss, "bold"), "   ", comparing.by_how_much(answer)),
    ]
    for letter, style, model, value in (
        ("A", _A, answer.a, first.a),
        ("B", _B, answer.b, first.b),
    ):
        lines.append(
            Text.assemble(
                (letter, f"bold {style}"),
                f"  {words.number(value, 6)}  ",
                (model.predictions, "dim"),
            )
        )
    page.panel(*lines, style=_BORDERS[says.tone])


def _metrics(page: Page, answer: Comparison) -> None:
    level = 100 * answer.differences[0].level
    page.heading(
        "By how much",
        f"B − A, its {level:g} % interval, and p: the chance of one as large where there is none",
    )
    if page.width < _STACKED:
        table = listing(["", "A", "B", "B − A"], numbers=[1, 2, 3], whole=[0])
    else:
        drawn = (
            [] if page.narrow else [f"{'worse':>{_WHISKER // 2 - 1}} {'│' if page.unicode else '|'} better"]
        )
        header = ["", "A", "B", "B − A", f"{level:g} % interval", "p", *drawn]
        table = listing(header, numbers=[1, 2, 3, 4, 5], whole=[0, 6])
    for each in answer.differences:
        table.add_row(*_metric(page, each))
    page.show(table, indent=2)
    page.gap()
    if page.width < _STACKED:
        for each in answer.differences:
            page.prose(
                f"{comparing.metric(each.metric)}: {comparing.interval(each)}, p = {comparing.chance(each.p)}",
                "dim",
            )
    for how, metrics in _tested(answer).items():
        page.prose(f"{', '.join(metrics)}: {how}", "dim")


def _tested(answer: Comparison) -> dict[str, list[str]]:
    """Return how differences were tested, with the metrics of each way."""
    found: dict[str, list[str]] = {}
    for each in answer.differences:
        found.setdefault(comparing.how(each), []).append(comparing.metric(each.metric))
    return found


def _metric(page: Page, each: Difference) -> list[RenderableType]:
    """Return the row of a metric; on a narrow page its interval and its chance stand below the table."""
    tone = {"a": "red", "b": "green"}.get(each.better or "", "")
    stacked = page.width < _STACKED
    return [
        comparing.metric(each.metric),
        comparing.of_metric(each.metric, each.a),
        comparing.of_metric(each.metric, each.b),
        Text(
            comparing.of_metric(each.metric, each.difference, difference=True), style=f"bold {tone}".strip()
        ),
        *([] if stacked else [Text(comparing.interval(each)), Text(comparing.chance(each.p), style=tone)]),
        *([] if page.narrow else [_whisker(page, each, tone or "dim")]),
    ]


def _whisker(page: Page, of: Difference, style: str) -> Text:
    """Return an interval on a line whose middle is no difference: left of it B is worse."""
    if of.low is None or of.high is None or of.difference is None:
        return Text("")
    turned = -1 if of.metric != "accuracy" else 1
    low, at, high = sorted(turned * each for each in (of.low, of.difference, of.high))
    reach = max(abs(low), abs(high)) or 1.0
    width, middle = _WHISKER, _WHISKER // 2

    def place(value: float) -> int:
        return min(max(round(middle + value / reach * middle), 0), width - 1)

    line, bar, zero, dot = ("─", "━", "│", "●") if page.unicode else ("-", "=", "|", "o")
    first, last = place(low), place(high)
    text = Text(line * first, style="dim")
    text.append(bar * (last - first + 1), style=style)
    text.append(line * (width - last - 1), style="dim")
    plain = text.plain
    for where, mark, kind in ((middle, zero, "bold"), (place(at), dot, f"bold {style}")):
        plain = plain[:where] + mark + plain[where + 1 :]
        text.plain = plain
        text.stylize(kind, where, where + 1)
    return text


def _contest(page: Page, answer: Comparison) -> None:
    contest, count = answer.contest, answer.count
    if not count:
        return
    page.heading("Who has the lower loss", f"on {words.plural(count, 'example')}")
    width = min(page.width - 4, 60)
    shares = [each / count for each in (contest.a, contest.ties, contest.b)]
    cells = _cells(shares, width)
    full, empty = ("█", "░") if page.unicode else ("#", ".")
    bar = Text()
    for size, mark, style in zip(
        cells, (full, empty, full if page.unicode else "="), (_A, "dim", _B), strict=True
    ):
        bar.append(mark * size, style=style)
    page.show(bar, indent=2)
    legend = Text.assemble(
        ("A ", f"bold {_A}"),
        f"{contest.a:,} ({words.percent(shares[0])})",
        "   ",
        ("the same ", "dim"),
        (f"{contest.ties:,} ({words.percent(shares[1])})", "dim"),
        "   ",
        ("B ", f"bold {_B}"),
        f"{contest.b:,} ({words.percent(shares[2])})",
    )
    page.show(legend, indent=2)
    right = answer.mcnemar
    if right is None:
        return
    page.gap()
    says = ", ".join(f"{name} {each:,}" for name, each in comparing.together(right))
    p = "" if right.p is None else f"; exact McNemar test p = {comparing.chance(right.p)}"
    page.prose(f"{words.sentence(says)}{p}")


def _cells(shares: Sequence[float], width: int) -> list[int]:
    """Return how many cells of a width each share has: none less than one where it is not 0.

    >>> _cells([0.5, 0.0, 0.5], 10), _cells([0.999, 0.0, 0.001], 10)
    ([5, 0, 5], [9, 0, 1])
    """
    cells = [max(round(each * width), 1 if each else 0) for each in shares]
    while sum(cells) != width:
        at = max(range(len(cells)), key=cells.__getitem__)
        cells[at] += 1 if sum(cells) < width else -1
    return cells


def _parts(page: Page, parts: Sequence[PartDifference], word: str, answer: Comparison) -> None:
    if not parts:
        return
    level = answer.differences[0].level
    named = "classes" if word == "class" else f"{word}s"
    page.heading(f"By {word}", f"where B is worse first; p corrected for {len(parts)} {named}")
    shown = _shown(parts)
    finite = [abs(each.difference) for each in shown if math.isfinite(each.difference)]
    top = max(finite, default=0.0) or 1.0
    accuracy = any(each.accuracy_a is not None for each in shown) and not page.narrow
    bars = page.width >= _BARRED
    counts = page.width >= _COUNTED
    header = [word, *(["count"] if counts else []), "A", "B", "B − A", "p"]
    numbers = range(1, len(header))
    header += [*([""] if bars else []), *(["accuracy"] if accuracy else [])]
    table = listing(header, numbers=numbers)
    for at, each in enumerate(shown):
        if at == _PARTS_SHOWN - 4 and len(shown) < len(parts):
            table.add_row(Text(f"… {len(parts) - len(shown):,} between", style="dim"))
        sure = comparing.significant(each, level)
        tone = ("red" if each.difference > 0 else "green") if sure else ""
        share = abs(each.difference) / top if math.isfinite(each.difference) else 1.0
        cells: list[Any] = [
            each.name,
            *([f"{each.count:,}"] if counts else []),
            words.loss(each.loss_a),
            words.loss(each.loss_b),
            Text(comparing.signed(each.difference), style=f"bold {tone}".strip()),
            Text(comparing.chance(each.p), style=tone),
        ]
        if bars:
            cells.append(page.bar(share, 6 if page.narrow else 14, tone or "dim"))
        if accuracy:
            cells.append(f"{words.percent(each.accuracy_a)} → {words.percent(each.accuracy_b)}")
        table.add_row(*cells)
    page.show(table, indent=2)


def _shown(parts: Sequence[PartDifference]) -> list[PartDifference]:
    """Return all parts where they are few; else where B is worse by most, and where it is best."""
    if len(parts) <= _PARTS_SHOWN:
        return list(parts)
    return [*parts[: _PARTS_SHOWN - 4], *parts[-4:]]


def _rows(page: Page, answer: Comparison) -> None:
    if not answer.rows:
        return
    page.heading("Examples on which B is worse by most")
    lines = any(each.line is not None for each in answer.rows)
    says = ("A says", "B says") if page.width >= _BARRED else ("A", "B")
    header = ["row", *(["line"] if lines else []), "label", *says, "loss A", "loss B"]
    last = len(header) - 1
    table = listing(header, numbers=[0, last - 1, last])
    for each in answer.rows:
        table.add_row(
            words.row(each.row),
            *([str(each.line) if each.line is not None else "–"] if lines else []),
            words.label(each.label),
            _prediction(each.prediction_a, each.label),
            _prediction(each.prediction_b, each.label),
            words.loss(each.loss_a),
            Text(words.loss(each.loss_b), style="bold"),
        )
    page.show(table, indent=2)


def _prediction(said: Any, label: Any) -> Text:
    return Text(words.label(said), style="green" if said == label else "red" if label is not None else "")


def _findings(page: Page, answer: Comparison) -> None:
    grouped: dict[str, list[Any]] = {}
    models = {"A": answer.a, "both": answer.a, "B": answer.b}
    for who, _, each in comparing.findings(answer):
        grouped.setdefault(who, []).append(each)
    titles = {"A": "Found in A", "B": "Found in B", "both": "Found in both"}
    for who, found in grouped.items():
        page.heading(titles[who])
        show_findings(page, replace(models[who], findings=tuple(found)))


def _read(page: Page, answer: Comparison) -> None:
    page.heading("Read")
    table = grid({"no_wrap": True, "style": "dim"}, {"overflow": "fold"}, {"no_wrap": True, "style": "dim"})
    for key, name, shape, dtype in comparing.models(answer):
        form = f"{shape} {dtype}"
        if page.narrow:
            table.add_row(key, Text.assemble(name, "\n", (form, "dim")))
        else:
            table.add_row(key, name, form)
    page.show(table, indent=2)
    if answer.notes:
        page.bullets(answer.notes, style="dim")


def baseline_page(answer: Baseline) -> str:
    """Return the page of a baseline: its value, and what it was measured of."""
    page = Page()
    value = words.measured(words.number(answer.value, 6), answer.unit)
    page.panel(
        Text(answer.name, style="bold"),
        Text.assemble((value, "bold"), f"   {answer.loss} of {words.plural(answer.count, 'example')}"),
        style="blue",
    )
    page.gap()
    table = grid({"no_wrap": True, "style": "dim"}, {"overflow": "fold"})
    for name, each in comparing.baseline_facts(answer):
        if each is None or name in {"name", "value", "unit", "loss"}:
            continue
        shown = (
            words.shape(each)
            if isinstance(each, tuple)
            else words.percent(each)
            if name == "accuracy"
            else each
        )
        table.add_row(name, str(shown))
    page.show(table, indent=2)
    return str(page)

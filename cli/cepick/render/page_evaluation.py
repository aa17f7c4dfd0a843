"""The page of an evaluation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from . import sampled, words
from .page_frameworks import show_emulation, show_rosetta
from .page_recommendation import show_instead, show_question
from .parts import TONE, Page, grid, listing, show_evidence, show_findings
from .rows import arrays, confusions, counted_among
from .yardsticks import levels, verdict, yardsticks

if TYPE_CHECKING:
    from ce_core.compute.evaluation import ClassRow, Evaluation

_CLASSES_SHOWN = 16
_CONFUSIONS_SHOWN = 5


def evaluation_page(answer: Evaluation) -> str:
    """Return the page: the value, what was found, whether it is any good, and how it was read."""
    page = Page()
    _ANSWERS[answer.status](page, answer)
    if answer.emulation is not None:
        show_emulation(page, answer.emulation)
    show_findings(page, answer)
    _sampled(page, answer)
    _arrays(page, answer)
    show_evidence(page, answer.evidence)
    _yardsticks(page, answer)
    _classes(page, answer)
    _reliability(page, answer)
    _confusions(page, answer)
    _worst(page, answer)
    _means(page, answer)
    if answer.rosetta is not None:
        show_rosetta(page, answer.rosetta)
    return str(page)


def _decided(page: Page, answer: Evaluation) -> None:
    failed = any(each.severity == "error" for each in answer.findings)
    lines: list[RenderableType] = [Text(answer.loss or "", style="bold")]
    if answer.value is not None:
        lines.append(_value(answer))
    elif answer.reduction == "none":
        lines.append(Text(f"one loss for each of {words.plural(answer.count, 'example')}", style="bold"))
        lines.append(Text("--out FILE writes them", style="dim"))
    else:
        lines.append(Text("no value", style="bold red"))
    judged = verdict(answer)
    if judged:
        lines.append(Text(judged[0], style=TONE[judged[1]]))
    if answer.also_fit:
        lines.append(
            Text(
                f"also {'fits' if len(answer.also_fit) == 1 else 'fit'}: {', '.join(answer.also_fit)}", "dim"
            )
        )
    page.panel(*lines, style="red" if failed else "green")


_ANSWERS = {"decided": _decided, "undecided": show_question, "not_a_cross_entropy": show_instead}


def _value(answer: Evaluation) -> Text:
    broken = not math.isfinite(answer.value or 0.0)
    line = Text.assemble(
        (words.measured(words.number(answer.value, 6), answer.unit), "bold red" if broken else "bold")
    )
    line.append("   ")
    error = answer.diagnostics.standard_error if answer.estimate is None else None
    if answer.reduction == "mean" and error is not None:
        line.append(f"± {error:.2g}   ", style="dim")
    over = (
        ""
        if answer.mean_over == "weights" or answer.reduction != "mean"
        else f", divided by {answer.mean_over}"
    )
    line.append(f"{answer.reduction} of {words.plural(answer.count, 'example')}{over}", style="dim")
    if answer.ignored:
        line.append(f", {answer.ignored:,} left out", style="dim")
    line.append("".join(f", {text}" for text in words.modifiers(answer)), style="dim")
    return line


def _sampled(page: Page, answer: Evaluation) -> None:
    if answer.estimate is None:
        return
    page.heading(sampled.TITLE, sampled.SAYS)
    table = grid(
        {"no_wrap": True}, {"no_wrap": True, "justify": "right"}, {"overflow": "fold", "style": "dim"}
    )
    for name, value, says in sampled.rows(answer.estimate):
        table.add_row(name, Text(value, style="bold"), says)
    page.show(table, indent=2)
    page.gap()
    page.prose(answer.estimate.statement, "yellow")


def _yardsticks(page: Page, answer: Evaluation) -> None:
    compared, figures = levels(answer), yardsticks(answer)
    if not compared and not figures:
        return
    page.heading("Is it any good?")
    if compared:
        finite = [each.loss for each in compared if math.isfinite(each.loss)]
        top = max(finite, default=0.0) or 1.0
        judged = verdict(answer)
        own = TONE[judged[1]] if judged else ""
        table = grid(
            {"no_wrap": True}, {"no_wrap": True, "justify": "right"}, {"no_wrap": True}, {"overflow": "fold"}
        )
        for each in compared:
            share = each.loss / top if math.isfinite(each.loss) else 1.0
            table.add_row(
                Text(each.name, style="bold" if each.own else ""),
                Text(words.loss(each.loss), style="bold" if each.own else ""),
                page.bar(share, 28, own if each.own else "dim"),
                Text("" if page.narrow else each.says, style="dim"),
            )
        page.show(table, indent=2)
    if figures:
        page.gap()
        table = grid({"no_wrap": True}, {"no_wrap": True, "justify": "right"}, {"overflow": "fold"})
        for figure in figures:
            table.add_row(
                figure.name,
                Text(figure.value, style=f"bold {TONE[figure.tone]}"),
                Text(figure.says, style="dim"),
            )
        page.show(table, indent=2)


def _classes(page: Page, answer: Evaluation) -> None:
    rows = [each for each in answer.diagnostics.per_class if each.loss is not None]
    if not rows:
        return
    rows.sort(key=lambda each: -(each.loss or 0.0))
    shown = (
        rows if len(rows) <= _CLASSES_SHOWN else [*rows[: _CLASSES_SHOWN // 2], *rows[-_CLASSES_SHOWN // 2 :]]
    )
    word = "label" if answer.task.exclusive is False else "class"
    page.heading(f"Loss by {word}", "the worst first")
    finite = [each.loss for each in rows if each.loss is not None and math.isfinite(each.loss)]
    top = max(finite, default=0.0) or 1.0
    table = listing([word, "loss", "", "recall", "p(true)", "support"], numbers=[1, 3, 4, 5])
    for at, each in enumerate(shown):
        if at == _CLASSES_SHOWN // 2 and len(shown) < len(rows):
            hidden = len(rows) - len(shown)
            table.add_row(Text(f"… {hidden:,} between", style="dim"))
        _class_row(page, table, each, top)
    page.show(table, indent=2)
    absent = len(answer.diagnostics.per_class) - len(rows)
    if absent:
        page.prose(
            f"{words.plural(absent, word, word + 'es' if word == 'class' else None)} without examples", "dim"
        )
    rest = answer.diagnostics.per_class_rest
    if rest is not None:
        loss = words.number(rest.loss)
        page.prose(
            f"and {rest.classes:,} more classes of {words.whole(rest.support)} examples, mean loss {loss}",
            "dim",
        )


def _class_row(page: Page, table: Any, each: ClassRow, top: float) -> None:
    assert each.loss is not None
    share = each.loss / top if math.isfinite(each.loss) else 1.0
    table.add_row(
        each.name if each.name is not None else str(each.klass),
        words.loss(each.loss),
        page.bar(share, 10 if page.narrow else 24),
        words.percent(each.recall),
        words.number(each.mean_probability, 3),
        words.whole(each.support),
    )


def _reliability(page: Page, answer: Evaluation) -> None:
    bins = [each for each in answer.diagnostics.reliability if each.count]
    if not bins:
        return
    independent = answer.task.exclusive is False or answer.task.units == 1
    outcome, outcome_says = ("happened", "happened") if independent else ("right", "was right")
    bar = "│" if page.unicode else "|"
    page.heading("Reliability", f"{bar} is what the model promised, the bar how often it {outcome_says}")
    table = listing(["confidence", "count", "promised", outcome, "", "gap"], numbers=[1, 2, 3, 5])
    width = 10 if page.narrow else 24
    for each in bins:
        if each.confidence is None or each.accuracy is None:
            continue
        gap = each.accuracy - each.confidence
        # Two standard errors of a share: below that a gap is what chance gives.
        chance = 2 * math.sqrt(max(each.confidence * (1 - each.confidence), 1e-12) / each.count)
        tone = "yellow" if abs(gap) > chance and abs(gap) > 0.02 else "dim"
        table.add_row(
            Text(f"{each.low:.2f} … {each.high:.2f}", style="dim"),
            f"{each.count:,}",
            words.percent(each.confidence),
            words.percent(each.accuracy),
            page.bar(each.accuracy, width, "" if tone == "dim" else tone, mark=each.confidence),
            Text(f"{100 * gap:+.1f}", style=tone),
        )
    page.show(table, indent=2)


def _confusions(page: Page, answer: Evaluation) -> None:
    if not answer.diagnostics.confusions:
        return
    page.heading("Confusions", "which class is taken for which, the most frequent first")
    table = listing(["true", "predicted", "count", "of the errors"], numbers=[2, 3])
    for pair in confusions(answer, _CONFUSIONS_SHOWN):
        table.add_row(*pair)
    page.show(table, indent=2)
    if among := counted_among(answer):
        page.prose(among, "dim")


def _worst(page: Page, answer: Evaluation) -> None:
    rows = answer.diagnostics.worst
    if not rows:
        return
    page.heading("Worst examples")
    lines = any(each.line is not None for each in rows)
    header = ["row", *(["line"] if lines else []), "label", "prediction", "p(true)", "loss"]
    last = len(header) - 1
    table = listing(header, numbers=[0, last - 1, last])
    for each in rows:
        table.add_row(
            words.row(each.row),
            *([str(each.line) if each.line is not None else "–"] if lines else []),
            words.label(each.label),
            words.label(each.prediction),
            words.number(each.probability, 3),
            Text(words.loss(each.loss), style="bold"),
        )
    page.show(table, indent=2)


def _means(page: Page, answer: Evaluation) -> None:
    weights = answer.diagnostics.weights
    means = (
        {} if weights is None else {name: mean for name, mean in weights.means.items() if mean is not None}
    )
    # Dividing by the elements too is always another number, and seldom a surprise.
    if len({words.number(mean) for name, mean in means.items() if name != "elements"}) < 2:
        return
    page.heading("The mean by what divides it", "--mean-over NAME takes another")
    table = grid(
        {"no_wrap": True}, {"no_wrap": True, "justify": "right"}, {"overflow": "fold", "style": "dim"}
    )
    for name, mean in means.items():
        style = "bold" if name == answer.mean_over else ""
        table.add_row(Text(name, style=style), Text(f"{mean:.6f}", style=style), words.DIVISORS.get(name, ""))
    page.show(table, indent=2)


def _arrays(page: Page, answer: Evaluation) -> None:
    page.heading("Read")
    table = grid({"no_wrap": True, "style": "dim"}, {"overflow": "fold"}, {"no_wrap": True, "style": "dim"})
    for key, name, shape, dtype in arrays(answer):
        form = f"{shape} {dtype}"
        if page.narrow:
            table.add_row(key, Text.assemble(name, "\n", (form, "dim")))
        else:
            table.add_row(key, name, form)
    page.show(table, indent=2)
    if answer.notes:
        page.bullets(answer.notes, style="dim")

"""Small self-contained HTML tables, for a notebook to show an answer by (``_repr_html_``)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from .task.words import PROPERTIES

if TYPE_CHECKING:
    from .compute.evaluation import Evaluation
    from .decide.recommendation import Recommendation
    from .findings import Finding
    from .matching.answer import Match, Traced
    from .read.infer import Inference
    from .task.task import Evidence, Task

_COLOUR = {"error": "#c62828", "warning": "#b26a00", "note": "#1565c0"}
_CELL = "text-align:left;vertical-align:top"
_NUMBER = "text-align:right;vertical-align:top"
_CLASSES_SHOWN = 10


def task_html(task: Task) -> str:
    """Return the known properties of a task as a table.

    >>> from ce_core.task import Task
    >>> "<td" in task_html(Task(outputs="logits")), "classes" in task_html(Task(outputs="logits"))
    (True, False)
    """
    rows = [(name, _value(value), PROPERTIES[name].says) for name, value in task.known()]
    return _block(_table(("property", "value", "meaning"), rows, caption="Task"))


def inference_html(inference: Inference) -> str:
    """Return what two arrays show: each property, its value, and why."""
    parts = [_evidence(inference.evidence), _findings(inference), _notes(inference.notes)]
    if inference.question:
        parts.insert(0, f"<p><b>{escape(inference.question)}</b></p>")
    return _block(*parts)


def recommendation_html(answer: Recommendation) -> str:
    """Return a recommendation: the loss, why, why not its neighbours, and each framework's call."""
    parts = [_title(answer.status, answer.loss, answer.instead, answer.question)]
    used = (
        ("formula", answer.formula),
        ("last layer", answer.activation),
        ("predictions", answer.predictions),
        ("targets", answer.targets),
        ("also fit", ", ".join(answer.also_fit)),
    )
    parts.append(_table((), [(name, text) for name, text in used if text]))
    parts.append(_findings(answer))
    parts.append(_notes(answer.notes))
    parts.append(_list("Why", answer.why))
    parts.append(_list("What this task changes", [each.text for each in answer.modifiers]))
    parts.append(
        _table(
            ("why not", "because it"), [(loss, "; ".join(texts)) for loss, texts in answer.why_not.items()]
        )
    )
    for framework, calls in answer.calls.items():
        for call in calls[:1]:
            code = f"{call.imports}\nloss = {call.code}"
            parts.append(f"<p><b>{escape(framework)}</b></p><pre><code>{escape(code)}</code></pre>")
    return _block(*parts)


def evaluation_html(answer: Evaluation) -> str:
    """Return an evaluation: the value, what was found, the figures beside it, and how each class fares."""
    parts = [_title(answer.status, answer.loss, answer.instead, answer.question)]
    found = answer.diagnostics
    if answer.value is not None:
        error = found.standard_error
        doubt = f" ± {error:.2g}" if error is not None and answer.reduction == "mean" else ""
        parts.append(
            f"<p><b>{_number(answer.value)}{doubt} {escape(answer.unit or '')}</b>, "
            f"{escape(answer.reduction)} of {answer.count:,} examples</p>"
        )
    parts.append(_findings(answer))
    parts.append(_notes(answer.notes))
    figures = (
        ("class frequencies alone", found.prior_entropy),
        ("uniform", found.uniform),
        ("entropy of the targets", found.target_entropy),
        ("KL divergence", found.kl),
        ("D²", found.d2),
        ("accuracy", found.accuracy),
        ("subset accuracy", found.subset_accuracy),
        ("perplexity", found.perplexity),
        ("expected calibration error", found.ece),
        ("mean confidence", found.mean_confidence),
        ("Brier score", found.brier),
    )
    rows = [(name, _number(figure)) for name, figure in figures if figure is not None]
    parts.append(_table(("figure", "value"), rows, numbers=(1,)))
    parts.append(_classes(answer))
    parts.append(_worst(answer))
    parts.append(_evidence(answer.evidence))
    return _block(*parts)


def match_html(answer: Match) -> str:
    """Return a match: the numbers, what gives them, and what each means."""
    numbers = ", ".join(each.text for each in answer.logged)
    found = f"{len(answer.matches)} listed" if answer.matches else "nothing matches"
    chance = f"{answer.expected_by_chance:.2g}"
    parts = [
        f"<p><b>{escape(numbers)}</b>: {found}, of {answer.tried:,} tried; by chance alone {chance} would</p>",
        _traced(answer.matches, ""),
        _traced(answer.nearest, "Nearest, and not the number"),
        _list("What to try", answer.advice),
        _list("Notes", answer.notes),
    ]
    return _block(*parts)


def _traced(found: Iterable[Traced], caption: str) -> str:
    rows = [
        (
            ", ".join(map(_number, part.values or (part.value,))),
            str(part.mistake or part.loss or ""),
            ", ".join(f"{axis} {_value(value)}" for axis, value in part.variant.items()),
            part.says,
            part.repair or "",
            ", ".join(part.framework),
        )
        for each in found
        for part in (each, *each.same)
    ]
    header = ("value", "what", "how", "what happened", "what to do", "calls")
    return _table(header, rows, numbers=(0,), caption=caption)


def _classes(answer: Evaluation) -> str:
    worst = sorted(
        answer.diagnostics.per_class, key=lambda each: -(each.loss if each.loss is not None else -1)
    )
    rows = [
        (
            each.name if each.name is not None else str(each.klass),
            _number(each.loss),
            _number(each.recall),
            _number(each.mean_probability),
            f"{each.support:,g}",
        )
        for each in worst[:_CLASSES_SHOWN]
    ]
    hidden = len(worst) - len(rows)
    caption = "Classes, the worst first" + (f" ({hidden} more)" if hidden else "")
    header = ("class", "loss", "recall", "p(true)", "support")
    return _table(header, rows, numbers=(1, 2, 3, 4), caption=caption)


def _worst(answer: Evaluation) -> str:
    rows = [
        (
            str(each.row),
            _value(each.label),
            _value(each.prediction),
            _number(each.probability),
            _number(each.loss),
        )
        for each in answer.diagnostics.worst
    ]
    header = ("row", "label", "prediction", "p(true)", "loss")
    return _table(header, rows, numbers=(3, 4), caption="Worst examples")


def _title(status: str, loss: str | None, instead: str | None, question: str | None) -> str:
    if status == "decided":
        return f"<p><code><b>{escape(loss or '')}</b></code></p>"
    if status == "undecided":
        return f"<p><b>undecided</b>: {escape(question or '')}</p>"
    return f"<p><b>no cross-entropy fits</b>; use instead: {escape(instead or '')}</p>"


def _findings(answer: Any) -> str:
    """Return what was found, with what it does to the loss and what the frameworks of the answer do with it."""
    items = [_finding(each, answer) for each in answer.findings]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _finding(found: Finding, answer: Any) -> str:
    from .lookup.finding_texts import effect_told, own_frameworks, told

    lines = [
        f'<b style="color:{_COLOUR[found.severity]}">{found.severity} {found.code} {found.slug}</b>: '
        + escape(found.message),
        escape(found.because),
    ]
    if (says := effect_told(found)) is not None:
        lines.append(f"loss: {escape(says)}")
    lines.append(f"<i>{escape(found.remedy)}</i>")
    frameworks = told(found, own_frameworks(answer))
    lines += [f"<b>{escape(one.title)}</b>: {escape(one.does)}" for one in frameworks if one.does]
    code = "".join(f"<pre><code>{escape(one.repair)}</code></pre>" for one in frameworks if one.repair)
    return f"<li>{'<br>'.join(lines)}{code}</li>"


def _notes(notes: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in notes)


def _evidence(evidence: Iterable[Evidence]) -> str:
    rows = [(each.property, _value(each.value), each.source, _because(each)) for each in evidence]
    return _table(("property", "value", "source", "because"), rows, caption="Task")


def _because(evidence: Evidence) -> str:
    """Return why a property has its value, with what it would be otherwise where that is in doubt."""
    if evidence.runner_up is None:
        return evidence.because
    return f"{evidence.because} ({100 * evidence.confidence:.3g} % sure, else {_value(evidence.runner_up)})"


def _list(title: str, lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<p><b>{escape(title)}</b></p><ul>{items}</ul>" if items else ""


def _table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = (), caption: str = ""
) -> str:
    """Return a table of escaped cells, or nothing where there is no row."""
    lines = "".join(_row("td", row, numbers) for row in rows)
    if not lines:
        return ""
    top = f"<caption>{escape(caption)}</caption>" if caption else ""
    head = f"<thead>{_row('th', header, numbers)}</thead>" if header else ""
    return f"<table>{top}{head}<tbody>{lines}</tbody></table>"


def _row(tag: str, cells: Sequence[str], numbers: Sequence[int]) -> str:
    styled = (
        f'<{tag} style="{_NUMBER if at in numbers else _CELL}">{escape(cell)}</{tag}>'
        for at, cell in enumerate(cells)
    )
    return f"<tr>{''.join(styled)}</tr>"


def _block(*parts: str) -> str:
    return f"<div>{''.join(parts)}</div>"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if math.isfinite(value) else str(value)

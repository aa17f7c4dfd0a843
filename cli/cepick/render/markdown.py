"""Markdown: headings, tables and code fences, fit for a comment on GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ce_core.task.words import PROPERTIES

from . import words
from .calls import frameworks
from .folding import folded
from .marks import cell_code, code, escape, fenced, table

if TYPE_CHECKING:
    from ce_core.compute.evaluation import Evaluation
    from ce_core.decide.recommendation import Recommendation
    from ce_core.lookup.explanation import Explanation
    from ce_core.losses import Loss

_CLASSES_SHOWN = 20
_CODE_WIDTH = 88


def _document(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _findings(answer: Any) -> Iterator[str]:
    if not answer.findings:
        return
    yield "### Found"
    for each in answer.findings:
        places = words.places(each)
        where = f" ({escape(places)})" if places else ""
        yield (
            f"- **{each.severity}** {code(each.code)} {each.slug}: {escape(each.message)}{where}  \n"
            f"  {escape(words.sentence(each.because))}  \n  **Do:** {escape(each.remedy)}"
        )


def _task(answer: Any) -> Iterator[str]:
    if not answer.evidence:
        return
    yield "### Task"
    rows = [
        [
            each.property,
            cell_code(words.value(each.value)),
            "inferred" if words.is_inferred(each) else "said" if each.because == "said" else "follows",
            escape(words.reason(each)) if each.because != "said" else "",
            cell_code(words.overrides(each)) if words.is_inferred(each) else "",
        ]
        for each in answer.evidence
    ]
    yield table(["property", "value", "source", "because", "overridden by"], rows)


def _question(answer: Any) -> Iterator[str]:
    yield f"**{escape(answer.question or '')}**"
    if answer.asks:
        prop = PROPERTIES[answer.asks]
        if prop.answers:
            yield table(
                ["say", "if"],
                [[cell_code(prop.flag(value)), escape(says)] for value, says in prop.answers.items()],
            )
    if answer.also_fit:
        yield f"Still possible: {', '.join(code(each) for each in answer.also_fit)}"


def _recommendation(answer: Recommendation, *, command: str | None = None) -> Iterator[str]:
    if answer.status == "decided":
        yield f"## {code(answer.loss)}"
        yield from _how_to_use(answer)
    elif answer.status == "undecided":
        yield "## Undecided"
        yield from _question(answer)
    else:
        yield f"## No cross-entropy: {escape(answer.instead or '')}"
    yield from _findings(answer)
    if answer.why:
        yield "### Why" if answer.status != "undecided" else "### What each answer leads to"
        yield "\n".join(f"- {escape(words.sentence(text))}" for text in answer.why)
    if answer.why_not:
        yield "### Why not"
        yield table(
            ["loss", "because it"],
            [[cell_code(loss), escape("; ".join(texts))] for loss, texts in answer.why_not.items()],
        )
    if answer.modifiers:
        yield "### What this task changes"
        yield "\n".join(f"- **{escape(each.name)}**: {escape(each.text)}" for each in answer.modifiers)
    yield from _code(answer)
    yield from _task(answer)
    if command:
        yield fenced(command, "sh")


def _how_to_use(answer: Recommendation) -> Iterator[str]:
    rows = (
        ("formula", cell_code(answer.formula) if answer.formula else ""),
        ("last layer", escape(answer.activation or "")),
        ("predictions", escape(answer.predictions or "")),
        ("targets", escape(answer.targets or "")),
        ("also fit", ", ".join(cell_code(each) for each in answer.also_fit)),
        ("computed", "" if answer.computed is not False else "not yet by this version of cepick"),
    )
    yield table(["", ""], [[name, text] for name, text in rows if text])


def _code(answer: Recommendation) -> Iterator[str]:
    for each in frameworks(answer):
        yield f"### {escape(each.title)}"
        if each.absent:
            yield escape(each.absent)
        for block in each.shown:
            title = f"With {block.modifier.replace('_', ' ')}:" if block.modifier else ""
            yield escape(title)
            yield fenced(folded(block.text, _CODE_WIDTH))
            yield escape(block.note)


def _evaluation(answer: Evaluation) -> Iterator[str]:
    from .yardsticks import levels, verdict, yardsticks

    if answer.status == "decided":
        yield f"## {code(answer.loss)} = {_value(answer)}"
        judged = verdict(answer)
        yield f"{escape(words.sentence(judged[0]))}." if judged else ""
    elif answer.status == "undecided":
        yield "## Undecided"
        yield from _question(answer)
    else:
        yield f"## No cross-entropy: {escape(answer.instead or '')}"
    yield table(
        ["array", "file", "shape", "dtype"],
        [
            [key, cell_code(name), escape(words.shape(axes)), dtype]
            for key, name, axes, dtype in zip(
                ("predictions", "targets"),
                (answer.predictions, answer.targets),
                answer.shapes,
                answer.dtypes,
                strict=True,
            )
        ],
    )
    yield from _findings(answer)
    compared = levels(answer)
    if compared:
        yield "### Is it any good?"
        yield table(
            [f"loss ({answer.unit})", "", ""],
            [[escape(each.name), words.loss(each.loss), escape(each.says)] for each in compared],
            numbers=[1],
        )
    figures = yardsticks(answer)
    if figures:
        yield table(
            ["figure", "value", "which says"],
            [[escape(each.name), each.value, escape(each.says)] for each in figures],
            numbers=[1],
        )
    yield from _tables(answer)
    yield from _task(answer)
    if answer.notes:
        yield "### Notes"
        yield "\n".join(f"- {escape(text)}" for text in answer.notes)


def _value(answer: Evaluation) -> str:
    if answer.value is None:
        return "no single value"
    error = answer.diagnostics.standard_error
    doubt = f" ± {error:.2g}" if error is not None and answer.reduction == "mean" else ""
    return f"{words.number(answer.value, 6)}{doubt} {answer.unit} ({answer.reduction} of {answer.count:,})"


def _tables(answer: Evaluation) -> Iterator[str]:
    found = answer.diagnostics
    if found.per_class:
        worst = sorted(found.per_class, key=lambda each: -(each.loss if each.loss is not None else -1.0))
        hidden = len(worst) - _CLASSES_SHOWN
        yield "### Classes, the worst first"
        yield table(
            ["class", "support", "loss", "recall", "mean probability"],
            [
                [
                    escape(each.name or str(each.klass)),
                    words.whole(each.support),
                    words.loss(each.loss),
                    words.percent(each.recall),
                    words.number(each.mean_probability),
                ]
                for each in worst[:_CLASSES_SHOWN]
            ],
            numbers=[1, 2, 3, 4],
        )
        yield f"{hidden} more classes are in `--format json`." if hidden > 0 else ""
    if found.worst:
        yield "### Worst examples"
        yield table(
            ["row", "label", "prediction", "probability", "loss"],
            [
                [
                    escape(words.row(each.row)) + (f" (line {each.line})" if each.line is not None else ""),
                    escape(words.label(each.label)),
                    escape(words.label(each.prediction)),
                    words.number(each.probability),
                    words.loss(each.loss),
                ]
                for each in found.worst
            ],
            numbers=[3, 4],
        )


def _losses(losses: Iterable[Loss]) -> Iterator[str]:
    yield "## Losses"
    yield table(
        ["loss", "takes", "competes by", "targets", "computed", "what it is"],
        [
            [
                cell_code(each.id),
                escape(each.outputs),
                each.competes or "",
                escape(each.target_form),
                "yes" if each.computed else "not yet",
                escape(each.one_line),
            ]
            for each in losses
        ],
    )


def _explanation(answer: Explanation) -> Iterator[str]:
    yield f"## {escape(answer.title)}"
    names = [answer.kind, code(answer.id), *filter(None, (answer.slug, answer.severity))]
    yield " · ".join(names)
    yield escape(words.sentence(answer.one_line))
    if answer.formula:
        yield fenced(answer.formula, "")
    if answer.shapes:
        yield "**Shapes.** " + escape(answer.shapes)
    if answer.other is not None:
        yield table(
            ["", cell_code(answer.other.left.id), cell_code(answer.other.right.id)],
            [[escape(row.what), escape(row.left), escape(row.right)] for row in answer.other.differences],
        )
    for title, text in (
        ("When", answer.when),
        ("Why it is wrong", answer.why),
        ("What it does to the loss", answer.effect),
    ):
        yield f"**{title}.** {escape(words.sentence(text))}" if text else ""
    if answer.remedy:
        yield "**What to do**"
        yield fenced(answer.remedy)
    if answer.traps:
        yield "### Traps"
        yield "\n".join(f"- {escape(text)}" for text in answer.traps)
    if answer.example is not None:
        yield f"**Example.** {escape(answer.example.text)}"
    for framework, rows in answer.calls.items():
        if rows:
            yield f"**{framework}**: {code(rows[0].call)}"
            yield fenced(folded(rows[0].code, _CODE_WIDTH))
    if answer.absent:
        yield "\n".join(f"- **{framework}**: {escape(text)}" for framework, text in answer.absent.items())
    if answer.see_also:
        yield "See also: " + ", ".join(code(each) for each in answer.see_also)
    if answer.source:
        yield "Source: " + escape(answer.source)


RENDER: dict[str, Callable[..., str]] = {
    "recommendation": lambda answer, **context: _document(_recommendation(answer, **context)),
    "evaluation": lambda answer: _document(_evaluation(answer)),
    "explanation": lambda answer: _document(_explanation(answer)),
    "losses": lambda answer: _document(_losses(answer)),
}

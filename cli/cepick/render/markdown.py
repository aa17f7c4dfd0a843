"""Markdown: headings, tables and code fences, fit for a comment on GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from textwrap import indent
from typing import TYPE_CHECKING, Any

from ce_core.lookup.finding_texts import titled
from ce_core.task.words import PROPERTIES

from . import sampled, words
from .calls import frameworks
from .folding import folded
from .markdown_check import check_markdown
from .markdown_match import match_parts
from .marks import cell_code, code, escape, fenced, table
from .rows import (
    SECTIONS,
    TOPICS,
    arrays,
    calls,
    confusions,
    counted_among,
    how_to_use,
    more_about,
    sides,
    told_of,
)
from .side_by_side import differences, groups, scalar

if TYPE_CHECKING:
    from ce_core.comparing.answer import Comparison
    from ce_core.comparing.baseline import Baseline
    from ce_core.compute.evaluation import Evaluation
    from ce_core.decide.recommendation import Recommendation
    from ce_core.lookup.catalogue import Catalogue
    from ce_core.lookup.explanation import Explanation, Topics

_CLASSES_SHOWN = 20
_CONFUSIONS_SHOWN = 8
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
        lines = [
            f"- **{each.severity}** {code(each.code)} {each.slug}: {escape(each.message)}{where}",
            escape(words.sentence(each.because)),
        ]
        if each.effect is not None:
            from ce_core.lookup.finding_texts import effect_told

            if (says := effect_told(each)) is not None:
                lines.append(f"**Loss:** {escape(says)}")
        lines.append(f"**Do:** {escape(each.remedy)}")
        told = told_of(answer, each)
        lines += [f"**{escape(one.title)}:** {escape(one.does)}" for one in told if one.does]
        yield "  \n  ".join(lines)
        for one in told:
            if one.repair:
                yield indent(fenced(folded(one.repair, _CODE_WIDTH)), "  ")
    more = more_about(answer)
    if more:
        yield escape(more)


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
    yield "\n".join(f"- {escape(text)}" for text in answer.notes)
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
    rows = [
        [name, cell_code(text) if name == "formula" else escape(text)] for name, text in how_to_use(answer)
    ]
    if answer.also_fit:
        rows.append(["also fit", ", ".join(cell_code(each) for each in answer.also_fit)])
    if answer.computed is False:
        rows.append(["computed", "not yet by this version of cepick"])
    yield table(["", ""], rows)


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
        [[key, cell_code(name), escape(shape), dtype] for key, name, shape, dtype in arrays(answer)],
    )
    yield from _emulation(answer)
    yield from _findings(answer)
    if answer.estimate is not None:
        yield f"### {sampled.TITLE}"
        yield table(
            [f"loss ({answer.unit})", "", ""],
            [[escape(name), value, escape(says)] for name, value, says in sampled.rows(answer.estimate)],
            numbers=[1],
        )
        yield f"{escape(answer.estimate.statement)}. {words.sentence(sampled.SAYS)}."
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
    yield from _frameworks(answer)
    yield from _task(answer)
    if answer.notes:
        yield "### Notes"
        yield "\n".join(f"- {escape(text)}" for text in answer.notes)


def _value(answer: Evaluation) -> str:
    if answer.value is None:
        return "no single value"
    error = answer.diagnostics.standard_error if answer.estimate is None else None
    doubt = f" ± {error:.2g}" if error is not None and answer.reduction == "mean" else ""
    value = words.measured(f"{words.number(answer.value, 6)}{doubt}", answer.unit)
    with_what = "".join(f", {text}" for text in words.modifiers(answer))
    return f"{value} ({answer.reduction} of {answer.count:,}{with_what})"


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
    if found.confusions:
        yield "### Confusions, the most frequent first"
        yield table(
            ["true", "predicted", "count", "share of the errors"],
            [[*map(escape, pair[:2]), *pair[2:]] for pair in confusions(answer, _CONFUSIONS_SHOWN)],
            numbers=[2, 3],
        )
        yield words.sentence(counted_among(answer))
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


def _emulation(answer: Evaluation) -> Iterator[str]:
    found = answer.emulation
    if found is None:
        return
    yield f"### {code(found.text)}"
    if found.raises is not None:
        yield f"It refuses these arrays: {escape(found.raises)}."
        return
    both = (("it prints", found.value), ("the exact loss", found.exact))
    rows = [[name, words.number(scalar(value), 6), ""] for name, value in both]
    rows += [
        [escape(cause), "" if amount is None else f"{amount:+.4g}", escape(text)]
        for cause, text, amount in differences(found)
    ]
    yield table(["", "value", "why"], rows, numbers=[1])


def _frameworks(answer: Evaluation) -> Iterator[str]:
    if answer.rosetta is None:
        return
    yield "### What frameworks print"
    yield table(
        ["value", "why", "calls"],
        [
            [
                "refused" if group.value is None else words.number(group.value, 6),
                escape(group.says),
                "<br>".join(f"{escape(title)}: {cell_code(call)}" for title, call in group.members),
            ]
            for group in groups(answer.rosetta)
        ],
        numbers=[0],
    )


def _losses(answer: Catalogue) -> Iterator[str]:
    if answer.framework is not None:
        yield f"## Losses in {answer.title}"
        yield table(
            ["loss", "function", "run by a test"],
            [
                [cell_code(row.loss.id), cell_code(call.call), "yes" if call.verified else "no: unverified"]
                for row in answer.rows
                for call in row.calls
            ],
        )
        missing = [row for row in answer.rows if row.absent]
        if missing:
            yield "What it has no function for"
            yield table(
                ["loss", "instead"],
                [[cell_code(row.loss.id), escape(row.absent or "")] for row in missing],
            )
        return
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
            for each in (row.loss for row in answer.rows)
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
        yield "**Shapes.** " + "  \n".join(map(escape, answer.shapes.splitlines()))
    if answer.other is not None:
        yield table(
            ["", *map(cell_code, sides(answer.other))],
            [[escape(row.what), escape(row.left), escape(row.right)] for row in answer.other.differences],
        )
    for title, name in SECTIONS:
        text = getattr(answer, name)
        yield f"**{title}.** {escape(words.sentence(text))}" if text else ""
    if answer.remedy:
        yield "**What to do**"
        yield fenced(answer.remedy)
    if answer.frameworks:
        yield "### What each framework does"
        yield "\n".join(f"- **{titled(name)}**: {escape(text)}" for name, text in answer.frameworks.items())
    if answer.repair:
        yield "### The repair in code"
        for name, text in answer.repair.items():
            yield f"**{titled(name)}**"
            yield fenced(folded(text, _CODE_WIDTH))
    if answer.traps:
        yield "### Traps"
        yield "\n".join(f"- {escape(text)}" for text in answer.traps)
    if answer.example is not None:
        yield f"**Example.** {escape(answer.example.text)}"
    for framework, call in calls(answer):
        of = f", {code(call.loss)}" if len(answer.losses) > 1 else ""
        yield f"**{framework}**: {code(call.call)}{of}"
        yield fenced(folded(call.code, _CODE_WIDTH))
    if answer.absent:
        yield "\n".join(f"- **{framework}**: {escape(text)}" for framework, text in answer.absent.items())
    if answer.see_also:
        yield "See also: " + ", ".join(code(each) for each in answer.see_also)
    if answer.source:
        yield "Source: " + escape(answer.source)


def _topics(answer: Topics) -> Iterator[str]:
    yield "## What can be explained"
    for kind, names in answer.names.items():
        yield f"### {TOPICS[kind]}"
        yield ", ".join(map(code, names))


def _comparison(answer: Comparison) -> Iterator[str]:
    from .markdown_comparison import comparison_parts

    return comparison_parts(answer, _findings)


def _baseline(answer: Baseline) -> Iterator[str]:
    from .markdown_comparison import baseline_parts

    return baseline_parts(answer)


RENDER: dict[str, Callable[..., str]] = {
    "recommendation": lambda answer, **context: _document(_recommendation(answer, **context)),
    "evaluation": lambda answer: _document(_evaluation(answer)),
    "match": lambda answer: _document(match_parts(answer)),
    "explanation": lambda answer: _document(_explanation(answer)),
    "losses": lambda answer: _document(_losses(answer)),
    "topics": lambda answer: _document(_topics(answer)),
    "check": check_markdown,
    "comparison": lambda answer: _document(_comparison(answer)),
    "baseline": lambda answer: _document(_baseline(answer)),
}

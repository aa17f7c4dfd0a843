"""Plain text for a pipe or a file: ``key<TAB>value`` lines, full names and numbers, no colour, no wrapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ce_core.task.words import PROPERTIES

from . import words
from .rows import arrays, calls, sides, told_of

if TYPE_CHECKING:
    from ce_core.comparing.answer import Comparison
    from ce_core.comparing.baseline import Baseline
    from ce_core.compute.evaluation import Evaluation
    from ce_core.decide.recommendation import Recommendation
    from ce_core.lookup.catalogue import Catalogue
    from ce_core.lookup.explanation import Explanation, Topics
    from ce_core.matching.answer import Match, Traced
    from ce_core.suite.report import CheckReport

Line = tuple[Any, ...]


def _text(lines: Iterable[Line]) -> str:
    return "".join("\t".join(map(_cell, line)) + "\n" for line in lines)


def _cell(content: Any) -> str:
    """Return a cell on one line: numbers in full, nothing as an empty cell."""
    if content is None:
        return ""
    if isinstance(content, bool):
        return str(content).lower()
    if isinstance(content, tuple):
        return ",".join(map(_cell, content))
    text = repr(content) if isinstance(content, float) else str(content)
    return " ".join(text.split()) if any(each in text for each in "\t\n\r") else text


def _given(*lines: Line) -> Iterator[Line]:
    """Yield the lines whose value is known."""
    return (line for line in lines if line[1] not in (None, "", ()))


def _undecided(answer: Any) -> Iterator[Line]:
    yield from _given(("instead", answer.instead), ("question", answer.question))
    if answer.asks:
        prop = PROPERTIES[answer.asks]
        for value, says in prop.answers.items():
            yield "option", prop.flag(value), says


def _task(answer: Any) -> Iterator[Line]:
    for each in answer.evidence:
        key = "inferred" if words.is_inferred(each) else "task"
        yield key, each.property, words.value(each.value), words.reason(each), words.overrides(each)


def _findings(answer: Any) -> Iterator[Line]:
    for each in answer.findings:
        says = (each.message, each.because, each.remedy)
        yield "finding", each.code, each.severity, each.slug, *says, words.places(each)
        if each.effect is not None:
            from ce_core.lookup.finding_texts import effect_told

            if (told := effect_told(each)) is not None:
                yield "effect", each.code, told
        for one in told_of(answer, each):
            if one.does:
                yield "does", each.code, one.framework, one.does
            yield from (
                ("repair", each.code, one.framework, line) for line in (one.repair or "").splitlines()
            )


def _recommendation(answer: Recommendation, *, command: str | None = None) -> Iterator[Line]:
    yield "status", answer.status
    yield from _given(
        ("loss", answer.loss),
        ("formula", answer.formula),
        ("also_fit", answer.also_fit),
        ("activation", answer.activation),
        ("predictions", answer.predictions),
        ("targets", answer.targets),
    )
    yield from _undecided(answer)
    yield from (("why", text) for text in answer.why)
    for loss, reasons in answer.why_not.items():
        yield from (("why_not", loss, reason) for reason in reasons)
    yield from (("modifier", each.name, each.text) for each in answer.modifiers)
    yield from _findings(answer)
    yield from (("note", "", text) for text in answer.notes)
    yield from _task(answer)
    from .calls import frameworks

    for each in frameworks(answer):
        if each.absent:
            yield "absent", each.id, each.absent
        for block in each.blocks:
            if block.call:
                yield "call", each.id, block.call, block.modifier or "plain"
            yield from (("import", each.id, line) for line in block.imports.splitlines())
            yield "code", each.id, block.code
            if block.note:
                yield "note", each.id, block.note
    yield from _given(("command", command))


def _emulation(answer: Evaluation) -> Iterator[Line]:
    found = answer.emulation
    if found is None:
        return
    from .side_by_side import differences, scalar

    yield "call", found.call.framework, found.text, "verified" if found.verified else "unverified"
    yield from _given(("raises", found.raises), ("exact", scalar(found.exact)))
    yield from (("differs", cause, text, amount) for cause, text, amount in differences(found))


def _rosetta(answer: Evaluation) -> Iterator[Line]:
    if answer.rosetta is None:
        return
    from .side_by_side import groups

    for group in groups(answer.rosetta):
        for title, call in group.members:
            yield "prints", group.value, title, call, group.says


def _evaluation(answer: Evaluation) -> Iterator[Line]:
    yield "status", answer.status
    yield from _given(("loss", answer.loss), ("value", answer.value))
    yield from _emulation(answer)
    yield from _given(("unit", answer.unit))
    yield "reduction", answer.reduction
    yield "mean_over", answer.mean_over
    yield "count", answer.count
    yield "ignored", answer.ignored
    yield from (("loss_option", name, value) for name, value in answer.loss_options.items())
    yield from _given(
        ("also_fit", answer.also_fit), ("clip", answer.clip), ("clip_policy", answer.clip_policy)
    )
    if answer.label_smoothing:
        yield "label_smoothing", answer.label_smoothing
        yield "smoothing", answer.smoothing
    yield from _undecided(answer)
    yield from arrays(answer)
    yield from _findings(answer)
    yield from _task(answer)
    yield from (("note", text) for text in answer.notes)
    if answer.estimate is not None:
        for key, value in vars(answer.estimate).items():
            yield from _given((f"estimate_{key}", value))
    yield from _rosetta(answer)
    yield from _diagnostics(answer)


_SCALARS = (
    "mean",
    "standard_error",
    "uniform",
    "prior_entropy",
    "best_constant",
    "d2",
    "target_entropy",
    "kl",
    "perplexity",
    "bits",
    "accuracy",
    "top5_accuracy",
    "subset_accuracy",
    "brier",
    "ece",
    "mce",
    "mean_confidence",
    "clipped_share",
    "zero_probabilities",
)


def _diagnostics(answer: Evaluation) -> Iterator[Line]:
    found = answer.diagnostics
    yield from _given(*((name, getattr(found, name)) for name in _SCALARS))
    if found.quantiles is not None:
        yield from ((name, getattr(found.quantiles, name)) for name in ("p50", "p90", "p99", "max"))
    if found.temperature is not None:
        yield "temperature", found.temperature.optimum, found.temperature.loss
    if found.weights is not None:
        yield "weights", found.weights.sum, found.weights.effective_sample_size
        yield from (("mean_by", divisor, mean) for divisor, mean in found.weights.means.items())
    for row in found.per_class:
        yield "class", row.klass, row.name, row.support, row.loss, row.recall, row.mean_probability
    if found.per_class_rest is not None:
        rest = found.per_class_rest
        yield "other_classes", rest.classes, rest.support, rest.loss
    for each in found.reliability:
        yield "bin", each.low, each.high, each.count, each.confidence, each.accuracy
    for bin_ in found.loss_histogram:
        yield "losses_between", bin_.low, bin_.high, bin_.count
    for pair in found.confusions:
        names = (pair.klass, pair.name, pair.predicted, pair.predicted_name)
        yield "confusion", *names, pair.count, pair.share
    yield from _given(("confusions_sample", found.confusions_sample))
    for worst in found.worst:
        place = words.row(worst.row) if worst.line is None else f"{words.row(worst.row)} (line {worst.line})"
        yield (
            "worst",
            place,
            words.label(worst.label),
            words.label(worst.prediction),
            worst.probability,
            worst.loss,
        )


def _traced(key: str, each: Traced, *more: Any) -> Line:
    from .matching import variant

    values = each.values if len(each.values) > 1 else each.value
    calls = ", ".join(each.framework)
    return (key, values, each.mistake, each.loss, variant(each), each.says, each.repair, calls, *more)


def _match(answer: Match) -> Iterator[Line]:
    for number in answer.logged:
        rows = None if number.rows is None else f"{number.rows[0]}:{number.rows[1]}"
        yield "logged", number.text, number.digits, number.tolerance, rows, *(number.arrays or ())
    yield from _given(
        ("predictions", answer.predictions), ("targets", answer.targets), ("count", answer.count)
    )
    yield from (("task", name, value) for name, value in answer.task.items() if value is not None)
    yield "tried", answer.tried
    yield "expected_by_chance", answer.expected_by_chance
    for each in answer.matches:
        yield _traced("match", each)
        yield from (_traced("same", other) for other in each.same)
    yield from _given(("left_out", answer.left_out or None))
    yield from (_traced("nearest", each, each.distance) for each in answer.nearest)
    yield from (("advice", text) for text in answer.advice)
    yield from (("note", text) for text in answer.notes)


def _losses(answer: Catalogue) -> Iterator[Line]:
    for row in answer.rows:
        each = row.loss
        if answer.framework is None:
            computed = "computed" if each.computed else "not computed yet"
            yield each.id, each.outputs, each.competes or "", each.target_form, computed, each.one_line
        for call in row.calls:
            yield each.id, call.call, "verified" if call.verified else "unverified", call.code
        if row.absent:
            yield each.id, "", "absent", row.absent


def _by_line(key: str, text: str | None) -> Iterator[Line]:
    """Yield text of several lines in as many."""
    return ((key, line.rstrip()) for line in (text or "").splitlines())


def _explanation(answer: Explanation) -> Iterator[Line]:
    yield "kind", answer.kind
    yield "id", answer.id
    yield from _given(
        ("slug", answer.slug),
        ("severity", answer.severity),
        ("title", answer.title),
        ("what", answer.one_line),
        *_by_line("formula", answer.formula),
        *_by_line("shapes", answer.shapes),
        ("activation", answer.activation),
        ("computed", answer.computed),
        ("computes", answer.losses),
        ("when", answer.when),
        ("why", answer.why),
        ("effect", answer.effect),
        *_by_line("remedy", answer.remedy),
    )
    if answer.other is not None:
        yield "differs", "", *sides(answer.other)
        yield from (("differs", row.what, row.left, row.right) for row in answer.other.differences)
    yield from (("does", framework, text) for framework, text in answer.frameworks.items())
    for framework, text in answer.repair.items():
        yield from (("repair", framework, line) for line in text.splitlines())
    yield from (("trap", text) for text in answer.traps)
    if answer.example is not None:
        yield "example", answer.example.text
    yield from (("call", framework, row.call, row.code, row.loss) for framework, row in calls(answer))
    yield from (("absent", framework, text) for framework, text in answer.absent.items())
    yield from _given(("see_also", answer.see_also), ("source", answer.source))


def _topics(answer: Topics) -> Iterator[Line]:
    for kind, names in answer.names.items():
        yield from ((kind, name) for name in names)


def _check(answer: CheckReport) -> Iterator[Line]:
    from .plain_check import check_lines

    return check_lines(answer)


def _comparison(answer: Comparison) -> Iterator[Line]:
    from .plain_comparison import comparison_lines

    return comparison_lines(answer, _findings)


def _baseline(answer: Baseline) -> Iterator[Line]:
    from .comparing import baseline_facts

    return _given(*baseline_facts(answer))


RENDER: dict[str, Callable[..., str]] = {
    "recommendation": lambda answer, **context: _text(_recommendation(answer, **context)),
    "evaluation": lambda answer: _text(_evaluation(answer)),
    "match": lambda answer: _text(_match(answer)),
    "explanation": lambda answer: _text(_explanation(answer)),
    "losses": lambda answer: _text(_losses(answer)),
    "topics": lambda answer: _text(_topics(answer)),
    "check": lambda answer: _text(_check(answer)),
    "comparison": lambda answer: _text(_comparison(answer)),
    "baseline": lambda answer: _text(_baseline(answer)),
}

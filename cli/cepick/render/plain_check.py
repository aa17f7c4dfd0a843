"""The plain lines of a report of checks: the verdict, then each check, those that did not pass first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import checking

if TYPE_CHECKING:
    from ce_core.suite.report import CheckReport, CheckResult


def check_lines(report: CheckReport) -> Iterator[tuple[Any, ...]]:
    """Yield the lines of a report; of each the second cell is the name of the check, but for those of the whole."""
    yield "summary", checking.summary(report)
    if report.file is not None:
        yield "file", report.file
    yield "fail_on", report.fail_on
    yield from ((status, len(report.of_status(status))) for status in ("broken", "failed", "passed"))
    for result in report.ordered:
        yield (
            *("check", result.name, result.status, result.loss, result.value, result.unit, result.count),
            *(checking.decisive(result), str(result.where), result.predictions, result.targets),
        )
        yield from (("matrix", result.name, name, value) for name, value in result.matrix.items())
        yield from _problems(result)
        for each in result.measured:
            held = "held" if each.held else "not held"
            yield "limit", result.name, each.path, each.slice, each.value, each.least, each.most, held
        yield from _slices(result)
        if result.baseline is not None:
            yield "baseline", result.name, checking.difference_text(result.baseline), result.baseline.better
        yield from (("note", result.name, text) for text in result.notes)


def _problems(result: CheckResult) -> Iterator[tuple[Any, ...]]:
    for each in result.problems:
        said = (each.message, each.because, each.remedy)
        place = (str(each.where), each.slice, each.file, checking.rows_of(each))
        fails = "fails" if each.fails else "allowed"
        yield "problem", result.name, each.rule, each.severity, fails, checking.slug_of(each), *said, *place
        if each.finding is not None and each.finding.effect is not None:
            from ce_core.lookup.finding_texts import effect_told

            if (told := effect_told(each.finding)) is not None:
                yield "effect", result.name, each.rule, told


def _slices(result: CheckResult) -> Iterator[tuple[Any, ...]]:
    for each in result.slices:
        held = "held to limits" if each.held_to_limits else "too few"
        yield "slice", result.name, each.name, each.count, each.loss, each.accuracy, held

"""A report in plain lines, for messages of failed tests."""

from __future__ import annotations

from collections.abc import Iterator

from .report import CheckReport, CheckResult, Problem


def told(problem: Problem) -> Iterator[str]:
    r"""Yield the lines that say what is wrong, the numbers that show it, and what to do.

    >>> from .spec import Where
    >>> problem = Problem(rule="limit", severity="error", fails=True, message="loss is 0.5, above its limit 0.4",
    ...     because="off by 0.1", remedy="find the change", where=Where(file="cepick.yaml", line=7), file="logits.npy")
    >>> print("\n".join(told(problem)))
    loss is 0.5, above its limit 0.4
        because: off by 0.1
        do: find the change
    """
    name = "" if problem.finding is None else f"{problem.severity} {problem.rule} {problem.slug}: "
    yield name + problem.message
    if problem.because:
        yield f"    because: {problem.because}"
    if problem.remedy:
        yield f"    do: {problem.remedy}"


def told_report(report: CheckReport) -> str:
    """Return what failed, and what could not run, in lines."""
    bad = [each for each in report.ordered if each.status != "passed"]
    head = f"{len(bad)} of {len(report.results)} checks of {report.file or 'the suite'} did not pass"
    return "\n".join((head, *(line for each in bad for line in _told_result(each))))


def _told_result(result: CheckResult) -> Iterator[str]:
    verb = "could not run" if result.status == "broken" else "failed"
    yield f"{result.name} {verb} ({result.where})"
    for problem in result.failing:
        yield from (f"  {line}" for line in told(problem))

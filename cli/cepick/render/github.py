"""Annotations of GitHub Actions: workflow commands on standard output, and the summary of the step.

A step shows 10 errors, 10 warnings and 10 notices, and drops the others without a word; so the most severe come first,
and the last notice says how many are in the summary.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ce_core.errors import CepickError
from ce_core.findings import SEVERITIES

from . import checking, words
from .control import harmless
from .markdown_check import check_markdown

if TYPE_CHECKING:
    from ce_core.suite.report import CheckReport, CheckResult, Problem

MOST = 10
"""How many annotations of each level a step shows."""

SUMMARY = 1 << 20
"""How many bytes the summary of a step may have."""

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}
_TITLE = 200
_MESSAGE = 4_000


def commands(report: CheckReport) -> Iterator[str]:
    """Yield the workflow commands: at most ten of each level, then one that says how many are left out."""
    pairs = _in_turn(checking.in_severity(report))
    room = dict.fromkeys(_LEVELS.values(), MOST)
    counted = {level: sum(_LEVELS[each.severity] == level for _, each in pairs) for level in room}
    if any(count > MOST for count in counted.values()):
        room["notice"] -= 1
    left_out = 0
    for result, problem in pairs:
        level = _LEVELS[problem.severity]
        if not room[level]:
            left_out += 1
            continue
        room[level] -= 1
        yield _annotation(level, result, problem, in_file=report.file is not None)
    if left_out:
        text = f"{words.plural(left_out, 'problem')} more in the step summary"
        yield command("notice", text, title="cepick check")


def _in_turn(pairs: Sequence[tuple[CheckResult, Problem]]) -> list[tuple[CheckResult, Problem]]:
    """Return problems of a kind with the first of each check first, so that no check takes all the room."""
    seen: Counter[tuple[int, bool, str]] = Counter()
    ranks = []
    for at, (result, problem) in enumerate(pairs):
        kind = (id(result), problem.fails, problem.severity)
        # Those of other kinds stay where they are: before or behind all of this one.
        ranks.append((not problem.fails, SEVERITIES.index(problem.severity), seen[kind], at))
        seen[kind] += 1
    return [pairs[at] for *_, at in sorted(ranks)]


def _from_root(file: str) -> str:
    """Return a path from the root of the repository: a step may work in a folder below it."""
    root, here = os.environ.get("GITHUB_WORKSPACE"), os.path.abspath(file)
    if not root or os.path.commonpath([os.path.abspath(root), here]) != os.path.abspath(root):
        return file
    return os.path.relpath(here, root)


def _annotation(level: str, result: CheckResult, problem: Problem, *, in_file: bool) -> str:
    title = f"{words.line(result.name)}: {checking.title_of(problem)}"
    lines = [
        *checking.sentences(problem, _MESSAGE // 4),
        f"Where: {checking.where_in_arrays(result, problem)}",
    ]
    if (explain := checking.explained_by(problem)) is not None:
        lines.append(f"More: {explain}")
    return command(
        level,
        "\n".join(lines),
        file=checking.posix(_from_root(problem.where.file)) if in_file else None,
        line=problem.where.line if in_file else None,
        col=problem.where.column if in_file else None,
        title=checking.cut(title, _TITLE),
    )


def command(name: str, message: str, **properties: str | int | None) -> str:
    r"""Return a workflow command, with what would end it or a property of it escaped.

    >>> command("error", "50 % of\nthe rows", file="a,b:c.yaml", line=3, title=None)
    '::error file=a%2Cb%3Ac.yaml,line=3::50 %25 of%0Athe rows'
    """
    given = [f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None]
    return f"::{name}{' ' if given else ''}{','.join(given)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def step_summary(report: CheckReport, most: int = SUMMARY) -> str:
    """Return the Markdown for the summary of a step, of at most so many bytes."""
    return check_markdown(harmless(report), most)


def write_step_summary(report: CheckReport, environment: Mapping[str, str]) -> str | None:
    """Append the report to the file that ``GITHUB_STEP_SUMMARY`` names, and return its path; None where none is named.

    Raises `CepickError` where it cannot be written.
    """
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return None
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as stream:
            before = stream.tell()
            lead = "\n" if before else ""
            stream.write(lead + step_summary(report, max(SUMMARY - before - len(lead), 0)))
    except OSError as error:
        raise CepickError(
            f"{path}: the step summary cannot be appended ({error.strerror}); "
            "unset GITHUB_STEP_SUMMARY, or let it name a file that can be written"
        ) from None
    return path


def _check(report: CheckReport) -> str:
    """Return the annotations, and the verdict; names stand in annotations only, where nothing of them is a command."""
    return "\n".join([*commands(report), checking.counts(report)]) + "\n"


RENDER: dict[str, Callable[..., str]] = {"check": _check}

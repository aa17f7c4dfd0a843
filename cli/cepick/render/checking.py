"""The words that every form of a report of checks shares: verdicts, limits, places, what decided."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import words

if TYPE_CHECKING:
    from ce_core.comparing.answer import Difference
    from ce_core.suite.report import CheckReport, CheckResult, Measured, Problem, SliceResult, Status

VERB: dict[Status, str] = {"broken": "could not run", "failed": "failed", "passed": "passed"}
"""What a check did."""

LONGEST = 2_000
"""Texts longer than this are cut in forms that a person reads: what is in them came from a file or an array."""


def cut(text: str, longest: int = LONGEST) -> str:
    """Return text of at most about so many characters, which says how many are left out.

    >>> cut("abcdefgh", 5)
    'abcde … (3 characters more)'
    """
    if len(text) <= longest:
        return text
    more = words.plural(len(text) - longest, "character")
    return f"{text[:longest]} … ({more} more)"


def counts(report: CheckReport) -> str:
    """Return how the checks ended, in a sentence without names."""
    total = len(report.results)
    failed, broken = len(report.of_status("failed")), len(report.of_status("broken"))
    if not total:
        return "no checks were run"
    if not failed and not broken:
        return f"{words.plural(total, 'check')} passed"
    of = f" of {words.plural(total, 'check')}"
    parts = [f"{failed:,}{of} failed"] if failed else []
    if broken:
        parts.append(f"{broken:,}{'' if failed else of} could not run")
    return ", ".join(parts)


def summary(report: CheckReport, longest: int = 60) -> str:
    """Return the closing line: how many checks failed or could not run, and which."""
    total = len(report.results)
    parts: list[str] = []
    statuses: tuple[Status, ...] = ("failed", "broken")
    for status in statuses:
        results = report.of_status(status)
        if results:
            of = "" if parts else f" of {words.plural(total, 'check')}"
            names = ", ".join(cut(words.line(each.name), longest) for each in results)
            parts.append(f"{len(results):,}{of} {VERB[status]}: {names}")
    return "; ".join(parts) or counts(report)


def value_of(result: CheckResult, digits: int = 4) -> str:
    """Return the loss of a check with its unit; empty where it has none."""
    return "" if result.value is None else words.measured(words.number(result.value, digits), result.unit)


def arrays_of(result: CheckResult) -> str:
    """Return the two arrays of a check in words; one alone where it is all there is."""
    if not result.targets or result.targets == result.predictions:
        return result.predictions
    return f"{result.predictions} against {result.targets}"


def slug_of(problem: Problem) -> str:
    """Return the name of what is wrong: a finding's slug, or the rule; empty where that is the code itself."""
    from ce_core.findings import RULES

    known = RULES.get(problem.rule)
    return known.slug if known is not None else "" if problem.finding is None else problem.slug


def title_of(problem: Problem) -> str:
    """Return the code and the name of what is wrong, such as ``CE104 double-softmax``, or ``limit``."""
    return " ".join(filter(None, (problem.rule, slug_of(problem))))


def explained_by(problem: Problem) -> str | None:
    """Return the command that explains a finding; None for a limit and its like."""
    from ce_core.findings import RULES

    return f"cepick explain {problem.rule}" if problem.rule in RULES else None


def rows_of(problem: Problem) -> str:
    """Return the rows or lines of an array in which something is wrong, in words; empty where it is everywhere."""
    if problem.finding is not None:
        return words.places(problem.finding)
    if problem.lines:
        return f"{'line' if len(problem.lines) == 1 else 'lines'} {', '.join(map(str, problem.lines))}"
    if problem.rows:
        return f"{'row' if len(problem.rows) == 1 else 'rows'} {', '.join(map(words.row, problem.rows))}"
    return ""


def where_of(result: CheckResult, problem: Problem) -> str:
    """Return where something is wrong, beyond where its check stands: the place in the file, slice, array and rows."""
    place = "" if problem.where == result.where else str(problem.where)
    part = f"slice {problem.slice}" if problem.slice is not None else ""
    # The arrays stand above a check's problems already; a rest of one of several shards does not.
    array = problem.file if problem.file not in (result.predictions, result.targets) else ""
    rows = rows_of(problem)
    if rows and not array and result.targets and result.targets != result.predictions:
        array = problem.file
    return "; ".join(filter(None, (place, part, ": ".join(filter(None, (array, rows))))))


def where_in_arrays(result: CheckResult, problem: Problem) -> str:
    """Return the slice, the array and its rows, for forms that have a field of their own for the place in the file."""
    part = f"slice {problem.slice} of " if problem.slice is not None else ""
    rows = rows_of(problem)
    return f"{part}{problem.file}{f': {rows}' if rows else ''}"


def worst_first(slices: Sequence[SliceResult]) -> list[SliceResult]:
    """Return slices with the highest loss first."""
    return sorted(slices, key=lambda each: -(each.loss if each.loss is not None else -math.inf))


def bounds(least: float | None, most: float | None) -> str:
    """Return what a number may be.

    >>> bounds(0.9, None), bounds(None, 0.4), bounds(0.0, 1.0), bounds(0.5, 0.5)
    ('≥ 0.9', '≤ 0.4', '0 … 1', '= 0.5')
    """
    if least is not None and most is not None:
        return f"= {_limit(least)}" if least == most else f"{_limit(least)} … {_limit(most)}"
    if least is not None:
        return f"≥ {_limit(least)}"
    return f"≤ {_limit(most)}" if most is not None else ""


def _limit(number: float) -> str:
    """Return a limit as it was written, in as few digits as say it."""
    if not math.isfinite(number):
        return str(number)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.12g}"


def margin(of: Measured) -> float | None:
    """Return how far a number is within the nearer of its limits, or None where that says nothing."""
    if of.value is None or not math.isfinite(of.value):
        return None
    rooms = []
    if of.least is not None:
        rooms.append(of.value - of.least)
    if of.most is not None:
        rooms.append(of.most - of.value)
    room = min(rooms, default=None)
    return room if room is not None and math.isfinite(room) else None


def margin_text(of: Measured) -> str:
    """Return the margin with its sign, in three digits; empty where there is none."""
    room = margin(of)
    if room is None:
        return ""
    return f"{room:+.3g}" if room else "0"


def named(path: str, part: str | None) -> str:
    """Return what a number is called: its path, and its slice."""
    return path if part is None else f"{path} of {part}"


def closest(result: CheckResult) -> Measured | None:
    """Return the number that is closest to its limit in proportion to it, of those that are within."""
    ranked = []
    for at, each in enumerate(result.measured):
        room = margin(each)
        # What is expected to the last digit is always close.
        if not each.held or room is None or (each.least is not None and each.most is not None):
            continue
        limit = each.least if each.least is not None else each.most
        scale = max(abs(limit or 0.0), abs(each.value or 0.0)) or 1.0
        ranked.append((room / scale, at, each))
    return min(ranked, default=(0.0, 0, None))[2]


def decisive(result: CheckResult) -> str:
    """Return what decided how a check ended, in a few words: the first failure, or the limit that was closest."""
    first = next(iter(result.failing), None)
    if result.status == "broken":
        return VERB[result.status] if first is None else first.message
    if first is None:
        near = closest(result)
        exact = next((each for each in result.measured if each.held), None)
        shown = near if near is not None else exact
        if shown is not None:
            return held_text(shown)
        return f"{words.plural(len(result.problems), 'finding')} let pass" if result.problems else ""
    text = _broken_text(first) or title_of(first)
    more = len(result.failing) - 1
    return f"{text}, +{more} more" if more else text


def held_text(of: Measured) -> str:
    """Return a number beside what it may be, such as ``loss 0.3274 ≤ 0.4``."""
    value, limit = words.number(of.value), bounds(of.least, of.most)
    if of.least is not None and of.most is not None:
        limit = f"in {limit}" if of.least != of.most else limit
    return f"{named(of.path, of.slice)} {value} {limit}".rstrip()


_BEYOND = {"above": ">", "below": "<"}


def _broken_text(problem: Problem) -> str | None:
    """Return a broken limit in signs, such as ``accuracy 0.8712 < 0.9``; None for what is no limit."""
    if problem.path is None or problem.rule not in ("limit", "slice-limit", "equals"):
        return None
    name, value = named(problem.path, problem.slice), words.number(problem.value)
    if problem.value is None:
        return f"{name} not known"
    if problem.rule == "equals":
        return f"{name} {problem.value:.9g} ≠ {_middle(problem)}"
    if problem.most is not None and problem.value > problem.most:
        return f"{name} {value} > {_limit(problem.most)}"
    if problem.least is not None and problem.value < problem.least:
        return f"{name} {value} < {_limit(problem.least)}"
    return f"{name} {value}"


def _middle(problem: Problem) -> str:
    """Return the number that was expected, of the two ends of what is allowed."""
    if problem.least is None or problem.most is None:
        return bounds(problem.least, problem.most)
    return f"{(problem.least + problem.most) / 2:.9g}"


def difference_text(of: Difference) -> str:
    """Return how a check compares with its baseline, in a line."""
    text = f"{of.metric} {words.number(of.a)} → {words.number(of.b)}"
    if of.difference is not None:
        text += f" ({of.difference:+.3g}"
        if of.low is not None and of.high is not None:
            text += f"; {100 * of.level:g} % interval {of.low:+.3g} to {of.high:+.3g}"
        text += ")"
    if of.p is not None:
        text += f", p = {of.p:.2g}"
    return f"{text}, {of.method} of {of.count:,}"


def in_severity(report: CheckReport) -> list[tuple[CheckResult, Problem]]:
    """Return every problem with its check: what fails first, then the most severe, then in the report's order."""
    from ce_core.findings import SEVERITIES

    pairs = [(result, problem) for result in report.ordered for problem in result.problems]
    return sorted(pairs, key=lambda pair: (not pair[1].fails, SEVERITIES.index(pair[1].severity)))


def sentences(problem: Problem, longest: int = LONGEST) -> list[str]:
    """Return what is wrong in sentences: the message, the numbers that show it, what to do."""
    parts = [cut(problem.message, longest)]
    if problem.because:
        parts.append(words.sentence(cut(problem.because, longest)))
    if problem.remedy:
        parts.append(f"What to do: {cut(problem.remedy, longest)}")
    return parts


def posix(path: str) -> str:
    """Return a path as forges write it: with slashes, and relative to the working folder without a dot before it."""
    path = path.replace(os.sep, "/") if os.sep != "/" else path
    while path.startswith("./"):
        path = path[2:]
    return path

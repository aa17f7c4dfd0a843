"""JUnit XML for CI servers: a test suite for each check, a test case for each thing that it is held to.

Valid against the schema of Jenkins' xUnit plugin (junit-10.xsd) and against that of Apache Ant's reports, which asks
for times, a host and two streams as well. The same report is the same text: it took no time, at the beginning of 1970.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from . import checking, words
from .control import shown

if TYPE_CHECKING:
    from ce_core.suite.report import CheckReport, CheckResult, Measured, Problem

_CLOCK = {"time": "0", "timestamp": "1970-01-01T00:00:00"}
_MESSAGE = 1_000
_BODY = 10_000


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing that a check is held to, and what is wrong with it."""

    name: str
    problems: tuple[Problem, ...] = ()


def cases(result: CheckResult) -> Iterator[Case]:
    """Yield what a check is held to, by names that stay the same whatever the arrays are.

    They are that it runs, each limit, its findings, its baseline; each has what fails it.
    """
    if result.status == "broken":
        yield Case(name="runs", problems=result.problems)
        return
    yield Case(name="runs")
    left = list(result.failing)
    for each in result.measured:
        of_limit = [] if each.held else [one for one in left if _is_of(one, each)][:1]
        left = [one for one in left if not any(one is other for other in of_limit)]
        yield Case(name=_limit(each), problems=tuple(of_limit))
    rest: dict[str, list[Problem]] = {"findings": []}
    if result.baseline is not None:
        rest["baseline"] = []
    for problem in left:
        name = problem.rule if checking.explained_by(problem) is None else "findings"
        rest.setdefault(name, []).append(problem)
    yield from (Case(name=name, problems=tuple(problems)) for name, problems in rest.items())


def _is_of(problem: Problem, limit: Measured) -> bool:
    """Tell whether a problem is that a limit is broken."""
    of = (problem.path, problem.slice, problem.least, problem.most)
    return problem.finding is None and of == (limit.path, limit.slice, limit.least, limit.most)


def _limit(each: Measured) -> str:
    ends = ", ".join(word for word, end in (("min", each.least), ("max", each.most)) if end is not None)
    return f"{checking.named(each.path, each.slice)} ({ends})"


def _document(report: CheckReport) -> str:
    root = ET.Element("testsuites")
    root.extend(_suite(result, at) for at, result in enumerate(report.results))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode", short_empty_elements=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(result: CheckResult, at: int) -> ET.Element:
    found = _told_apart(cases(result))
    failed = sum(bool(case.problems) for case in found)
    broken = result.status == "broken"
    suite = _element(
        "testsuite",
        name=words.line(result.name) or "check",
        package="cepick",
        id=str(at),
        tests=str(len(found)),
        failures="0" if broken else str(failed),
        errors=str(failed) if broken else "0",
        skipped="0",
        hostname="localhost",
        **_CLOCK,
    )
    properties = ET.SubElement(suite, "properties")
    properties.extend(_element("property", name=name, value=value) for name, value in _properties(result))
    suite.extend(_case(case, result) for case in found)
    suite.append(_text("system-out", "\n".join(_notes(result))))
    suite.append(_text("system-err", ""))
    return suite


def _told_apart(found: Iterable[Case]) -> list[Case]:
    """Return cases whose names differ: a second one of a name is numbered."""
    seen: dict[str, int] = {}
    apart = []
    for case in found:
        seen[case.name] = count = seen.get(case.name, 0) + 1
        apart.append(case if count == 1 else Case(name=f"{case.name} #{count}", problems=case.problems))
    return apart


def _case(case: Case, result: CheckResult) -> ET.Element:
    name = words.line(result.name)
    made = _element("testcase", name=words.line(case.name), classname=f"cepick.{name}", time="0")
    if case.problems:
        first, more = case.problems[0], len(case.problems) - 1
        message = checking.cut(words.line(first.message), _MESSAGE) + (f" (+{more} more)" if more else "")
        kind = "error" if result.status == "broken" else "failure"
        body = "\n\n".join("\n".join(_lines(result, each)) for each in case.problems)
        made.append(_text(kind, checking.cut(body, _BODY), message=message, type=first.rule))
    return made


def _lines(result: CheckResult, problem: Problem) -> Iterator[str]:
    """Yield what is wrong, line by line."""
    yield f"{problem.severity} {checking.title_of(problem)}"
    yield from checking.sentences(problem, _MESSAGE)
    yield f"Where: {problem.where}; {checking.where_in_arrays(result, problem)}"
    if (command := checking.explained_by(problem)) is not None:
        yield f"More: {command}"


def _properties(result: CheckResult) -> Iterator[tuple[str, str]]:
    given = (
        ("where", str(result.where)),
        ("predictions", result.predictions),
        ("targets", result.targets),
        ("loss", result.loss),
        ("value", None if result.value is None else repr(float(result.value))),
        ("unit", result.unit),
        ("count", str(result.count)),
        *((f"matrix.{name}", value) for name, value in result.matrix.items()),
    )
    yield from ((name, checking.cut(value, _MESSAGE)) for name, value in given if value is not None)


def _notes(result: CheckResult) -> Iterator[str]:
    """Yield what is known besides: every number that was held to a limit, slices, and what was let pass."""
    for each in result.measured:
        value = f"{words.number(each.value)} {checking.bounds(each.least, each.most)}"
        yield f"{checking.named(each.path, each.slice)}: {value}{'' if each.held else ' does not hold'}"
    for part in result.slices:
        few = "" if part.held_to_limits else " (too few for limits)"
        loss, share = words.loss(part.loss), words.percent(part.accuracy)
        yield f"slice {part.name}: {words.plural(part.count, 'example')}, loss {loss}, accuracy {share}{few}"
    if result.baseline is not None:
        yield f"baseline: {checking.difference_text(result.baseline)}"
    for problem in result.problems:
        if not problem.fails:
            said = checking.cut(problem.message, _MESSAGE)
            yield f"let pass: {problem.severity} {checking.title_of(problem)}: {said}"
    yield from (f"note: {checking.cut(text, _MESSAGE)}" for text in result.notes)


def _element(tag: str, **attributes: str) -> ET.Element:
    """Return an element; what XML cannot hold is written as in Python."""
    return ET.Element(tag, {name: shown(value) for name, value in attributes.items()})


def _text(tag: str, text: str, **attributes: str) -> ET.Element:
    made = _element(tag, **attributes)
    made.text = shown(text)
    return made


RENDER: dict[str, Callable[..., str]] = {"check": _document}

"""SARIF 2.1.0: a result for each problem, a rule for each code, and a notification for each check that could not run.

A result is at the line of the suite's file that asked for it; the rows of the array are logical locations beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ce_core._version import __version__
from ce_core.compute.evaluation import jsonable
from ce_core.findings import RULES as FINDINGS
from ce_core.suite.report import RULES

from . import checking, words
from .control import shown
from .fingerprints import with_fingerprints
from .places import ROOT, Artifacts, in_array, in_suite

if TYPE_CHECKING:
    from ce_core.suite.report import CheckReport, CheckResult, Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

FINGERPRINT = "cepickProblem/v1"
_TEXT = 2_000

_HELP = {
    "limit": "Find the change that moved the number. Where the change is meant, move the limit.",
    "slice-limit": "Look at the examples of the slice by themselves. Where the change is meant, move the limit.",
    "equals": "cepick match says which definition of the loss, or which mistake, gives the number that was expected.",
    "baseline": "Find the change that made it worse. Where it is meant, cepick baseline write makes a new baseline.",
    "undecided": "Say what the arrays are in the check's task, such as task: {outputs: logits}.",
    "no-loss": "Name the loss of the training code as the check's loss.",
    "refused": "Mend the arrays, or name the loss that the training code calls.",
    "could-not-run": "Read the message: it names the file, what is wrong with it, and what to do.",
}
"""What to do about each rule that is no finding."""


def _check(report: CheckReport) -> str:
    artifacts = Artifacts()
    broken = report.of_status("broken")
    ran = [pair for pair in checking.in_severity(report) if pair[0].status != "broken"]
    rules = _in_use(problem.rule for _, problem in ran)
    kept = _in_use(problem.rule for result in broken for problem in result.problems)
    results = [
        _result(artifacts, rules, result, problem, fingerprint)
        for result, problem, fingerprint in with_fingerprints(ran)
    ]
    notifications = [
        _notification(artifacts, kept, result, each) for result in broken for each in result.problems
    ]
    driver: dict[str, Any] = {
        "name": "cepick",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in rules],
    }
    if kept:
        driver["notifications"] = [_rule(code) for code in kept]
    run = {
        "tool": {"driver": driver},
        "invocations": [
            {"executionSuccessful": not broken, "toolExecutionNotifications": notifications},
        ],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that the checks were run in."}}},
        "artifacts": artifacts.to_list(),
        "results": results,
        "columnKind": "unicodeCodePoints",
    }
    # Beyond ASCII everything is escaped: nothing in a name steers the terminal that it may be printed on.
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, allow_nan=False)


def _in_use(codes: Iterable[str]) -> list[str]:
    """Return the codes that are used, in the order of the catalogue, and those of the suite behind them."""
    used = set(codes)
    return [code for code in (*FINDINGS, *RULES) if code in used]


def _rule(code: str) -> dict[str, Any]:
    """Return what is known of a rule, as `cepick explain` tells it."""
    if code not in FINDINGS:
        text = f"{words.sentence(RULES[code])}."
        return {
            "id": code,
            "name": _in_pascal_case(code),
            "shortDescription": {"text": text},
            "fullDescription": {"text": text},
            "help": {"text": _HELP[code]},
            "defaultConfiguration": {"level": "error"},
        }
    from ce_core.lookup.explain import explain

    from . import markdown

    told = explain(code)
    known = FINDINGS[code]
    parts = [words.sentence(text) for text in (told.why, told.effect) if text]
    more = f"More: cepick explain {code}"
    return {
        "id": code,
        "name": _in_pascal_case(known.slug),
        "shortDescription": {"text": f"{words.sentence(told.title)}."},
        "fullDescription": {"text": " ".join([f"{words.sentence(told.one_line)}.", told.when or ""]).strip()},
        "help": {
            "text": "\n\n".join([*parts, *([f"What to do:\n{told.remedy}"] if told.remedy else []), more]),
            "markdown": markdown.RENDER["explanation"](told),
        },
        "defaultConfiguration": {"level": known.severity},
    }


def _in_pascal_case(slug: str) -> str:
    """Return a slug as an identifier, as SARIF wants the names of rules.

    >>> _in_pascal_case("double-softmax")
    'DoubleSoftmax'
    """
    return "".join(word.capitalize() for word in slug.split("-"))


def _message(result: CheckResult, problem: Problem) -> dict[str, str]:
    name = checking.cut(words.line(result.name), 200)
    said, *more = checking.sentences(problem, _TEXT)
    text = "\n".join([f"{name}: {said}", *more])
    # "](" would begin a link into the report, as in [text](1).
    return {"text": shown(text).replace("](", "] (")}


def _result(
    artifacts: Artifacts, rules: list[str], result: CheckResult, problem: Problem, fingerprint: str
) -> dict[str, Any]:
    about = {
        "check": shown(checking.cut(words.line(result.name))),
        "fails": problem.fails,
        "path": problem.path,
        "value": jsonable(problem.value),
        "min": jsonable(problem.least),
        "max": jsonable(problem.most),
    }
    return {
        "ruleId": problem.rule,
        "ruleIndex": rules.index(problem.rule),
        "level": problem.severity,
        "message": _message(result, problem),
        "locations": [in_suite(artifacts, problem.where, result.name)],
        "relatedLocations": [in_array(artifacts, result, problem, 1)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "properties": {key: value for key, value in about.items() if value is not None},
    }


def _notification(
    artifacts: Artifacts, kept: list[str], result: CheckResult, problem: Problem
) -> dict[str, Any]:
    return {
        "descriptor": {"id": problem.rule, "index": kept.index(problem.rule)},
        "level": "error",
        "message": _message(result, problem),
        "locations": [in_suite(artifacts, problem.where, result.name)],
    }


RENDER: dict[str, Callable[..., str]] = {"check": _check}

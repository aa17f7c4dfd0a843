"""GitLab's Code Quality report: one entry for each problem."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import checking, words
from .control import shown
from .fingerprints import with_fingerprints

if TYPE_CHECKING:
    from ce_core.suite.report import CheckReport, CheckResult, Problem

_SEVERITIES = {
    ("error", True): "critical",
    ("error", False): "major",
    ("warning", True): "major",
    ("warning", False): "minor",
    ("note", True): "minor",
    ("note", False): "info",
}
"""By a problem's severity, and whether it fails its check; what keeps a check from running is a blocker."""

_DESCRIPTION = 1_000


def _check(report: CheckReport) -> str:
    entries = [
        _entry(result, problem, fingerprint)
        for result, problem, fingerprint in with_fingerprints(checking.in_severity(report))
    ]
    return json.dumps(entries, indent=2, allow_nan=False)


def _entry(result: CheckResult, problem: Problem, fingerprint: str) -> dict[str, Any]:
    text = (
        f"{words.line(result.name)}: {' '.join(map(_full_stop, checking.sentences(problem, _DESCRIPTION)))}"
    )
    return {
        "description": shown(words.line(text)),
        "check_name": checking.title_of(problem).replace(" ", "/"),
        "fingerprint": fingerprint,
        "severity": "blocker" if result.status == "broken" else _SEVERITIES[problem.severity, problem.fails],
        "location": {
            "path": shown(checking.posix(problem.where.file)),
            "lines": {"begin": problem.where.line or 1},
        },
    }


def _full_stop(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


RENDER: dict[str, Callable[..., str]] = {"check": _check}

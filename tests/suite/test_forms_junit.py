"""JUnit XML: its structure, and its validity against the schema that a CI server uses."""

from __future__ import annotations

import os
import re
from collections import Counter

import made_reports as made
import pytest
from lxml import etree

from ce_core.suite.report import CheckReport
from cepick.render import render

reports = pytest.mark.parametrize("report", made.REPORTS.values(), ids=made.REPORTS)
SCHEMA = os.environ.get("CEPICK_JUNIT_XSD")
"""The junit-10.xsd of Jenkins' xUnit plugin, which pytest's source has as well; .ci/run fetches it."""

_REQUIRED = {
    "testsuite": {
        *("name", "package", "id", "tests", "failures", "errors", "skipped"),
        *("hostname", "time", "timestamp"),
    },
    "testcase": {"name", "classname", "time"},
    "property": {"name", "value"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
}


def parsed(report: CheckReport) -> etree._Element:
    return etree.fromstring(render("check", report, form="junit").encode("utf-8"))


def test_a_failed_check_as_junit() -> None:
    report = made.report(made.failed("spam", made.broken_limit("accuracy", 0.87118, least=0.9), measured=()))
    assert render("check", report, form="junit") == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<testsuites>\n"
        '  <testsuite name="spam" package="cepick" id="0" tests="3" failures="1" errors="0" skipped="0" '
        'hostname="localhost" time="0" timestamp="1970-01-01T00:00:00">\n'
        "    <properties>\n"
        '      <property name="where" value="cepick.yaml:12:5" />\n'
        '      <property name="predictions" value="runs/small/logits.npy" />\n'
        '      <property name="targets" value="labels.npy" />\n'
        '      <property name="loss" value="sparse_softmax_cross_entropy" />\n'
        '      <property name="value" value="0.3274123456789" />\n'
        '      <property name="unit" value="nats" />\n'
        '      <property name="count" value="1079" />\n'
        "    </properties>\n"
        '    <testcase name="runs" classname="cepick.spam" time="0" />\n'
        '    <testcase name="findings" classname="cepick.spam" time="0" />\n'
        '    <testcase name="limit" classname="cepick.spam" time="0">\n'
        '      <failure message="accuracy is 0.87118, below its limit 0.9" type="limit">error limit\n'
        "accuracy is 0.87118, below its limit 0.9\n"
        "Off by 0.02882\n"
        "What to do: find the change that moved it, or move the limit where the change is meant\n"
        "Where: cepick.yaml:17:24; runs/small/logits.npy</failure>\n"
        "    </testcase>\n"
        "    <system-out />\n"
        "    <system-err />\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


@reports
def test_the_structure_is_that_of_both_schemas(report: CheckReport) -> None:
    root = parsed(report)
    assert root.tag == "testsuites"
    assert not root.attrib
    assert [suite.get("id") for suite in root] == [str(at) for at in range(len(report.results))]
    for suite in root:
        assert re.fullmatch(
            "properties(,testcase)+,system-out,system-err", ",".join(each.tag for each in suite)
        )
        for each in suite.iter():
            assert set(each.attrib) == _REQUIRED.get(each.tag, set()), each.tag
        for case in suite.iter("testcase"):
            assert [each.tag for each in case] in ([], ["failure"], ["error"])
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(suite.get(attribute)) == len(list(suite.iter(tag)))
        names = Counter(case.get("name") for case in suite.iter("testcase"))
        assert max(names.values()) == 1


@pytest.mark.skipif(SCHEMA is None, reason="CEPICK_JUNIT_XSD names no schema; .ci/run fetches it")
@reports
def test_it_is_valid_against_the_schema_of_a_ci_server(report: CheckReport) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    schema.assertValid(parsed(report))


@pytest.mark.skipif(SCHEMA is None, reason="CEPICK_JUNIT_XSD names no schema; .ci/run fetches it")
def test_the_schema_refuses_what_is_no_report() -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    root = parsed(made.mixed())
    del root[0].attrib["tests"]
    assert not schema.validate(root)


def test_each_limit_is_a_test_case_and_its_failure_is_of_the_rule() -> None:
    cases = list(parsed(made.report(made.limits())).iter("testcase"))
    assert [(case.get("name"), case[0].get("type") if len(case) else None) for case in cases] == [
        ("runs", None),
        ("loss (max)", None),
        ("accuracy (min)", "limit"),
        ("per_class[cat].recall (min)", "limit"),
        ("per_class[dog].recall (min)", None),
        ("loss of group=rare (max)", "slice-limit"),
        ("loss of group=common (max)", None),
        ("findings", None),
        ("baseline", "baseline"),
    ]


def test_a_check_that_could_not_run_is_an_error() -> None:
    (case,) = parsed(made.report(made.broken())).iter("testcase")
    assert [(each.tag, each.get("type"), each.get("message")) for each in case] == [
        ("error", "could-not-run", "runs/gone.npy: no such file")
    ]


def test_findings_of_a_check_are_one_case_that_names_the_first() -> None:
    (case,) = [each for each in parsed(made.REPORTS["twins"])[0].iter("testcase") if len(each)]
    assert case.get("name") == "findings"
    assert case[0].get("message") == "the predictions went through softmax twice (+1 more)"
    assert case[0].text.count("error CE104 double-softmax\n") == 2


def test_limits_of_one_name_are_told_apart_and_keep_their_own_failures() -> None:
    low, high = (made.broken_limit("loss", 0.5, most=most) for most in (0.3, 0.4))
    limits = (made.measured(value=0.5, most=0.3, held=False), made.measured(value=0.5, most=0.4, held=False))
    cases = list(parsed(made.report(made.failed("two", low, high, measured=limits))).iter("testcase"))
    assert [(case.get("name"), case[0].get("message")) for case in cases if len(case)] == [
        ("loss (max)", "loss is 0.5, above its limit 0.3"),
        ("loss (max) #2", "loss is 0.5, above its limit 0.4"),
    ]


def test_what_is_let_pass_and_notes_are_on_standard_output() -> None:
    out = parsed(made.all_passed())[1].findtext("system-out")
    assert out == (
        "let pass: warning CE501 no-better-than-prior: the arrays show no-better-than-prior\n"
        "let pass: note CE210 class-imbalance: the arrays show class-imbalance\n"
        "note: read in 2 blocks"
    )


def test_what_xml_cannot_hold_is_written_as_in_python() -> None:
    root = parsed(made.REPORTS["hostile"])
    name = root[0].get("name")
    assert name.startswith("<script>alert('x')</script>, \"a\": 100%")
    assert "\\x1b[31m\\x00\\ud83d\\ufffe\\u202e" in name

"""The page, the plain lines and the JSON of a report of checks."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import made_reports as made
import pytest
from jsonschema import Draft202012Validator

from ce_core.configs_io import read_text
from ce_core.suite.report import CheckReport
from cepick.render import render

reports = pytest.mark.parametrize("report", made.REPORTS.values(), ids=made.REPORTS)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what renders a page for a terminal of some width."""

    def show(report: CheckReport, columns: int = 100, **environment: str) -> str:
        for name, value in {"TERM": "xterm-256color", "NO_COLOR": "1", **environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("COLUMNS", str(columns))
        return render("check", report, form="text", page=True)

    return show


@reports
@pytest.mark.parametrize("columns", [50, 60, 80, 100, 120])
def test_a_page_fits_its_terminal(page: Any, report: CheckReport, columns: int) -> None:
    lines = page(report, columns).splitlines()
    wide = [sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line) for line in lines]
    assert max(wide) <= columns
    assert lines[0].strip()
    assert lines[-1].strip()


@reports
def test_nothing_in_a_report_steers_a_terminal(page: Any, report: CheckReport) -> None:
    steering = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ufffe]")
    assert not steering.search(page(report))
    assert not steering.search(render("check", report, form="text"))


def test_a_page_has_colour_where_the_terminal_has(page: Any) -> None:
    assert "\x1b[1;31m✗\x1b[0m" in page(made.mixed(), NO_COLOR="")


def test_a_check_that_passed_is_a_line(page: Any) -> None:
    assert page(made.report(made.result())) == (
        "Checks  cepick.yaml\n"
        "     check   loss                           value  decided by             examples\n"
        "  ✓  digits  sparse_softmax_cross_entropy  0.3274  accuracy 0.9407 ≥ 0.9     1,079\n"
        "\n"
        "1 check passed\n"
    )


def test_a_check_that_failed_is_told_in_full(page: Any) -> None:
    report = made.report(made.failed("spam", made.broken_limit("accuracy", 0.87118, least=0.9), measured=()))
    assert page(report, 50) == (
        "Checks  cepick.yaml\n"
        "     check                   value\n"
        "  ✗  spam                   0.3274\n"
        "     accuracy 0.8712 < 0.9\n"
        "\n"
        "✗ spam failed  cepick.yaml:12:5\n"
        "  runs/small/logits.npy against labels.npy\n"
        "  sparse_softmax_cross_entropy 0.327412 nats,\n"
        "  1,079 examples\n"
        "\n"
        "  error limit  accuracy is 0.87118, below its\n"
        "  limit 0.9\n"
        "    where  cepick.yaml:17:24; off by 0.02882\n"
        "    do     Find the change that moved it, or move\n"
        "           the limit where the change is meant\n"
        "\n"
        "1 of 1 check failed: spam\n"
    )


def test_a_finding_names_the_command_that_explains_it(page: Any) -> None:
    shown = page(made.report(made.findings_of_each_severity()))
    assert "  error CE104 double-softmax\n    the predictions went through softmax twice\n" in shown
    assert "more   cepick explain CE104" in shown
    assert "where  runs/small/logits.npy: 1,079 found: rows 3, 17, 40, …" in shown
    assert "loss   1.5293 nats as it stands, 0.3274 read so" in shown


def test_what_is_let_pass_is_told_last_and_shortly(page: Any) -> None:
    shown = page(made.all_passed())
    assert "Let pass  found, and not severe enough to fail its check\n" in shown
    assert "  warning CE501 no-better-than-prior  spam\n" in shown
    assert shown.endswith("\n2 checks passed\n")


def test_what_could_not_run_and_what_failed_comes_first(page: Any) -> None:
    table = page(made.mixed()).split("\n\n")[0].splitlines()[2:]
    assert [line.split()[:2] for line in table] == [
        ["!", "gone"],
        ["✗", "animals"],
        ["✗", "everything"],
        ["✗", "printed"],
        ["✓", "digits"],
        ["✓", "spam"],
    ]


def test_limits_show_their_margin_and_those_beyond_come_first(page: Any) -> None:
    lines = [re.split(" {2,}", line.strip()) for line in page(made.report(made.limits())).splitlines()]
    start = lines.index(["limit", "value", "may be", "margin"])
    assert lines[start + 1 : start + 7] == [
        ["accuracy", "0.8712", "≥ 0.9", "-0.0288", "✗"],
        ["per_class[cat].recall", "0.7100", "≥ 0.8", "-0.09", "✗"],
        ["loss of group=rare", "1.2500", "≤ 1", "-0.25", "✗"],
        ["loss", "0.3274", "≤ 0.4", "+0.0726", "✓"],
        ["per_class[dog].recall", "0.9300", "≥ 0.8", "+0.13", "✓"],
        ["loss of group=common", "0.2900", "≤ 1", "+0.71", "✓"],
    ]
    assert ["group=few", "12", "0.8000", "–", "too few"] in lines


def test_limits_broken_one_after_the_other_share_what_to_do(page: Any) -> None:
    shown = page(made.report(made.limits()))
    assert (
        "  error limit  accuracy is 0.87118, below its limit 0.9\n"
        "    where  cepick.yaml:17:24; off by 0.02882\n"
        "  error limit  per_class[cat].recall is 0.71, below its limit 0.8\n"
        "    where  cepick.yaml:17:24; off by 0.09\n"
        "    do     Find the change that moved it, or move the limit where the change is meant\n"
        "\n"
        "  error slice-limit  loss of group=rare is 1.25, above its limit 1\n"
    ) in shown


def test_problems_beyond_twenty_are_counted(page: Any) -> None:
    shown = page(made.many(30, 0, 0))
    assert shown.count("  error CE104") == 20
    assert "  and 10 problems more, in --format json\n" in shown


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (made.report(), "no checks were run"),
        (made.all_passed(), "2 checks passed"),
        (made.report(made.broken()), "1 of 1 check could not run: gone"),
        (made.report(made.failed(), made.result("b")), "1 of 2 checks failed: digits"),
        (
            made.mixed(),
            "3 of 6 checks failed: animals [MODEL=small], everything, printed; 1 could not run: gone",
        ),
    ],
    ids=["none", "passed", "broken", "failed", "mixed"],
)
def test_the_last_line_is_the_verdict(page: Any, report: CheckReport, says: str) -> None:
    assert page(report).splitlines()[-1] == says
    assert render("check", report, form="text").splitlines()[0] == f"summary\t{says}"


def test_a_terminal_without_unicode_gets_plain_marks(monkeypatch: pytest.MonkeyPatch, page: Any) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert "  x  animals" in page(made.mixed())


@reports
def test_plain_lines_have_a_key_and_cells(report: CheckReport) -> None:
    lines = render("check", report, form="text").splitlines()
    assert all("\t" in line and line[0] != "\t" for line in lines)
    names = {line.split("\t")[1] for line in lines if line.startswith("check\t")}
    assert len([line for line in lines if line.startswith("check\t")]) == len(report.results)
    assert {line.split("\t")[1] for line in lines if line.startswith(("problem\t", "limit\t"))} <= names


def test_the_plain_lines_of_a_broken_limit() -> None:
    report = made.report(made.failed("spam", made.broken_limit("accuracy", 0.87118, least=0.9), measured=()))
    assert render("check", report, form="text").splitlines()[6:] == [
        "check\tspam\tfailed\tsparse_softmax_cross_entropy\t0.3274123456789\tnats\t1079\taccuracy 0.8712 < 0.9\t"
        "cepick.yaml:12:5\truns/small/logits.npy\tlabels.npy",
        "problem\tspam\tlimit\terror\tfails\t\taccuracy is 0.87118, below its limit 0.9\toff by 0.02882\t"
        "find the change that moved it, or move the limit where the change is meant\tcepick.yaml:17:24\t\t"
        "runs/small/logits.npy\t",
    ]


@reports
def test_json_is_strict_and_as_its_schema_says(report: CheckReport) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    schema = json.loads(read_text("schemas/check.schema.json"))
    Draft202012Validator.check_schema(schema)
    parsed = json.loads(render("check", report, form="json"), parse_constant=refuse)
    assert [each.message for each in Draft202012Validator(schema).iter_errors(parsed)] == []
    assert parsed["failed"] == len(report.of_status("failed"))


def test_the_schema_of_a_report_is_strict() -> None:
    schema = Draft202012Validator(json.loads(read_text("schemas/check.schema.json")))
    parsed = made.mixed().to_dict()
    parsed["checks"][1]["problems"][0]["more"] = 1
    assert not schema.is_valid(parsed)

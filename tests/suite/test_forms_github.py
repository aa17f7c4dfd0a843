"""Annotations of GitHub Actions, and the summary of a step."""

from __future__ import annotations

import os
import re
from pathlib import Path

import made_reports as made
import pytest

from ce_core.errors import CepickError
from ce_core.suite.report import CheckReport
from cepick.render import render
from cepick.render.github import SUMMARY, command, step_summary, write_step_summary

reports = pytest.mark.parametrize("report", made.REPORTS.values(), ids=made.REPORTS)


def levels(report: CheckReport) -> list[str]:
    lines = render("check", report, form="github").splitlines()
    return [match[1] for line in lines if (match := re.match(r"::(\w+)", line))]


def test_a_limit_as_an_annotation() -> None:
    report = made.report(made.failed("spam", made.broken_limit("accuracy", 0.87118, least=0.9)))
    assert render("check", report, form="github") == (
        "::error file=cepick.yaml,line=17,col=24,title=spam%3A limit::"
        "accuracy is 0.87118, below its limit 0.9%0AOff by 0.02882%0A"
        "What to do: find the change that moved it, or move the limit where the change is meant%0A"
        "Where: runs/small/logits.npy\n"
        "1 of 1 check failed\n"
    )


@pytest.mark.parametrize(
    ("text", "in_data", "in_property"),
    [
        ("100%", "100%25", "100%25"),
        ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
        ("a: b, c", "a: b, c", "a%3A b%2C c"),
        ("%0A", "%250A", "%250A"),
        ("::error::x", "::error::x", "%3A%3Aerror%3A%3Ax"),
    ],
    ids=["percent", "newline", "colon and comma", "escaped already", "command"],
)
def test_what_would_end_a_command_is_escaped(text: str, in_data: str, in_property: str) -> None:
    assert command("error", text, title=text) == f"::error title={in_property}::{in_data}"


@reports
def test_every_line_but_the_verdict_is_a_command(report: CheckReport) -> None:
    *lines, verdict = render("check", report, form="github").splitlines()
    form = r"::(error|warning|notice) (\w+=[^:,]*(,\w+=[^:,]*)*)?::.+"
    assert all(re.fullmatch(form, line) for line in lines)
    assert re.fullmatch(r"[\w ,]+", verdict)


@pytest.mark.parametrize(
    ("made_of", "errors", "warnings", "notices", "more"),
    [
        ((30, 25, 20), 10, 10, 9, 46),
        ((11, 0, 0), 10, 0, 0, 1),
        ((10, 10, 10), 10, 10, 10, 0),
        ((1, 0, 11), 1, 0, 9, 2),
        ((0, 12, 10), 0, 10, 9, 3),
    ],
)
def test_a_step_shows_ten_of_each_and_says_how_many_more(
    made_of: tuple[int, int, int], errors: int, warnings: int, notices: int, more: int
) -> None:
    report = made.many(*made_of)
    found = levels(report)
    assert found.count("error") == errors
    assert found.count("warning") == warnings
    assert found.count("notice") == notices + (more > 0)
    assert found == sorted(found, key=["error", "warning", "notice"].index)
    last = render("check", report, form="github").splitlines()[-2]
    says = f"::notice title=cepick check::{more} problem{'s' * (more != 1)} more in the step summary"
    assert (last == says) is (more > 0)


def test_what_fails_comes_before_what_is_let_pass() -> None:
    let_pass = made.result("a", problems=(made.problem(fails=False),))
    titles = re.findall(
        r"title=(\w+)", render("check", made.report(let_pass, made.failed("b")), form="github")
    )
    assert titles == ["b", "a"]


def test_no_check_takes_the_room_of_the_others() -> None:
    crowd = made.failed("crowd", *[made.broken_limit(f"p{at}", 0.5, most=0.4) for at in range(12)])
    text = render("check", made.report(crowd, made.failed("one"), made.failed("two")), form="github")
    assert re.findall(r"title=(\w+)", text) == ["crowd", "one", "two", *["crowd"] * 7, "cepick"]
    assert "::p6 is 0.5" in text
    assert "::p8 is 0.5" not in text


def test_checks_without_a_file_are_annotated_without_one() -> None:
    text = render("check", made.REPORTS["no file"], form="github")
    assert text.startswith("::error title=mapping%3A CE104 double-softmax::")


def test_the_step_summary_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("# Before\n", encoding="utf-8")
    assert write_step_summary(made.mixed(), {"GITHUB_STEP_SUMMARY": str(path)}) == str(path)
    assert path.read_text(encoding="utf-8") == "# Before\n\n" + step_summary(made.mixed())


@pytest.mark.parametrize("environment", [{}, {"GITHUB_STEP_SUMMARY": ""}], ids=["unset", "empty"])
def test_no_summary_is_written_where_none_is_wanted(environment: dict[str, str]) -> None:
    assert write_step_summary(made.mixed(), environment) is None


def test_a_summary_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CepickError) as caught:
        write_step_summary(made.mixed(), {"GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert str(caught.value) == (
        f"{tmp_path}: the step summary cannot be appended (Is a directory); "
        "unset GITHUB_STEP_SUMMARY, or let it name a file that can be written"
    )


def _large(checks: int) -> CheckReport:
    one = made.failed("a" * 150, *[made.problem(because="б" * 900) for _ in range(20)])
    return made.report(*[one] * checks)


def test_a_summary_is_cut_at_a_mebibyte_and_says_so() -> None:
    text = step_summary(_large(60))
    assert SUMMARY - 60_000 < len(text.encode()) <= SUMMARY
    assert re.search(r"What is wrong with \d+ checks more that did not pass is in `--format json`", text)
    assert text.count("<details") == text.count("</details>")


def test_what_is_in_the_summary_already_counts(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_bytes(b"x" * (SUMMARY - 100_000))
    write_step_summary(_large(60), {"GITHUB_STEP_SUMMARY": str(path)})
    assert SUMMARY - 60_000 < os.path.getsize(path) <= SUMMARY


def test_lone_halves_of_pairs_do_not_stop_a_summary(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    write_step_summary(made.REPORTS["hostile"], {"GITHUB_STEP_SUMMARY": str(path)})
    assert "\\ud83d" in path.read_text(encoding="utf-8")

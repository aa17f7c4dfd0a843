"""The Markdown of a report of checks."""

from __future__ import annotations

import re

import made_reports as made
import pytest
from markdown_it import MarkdownIt

from ce_core.suite.report import CheckReport
from cepick.render import render
from cepick.render.control import harmless
from cepick.render.markdown_check import COMMENT, check_markdown

reports = pytest.mark.parametrize("report", made.REPORTS.values(), ids=made.REPORTS)


def test_a_failed_check_in_markdown() -> None:
    report = made.report(made.failed("a|b", made.problem("CE104"), measured=()), made.result())
    assert render("check", report, form="markdown") == (
        "## ❌ 1 of 2 checks failed\n"
        "\n"
        "|  | check | loss | value | decided by | examples |\n"
        "|---|---|---|---:|---|---:|\n"
        "| ❌ | `a\\|b` | `sparse_softmax_cross_entropy` | 0.3274 nats | CE104 double-softmax | 1,079 |\n"
        "| ✅ | `digits` | `sparse_softmax_cross_entropy` | 0.3274 nats | accuracy 0.9407 ≥ 0.9 | 1,079 |\n"
        "\n"
        "<details open>\n"
        "<summary>❌ <code>a|b</code> failed (<code>cepick.yaml:12:5</code>)</summary>\n"
        "\n"
        "`runs/small/logits.npy` against `labels.npy`\n"
        "\n"
        "- **error** `CE104` double-softmax: the predictions went through softmax twice  \n"
        "  Every row lies between 0.085 and 0.232, as a second softmax over 10 classes leaves it  \n"
        "  **Loss:** 1.5293 nats as it stands, 0.3274 read so (p = 1e-30, 1,079 rows)  \n"
        "  **Where:** runs/small/logits.npy: 1,079 found: rows 3, 17, 40, …  \n"
        "  **Do:** hand over the logits, before any softmax  \n"
        "  **More:** `cepick explain CE104`\n"
        "\n"
        "</details>\n"
    )


@reports
def test_tables_have_as_many_cells_as_their_header_and_folds_are_closed(report: CheckReport) -> None:
    text = render("check", report, form="markdown")
    assert text.startswith("## ")
    assert "\n\n\n" not in text
    assert text.count("<details") == text.count("</details>") == text.count("<summary>")
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if lines[0].startswith("|"):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1, block


def test_nothing_of_a_name_is_markup() -> None:
    text = render("check", made.REPORTS["hostile"], form="markdown")
    parsed = MarkdownIt("commonmark").enable("table").parse(text)
    tokens = [each for block in parsed for each in (block, *(block.children or ()))]
    kinds = {each.type for each in tokens}
    assert "table_open" in kinds
    assert not kinds & {"html_inline", "link_open", "image", "em_open"}
    blocks = "".join(each.content for each in tokens if each.type == "html_block")
    assert {*re.findall(r"</?\w+", blocks)} == {
        *("<details", "</details", "<summary", "</summary", "<code", "</code"),
    }
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", text)


def test_a_report_of_any_size_fits_a_comment_and_says_what_is_left_out() -> None:
    one = made.failed("a" * 150, *[made.problem(because="b" * 900) for _ in range(30)])
    text = render("check", made.report(*[one] * 400), form="markdown")
    assert COMMENT - 30_000 < len(text.encode()) <= COMMENT
    assert re.search(r"\n\n\d+ checks more are in `--format json`\.\n\n", text)
    assert re.search(r"What is wrong with \d+ checks more that did not pass is in `--format json`", text)
    assert text.count("<details") == text.count("</details>")
    assert text.endswith(".\n")


def test_problems_beyond_twenty_are_counted() -> None:
    text = render("check", made.many(30, 0, 0), form="markdown")
    assert text.count("- **error**") == 20
    assert "\n10 problems more in `--format json`.\n" in text


@pytest.mark.parametrize("most", [2_000, 5_000, 20_000, 1 << 20])
def test_the_size_is_kept(most: int) -> None:
    report = harmless(
        made.report(made.limits(), made.hostile(), *[made.broken(f"n{at}") for at in range(300)])
    )
    text = check_markdown(report, most)
    assert len(text.encode()) <= most

"""What holds of every form of a report of checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import made_reports as made
import pytest

from ce_core.errors import CepickError
from ce_core.suite.report import CheckReport
from cepick.render import FORMS, forms_of, render

HERE = Path(__file__).parent
OWN = [form for form in forms_of("check") if form != "html"]

_SCRIPT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import made_reports as made
from cepick.render import render
for form in sys.argv[2:]:
    for name, report in made.REPORTS.items():
        text = render("check", report, form=form)
        print(form, name, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
"""


def test_a_report_of_checks_has_these_forms() -> None:
    assert forms_of("check") == ("text", "json", "markdown", "junit", "sarif", "github", "gitlab", "html")
    assert forms_of("evaluation") == ("text", "json", "markdown", "html")


@pytest.mark.parametrize(
    ("kind", "form", "says"),
    [
        ("check", "sarfi", "sarfi: no form of this answer; did you mean 'sarif'?"),
        ("check", "xml", "xml: no form of this answer; choose from text, json"),
        ("match", "junit", "junit: no form of this answer; choose from text, json, markdown"),
    ],
)
def test_another_form_is_refused_with_the_nearest(kind: str, form: str, says: str) -> None:
    with pytest.raises(CepickError) as caught:
        render(kind, made.mixed(), form=form)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize("form", OWN)
@pytest.mark.parametrize("report", made.REPORTS.values(), ids=made.REPORTS)
def test_a_report_rendered_twice_is_the_same_text(form: str, report: CheckReport) -> None:
    assert render("check", report, form=form) == render("check", report, form=form)


def test_no_form_depends_on_the_order_of_hashes() -> None:
    def rendered(seed: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(HERE), *OWN],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            timeout=120,
            check=True,
        )
        return done.stdout

    first = rendered("1")
    assert len(first.splitlines()) == len(OWN) * len(made.REPORTS)
    assert first == rendered("2")


@pytest.mark.parametrize("form", [form for form in OWN if form not in ("json", "text")])
def test_three_megabytes_of_a_message_are_cut(form: str) -> None:
    text = render("check", made.report(made.hostile()), form=form)
    assert len(text) < 60_000
    assert "characters more" in text or form == "gitlab"


def test_only_what_a_form_needs_is_imported() -> None:
    code = (
        "import sys; from cepick.render import render, FORMS; "
        "from ce_core.suite.report import CheckReport; "
        "render('check', CheckReport(file=None, fail_on='error', results=()), form='junit'); "
        "print([name for name in ('rich', 'yaml', 'numpy.random') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_kind_has_text_first() -> None:
    assert {forms[0] for forms in FORMS.values()} == {"text"}

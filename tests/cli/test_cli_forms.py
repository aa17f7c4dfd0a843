"""Every form of every kind of answer, on answers made by hand."""

from __future__ import annotations

import json
import re
import unicodedata
from itertools import pairwise
from typing import Any

import made_answers as made
import pytest

from ce_core.compute.evaluation import Diagnostics, Evaluation
from ce_core.decide.recommend import recommend
from ce_core.lookup.catalogue import catalogue
from ce_core.lookup.explain import explain, topics
from ce_core.lookup.explanation import Topics
from ce_core.matching.famous import look_up
from ce_core.task import Task
from cepick.render import FORMATS, render

MULTICLASS = Task(outcomes="multiclass", exclusive=True, targets="hard", outputs="logits")

ANSWERS: dict[str, tuple[str, Any]] = {
    "topics": ("topics", Topics(names=topics())),
    "decided": ("recommendation", recommend(MULTICLASS)),
    "changed": (
        "recommendation",
        recommend(MULTICLASS, imbalance=20.0, ignore_index=-100, framework="torch"),
    ),
    "open": ("recommendation", recommend(Task(outputs="logits"))),
    "regression": ("recommendation", recommend(Task(kind="regression"))),
    "evaluated": ("evaluation", made.evaluation()),
    "wrong": ("evaluation", made.many_classes()),
    "ambiguous": ("evaluation", made.undecided()),
    "continuous": (
        "evaluation",
        made.evaluation(
            status="not_a_cross_entropy",
            loss=None,
            value=None,
            instead="mean_squared_error",
            diagnostics=Diagnostics(count=0, ignored=0),
        ),
    ),
    "matched": ("match", made.match()),
    "batches": ("match", made.matched_batches()),
    "unmatched": ("match", made.no_match()),
    "not-finite": ("match", made.not_finite()),
    "famous": ("match", look_up(["0.6931", "0.0", "1.0"])),
    "unreduced": ("evaluation", made.evaluation(value=None, reduction="none")),
    "losses": ("losses", catalogue()),
    "loss": ("explanation", explain("softmax_cross_entropy")),
    "finding": ("explanation", explain("CE102")),
    "function": ("explanation", explain("torch.nn.BCEWithLogitsLoss")),
    "pair": ("explanation", explain("sigmoid", "softmax")),
}
answers = pytest.mark.parametrize(("kind", "answer"), ANSWERS.values(), ids=ANSWERS)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what renders a page without colour for a terminal of some width."""

    def show(kind: str, answer: Any, columns: int = 100, **environment: str) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("NO_COLOR", "1")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return render(kind, answer, form="text", page=True)

    return show


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def _is_code(line: str) -> bool:
    return bool(re.match(r" {4}(#|import |from |.*[(=])", line))


@answers
@pytest.mark.parametrize("columns", [60, 80, 100, 200])
def test_a_page_fits_its_terminal_but_for_code_that_must_stay_whole(
    page: Any, kind: str, answer: Any, columns: int
) -> None:
    lines = page(kind, answer, columns).splitlines()
    assert [line for line in lines if _width(line) > columns and not _is_code(line)] == []


@answers
def test_a_page_starts_and_ends_without_an_empty_line(page: Any, kind: str, answer: Any) -> None:
    lines = page(kind, answer).split("\n")
    assert lines[0].strip()
    assert lines[-2].strip()
    assert lines[-1] == ""


@answers
@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"NO_COLOR": "", "TERM": "dumb"}], ids=["no-color", "dumb"]
)
def test_a_page_without_colour_holds_no_escape_code(
    page: Any, kind: str, answer: Any, environment: dict[str, str]
) -> None:
    assert "\x1b" not in page(kind, answer, **environment)


def test_a_page_has_colour_where_the_terminal_has(page: Any) -> None:
    assert "\x1b[" in page("evaluation", made.evaluation(), NO_COLOR="")


@answers
def test_plain_text_is_tabbed_lines_without_boxes_or_escape_codes(kind: str, answer: Any) -> None:
    text = render(kind, answer, form="text")
    assert all("\t" in line and line[0] != "\t" for line in text.splitlines())
    assert not re.search("[\x1b\u2500-\u259f]", text)


@answers
def test_json_is_strict(kind: str, answer: Any) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    parsed = json.loads(render(kind, answer, form="json"), parse_constant=refuse)
    assert parsed["schema"].startswith("cepick.")


@answers
def test_markdown_tables_have_as_many_cells_as_their_header(kind: str, answer: Any) -> None:
    text = render(kind, answer, form="markdown")
    assert text.startswith("## ")
    assert "\n\n\n" not in text
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if lines[0].startswith("|"):
            cells = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
            assert len(cells) == 1, block


@pytest.mark.parametrize("form", [*FORMATS, "page"])
def test_every_form_knows_every_kind_of_answer(form: str) -> None:
    from importlib import import_module

    from cepick.render import _MODULES, FORMS

    known = set(import_module(_MODULES[form], "cepick.render").RENDER)
    assert {kind for kind, _ in ANSWERS.values()} | {"check"} <= known <= set(FORMS)


def test_markup_in_the_arrays_is_shown_as_it_is(page: Any) -> None:
    finding = made.evaluation(findings=(made.FINDING,), predictions="[red]p[/red] :smile:.npy")
    shown = page("evaluation", finding)
    assert "[red]p[/red] :smile:.npy" in shown
    assert "<b>not</b> `ok`" in shown
    assert "&lt;b>not&lt;/b> \\`ok\\`" in render("evaluation", finding, form="markdown")


def test_the_page_gives_the_answer_first(page: Any) -> None:
    lines = page("evaluation", made.evaluation()).splitlines()
    assert "sparse_softmax_cross_entropy" in lines[1]
    assert "0.327412 nats" in lines[2]
    assert "mean of 1,079 examples" in lines[2]


def test_a_value_with_an_error_is_not_called_good(page: Any) -> None:
    shown = page("evaluation", made.evaluation(findings=(made.FINDING,)))
    assert "an error was found: CE103 logits-as-probabilities" in shown
    assert "below what the class frequencies alone would give" not in shown


@pytest.mark.parametrize(
    ("d2", "says"),
    [(0.5, "50.0 % below what"), (0.001, "no better than"), (-0.5, "worse than")],
    ids=["better", "same", "worse"],
)
def test_the_verdict_is_against_the_class_frequencies(page: Any, d2: float, says: str) -> None:
    assert says in page("evaluation", made.evaluation(diagnostics=made.diagnostics(d2=d2)))


def test_the_page_names_the_flag_that_overrides_what_was_inferred(page: Any) -> None:
    shown = page("evaluation", made.evaluation(), columns=120)
    assert re.search(r"outputs +logits .*--probabilities, --log-probabilities", shown)
    assert re.search(r"outcomes +multiclass +said\n", shown)


def test_more_classes_than_fit_are_counted(page: Any) -> None:
    shown = page("evaluation", made.many_classes())
    assert "… 84 between" in shown
    assert "and 900 more classes of 9,000 examples, mean loss 1.5000" in shown


def test_a_bar_grows_with_its_share() -> None:
    from cepick.render.parts import Page

    drawn = [str(Page(width=80, colour=False).bar(share / 100, 20)) for share in range(101)]
    assert (drawn[0], drawn[100]) == ("", "█" * 20)
    assert all(len(one) <= len(two) for one, two in pairwise(drawn))
    assert drawn[1] != ""


@pytest.mark.parametrize("count", [0, 1])
def test_figures_that_are_missing_are_left_out(page: Any, count: int) -> None:
    bare: Evaluation = made.evaluation(diagnostics=Diagnostics(count=count, ignored=0), evidence=())
    for form in FORMATS:
        assert render("evaluation", bare, form=form)
    assert "Is it any good?" not in page("evaluation", bare)


def test_a_terminal_without_unicode_gets_plain_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    shown = render("evaluation", made.evaluation(), form="text", page=True)
    assert "#####" in shown
    assert not re.search("[\u2500-\u259f]", shown)


def test_what_stands_beside_a_heading_goes_below_it_where_there_is_no_room(page: Any) -> None:
    beside, below = (page("evaluation", made.evaluation(), columns) for columns in (100, 60))
    assert "Read as  what the arrays show, and the flag that overrides it\n" in beside
    assert "Read as\n  what the arrays show, and the flag that overrides it\n" in below

"""The HTML that a notebook shows: well formed, escaped, and about the answer."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from ce_core.compute.evaluate import evaluate, infer
from ce_core.decide.recommend import recommend
from ce_core.matching.famous import look_up
from ce_core.task import Task

LOGITS = np.array([[4.0, 0.0, -1.0], [0.5, 1.0, -2.0], [3.0, -2.0, 5.0]])

ANSWERS: dict[str, Any] = {
    "task": Task(outcomes="multiclass", class_axis=(1, 2), imbalance=20.0, masked=False),
    "empty-task": Task(),
    "recommendation": recommend(
        Task(outcomes="multiclass", exclusive=True, targets="hard", outputs="logits")
    ),
    "undecided": recommend(Task(outputs="logits")),
    "regression": recommend(Task(kind="regression")),
    "inference": infer(LOGITS, [0, 1, 2]),
    "ambiguous": infer(np.array([0.25, 0.75, 0.5]), [0, 1, 1]),
    "evaluation": evaluate(LOGITS, [0, 1, 2]),
    "finding": evaluate(LOGITS, [1, 2, 3]),
    "infinite": evaluate(np.array([[1.0, 0.0], [0.5, 0.5]]), [1, 1]),
    "match": look_up(["0.6931", "16.118"]),
    "no match": look_up("1.2345"),
    "unreduced": evaluate(LOGITS, [0, 1, 2], reduction="none"),
}


class Balanced(HTMLParser):
    """Counts the cells of each row, and fails where tags do not close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[int]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            return
        self.open.append(tag)
        if tag == "table":
            self.rows.append([])
        if tag == "tr":
            self.rows[-1].append(0)
        if tag in {"td", "th"}:
            self.rows[-1][-1] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(answer: Any) -> Balanced:
    parser = Balanced()
    parser.feed(answer._repr_html_())
    parser.close()
    return parser


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_is_well_formed_with_rows_of_one_length(answer: Any) -> None:
    parser = read(answer)
    assert parser.open == []
    assert all(len(set(rows)) == 1 for rows in parser.rows)


def test_an_evaluation_shows_its_value_and_how_each_class_fares() -> None:
    answer = ANSWERS["evaluation"]
    text = read(answer).text
    assert f"{answer.value:.6g}" in text
    assert "sparse_softmax_cross_entropy" in text
    assert "Classes, the worst first" in text


def test_a_finding_is_shown_with_its_code() -> None:
    assert "error CE202 one-based-labels" in read(ANSWERS["finding"]).text


def test_a_loss_that_is_infinite_is_said_so() -> None:
    assert "inf" in read(ANSWERS["infinite"]).text


def test_names_from_the_arrays_are_escaped() -> None:
    answer = evaluate(LOGITS, [0, 1, 2], class_names=["<script>alert(1)</script>", "a&b", '"c"'])
    html = answer._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "a&amp;b" in html


def test_more_classes_than_ten_are_counted() -> None:
    answer = evaluate(np.eye(12), list(range(12)), outputs="logits")
    assert "Classes, the worst first (2 more)" in read(answer).text


def test_a_match_shows_what_gives_the_number_and_what_to_do() -> None:
    text = read(ANSWERS["match"]).text
    assert "0.6931, 16.118: 2 listed" in text
    assert "zero-probability" in text
    assert "ln 2: every one of 2 classes" in text
    assert "nothing matches" in read(ANSWERS["no match"]).text
    assert "Nearest, and not the number" in read(ANSWERS["no match"]).text

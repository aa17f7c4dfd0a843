"""One data set, many numbers: each convention by name, against closed forms."""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np
import pytest

from ce_core import evaluate

LOGITS = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]]
LABELS = [0, 2, 1]
ONE_HOT = [[1, 0, 0], [0, 0, 1], [0, 1, 0]]

FIRST = log(1 + exp(-2) + exp(-3))
SECOND = log(exp(0.5) + exp(1) + 1)
THIRD = log(exp(3) + exp(-2) + 1) + 2

CLASS = {"class_weights": [1.0, 2.0, 10.0]}
ROWS = {"sample_weights": [1.0, 2.0, 0.0]}

CONVENTIONS: dict[str, tuple[dict[str, Any], float, float]] = {
    # The sums of -log softmax over the classes are 3 (FIRST + 2) - 1, 3 SECOND - 1.5 and 3 (THIRD - 2) - 1.
    "mean": ({}, (FIRST + SECOND + THIRD) / 3, 2.3017),
    "sum": ({"reduction": "sum"}, FIRST + SECOND + THIRD, 6.9051),
    "bits": ({"base": "bits"}, (FIRST + SECOND + THIRD) / 3 / log(2), 3.3207),
    "class weights over their sum": (CLASS, (FIRST + 10 * SECOND + 2 * THIRD) / 13, 2.0833),
    "class weights over the batch": (
        {**CLASS, "mean_over": "batch"},
        (FIRST + 10 * SECOND + 2 * THIRD) / 3,
        9.0275,
    ),
    "class weights over the classes, too": (
        {**CLASS, "mean_over": "elements"},
        (FIRST + 10 * SECOND + 2 * THIRD) / 9,
        3.0092,
    ),
    "row weights over their sum": (ROWS, (FIRST + 2 * SECOND) / 3, 1.1768),
    "row weights over those above zero": (
        {**ROWS, "mean_over": "nonzero_weights"},
        (FIRST + 2 * SECOND) / 2,
        1.7652,
    ),
    "row weights over the counted": ({**ROWS, "mean_over": "valid"}, (FIRST + 2 * SECOND) / 3, 1.1768),
    "smoothed": (
        {"label_smoothing": 0.1},
        0.3 * (FIRST + SECOND + THIRD) + 0.1 * (3 * FIRST + 5 + 3 * SECOND - 1.5 + 3 * THIRD - 7) / 9,
        2.2628,
    ),
}


@pytest.mark.parametrize(
    ("options", "exact", "shown"), CONVENTIONS.values(), ids=[name.replace(" ", "-") for name in CONVENTIONS]
)
@pytest.mark.parametrize("targets", [LABELS, ONE_HOT], ids=["index", "one-hot"])
def test_each_convention_has_its_number(
    options: dict[str, Any], exact: float, shown: float, targets: Any
) -> None:
    value = evaluate(LOGITS, targets, **options).value
    assert value == pytest.approx(exact, rel=1e-14)
    assert round(exact, 4) == shown


@pytest.mark.parametrize(
    ("clip", "shown"),
    [(1e-7, 16.118), (float(np.finfo(np.float64).eps), 36.044), (float(np.finfo(np.float32).eps), 15.942)],
    ids=["keras", "scikit-learn-float64", "scikit-learn-float32"],
)
def test_probability_zero_costs_what_the_clip_says(clip: float, shown: float) -> None:
    answer = evaluate([[0.0, 1.0]], [0], clip=clip, outputs="probabilities")
    assert answer.value == pytest.approx(-log(clip), rel=1e-15)
    assert round(-log(clip), 3) == shown
    assert answer.diagnostics.clipped_share == 1.0
    assert answer.diagnostics.zero_probabilities == 1


def test_without_a_clip_probability_zero_costs_infinity_and_the_finding_has_the_usual_clips() -> None:
    answer = evaluate([[0.0, 1.0], [0.5, 0.5]], [0, 1], outputs="probabilities")
    assert answer.value == np.inf
    assert answer.diagnostics.clipped_share is None
    found = {each.code: each for each in answer.findings}["CE108"]
    assert found.count == 1
    assert found.rows == (0,)
    for value in (16.1181, 36.0437, 34.5388):
        assert f"{(value + log(2)) / 2:.4f}"[:5] in found.because


def test_smoothing_gives_weight_to_a_class_of_probability_zero() -> None:
    answer = evaluate([[0.0, 1.0], [0.5, 0.5]], [1, 1], outputs="probabilities", label_smoothing=0.1)
    assert answer.value == np.inf
    assert answer.diagnostics.zero_probabilities == 1
    assert "CE108" in {each.code for each in answer.findings}


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_no_value_exists_where_everything_is_ignored(reduction: Any) -> None:
    answer = evaluate(LOGITS, [-100, -100, -100], ignore_index=-100, reduction=reduction)
    assert answer.value is None
    assert (answer.count, answer.ignored) == (0, 3)
    assert {each.code for each in answer.findings} == {"CE207"}
    assert answer.failed


def test_weights_that_are_all_zero_divide_by_nothing() -> None:
    answer = evaluate(LOGITS, LABELS, sample_weights=[0, 0, 0])
    assert answer.value is None
    assert answer.count == 3


def test_the_worst_rows_and_the_quantiles_of_the_three() -> None:
    found = evaluate(LOGITS, LABELS).diagnostics
    assert [row.row for row in found.worst] == [2, 1, 0]
    assert [row.label for row in found.worst] == [1, 2, 0]
    assert [row.prediction for row in found.worst] == [0, 1, 0]
    assert [row.loss for row in found.worst] == pytest.approx([THIRD, SECOND, FIRST], rel=1e-14)
    assert [row.probability for row in found.worst] == pytest.approx(
        [exp(-THIRD), exp(-SECOND), exp(-FIRST)], rel=1e-14
    )
    assert found.quantiles is not None
    assert found.quantiles.exact
    assert (found.quantiles.p50, found.quantiles.max) == pytest.approx((SECOND, THIRD), rel=1e-14)
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.uniform == pytest.approx(log(3))
    assert found.prior_entropy == pytest.approx(log(3))
    assert found.perplexity == pytest.approx(exp((FIRST + SECOND + THIRD) / 3))

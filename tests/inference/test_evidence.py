"""What the arrays show, who says so, and how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from clean_pairs import sigmoid, softmax

from ce_core import Evidence, Task, infer
from ce_core.errors import CepickError
from ce_core.read.infer import Inference

rng = np.random.default_rng(3)
LABELS = np.arange(40) % 4
LOGITS = rng.normal(0, 1, (40, 4)) + 2 * np.eye(4)[LABELS]
MULTI = (rng.random((40, 4)) < 0.4) * 1.0
MULTI[0], MULTI[1] = 1, 0


def evidence(found: Inference, name: str) -> Evidence:
    return next(each for each in found.evidence if each.property == name)


def test_every_property_has_one_piece_of_evidence_with_its_value() -> None:
    found = infer(LOGITS, LABELS)
    assert {each.property: each.value for each in found.evidence} == dict(found.task.known())
    assert all(each.because and 0 < each.confidence <= 1 for each in found.evidence)


def test_what_is_said_stays_and_is_marked_as_said() -> None:
    found = infer(softmax(LOGITS), LABELS, Task(outputs="logits", label_base=0))
    assert found.task.outputs == "logits"
    assert evidence(found, "outputs").source == "said"
    assert [each.code for each in found.findings] == ["CE102"]


@pytest.mark.parametrize(
    ("predictions", "outputs", "because"),
    [
        (LOGITS, "logits", "outside [0, 1]"),
        (softmax(LOGITS), "probabilities", "sums to 1"),
        (np.log(softmax(LOGITS)), "log_probabilities", "exponentials"),
        (softmax(LOGITS).astype(np.float16), "probabilities", "float16"),
    ],
    ids=["logits", "probabilities", "log-probabilities", "float16"],
)
def test_outputs_are_told_with_the_numbers_that_show_them(
    predictions: np.ndarray, outputs: str, because: str
) -> None:
    found = evidence(infer(predictions, LABELS), "outputs")
    assert (found.value, found.source) == (outputs, "predictions")
    assert because in found.because


def test_sigmoid_outputs_are_told_from_logits_by_the_targets() -> None:
    found = infer(sigmoid(2 * LOGITS), (LOGITS > 0) * 1.0)
    assert found.task.outputs == "probabilities"
    told = evidence(found, "outputs")
    assert told.source == "both"
    assert told.confidence >= 0.8
    assert "--logits" in told.because


SMALL: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "multi-label": (rng.uniform(0, 1, (300, 4)), (rng.random((300, 4)) < 0.5) * 1.0),
    "rare labels": (rng.uniform(0, 0.2, (300, 4)), (rng.random((300, 4)) < 0.03) * 1.0),
    "common labels": (rng.uniform(0.8, 1, (300, 4)), (rng.random((300, 4)) < 0.97) * 1.0),
    "one outcome": (rng.uniform(0, 1, 300), (rng.random(300) < 0.5) * 1.0),
    "one outcome, rare": (rng.uniform(0, 0.1, 3000), (rng.random(3000) < 0.01) * 1.0),
    "one example": (np.array([0.7]), np.array([1])),
    "two alike": (np.array([0.9, 0.9]), np.array([1, 1])),
    "class indices": (rng.uniform(0, 1, (300, 4)), np.arange(300) % 4),
    "one-hot": (rng.uniform(0, 1, (300, 4)), np.eye(4)[np.arange(300) % 4]),
    "soft rows": (rng.uniform(0, 1, (300, 4)), softmax(rng.normal(0, 1, (300, 4)))),
}


@pytest.mark.parametrize(("predictions", "targets"), SMALL.values(), ids=SMALL)
def test_small_logits_are_never_taken_for_probabilities(predictions: np.ndarray, targets: np.ndarray) -> None:
    found = infer(predictions, targets)
    assert found.task.outputs is None
    assert found.question is not None
    assert "--logits" in found.question
    assert "--probabilities" in found.question


@pytest.mark.parametrize(("rows", "least", "most"), [(1, 0.5, 0.5), (2, 0.75, 0.75), (30, 0.999, 1.0)])
def test_few_one_hot_rows_are_less_sure_to_be_exclusive(rows: int, least: float, most: float) -> None:
    found = evidence(infer(LOGITS[:rows], np.eye(4)[LABELS[:rows]]), "exclusive")
    assert found.value is True
    assert least <= found.confidence <= most
    assert ("--multilabel" in found.because) == (rows < 10)


def test_probabilities_that_sum_to_1_make_one_row_sure() -> None:
    found = evidence(infer(softmax(LOGITS[:1]), np.eye(4)[LABELS[:1]]), "exclusive")
    assert (found.value, found.source, found.confidence) == (True, "both", 1.0)


def test_probabilities_that_do_not_sum_to_1_make_few_one_hot_rows_independent() -> None:
    found = infer(sigmoid(LOGITS[:2]), np.eye(4)[LABELS[:2]], Task(outputs="probabilities"))
    assert found.task.exclusive is False
    assert "--exclusive" in evidence(found, "exclusive").because
    assert found.findings == ()


def test_unlabelled_rows_beside_one_hot_rows_leave_the_classes_exclusive_under_a_softmax() -> None:
    targets = np.eye(4)[LABELS]
    targets[3] = 0
    assert infer(softmax(LOGITS), targets).task.exclusive is True
    assert infer(LOGITS, targets).task.exclusive is False


AXES: dict[str, tuple[np.ndarray, np.ndarray, Any]] = {
    "labels larger than the last axis": (
        rng.normal(0, 1, (6, 5, 3, 3))[:, :, :, 0],
        np.arange(18).reshape(6, 3) % 5,
        1,
    ),
    "square, labels within": (rng.normal(0, 1, (6, 5, 5)), np.arange(30).reshape(6, 5) % 5, 2),
    "square, probabilities along axis 1": (
        np.moveaxis(softmax(rng.normal(0, 1, (6, 5, 5))), -1, 1),
        np.arange(30).reshape(6, 5) % 5,
        1,
    ),
    "one-hot along axis 1": (
        np.moveaxis(rng.normal(0, 1, (9, 4, 2, 3)), 1, 1),
        np.moveaxis(np.eye(4)[np.arange(54).reshape(9, 2, 3) % 4], -1, 1),
        1,
    ),
    "one-hot along the last axis": (
        rng.normal(0, 1, (9, 2, 3, 4)),
        np.eye(4)[np.arange(54).reshape(9, 2, 3) % 4],
        3,
    ),
}


@pytest.mark.parametrize(("predictions", "targets", "axis"), AXES.values(), ids=AXES)
def test_the_values_settle_the_class_axis_where_the_shapes_do_not(
    predictions: np.ndarray, targets: np.ndarray, axis: int
) -> None:
    assert infer(predictions, targets).task.class_axis == axis


def test_a_class_axis_that_stays_open_is_told_with_the_flag() -> None:
    found = evidence(infer(rng.normal(0, 1, (6, 5, 5)), np.arange(30).reshape(6, 5) % 5), "class_axis")
    assert "--class-axis 1" in found.because
    assert found.confidence < 1


CONTRADICTIONS: dict[str, tuple[np.ndarray, np.ndarray, dict[str, Any], str]] = {
    "classes": (LOGITS, LABELS, {"classes": 7}, "has 4 columns"),
    "units": (LOGITS, LABELS, {"units": 7}, "has 4 columns"),
    "binary": (LOGITS, LABELS, {"outcomes": "binary"}, "4 columns"),
    "encoding": (LOGITS, LABELS, {"encoding": "one_hot"}, "one_hot"),
    "axis": (LOGITS, LABELS, {"class_axis": 5}, "no axis 5"),
    "independent labels by index": (LOGITS, LABELS, {"exclusive": False}, "exclusive False"),
    "soft labels by index": (LOGITS, LABELS, {"targets": "soft"}, "targets 'soft'"),
    "log-probabilities of labels": (
        LOGITS,
        MULTI,
        {"outputs": "log_probabilities", "exclusive": False},
        "log-probabilities",
    ),
}


@pytest.mark.parametrize(
    ("predictions", "targets", "said", "says"), CONTRADICTIONS.values(), ids=CONTRADICTIONS
)
def test_what_cannot_be_is_one_line(
    predictions: np.ndarray, targets: np.ndarray, said: dict[str, Any], says: str
) -> None:
    with pytest.raises(CepickError) as caught:
        infer(predictions, targets, Task(**said))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_infinite_targets_are_refused() -> None:
    with pytest.raises(CepickError, match="targets: holds inf"):
        infer(LOGITS, np.where(MULTI == 1, np.inf, 0))


def test_what_later_blocks_show_counts_as_much_as_the_first() -> None:
    rows = 40_000
    predictions = np.tile(softmax(LOGITS), (rows // 40, 1))
    labels = np.tile(LABELS, rows // 40)
    assert infer(predictions, labels).task.outputs == "probabilities"
    predictions[-1] = [3.0, -1.0, 0.0, 0.0]
    assert infer(predictions, labels).task.outputs == "logits"


def test_a_header_of_rows_sorted_by_class_does_not_hide_the_sigmoid() -> None:
    targets = np.sort((rng.random(300_000) < 0.3) * 1.0)
    predictions = sigmoid(rng.normal(0, 1, 300_000) + 3 * (2 * targets - 1))
    assert infer(predictions, targets).task.outputs == "probabilities"

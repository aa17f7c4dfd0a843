"""What a newcomer met on the first day: one column anywhere, weights of zero, marks, masks, and wrong types."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ce_core import Task, evaluate, infer, kernels
from ce_core.errors import CepickError
from ce_core.read.facts import TargetFacts
from ce_core.read.infer import sentinel_among

rng = np.random.default_rng(11)
PIXELS = rng.normal(0, 3, (2, 1, 8, 8))
MASKS = (rng.random((2, 8, 8)) < 0.5).astype(int)
LOGITS = rng.normal(0, 3, (40, 5))
LABELS = np.arange(40) % 5
ROWS = np.eye(5)[LABELS]


def codes(**arguments: Any) -> list[str]:
    return [finding.code for finding in evaluate(**arguments).findings]


@pytest.mark.parametrize(
    "targets", [MASKS, MASKS[:, None], MASKS[:, None] * 1.0], ids=["BHW", "B1HW", "floats"]
)
@pytest.mark.parametrize("loss", [None, "sigmoid_cross_entropy"])
def test_one_channel_of_pixels_is_one_outcome_for_each(targets: np.ndarray, loss: str | None) -> None:
    answer = evaluate(PIXELS, targets, loss=loss)
    expected = kernels.sigmoid_cross_entropy(PIXELS[:, 0].reshape(-1), MASKS.reshape(-1) * 1.0).mean()
    assert (answer.loss, answer.count, answer.findings) == ("sigmoid_cross_entropy", 128, ())
    assert answer.value == pytest.approx(expected, rel=1e-12)


def test_pytorchs_function_takes_one_channel_of_pixels() -> None:
    answer = evaluate(PIXELS, MASKS[:, None] * 1.0, loss="torch.nn.BCEWithLogitsLoss")
    assert answer.value == pytest.approx(evaluate(PIXELS, MASKS).value, rel=1e-6)


def test_a_class_axis_of_one_column_is_no_row_of_classes() -> None:
    answer = evaluate(LOGITS[:, :1], LABELS % 2, class_axis=1)
    assert (answer.loss, answer.task.units, answer.count) == ("sigmoid_cross_entropy", 1, 40)
    assert answer.value == evaluate(LOGITS[:, 0], LABELS % 2).value


def test_sequences_of_one_step_keep_their_classes() -> None:
    answer = evaluate(LOGITS[:, None], ROWS[:, None])
    assert (answer.loss, answer.task.units) == ("softmax_cross_entropy", 5)


def test_a_yes_in_one_column_is_no_mark() -> None:
    assert sentinel_among(TargetFacts(rows=9, low=0, high=1, distinct={1.0: 4}), 1) is None
    assert sentinel_among(TargetFacts(rows=9, low=0, high=3, distinct={3.0: 4}), 3) == 3


@pytest.mark.parametrize(
    "said", [{}, {"class_axis": 1}, {"encoding": "index"}, {"outcomes": "binary"}], ids=repr
)
@pytest.mark.parametrize("shape", [(40, 1), (2, 1, 20), (2, 20, 1)], ids=repr)
def test_nothing_is_left_open_without_a_question(shape: tuple[int, ...], said: dict[str, Any]) -> None:
    predictions = LOGITS[:, 0].reshape(shape)
    if said.get("class_axis") == 1 and shape == (2, 20, 1):
        said = {"class_axis": 2}
    targets = (LABELS % 2).reshape([size for size in shape if size != 1])
    answer = evaluate(predictions, targets, task=Task(**said))
    assert answer.loss is not None or answer.question


@pytest.mark.parametrize("row", [3, 69_000], ids=["first block", "last block"])
def test_a_mark_is_one_wherever_it_stands(row: int) -> None:
    predictions, targets = rng.normal(0, 2, (70_000, 3)), (rng.random((70_000, 3)) < 0.5) * 1.0
    targets[row, 1] = -1
    answer = evaluate(predictions, targets)
    (finding,) = (each for each in answer.findings if each.code == "CE203")
    assert (finding.count, finding.rows) == (1, (row,))
    kept = targets >= 0
    losses = kernels.sigmoid_cross_entropy(predictions, np.where(kept, targets, 0))
    assert answer.value == pytest.approx(losses[kept].mean(), rel=1e-12)


@pytest.mark.parametrize("row", [3, 69_000], ids=["first block", "last block"])
def test_among_soft_targets_there_is_no_mark_wherever_it_stands(row: int) -> None:
    predictions, targets = rng.normal(0, 2, (70_000, 3)), rng.random((70_000, 3))
    targets[row] = [0, 1, -1]
    assert "CE203" not in codes(predictions=predictions, targets=targets, loss="sigmoid_cross_entropy")


@pytest.mark.parametrize(
    "weights", [{"sample_weights": np.zeros(40)}, {"class_weights": np.zeros(5)}], ids=repr
)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("targets", [LABELS, ROWS], ids=["index", "rows"])
def test_where_nothing_has_weight_there_is_no_value(
    weights: dict[str, Any], reduction: Any, targets: np.ndarray
) -> None:
    answer = evaluate(LOGITS, targets, reduction=reduction, **weights)
    (finding,) = answer.findings
    assert answer.value is None
    assert (finding.code, finding.severity) == ("CE207", "error")
    assert finding.message.startswith("nothing has weight")


WEIGHTS = np.where(np.arange(40) == 3, 0.0, 1.0)


@pytest.mark.parametrize("targets", [LABELS, ROWS], ids=["index", "rows"])
def test_predictions_without_weight_may_be_nan(targets: np.ndarray) -> None:
    predictions = LOGITS.copy()
    predictions[3] = np.nan
    answer = evaluate(predictions, targets, sample_weights=WEIGHTS)
    kept = WEIGHTS > 0
    assert [each.code for each in answer.findings] == ["CE504"]  # Keras divides by all 40
    assert answer.value == pytest.approx(evaluate(LOGITS[kept], targets[kept]).value, rel=1e-12)
    assert "CE101" in codes(predictions=predictions, targets=targets)
    assert "CE101" in codes(predictions=predictions, targets=targets, sample_weights=WEIGHTS[::-1].copy())


@pytest.mark.parametrize("label", [77, -7, 5])
def test_labels_without_weight_may_name_no_class(label: int) -> None:
    labels = LABELS.copy()
    labels[3] = label
    kept = WEIGHTS > 0
    answer = evaluate(LOGITS, labels, sample_weights=WEIGHTS, reduction="none")
    assert answer.findings == ()
    assert answer.losses is not None
    assert np.isnan(answer.losses[3])
    value = evaluate(LOGITS, labels, sample_weights=WEIGHTS).value
    assert value == pytest.approx(evaluate(LOGITS[kept], labels[kept]).value, rel=1e-12)
    assert codes(predictions=LOGITS, targets=labels)[0] in {"CE201", "CE203"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"label_smoothing": "0.1"}, "label_smoothing: '0.1' is not a number"),
        ({"label_smoothing": None}, "label_smoothing: None is not a number"),
        ({"clip": "a"}, "clip: 'a' is neither"),
        ({"clip": [1e-7]}, "clip: [1e-07] is not a number"),
        ({"loss": 5}, "loss: 5 is not a name"),
        ({"task": 5}, "task: 5 is no task"),
        ({"task": {"output": "logits"}}, "task: unknown key 'output'"),
        ({"reduction": None}, "reduction: None is not one of its values"),
        ({"class_names": 5}, "class_names: 5 is not a list of names"),
        ({"seed": None}, "seed: None is not a whole number"),
        ({"repeats": "3"}, "repeats: '3' is not a whole number"),
    ],
    ids=str,
)
def test_an_argument_of_another_type_is_refused_in_one_line(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(CepickError) as raised:
        evaluate(LOGITS, LABELS, **arguments)
    assert str(raised.value).startswith(says)
    assert "\n" not in str(raised.value)


def test_a_task_may_be_a_mapping() -> None:
    assert evaluate(LOGITS, LABELS, task={"outputs": "logits"}).task.outputs == "logits"
    assert infer(LOGITS, LABELS, {"outputs": "logits"}).task.outputs == "logits"


@pytest.mark.parametrize("value", [0.5, 255, -1, np.nan])
def test_a_mask_is_of_0_and_1(value: float) -> None:
    mask = np.ones(40)
    mask[7] = value
    with pytest.raises(CepickError, match=r"in the mask; write 1 for what counts and 0 for what does not"):
        evaluate(LOGITS, LABELS, mask=mask)


@pytest.mark.parametrize("dtype", [bool, np.uint8, float])
def test_a_mask_may_be_of_any_type(dtype: Any) -> None:
    assert evaluate(LOGITS, LABELS, mask=(np.arange(40) < 10).astype(dtype)).count == 10


def test_what_frameworks_do_with_a_strange_label_is_said_in_short() -> None:
    (finding,) = evaluate(LOGITS, LABELS + 70).findings
    assert finding.code == "CE201"
    assert len(finding.because) < 300
    for name in ("PyTorch", "TensorFlow", "scikit-learn", "JAX", "Keras"):
        assert name in finding.because

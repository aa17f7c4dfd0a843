"""What the functions print, and how each difference from the exact loss is told."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ce_core.emulate import Emulated, emulate
from ce_core.errors import CepickError
from ce_core.kernels import sparse_softmax_cross_entropy

LOGITS = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]])
LABELS = np.array([0, 2, 1])
ONE_HOT = np.eye(3)[LABELS]
WEIGHTS = [1, 2, 10]
TORCH = "torch.nn.CrossEntropyLoss"
KERAS = "keras.losses.SparseCategoricalCrossentropy"
TF1 = "tf.compat.v1.losses.sparse_softmax_cross_entropy"
SMOOTHED = f"{TORCH}(label_smoothing=0.1)"
BY_WEIGHT = f"{KERAS}(from_logits=True, reduction='mean_with_sample_weight')"


def causes(found: Emulated) -> list[str]:
    return [each.cause for each in found.differences]


TABLE: list[tuple[str, Any, dict[str, Any], float, list[str]]] = [
    (TORCH, LABELS, {}, 2.3017, []),
    (TORCH, LABELS, {"class_weights": WEIGHTS}, 2.0833, []),
    (TORCH, ONE_HOT, {"class_weights": WEIGHTS}, 9.0275, ["divisor"]),
    (SMOOTHED, LABELS, {"class_weights": WEIGHTS}, 2.1218, ["smoothing-with-weights"]),
    (SMOOTHED, ONE_HOT, {"class_weights": WEIGHTS}, 9.1944, ["divisor", "weights-of-terms"]),
    (f"{KERAS}(from_logits=True)", LABELS, {"class_weights": WEIGHTS}, 9.0275, ["divisor"]),
    (BY_WEIGHT, LABELS, {"class_weights": WEIGHTS}, 2.0833, []),
    (TF1, LABELS, {"class_weights": WEIGHTS}, 9.0275, ["divisor"]),
    (TF1, LABELS, {"sample_weights": [1, 2, 0]}, 1.7652, ["divisor"]),
    (f"{TF1}(reduction='sum_over_batch_size')", LABELS, {"sample_weights": [1, 2, 0]}, 1.1768, []),
    ("onnx.SoftmaxCrossEntropyLoss", LABELS, {"class_weights": WEIGHTS}, 2.0833, []),
    (f"{KERAS}()", LABELS, {}, 10.8806, ["clip", "renormalisation"]),
    ("keras.losses.CategoricalCrossentropy", ONE_HOT, {}, 10.7454, ["clip"]),
    ("keras.losses.BinaryCrossentropy", ONE_HOT, {}, 7.2016, ["clip", "float-bounds"]),
    (
        "keras.losses.CategoricalFocalCrossentropy(from_logits=True, gamma=0.0)",
        ONE_HOT,
        {},
        0.5754,
        ["scale"],
    ),
]


@pytest.mark.parametrize(
    ("call", "targets", "weights", "value", "told"), TABLE, ids=[f"{row[0]}={row[3]}" for row in TABLE]
)
def test_one_data_set_has_many_numbers(
    call: str, targets: Any, weights: dict[str, Any], value: float, told: list[str]
) -> None:
    found = emulate(call, LOGITS, targets, **weights)
    assert found.value == pytest.approx(value, abs=5e-5)
    assert causes(found) == told


def test_the_divergence_divides_by_every_element_unless_told() -> None:
    logs = LOGITS - np.log(np.exp(LOGITS).sum(axis=-1, keepdims=True))
    mean = emulate("torch.nn.KLDivLoss", logs, ONE_HOT)
    assert mean.value == pytest.approx(0.7672, abs=5e-5)
    assert causes(mean) == ["divisor"]
    batch = emulate("torch.nn.KLDivLoss(reduction='batchmean')", logs, ONE_HOT)
    assert batch.value == pytest.approx(2.3017, abs=5e-5)
    assert mean.exact == batch.exact == pytest.approx(batch.value)


def test_amounts_are_what_each_habit_alone_adds() -> None:
    found = emulate(TORCH, LOGITS, ONE_HOT, class_weights=WEIGHTS)
    assert found.differences[0].amount == pytest.approx(found.value - found.exact)


def test_losses_that_are_not_reduced_are_those_of_the_kernel() -> None:
    found = emulate(f"{TORCH}(reduction='none')", LOGITS, LABELS)
    np.testing.assert_array_equal(found.value, sparse_softmax_cross_entropy(LOGITS, LABELS))


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (f"{TORCH}(ignore_index=0)", math.nan),
        (f"{TORCH}(ignore_index=0, reduction='sum')", 0.0),
        (f"{KERAS}(from_logits=True, ignore_class=0)", 0.0),
    ],
    ids=["torch-mean", "torch-sum", "keras"],
)
def test_a_batch_that_is_all_ignored_has_no_exact_loss(call: str, value: float) -> None:
    found = emulate(call, LOGITS, np.zeros(3, dtype=np.int64))
    np.testing.assert_equal(found.value, value)
    assert found.counted == 0
    if "sum" not in call:
        assert found.exact is None
        assert causes(found) == ["all-ignored"]


ZERO = np.array([0.0])
ZERO_PROBABILITY = [
    ("keras.losses.BinaryCrossentropy", "float64", 16.118),
    ("keras.losses.BinaryCrossentropy", "float32", 16.118),
    ("tf.compat.v1.losses.log_loss", "float64", 16.118),
    ("sklearn.metrics.log_loss(labels=[0, 1])", "float64", 36.044),
    ("sklearn.metrics.log_loss(labels=[0, 1])", "float32", 15.942),
    ("torch.nn.BCELoss", "float64", 100.0),
]


@pytest.mark.parametrize(
    ("call", "dtype", "value"),
    ZERO_PROBABILITY,
    ids=[f"{call}-{dtype}" for call, dtype, _ in ZERO_PROBABILITY],
)
def test_a_probability_of_zero_costs_what_the_clip_says(call: str, dtype: str, value: float) -> None:
    targets = np.array([1.0]) if "sklearn" not in call else np.array([1])
    targets = targets.astype(dtype) if "torch" in call else targets
    found = emulate(call, ZERO.astype(dtype), targets)
    assert found.value == pytest.approx(value, abs=5e-4)
    assert found.exact == math.inf
    assert "clip" in causes(found)


def test_a_loss_class_of_keras_casts_to_float32_and_its_function_does_not() -> None:
    probabilities, targets = np.array([[1.0, 0.5]]), np.array([[0.0, 1.0]])
    cast = emulate("keras.losses.BinaryCrossentropy", probabilities, targets)
    told = emulate("keras.losses.BinaryCrossentropy(dtype='float64')", probabilities, targets)
    function = emulate("keras.losses.binary_crossentropy", probabilities, targets)
    assert cast.value == pytest.approx((-math.log(2**-23) - math.log(0.5)) / 2)
    assert told.value == pytest.approx((-math.log(1e-7) - math.log(0.5)) / 2)
    np.testing.assert_allclose(function.value, [told.value])


REFUSALS = [
    (TORCH, LABELS.astype(np.int32), "RuntimeError: targets of dtype int32"),
    (TORCH, np.array([0, 2, 3]), "IndexError: label 3 is out of range for 3 classes"),
    (TORCH, LABELS[:2], "ValueError: targets of shape (2,)"),
    ("tf.nn.sparse_softmax_cross_entropy_with_logits", LABELS.astype(np.uint8), "InvalidArgumentError"),
    (
        "tf.nn.sparse_softmax_cross_entropy_with_logits",
        np.array([0, 2, -1]),
        "InvalidArgumentError: label -1",
    ),
    ("optax.softmax_cross_entropy_with_integer_labels", LABELS.astype(float), "TypeError"),
    ("torch.nn.BCELoss", ONE_HOT, "RuntimeError: all elements of input should be between 0 and 1"),
    ("sklearn.metrics.log_loss", LABELS, "ValueError: all elements of input"),
]


@pytest.mark.parametrize(
    ("call", "targets", "says"), REFUSALS, ids=[f"{call}-{says}" for call, _, says in REFUSALS]
)
def test_what_the_framework_refuses_is_told_in_one_line(call: str, targets: Any, says: str) -> None:
    found = emulate(call, LOGITS, targets)
    assert found.value is None
    assert str(found.raises).startswith(says)
    assert "\n" not in str(found.raises)


def test_targets_outside_the_unit_interval_are_refused_by_one_and_taken_by_the_other() -> None:
    half, targets = np.array([0.5, 0.5]), np.array([2.0, 0.0])
    assert emulate("torch.nn.BCELoss", half, targets).raises is not None
    assert emulate("torch.nn.BCEWithLogitsLoss", half, targets).raises is None


def test_optax_reads_minus_one_as_the_last_class_and_says_so() -> None:
    call = "optax.softmax_cross_entropy_with_integer_labels"
    found = emulate(call, LOGITS, np.array([0, -1, 3]))
    expected = emulate(call, LOGITS, np.array([0, 2, 2])).value
    np.testing.assert_array_equal(found.value[:2], expected[:2])
    assert math.isnan(found.value[2])
    assert causes(found) == ["out-of-range"]


def test_pytorch_leaves_out_minus_hundred_without_being_told() -> None:
    found = emulate(TORCH, LOGITS, np.array([0, -100, 1]))
    assert found.value == pytest.approx(emulate(TORCH, LOGITS[[0, 2]], np.array([0, 1])).value)
    assert found.counted == 2


def test_the_second_axis_holds_the_classes_in_pytorch_and_the_last_in_keras() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 3, 5))
    labels = np.random.default_rng(1).integers(0, 3, size=(2, 5))
    second = emulate(TORCH, logits, labels).value
    call = f"{KERAS}(from_logits=True, dtype='float64')"
    assert emulate(call, np.moveaxis(logits, 1, -1), labels).value == pytest.approx(second)


def test_a_mask_leaves_positions_out_before_the_call() -> None:
    found = emulate(TORCH, LOGITS, LABELS, mask=[1, 0, 1])
    assert found.value == emulate(TORCH, LOGITS[[0, 2]], LABELS[[0, 2]]).value
    with pytest.raises(CepickError, match="mask: shape"):
        emulate(TORCH, LOGITS, LABELS, mask=[1, 0])


def test_hidden_features_meet_the_last_layer() -> None:
    rng = np.random.default_rng(0)
    features, head, bias = rng.normal(size=(4, 2)), rng.normal(size=(3, 2)), rng.normal(size=3)
    labels = np.array([0, 1, 2, 0])
    found = emulate("torch.nn.functional.linear_cross_entropy", features, labels, head=head, bias=bias)
    assert found.value == pytest.approx(emulate(TORCH, features @ head.T + bias, labels).value)


def test_the_pairwise_error_of_tensorflow_counts_the_whole_batch() -> None:
    predictions, targets = np.array([[2.0, 2, 0], [1, 2, 0]]), np.zeros((2, 3))
    found = emulate("tf.compat.v1.losses.mean_pairwise_squared_error", predictions, targets)
    assert found.value == pytest.approx(3.5333, abs=5e-5)
    assert found.exact == pytest.approx(4.6667, abs=5e-5)
    assert causes(found) == ["pairs-of-the-whole-batch"]


def test_arguments_say_where_their_values_came_from() -> None:
    found = emulate(SMOOTHED, LOGITS, LABELS, class_weights=WEIGHTS)
    sources = {each.name: each.source for each in found.arguments}
    assert sources == {
        "weight": "class_weights",
        "ignore_index": "default",
        "label_smoothing": "said",
        "reduction": "default",
    }
    assert found.text == f"{TORCH}(label_smoothing=0.1, weight=class_weights)"
    assert found.verified


def test_a_function_without_weights_says_so() -> None:
    with pytest.raises(CepickError, match="takes no sample weights"):
        emulate(TORCH, LOGITS, LABELS, sample_weights=[1, 2, 3])


def test_a_memory_mapped_file_of_many_blocks_gives_the_same_number(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(70_000, 12)).astype(np.float32)
    labels = rng.integers(0, 12, size=70_000)
    np.save(tmp_path / "logits.npy", logits)
    mapped = np.load(tmp_path / "logits.npy", mmap_mode="r")
    expected = sparse_softmax_cross_entropy(logits, labels).mean()
    assert emulate(TORCH, mapped, labels).value == pytest.approx(expected, rel=1e-14)


def test_the_answer_is_plain_data() -> None:
    shown = emulate(TORCH, LOGITS, ONE_HOT, class_weights=WEIGHTS).to_dict()
    assert shown["call"] == "torch.nn.functional.cross_entropy"
    assert shown["arguments"]["weight"] == {
        "sets": "class_weights",
        "value": WEIGHTS,
        "source": "class_weights",
    }
    assert shown["differences"][0]["cause"] == "divisor"


def test_a_column_of_labels_that_would_be_paired_with_every_row_is_refused() -> None:
    with pytest.raises(CepickError, match="for every pair of rows"):
        emulate("keras.losses.CategoricalGeneralizedCrossEntropy", np.eye(3), LABELS[:, None])


PADDLE = "paddle.nn.functional.cross_entropy"
PADDLE_TABLE: list[tuple[str, Any, float, list[str]]] = [
    (PADDLE, [0, 2, -100], 0.61670523, ["divisor"]),
    (f"{PADDLE}(weight=[1, 2, 10])", [0, 2, 1], 2.08327025, []),
    (
        f"{PADDLE}(weight=[1, 2, 10], label_smoothing=0.1)",
        [0, 2, 1],
        2.04583976,
        ["weights-of-smoothed-rows"],
    ),
]


@pytest.mark.parametrize(
    ("call", "labels", "value", "told"), PADDLE_TABLE, ids=["ignored", "weights", "weights-and-smoothing"]
)
def test_paddle_divides_in_its_own_ways(call: str, labels: list[int], value: float, told: list[str]) -> None:
    """The values are those that PaddlePaddle 3.3.1 printed, which smooths in float32."""
    found = emulate(call, LOGITS, np.array(labels))
    assert found.value == pytest.approx(value, rel=1e-8)
    assert causes(found) == told
    assert not found.verified

"""Arrays as they come: any dtype, any order in memory, hardly any rows, values that are no numbers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ce_core import CepickError, evaluate

RNG = np.random.default_rng(23)
LOGITS = RNG.normal(scale=3, size=(30, 4)).astype(np.float16).astype(np.float64)
LABELS = RNG.integers(0, 4, 30)
EXPECTED = float(
    np.mean(np.log(np.exp(LOGITS).sum(axis=1)) - LOGITS[np.arange(30), LABELS])
)  # fine at this size


def codes(answer: Any) -> set[str]:
    return {each.code for each in answer.findings}


@pytest.mark.parametrize("dtype", ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_floats_of_any_size_byte_order_and_memory_order(dtype: str, order: Any) -> None:
    logits = np.array(LOGITS, dtype=dtype, order=order)
    assert evaluate(logits, LABELS).value == pytest.approx(EXPECTED, rel=1e-13)


@pytest.mark.parametrize("view", ["reversed", "strided", "broadcast"])
def test_views_of_larger_arrays(view: str) -> None:
    if view == "reversed":
        logits, labels = LOGITS[::-1][::-1], LABELS[::-1][::-1]
    elif view == "strided":
        logits = np.zeros((60, 8))
        logits[::2, ::2] = LOGITS
        logits, labels = logits[::2, ::2], np.repeat(LABELS, 2)[::2]
    else:
        logits, labels = np.broadcast_to(LOGITS[:1], (30, 4)), LABELS
        expected = evaluate(np.array(logits), labels).value
        assert evaluate(logits, labels).value == expected
        return
    assert evaluate(logits, labels).value == pytest.approx(EXPECTED, rel=1e-13)


@pytest.mark.parametrize(
    "dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", ">i4", ">u8", "f4", "f8", ">f8"]
)
def test_class_indices_of_any_integral_dtype(dtype: str) -> None:
    assert evaluate(LOGITS, LABELS.astype(dtype)).value == pytest.approx(EXPECTED, rel=1e-13)


def test_targets_may_be_booleans() -> None:
    logits, truth = LOGITS[:, 0], LABELS > 1
    expected = evaluate(logits, truth.astype(float)).value
    assert evaluate(logits, truth).value == expected
    assert evaluate(LOGITS, np.eye(4, dtype=bool)[LABELS]).value == pytest.approx(EXPECTED, rel=1e-13)


def test_a_read_only_memory_map_is_read_where_it_lies(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", LOGITS.astype(np.float32))
    np.save(tmp_path / "y.npy", LABELS)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert evaluate(mapped, np.load(tmp_path / "y.npy", mmap_mode="r")).value == pytest.approx(EXPECTED)
    assert evaluate(str(tmp_path / "x.npy"), str(tmp_path / "y.npy")).value == pytest.approx(EXPECTED)
    locked = LOGITS.copy()
    locked.setflags(write=False)
    assert evaluate(locked, LABELS).value == pytest.approx(EXPECTED)


def test_raw_bfloat16_is_read_as_what_it_is(tmp_path: Path) -> None:
    single = LOGITS.astype(np.float32)
    raw = (single.view(np.uint32) >> 16).astype(np.uint16)
    truncated = (raw.astype(np.uint32) << 16).view(np.float32)
    np.save(tmp_path / "x.npy", raw)
    np.save(tmp_path / "y.npy", LABELS)
    answer = evaluate(str(tmp_path / "x.npy"), str(tmp_path / "y.npy"), dtype="bfloat16")
    assert answer.dtypes[0] == "bfloat16"
    assert answer.value == evaluate(truncated, LABELS).value


@pytest.mark.parametrize("target", [0, 1, 0.25])
def test_two_single_numbers_are_one_example(target: float) -> None:
    answer = evaluate(np.float64(1.5), target, keep=True)
    expected = math.log1p(math.exp(-1.5)) + (1 - target) * 1.5
    assert answer.value == pytest.approx(expected, rel=1e-14)
    assert answer.count == 1
    assert answer.losses is not None
    assert answer.losses.shape == ()


def test_one_row_without_a_batch_axis() -> None:
    answer = evaluate(LOGITS[0], LABELS[0])
    assert answer.loss == "sparse_softmax_cross_entropy"
    assert answer.value == pytest.approx(evaluate(LOGITS[:1], LABELS[:1]).value)


def test_one_row_has_no_standard_error() -> None:
    found = evaluate(LOGITS[:1], LABELS[:1]).diagnostics
    assert found.count == 1
    assert found.standard_error is None
    assert found.temperature is None
    assert found.quantiles is not None
    assert found.quantiles.p50 == found.quantiles.max == found.mean


def test_softmax_over_one_column_is_zero_and_found() -> None:
    answer = evaluate(np.ones((5, 1)) * 3, np.zeros(5, dtype=int), loss="sparse_softmax_cross_entropy")
    assert answer.value == 0.0
    assert "CE107" in codes(answer)
    assert answer.diagnostics.temperature is None


@pytest.mark.parametrize(
    ("predictions", "targets"),
    [
        (np.zeros((0, 3)), np.zeros(0, dtype=int)),
        (np.zeros(0), np.zeros(0)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
    ids=["index", "scalar", "rows"],
)
def test_no_rows_is_one_clear_error(predictions: np.ndarray, targets: np.ndarray) -> None:
    with pytest.raises(CepickError, match=r"^predictions: has 0 rows"):
        evaluate(predictions, targets)


def test_no_classes_is_one_clear_error() -> None:
    with pytest.raises(CepickError, match=r"^predictions: has 0 classes"):
        evaluate(np.zeros((3, 0)), np.zeros(3, dtype=int))


LOSSES = [
    ("sparse_softmax_cross_entropy", "index"),
    ("softmax_cross_entropy", "rows"),
    ("sigmoid_cross_entropy", "rows"),
    ("sigmoid_cross_entropy", "column"),
    ("nll", "index"),
    ("nll", "rows"),
    ("sparse_categorical_cross_entropy", "index"),
    ("categorical_cross_entropy", "rows"),
    ("binary_cross_entropy", "rows"),
    ("binary_cross_entropy", "column"),
]


def arrays(loss: str, form: str) -> tuple[np.ndarray, np.ndarray]:
    probabilities = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    given = LOGITS if "softmax" in loss or "sigmoid" in loss else probabilities
    given = np.log(probabilities) if loss == "nll" else given
    rows = np.eye(4)[LABELS]
    if form == "column":
        return given[:, 0].copy(), rows[:, 0]
    return given.copy(), LABELS if form == "index" else rows


def given_as_probabilities(loss: str) -> bool:
    return loss.startswith(("sparse_categorical", "categorical", "binary"))


@pytest.mark.parametrize(("loss", "form"), LOSSES, ids=["-".join(each) for each in LOSSES])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e300, -1e300], ids=str)
def test_predictions_that_are_no_numbers_make_no_noise(loss: str, form: str, odd: float) -> None:
    predictions, targets = arrays(loss, form)
    label = int(LABELS[7]) if form != "column" else 0
    predictions.reshape(30, -1)[7, label] = odd
    answer = evaluate(predictions, targets, loss=loss, keep=True)
    if abs(odd) == np.inf or given_as_probabilities(loss):
        assert answer.failed
    if np.isnan(odd):
        assert answer.failed
        assert codes(answer) >= {"CE101"}
        assert answer.value is not None
        assert math.isnan(answer.value)
        assert answer.losses is not None
        assert np.isnan(answer.losses).sum() == 1
        assert answer.diagnostics.worst[0].row == 7
        assert answer.diagnostics.d2 is None
        assert answer.diagnostics.temperature is None
    answer.to_dict()


def test_a_row_of_nan_is_a_miss_whatever_its_label() -> None:
    logits = LOGITS.copy()
    logits[:] = np.eye(4)[LABELS] * 5
    logits[LABELS == 0] = np.nan
    right = evaluate(logits, LABELS).diagnostics
    assert right.accuracy == pytest.approx((LABELS != 0).mean())
    assert right.per_class[0].recall == 0.0


@pytest.mark.parametrize(("loss", "form"), LOSSES, ids=["-".join(each) for each in LOSSES])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 0.0], ids=str)
def test_a_row_of_no_weight_costs_nothing_whatever_it_holds(loss: str, form: str, odd: float) -> None:
    predictions, targets = arrays(loss, form)
    weights = np.ones(30)
    weights[7] = 0
    others = np.arange(30) != 7
    reading = (
        {"outcomes": "binary"}
        if form == "column"
        else {"exclusive": "sigmoid" not in loss and "binary" not in loss}
    )
    expected = evaluate(predictions[others], targets[others], loss=loss, **reading)
    predictions[7] = odd
    answer = evaluate(predictions, targets, loss=loss, sample_weights=weights, **reading)
    assert answer.value == pytest.approx(expected.value, rel=1e-13)
    assert answer.count == 30
    one, other = answer.diagnostics, expected.diagnostics
    assert (one.perplexity is None) == (other.perplexity is None)
    for name in ("accuracy", "brier", "ece", "mce", "mean_confidence", "standard_error", "d2", "bits"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-12), name
    assert one.quantiles == other.quantiles
    assert one.worst[0].loss == other.worst[0].loss
    if other.temperature is None:
        assert one.temperature is None
    else:
        assert one.temperature is not None
        assert one.temperature.optimum == pytest.approx(other.temperature.optimum, rel=1e-9)


def test_a_class_of_no_weight_costs_nothing_however_wrong() -> None:
    logits, labels = LOGITS.copy(), LABELS
    logits[labels == 2, 2] = -np.inf
    answer = evaluate(logits, labels, class_weights=[1, 1, 0, 1])
    kept = labels != 2
    assert answer.value == pytest.approx(evaluate(logits[kept], labels[kept]).value, rel=1e-13)
    assert "CE402" not in codes(answer)
    assert answer.diagnostics.per_class[2].loss == np.inf
    assert answer.diagnostics.standard_error is not None


def test_minus_infinity_masks_a_class_that_is_not_true() -> None:
    logits = LOGITS.copy()
    logits[np.arange(30), (LABELS + 1) % 4] = -np.inf
    answer = evaluate(logits, LABELS)
    kept = np.where(np.isfinite(logits), np.exp(logits), 0).sum(axis=1)
    exact = np.mean(np.log(kept) - logits[np.arange(30), LABELS])
    assert answer.value == pytest.approx(exact, rel=1e-13)
    assert "CE101" not in codes(answer)
    assert "CE402" not in codes(answer)
    assert answer.diagnostics.temperature is not None


def test_an_infinite_loss_is_infinite_and_named() -> None:
    logits = LOGITS.copy()
    logits[3, LABELS[3]] = -np.inf
    answer = evaluate(logits, LABELS)
    assert answer.value == np.inf
    found = {each.code: each for each in answer.findings}
    assert found["CE402"].rows == (3,)
    assert answer.diagnostics.standard_error is None
    assert answer.diagnostics.quantiles is not None
    assert answer.diagnostics.quantiles.max == np.inf
    assert answer.diagnostics.perplexity == np.inf
    assert answer.to_dict()["value"] == "inf"


@pytest.mark.parametrize(
    "given",
    ["predictions", "targets", "mask", "sample_weights", "class_weights", "pos_weight"],
)
def test_inputs_are_never_written_to(given: str) -> None:
    logits, truth = LOGITS.copy(), np.eye(4)[LABELS]
    inputs: dict[str, Any] = {
        "predictions": logits,
        "targets": truth,
        "mask": np.ones(30),
        "sample_weights": np.ones(30),
        "class_weights": np.ones(4),
        "pos_weight": np.ones(4),
    }
    before = {name: array.copy() for name, array in inputs.items()}
    evaluate(**inputs, exclusive=False, loss="sigmoid_cross_entropy", label_smoothing=0.1)
    np.testing.assert_array_equal(inputs[given], before[given])


class FakeTensor:
    """Something that looks like a tensor of PyTorch that requires gradients."""

    def __init__(self, array: np.ndarray, dtype: str = "torch.float32") -> None:
        self._array, self.dtype = array, dtype

    def detach(self) -> FakeTensor:
        return self

    def cpu(self) -> FakeTensor:
        return self

    def float(self) -> FakeTensor:
        return FakeTensor(self._array.astype(np.float32))

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self._array


def test_tensors_are_taken_as_they_are() -> None:
    answer = evaluate(FakeTensor(LOGITS.astype(np.float32)), FakeTensor(LABELS, "torch.int64"))
    assert answer.value == pytest.approx(EXPECTED)
    half = evaluate(FakeTensor(LOGITS, "torch.bfloat16"), LABELS)
    assert half.dtypes[0] == "bfloat16"


def test_lists_are_taken_as_they_are() -> None:
    assert evaluate(LOGITS.tolist(), LABELS.tolist()).value == pytest.approx(EXPECTED)


MISSING = {
    "rows": (LOGITS, np.where(np.arange(30)[:, None] == 7, np.nan, np.eye(4)[LABELS]), {"exclusive": True}),
    "labels": (
        LOGITS,
        np.where(np.arange(30)[:, None] == 7, np.nan, np.eye(4)[LABELS]),
        {"exclusive": False},
    ),
    "column": (LOGITS[:, 0], np.where(np.arange(30) == 7, np.nan, LABELS == 0), {}),
}


@pytest.mark.parametrize(
    ("predictions", "targets", "options"), MISSING.values(), ids=[f"missing-{name}" for name in MISSING]
)
def test_a_missing_target_makes_the_value_nan_until_it_is_masked(
    predictions: np.ndarray, targets: np.ndarray, options: dict[str, Any]
) -> None:
    answer = evaluate(predictions, targets, **options)
    assert answer.value is not None
    assert math.isnan(answer.value)
    assert "CE101" in codes(answer)
    kept = np.arange(30) != 7
    masked = evaluate(predictions, targets, mask=kept, **options)
    assert masked.value == pytest.approx(
        evaluate(predictions[kept], targets[kept], **options).value, rel=1e-13
    )
    assert "CE101" not in codes(masked)


def test_a_missing_class_index_has_no_value_until_it_is_masked() -> None:
    labels = np.where(np.arange(30) == 7, np.nan, LABELS)
    answer = evaluate(LOGITS, labels)
    assert answer.value is None
    assert "CE101" in codes(answer)
    kept = np.arange(30) != 7
    expected = evaluate(LOGITS[kept], LABELS[kept]).value
    assert evaluate(LOGITS, labels, mask=kept).value == pytest.approx(expected, rel=1e-13)

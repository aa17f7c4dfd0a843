"""What the contract says of infinities, zeros, dtypes, layouts and mistakes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from ce_core import kernels
from ce_core.errors import CepickError

INF, NAN = np.inf, np.nan
LN2 = np.log(2)


EXTREMES = {
    "a masked class": (lambda: kernels.sparse_softmax_cross_entropy([[-INF, 0, 0]], [1]), LN2),
    "a masked label": (lambda: kernels.sparse_softmax_cross_entropy([[-INF, 0]], [0]), INF),
    "no weight on a masked class": (
        lambda: kernels.softmax_cross_entropy([[-INF, 0, 0]], [[0, 0.5, 0.5]]), LN2),
    "a little weight on it": (lambda: kernels.softmax_cross_entropy([[-INF, 0]], [[1e-300, 1]]), INF),
    "smoothing puts weight on it": (
        lambda: kernels.softmax_cross_entropy([[-INF, 0]], [[0, 1]], label_smoothing=0.1), INF),
    "smoothing of one": (
        lambda: kernels.sparse_softmax_cross_entropy([[-INF, 0]], [1], label_smoothing=1.0), INF),
    "nll of a masked class": (lambda: kernels.nll([[-INF, 0.0]], [1]), 0),
    "nll with no weight on it": (lambda: kernels.nll([[-INF, 0.0]], [[0, 1]]), 0),
    "nll of a masked label": (lambda: kernels.nll([[-INF, 0.0]], [0]), INF),
    "zero times log zero": (lambda: kernels.categorical_cross_entropy([[0, 1]], [[0, 1]]), 0),
    "probability zero": (lambda: kernels.categorical_cross_entropy([[0, 1]], [[1, 0]]), INF),
    "probability zero by index": (lambda: kernels.sparse_categorical_cross_entropy([[0, 1]], [0]), INF),
    "binary, certain and right": (lambda: kernels.binary_cross_entropy([0.0], [0]), 0),
    "binary, certain and wrong": (lambda: kernels.binary_cross_entropy([1.0], [0]), INF),
    "binary, certain of a soft target": (lambda: kernels.binary_cross_entropy([1.0], [0.5]), INF),
    "sigmoid of a masked logit": (lambda: kernels.sigmoid_cross_entropy([-INF], [0]), 0),
    "sigmoid of a masked positive": (lambda: kernels.sigmoid_cross_entropy([-INF], [1]), INF),
    "sigmoid of an overflow": (lambda: kernels.sigmoid_cross_entropy([INF], [1]), NAN),
    "sigmoid of NaN": (lambda: kernels.sigmoid_cross_entropy([NAN], [0]), NAN),
    "no positive weight on an infinite loss": (
        lambda: kernels.weighted_sigmoid_cross_entropy([-INF], [1], pos_weight=0), 0),
    "no positive weight on NaN": (
        lambda: kernels.weighted_sigmoid_cross_entropy([NAN], [1], pos_weight=0), NAN),
    "one class": (lambda: kernels.sparse_softmax_cross_entropy([[3.5]], [0]), 0),
    "one class, masked": (lambda: kernels.sparse_softmax_cross_entropy([[-INF]], [0]), NAN),
    "one class, overflow": (lambda: kernels.softmax_cross_entropy([[INF]], [[0]]), NAN),
    "a row of no weight": (lambda: kernels.softmax_cross_entropy([[1, 2]], [[0, 0]]), 0),
}  # fmt: skip


@pytest.mark.parametrize(("loss", "expected"), EXTREMES.values(), ids=EXTREMES.keys())
def test_infinities_and_zeros(loss, expected):
    assert_allclose(loss(), [expected], rtol=1e-15)


@pytest.mark.parametrize(
    "row", [[NAN, 1.0, 2.0], [INF, 1.0, 2.0], [INF, INF, 0.0], [-INF] * 3, [NAN, INF, -INF]]
)
@pytest.mark.parametrize("repeat", [1, 30])
def test_a_row_without_a_softmax_is_nan_and_its_neighbours_are_not(row, repeat):
    logits = np.array([[0.0, 1.0, 2.0] * repeat, row * repeat, [3.0, 3.0, 3.0] * repeat])
    alone = logits[[0, 2]]
    targets = np.full(logits.shape, 1 / logits.shape[1])
    for label in (0, 1, 2):
        losses = kernels.sparse_softmax_cross_entropy(logits, [label] * 3)
        assert np.isnan(losses[1])
        assert_array_equal(losses[[0, 2]], kernels.sparse_softmax_cross_entropy(alone, [label] * 2))
    for dense in (targets, targets * 0):
        losses = kernels.softmax_cross_entropy(logits, dense)
        assert np.isnan(losses[1])
        assert_array_equal(losses[[0, 2]], kernels.softmax_cross_entropy(alone, dense[:2]))
    for activation in (kernels.softmax, kernels.log_softmax):
        assert np.isnan(activation(logits)[1]).all()
        assert_array_equal(activation(logits)[[0, 2]], activation(alone))


def test_a_certain_loss_is_zero_and_not_minus_zero():
    for loss in (
        kernels.nll([[0.0, -INF]], [0]),
        kernels.nll([[0.0]], [[1]]),
        kernels.softmax_cross_entropy([[0.0]], [[1]]),
        kernels.sparse_categorical_cross_entropy([[1.0, 0.0]], [0]),
        kernels.binary_cross_entropy([1.0, 0.0], [1, 0]),
        kernels.sigmoid_cross_entropy([-INF], [0]),
    ):
        assert_array_equal(np.signbit(loss), np.zeros(loss.shape, dtype=bool))


def test_a_class_of_no_weight_costs_nothing_whatever_its_probability():
    assert_array_equal(
        kernels.categorical_cross_entropy([[NAN, 0.5], [-0.1, 0.5]], [[0, 1], [0, 1]]),
        kernels.sparse_categorical_cross_entropy([[NAN, 0.5], [-0.1, 0.5]], [1, 1]),
    )


KNOWN = {
    # The examples of the documentation of TensorFlow (its printed result) and Keras, and one more, by hand.
    "weighted sigmoid": (
        lambda: kernels.weighted_sigmoid_cross_entropy([1.5, -0.1], [1.0, 0.5], pos_weight=1.5),
        [0.30211994, 0.8804958], 1e-7),
    "binary": (
        lambda: kernels.binary_cross_entropy([[0.6, 0.4], [0.4, 0.6]], [[0, 1], [0, 0]]).mean(axis=1),
        [-np.log(0.4), -(np.log(0.4) + np.log(0.6)) / 2], 1e-14),
    "sparse categorical": (
        lambda: kernels.sparse_categorical_cross_entropy([[0.05, 0.95, 0], [0.1, 0.8, 0.1]], [1, 2]),
        [-np.log(0.95), np.log(10)], 1e-14),
    "sparse softmax": (
        lambda: kernels.sparse_softmax_cross_entropy([[2, 0, -1], [0.5, 1, 0], [3, -2, 0]], [0, 2, 1]),
        [np.log(1 + np.exp(-2) + np.exp(-3)), 1 + np.log(1 + np.exp(-0.5) + np.exp(-1)),
         5 + np.log(1 + np.exp(-3) + np.exp(-5))], 1e-14),
}  # fmt: skip


@pytest.mark.parametrize(("loss", "expected", "rtol"), KNOWN.values(), ids=KNOWN.keys())
def test_known_values(loss, expected, rtol):
    assert_allclose(loss(), expected, rtol=rtol)


def test_a_positive_weight_vector_runs_over_the_last_axis():
    logits, targets = np.zeros((2, 3)), np.ones((2, 3))
    losses = kernels.weighted_sigmoid_cross_entropy(logits, targets, pos_weight=[1, 2, 3])
    assert_allclose(losses, [[LN2, 2 * LN2, 3 * LN2]] * 2, rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", ">f4", "<f8"])
def test_a_read_only_memory_map_gives_what_the_array_gives(tmp_path, dtype):
    rng = np.random.default_rng(3)
    predictions = rng.integers(0, 2, (6, 5)).astype(dtype)
    labels = rng.integers(0, 5, 6)
    rows = np.eye(5)[labels].astype(dtype)
    mapped = []
    for name, array in (("p", predictions), ("y", labels), ("rows", rows)):
        np.save(tmp_path / f"{name}.npy", array)
        mapped.append(np.load(tmp_path / f"{name}.npy", mmap_mode="r"))
    for kernel, place, target in (
        (kernels.binary_cross_entropy, 2, rows),
        (kernels.categorical_cross_entropy, 2, rows),
        (kernels.sparse_categorical_cross_entropy, 1, labels),
        (kernels.sigmoid_cross_entropy, 2, rows),
        (kernels.softmax_cross_entropy, 2, rows),
        (kernels.sparse_softmax_cross_entropy, 1, labels),
        (kernels.nll, 1, labels),
        (kernels.nll, 2, rows),
    ):
        losses = kernel(mapped[0], mapped[place])
        assert type(losses) is np.ndarray
        assert losses.dtype == np.float64
        assert_array_equal(losses, kernel(predictions, target))
        assert_array_equal(losses, kernel(predictions.astype(np.float64), target))


def test_views_that_are_not_contiguous_give_what_their_copies_give():
    rng = np.random.default_rng(4)
    wide = rng.normal(size=(12, 3, 140))
    for view in (wide[::2, :, ::2], wide[::-1], wide[:, :, 7:10], wide.transpose(1, 0, 2)):
        labels = rng.integers(0, view.shape[-1], (2, *view.shape[:-1]))[0]
        assert_array_equal(
            kernels.sparse_softmax_cross_entropy(view, labels),
            kernels.sparse_softmax_cross_entropy(view.copy(), labels.copy()),
        )
        assert_array_equal(kernels.softmax(view), kernels.softmax(view.copy()))


@pytest.mark.parametrize("shape", [(0, 3), (0, 80), (2, 0, 3)])
def test_no_rows_give_no_losses(shape):
    none, labels = np.zeros(shape), np.zeros(shape[:-1], dtype=int)
    for kernel in (kernels.softmax_cross_entropy, kernels.categorical_cross_entropy, kernels.nll):
        assert kernel(none, none, label_smoothing=0.1).shape == shape[:-1]
    for kernel in (
        kernels.sparse_softmax_cross_entropy,
        kernels.sparse_categorical_cross_entropy,
        kernels.nll,
    ):
        assert kernel(none, labels, label_smoothing=0.1).shape == shape[:-1]
    assert kernels.sigmoid_cross_entropy(none, none).shape == shape
    assert kernels.binary_cross_entropy(none, none).shape == shape
    assert kernels.softmax(none).shape == shape


def test_one_example_without_a_batch_axis_has_a_loss_of_rank_zero():
    for loss in (
        kernels.sparse_softmax_cross_entropy([0.0, 0.0], 1),
        kernels.sparse_softmax_cross_entropy([0.0, 0.0], 1, label_smoothing=0.1),
        kernels.softmax_cross_entropy([0.0, 0.0], [0.5, 0.5]),
        kernels.sparse_categorical_cross_entropy([0.5, 0.5], 0),
        kernels.categorical_cross_entropy([0.5, 0.5], [0, 1]),
        kernels.nll([-LN2, -LN2], 0),
        kernels.nll([-LN2, -LN2], [0, 1], label_smoothing=0.1),
        kernels.sigmoid_cross_entropy(0.0, 1),
        kernels.binary_cross_entropy(0.5, 1, clip=1e-7),
    ):
        assert isinstance(loss, np.ndarray)
        assert loss.shape == ()
        assert loss.dtype == np.float64
        assert_allclose(loss, LN2, rtol=1e-15)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "float16"])
def test_labels_of_a_small_dtype_go_with_more_classes_than_it_can_count(dtype):
    logits = np.zeros((1, 70_000))
    losses = kernels.sparse_softmax_cross_entropy(logits, np.array([3], dtype=dtype))
    assert_allclose(losses, np.log([70_000]), rtol=1e-15)


@pytest.mark.parametrize("dtype", [*np.typecodes["AllInteger"], "e", "f", "d", "?"])
def test_labels_of_any_dtype_are_taken_by_value(dtype):
    labels = np.array([1, 0, 1]).astype(dtype)
    logits = [[0.0, 1.0], [2.0, 0.0], [0.0, 3.0]]
    assert_array_equal(
        kernels.sparse_softmax_cross_entropy(logits, labels),
        kernels.sparse_softmax_cross_entropy(logits, [1, 0, 1]),
    )


ZEROS = np.zeros((3, 2))
MISTAKES = {
    "a label of K": (lambda: kernels.sparse_softmax_cross_entropy(ZEROS, [0, 2, 5]),
        "labels: 2 at row 1 is outside [0, 2); classes count from 0"),
    "a negative label": (lambda: kernels.sparse_categorical_cross_entropy(ZEROS, [0, 1, -1]),
        "labels: -1 at row 2 is outside [0, 2); classes count from 0"),
    "a label in a deeper array": (lambda: kernels.nll(np.zeros((2, 2, 3)), [[0, 1], [-100, 9]]),
        "targets: -100 at row (1, 0) is outside [0, 3); classes count from 0"),
    "the label of a single example": (lambda: kernels.nll(np.zeros(2), 2),
        "targets: 2 is outside [0, 2); classes count from 0"),
    "a label too large for a signed integer": (
        lambda: kernels.nll(ZEROS, np.array([0, 1, 2**64 - 1], dtype=np.uint64)),
        "targets: 18446744073709551615 at row 2 is outside [0, 2); classes count from 0"),
    "an infinite label": (lambda: kernels.nll(ZEROS, [0, 1, INF]),
        "targets: inf at row 2 is outside [0, 2); classes count from 0"),
    "a fractional label": (lambda: kernels.sparse_softmax_cross_entropy(ZEROS, [0.0, 0.5, 1.0]),
        "labels: 0.5 at row 1 is not a class index; give integers"),
    "a label of NaN": (lambda: kernels.sparse_softmax_cross_entropy(ZEROS, [NAN, 0, 1]),
        "labels: nan at row 0 is not a class index; give integers"),
    "labels of one column": (lambda: kernels.sparse_softmax_cross_entropy(ZEROS, [[0], [1], [0]]),
        "labels: shape (3, 1) does not equal (3,), the shape (3, 2) of the logits without its class axis 1; "
        "give one class index for each example"),
    "too few labels": (lambda: kernels.sparse_categorical_cross_entropy(ZEROS, [0]),
        "labels: shape (1,) does not equal (3,), the shape (3, 2) of the probabilities without its class "
        "axis 1; give one class index for each example"),
    "[N] against [N, 1]": (lambda: kernels.sigmoid_cross_entropy(np.zeros(3), np.zeros((3, 1))),
        "targets: shape (3, 1) does not equal the shape (3,) of the logits; "
        "give one target for each prediction"),
    "one row of targets": (lambda: kernels.softmax_cross_entropy(ZEROS, [[0, 1]]),
        "targets: shape (1, 2) does not equal the shape (3, 2) of the logits; "
        "give one target for each prediction"),
    "one column of targets": (lambda: kernels.binary_cross_entropy(ZEROS, np.zeros((3, 1))),
        "targets: shape (3, 1) does not equal the shape (3, 2) of the probabilities; "
        "give one target for each prediction"),
    "a transposed distribution": (lambda: kernels.nll(ZEROS, ZEROS.T),
        "targets: shape (2, 3) does not equal the shape (3, 2) of the log_probabilities; "
        "give one target for each prediction"),
    "no such axis": (lambda: kernels.softmax(ZEROS, axis=2),
        "logits: shape (3, 2) has no axis 2; name the axis that counts the classes"),
    "a number for logits": (lambda: kernels.softmax_cross_entropy(1.0, 1.0),
        "logits: shape () has no axis -1; name the axis that counts the classes"),
    "no classes": (lambda: kernels.softmax(np.zeros((3, 0))),
        "logits: shape (3, 0) holds no classes on axis 1; give at least one"),
    "text": (lambda: kernels.sigmoid(["a"]),
        "logits: dtype '<U1' is not real numbers; give floats or integers"),
    "complex numbers": (lambda: kernels.binary_cross_entropy([1j], [0]),
        "probabilities: dtype 'complex128' is not real numbers; give floats or integers"),
    "dates": (lambda: kernels.nll(np.zeros((1, 2)), np.array(["2020-01-01"], dtype="M8[D]")),
        "targets: dtype 'datetime64[D]' is not real numbers; give floats or integers"),
    "objects": (lambda: kernels.softmax(np.array([[None, 1]])),
        "logits: dtype 'object' is not real numbers; give floats or integers"),
    "ragged rows": (lambda: kernels.softmax([[1.0, 2.0], [3.0]]),
        "logits: rows of unequal length; give a rectangular array"),
    "a smoothing above 1": (lambda: kernels.nll(ZEROS, [0, 1, 0], label_smoothing=1.5),
        "label_smoothing: 1.5 is outside [0, 1]; 0.1 is common"),
    "a smoothing of NaN": (lambda: kernels.sigmoid_cross_entropy(ZEROS, ZEROS, label_smoothing=NAN),
        "label_smoothing: nan is outside [0, 1]; 0.1 is common"),
    "a clip of a half": (lambda: kernels.binary_cross_entropy(ZEROS, ZEROS, clip=0.5),
        "clip: 0.5 is outside [0, 0.5); 1e-7 is common"),
    "a negative clip": (lambda: kernels.sparse_categorical_cross_entropy(ZEROS, [0, 1, 0], clip=-1e-7),
        "clip: -1e-07 is outside [0, 0.5); 1e-7 is common"),
    "a weight for each row": (
        lambda: kernels.weighted_sigmoid_cross_entropy(ZEROS, ZEROS, pos_weight=[1, 2, 3]),
        "pos_weight: shape (3,) does not fit the last axis of logits of shape (3, 2); "
        "give one number, or one for each entry of the last axis"),
    "a weight for a scalar": (lambda: kernels.weighted_sigmoid_cross_entropy(0.0, 1, pos_weight=[1]),
        "pos_weight: shape (1,) does not fit the last axis of logits of shape (); "
        "give one number, or one for each entry of the last axis"),
    "a negative weight": (lambda: kernels.weighted_sigmoid_cross_entropy(ZEROS, ZEROS, pos_weight=[1, -2]),
        "pos_weight: -2.0 is not a weight; give finite numbers of at least 0"),
    "a weight of NaN": (lambda: kernels.weighted_sigmoid_cross_entropy(ZEROS, ZEROS, pos_weight=NAN),
        "pos_weight: nan is not a weight; give finite numbers of at least 0"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_that_says_what_and_where(call, message):
    with pytest.raises(CepickError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: kernels.nll(ZEROS, [0, 1, 2]), "CE201"),
        (lambda: kernels.nll(ZEROS, [0, 1]), "CE301"),
        (lambda: kernels.nll(ZEROS, ZEROS.T), "CE301"),
    ],
    ids=["label out of range", "too few labels", "other shape"],
)
def test_a_mistake_that_is_a_finding_carries_its_code(call, code):
    with pytest.raises(CepickError) as caught:
        call()
    assert caught.value.code == code

"""The edges of the losses beside the cross-entropies: known values, infinities, shapes, mistakes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from ce_core import kernels
from ce_core.errors import CepickError

INF, NAN = np.inf, np.nan
X = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]])
PAIRS = np.array([[2.0, 2, 0], [1, 2, 0]]), np.zeros((2, 3))

KNOWN = {
    # The examples of the frameworks' own documentation, and some by hand.
    "sigmoid focal of a sure hit": (lambda: kernels.sigmoid_focal([0.0], [1]), [np.log(2) / 4]),
    "sigmoid focal with alpha": (lambda: kernels.sigmoid_focal([0.0], [0], alpha=0.25), [0.75 * np.log(2) / 4]),
    "sigmoid focal, half true": (lambda: kernels.sigmoid_focal([0.0], [0.5]), [np.log(2) / 4]),
    "softmax focal": (lambda: kernels.softmax_focal([[0.0, 0.0]], [1], alpha=[9, 2]), [np.log(2) / 2]),
    "softmax focal of a row plays each class down by its own probability": (
        lambda: kernels.softmax_focal([np.log([1.0, 3.0])], [[0.5, 0.5]], gamma=1),
        [(0.75 * np.log(4) + 0.25 * np.log(4 / 3)) / 2]),
    "generalized": (lambda: kernels.generalized_cross_entropy([[0.7, 0.3], [0.01, 0.99]], [0, 0]),
        [2 - 2 * np.sqrt(0.7), 1.8]),
    "poly1": (lambda: kernels.poly1_cross_entropy([[0.0, 0.0]], [0], epsilon=2), [np.log(2) + 1]),
    "divergence": (
        lambda: kernels.kl_divergence([[0.5, 0.5], [0.25, 0.75]], [[1, 0], [0.75, 0.25]], given="probabilities"),
        [np.log(2), np.log(3) / 2]),
    "brier": (lambda: kernels.brier([[0.7, 0.2, 0.1]], [0]), [0.14]),
    "brier of one outcome": (lambda: kernels.brier([[0.9], [0.9]], [1, 0]), [0.02, 1.62]),
    "hinge": (lambda: kernels.hinge([0.5, 0.5, 1.0], [1, -1, 1]), [0.5, 1.5, 0]),
    "squared hinge": (lambda: kernels.squared_hinge([0.5, 0.5], [1, -1]), [0.25, 2.25]),
    "categorical hinge": (lambda: kernels.categorical_hinge(X[[0, 0, 0]], [0, 1, 2]), [0, 3, 4]),
    "categorical hinge of one class": (lambda: kernels.categorical_hinge([[-5.0]], [0]), [0]),
    "multi margin": (lambda: kernels.multi_margin(X[[0, 0]], [1, 2]), [1, 2]),
    "multi margin, squared and weighted": (
        lambda: kernels.multi_margin([[0.1, 0.2, 0.4, 0.8]], [1], p=2, margin=0.7, class_weights=[1, 2, 3, 4]), [1.43]),
    "multilabel margin": (lambda: kernels.multilabel_margin([[0.1, 0.2, 0.4, 0.8]], [[3, 0, -1, 1]]), [0.85]),
    "multilabel margin of a label named twice": (
        lambda: kernels.multilabel_margin([[0.1, 0.2, 0.4, 0.8]], [[3, 3, -1, 1]]), [0.65]),
    "multilabel margin of no label": (lambda: kernels.multilabel_margin([[0.1, 0.2]], [[-1, 1]]), [0]),
    "perceptron": (lambda: kernels.perceptron([2.0, 2.0, 0.0], [1, -1, -1]), [0, 2, 0]),
    "multiclass perceptron": (lambda: kernels.multiclass_perceptron(X[[0, 0]], [0, 2]), [0, 3]),
    "sparsemax": (lambda: kernels.sparsemax([[0.5, 1.0, 0.0]], [2]), [1.0625]),
    "binary sparsemax": (lambda: kernels.binary_sparsemax([0.0, -2.0, 2.0], [1, 1, 1]), [0.25, 2, 0]),
    "dice": (
        lambda: kernels.dice([[[0, 1.0], [0, 1.0]], [[0.4, 0], [0, 0.9]]], [[[1, 1], [0, 0]]] * 2, axis=(1, 2)),
        [0.5, 1 - 0.8 / 3.3]),
    "dice of a batch": (
        lambda: kernels.dice([[[0, 1.0], [0, 1.0]], [[0.4, 0], [0, 0.9]]], [[[1, 1], [0, 0]]] * 2), 1 - 2.8 / 7.3),
    "tversky": (lambda: kernels.tversky([0.8, 0.4, 0.6], [1, 0, 1], alpha=0.3, beta=0.7), 1 - 1.4 / 1.94),
    "pairwise": (lambda: kernels.mean_pairwise_squared_error(*PAIRS), [8 / 3, 2]),
    "pairwise of one value": (lambda: kernels.mean_pairwise_squared_error([[3.0]], [[1.0]]), [0]),
    # Run in TensorFlow 2.21.
    "TensorFlow's pairwise error": (lambda: kernels.tensorflow_mean_pairwise_squared_error(*PAIRS), 106 / 30),
    "of the same batch twice": (
        lambda: kernels.tensorflow_mean_pairwise_squared_error(*(np.vstack([each, each]) for each in PAIRS)), 131 / 33),
    "with a weight for each example": (
        lambda: kernels.tensorflow_mean_pairwise_squared_error(*PAIRS, [[1], [1]]), 14 / 3),
    "inside tf.function": (lambda: kernels.tensorflow_mean_pairwise_squared_error(*PAIRS, eager=False), 14 / 3),
    "with a weight of 0": (lambda: kernels.tensorflow_mean_pairwise_squared_error(*PAIRS, 0.0), 0),
}  # fmt: skip


@pytest.mark.parametrize(("loss", "expected"), KNOWN.values(), ids=KNOWN.keys())
def test_known_values(loss, expected):
    assert_allclose(loss(), expected, rtol=1e-14, atol=1e-16)


EDGES = {
    "a logit of -inf where the target is 0": (lambda: kernels.sigmoid_focal([-INF, -INF], [0, 1]), [0, INF]),
    "a logit that is no logit": (
        lambda: kernels.sigmoid_focal([INF, NAN, 0], [1, 1, 0], gamma=0), [NAN, NAN, np.log(2)]),
    "a class of no weight and no probability": (
        lambda: kernels.softmax_focal([[0, -INF], [0, -INF]], [[1, 0], [0, 1]]), [0, INF]),
    "a row that is no row, focal": (lambda: kernels.softmax_focal([[INF, 0], [0, 0]], [[0, 0], [0, 0]]), [NAN, 0]),
    "a row that is no row, poly1": (
        lambda: kernels.poly1_cross_entropy([[-INF, -INF], [0, 0]], [[0, 0], [0, 0]]), [NAN, 0]),
    "a row that is no row, divergence": (lambda: kernels.kl_divergence([[NAN, 0], [0, 0]], [[0, 0], [0, 0]]), [NAN, 0]),
    "a row that is no row, sparsemax": (lambda: kernels.sparsemax([[INF, 0], [-INF, -INF]], [0, 0]), [NAN, NAN]),
    "a row that is no row, perceptron": (
        lambda: kernels.multiclass_perceptron([[INF, 0], [0, 0]], [[0, 0], [1, 0]]), [NAN, 0]),
    "a class of -inf that is not true": (lambda: kernels.sparsemax([[0, -INF], [0, -INF]], [0, 1]), [0, INF]),
    "a class of -inf with no weight": (
        lambda: kernels.multiclass_perceptron([[0, -INF], [0, -INF]], [[1, 0], [0.5, 0.5]]), [0, INF]),
    "probability 0 of the truth costs 1/q": (lambda: kernels.generalized_cross_entropy([[0, 1.0]], [0], q=0.25), [4]),
    "no probability of the truth under poly1": (
        lambda: kernels.poly1_cross_entropy([[0, -INF]], [1], epsilon=-1), [INF]),
    "0 log 0 and log 0": (
        lambda: kernels.kl_divergence([[1, 0], [1, 0]], [[1, 0], [0.5, 0.5]], given="probabilities"), [0, INF]),
    "0 log 0 in logarithms": (
        lambda: kernels.kl_divergence([[0, -INF]], [[0, -INF]], given="log_probabilities", log_targets=True), [0]),
    "rows are used as they are": (
        lambda: kernels.kl_divergence([[0.5, 0.5]], [[2, 0]], given="probabilities"), [2 * np.log(4)]),
    "an infinite score": (lambda: kernels.hinge([INF, INF, NAN], [1, -1, 1]), [0, INF, NAN]),
    "an infinite lead": (lambda: kernels.categorical_hinge([[INF, 0], [-INF, 0], [NAN, 0]], [0, 0, 0]), [0, INF, NAN]),
    "a class ruled out": (lambda: kernels.multi_margin([[0.5, -INF, 0.0]], [0]), [0.5 / 3]),
    "a score of NaN": (lambda: kernels.multi_margin([[NAN, 0.0], [0.0, NAN], [NAN, 0]], [0, 0, 1]), [NAN] * 3),
    "a label's score of NaN": (
        lambda: kernels.multilabel_margin([[NAN, 0.0], [NAN, 0.0]], [[0, 1], [-1, 0]]), [NAN, 0]),
    "an empty region found empty": (lambda: kernels.dice([0.0, 0.0], [0, 0]), NAN),
    "an empty region found empty, smoothed": (lambda: kernels.dice([0.0, 0.0], [0, 0], smooth=1), 0),
    "an empty region": (lambda: kernels.dice([0.5, 0.0], [0, 0]), 1),
    "an example of one value that is none": (lambda: kernels.mean_pairwise_squared_error([[NAN]], [[0]]), [NAN]),
    "an example without values": (
        lambda: kernels.mean_pairwise_squared_error(np.zeros((2, 0)), np.zeros((2, 0))), [0, 0]),
}  # fmt: skip


@pytest.mark.parametrize(("loss", "expected"), EDGES.values(), ids=EDGES.keys())
def test_edges(loss, expected):
    assert_allclose(loss(), expected, rtol=1e-15)


def test_no_loss_is_minus_zero():
    for loss in (
        kernels.sigmoid_focal([-INF], [0]),
        kernels.softmax_focal([[0.0, -INF]], [0]),
        kernels.softmax_focal([[0.0, -INF]], [[1, 0]]),
        kernels.generalized_cross_entropy([[1.0, 0.0]], [0]),
        kernels.poly1_cross_entropy([[0.0]], [0], epsilon=-1),
        kernels.kl_divergence([[0.5, 0.5]], [[0.5, 0.5]], given="probabilities"),
        kernels.kl_divergence([[0.0]], [[1.0]]),
        kernels.hinge([1.0, -2.0], [1, -1]),
        kernels.categorical_hinge([[1.0, 0.0]], [0]),
        kernels.perceptron([0.0, 0.0, 1.0], [1, -1, 1]),
        kernels.multiclass_perceptron([[-0.0, 0.0]], [0]),
        kernels.binary_sparsemax([1.0], [1]),
        kernels.sparsemax([[3.0, 0.0]], [0]),
        kernels.dice([1.0], [1]),
        kernels.multilabel_margin([[2.0, 0.0]], [[0, -1]]),
    ):
        assert_array_equal(loss, np.zeros(loss.shape))
        assert_array_equal(np.signbit(loss), np.zeros(loss.shape, dtype=bool))


ROWS = {
    "softmax_focal": kernels.softmax_focal,
    "poly1_cross_entropy": kernels.poly1_cross_entropy,
    "generalized_cross_entropy": kernels.generalized_cross_entropy,
    "sparsemax": kernels.sparsemax,
    "multiclass_perceptron": kernels.multiclass_perceptron,
    "categorical_hinge": kernels.categorical_hinge,
    "multi_margin": kernels.multi_margin,
    "brier": kernels.brier,
}
ELEMENTS = {
    "sigmoid_focal": kernels.sigmoid_focal,
    "mean_squared_error": kernels.mean_squared_error,
    "hinge": lambda x, y: kernels.hinge(x, y, labels="unit"),
    "squared_hinge": lambda x, y: kernels.squared_hinge(x, y, labels="unit"),
    "perceptron": lambda x, y: kernels.perceptron(x, y, labels="unit"),
    "binary_sparsemax": kernels.binary_sparsemax,
}


@pytest.mark.parametrize("kernel", ROWS.values(), ids=ROWS)
def test_a_loss_of_rows_has_the_shape_without_the_class_axis(kernel):
    for shape in ((3,), (0, 3), (2, 3), (2, 5, 3), (2, 0, 80)):
        predictions, labels = np.full(shape, 0.25), np.zeros(shape[:-1], dtype=int)
        rows = np.zeros(shape)
        rows[..., 0] = 1
        for targets in (labels, rows):
            losses = kernel(predictions, targets)
            assert type(losses) is np.ndarray
            assert losses.shape == shape[:-1]
            assert losses.dtype == np.float64


@pytest.mark.parametrize("kernel", ELEMENTS.values(), ids=ELEMENTS)
def test_a_loss_of_values_has_their_shape(kernel):
    for shape in ((), (3,), (0, 3), (2, 5, 3)):
        losses = kernel(np.full(shape, 0.25), np.ones(shape, dtype=int))
        assert type(losses) is np.ndarray
        assert losses.shape == shape
        assert losses.dtype == np.float64


def test_other_losses_of_one_example_or_none_have_their_shape():
    for shape in ((4,), (0, 4), (2, 0, 4)):
        values, lists = np.full(shape, 0.25), np.zeros(shape, dtype=int)
        for losses in (
            kernels.kl_divergence(values, values),
            kernels.kl_divergence(values, values, given="probabilities"),
            kernels.multilabel_margin(values, lists),
            kernels.multilabel_margin(values, lists, encoding="multi_hot"),
            kernels.multilabel_soft_margin(values, values),
            kernels.dice(values, values, axis=-1),
        ):
            assert type(losses) is np.ndarray
            assert losses.shape == shape[:-1]
        assert kernels.mean_pairwise_squared_error(values, values).shape == shape[:1]
        assert kernels.tensorflow_mean_pairwise_squared_error(values, values).shape == ()
    assert kernels.dice(np.ones((2, 3)), np.ones((2, 3))).shape == ()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "bool", ">f4"])
@pytest.mark.parametrize("kernel", [*ROWS.values(), *ELEMENTS.values()], ids=[*ROWS, *ELEMENTS])
def test_a_read_only_array_of_any_dtype_gives_what_float64_gives(kernel, dtype):
    rng = np.random.default_rng(3)
    predictions = rng.integers(0, 2, (6, 5)).astype(dtype)
    rows = np.eye(5)[rng.integers(0, 5, 6)].astype(dtype)
    predictions.flags.writeable = rows.flags.writeable = False
    assert_array_equal(
        kernel(predictions, rows), kernel(predictions.astype(np.float64), rows.astype(np.float64))
    )


def test_list_entries_after_the_padding_are_not_read():
    scores = np.arange(8.0).reshape(2, 4)
    assert_array_equal(
        kernels.multilabel_margin(scores, [[1, -1, 3, 3], [-1, 0, 1, 2]]),
        kernels.multilabel_margin(scores, np.array([[1, -1, -1, -1], [-1, -1, -1, -1]], dtype=np.float32)),
    )


ZEROS, HALF = np.zeros((3, 2)), np.full((3, 2), 0.5)
MISTAKES = {
    "a negative gamma": (lambda: kernels.sigmoid_focal(ZEROS, ZEROS, gamma=-1),
        "gamma: -1 is outside [0, inf); 2 is common"),
    "a gamma of NaN": (lambda: kernels.softmax_focal(ZEROS, [0, 1, 0], gamma=NAN),
        "gamma: nan is outside [0, inf); 2 is common"),
    "an infinite gamma": (lambda: kernels.softmax_focal(ZEROS, [0, 1, 0], gamma=INF),
        "gamma: inf is outside [0, inf); 2 is common"),
    "an alpha above 1": (lambda: kernels.sigmoid_focal(ZEROS, ZEROS, alpha=[0.5, 2]),
        "alpha: 2.0 is outside [0, 1]; 0.25 is common"),
    "an alpha for each row": (lambda: kernels.sigmoid_focal(ZEROS, ZEROS, alpha=[0.1, 0.2, 0.3]),
        "alpha: shape (3,) does not fit the last axis of logits of shape (3, 2); "
        "give one number, or one for each entry of the last axis"),
    "an alpha for three classes of two": (lambda: kernels.softmax_focal(ZEROS, ZEROS, alpha=[1, 2, 3]),
        "alpha: shape (3,) does not fit 2 classes; give one number, or one for each class"),
    "a negative alpha": (lambda: kernels.softmax_focal(ZEROS, ZEROS, alpha=[1, -2]),
        "alpha: -2.0 is not a weight; give finite numbers of at least 0"),
    "a weight of inf": (lambda: kernels.multi_margin(ZEROS, [0, 1, 0], class_weights=[1, INF]),
        "class_weights: inf is not a weight; give finite numbers of at least 0"),
    "a q of 0": (lambda: kernels.generalized_cross_entropy(HALF, [0, 1, 0], q=0),
        "q: 0 is outside (0, 1]; 0.5 and 0.7 are common"),
    "a q above 1": (lambda: kernels.generalized_cross_entropy(HALF, [0, 1, 0], q=1.5),
        "q: 1.5 is outside (0, 1]; 0.5 and 0.7 are common"),
    "an infinite epsilon": (lambda: kernels.poly1_cross_entropy(ZEROS, [0, 1, 0], epsilon=INF),
        "epsilon: inf is outside (-inf, inf); 1 and 2 are common"),
    "another form": (lambda: kernels.kl_divergence(ZEROS, HALF, given="logit"),
        "given: 'logit' is not known; choose from logits, probabilities, log_probabilities"),
    "index labels for a divergence": (lambda: kernels.kl_divergence(ZEROS, [0, 1, 0]),
        "targets: shape (3,) does not equal the shape (3, 2) of the logits; give one target for each prediction"),
    "another scale": (lambda: kernels.brier(HALF, [0, 1, 0], scale="mean"),
        "scale: 'mean' is not known; choose from sum, half"),
    "a label of K": (lambda: kernels.brier(HALF, [0, 2, 0]),
        "targets: 2 at row 1 is outside [0, 2); classes count from 0"),
    "unit labels for a hinge": (lambda: kernels.hinge([0.5, 2.0], [1, 0]),
        "targets: 0 at row 1 is neither -1 nor +1; labels='unit' takes 0 and 1"),
    "signed labels said to be unit": (lambda: kernels.perceptron([0.5, 2.0], [1.0, -1.0], labels="unit"),
        "targets: -1.0 at row 1 is neither 0 nor 1; labels='signed' takes -1 and +1"),
    "a label of NaN": (lambda: kernels.squared_hinge([0.5], [NAN]),
        "targets: nan at row 0 is neither -1 nor +1; labels='unit' takes 0 and 1"),
    "another word for labels": (lambda: kernels.binary_sparsemax([0.5], [1], labels="binary"),
        "labels: 'binary' is not known; choose from signed, unit"),
    "[N] against [N, 1]": (lambda: kernels.hinge(np.zeros(3), np.ones((3, 1))),
        "targets: shape (3, 1) does not equal the shape (3,) of the scores; give one target for each prediction"),
    "rows that are not one-hot": (lambda: kernels.categorical_hinge(ZEROS, [[1, 0], [1, 1], [0, 1]]),
        "targets: not one-hot at row 1; give one 1 and zeros, or class indices"),
    "a soft row": (lambda: kernels.multi_margin([0.0, 1.0], [1, 0.5]),
        "targets: not one-hot; give one 1 and zeros, or class indices"),
    "a p of 3": (lambda: kernels.multi_margin(ZEROS, [0, 1, 0], p=3),
        "p: 3 is neither 1 nor 2; 1 adds up the shortfalls, 2 their squares"),
    "a list entry of K": (lambda: kernels.multilabel_margin(ZEROS, [[0, -1], [2, -1], [0, 1]]),
        "targets: 2 at row (1, 0) is neither a label in [0, 2) nor the padding -1"),
    "a list entry of -100": (lambda: kernels.multilabel_margin(ZEROS, [[0, -100], [0, -1], [0, 1]]),
        "targets: -100 at row (0, 1) is neither a label in [0, 2) nor the padding -1"),
    "a fractional list entry": (lambda: kernels.multilabel_margin(ZEROS, HALF),
        "targets: 0.5 at row (0, 0) is neither a label in [0, 2) nor the padding -1"),
    "a list entry too large for a signed integer": (
        lambda: kernels.multilabel_margin([0.0, 1.0], np.array([0, 2**64 - 1], dtype=np.uint64)),
        "targets: 18446744073709551615 at row 1 is neither a label in [0, 2) nor the padding -1"),
    "lists for fewer examples": (lambda: kernels.multilabel_margin(ZEROS, [[0, -1]]),
        "targets: shape (1, 2) does not fit scores of shape (3, 2); give a list of labels for each example on "
        "axis 1, padded with -1"),
    "lists as multi-hot rows": (
        lambda: kernels.multilabel_margin(ZEROS, [[0, -1], [0, -1], [0, 1]], encoding="multi_hot"),
        "targets: -1 at row (0, 1) is neither 0 nor 1; give multi-hot rows"),
    "no such region": (lambda: kernels.dice(ZEROS, ZEROS, axis=(0, 2)),
        "axis: 2 does not exist in 2 axes; name the axes of a region"),
    "an axis twice": (lambda: kernels.dice(ZEROS, ZEROS, axis=(0, -2)),
        "axis: (0, -2) names an axis twice; name each once"),
    "a negative smooth": (lambda: kernels.tversky(ZEROS, ZEROS, smooth=-1),
        "smooth: -1 is outside [0, inf); 0 and 1 are common"),
    "a negative beta": (lambda: kernels.tversky(ZEROS, ZEROS, beta=-0.5),
        "beta: -0.5 is outside [0, inf); 0.5 is common"),
    "one number for an example": (lambda: kernels.mean_pairwise_squared_error(1.0, 2.0),
        "predictions: shape () has no axis of examples; give one row for each example"),
    "a weight vector": (lambda: kernels.tensorflow_mean_pairwise_squared_error(ZEROS, ZEROS, [1, 1, 1]),
        "weights: shape (3,) does not fit predictions of shape (3, 2); give one number, or the same rank with "
        "each axis of length 1 or the predictions'"),
    "complex numbers": (lambda: kernels.mean_squared_error([1j], [0]),
        "predictions: dtype 'complex128' is not real numbers; give floats or integers"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line_that_says_what_and_where(call, message):
    with pytest.raises(CepickError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: kernels.multilabel_margin(ZEROS, [[0, 5]] * 3), "CE201"),
        (lambda: kernels.multilabel_margin(ZEROS, [0, 1, 0]), "CE301"),
        (lambda: kernels.softmax_focal(ZEROS, ZEROS, alpha=[1, 2, 3]), "CE301"),
        (lambda: kernels.categorical_hinge(ZEROS, [0, 1, -1]), "CE201"),
        (lambda: kernels.dice(ZEROS, ZEROS.T), "CE301"),
    ],
    ids=["list entry", "lists", "alpha", "label", "mask"],
)
def test_a_mistake_that_is_a_finding_carries_its_code(call, code):
    with pytest.raises(CepickError) as caught:
        call()
    assert caught.value.code == code

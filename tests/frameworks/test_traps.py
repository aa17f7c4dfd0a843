"""What the table says that a framework does, done: a test per slug of `traps` and `out_of_range`."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from exact_losses import log_softmax

LOGITS = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]])
INDEX = np.array([0, 2, 1])
ROWS = np.eye(3)[INDEX]
LOG_PROBABILITIES = log_softmax(LOGITS)
PROBABILITIES = np.exp(LOG_PROBABILITIES)
LOSSES = -LOG_PROBABILITIES[np.arange(3), INDEX]
CLASS_WEIGHTS = np.array([1.0, 2.0, 10.0])
BAD_LABELS = [3, -1, -100]


def softmax_loss_of(logits: np.ndarray) -> float:
    return float(-log_softmax(logits)[np.arange(3), INDEX].mean())


# PyTorch


@pytest.fixture
def t(torch: Any) -> Any:
    return torch.from_numpy


@pytest.fixture
def f(torch: Any) -> Any:
    return torch.nn.functional


@pytest.mark.parametrize("label", [3, -1, -4])
def test_torch_label_out_of_range(f: Any, t: Any, label: int) -> None:
    for function, given in ((f.cross_entropy, LOGITS), (f.nll_loss, LOG_PROBABILITIES)):
        with pytest.raises(IndexError, match="out of bounds"):
            function(t(given), t(np.array([0, 2, label])))


def test_torch_margin_label_out_of_range(f: Any, t: Any) -> None:
    for label in BAD_LABELS:
        with pytest.raises(RuntimeError, match="target out of range"):
            f.multi_margin_loss(t(LOGITS), t(np.array([0, 2, label])))


def test_torch_target_outside_unit_interval(f: Any, t: Any) -> None:
    with pytest.raises(RuntimeError, match="all elements of target should be between 0 and 1"):
        f.binary_cross_entropy(t(np.array([0.5, 0.5])), t(np.array([2.0, 1.0])))


def test_torch_logit_target_outside_unit_interval(f: Any, t: Any) -> None:
    assert math.isfinite(f.binary_cross_entropy_with_logits(t(np.array([0.2])), t(np.array([2.0]))))


def test_torch_softmax_before_cross_entropy(f: Any, t: Any) -> None:
    found = f.cross_entropy(t(PROBABILITIES), t(INDEX)).item()
    assert found == pytest.approx(softmax_loss_of(PROBABILITIES))
    assert found < f.cross_entropy(t(LOGITS), t(INDEX)).item() / 1.5


def test_torch_class_axis_is_second(f: Any, t: Any) -> None:
    logits = np.arange(18.0).reshape(2, 3, 3) % 5
    labels = t(np.array([[0, 1, 2], [2, 2, 0]]))
    right = f.cross_entropy(t(logits).flatten(0, -2), labels.flatten())
    assert f.cross_entropy(t(logits), labels).item() != pytest.approx(right.item(), rel=0.1)
    assert f.cross_entropy(t(logits).movedim(-1, 1), labels).item() == pytest.approx(right.item())


def test_torch_labels_must_be_long(f: Any, t: Any) -> None:
    with pytest.raises(RuntimeError, match="Long or Byte"):
        f.cross_entropy(t(LOGITS), t(INDEX.astype(np.int32)))
    assert f.cross_entropy(t(LOGITS), t(INDEX.astype(np.uint8))).item() == pytest.approx(LOSSES.mean())


def test_torch_probability_rows_unchecked(f: Any, t: Any) -> None:
    assert f.cross_entropy(t(LOGITS), t(2 * ROWS)).item() == pytest.approx(2 * LOSSES.mean())


def test_torch_weighted_mean_depends_on_targets(f: Any, t: Any) -> None:
    weights = CLASS_WEIGHTS[INDEX]
    by_index = f.cross_entropy(t(LOGITS), t(INDEX), weight=t(CLASS_WEIGHTS)).item()
    by_rows = f.cross_entropy(t(LOGITS), t(ROWS), weight=t(CLASS_WEIGHTS)).item()
    assert by_index == pytest.approx((weights * LOSSES).sum() / weights.sum())
    assert by_rows == pytest.approx((weights * LOSSES).sum() / 3)
    assert (round(by_index, 4), round(by_rows, 4)) == (2.0833, 9.0275)


def test_torch_class_weights_multiply_terms(f: Any, t: Any) -> None:
    soft = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [0.0, 1.0, 0.0]])
    found = f.cross_entropy(t(LOGITS), t(soft), weight=t(CLASS_WEIGHTS)).item()
    assert found == pytest.approx(-(CLASS_WEIGHTS * soft * LOG_PROBABILITIES).sum() / 3)


def test_torch_smoothing_with_weights(f: Any, t: Any) -> None:
    found = f.cross_entropy(t(LOGITS), t(INDEX), weight=t(CLASS_WEIGHTS), label_smoothing=0.1).item()
    smoothed = 0.9 * ROWS + 0.1 / 3
    total = -(CLASS_WEIGHTS * smoothed * LOG_PROBABILITIES).sum()
    assert found == pytest.approx(total / CLASS_WEIGHTS[INDEX].sum())
    assert round(found, 4) == 2.1218


def test_torch_all_ignored_is_nan(f: Any, t: Any) -> None:
    nothing = t(np.full(3, -100))
    assert math.isnan(f.cross_entropy(t(LOGITS), nothing).item())
    assert math.isnan(f.nll_loss(t(LOG_PROBABILITIES), nothing).item())
    assert f.cross_entropy(t(LOGITS), nothing, reduction="sum").item() == 0


def test_torch_minus_hundred_is_ignored(f: Any, t: Any) -> None:
    labels = t(np.array([0, 2, -100]))
    assert f.cross_entropy(t(LOGITS), labels).item() == pytest.approx(LOSSES[:2].mean())
    assert f.nll_loss(t(LOG_PROBABILITIES), labels).item() == pytest.approx(LOSSES[:2].mean())


def test_torch_ignore_index_needs_index_targets(f: Any, t: Any) -> None:
    with pytest.raises(RuntimeError, match="not supported for floating point target"):
        f.cross_entropy(t(LOGITS), t(ROWS), ignore_index=0)


def test_torch_minus_infinity_with_rows(f: Any, t: Any) -> None:
    logits = t(np.array([[0.0, 1.0, -np.inf]]))
    assert math.isnan(f.cross_entropy(logits, t(np.array([[1.0, 0.0, 0.0]]))).item())
    assert f.cross_entropy(logits, t(np.array([0]))).item() == pytest.approx(math.log1p(math.e))


def test_torch_log_clamped_at_minus_100(f: Any, t: Any) -> None:
    assert f.binary_cross_entropy(t(np.zeros(1)), t(np.ones(1))).item() == 100


def test_torch_probabilities_are_checked(f: Any, t: Any) -> None:
    with pytest.raises(RuntimeError, match="all elements of input should be between 0 and 1"):
        f.binary_cross_entropy(t(np.array([1.2, 0.5])), t(np.ones(2)))
    assert math.isfinite(f.binary_cross_entropy(t(np.array([0.2, 0.5])), t(np.ones(2))))


def test_torch_shapes_must_match(f: Any, t: Any) -> None:
    for function in (f.binary_cross_entropy, f.binary_cross_entropy_with_logits):
        with pytest.raises(ValueError, match=r"[Tt]arget size"):
            function(t(np.array([[0.2], [0.5]])), t(np.ones(2)))


def test_torch_float_targets(f: Any, t: Any) -> None:
    for function in (f.binary_cross_entropy, f.binary_cross_entropy_with_logits):
        with pytest.raises(RuntimeError):
            function(t(np.array([0.2, 0.5])), t(np.array([0, 1])))
    with pytest.raises(RuntimeError):
        f.binary_cross_entropy(t(np.array([0.2, 0.5])), t(np.array([0, 1], dtype=np.float32)))


def test_torch_nll_takes_anything(f: Any, t: Any) -> None:
    assert f.nll_loss(t(PROBABILITIES), t(INDEX)).item() < 0
    assert f.nll_loss(t(LOGITS), t(INDEX)).item() == pytest.approx(-LOGITS[np.arange(3), INDEX].mean())


def test_torch_kl_mean_divides_by_elements(f: Any, t: Any) -> None:
    with pytest.warns(UserWarning, match="batchmean"):
        mean = f.kl_div(t(LOG_PROBABILITIES), t(ROWS), reduction="mean").item()
    assert mean == pytest.approx(LOSSES.sum() / 9)
    by_rows = f.kl_div(t(LOG_PROBABILITIES), t(ROWS), reduction="batchmean").item()
    assert by_rows == pytest.approx(LOSSES.mean())


def test_torch_mse_broadcasts(f: Any, t: Any) -> None:
    with pytest.warns(UserWarning, match="broadcasting"):
        losses = f.mse_loss(t(np.zeros((2, 1))), t(np.ones(2)), reduction="none")
    assert tuple(losses.shape) == (2, 2)


def test_torch_linear_options_chunk(f: Any, t: Any, torch: Any) -> None:
    rng = np.random.default_rng(1)
    features, head, labels = t(rng.normal(size=(64, 4))), t(rng.normal(size=(50, 4))), t(np.arange(64) % 50)
    plain = f.linear_cross_entropy(features, head, labels)
    chunked = f.linear_cross_entropy(features, head, labels, options=torch.nn.LinearCrossEntropyOptions())
    assert plain.item() == pytest.approx(f.cross_entropy(features @ head.T, labels).item(), rel=1e-12)
    assert chunked.item() == pytest.approx(plain.item(), rel=1e-9)


def test_torch_hinge_embedding_is_another_loss(torch: Any, t: Any) -> None:
    assert torch.nn.HingeEmbeddingLoss()(t(np.array([2.0])), t(np.array([1.0]))).item() == 2


def test_torch_multilabel_soft_margin_is_the_same_value(torch: Any, f: Any, t: Any) -> None:
    tags = t(np.array([[1.0, 0, 1], [0, 1, 1], [1, 1, 0]]))
    same = torch.nn.MultiLabelSoftMarginLoss()(t(LOGITS), tags).item()
    assert same == pytest.approx(f.binary_cross_entropy_with_logits(t(LOGITS), tags).item())


def test_torch_list_label_out_of_range(f: Any, t: Any) -> None:
    for label in (3, -2):
        labels = t(np.array([[0, label, -1], [1, -1, -1], [2, -1, -1]]))
        with pytest.raises(RuntimeError, match="argument #2 'target' is out of range"):
            f.multilabel_margin_loss(t(LOGITS), labels)


def test_torch_lists_end_at_minus_one(f: Any, t: Any) -> None:
    short, long = (t(np.array([row, [-1, 0, 0]])) for row in ([2, -1, -1], [2, -1, 1]))
    assert f.multilabel_margin_loss(t(LOGITS[:2]), short) == f.multilabel_margin_loss(t(LOGITS[:2]), long)
    assert f.multilabel_margin_loss(t(LOGITS[:2]), long, reduction="none")[1].item() == 0


def _adaptive(torch: Any) -> Any:
    return torch.nn.AdaptiveLogSoftmaxWithLoss(4, 6, cutoffs=[2]).double()


def test_torch_adaptive_is_another_model(torch: Any, t: Any) -> None:
    features, labels = t(np.ones((3, 4))), t(np.array([0, 3, 5]))
    torch.manual_seed(1)
    one, two = _adaptive(torch), _adaptive(torch)
    assert one(features, labels).loss.item() != two(features, labels).loss.item()
    mean = -one.log_prob(features)[[0, 1, 2], labels].mean().item()
    assert one(features, labels).loss.item() == pytest.approx(mean)


def test_torch_adaptive_label_out_of_range(torch: Any, t: Any) -> None:
    for label in (6, -1):
        with pytest.raises(RuntimeError, match="Target values should be in"):
            _adaptive(torch)(t(np.ones((1, 4))), t(np.array([label])))


# TensorFlow


@pytest.mark.parametrize("label", BAD_LABELS)
def test_tensorflow_label_out_of_range(tf: Any, label: int) -> None:
    labels = np.array([0, 2, label])

    def loss(given: Any) -> Any:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=given, logits=LOGITS)

    for run in (loss, tf.function(loss)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="outside the valid range"):
            run(tf.constant(labels))
    compiled = tf.function(loss, jit_compile=True)(tf.constant(labels)).numpy()
    assert np.isnan(compiled).tolist() == [False, False, True]
    rows = tf.one_hot(labels, 3, dtype=tf.float64)
    assert tf.nn.softmax_cross_entropy_with_logits(labels=rows, logits=LOGITS).numpy()[2] == 0


def test_tensorflow_target_outside_unit_interval(tf: Any) -> None:
    labels, logits = np.array([2.0]), np.array([0.2])
    for loss in (
        tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits),
        tf.nn.weighted_cross_entropy_with_logits(labels=labels, logits=logits, pos_weight=2.0),
    ):
        assert np.isfinite(loss.numpy()).all()


def test_tensorflow_labels_keyword_order(tf: Any) -> None:
    by_position = tf.nn.sigmoid_cross_entropy_with_logits(np.array([1.0]), np.array([3.0])).numpy()
    assert by_position == pytest.approx(math.log1p(math.exp(-3)))
    by_position = tf.nn.softmax_cross_entropy_with_logits(ROWS, LOGITS).numpy()
    np.testing.assert_allclose(by_position, LOSSES)
    by_position = tf.nn.sparse_softmax_cross_entropy_with_logits(INDEX, LOGITS).numpy()
    np.testing.assert_allclose(by_position, LOSSES)


def test_tensorflow_label_rows_broadcast(tf: Any) -> None:
    found = tf.nn.softmax_cross_entropy_with_logits(labels=np.eye(3)[[0]], logits=LOGITS).numpy()
    np.testing.assert_allclose(found, -LOG_PROBABILITIES[:, 0])


def test_tensorflow_label_rows_unchecked(tf: Any) -> None:
    logits = tf.Variable(LOGITS)
    with tf.GradientTape() as tape:
        losses = tf.nn.softmax_cross_entropy_with_logits(labels=2 * ROWS, logits=logits)
    np.testing.assert_allclose(losses.numpy(), 2 * LOSSES)
    right = 2 * (PROBABILITIES - ROWS)
    assert np.abs(tape.gradient(losses, logits).numpy() - right).max() > 0.1


def test_tensorflow_one_class_costs_nothing(tf: Any) -> None:
    for labels in (np.ones((3, 1)), np.zeros((3, 1))):
        found = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=LOGITS[:, :1])
        assert found.numpy().tolist() == [0, 0, 0]


def test_tensorflow_labels_must_be_int(tf: Any) -> None:
    for dtype in (np.float64, np.uint8):
        with pytest.raises((tf.errors.InvalidArgumentError, TypeError)):
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=INDEX.astype(dtype), logits=LOGITS)


def test_tensorflow_float_labels(tf: Any) -> None:
    for labels in (np.array([0, 1, 1]), np.array([0, 1, 1], dtype=np.float32)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=LOGITS[:, 0])


def test_tensorflow_shapes_must_match(tf: Any) -> None:
    labels, logits = np.ones((3, 1)), np.ones(3)
    with pytest.raises(ValueError, match="same shape"):
        tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
    with pytest.raises(ValueError, match="same shape"):
        tf.nn.weighted_cross_entropy_with_logits(labels=labels, logits=logits, pos_weight=2.0)


def test_tensorflow_v1_divides_by_nonzero_weights(tf: Any) -> None:
    losses = tf.compat.v1.losses
    found = losses.sparse_softmax_cross_entropy(INDEX, LOGITS, weights=np.array([1.0, 2.0, 0.0])).numpy()
    assert found == pytest.approx((LOSSES[0] + 2 * LOSSES[1]) / 2)


def test_tensorflow_v1_reduces_in_float32(tf: Any) -> None:
    found = tf.compat.v1.losses.sparse_softmax_cross_entropy(INDEX, LOGITS).numpy()
    assert found == np.float32(found)
    assert found == pytest.approx(LOSSES.mean(), rel=1e-6)


def test_tensorflow_v1_nothing_left_is_zero(tf: Any) -> None:
    losses = tf.compat.v1.losses
    assert losses.sparse_softmax_cross_entropy(INDEX, LOGITS, weights=np.zeros(3)).numpy() == 0


def test_tensorflow_v1_adds_epsilon(tf: Any) -> None:
    found = tf.compat.v1.losses.log_loss(np.array([1.0]), np.array([0.0]))
    assert found.dtype == tf.float32
    assert found.numpy() == pytest.approx(-math.log(1e-7), rel=1e-6)
    assert round(float(found), 3) == 16.118


VALUES = np.array([[1.0, 0.0, 2.0], [0.0, 4.0, 1.0]]), np.array([[0.0, 1.0, 0.0], [1.0, 1.0, 3.0]])


def _pairwise() -> np.ndarray:
    differences = VALUES[0] - VALUES[1]
    return np.array([np.mean([(d[i] - d[j]) ** 2 for i, j in ((0, 1), (0, 2), (1, 2))]) for d in differences])


def test_tensorflow_v1_pairwise_counts_the_batch(tf: Any) -> None:
    function = tf.compat.v1.losses.mean_pairwise_squared_error
    plain = function(VALUES[1], VALUES[0]).numpy()
    mended = function(VALUES[1], VALUES[0], weights=np.ones((2, 1))).numpy()
    assert mended == pytest.approx(_pairwise().sum(), rel=1e-6)
    squares, sums = ((VALUES[0] - VALUES[1]) ** 2).sum(axis=1), (VALUES[0] - VALUES[1]).sum(axis=1)
    assert plain == pytest.approx((2 * squares / 5 - 2 * sums**2 / 30).sum(), rel=1e-6)
    assert plain != pytest.approx(mended, rel=0.1)


def test_tensorflow_v1_pairwise_adds_up(tf: Any) -> None:
    function = tf.compat.v1.losses.mean_pairwise_squared_error
    one = function(VALUES[1], VALUES[0], weights=np.ones((2, 1))).numpy()
    two = function(np.tile(VALUES[1], (2, 1)), np.tile(VALUES[0], (2, 1)), weights=np.ones((4, 1))).numpy()
    assert two == pytest.approx(2 * one, rel=1e-6)


def _head(classes: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(11)
    features = rng.normal(size=(40, 6)).astype(np.float32)
    head = rng.normal(size=(classes, 6)).astype(np.float32)
    return features, head, np.zeros(classes, np.float32), rng.integers(0, classes, size=40)


def test_tensorflow_log_uniform_sampler(tf: Any) -> None:
    _, true_count, _ = tf.random.log_uniform_candidate_sampler([[0], [5], [40]], 1, 10, True, 50)
    assert (np.diff(true_count.numpy().ravel()) < 0).all()


def _mean_of(function: Any, num_sampled: int, draws: int = 40) -> float:
    features, head, bias, labels = _head(50)
    values = [
        function(head, bias, labels[:, None], features, num_sampled, 50).numpy().mean() for _ in range(draws)
    ]
    return float(np.mean(values))


def test_tensorflow_sampled_underestimates(tf: Any) -> None:
    features, head, _, labels = _head(50)
    full = -log_softmax(features.astype(float) @ head.T)[np.arange(40), labels].mean()
    tf.random.set_seed(5)
    assert _mean_of(tf.nn.sampled_softmax_loss, 5) < full - 0.1


def test_tensorflow_nce_grows_with_samples(tf: Any) -> None:
    features, head, _, labels = _head(50)
    full = -log_softmax(features.astype(float) @ head.T)[np.arange(40), labels].mean()
    tf.random.set_seed(5)
    few, many = (_mean_of(tf.nn.nce_loss, count, draws=10) for count in (5, 45))
    assert many > 2 * few
    assert many > 2 * full


def test_tensorflow_hinge_wants_zero_one(tf: Any) -> None:
    scores = np.array([-2.0, 0.5])
    hinge = tf.compat.v1.losses.hinge_loss
    assert hinge(np.array([0.0, 1.0]), scores).numpy() == pytest.approx(0.25)
    assert hinge(np.array([-1.0, 1.0]), scores).numpy() == pytest.approx(0.25)
    assert hinge(np.array([-1.0, 1.0]), -scores).numpy() != pytest.approx(
        hinge(np.array([0.0, 1.0]), -scores).numpy()
    )


# Keras


@pytest.mark.parametrize("label", BAD_LABELS)
def test_keras_label_out_of_range(keras: Any, tf: Any, label: int) -> None:
    labels = np.array([0, 2, label])
    for from_logits, given in ((True, LOGITS), (False, PROBABILITIES)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)(labels, given)


BACKEND = """
import numpy as np, keras
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
for label in (3, -1, -100):
    try:
        print(float(loss(np.array([0, 2, label]), np.array([[2., 0, -1], [.5, 1, 0], [3, -2, 0]]))[2]) == 0)
    except IndexError:
        print("IndexError")
"""


@pytest.mark.parametrize(
    ("backend", "says"), [("jax", ["True"] * 3), ("torch", ["IndexError", "IndexError", "True"])]
)
def test_keras_label_out_of_range_on_another_backend(
    keras: Any, jnp: Any, torch: Any, backend: str, says: list[str]
) -> None:
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(
        [sys.executable, "-c", BACKEND], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == says


def test_keras_target_outside_unit_interval(keras: Any) -> None:
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    assert math.isfinite(float(loss(np.array([2.0, 1.0]), np.array([0.2, 0.5]))))


def test_keras_from_logits_default(keras: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dense = float(keras.losses.CategoricalCrossentropy()(ROWS, LOGITS))
        sparse = float(keras.losses.SparseCategoricalCrossentropy()(INDEX, LOGITS))
        binary = float(keras.losses.BinaryCrossentropy()(ROWS, LOGITS))
    assert [round(value, 3) for value in (dense, sparse, binary)] == [10.745, 10.881, 7.202]


def test_keras_probabilities_clipped(keras: Any) -> None:
    certain = np.array([[0.0, 1.0]])
    for value in (
        keras.losses.BinaryCrossentropy()(np.ones(1), np.zeros(1)),
        keras.losses.CategoricalCrossentropy()(np.array([[1.0, 0.0]]), certain),
        keras.losses.SparseCategoricalCrossentropy()(np.array([0]), certain),
    ):
        assert round(float(value), 3) == 16.118


def test_keras_rows_renormalised(keras: Any) -> None:
    found = keras.losses.CategoricalCrossentropy()(np.eye(3)[[0]], np.array([[0.5, 0.5, 0.5]]))
    assert float(found) == pytest.approx(math.log(3))


def test_keras_sparse_rows_renormalised(keras: Any) -> None:
    found = keras.losses.SparseCategoricalCrossentropy()(np.array([0]), np.array([[0.5, 0.5, 0.5]]))
    assert float(found) == pytest.approx(math.log(3))


def test_keras_mean_over_last_axis(keras: Any) -> None:
    labels, logits, weights = np.array([0.0, 1.0, 1.0]), LOGITS[:, 0], np.array([1.0, 2.0, 0.0])
    none = keras.losses.BinaryCrossentropy(from_logits=True, reduction=None)(labels, logits)
    assert tuple(none.shape) == ()
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    flat = float(loss(labels, logits, sample_weight=weights))
    assert flat == pytest.approx(float(loss(labels, logits)))
    column = float(loss(labels[:, None], logits[:, None], sample_weight=weights))
    losses = np.logaddexp(0, logits) - labels * logits
    assert column == pytest.approx((weights * losses).sum() / 3)


def test_keras_weights_divide_by_count(keras: Any) -> None:
    weights = np.array([1.0, 2.0, 10.0])
    for reduction, divisor in (("sum_over_batch_size", 3), ("mean_with_sample_weight", weights.sum())):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=reduction)
        found = float(loss(INDEX, LOGITS, sample_weight=weights))
        assert found == pytest.approx((weights * LOSSES).sum() / divisor)


def test_keras_all_ignored_is_zero(keras: Any) -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    assert float(loss(np.full(3, -1), LOGITS)) == 0


def test_keras_no_sparse_smoothing(keras: Any) -> None:
    with pytest.raises(TypeError, match="label_smoothing"):
        keras.losses.SparseCategoricalCrossentropy(label_smoothing=0.1)


def test_keras_label_rows_unchecked(keras: Any) -> None:
    found = keras.losses.CategoricalCrossentropy(from_logits=True)(2 * ROWS, LOGITS)
    assert float(found) == pytest.approx(2 * LOSSES.mean())


def test_keras_focal_alpha_everywhere(keras: Any) -> None:
    found = keras.losses.CategoricalFocalCrossentropy(from_logits=True, gamma=0.0)(ROWS, LOGITS)
    assert float(found) == pytest.approx(0.25 * LOSSES.mean())


def test_keras_binary_focal_alpha_off(keras: Any) -> None:
    labels, logits = np.array([0.0, 1.0, 1.0]), LOGITS[:, 0]
    loss = keras.losses.BinaryFocalCrossentropy
    same = [float(loss(from_logits=True, alpha=alpha)(labels, logits)) for alpha in (0.1, 0.9)]
    assert same[0] == same[1]
    used = [
        float(loss(from_logits=True, alpha=alpha, apply_class_balancing=True)(labels, logits))
        for alpha in (0.1, 0.9)
    ]
    assert used[0] != pytest.approx(used[1])


def test_keras_focal_clips(keras: Any) -> None:
    dense = keras.losses.CategoricalFocalCrossentropy(from_logits=True, alpha=1.0)(
        np.array([[1.0, 0.0]]), np.array([[-100.0, 0.0]])
    )
    assert float(dense) == pytest.approx(16.118, abs=0.01)


def test_keras_binary_focal_keeps_logits(keras: Any) -> None:
    loss = keras.losses.BinaryFocalCrossentropy(from_logits=True)
    assert float(loss(np.array([1.0]), np.array([-100.0]))) == 100


def test_keras_kl_clips(keras: Any) -> None:
    found = keras.losses.KLDivergence()(np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]]))
    assert float(found) == pytest.approx(math.log(2) + 1e-7 * math.log(2e-7), rel=1e-6)
    assert float(found) < math.log(2) - 1e-6


def test_keras_hinge_converts_labels(keras: Any) -> None:
    scores = np.array([-2.0, 0.5, 0.5])
    for loss in (keras.losses.Hinge(), keras.losses.SquaredHinge()):
        zero_one = float(loss(np.array([0.0, 1.0, 0.0]), scores))
        assert zero_one == float(loss(np.array([-1.0, 1.0, -1.0]), scores))
    assert float(keras.losses.Hinge()(np.array([0.0, 1.0, 2.0]), scores)) == pytest.approx((1 + 0.5 + 0) / 3)


def test_keras_categorical_hinge_zero(keras: Any) -> None:
    rows, scores = np.array([[1.0, 0.0]]), np.array([[0.5, -3.0]])
    assert float(keras.losses.CategoricalHinge()(rows, scores)) == 0.5


def test_keras_dice_whole_batch(keras: Any) -> None:
    masks = np.array([[1.0, 1.0], [0.0, 1.0]])
    found = np.array([[0.9, 0.8], [0.3, 0.1]])
    whole = float(keras.losses.Dice()(masks, found))
    assert whole == pytest.approx(1 - 2 * (masks * found).sum() / (masks.sum() + found.sum()))
    each = float(keras.losses.Dice(axis=-1)(masks, found))
    assert whole != pytest.approx(each, rel=0.05)


def test_keras_tversky_alpha_swapped(keras: Any) -> None:
    masks, found = np.array([1.0, 1.0, 0.0]), np.array([0.25, 0.5, 0.125])
    both, missed, wrong = 0.75, 1.25, 0.125
    value = float(keras.losses.Tversky(alpha=0.9, beta=0.1)(masks, found))
    assert value == pytest.approx(1 - both / (both + 0.9 * missed + 0.1 * wrong))


def test_keras_mean_squared_error_is_the_brier_score_over_k(keras: Any) -> None:
    found = float(keras.losses.MeanSquaredError()(ROWS, PROBABILITIES))
    assert found == pytest.approx(((PROBABILITIES - ROWS) ** 2).sum(axis=1).mean() / 3)


def test_keras_generalized_wants_index(keras: Any) -> None:
    loss = keras.losses.CategoricalGeneralizedCrossEntropy(q=0.5)
    assert float(loss(INDEX, np.eye(3)[[1, 0, 0]])) == pytest.approx(2.0)
    wanted = ((1 - np.exp(-LOSSES) ** 0.5) / 0.5).mean()
    assert float(loss(INDEX, PROBABILITIES)) == pytest.approx(wanted, rel=1e-6)
    assert loss.call(ROWS, PROBABILITIES).shape == (3, 3)


def test_keras_generalized_label_out_of_range(keras: Any) -> None:
    loss = keras.losses.CategoricalGeneralizedCrossEntropy(q=0.5, reduction=None)
    assert np.asarray(loss(np.array(BAD_LABELS), PROBABILITIES)).tolist() == [2, 2, 2]


# JAX


def test_jax_label_out_of_range(optax: Any, jnp: Any) -> None:
    jax = pytest.importorskip("jax")
    loss = optax.softmax_cross_entropy_with_integer_labels
    for run in (loss, jax.jit(loss)):
        for label in (-1, -2, -3):
            found = run(jnp.asarray(LOGITS), jnp.array([0, 2, label]))[2]
            assert float(found) == pytest.approx(-LOG_PROBABILITIES[2, label])
        for label in (3, -4, -100):
            assert math.isnan(run(jnp.asarray(LOGITS), jnp.array([0, 2, label]))[2])
    for label in BAD_LABELS:
        rows = jax.nn.one_hot(jnp.array([0, 2, label]), 3)
        assert float(optax.softmax_cross_entropy(jnp.asarray(LOGITS), rows)[2]) == 0


def test_jax_target_outside_unit_interval(optax: Any, jnp: Any) -> None:
    for loss in (optax.sigmoid_binary_cross_entropy, optax.sigmoid_focal_loss):
        assert not math.isinf(float(loss(jnp.array([0.2]), jnp.array([2.0]))[0]))


def test_jax_no_reduction(optax: Any, jnp: Any) -> None:
    logits, rows, index = jnp.asarray(LOGITS), jnp.asarray(ROWS), jnp.asarray(INDEX)
    assert optax.softmax_cross_entropy(logits, rows).shape == (3,)
    assert optax.softmax_cross_entropy_with_integer_labels(logits, index).shape == (3,)
    assert optax.sigmoid_binary_cross_entropy(logits, rows).shape == (3, 3)
    with pytest.raises(TypeError):
        optax.softmax_cross_entropy(logits, rows, weights=jnp.ones(3))


def test_jax_minus_one_is_last_class(optax: Any, jnp: Any) -> None:
    loss = optax.softmax_cross_entropy_with_integer_labels
    last, minus_one = (loss(jnp.asarray(LOGITS), jnp.full(3, label)).tolist() for label in (2, -1))
    assert last == minus_one


def test_jax_elementwise_broadcasts(optax: Any, jnp: Any) -> None:
    assert optax.sigmoid_binary_cross_entropy(jnp.zeros((4, 1)), jnp.zeros(4)).shape == (4, 4)


def test_jax_rows_broadcast(optax: Any, jnp: Any) -> None:
    logits, rows = jnp.asarray(LOGITS), jnp.asarray(ROWS)
    assert optax.softmax_cross_entropy(logits, rows[:, None]).shape == (3, 3)
    assert optax.softmax_cross_entropy(logits, rows[:1]).shape == (3,)


def test_jax_rows_unchecked(optax: Any, jnp: Any) -> None:
    loss = optax.softmax_cross_entropy
    vector = loss(jnp.asarray(LOGITS), jnp.asarray(INDEX))
    np.testing.assert_allclose(vector, -(INDEX * LOG_PROBABILITIES).sum(axis=1))
    np.testing.assert_allclose(loss(jnp.asarray(LOGITS), 2 * jnp.asarray(ROWS)), 2 * LOSSES)


def test_jax_labels_must_be_integers(optax: Any, jnp: Any) -> None:
    with pytest.raises(TypeError, match="integer"):
        optax.softmax_cross_entropy_with_integer_labels(jnp.asarray(LOGITS), jnp.asarray(INDEX, dtype=float))


def test_jax_logits_must_be_floating(optax: Any, jnp: Any) -> None:
    with pytest.raises(TypeError, match="floating"):
        optax.softmax_cross_entropy_with_integer_labels(jnp.array([[1, 2, 3]]), jnp.array([0]))
    with pytest.raises(TypeError, match="floating"):
        optax.sigmoid_binary_cross_entropy(jnp.array([1]), jnp.array([0.0]))


def test_jax_minus_infinity_with_rows(optax: Any, jnp: Any) -> None:
    logits, rows = jnp.array([[0.0, 1.0, -jnp.inf]]), jnp.array([[1.0, 0.0, 0.0]])
    assert math.isnan(optax.softmax_cross_entropy(logits, rows)[0])
    assert float(optax.safe_softmax_cross_entropy(logits, rows)[0]) == pytest.approx(math.log1p(math.e))


def test_jax_float32_by_default(optax: Any, jnp: Any) -> None:
    script = "import jax.numpy, numpy; print(jax.numpy.asarray(numpy.zeros(1)).dtype)"
    environment = {key: value for key, value in os.environ.items() if key != "JAX_ENABLE_X64"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "float32"


def test_jax_hinge_wants_signed(optax: Any, jnp: Any) -> None:
    assert optax.hinge_loss(jnp.array([-5.0, 5.0]), jnp.array([0.0, 0.0])).tolist() == [1, 1]


def test_jax_l2_is_half(optax: Any, jnp: Any) -> None:
    assert float(optax.l2_loss(jnp.array([3.0]), jnp.array([1.0]))[0]) == 2
    assert float(optax.squared_error(jnp.array([3.0]), jnp.array([1.0]))[0]) == 4


def test_jax_smooth_labels_over_last_axis(optax: Any, jnp: Any) -> None:
    np.testing.assert_allclose(optax.smooth_labels(jnp.array([0.0, 1.0, 1.0]), 0.3), [0.1, 0.8, 0.8])


def test_jax_dice_smooth_one(optax: Any, jnp: Any) -> None:
    logits, masks = jnp.zeros((2, 5, 1)), jnp.ones((2, 5, 1))
    found = optax.losses.dice_loss(logits, masks)
    assert found.shape == (2,)
    np.testing.assert_allclose(found, 1 - (2.5 + 1) / (0.5 * 2.5 + 0.5 * 5 + 1))
    three = optax.losses.dice_loss(jnp.zeros((2, 5, 3)), jnp.ones((2, 5, 3)))
    np.testing.assert_allclose(three, 1 - (5 / 3 + 1) / (0.5 * 5 / 3 + 0.5 * 5 + 1), rtol=1e-6)


def test_jax_generalized_kl_adds_masses(optax: Any, jnp: Any) -> None:
    predictions, targets = 2 * PROBABILITIES, ROWS + 0.5
    plain = optax.losses.kl_divergence(jnp.log(predictions), targets)
    found = optax.losses.generalized_kl_divergence(jnp.log(predictions), targets)
    np.testing.assert_allclose(found, plain + predictions.sum(axis=1) - targets.sum(axis=1), rtol=1e-12)


# scikit-learn


@pytest.fixture
def metrics(sklearn: Any) -> Any:
    return pytest.importorskip("sklearn.metrics")


@pytest.mark.parametrize("label", BAD_LABELS)
def test_sklearn_label_out_of_range(metrics: Any, label: int) -> None:
    labels = np.array([0, 2, label])
    with pytest.raises(ValueError, match="not belonging to the passed labels"):
        metrics.log_loss(labels, PROBABILITIES, labels=[0, 1, 2])
    columns = np.searchsorted(np.unique(labels), labels)
    read = -LOG_PROBABILITIES[np.arange(3), columns].mean()
    assert metrics.log_loss(labels, PROBABILITIES) == pytest.approx(read)
    with pytest.raises(ValueError, match="different number of classes"):
        metrics.log_loss([0, label, 0], PROBABILITIES)


def test_sklearn_probabilities_only(metrics: Any) -> None:
    for outside, says in ((2.0, "greater than 1"), (-1.0, "(lower|less) than 0")):
        with pytest.raises(ValueError, match=says):
            metrics.log_loss([0, 1], [outside, 0.5])
        with pytest.raises(ValueError, match=says):
            metrics.brier_score_loss([0, 1], [outside, 0.5])
    assert math.isfinite(metrics.log_loss([0, 1], [0.2, 0.9]))


def test_sklearn_clips_at_machine_epsilon(metrics: Any) -> None:
    wide = metrics.log_loss([1, 0], np.zeros(2)) * 2
    narrow = metrics.log_loss([1, 0], np.zeros(2, dtype=np.float32)) * 2
    assert (round(wide, 3), round(narrow, 3)) == (36.044, 15.942)


def test_sklearn_columns_are_sorted_labels(metrics: Any) -> None:
    with pytest.warns(UserWarning, match="lexicographically"):
        found = metrics.log_loss(["b", "a"], [[1.0, 0.0], [0.0, 1.0]], labels=["b", "a"])
    assert found == pytest.approx(36.0437, abs=1e-3)


def test_sklearn_class_missing_needs_labels(metrics: Any) -> None:
    with pytest.raises(ValueError, match="labels argument"):
        metrics.log_loss([0, 1, 1], PROBABILITIES)
    with pytest.raises(ValueError, match="labels argument"):
        metrics.log_loss([1, 1], [0.3, 0.4])
    assert metrics.log_loss([1, 1], [0.3, 0.4], labels=[0, 1]) == pytest.approx(-np.log([0.3, 0.4]).mean())


def test_sklearn_soft_labels_refused(metrics: Any) -> None:
    with pytest.raises(ValueError, match="not supported"):
        metrics.log_loss(PROBABILITIES, PROBABILITIES)
    with pytest.raises(ValueError, match="Unknown label type"):
        metrics.log_loss([0.2, 0.3, 0.7], PROBABILITIES[:, 0])


def test_sklearn_rows_not_renormalised(metrics: Any) -> None:
    with pytest.warns(UserWarning, match="sum to one"):
        found = metrics.log_loss([0, 1, 2], np.full((3, 3), 0.5))
    assert found == pytest.approx(math.log(2))
    tags = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0]])
    sigmoids = 1 / (1 + np.exp(-LOGITS))
    with pytest.warns(UserWarning, match="sum to one"):
        strange = metrics.log_loss(tags, sigmoids)
    binary = -(tags * np.log(sigmoids) + (1 - tags) * np.log(1 - sigmoids)).mean()
    softmax = -(tags * LOG_PROBABILITIES).sum(axis=1).mean()
    assert strange != pytest.approx(binary, rel=0.05)
    assert strange != pytest.approx(softmax, rel=0.05)


def test_sklearn_targets_first(metrics: Any) -> None:
    right = metrics.log_loss([0, 1, 1], PROBABILITIES[:, 0], labels=[0, 1])
    binary = np.where([1, 0, 0], 1 - PROBABILITIES[:, 0], PROBABILITIES[:, 0])
    assert right == pytest.approx(-np.log(binary).mean())
    with pytest.raises(ValueError, match=r"\S"):
        metrics.log_loss(PROBABILITIES[:, 0], [0, 1, 1], labels=[0, 1])


def test_sklearn_brier_scale(metrics: Any) -> None:
    assert metrics.brier_score_loss([0, 1], [1.0, 0.0]) == 1
    wrong = np.eye(3)[[1, 2, 0]]
    assert metrics.brier_score_loss([0, 1, 2], wrong) == 2


def test_sklearn_hinge_labels_from_data(metrics: Any) -> None:
    scores = [-2.0, 0.5, 0.3]
    assert metrics.hinge_loss([0, 1, 1], scores) == metrics.hinge_loss([-1, 1, 1], scores)
    assert metrics.hinge_loss([1, 1], [2.0, 1.0]) == 2.5


def test_sklearn_d2_needs_two(metrics: Any) -> None:
    with pytest.warns(UserWarning, match="two samples"):
        assert math.isnan(metrics.d2_log_loss_score([1], [0.5], labels=[0, 1]))
    with pytest.warns(UserWarning, match="two samples"):
        assert math.isnan(metrics.d2_brier_score([1], [0.5], labels=[0, 1]))


# ONNX, in the reference evaluator


@pytest.fixture
def run_onnx(onnx: Any) -> Any:
    evaluator = pytest.importorskip("onnx.reference").ReferenceEvaluator

    def run(logits: np.ndarray, labels: np.ndarray, **attributes: Any) -> float:
        node = onnx.helper.make_node("SoftmaxCrossEntropyLoss", ["x", "t"], ["loss"], **attributes)
        return float(evaluator(node).run(None, {"x": logits, "t": labels})[0])

    return run


def test_onnx_label_out_of_range(run_onnx: Any) -> None:
    with pytest.raises(IndexError, match="out of bounds"):
        run_onnx(LOGITS, np.array([0, 2, 3]))


def test_onnx_minus_one_is_last_class(run_onnx: Any) -> None:
    assert run_onnx(LOGITS, np.array([0, 2, -1])) == run_onnx(LOGITS, np.array([0, 2, 2]))


def test_onnx_class_axis_is_second(run_onnx: Any) -> None:
    scores = np.moveaxis(LOGITS[None], -1, 1)
    assert run_onnx(scores, INDEX[None]) == pytest.approx(LOSSES.mean())


def test_onnx_all_ignored_is_nan(run_onnx: Any) -> None:
    with np.errstate(invalid="ignore"):
        assert math.isnan(run_onnx(LOGITS, np.full(3, 2), ignore_index=2))


def test_onnx_reference_underflows(run_onnx: Any) -> None:
    with np.errstate(divide="ignore"):
        assert run_onnx(np.array([[0.0, 750.0]]), np.array([0])) == math.inf
        assert run_onnx(np.array([[0.0, 110.0]], np.float32), np.array([0])) == math.inf
    assert run_onnx(np.array([[0.0, 700.0]]), np.array([0])) == 700


# XGBoost, LightGBM and CatBoost, on given scores


@pytest.fixture
def boosted(xgboost: Any) -> Any:
    def run(parameters: dict[str, Any], labels: Any, margin: Any, rounds: int = 0, **how: Any) -> float:
        data = xgboost.DMatrix(np.zeros((len(labels), 1)), label=labels, base_margin=margin, **how)
        shown = xgboost.train({"verbosity": 0, **parameters}, data, rounds).eval(data)
        return float(shown.rsplit(":", 1)[1])

    return run


LOGISTIC = {"objective": "binary:logistic", "eval_metric": "logloss"}
SOFTPROB = {"objective": "multi:softprob", "num_class": 3, "eval_metric": "mlogloss"}


@pytest.mark.parametrize("label", [3, -1])
def test_xgboost_label_out_of_range(boosted: Any, xgboost: Any, label: int) -> None:
    with pytest.raises(xgboost.core.XGBoostError, match="label_error >= 0"):
        boosted(SOFTPROB, [0, 2, label], LOGITS)


@pytest.mark.parametrize("label", [2.0, -1.0])
def test_xgboost_binary_label_out_of_range(boosted: Any, xgboost: Any, label: float) -> None:
    assert math.isfinite(boosted(LOGISTIC, [0, label], [0.3, 0.2]))
    with pytest.raises(xgboost.core.XGBoostError, match=r"label must be in \(0, 1\)"):
        boosted({**LOGISTIC, "base_score": 0.5}, [0, label], [0.3, 0.2], rounds=1)


def test_xgboost_scale_pos_weight_not_in_metric(boosted: Any) -> None:
    plain = boosted(LOGISTIC, [1, 0, 1], [0.3, 0.2, -1])
    assert boosted({**LOGISTIC, "scale_pos_weight": 9}, [1, 0, 1], [0.3, 0.2, -1]) == plain


def test_xgboost_metric_clips(boosted: Any) -> None:
    assert boosted(LOGISTIC, [1, 0], [-100, 100]) == pytest.approx(-math.log(1e-16))
    far = np.array([[500.0, 0, 0]])
    assert boosted(SOFTPROB, [1], far) == pytest.approx(36.8413615)


def test_xgboost_logitraw_metric_reads_margins(boosted: Any) -> None:
    found = boosted({**LOGISTIC, "objective": "binary:logitraw"}, [1, 0], [0.3, 0.6])
    assert found == pytest.approx(-(math.log(0.3) + math.log(0.4)) / 2, rel=1e-6)


def test_xgboost_fractions_cut_off(boosted: Any) -> None:
    assert boosted(SOFTPROB, [0.9, 2.2, 1.5], LOGITS) == boosted(SOFTPROB, INDEX, LOGITS)


def test_xgboost_nothing_left_is_zero(boosted: Any) -> None:
    assert boosted(LOGISTIC, [1, 0], [0.3, 0.6], weight=[0, 0]) == 0


def test_xgboost_nothing_left_is_nan(boosted: Any) -> None:
    assert math.isnan(boosted(SOFTPROB, INDEX, LOGITS, weight=[0, 0, 0]))


@pytest.fixture
def light(lightgbm: Any) -> Any:
    def run(parameters: dict[str, Any], labels: Any, scores: Any) -> float:
        parameters = {"verbosity": -1, "boost_from_average": False, **parameters}
        data = lightgbm.Dataset(
            np.zeros((len(labels), 1)), label=labels, init_score=scores, params=parameters
        )
        return float(lightgbm.Booster(parameters, data).eval_train()[0][2])

    return run


MULTICLASS = {"objective": "multiclass", "num_class": 3}


@pytest.mark.parametrize("label", [3, -1])
def test_lightgbm_label_out_of_range(light: Any, lightgbm: Any, label: int) -> None:
    with pytest.raises(lightgbm.basic.LightGBMError, match=r"Label must be in \[0, 3\)"):
        light(MULTICLASS, [0, 2, label], LOGITS)


def test_lightgbm_binary_label_out_of_range(light: Any) -> None:
    scores = np.array([0.3, 0.6])
    assert light({"objective": "binary"}, [2, -1], scores) == light({"objective": "binary"}, [1, 0], scores)


def test_lightgbm_binary_takes_any_label(light: Any) -> None:
    scores = np.array([0.3, 0.6])
    assert light({"objective": "binary"}, [0.1, 0], scores) == light({"objective": "binary"}, [1, 0], scores)


@pytest.mark.parametrize("label", [2.0, -1.0])
def test_lightgbm_soft_label_out_of_range(light: Any, lightgbm: Any, label: float) -> None:
    with pytest.raises(lightgbm.basic.LightGBMError, match="does not tolerate element"):
        light({"objective": "cross_entropy"}, [0, label], np.zeros(2))


@pytest.mark.parametrize("option", [{"scale_pos_weight": 9}, {"is_unbalance": True}])
def test_lightgbm_weights_not_in_metric(light: Any, option: dict[str, Any]) -> None:
    scores = np.array([0.3, 0.6, -1.0])
    plain = light({"objective": "binary"}, [1, 0, 0], scores)
    assert light({"objective": "binary", **option}, [1, 0, 0], scores) == plain


def test_lightgbm_sigmoid_parameter(light: Any) -> None:
    scores = np.array([0.3, 0.6])
    twice = light({"objective": "binary", "sigmoid": 2.0}, [1, 0], scores)
    assert twice == pytest.approx(light({"objective": "binary"}, [1, 0], 2 * scores))


def test_lightgbm_metric_clips(light: Any) -> None:
    assert light({"objective": "binary"}, [1, 0], np.array([-100.0, 100])) == pytest.approx(34.5387764)
    assert light(MULTICLASS, [1, 1], np.array([[500.0, 0, 0]] * 2)) == pytest.approx(34.5387764)


def test_lightgbm_cross_entropy_clips_at_1e_12(light: Any) -> None:
    found = light({"objective": "cross_entropy"}, [1, 0], np.array([-100.0, 100]))
    assert found == pytest.approx(-math.log(1e-12))


def test_lightgbm_fractions_cut_off(light: Any) -> None:
    assert light(MULTICLASS, [0.9, 2.2, 1.5], LOGITS) == light(MULTICLASS, INDEX, LOGITS)


def test_lightgbm_ova_metric_is_another_number(light: Any) -> None:
    found = light({"objective": "multiclassova", "num_class": 3}, INDEX, LOGITS)
    assert found == pytest.approx(np.logaddexp(0, -LOGITS[np.arange(3), INDEX]).mean())


@pytest.fixture
def cat(catboost: Any) -> Any:
    function = pytest.importorskip("catboost.utils").eval_metric
    return lambda *arguments, **how: function(*arguments, **how)[0]


@pytest.mark.parametrize("label", [3, -1])
def test_catboost_label_out_of_range(cat: Any, catboost: Any, label: int) -> None:
    with pytest.raises(catboost.CatBoostError, match="Inappropriate targetClass"):
        cat([0, 2, label], LOGITS, "MultiClass")


def test_catboost_binary_label_out_of_range(cat: Any) -> None:
    assert cat([2, -1], [0.3, 0.6], "Logloss") == cat([1, 0], [0.3, 0.6], "Logloss")


def test_catboost_soft_label_out_of_range(cat: Any) -> None:
    assert math.isfinite(cat([2, 0.5], [1.0, 0.0], "CrossEntropy"))


def test_catboost_logloss_has_a_border(cat: Any) -> None:
    assert cat([0.7, 0.3], [0.3, 0.6], "Logloss") == cat([1, 0], [0.3, 0.6], "Logloss")
    assert cat([0.7, 0.3], [0.3, 0.6], "CrossEntropy") != cat([1, 0], [0.3, 0.6], "Logloss")


def test_catboost_nothing_clipped(cat: Any) -> None:
    assert cat([1, 0], [-1000.0, 1000.0], "Logloss") == 1000
    assert cat([0, 1], [[1000.0, 0.0], [1000.0, 0]], "MultiClass") == 500


def test_catboost_focal_alpha_always(cat: Any) -> None:
    found = cat([1, 0], [0.3, 0.6], "Focal:focal_alpha=0.25;focal_gamma=0.0001")
    plain = np.logaddexp(0, [-0.3, 0.6])
    assert found == pytest.approx((0.25 * plain[0] + 0.75 * plain[1]) / 2, rel=1e-3)


# transformers


@pytest.fixture
def hf(transformers: Any) -> Any:
    return pytest.importorskip("transformers.loss.loss_utils")


@pytest.fixture
def smoother(transformers: Any) -> Any:
    return pytest.importorskip("transformers.trainer_pt_utils").LabelSmoother


def _config(labels: int) -> Any:
    return SimpleNamespace(num_labels=labels, problem_type=None)


def test_transformers_label_out_of_range(hf: Any, t: Any) -> None:
    for label in (3, -1):
        with pytest.raises(IndexError, match="out of bounds"):
            hf.ForMaskedLMLoss(t(LOGITS), t(np.array([0, 2, label])), vocab_size=3)
    left = hf.ForMaskedLMLoss(t(LOGITS), t(np.array([0, 2, -100])), vocab_size=3)
    assert left.item() == pytest.approx(LOSSES[:2].mean(), rel=1e-6)


def test_transformers_smoother_label_out_of_range(smoother: Any, t: Any) -> None:
    with pytest.raises(RuntimeError, match="out of bounds"):
        smoother()({"logits": t(LOGITS)}, t(np.array([0, 2, 3])))


def test_transformers_smoother_clamps_labels(smoother: Any, t: Any) -> None:
    found = [smoother()({"logits": t(LOGITS)}, t(np.array([0, 2, last]))).item() for last in (-1, 0)]
    assert found[0] == found[1]


def test_transformers_logit_target_outside_unit_interval(hf: Any, t: Any) -> None:
    assert math.isfinite(hf.ForSequenceClassificationLoss(t(2 * ROWS), t(LOGITS), _config(3)))


def test_transformers_problem_type_is_guessed(hf: Any, t: Any) -> None:
    for labels, wanted in ((INDEX, "single_label_classification"), (ROWS, "multi_label_classification")):
        config = _config(3)
        hf.ForSequenceClassificationLoss(t(labels), t(LOGITS), config)
        assert config.problem_type == wanted


def test_transformers_one_label_is_regression(hf: Any, t: Any) -> None:
    config = _config(1)
    found = hf.ForSequenceClassificationLoss(t(np.array([1.0, 0, 1])), t(LOGITS[:, :1]), config)
    assert config.problem_type == "regression"
    assert found.item() == pytest.approx(((LOGITS[:, 0] - [1, 0, 1]) ** 2).mean())


def test_transformers_shifts_labels(hf: Any, t: Any) -> None:
    found = hf.ForCausalLMLoss(t(LOGITS[None]), t(INDEX[None]), vocab_size=3).item()
    shifted = -LOG_PROBABILITIES[[0, 1], INDEX[1:]].mean()
    assert found == pytest.approx(shifted, rel=1e-6)


def test_transformers_items_in_batch_divides(hf: Any, t: Any) -> None:
    found = hf.ForMaskedLMLoss(t(LOGITS), t(INDEX), vocab_size=3, num_items_in_batch=10).item()
    assert found == pytest.approx(LOSSES.sum() / 10, rel=1e-6)


def test_transformers_segmentation_ignores_255(hf: Any, t: Any) -> None:
    def loss(last: int) -> float:
        labels = np.array([0, 2, last])
        return float(hf.ForSemanticSegmentationLoss(t(LOGITS[:, :, None, None]), t(labels[:, None, None])))

    assert loss(255) == pytest.approx(LOSSES[:2].mean())
    with pytest.raises(IndexError, match="out of bounds"):
        loss(-100)

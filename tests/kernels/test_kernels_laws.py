"""Relations between the kernels that hold whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from ce_core import kernels

law = settings(max_examples=60, deadline=None)

DTYPES = st.sampled_from([np.float16, np.float32, np.float64])
SMOOTHINGS = st.sampled_from([0.0, 0.1, 1.0])


@st.composite
def blocks(draw, size=500.0, min_classes=1):
    """Draw logits of shape (examples, classes) and one label for each example."""
    examples, classes = draw(st.integers(0, 6)), draw(st.integers(min_classes, 70))
    dtype = draw(DTYPES)
    numbers = st.floats(-size, size, width=np.finfo(dtype).bits)
    logits = draw(hnp.arrays(dtype, (examples, classes), elements=numbers, fill=numbers))
    labels = draw(hnp.arrays(np.int64, examples, elements=st.integers(0, classes - 1)))
    return logits, labels


def distributions(shape):
    """Draw rows of class weights that sum to 1, some of them exactly zero."""
    counts = hnp.arrays(np.int64, shape, elements=st.integers(0, 5))
    return counts.map(lambda c: (c + (c.sum(-1, keepdims=True) == 0)).astype(np.float64)).map(
        lambda c: c / c.sum(-1, keepdims=True)
    )


def one_hot(labels, classes):
    return np.eye(classes)[labels]


@law
@given(blocks(), SMOOTHINGS)
def test_sparse_softmax_equals_dense_on_one_hot_rows(block, smoothing):
    logits, labels = block
    assert_allclose(
        kernels.softmax_cross_entropy(logits, one_hot(labels, logits.shape[1]), label_smoothing=smoothing),
        kernels.sparse_softmax_cross_entropy(logits, labels, label_smoothing=smoothing),
        rtol=1e-15,
    )


@law
@given(blocks(), SMOOTHINGS, st.sampled_from([None, 1e-7]))
def test_sparse_categorical_and_nll_equal_dense_on_one_hot_rows(block, smoothing, clip):
    logits, labels = block
    rows = one_hot(labels, logits.shape[1])
    p, q = kernels.softmax(logits), kernels.log_softmax(logits)
    assert_allclose(
        kernels.categorical_cross_entropy(p, rows, clip=clip, label_smoothing=smoothing),
        kernels.sparse_categorical_cross_entropy(p, labels, clip=clip, label_smoothing=smoothing),
        rtol=1e-15,
    )
    assert_allclose(
        kernels.nll(q, rows, label_smoothing=smoothing),
        kernels.nll(q, labels, label_smoothing=smoothing),
        rtol=1e-15,
    )


@law
@given(st.data(), blocks())
def test_the_loss_of_a_distribution_is_the_expected_loss_of_its_classes(data, block):
    logits, _ = block
    targets = data.draw(distributions(logits.shape))
    of_each_class = [
        kernels.sparse_softmax_cross_entropy(logits, np.full(len(logits), label))
        for label in range(logits.shape[1])
    ]
    assert_allclose(
        kernels.softmax_cross_entropy(logits, targets),
        np.sum(targets * np.stack(of_each_class, axis=1), axis=1),
        rtol=1e-13,
    )


@law
@given(st.data(), blocks(), SMOOTHINGS)
def test_smoothing_equals_smoothed_targets(data, block, smoothing):
    logits, _ = block
    targets = data.draw(distributions(logits.shape))
    smoothed = targets * (1 - smoothing) + smoothing / logits.shape[1]
    for kernel, predictions in (
        (kernels.softmax_cross_entropy, logits),
        (kernels.categorical_cross_entropy, kernels.softmax(logits)),
        (kernels.nll, kernels.log_softmax(logits)),
    ):
        assert_allclose(
            kernel(predictions, targets, label_smoothing=smoothing),
            kernel(predictions, smoothed),
            rtol=1e-13,
        )
    halves = targets * (1 - smoothing) + smoothing / 2
    assert_allclose(
        kernels.weighted_sigmoid_cross_entropy(logits, targets, pos_weight=3, label_smoothing=smoothing),
        kernels.weighted_sigmoid_cross_entropy(logits, halves, pos_weight=3),
        rtol=1e-12,
        atol=1e-13,
    )


@law
@given(hnp.arrays(np.float64, st.integers(0, 20), elements=st.floats(-800, 800)), st.sampled_from([0, 1]))
def test_sigmoid_equals_softmax_on_zero_and_x(logits, label):
    two = np.stack([np.zeros_like(logits), logits], axis=-1)
    assert_allclose(
        kernels.sigmoid_cross_entropy(logits, np.full(logits.shape, label)),
        kernels.sparse_softmax_cross_entropy(two, np.full(logits.shape, label)),
        rtol=1e-15,
    )
    assert_allclose(kernels.sigmoid(logits), kernels.softmax(two)[:, 1], rtol=1e-15)


@law
@given(
    hnp.arrays(np.float64, 8, elements=st.floats(-800, 800)),
    hnp.arrays(np.int64, 8, elements=st.integers(0, 8)),
)
def test_the_other_outcome_is_the_negative_logit(logits, eighths):
    targets = eighths / 8
    assert_array_equal(
        kernels.sigmoid_cross_entropy(logits, targets), kernels.sigmoid_cross_entropy(-logits, 1 - targets)
    )


@law
@given(blocks(size=300.0))
def test_logits_equal_the_probabilities_and_the_log_probabilities_of_their_softmax(block):
    logits, labels = block
    losses = kernels.sparse_softmax_cross_entropy(logits, labels)
    p = kernels.softmax(logits)
    assert_allclose(kernels.sparse_categorical_cross_entropy(p, labels), losses, rtol=1e-14, atol=4e-16)
    assert_array_equal(kernels.nll(kernels.log_softmax(logits), labels), losses)
    assert_allclose(p.sum(axis=1), np.ones(len(p)), rtol=1e-14)


@law
@given(
    hnp.arrays(np.float64, 12, elements=st.floats(-600, 0)),
    hnp.arrays(np.float64, 12, elements=st.floats(0, 1)),
)
def test_sigmoid_logits_equal_the_probabilities_of_their_sigmoid(logits, targets):
    """Up to probability 1/2: above it 1 − p has fewer digits than the logit."""
    assert_allclose(
        kernels.binary_cross_entropy(kernels.sigmoid(logits), targets),
        kernels.sigmoid_cross_entropy(logits, targets),
        rtol=1e-14,
    )


@law
@given(
    hnp.arrays(np.int64, (4, 5), elements=st.integers(-(2**20), 2**20)),
    hnp.arrays(np.int64, 4, elements=st.integers(0, 4)),
    st.integers(-(2**30), 2**30),
)
def test_a_constant_added_to_every_logit_changes_nothing(thousandths, labels, offset):
    logits = thousandths / 1024  # so that the shifted logits are exact
    assert_array_equal(
        kernels.sparse_softmax_cross_entropy(logits + offset, labels),
        kernels.sparse_softmax_cross_entropy(logits, labels),
    )


@law
@given(st.data(), st.sampled_from([3, 63, 64, 90]), st.integers(-3, 2), SMOOTHINGS)
def test_any_class_axis_equals_the_moved_axis(data, classes, axis, smoothing):
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(2, 5, classes)).astype(data.draw(DTYPES)) * 9
    targets = rng.dirichlet(np.ones(classes), size=(2, 5))
    labels = rng.integers(0, classes, (2, 5))
    moved, moved_targets = np.moveaxis(logits, -1, axis), np.moveaxis(targets, -1, axis)
    p, q = kernels.softmax(logits), kernels.log_softmax(logits)
    for kernel, values in (
        (kernels.softmax_cross_entropy, logits),
        (kernels.categorical_cross_entropy, p),
        (kernels.nll, q),
    ):
        assert_array_equal(
            kernel(np.moveaxis(values, -1, axis), moved_targets, axis=axis, label_smoothing=smoothing),
            kernel(values, targets, label_smoothing=smoothing),
        )
    for kernel, values in (
        (kernels.sparse_softmax_cross_entropy, logits),
        (kernels.sparse_categorical_cross_entropy, p),
        (kernels.nll, q),
    ):
        assert_array_equal(
            kernel(np.moveaxis(values, -1, axis), labels, axis=axis, label_smoothing=smoothing),
            kernel(values, labels, label_smoothing=smoothing),
        )
    assert_array_equal(kernels.softmax(moved, axis=axis), np.moveaxis(p, -1, axis))
    assert_array_equal(kernels.log_softmax(moved, axis=axis), np.moveaxis(q, -1, axis))


@law
@given(blocks(), st.integers(0, 6))
def test_blocks_equal_the_whole(block, cut):
    logits, labels = block
    whole = kernels.sparse_softmax_cross_entropy(logits, labels)
    parts = [
        kernels.sparse_softmax_cross_entropy(logits[rows], labels[rows])
        for rows in (slice(None, cut), slice(cut, None))
    ]
    assert_allclose(np.concatenate(parts), whole, rtol=1e-15)
    rows = one_hot(labels, logits.shape[1])
    whole = kernels.sigmoid_cross_entropy(logits, rows)
    parts = [
        kernels.sigmoid_cross_entropy(logits[rs], rows[rs]) for rs in (slice(None, cut), slice(cut, None))
    ]
    assert_allclose(np.concatenate(parts), whole, rtol=1e-15)


@law
@given(blocks(), SMOOTHINGS)
def test_a_positive_weight_of_one_equals_the_plain_loss(block, smoothing):
    logits, labels = block
    rows = one_hot(labels, logits.shape[1])
    plain = kernels.sigmoid_cross_entropy(logits, rows, label_smoothing=smoothing)
    for weight in (1, np.ones(logits.shape[1])):
        weighted = kernels.weighted_sigmoid_cross_entropy(
            logits, rows, pos_weight=weight, label_smoothing=smoothing
        )
        assert_allclose(weighted, plain, rtol=1e-15)


@law
@given(blocks(), st.floats(0, 100))
def test_a_positive_weight_multiplies_the_losses_of_positives_only(block, weight):
    logits, labels = block
    positives = one_hot(labels, logits.shape[1])
    plain = kernels.sigmoid_cross_entropy(logits, positives)
    weighted = kernels.weighted_sigmoid_cross_entropy(logits, positives, pos_weight=weight)
    assert_allclose(weighted, np.where(positives == 1, weight * plain, plain), rtol=1e-15)


@law
@given(st.data(), blocks())
def test_a_masked_class_of_no_weight_equals_the_class_removed(data, block):
    logits, labels = block
    place = data.draw(st.integers(0, logits.shape[1]))
    targets = data.draw(distributions(logits.shape))
    masked = np.insert(logits, place, -np.inf, axis=1)
    assert_allclose(
        kernels.softmax_cross_entropy(masked, np.insert(targets, place, 0.0, axis=1)),
        kernels.softmax_cross_entropy(logits, targets),
        rtol=1e-14,
    )
    assert_allclose(
        kernels.sparse_softmax_cross_entropy(masked, labels + (labels >= place)),
        kernels.sparse_softmax_cross_entropy(logits, labels),
        rtol=1e-14,
    )


@law
@given(blocks())
def test_the_terms_give_what_the_kernels_give(block):
    logits, labels = block
    terms = kernels.softmax_terms(logits)
    assert_array_equal(terms.argmax, logits.argmax(axis=1))
    assert_array_equal(terms.top, logits.max(axis=1))
    assert_array_equal(terms.losses(labels), kernels.sparse_softmax_cross_entropy(logits, labels))
    assert_array_equal(terms.probabilities(), kernels.softmax(logits))
    others = np.where(np.arange(logits.shape[1]) == terms.argmax[:, None], 0.0, terms.exponentials)
    assert_allclose(terms.rest, others.sum(axis=1), rtol=1e-14)
    assert np.all(np.take_along_axis(terms.exponentials, terms.argmax[:, None], axis=1) == 1)


ANYTHING = hnp.arrays(
    np.float64,
    (3, 4),
    elements=st.one_of(st.floats(), st.sampled_from([0.0, 1.0, -np.inf, np.inf, np.nan])),
)


@pytest.mark.filterwarnings("error")
@law
@given(ANYTHING, ANYTHING, SMOOTHINGS, st.sampled_from([None, 0.0, 1e-7]))
def test_whatever_the_numbers_nothing_warns_and_no_argument_changes(predictions, targets, smoothing, clip):
    before = predictions.copy(), targets.copy()
    labels = [0, 1, 3]
    kernels.binary_cross_entropy(predictions, targets, clip=clip, label_smoothing=smoothing)
    kernels.categorical_cross_entropy(predictions, targets, clip=clip, label_smoothing=smoothing)
    kernels.sparse_categorical_cross_entropy(predictions, labels, clip=clip, label_smoothing=smoothing)
    kernels.sigmoid_cross_entropy(predictions, targets, label_smoothing=smoothing)
    kernels.weighted_sigmoid_cross_entropy(predictions, targets, pos_weight=0, label_smoothing=smoothing)
    kernels.softmax_cross_entropy(predictions, targets, label_smoothing=smoothing)
    kernels.sparse_softmax_cross_entropy(predictions, labels, label_smoothing=smoothing)
    kernels.nll(predictions, targets, label_smoothing=smoothing)
    kernels.nll(predictions, labels, label_smoothing=smoothing)
    kernels.softmax(predictions)
    kernels.log_softmax(predictions)
    kernels.sigmoid(predictions)
    assert_array_equal(predictions, before[0])
    assert_array_equal(targets, before[1])

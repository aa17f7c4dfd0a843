"""Relations of the losses beside the cross-entropies that hold whatever the numbers are."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from ce_core import kernels

law = settings(max_examples=40, deadline=None)
GAMMAS = st.sampled_from([0.0, 0.5, 2.0, 3.0])
EIGHTHS = st.integers(-64, 64).map(lambda n: n / 8)


@st.composite
def blocks(draw, size=300.0, min_classes=1):
    """Draw logits of shape (examples, classes) and one label for each example."""
    examples, classes = draw(st.integers(0, 5)), draw(st.integers(min_classes, 70))
    numbers = st.floats(-size, size)
    logits = draw(hnp.arrays(np.float64, (examples, classes), elements=numbers, fill=numbers))
    labels = draw(hnp.arrays(np.int64, examples, elements=st.integers(0, classes - 1)))
    return logits, labels


def dyadic(shape):
    """Draw eighths, whose sums and differences are exact."""
    return hnp.arrays(np.float64, shape, elements=EIGHTHS)


def distributions(shape):
    counts = hnp.arrays(np.int64, shape, elements=st.integers(0, 5))
    return counts.map(lambda c: (c + (c.sum(-1, keepdims=True) == 0)).astype(np.float64)).map(
        lambda c: c / c.sum(-1, keepdims=True)
    )


def one_hot(labels, classes):
    return np.eye(classes)[labels]


BY_LOGITS = {
    "softmax focal": kernels.softmax_focal,
    "softmax focal, alpha": lambda x, y, **options: kernels.softmax_focal(
        x, y, alpha=np.linspace(0, 2, x.shape[options.get("axis", -1)]), **options
    ),
    "poly1": kernels.poly1_cross_entropy,
    "poly1 of epsilon -1": partial(kernels.poly1_cross_entropy, epsilon=-1),
    "sparsemax": kernels.sparsemax,
    "multiclass perceptron": kernels.multiclass_perceptron,
    "categorical hinge": kernels.categorical_hinge,
    "multi margin": partial(kernels.multi_margin, p=2, margin=0.5),
}
BY_PROBABILITIES = {
    "generalized": kernels.generalized_cross_entropy,
    "brier": kernels.brier,
}


@pytest.mark.parametrize("kernel", [*BY_LOGITS.values(), *BY_PROBABILITIES.values()],
                         ids=[*BY_LOGITS, *BY_PROBABILITIES])  # fmt: skip
@law
@given(block=blocks(min_classes=2))
def test_class_indices_equal_one_hot_rows(kernel, block):
    logits, labels = block
    predictions = kernels.softmax(logits) if kernel in BY_PROBABILITIES.values() else logits
    assert_allclose(
        kernel(predictions, one_hot(labels, logits.shape[1])),
        kernel(predictions, labels),
        rtol=1e-14,
        atol=1e-300,
    )


@pytest.mark.parametrize("kernel", [*BY_LOGITS.values(), *BY_PROBABILITIES.values()],
                         ids=[*BY_LOGITS, *BY_PROBABILITIES])  # fmt: skip
@pytest.mark.parametrize("classes", [3, 63, 64, 90])
@pytest.mark.parametrize("axis", [0, 1, -2])
def test_any_class_axis_equals_the_moved_axis(kernel, classes, axis):
    rng = np.random.default_rng(classes)
    logits = rng.normal(size=(2, 5, classes)) * 3
    predictions = kernels.softmax(logits) if kernel in BY_PROBABILITIES.values() else logits
    labels = rng.integers(0, classes, (2, 5))
    for targets, moved in ((labels, labels), (np.eye(classes)[labels], None)):
        there = np.moveaxis(targets, -1, axis) if moved is None else moved
        assert_array_equal(
            kernel(np.moveaxis(predictions, -1, axis), there, axis=axis), kernel(predictions, targets)
        )


@pytest.mark.parametrize("axis", [0, 1, -2])
def test_any_axis_of_rows_or_labels_equals_the_moved_axis(axis):
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(2, 5, 7))
    rows = rng.dirichlet(np.ones(7), (2, 5))
    lists = np.stack([rng.permutation(7) for _ in range(10)]).reshape(2, 5, 7) - (rng.random((2, 5, 1)) < 0.5)
    hot = rng.integers(0, 2, (2, 5, 7))
    for kernel, predictions, targets in (
        (kernels.kl_divergence, logits, rows),
        (partial(kernels.kl_divergence, given="probabilities"), kernels.softmax(logits), rows),
        (partial(kernels.kl_divergence, given="log_probabilities"), kernels.log_softmax(logits), rows),
        (kernels.softmax_focal, logits, rows),
        (kernels.sparsemax, logits, rows),
        (kernels.multilabel_margin, logits, lists),
        (partial(kernels.multilabel_margin, encoding="multi_hot"), logits, hot),
        (kernels.multilabel_soft_margin, logits, hot),
    ):
        assert_array_equal(
            kernel(np.moveaxis(predictions, -1, axis), np.moveaxis(targets, -1, axis), axis=axis),
            kernel(predictions, targets),
        )


# Focal losses, generalised cross-entropy, Poly-1


@law
@given(st.data(), blocks())
def test_a_focal_loss_of_gamma_0_is_the_cross_entropy(data, block):
    logits, labels = block
    targets = data.draw(hnp.arrays(np.float64, logits.shape, elements=st.floats(0, 1)))
    assert_array_equal(
        kernels.sigmoid_focal(logits, targets, gamma=0), kernels.sigmoid_cross_entropy(logits, targets)
    )
    assert_array_equal(
        kernels.softmax_focal(logits, labels, gamma=0), kernels.sparse_softmax_cross_entropy(logits, labels)
    )
    rows = data.draw(distributions(logits.shape))
    assert_allclose(
        kernels.softmax_focal(logits, rows, gamma=0), kernels.softmax_cross_entropy(logits, rows), rtol=1e-14
    )


@law
@given(blocks(), GAMMAS)
def test_focal_of_two_classes_equals_focal_of_their_difference(block, gamma):
    logits, _ = block
    for label in (0, 1):
        labels = np.full(logits.shape, label)
        two = np.stack([np.zeros_like(logits), logits], axis=-1)
        assert_allclose(
            kernels.softmax_focal(two, labels, gamma=gamma),
            kernels.sigmoid_focal(logits, labels, gamma=gamma),
            rtol=1e-14,
            atol=1e-300,
        )


@law
@given(blocks(), GAMMAS)
def test_gamma_only_lowers_a_loss_and_the_other_outcome_is_the_negative_logit(block, gamma):
    logits, labels = block
    assert np.all(
        kernels.softmax_focal(logits, labels, gamma=gamma + 1)
        <= kernels.softmax_focal(logits, labels, gamma=gamma)
    )
    rows = one_hot(labels, logits.shape[1])
    assert_array_equal(
        kernels.sigmoid_focal(logits, rows, gamma=gamma, alpha=0.25),
        kernels.sigmoid_focal(-logits, 1 - rows, gamma=gamma, alpha=0.75),
    )


@law
@given(blocks())
def test_alpha_of_a_half_halves_and_alpha_by_class_weighs_the_label(block):
    logits, labels = block
    rows = one_hot(labels, logits.shape[1])
    plain = kernels.sigmoid_focal(logits, rows)
    assert_array_equal(kernels.sigmoid_focal(logits, rows, alpha=0.5), plain / 2)
    assert_array_equal(kernels.sigmoid_focal(logits, rows, alpha=np.full(logits.shape[1], 0.5)), plain / 2)
    weights = np.arange(logits.shape[1]) / 4
    assert_array_equal(
        kernels.softmax_focal(logits, labels, alpha=weights),
        weights[labels] * kernels.softmax_focal(logits, labels),
    )


@law
@given(blocks())
def test_generalized_cross_entropy_runs_from_cross_entropy_to_what_is_missing_from_1(block):
    logits, labels = block
    p = kernels.softmax(logits)
    costs = kernels.sparse_categorical_cross_entropy(p, labels)
    right = np.take_along_axis(p, labels[:, None], axis=1)[:, 0]
    assert_allclose(kernels.generalized_cross_entropy(p, labels, q=1), 1 - right, rtol=1e-14, atol=1e-16)
    if np.all(right > 0):
        assert_allclose(kernels.generalized_cross_entropy(p, labels, q=1e-18), costs, rtol=1e-14)
    middle = kernels.generalized_cross_entropy(p, labels, q=0.5)
    assert np.all((middle <= np.minimum(costs, 2) * (1 + 1e-15)) & (middle >= (1 - right) * (1 - 1e-15)))


@law
@given(blocks(), st.floats(-1, 3))
def test_poly1_is_the_cross_entropy_and_epsilon_times_what_is_missing_from_1(block, epsilon):
    logits, labels = block
    losses = kernels.sparse_softmax_cross_entropy(logits, labels)
    missing = -np.expm1(-losses)
    assert_array_equal(kernels.poly1_cross_entropy(logits, labels, epsilon=0), losses)
    poly1 = kernels.poly1_cross_entropy(logits, labels, epsilon=epsilon)
    assert_allclose(poly1, losses + epsilon * missing, rtol=1e-13, atol=1e-15)
    assert np.all(poly1 >= 0)


# Divergence and squares


@law
@given(st.data(), blocks(size=30.0))
def test_the_divergence_and_the_entropy_make_the_cross_entropy(data, block):
    logits, _ = block
    rows = data.draw(distributions(logits.shape))
    entropy = kernels.categorical_cross_entropy(rows, rows)
    divergence = kernels.kl_divergence(logits, rows)
    assert_allclose(divergence + entropy, kernels.softmax_cross_entropy(logits, rows), rtol=1e-13, atol=1e-14)
    assert np.all(divergence > -1e-14)


@law
@given(st.data(), blocks(size=30.0))
def test_the_divergence_is_the_same_from_logits_probabilities_and_logarithms(data, block):
    logits, _ = block
    rows = data.draw(distributions(logits.shape))
    with np.errstate(divide="ignore"):
        logs = np.log(rows)
    expected = kernels.kl_divergence(logits, rows)
    for given_as, predictions in (
        ("logits", logits),
        ("probabilities", kernels.softmax(logits)),
        ("log_probabilities", kernels.log_softmax(logits)),
    ):
        options = {"given": given_as}
        assert_allclose(kernels.kl_divergence(predictions, rows, **options), expected, rtol=1e-13, atol=1e-13)
        assert_allclose(
            kernels.kl_divergence(predictions, logs, log_targets=True, **options),
            expected,
            rtol=1e-13,
            atol=1e-13,
        )


@law
@given(blocks(size=30.0))
def test_equal_distributions_have_no_divergence_and_one_hot_rows_the_cross_entropy(block):
    logits, labels = block
    p, q = kernels.softmax(logits), kernels.log_softmax(logits)
    zeros = np.zeros(len(logits))
    assert_array_equal(kernels.kl_divergence(p, p, given="probabilities"), zeros)
    assert_array_equal(kernels.kl_divergence(q, q, given="log_probabilities", log_targets=True), zeros)
    assert_array_equal(
        kernels.kl_divergence(logits, one_hot(labels, logits.shape[1])),
        kernels.sparse_softmax_cross_entropy(logits, labels),
    )


@law
@given(
    hnp.arrays(np.float64, 9, elements=st.integers(0, 2**40).map(lambda n: n / 2**40)),
    hnp.arrays(np.int64, 9, elements=st.integers(0, 1)),
)
def test_the_brier_score_of_an_outcome_is_the_same_from_one_column_and_from_two(p, outcomes):
    one, two = p[:, None], np.stack([1 - p, p], axis=1)
    for scale in ("sum", "half"):
        expected = kernels.brier(two, outcomes, scale=scale)
        for targets in (outcomes, outcomes[:, None]):
            assert_allclose(kernels.brier(one, targets, scale=scale), expected, rtol=1e-14, atol=1e-16)
    assert_array_equal(kernels.brier(one, outcomes, scale="half"), kernels.mean_squared_error(p, outcomes))
    assert_array_equal(2 * kernels.brier(two, outcomes, scale="half"), kernels.brier(two, outcomes))


@law
@given(dyadic((4, 5)), dyadic((4, 5)), EIGHTHS)
def test_the_pairwise_error_is_the_mean_over_the_pairs_and_knows_no_level(predictions, targets, level):
    pairs = [(i, j) for j in range(5) for i in range(j)]
    squares = [
        np.square((predictions[:, i] - predictions[:, j]) - (targets[:, i] - targets[:, j])) for i, j in pairs
    ]
    losses = kernels.mean_pairwise_squared_error(predictions, targets)
    assert_allclose(losses, np.mean(squares, axis=0), rtol=1e-14, atol=1e-300)
    assert_array_equal(kernels.mean_pairwise_squared_error(predictions + level, targets), losses)
    folded = kernels.mean_pairwise_squared_error(
        predictions[:, :4].reshape(4, 2, 2), targets[:, :4].reshape(4, 2, 2)
    )
    assert_array_equal(folded, kernels.mean_pairwise_squared_error(predictions[:, :4], targets[:, :4]))


@law
@given(dyadic((3, 4)), dyadic((3, 4)))
def test_tensorflow_adds_the_documented_errors_up_unless_it_miscounts(predictions, targets):
    documented = kernels.mean_pairwise_squared_error(predictions, targets)
    tensorflow = kernels.tensorflow_mean_pairwise_squared_error
    near = partial(assert_allclose, rtol=1e-12, atol=1e-12)
    near(tensorflow(predictions, targets, eager=False), documented.sum())
    near(tensorflow(predictions, targets, np.ones((3, 1))), documented.sum())
    near(tensorflow(predictions, targets, [[2], [0], [1]]), documented @ [2, 0, 1])
    near(
        tensorflow(predictions[:1], targets[:1], 3.0), 3 * documented[0]
    )  # of one example the count is right


# Margins


@law
@given(dyadic(11), hnp.arrays(np.int64, 11, elements=st.integers(0, 1)))
def test_two_classes_of_which_one_scores_0_are_one_score(scores, outcomes):
    two = np.stack([np.zeros_like(scores), scores], axis=1)
    signs = 2 * outcomes - 1
    hinge = kernels.hinge(scores, signs)
    assert_array_equal(kernels.categorical_hinge(two, outcomes), hinge)
    assert_array_equal(2 * kernels.multi_margin(two, outcomes), hinge)
    assert_array_equal(2 * kernels.multi_margin(two, outcomes, p=2), kernels.squared_hinge(scores, signs))
    assert_array_equal(kernels.multiclass_perceptron(two, outcomes), kernels.perceptron(scores, signs))
    assert_allclose(
        kernels.sparsemax(two, outcomes), kernels.binary_sparsemax(scores, outcomes), rtol=1e-15, atol=1e-15
    )


@law
@given(dyadic(11), hnp.arrays(np.int64, 11, elements=st.integers(0, 1)))
def test_signed_and_unit_labels_say_the_same(scores, outcomes):
    for kernel in (kernels.hinge, kernels.squared_hinge, kernels.perceptron, kernels.binary_sparsemax):
        assert_array_equal(
            kernel(scores, outcomes, labels="unit"), kernel(scores, 2 * outcomes - 1, labels="signed")
        )


@pytest.mark.parametrize("kernel", BY_LOGITS.values(), ids=BY_LOGITS)
@law
@given(scores=dyadic((4, 5)), labels=hnp.arrays(np.int64, 4, elements=st.integers(0, 4)), level=EIGHTHS)
def test_a_constant_added_to_every_class_changes_nothing(kernel, scores, labels, level):
    assert_array_equal(kernel(scores + level, labels), kernel(scores, labels))


@law
@given(dyadic((4, 6)), hnp.arrays(np.int64, 4, elements=st.integers(0, 5)))
def test_one_true_label_makes_multilabel_margin_the_multi_margin(scores, labels):
    lists = np.full((4, 6), -1)
    lists[:, 0] = labels
    expected = kernels.multi_margin(scores, labels)
    assert_array_equal(kernels.multilabel_margin(scores, lists), expected)
    assert_array_equal(kernels.multilabel_margin(scores, lists[:, :1]), expected)
    shortfalls = kernels.categorical_hinge(scores, labels)
    assert np.all((expected <= shortfalls) & (6 * expected >= shortfalls))


@law
@given(dyadic((4, 6)), hnp.arrays(np.bool_, (4, 6)), st.randoms())
def test_lists_in_any_order_equal_multi_hot_rows(scores, hot, random):
    lists = np.full((4, 7), -1)
    for row, listed in zip(lists, hot, strict=True):
        true = list(np.flatnonzero(listed))
        random.shuffle(true)
        row[: len(true)] = true
    assert_array_equal(
        kernels.multilabel_margin(scores, lists), kernels.multilabel_margin(scores, hot, encoding="multi_hot")
    )


@law
@given(blocks(), st.data())
def test_multilabel_soft_margin_is_the_mean_sigmoid_cross_entropy(block, data):
    logits, _ = block
    targets = data.draw(hnp.arrays(np.float64, logits.shape, elements=st.floats(0, 1)))
    assert_allclose(
        kernels.multilabel_soft_margin(logits, targets),
        kernels.sigmoid_cross_entropy(logits, targets).mean(axis=1),
        rtol=1e-14,
    )


@law
@given(st.data(), blocks(min_classes=2))
def test_sparsemax_is_0_exactly_from_a_lead_of_1_on(data, block):
    logits, labels = block
    others = np.where(one_hot(labels, logits.shape[1]) == 1, -np.inf, logits).max(axis=1, initial=-np.inf)
    lead = data.draw(st.floats(1.0, 4.0))
    leading = logits.copy()
    leading[np.arange(len(labels)), labels] = np.nextafter(others + lead, np.inf)
    assert_array_equal(kernels.sparsemax(leading, labels), np.zeros(len(labels)))
    leading[np.arange(len(labels)), labels] = others + 0.999
    assert np.all(kernels.sparsemax(leading, labels) > 0)


@law
@given(blocks(size=3.0, min_classes=2))
def test_the_gradient_of_sparsemax_is_its_probabilities_less_the_target(block):
    """So the probabilities are at least 0, sum to 1, and as a target cost nothing."""
    logits, labels = block
    rows, step = one_hot(labels, logits.shape[1]), 1e-7
    gradient = np.zeros_like(logits)
    for j in range(logits.shape[1]):
        moved = one_hot(np.full(len(logits), j), logits.shape[1]) * step
        rise = kernels.sparsemax(logits + moved, labels) - kernels.sparsemax(logits - moved, labels)
        gradient[:, j] = rise / (2 * step)
    p = gradient + rows
    assert_allclose(p.sum(axis=1), np.ones(len(p)), atol=1e-5)  # a kink is off by up to the step
    assert np.all(p > -1e-6)
    assert_allclose(kernels.sparsemax(logits, np.maximum(p, 0)), np.zeros(len(p)), atol=1e-4)


@law
@given(st.data(), blocks(min_classes=2))
def test_sparsemax_is_at_most_the_perceptron_loss_and_a_half_and_at_least_it(data, block):
    logits, labels = block
    loss, behind = kernels.sparsemax(logits, labels), kernels.multiclass_perceptron(logits, labels)
    assert np.all((loss >= behind - 1e-12) & (loss <= behind + 0.5 + 1e-12))


# Overlap


@law
@given(
    hnp.arrays(np.float64, (3, 4, 2), elements=st.floats(0, 1)),
    hnp.arrays(np.float64, (3, 4, 2), elements=st.floats(0, 1)),
    st.sampled_from([0.0, 1.0]),
)
def test_dice_is_tversky_of_a_half_and_knows_no_order(p, y, smooth):
    y = y + 2.0**-20  # no region is empty
    for axis in (None, 0, -1, (1, 2), (0, 2), ()):
        dice = kernels.dice(p, y, axis=axis, smooth=smooth)
        assert_array_equal(kernels.tversky(p, y, alpha=0.5, beta=0.5, axis=axis, smooth=smooth), dice)
        assert_allclose(kernels.dice(y, p, axis=axis, smooth=smooth), dice, rtol=1e-12, atol=1e-15)
        assert_allclose(
            kernels.tversky(y, p, alpha=0.2, beta=0.9, axis=axis),
            kernels.tversky(p, y, alpha=0.9, beta=0.2, axis=axis),
            rtol=1e-12,
            atol=1e-15,
        )
    hits, total = (p * y).sum(axis=(1, 2)), (p + y).sum(axis=(1, 2))
    assert_allclose(
        kernels.dice(p, y, axis=(1, 2), smooth=smooth),
        1 - (2 * hits + 2 * smooth) / (total + 2 * smooth),
        rtol=1e-12,
        atol=1e-15,
    )


@law
@given(hnp.arrays(np.float64, (3, 4), elements=st.floats(0, 1)), hnp.arrays(np.bool_, (3, 4)))
def test_examples_alone_equal_the_examples_of_a_batch(p, y):
    alone = [kernels.dice(a, b, smooth=0.5) for a, b in zip(p, y, strict=True)]
    assert_array_equal(kernels.dice(p, y, axis=1, smooth=0.5), alone)
    assert_array_equal(kernels.dice(y, y, axis=1, smooth=0.5), np.zeros(3))


ANYTHING = hnp.arrays(
    np.float64,
    (3, 4),
    elements=st.one_of(st.floats(), st.sampled_from([0.0, 1.0, -np.inf, np.inf, np.nan])),
)


@pytest.mark.filterwarnings("error")
@law
@given(ANYTHING, ANYTHING)
def test_whatever_the_numbers_nothing_warns_and_no_argument_changes(predictions, targets):
    before = predictions.copy(), targets.copy()
    labels, signs, hot = [0, 1, 3], np.array([[1, -1, 1, -1]] * 3), np.array([[1, 0, 0, 1]] * 3)
    for kernel in (*BY_LOGITS.values(), *BY_PROBABILITIES.values()):
        kernel(predictions, labels)
        if kernel is not kernels.categorical_hinge and not isinstance(kernel, partial):
            kernel(predictions, targets)
    for epsilon in (-3.0, -1.0, 2.0):
        kernels.poly1_cross_entropy(predictions, targets, epsilon=epsilon)
    for gamma in (0.0, 0.5, 2.0):
        kernels.sigmoid_focal(predictions, targets, gamma=gamma, alpha=0.25)
        kernels.softmax_focal(predictions, targets, gamma=gamma)
    for given_as in ("logits", "probabilities", "log_probabilities"):
        for log_targets in (False, True):
            kernels.kl_divergence(predictions, targets, given=given_as, log_targets=log_targets)
    for kernel in (kernels.hinge, kernels.squared_hinge, kernels.perceptron):
        kernel(predictions, signs)
    kernels.binary_sparsemax(predictions, hot)
    kernels.multi_margin(predictions, labels, class_weights=[0, 1, 2, 3])
    kernels.multilabel_margin(predictions, hot, encoding="multi_hot")
    kernels.multilabel_soft_margin(predictions, targets)
    kernels.mean_squared_error(predictions, targets)
    kernels.mean_pairwise_squared_error(predictions, targets)
    kernels.mean_pairwise_squared_error(predictions[:, :1], targets[:, :1])
    kernels.tensorflow_mean_pairwise_squared_error(predictions, targets)
    kernels.brier(predictions[:, :1], targets[:, :1])
    kernels.dice(predictions, targets)
    kernels.tversky(predictions, targets, alpha=0.0, beta=2.0, axis=1, smooth=1.0)
    assert_array_equal(predictions, before[0])
    assert_array_equal(targets, before[1])

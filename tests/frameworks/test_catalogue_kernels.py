"""The losses beside the cross-entropies are the frameworks' own, and where they are not, the difference is shown."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from ce_core import kernels

RNG = np.random.default_rng(20)
LOGITS = RNG.normal(size=(12, 5)) * 3
PROBABILITIES = kernels.softmax(LOGITS)
UNIT = RNG.uniform(size=(12, 5))
LABELS = RNG.integers(0, 5, 12)
ONE_HOT = np.eye(5)[LABELS]
ROWS = RNG.dirichlet(np.ones(5), 12)
HOT = RNG.integers(0, 2, (12, 5))
SIGNS = 2.0 * HOT - 1
LISTS = np.stack([RNG.permutation(5) for _ in range(12)]) - (RNG.random((12, 1)) < 0.7)
CLASS_WEIGHTS = np.array([1.0, 2.0, 0.5, 0.0, 3.0])


def same(value: Any, ours: Any, rtol: float = 1e-12, atol: float = 1e-14) -> None:
    assert_allclose(ours, np.asarray(value), rtol=rtol, atol=atol)


# PyTorch


@pytest.fixture
def f(torch: Any) -> Any:
    return torch.nn.functional


@pytest.fixture
def t(torch: Any) -> Any:
    return torch.from_numpy


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("margin", [1.0, 0.3])
def test_torch_multi_margin(f: Any, t: Any, p: int, margin: float) -> None:
    options = {"p": p, "margin": margin, "reduction": "none"}
    same(
        f.multi_margin_loss(t(LOGITS), t(LABELS), **options),
        kernels.multi_margin(LOGITS, LABELS, p=p, margin=margin),
    )
    same(
        f.multi_margin_loss(t(LOGITS), t(LABELS), weight=t(CLASS_WEIGHTS), **options),
        kernels.multi_margin(LOGITS, LABELS, p=p, margin=margin, class_weights=CLASS_WEIGHTS),
    )


def test_torch_multilabel_losses(f: Any, t: Any, torch: Any) -> None:
    lists = np.vstack([LISTS, [[3, 3, -1, 0, 0], [-1, 0, 1, 2, 3]]])
    scores = np.vstack([LOGITS, LOGITS[:2]])
    same(
        f.multilabel_margin_loss(t(scores), t(lists), reduction="none"),
        kernels.multilabel_margin(scores, lists),
    )
    same(
        f.multilabel_margin_loss(torch.tensor([[0.1, 0.2, 0.4, 0.8]]), torch.tensor([[3, 0, -1, 1]])),
        0.85,
        1e-6,
    )
    targets = t(HOT.astype(float))
    same(
        f.multilabel_soft_margin_loss(t(LOGITS), targets, reduction="none"),
        kernels.multilabel_soft_margin(LOGITS, HOT),
    )


def test_torch_squared_error_and_divergence(f: Any, t: Any) -> None:
    same(f.mse_loss(t(LOGITS), t(ROWS), reduction="none"), kernels.mean_squared_error(LOGITS, ROWS))
    q, log_rows = kernels.log_softmax(LOGITS), np.log(ROWS)
    ours = kernels.kl_divergence(q, ROWS, given="log_probabilities")
    same(f.kl_div(t(q), t(ROWS), reduction="none").sum(1), ours)
    same(f.kl_div(t(q), t(ROWS), reduction="batchmean"), ours.mean())
    same(
        f.kl_div(t(q), t(log_rows), reduction="none", log_target=True).sum(1),
        kernels.kl_divergence(q, log_rows, given="log_probabilities", log_targets=True),
    )


def test_torchvision_sigmoid_focal_by_its_source(f: Any, t: Any, torch: Any) -> None:
    """The body of torchvision.ops.sigmoid_focal_loss, which needs no torchvision to run."""
    for targets, alpha in ((HOT.astype(float), 0.25), (UNIT, 0.6)):
        x, y = t(LOGITS), t(targets)
        p = torch.sigmoid(x)
        p_t = p * y + (1 - p) * (1 - y)
        loss = f.binary_cross_entropy_with_logits(x, y, reduction="none") * (1 - p_t) ** 2
        same(
            (alpha * y + (1 - alpha) * (1 - y)) * loss,
            kernels.sigmoid_focal(LOGITS, targets, alpha=alpha),
            1e-10,
        )


# optax


def test_optax_focal_and_poly(optax: Any, jnp: Any) -> None:
    for targets in (HOT, UNIT):
        for gamma, alpha in ((2.0, None), (0.5, 0.25), (0.0, 0.9)):
            same(
                optax.sigmoid_focal_loss(jnp.asarray(LOGITS), jnp.asarray(targets), alpha=alpha, gamma=gamma),
                kernels.sigmoid_focal(LOGITS, targets, alpha=alpha, gamma=gamma),
            )
    poly = optax.losses.poly_loss_cross_entropy
    for rows in (ONE_HOT, ROWS):
        x, y = jnp.asarray(LOGITS), jnp.asarray(rows)
        same(poly(x, y), kernels.poly1_cross_entropy(LOGITS, rows, epsilon=2.0))
        same(poly(x, y, epsilon=-1.0), kernels.poly1_cross_entropy(LOGITS, rows, epsilon=-1.0), 1e-9)


def test_optax_divergence(optax: Any, jnp: Any) -> None:
    q, log_rows = kernels.log_softmax(LOGITS), np.log(ROWS)
    ours = kernels.kl_divergence(LOGITS, ROWS)
    same(optax.losses.kl_divergence(jnp.asarray(q), jnp.asarray(ROWS)), ours)
    same(optax.losses.kl_divergence_with_log_targets(jnp.asarray(q), jnp.asarray(log_rows)), ours)


def test_optax_margins(optax: Any, jnp: Any) -> None:
    x, signs, labels = jnp.asarray(LOGITS), jnp.asarray(SIGNS), jnp.asarray(LABELS)
    same(optax.losses.hinge_loss(x, signs), kernels.hinge(LOGITS, SIGNS))
    same(optax.losses.perceptron_loss(x, signs), kernels.perceptron(LOGITS, SIGNS))
    same(optax.losses.multiclass_hinge_loss(x, labels), kernels.categorical_hinge(LOGITS, LABELS))
    same(optax.losses.multiclass_perceptron_loss(x, labels), kernels.multiclass_perceptron(LOGITS, LABELS))
    same(optax.losses.sparsemax_loss(x, jnp.asarray(HOT)), kernels.binary_sparsemax(LOGITS, HOT))
    for scale in (1.0, 0.1):
        same(
            optax.losses.multiclass_sparsemax_loss(x * scale, labels),
            kernels.sparsemax(LOGITS * scale, LABELS),
        )


@pytest.mark.parametrize("smooth", [1.0, 0.25])
def test_optax_dice_weighs_false_positives_by_alpha_and_adds_smooth_to_the_hits(
    optax: Any, jnp: Any, smooth: float
) -> None:
    x, y = jnp.asarray(LOGITS[..., None]), jnp.asarray(HOT[..., None].astype(float))
    p = kernels.sigmoid(LOGITS)
    same(optax.losses.dice_loss(x, y, smooth=smooth), kernels.dice(p, HOT, axis=1, smooth=smooth))
    same(
        optax.losses.dice_loss(x, y, smooth=smooth, alpha=0.3, beta=0.7),
        kernels.tversky(p, HOT, axis=1, smooth=smooth, alpha=0.3, beta=0.7),
    )


# Keras


def test_keras_focal(keras: Any) -> None:
    losses = keras.losses
    targets = HOT.astype(float)
    for alpha in (None, 0.25):
        value = losses.binary_focal_crossentropy(
            targets, LOGITS, from_logits=True, apply_class_balancing=alpha is not None
        )
        same(value, kernels.sigmoid_focal(LOGITS, targets, alpha=alpha).mean(axis=1), 1e-6)
    for rows in (ONE_HOT, ROWS):
        value = losses.categorical_focal_crossentropy(rows, LOGITS, from_logits=True)
        same(value, kernels.softmax_focal(LOGITS, rows, alpha=0.25), 1e-6)


def test_keras_generalized_cross_entropy_and_divergence(keras: Any) -> None:
    for q in (0.5, 0.7):
        value = keras.losses.CategoricalGeneralizedCrossEntropy(q=q, reduction=None, dtype="float64")
        same(value(LABELS, PROBABILITIES), kernels.generalized_cross_entropy(PROBABILITIES, LABELS, q=q))
    value = keras.losses.kl_divergence(ROWS, PROBABILITIES)
    same(value, kernels.kl_divergence(PROBABILITIES, ROWS, given="probabilities"), 1e-9)


def test_keras_hinges_take_a_mean_and_turn_0_into_minus_1(keras: Any) -> None:
    for targets, labels in ((SIGNS, "signed"), (HOT.astype(float), "unit")):
        same(keras.losses.hinge(targets, LOGITS), kernels.hinge(LOGITS, targets, labels=labels).mean(axis=1))
        same(
            keras.losses.squared_hinge(targets, LOGITS),
            kernels.squared_hinge(LOGITS, targets, labels=labels).mean(axis=1),
        )


def test_keras_categorical_hinge_counts_the_true_class_as_a_wrong_one_with_score_0(keras: Any) -> None:
    value = np.asarray(keras.losses.categorical_hinge(ONE_HOT, LOGITS))
    wrong = np.where(ONE_HOT == 1, -np.inf, LOGITS).max(axis=1)
    positive = wrong >= 0
    assert positive.any()
    same(value[positive], kernels.categorical_hinge(LOGITS, LABELS)[positive])
    one = np.array([[0.5, -2.0, -3.0]])
    same(keras.losses.categorical_hinge(np.array([[1.0, 0.0, 0.0]]), one), [0.5])
    same(kernels.categorical_hinge(one, [0]), [0.0])


def test_keras_overlap_losses_exchange_alpha_and_beta(keras: Any) -> None:
    masks = HOT.astype(float)
    for axis in (None, (1,), (0,), (0, 1)):
        same(keras.losses.dice(masks, UNIT, axis=axis), kernels.dice(UNIT, HOT, axis=axis), 1e-6)
        value = keras.losses.tversky(masks, UNIT, alpha=0.3, beta=0.7, axis=axis)
        same(value, kernels.tversky(UNIT, HOT, alpha=0.7, beta=0.3, axis=axis), 1e-6)
    p, y = np.array([0.8, 0.4, 0.6]), np.array([1.0, 0.0, 1.0])
    same(keras.losses.tversky(y, p, alpha=0.3, beta=0.7), 0.2473, 2e-4)
    same(kernels.tversky(p, y, alpha=0.3, beta=0.7), 0.2784, 2e-4)


def test_keras_squared_error_takes_a_mean_over_the_last_axis(keras: Any) -> None:
    same(keras.losses.mean_squared_error(ROWS, LOGITS), kernels.mean_squared_error(LOGITS, ROWS).mean(axis=1))


# TensorFlow


def test_tensorflow_hinge_turns_0_into_minus_1(tf: Any) -> None:
    value = tf.compat.v1.losses.hinge_loss(HOT, LOGITS, reduction="none")
    same(value, kernels.hinge(LOGITS, HOT, labels="unit"), 1e-5, 1e-6)  # float32


PAIRWISE_WEIGHTS = {
    "the default": 1.0,
    "a scalar": 2.5,
    "a negative scalar": -1.0,
    "no weight": 0.0,
    "a scalar array": np.array(2.0),
    "one of rank 2": np.array([[2.0]]),
    "one for each example": RNG.integers(0, 3, (12, 1)).astype(float),
    "one for each column": np.array([[1.0, 0.0, 2.0, 0.0, 1.0]]),
    "one for each value": RNG.integers(0, 2, (12, 5)).astype(float),
}


@pytest.mark.parametrize("weights", PAIRWISE_WEIGHTS.values(), ids=PAIRWISE_WEIGHTS)
@pytest.mark.parametrize("eager", [True, False])
def test_tensorflow_pairwise_error_with_its_miscount(tf: Any, weights: Any, eager: bool) -> None:
    loss = tf.compat.v1.losses.mean_pairwise_squared_error

    def run(predictions: np.ndarray, targets: np.ndarray) -> Any:
        if eager:
            return loss(targets, predictions, weights=weights)
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            return session.run(loss(targets, predictions, weights=weights))

    for shape in ((12, 5), (1, 5)):
        if np.ndim(weights) and np.shape(weights)[0] > shape[0]:
            continue
        predictions, targets = LOGITS[: shape[0]], ROWS[: shape[0]]
        ours = kernels.tensorflow_mean_pairwise_squared_error(predictions, targets, weights, eager=eager)
        same(run(predictions, targets), ours, 1e-5)  # float32


@pytest.mark.parametrize("shape", [(6,), (3, 1), (2, 3, 4), (0, 3), (3, 0)], ids=str)
def test_tensorflow_pairwise_error_of_any_rank(tf: Any, shape: tuple[int, ...]) -> None:
    predictions, targets = RNG.normal(size=shape), RNG.normal(size=shape)
    loss = tf.compat.v1.losses.mean_pairwise_squared_error
    for weights in (1.0, np.ones([shape[0]] + [1] * (len(shape) - 1))):
        ours = kernels.tensorflow_mean_pairwise_squared_error(predictions, targets, weights)
        same(loss(targets, predictions, weights=weights), ours, 1e-5, 1e-5)  # float32


def test_tensorflow_pairwise_error_inside_a_function_is_the_documented_one_added_up(tf: Any) -> None:
    @tf.function(autograph=False)
    def documented(targets: Any, predictions: Any) -> Any:
        return tf.compat.v1.losses.mean_pairwise_squared_error(targets, predictions)

    value = documented(tf.constant(ROWS), tf.constant(LOGITS))
    same(value, kernels.mean_pairwise_squared_error(LOGITS, ROWS).sum(), 1e-5)
    eagerly = tf.compat.v1.losses.mean_pairwise_squared_error(ROWS, LOGITS)
    same(eagerly, kernels.tensorflow_mean_pairwise_squared_error(LOGITS, ROWS), 1e-5)
    assert float(eagerly) < 0.5 * float(value)


def test_tensorflow_pairwise_error_refuses_a_weight_vector(tf: Any) -> None:
    with pytest.raises(ValueError, match="can not be broadcast"):
        tf.compat.v1.losses.mean_pairwise_squared_error(ROWS, LOGITS, weights=np.ones(12))


# scikit-learn


def test_sklearn_brier_scores_and_hinge(sklearn: Any) -> None:
    from sklearn.metrics import brier_score_loss, hinge_loss

    outcomes, p = HOT[:, 0], UNIT[:, 0]
    same(brier_score_loss(outcomes, p), kernels.brier(p[:, None], outcomes, scale="half").mean())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows that miss 1 by a rounding
        value = brier_score_loss(LABELS, PROBABILITIES, labels=range(5), scale_by_half=False)
        halved = brier_score_loss(LABELS, PROBABILITIES, labels=range(5), scale_by_half=True)
    same(value, kernels.brier(PROBABILITIES, LABELS).mean())
    same(halved, kernels.brier(PROBABILITIES, LABELS, scale="half").mean())
    same(hinge_loss(SIGNS[:, 0], LOGITS[:, 0]), kernels.hinge(LOGITS[:, 0], SIGNS[:, 0]).mean())
    same(hinge_loss(LABELS, LOGITS, labels=range(5)), kernels.categorical_hinge(LOGITS, LABELS).mean())

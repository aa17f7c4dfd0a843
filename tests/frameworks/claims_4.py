"""What each framework does with the arrays of findings about losses (CE4xx and CE5xx)."""

from __future__ import annotations

import math

import numpy as np
from claim_rows import (
    INDEX,
    INF,
    NAN,
    RIGHT,
    ROW,
    ROWS,
    WEIGHTED_SUM,
    P,
    W,
    X,
    Y,
    claim,
    each,
    loss_of,
    no_weights,
    sigmoid,
    softmax,
)
from framework_losses import Losses

# CE401 clipping-decides

_tiny = np.array([1e-300])
claim("CE401", "torch", "100", lambda f: f.t_binary(_tiny, [1.0]), 100)
claim("CE401", "tensorflow", "16.118", lambda f: round(f.f_log_loss(_tiny, np.ones(1)), 3), 16.118)
claim("CE401", "keras", "16.118", lambda f: round(f.k_binary(_tiny, [1.0], from_logits=False), 3), 16.118)
claim("CE401", "jax", "clips nothing", lambda f: f.j_sigmoid([-690.0], [1.0]), 690)
_rare = np.array([[1.0, 1e-300]])
claim("CE401", "sklearn", "36.044", lambda f: round(f.s_log_loss(_rare, [1], labels=[0, 1]), 3), 36.044)
_rare_32 = np.array([[1.0, 1e-30]], dtype=np.float32)
claim("CE401", "sklearn", "15.942", lambda f: round(f.s_log_loss(_rare_32, [1], labels=[0, 1]), 3), 15.942)

# CE402 infinite-loss

_masked, _first = np.array([[1.0, -INF, 0]]), np.array([[1.0, 0, 0]])
each("CE402", INDEX, "inf", _masked, np.array([1]), INF, only="torch tensorflow keras jax")
each("CE402", ROW, "NaN", _masked, _first, NAN)
claim("CE402", "torch", "label smoothing inf", lambda f: f.t_softmax(_masked, [0], label_smoothing=0.1), INF)
claim(
    "CE402",
    "jax",
    "does not",
    lambda f: f._j("safe_softmax_cross_entropy", _masked, _first),
    math.log1p(1 / math.e),
)
claim(
    "CE402",
    "sklearn",
    "36.044",
    lambda f: round(f.s_log_loss(softmax([1.0, -INF, 0])[None], [1], labels=[0, 1, 2]), 3),
    36.044,
)

# CE501 no-better-than-prior, CE502 too-good, CE503 miscalibrated

_prior = np.tile(np.log([0.5, 0.25, 0.25]), (4, 1))
_four = np.array([0, 0, 1, 2])
each(
    "CE501", INDEX, "shows the loss only", _prior, _four, 1.5 * math.log(2), only="torch tensorflow keras jax"
)
claim("CE501", "sklearn", "at most 0", lambda f: f.s_d2(softmax(_prior), _four) <= 1e-15, True)
each("CE502", INDEX, "a loss of 0", 1000 * ROWS, Y, 0, only="torch tensorflow jax")
claim("CE502", "keras", "1e-7", lambda f: round(f.k_rows(ROWS, ROWS, from_logits=False), 7), 1e-7)
claim("CE502", "sklearn", "2e-16", lambda f: float(f"{f.s_log_loss(ROWS, Y):.0e}"), 2e-16)
each("CE503", INDEX, "logits / T", X / 2.5, Y, loss_of(X / 2.5, Y), only="torch tensorflow keras jax")
each("CE503", INDEX, "shows the loss only", X, Y, RIGHT, only="torch tensorflow keras jax")


def _temperature(f: Losses) -> bool:
    """Tell whether every logit of a model was divided by one number."""
    assert f.sklearn
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    features = rng.normal(size=(300, 2))
    labels = (features.sum(axis=1) + rng.normal(size=300) > 0).astype(int)
    model = LogisticRegression().fit(features[:100], labels[:100])
    fitted = CalibratedClassifierCV(FrozenEstimator(model), method="temperature").fit(
        features[100:], labels[100:]
    )
    before, after = (
        np.log(m.predict_proba(features)[:, 1] / m.predict_proba(features)[:, 0]) for m in (model, fitted)
    )
    return bool(np.allclose(before / after, (before / after)[0]))


claim("CE503", "sklearn", "fits one", _temperature, True)

# CE504 weighted-mean-differs

_by_weights, _by_count = round(WEIGHTED_SUM / W[Y].sum(), 4), round(WEIGHTED_SUM / 3, 4)
claim("CE504", "torch", "2.0833", lambda f: round(f.t_softmax(X, Y, weight=W), 4), _by_weights)
claim("CE504", "torch", "9.0275", lambda f: round(f.t_softmax(X, ROWS, weight=W), 4), _by_count)
claim("CE504", "tensorflow", "9.0275", lambda f: round(_tf_weighted(f, W[Y]), 4), _by_count)
claim(
    "CE504",
    "tensorflow",
    "weights that are not 0",
    lambda f: _tf_weighted(f, np.array([0.0, 1, 1])),
    loss_of(X[1:], Y[1:]),
)
claim("CE504", "keras", "9.0275", lambda f: round(f.k_index(X, Y, weights=W[Y]), 4), _by_count)
claim(
    "CE504",
    "keras",
    "by the weights",
    lambda f: round(f.k_index(X, Y, weights=W[Y], reduction="mean_with_sample_weight"), 4),
    _by_weights,
)
claim(
    "CE504",
    "jax",
    "takes no weights",
    lambda f: no_weights(f.optax.softmax_cross_entropy_with_integer_labels),
    True,
)
claim("CE504", "sklearn", "2.0833", lambda f: round(f.s_log_loss(P, Y, sample_weight=W[Y]), 4), _by_weights)


def _tf_weighted(f: Losses, weights: np.ndarray) -> float:
    return float(f.tf.compat.v1.losses.sparse_softmax_cross_entropy(Y, X, weights=weights))


# CE505 prior-shift: the gradient of the weighted loss at a constant logit is 0 where the odds are w times too high

_tenth = np.array([1.0] + [0.0] * 9)


def _torch_gradient(f: Losses) -> float:
    logit = f.torch.zeros(1, dtype=f.torch.float64, requires_grad=True)
    weight = f.torch.tensor(9.0, dtype=f.torch.float64)
    f.functional.binary_cross_entropy_with_logits(
        logit.expand(10), f.torch.tensor(_tenth), pos_weight=weight
    ).backward()
    return float(logit.grad)


def _tf_gradient(f: Losses) -> float:
    logit = f.tf.Variable(math.log(0.5), dtype=f.tf.float64)
    with f.tf.GradientTape() as tape:
        given = f.tf.fill([10], logit.read_value())
        loss = f.tf.reduce_mean(f.tf.nn.weighted_cross_entropy_with_logits(_tenth, given, 4.5))
    return float(tape.gradient(loss, logit))


def _keras_fit(f: Losses) -> float:
    keras = f.keras
    unit = keras.layers.Dense(1, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((1,)), unit])
    model.compile(keras.optimizers.SGD(1.0), keras.losses.BinaryCrossentropy(from_logits=True))
    weights = {0: 1, 1: 9}
    model.fit(np.zeros((10, 1)), _tenth, epochs=60, batch_size=10, verbose=0, class_weight=weights)
    return round(float(sigmoid(float(unit.bias[0]))), 4)


def _jax_gradient(f: Losses) -> float:
    assert f.optax
    from jax import grad

    weights = np.where(_tenth == 1, 4.5, 1.0)
    loss = lambda x: (weights * f.optax.sigmoid_binary_cross_entropy(f.jnp.full(10, x), _tenth)).mean()  # noqa: E731
    return round(float(grad(loss)(math.log(0.5))), 6)


_rng = np.random.default_rng(0)
_labels_01 = (_rng.random(2000) < 0.1).astype(int)
_features = _rng.normal(size=(2000, 1)) + _labels_01[:, None]


def _sklearn_shift(f: Losses) -> bool:
    assert f.sklearn
    from sklearn.linear_model import LogisticRegression

    plain, balanced = (
        LogisticRegression(class_weight=weights)
        .fit(_features, _labels_01)
        .predict_proba(_features)[:, 1]
        .mean()
        for weights in (None, "balanced")
    )
    return bool(abs(plain - _labels_01.mean()) < 0.01 and 0.35 < balanced < 0.65)


def _xgboost_shift(f: Losses) -> bool:
    means = []
    for weight in (1, 9):
        options = {
            "objective": "binary:logistic",
            "scale_pos_weight": weight,
            "base_score": 0.5,
            "verbosity": 0,
        }
        data = f.xgboost.DMatrix(_features, label=_labels_01)
        means.append(float(f.xgboost.train(options, data, 30).predict(data).mean()))
    return abs(means[0] - _labels_01.mean()) < 0.02 and 0.35 < means[1] < 0.65


claim("CE505", "torch", "0.5 for a base rate of 0.1", _torch_gradient, 0)
claim("CE505", "tensorflow", "w times too high", _tf_gradient, 0)
claim("CE505", "keras", "0.5 for a base rate of 0.1", _keras_fit, 0.5)
claim("CE505", "jax", "alike", _jax_gradient, 0)
claim("CE505", "jax", "no pos_weight", lambda f: no_weights(f.optax.sigmoid_binary_cross_entropy), True)
claim("CE505", "sklearn", "towards 0.5", _sklearn_shift, True)
claim("CE505", "xgboost", "alike", _xgboost_shift, True)

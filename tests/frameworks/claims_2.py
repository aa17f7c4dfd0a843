"""What each framework does with the arrays of findings about targets (CE2xx)."""

from __future__ import annotations

import math

import numpy as np
from claim_rows import (
    INDEX,
    NAN,
    RIGHT,
    RIGHT_BINARY,
    ROW,
    ROWS,
    SIGMOID,
    WEIGHTED_SUM,
    B,
    P,
    W,
    X,
    Y,
    Z,
    arguments,
    binary_of,
    claim,
    each,
    loss_of,
    no_weights,
    sigmoid,
)
from framework_losses import Losses

# CE201 label-out-of-range

_over, _under = np.array([0, 2, 3]), np.array([0, 2, -1])
_kept = loss_of(X[:2], Y[:2])
REFUSED = "InvalidArgumentError"
for _labels in (_over, _under):
    claim("CE201", "torch", "IndexError", lambda f, y=_labels: f.t_softmax(X, y), "IndexError")
    claim("CE201", "tensorflow", REFUSED, lambda f, y=_labels: f.f_index(X, y), REFUSED)
    claim("CE201", "keras", REFUSED, lambda f, y=_labels: f.k_index(X, y), REFUSED)
claim("CE201", "torch", "ignores -100", lambda f: f.t_softmax(X, [0, 2, -100]), _kept)
claim("CE201", "keras", "on JAX a loss of 0", lambda f: f.k_on_jax(X[2], 3), 0)
claim("CE201", "jax", "NaN for a label of K or more", lambda f: f.j_index(X, _over), NAN)
claim("CE201", "jax", "-1 as the last class", lambda f: f.j_index(X, _under), loss_of(X, [0, 2, 2]))
claim("CE201", "sklearn", "a wrong number", lambda f: f.s_log_loss(P, _over), loss_of(X, [0, 1, 2]))
claim("CE201", "sklearn", "ValueError", lambda f: f.s_log_loss(P, _over, labels=[0, 1, 2]), "ValueError")
_softprob = {"objective": "multi:softprob", "num_class": 3}
claim("CE201", "xgboost", "XGBoostError", lambda f: f.x_fit(_over, **_softprob), "XGBoostError")
_multiclass = {"objective": "multiclass", "num_class": 3}
claim("CE201", "lightgbm", "LightGBMError", lambda f: f.l_fit(_over, **_multiclass), "LightGBMError")

# CE202 one-based-labels

_ones = Y + 1
claim("CE202", "torch", "IndexError", lambda f: f.t_softmax(X, _ones), "IndexError")
claim("CE202", "torch", "shifted classes", lambda f: f.t_softmax(X[::2], [1, 2]), loss_of(X[::2], [1, 2]))
claim("CE202", "tensorflow", REFUSED, lambda f: f.f_index(X, _ones), REFUSED)
claim("CE202", "keras", REFUSED, lambda f: f.k_index(X, _ones), REFUSED)
claim("CE202", "jax", "NaN", lambda f: f.j_index(X, _ones), NAN)
claim("CE202", "jax", "one class too far", lambda f: f.j_index(X[::2], [1, 2]), loss_of(X[::2], [1, 2]))
claim("CE202", "sklearn", "right", lambda f: f.s_log_loss(P, _ones), RIGHT)
claim("CE202", "xgboost", "XGBoostError", lambda f: f.x_fit(_ones, **_softprob), "XGBoostError")

# CE203 undeclared-sentinel

claim("CE203", "torch", "ignores -100", lambda f: f.t_softmax(X, [0, 2, -100]), _kept)
claim("CE203", "torch", "until ignore_index", lambda f: f.t_softmax(X, _under, ignore_index=-1), _kept)
claim("CE203", "keras", "until ignore_class", lambda f: f.k_index(X, _under, ignore_class=-1), _kept)
claim("CE203", "jax", "-1 as the last class", lambda f: f.j_index(X, _under), loss_of(X, [0, 2, 2]))
for _mark in (-1, 255, 3):
    _labels = np.array([0, 2, _mark])
    claim("CE203", "torch", "IndexError", lambda f, y=_labels: f.t_softmax(X, y), "IndexError")
for _mark in (-100, -1, 255, 3):
    _labels = np.array([0, 2, _mark])
    claim("CE203", "tensorflow", REFUSED, lambda f, y=_labels: f.f_index(X, y), REFUSED)
    claim("CE203", "keras", REFUSED, lambda f, y=_labels: f.k_index(X, y), REFUSED)
    if _mark != -1:
        claim("CE203", "jax", "NaN for -100, 255 and K", lambda f, y=_labels: f.j_index(X, y), NAN)
claim("CE203", "sklearn", "a wrong number", lambda f: f.s_log_loss(P, [0, 2, 255]), loss_of(X, [0, 1, 2]))
claim("CE203", "sklearn", "ValueError", lambda f: f.s_log_loss(P, [0, 0, 255]), "ValueError")

# CE204 signed-labels

_x, _signed = np.array([2.0]), np.array([-1.0])
claim("CE204", "torch", "4.1269", lambda f: round(f.t_sigmoid(_x, _signed), 4), 4.1269)
claim("CE204", "torch", "RuntimeError", lambda f: f.t_binary(sigmoid(_x), _signed), "RuntimeError")
for _name in ("tensorflow", "jax"):
    for _far in (-5.0, -50.0):
        claim(
            "CE204",
            _name,
            "no minimum",
            lambda f, n=_name, x=_far: SIGMOID[n](f, np.array([x]), _signed),
            _far + math.log1p(math.exp(_far)),
        )
claim("CE204", "keras", "from logits", lambda f: f.k_binary(_x, _signed), binary_of(_x, _signed))
claim(
    "CE204",
    "keras",
    "from probabilities",
    lambda f: f.k_binary(sigmoid(_x), _signed, from_logits=False),
    binary_of(_x, _signed),
)
claim("CE204", "sklearn", "right", lambda f: f.s_log_loss(sigmoid(B), 2 * Z - 1), RIGHT_BINARY)

# CE205 rows-not-distributions

each("CE205", ROW, "double the loss", X, 2 * ROWS, 2 * RIGHT)
_soft = [[0.7, 0.2, 0.3], [0.1, 0.1, 0.5], [0.4, 0.4, 0.9]]
claim("CE205", "sklearn", "ValueError", lambda f: f.s_log_loss(P, _soft), "ValueError")

# CE206 targets-outside-unit-interval

_bytes = np.array([255.0])
_deep = binary_of(_x, _bytes)
claim("CE206", "torch", "RuntimeError", lambda f: f.t_binary(sigmoid(_x), _bytes), "RuntimeError")
claim("CE206", "torch", "-507.8731", lambda f: round(f.t_sigmoid(_x, _bytes), 4), -507.8731)
each("CE206", SIGMOID, "negative", _x, _bytes, _deep, only="tensorflow keras jax")
claim("CE206", "sklearn", "right", lambda f: f.s_log_loss(sigmoid(B), 255 * Z), RIGHT_BINARY)

# CE207 all-ignored

_nothing = np.full(3, -100)
claim("CE207", "torch", "NaN", lambda f: f.t_softmax(X, _nothing), NAN)
claim("CE207", "torch", "the sum is 0", lambda f: f.t_softmax(X, _nothing, reduction="sum"), 0)
_no = np.zeros(2, dtype=bool)
claim(
    "CE207", "tensorflow", "NaN", lambda f: float(f.tf.reduce_mean(f.tf.boolean_mask(np.ones(2), _no))), NAN
)
claim(
    "CE207",
    "tensorflow",
    "returns 0",
    lambda f: float(f.tf.compat.v1.losses.sparse_softmax_cross_entropy(Y, X, weights=np.zeros(3))),
    0,
)
claim("CE207", "keras", "returns 0", lambda f: f.k_index(X, _nothing, ignore_class=-100), 0)
claim("CE207", "jax", "are 0", lambda f: f.j_rows(X, ROWS, where=np.zeros((3, 3), dtype=bool)), 0)
claim("CE207", "jax", "NaN", lambda f: float(f.jnp.mean(f.jnp.ones(2), where=f.jnp.asarray(_no))), NAN)
claim("CE207", "sklearn", "ValueError", lambda f: f.s_log_loss(P, Y, sample_weight=np.zeros(3)), "ValueError")

# CE208 unlabelled-rows

_blank = ROWS.copy()
_blank[0] = 0
each("CE208", ROW, "loss of 0", X, _blank, loss_of(X, _blank))
claim("CE208", "sklearn", "costs 0 and is counted", lambda f: f.s_log_loss(P, _blank), loss_of(X, _blank))

# CE209 continuous-targets

_real = np.array([2.7, 0.4, 10])
claim("CE209", "torch", "cross_entropy raises RuntimeError", lambda f: f.t_softmax(X, _real), "RuntimeError")
claim("CE209", "torch", "BCELoss too", lambda f: f.t_binary(sigmoid(B), _real), "RuntimeError")
each("CE209", SIGMOID, "takes them in silence", B, _real, binary_of(B, _real))
claim("CE209", "tensorflow", REFUSED, lambda f: f.f_index(X, _real), REFUSED)
claim("CE209", "jax", "TypeError", lambda f: f.j_index(X, _real), "TypeError")
claim("CE209", "sklearn", "ValueError", lambda f: f.s_log_loss(sigmoid(B), _real), "ValueError")
_any = np.array([2.7, 0.4, -1.0])
claim("CE209", "lightgbm", "any number", lambda f: f.l_fit(_any, objective="binary").num_trees(), 1)
claim(
    "CE209", "lightgbm", "positive is above 0", lambda f: _positives(f, _any) == _positives(f, _any > 0), True
)


def _positives(f: Losses, labels: np.ndarray) -> list[float]:
    features = np.arange(3.0)[:, None]
    data = f.lightgbm.Dataset(features, label=labels.astype(float))
    options = {"objective": "binary", "verbose": -1, "min_data": 1, "min_data_in_bin": 1}
    return [round(float(p), 9) for p in f.lightgbm.train(options, data, 3).predict(features)]


# CE210 class-imbalance

each("CE210", INDEX, "weighs nothing by itself", X, Y, RIGHT, only="torch tensorflow keras sklearn")
claim(
    "CE210",
    "torch",
    "divided by the weights",
    lambda f: f.t_softmax(X, Y, weight=W),
    WEIGHTED_SUM / W[Y].sum(),
)


claim(
    "CE210",
    "tensorflow",
    "takes no weights",
    lambda f: no_weights(f.tf.nn.sparse_softmax_cross_entropy_with_logits),
    True,
)
claim("CE210", "keras", "class_weight", lambda f: "class_weight" in arguments(f.keras.Model.fit), True)
claim(
    "CE210",
    "jax",
    "takes no weights",
    lambda f: no_weights(f.optax.softmax_cross_entropy_with_integer_labels),
    True,
)


def _balanced(f: Losses) -> list[float]:
    assert f.sklearn
    from sklearn.utils.class_weight import compute_class_weight

    return [
        float(w) for w in compute_class_weight("balanced", classes=np.arange(2), y=np.array([0] * 9 + [1]))
    ]


claim("CE210", "sklearn", "N/(K·N_c)", _balanced, [10 / 18, 5.0])

# CE211 absent-class

_some = np.array([0, 2, 0])
each(
    "CE211",
    INDEX,
    "computes the loss of the others",
    X,
    _some,
    loss_of(X, _some),
    only="torch tensorflow keras jax",
)
claim("CE211", "sklearn", "ValueError", lambda f: f.s_log_loss(P, _some), "ValueError")
claim(
    "CE211", "sklearn", "until labels=", lambda f: f.s_log_loss(P, _some, labels=[0, 1, 2]), loss_of(X, _some)
)


def _columns(f: Losses) -> int:
    assert f.sklearn
    from sklearn.linear_model import LogisticRegression

    return int(LogisticRegression().fit(X, _some).predict_proba(X).shape[1])


claim("CE211", "sklearn", "fewer columns", _columns, 2)

# CE212 float-labels

_float = Y.astype(np.float32)
claim("CE212", "torch", "RuntimeError", lambda f: f.t_softmax(X, _float), "RuntimeError")
claim("CE212", "tensorflow", REFUSED, lambda f: f.f_index(X, _float), REFUSED)
claim("CE212", "keras", "right", lambda f: f.k_index(X, _float), RIGHT)
claim("CE212", "jax", "TypeError", lambda f: f.j_index(X, _float), "TypeError")
claim("CE212", "sklearn", "right", lambda f: f.s_log_loss(P, _float), RIGHT)

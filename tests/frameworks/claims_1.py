"""What each framework does with the arrays of findings about predictions (CE1xx)."""

from __future__ import annotations

import math

import numpy as np
from claim_rows import (
    INDEX,
    INF,
    NAN,
    RIGHT,
    ROWS,
    SIGMOID,
    B,
    P,
    X,
    Y,
    Z,
    binary_of,
    claim,
    each,
    loss_of,
    sigmoid,
    softmax,
)
from framework_losses import Losses

# CE101 not-finite

_nan, _inf = X.copy(), X.copy()
_nan[0, 1], _inf[0, 1] = NAN, INF
each("CE101", INDEX, "NaN", _nan, Y, NAN, only="torch tensorflow keras jax")
each("CE101", INDEX, "NaN", _inf, Y, NAN, only="torch tensorflow keras")
claim("CE101", "torch", "RuntimeError", lambda f: f.t_binary([NAN, 0.5], [1.0, 0.0]), "RuntimeError")
_nan_p = P.copy()
_nan_p[0, 1] = NAN
claim("CE101", "keras", "clipping", lambda f: f.k_rows(_nan_p, ROWS, from_logits=False), NAN)
claim("CE101", "jax", "+inf makes it inf", lambda f: f.j_index(_inf, Y), INF)
claim("CE101", "sklearn", "ValueError", lambda f: f.s_log_loss(_nan_p, Y), "ValueError")

# CE102 probabilities-as-logits

each("CE102", INDEX, "second time", P, Y, loss_of(P, Y), only="torch tensorflow keras jax")
claim("CE102", "keras", "no warning", lambda f: f.k_index(P, Y), loss_of(P, Y))
claim("CE102", "sklearn", "right", lambda f: f.s_log_loss(P, Y), RIGHT)

# CE103 logits-as-probabilities

claim("CE103", "torch", "RuntimeError", lambda f: f.t_binary(X, ROWS), "RuntimeError")
claim("CE103", "torch", "nll_loss", lambda f: f.t_nll(X, Y), -X[[0, 1, 2], Y].mean())
claim("CE103", "tensorflow", "NaN", lambda f: f.f_log_loss(X, ROWS), NAN)
claim("CE103", "keras", "10.745", lambda f: round(f.k_rows(X, ROWS, from_logits=False), 3), 10.745)
claim("CE103", "keras", "2.302", lambda f: round(f.k_rows(X, ROWS), 3), 2.302)
claim("CE103", "jax", "right", lambda f: f.j_index(X, Y), RIGHT)
claim("CE103", "sklearn", "ValueError", lambda f: f.s_log_loss(X, Y), "ValueError")

# CE104 double-softmax

_twice = softmax(P)
_thrice = loss_of(_twice, Y)
each("CE104", INDEX, "one more softmax", _twice, Y, _thrice, only="torch tensorflow jax")
_taken = float(-np.log(_twice[[0, 1, 2], Y]).mean())
claim("CE104", "keras", "probabilities", lambda f: f.k_index(_twice, Y, from_logits=False), _taken)
claim("CE104", "sklearn", "probabilities", lambda f: f.s_log_loss(_twice, Y), _taken)

# CE105 double-sigmoid

_sigmoids = sigmoid(sigmoid(B))
_as_they_are = float(-(Z * np.log(_sigmoids) + (1 - Z) * np.log1p(-_sigmoids)).mean())
claim("CE105", "torch", "BCELoss takes them as they are", lambda f: f.t_binary(_sigmoids, Z), _as_they_are)
each("CE105", SIGMOID, "one more sigmoid", _sigmoids, Z, binary_of(_sigmoids, Z), only="torch tensorflow jax")
claim("CE105", "keras", "probabilities", lambda f: f.k_binary(_sigmoids, Z, from_logits=False), _as_they_are)
claim("CE105", "sklearn", "probabilities", lambda f: f.s_log_loss(_sigmoids, Z), _as_they_are)

# CE106 log-probabilities-as-probabilities

LOG_P = np.log(P)
claim("CE106", "torch", "RuntimeError", lambda f: f.t_binary(LOG_P, ROWS), "RuntimeError")
claim("CE106", "tensorflow", "NaN", lambda f: f.f_log_loss(LOG_P, ROWS), NAN)
_turned = float(-np.log((LOG_P / LOG_P.sum(axis=1, keepdims=True))[[0, 1, 2], Y]).mean())
claim("CE106", "keras", "divides each row", lambda f: f.k_rows(LOG_P, ROWS, from_logits=False), _turned)
claim("CE106", "jax", "right", lambda f: f.j_index(LOG_P, Y), RIGHT)
claim("CE106", "sklearn", "ValueError", lambda f: f.s_log_loss(LOG_P, Y), "ValueError")

# CE107 one-unit-softmax

_one, _zeros = np.array([[3.0], [-2], [0.5]]), np.zeros(3, dtype=int)
each("CE107", INDEX, "loss of 0", _one, _zeros, 0, only="torch tensorflow jax")
claim("CE107", "torch", "IndexError", lambda f: f.t_softmax(_one, [0, 1, 0]), "IndexError")
claim("CE107", "keras", "the loss is 0", lambda f: f.k_index(_one, _zeros), 0)
claim("CE107", "keras", "SparseCategoricalCrossentropy does not", lambda f: f.k_index(_one, _zeros), 0)
claim(
    "CE107", "keras", "CategoricalCrossentropy", lambda f: f.k_rows(_one, np.ones((3, 1))), 0, "SyntaxWarning"
)
claim(
    "CE107",
    "keras",
    "softmax activation warn",
    lambda f: float(np.min(f.keras.layers.Activation("softmax")(_one))),
    1,
    "UserWarning",
)
_second = [[0.9], [0.2], [0.6]]
claim(
    "CE107",
    "sklearn",
    "second class",
    lambda f: f.s_log_loss(_second, [1, 0, 1]),
    -math.log(0.9 * 0.8 * 0.6) / 3,
)

# CE108 zero-probability

_none = np.array([[1.0, 0]])
claim("CE108", "torch", "100", lambda f: f.t_binary([0.0], [1.0]), 100)
claim("CE108", "torch", "nll_loss of log(0) is inf", lambda f: f.t_nll([[0.0, -INF]], [1]), INF)
claim("CE108", "tensorflow", "16.118", lambda f: round(f.f_log_loss(np.zeros(1), np.ones(1)), 3), 16.118)
claim("CE108", "keras", "16.118", lambda f: round(f.k_binary([0.0], [1.0], from_logits=False), 3), 16.118)
claim("CE108", "jax", "kl_divergence of log(0) is inf", lambda f: f.j_kl([[0.0, -INF]], [[0.0, 1]]), INF)
claim("CE108", "jax", "no loss on probabilities", lambda f: f.j_sigmoid([0.0], [1.0]), math.log(2))
claim("CE108", "sklearn", "36.044", lambda f: round(f.s_log_loss(_none, [1], labels=[0, 1]), 3), 36.044)
_none_32 = _none.astype(np.float32)
claim("CE108", "sklearn", "15.942", lambda f: round(f.s_log_loss(_none_32, [1], labels=[0, 1]), 3), 15.942)

# CE109 half-precision

_half, _last = np.array([[60000, -60000]], dtype=np.float16), np.array([1])
each("CE109", INDEX, "inf", _half, _last, INF, only="torch tensorflow jax")
claim(
    "CE109",
    "torch",
    "a sure example costs 0",
    lambda f: f.t_softmax(np.array([[10, 0]], np.float16), [0]),
    0,
)
claim("CE109", "keras", "casts to float32", lambda f: f.k_index(_half, _last), 120_000)
_zero_16 = np.array([[1, 0]], dtype=np.float16)
claim("CE109", "sklearn", "6.93", lambda f: round(f.s_log_loss(_zero_16, [1], labels=[0, 1]), 2), 6.93)

# CE110 constant-predictions

_same = np.tile([1.0, 0, 0.5], (3, 1))
each("CE110", INDEX, "computes their loss", _same, Y, loss_of(_same, Y))
claim("CE110", "sklearn", "at most 0", lambda f: f.s_d2(softmax(_same), Y) <= 0, True)
claim("CE110", "sklearn", "at most 0", lambda f: f.s_d2(np.full((3, 3), 1 / 3), Y), 0)

# CE111 not-log-probabilities

_picked = float(-P[[0, 1, 2], Y].mean())
claim("CE111", "torch", "minus the mean", lambda f: f.t_nll(X, Y), -X[[0, 1, 2], Y].mean())
claim("CE111", "torch", "negative for probabilities", lambda f: f.t_nll(P, Y) == _picked < 0, True)
claim("CE111", "tensorflow", "alike", lambda f: f.f_index(LOG_P, Y), RIGHT)
claim("CE111", "keras", "alike", lambda f: f.k_index(LOG_P, Y), RIGHT)
claim("CE111", "jax", "unchecked", lambda f: f.j_kl(P, ROWS), _picked)
claim("CE111", "sklearn", "exponential", lambda f: f.s_log_loss(np.exp(LOG_P), Y), RIGHT)


def _onnx_nll(f: Losses, values: np.ndarray, labels: np.ndarray) -> float:
    onnx = f.onnx
    from onnx.reference import ReferenceEvaluator

    node = onnx.helper.make_node("NegativeLogLikelihoodLoss", ["x", "y"], ["z"], reduction="mean")
    info, kinds = onnx.helper.make_tensor_value_info, onnx.TensorProto
    graph = onnx.helper.make_graph(
        [node],
        "nll",
        [info("x", kinds.DOUBLE, list(values.shape)), info("y", kinds.INT64, list(labels.shape))],
        [info("z", kinds.DOUBLE, [])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)])
    return float(ReferenceEvaluator(model).run(None, {"x": values, "y": labels})[0])


claim("CE111", "onnx", "unchecked", lambda f: _onnx_nll(f, P, Y), _picked)

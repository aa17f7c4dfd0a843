"""What each framework does with the arrays of each finding: the sentence, what is run, and what it must show."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from framework_losses import Losses

NAN, INF = math.nan, math.inf


@dataclass(frozen=True)
class Row:
    """One executed claim."""

    code: str
    framework: str
    says: str
    """The part of the sentence that the row proves."""
    run: Callable[[Losses], Any]
    shows: Any
    """A number, or the name of an exception."""
    warns: str = ""
    """The name of the warning that must be given; none may be given otherwise."""


TABLE: list[Row] = []


def claim(
    code: str, framework: str, says: str, run: Callable[[Losses], Any], shows: Any, warns: str = ""
) -> None:
    TABLE.append(Row(code, framework, says, run, shows, warns))


def softmax(x: Any) -> np.ndarray:
    shares = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def sigmoid(x: Any) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.asarray(x))))


def loss_of(logits: Any, targets: Any) -> float:
    """Return the mean softmax cross-entropy of index labels or rows."""
    log_p = np.log(softmax(logits))
    targets = np.asarray(targets)
    rows = np.eye(log_p.shape[-1])[targets] if targets.ndim < log_p.ndim else targets
    return float(-(rows * log_p).sum(axis=-1).mean())


def binary_of(logits: Any, targets: Any) -> float:
    return float((np.logaddexp(0, logits) - np.asarray(logits) * targets).mean())


X = np.array([[2.0, 0, -1], [0.5, 1, 0], [3, -2, 0]])
Y = np.array([0, 2, 1])
ROWS = np.eye(3)[Y]
P = softmax(X)
RIGHT = loss_of(X, Y)
B, Z = np.array([2.0, 0, -1]), np.array([1.0, 0, 1])
RIGHT_BINARY = binary_of(B, Z)
W = np.array([1.0, 2, 10])

INDEX: dict[str, Callable[[Losses, Any, Any], float]] = {
    "torch": lambda f, x, y: f.t_softmax(x, y),
    "tensorflow": lambda f, x, y: f.f_index(x, y),
    "keras": lambda f, x, y: f.k_index(x, y),
    "jax": lambda f, x, y: f.j_index(x, y),
    "sklearn": lambda f, x, y: f.s_log_loss(softmax(x), y, labels=np.arange(x.shape[-1])),
}
"""The mean loss of logits and class indices."""
ROW: dict[str, Callable[[Losses, Any, Any], float]] = {
    "torch": lambda f, x, t: f.t_softmax(x, t),
    "tensorflow": lambda f, x, t: f.f_rows(x, t),
    "keras": lambda f, x, t: f.k_rows(x, t),
    "jax": lambda f, x, t: f.j_rows(x, t),
}
SIGMOID: dict[str, Callable[[Losses, Any, Any], float]] = {
    "torch": lambda f, x, z: f.t_sigmoid(x, z),
    "tensorflow": lambda f, x, z: f.f_sigmoid(x, z),
    "keras": lambda f, x, z: f.k_binary(x, z),
    "jax": lambda f, x, z: f.j_sigmoid(x, z),
}


def each(
    code: str, losses: dict[str, Any], says: str, x: Any, y: Any, shows: Any, only: str = "", **others: str
) -> None:
    """Claim the same of several frameworks; ``others`` have the sentence of their own."""
    for name, loss in losses.items():
        if not only or name in only.split():
            claim(code, name, others.get(name, says), lambda f, loss=loss: loss(f, x, y), shows)


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
    "below half a thousandth 0",
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
_sums = (W[Y] * -np.log(P[[0, 1, 2], Y])).sum()
claim("CE210", "torch", "divided by the weights", lambda f: f.t_softmax(X, Y, weight=W), _sums / W[Y].sum())


def _arguments(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


def _no_weights(function: Any) -> bool:
    return not any("weight" in name for name in _arguments(function))


claim(
    "CE210",
    "tensorflow",
    "takes no weights",
    lambda f: _no_weights(f.tf.nn.sparse_softmax_cross_entropy_with_logits),
    True,
)
claim("CE210", "keras", "class_weight", lambda f: "class_weight" in _arguments(f.keras.Model.fit), True)
claim(
    "CE210",
    "jax",
    "takes no weights",
    lambda f: _no_weights(f.optax.softmax_cross_entropy_with_integer_labels),
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

# CE301 shape-mismatch

_ten, _three = np.zeros((10, 3)), np.zeros(3, dtype=int)
each("CE301", INDEX, "ValueError", _ten, _three, "ValueError")
each(
    "CE301",
    ROW,
    "one row",
    X,
    ROWS[:1],
    loss_of(X, [0, 0, 0]),
    only="tensorflow",
    tensorflow="one row of targets is broadcast",
)
claim("CE301", "jax", "broadcast", lambda f: f.j_rows(X, ROWS[:1]), loss_of(X, [0, 0, 0]))
claim("CE301", "jax", "a single label", lambda f: f.j_index(X, [0]), loss_of(X, [0, 0, 0]))

# CE302 broadcast-trap

_column = B[:, None]
claim("CE302", "torch", "ValueError", lambda f: f.t_sigmoid(_column, Z), "ValueError")
claim("CE302", "torch", "BCELoss", lambda f: f.t_binary(sigmoid(_column), Z), "ValueError")
claim(
    "CE302",
    "torch",
    "UserWarning",
    lambda f: f._t("mse_loss", _column, Z),
    ((_column - Z) ** 2).mean(),
    "UserWarning",
)
claim("CE302", "tensorflow", "ValueError", lambda f: f.f_sigmoid(_column, Z), "ValueError")
claim("CE302", "keras", "right", lambda f: f.k_binary(_column, Z), RIGHT_BINARY)
claim("CE302", "jax", "0.8222", lambda f: round(f.j_sigmoid(_column, Z), 4), 0.8222)
claim("CE302", "jax", "0.7111", lambda f: round(f.j_sigmoid(B, Z), 4), 0.7111)
claim("CE302", "sklearn", "right", lambda f: f.s_log_loss(sigmoid(_column), Z), RIGHT_BINARY)

# CE303 class-axis

_tokens = np.random.default_rng(0).normal(size=(2, 4, 3))
_labels_of = np.array([[0, 1, 2, 0], [2, 2, 0, 1]])
_square = np.random.default_rng(1).normal(size=(2, 3, 3))
_second_axis, _last_axis = np.moveaxis(_square, 1, -1), _square
claim("CE303", "torch", "RuntimeError", lambda f: f.t_softmax(_tokens, _labels_of), "RuntimeError")
claim(
    "CE303",
    "torch",
    "in silence where T = K",
    lambda f: f.t_softmax(_square, _labels_of[:, :3]),
    loss_of(_second_axis, _labels_of[:, :3]),
)
each(
    "CE303",
    INDEX,
    "ValueError",
    np.moveaxis(_tokens, -1, 1),
    _labels_of,
    "ValueError",
    only="tensorflow keras jax sklearn",
)
each(
    "CE303",
    INDEX,
    "in silence where T = K",
    _last_axis,
    _labels_of[:, :3],
    loss_of(_last_axis, _labels_of[:, :3]),
    only="tensorflow keras jax",
)
claim(
    "CE303",
    "jax",
    "unless axis= is given",
    lambda f: f.j_index(np.moveaxis(_tokens, -1, 1), _labels_of, axis=1),
    loss_of(_tokens, _labels_of),
)

# CE304 swapped-arguments

_swapped = loss_of(ROWS, P)
claim("CE304", "torch", "one-hot rows there are taken for logits", lambda f: f.t_softmax(ROWS, P), _swapped)
claim("CE304", "torch", "NotImplementedError", lambda f: f.t_softmax(Y, X), "NotImplementedError")
claim("CE304", "tensorflow", "run in silence", lambda f: f.f_rows(ROWS, P), _swapped)
claim("CE304", "keras", "taken for targets", lambda f: f.k_rows(ROWS, P), _swapped)
claim("CE304", "jax", "one-hot rows there run in silence", lambda f: f.j_rows(ROWS, P), _swapped)
claim("CE304", "jax", "TypeError", lambda f: f.j_index(Y, X), "TypeError")
claim("CE304", "sklearn", "ValueError", lambda f: f.s_log_loss(ROWS, P), "ValueError")
claim("CE304", "sklearn", "targets come first", lambda f: f.s_log_loss(P, Y), RIGHT)

# CE305 multi-label-under-softmax

_several = np.array([[1.0, 0, 1], [0, 1, 1], [1, 1, 1]])
each("CE305", ROW, "in silence", X, _several, loss_of(X, _several))
claim("CE305", "sklearn", "excluded each other", lambda f: f.s_log_loss(P, _several), loss_of(X, _several))

# CE306 exclusive-under-sigmoid

each("CE306", SIGMOID, "N·K", X, ROWS, binary_of(X, ROWS))
claim(
    "CE306",
    "sklearn",
    "UserWarning",
    lambda f: f.s_log_loss(sigmoid(X), Y),
    -np.log(sigmoid(X)[[0, 1, 2], Y]).mean(),
    "UserWarning",
)

# CE307 shifted-rows, CE308 permuted-classes, CE309 flipped-sign

each("CE307", INDEX, "in silence", X, np.roll(Y, 1), loss_of(X, np.roll(Y, 1)))
_steps = np.random.default_rng(2).normal(size=(2, 6, 4)).astype(np.float32)
_ids = np.random.default_rng(3).integers(0, 4, (2, 6))


def _causal(f: Losses) -> float:
    assert f.transformers
    from transformers.loss.loss_utils import ForCausalLMLoss

    logits, shifted = f.torch.tensor(_steps[:, :-1].copy()), f.torch.tensor(_ids[:, 1:].copy())
    return float(ForCausalLMLoss(logits, shifted, vocab_size=4))


claim("CE307", "transformers", "shifted twice", _causal, loss_of(_steps[:, :-2].astype(float), _ids[:, 2:]))
claim(
    "CE307",
    "transformers",
    "shifts labels itself",
    _causal,
    loss_of(_steps[:, :-2].astype(float), _ids[:, 2:]),
)
_order = X[:, [1, 2, 0]]
each("CE308", INDEX, "column k for class k", _order, Y, loss_of(_order, Y), only="torch tensorflow keras jax")
_names = ["b", "c", "a"]
claim(
    "CE308",
    "sklearn",
    "UserWarning",
    lambda f: f.s_log_loss(P, _names, labels=_names),
    loss_of(X, [1, 2, 0]),
    "UserWarning",
)
claim("CE308", "sklearn", "sorted order", lambda f: f.s_log_loss(P, _names), loss_of(X, [1, 2, 0]))
each("CE309", SIGMOID, "wrong sign", -B, Z, binary_of(-B, Z))
claim(
    "CE309",
    "sklearn",
    "second of the sorted classes",
    lambda f: f.s_log_loss(1 - sigmoid(B), Z),
    binary_of(-B, Z),
)

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

_by_weights, _by_count = round(_sums / W[Y].sum(), 4), round(_sums / 3, 4)
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
    lambda f: _no_weights(f.optax.softmax_cross_entropy_with_integer_labels),
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
claim("CE505", "jax", "no pos_weight", lambda f: _no_weights(f.optax.sigmoid_binary_cross_entropy), True)
claim("CE505", "sklearn", "towards 0.5", _sklearn_shift, True)
claim("CE505", "xgboost", "alike", _xgboost_shift, True)

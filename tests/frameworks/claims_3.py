"""What each framework does with the arrays of findings about pairs of arrays (CE3xx)."""

from __future__ import annotations

import numpy as np
from claim_rows import (
    INDEX,
    RIGHT,
    RIGHT_BINARY,
    ROW,
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
)
from framework_losses import Losses

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

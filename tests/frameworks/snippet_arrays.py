"""Arrays made to suit a row of the frameworks' table: any encoding, hard or soft, float64 or float32."""

from __future__ import annotations

from typing import Any

import numpy as np
from exact_losses import Array, Arrays, log_softmax

N, K, D = 9, 4, 3

KINDS = {
    "index": ("hard",),
    "one_hot": ("hard",),
    "distribution": ("soft",),
    "scalar": ("hard", "soft"),
    "multi_hot": ("hard", "soft"),
    "index_lists": ("hard",),
}

ENCODINGS: dict[str, tuple[str, ...]] = {
    "binary_cross_entropy": ("scalar", "multi_hot"),
    "sigmoid_cross_entropy": ("scalar", "multi_hot"),
    "weighted_sigmoid_cross_entropy": ("scalar", "multi_hot"),
    "sigmoid_focal": ("scalar", "multi_hot"),
    "hinge": ("scalar",),
    "squared_hinge": ("scalar",),
    "mean_squared_error": ("scalar",),
    "dice": ("scalar", "multi_hot"),
    "tversky": ("scalar", "multi_hot"),
    "softmax_cross_entropy": ("one_hot", "distribution"),
    "categorical_cross_entropy": ("one_hot", "distribution"),
    "kl_divergence": ("distribution",),
    "brier": ("one_hot",),
    "poly1_cross_entropy": ("one_hot", "distribution"),
    "perceptron": ("scalar",),
    "multilabel_margin": ("multi_hot",),
    "multilabel_soft_margin": ("multi_hot",),
    "mean_pairwise_squared_error": ("multi_hot",),
}
"""The encodings in which a loss's targets come where no row says it; the others take an index."""

HARD_ONLY = {
    "perceptron",
    "sparsemax",
    "multilabel_margin",
    "sigmoid_focal",
    "dice",
    "tversky",
    "hinge",
    "squared_hinge",
}


def pairs(encodings: tuple[str, ...], targets: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the (encoding, hard or soft) pairs that a row accepts."""
    return [(one, kind) for one in encodings for kind in KINDS[one] if kind in targets]


def make(encoding: str, kind: str, *, signed: bool = False, real: bool = False, scale: float = 1.0) -> Arrays:
    """Return every named array in float64, with all classes present among the labels."""
    rng = np.random.default_rng(20240517)
    shape = (N,) if encoding == "scalar" else (N, K)
    logits = rng.normal(size=shape) * 2 * scale
    probabilities = 1 / (1 + np.exp(-logits)) if encoding in {"scalar", "multi_hot"} else _softmax(logits)
    index = rng.permutation(np.arange(N) % K)
    targets: Array = {
        "index": index,
        "one_hot": np.eye(K)[index],
        "distribution": rng.dirichlet(np.ones(K), size=N),
        "scalar": (np.arange(N) % 3 == 0).astype(float) if kind == "hard" else rng.uniform(size=N),
        "multi_hot": rng.permuted(np.indices((N, K)).sum(axis=0) % 2, axis=0).astype(float)
        if kind == "hard"
        else rng.uniform(size=(N, K)),
        "index_lists": np.array(
            [[2, 0, -1, 1], [3, -1, 0, 1], [0, 1, 2, 3], [-1, 0, 0, 0]] * 2 + [[1, 3, 2, -1]]
        ),
    }[encoding]
    if signed:
        targets = 2 * targets - 1
    if real:
        targets = rng.normal(size=shape)
    scores = rng.normal(size=shape) * 2 if encoding == "scalar" else rng.uniform(0, 3, size=shape)
    return {
        "logits": logits,
        "probabilities": probabilities,
        "log_probabilities": log_softmax(logits),
        "scores": scores,
        "predictions": rng.normal(size=shape),
        "features": rng.normal(size=(N, D)),
        "head": rng.normal(size=(K, D)),
        "bias": rng.normal(size=K),
        "targets": targets,
        "class_weights": np.array([0.5, 3.0] if encoding == "scalar" else [0.5, 3.0, 1.0, 2.0]),
        "sample_weights": rng.uniform(0.1, 2, size=N),
        "pos_weight": np.array(2.5) if encoding == "scalar" else np.array([2.5, 0.5, 1.0, 4.0]),
        "mask": np.arange(N) % 3 != 1,
        "label_smoothing": 0.1,
        "ignore_index": -100,
        "classes": K,
    }


def with_modifier(arrays: Arrays, modifier: str | None, ignore_index: int = -100) -> Arrays:
    """Return the arrays as a modifier needs them: some labels ignored, or a token axis."""
    made = dict(arrays)
    if modifier == "ignore_index":
        made["ignore_index"] = ignore_index
        if ignore_index < 0 or ignore_index >= K:
            made["targets"] = np.where(np.arange(N) % 4 == 1, ignore_index, arrays["targets"])
    if modifier == "tokens":
        for name in ("logits", "log_probabilities"):
            made[name] = arrays[name].reshape(3, 3, K)
        made["targets"] = arrays["targets"].reshape((3, 3, *arrays["targets"].shape[1:]))
    return made


def rounded(arrays: Arrays, dtype: str) -> Arrays:
    """Return the arrays as the dtype holds them."""
    return {name: _cast(value, dtype) for name, value in arrays.items()}


def widened(arrays: Arrays) -> Arrays:
    """Return the arrays in float64 again, for the exact loss."""
    return {name: _cast(value, "float64") for name, value in arrays.items()}


def _cast(value: Any, dtype: str) -> Any:
    return value.astype(dtype) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def _softmax(x: Array) -> Array:
    return np.exp(log_softmax(x))

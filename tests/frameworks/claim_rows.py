"""What the tables of claims share: a row, arrays, and each framework's losses by one signature."""

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


WEIGHTED_SUM = (W[Y] * -np.log(P[[0, 1, 2], Y])).sum()


def arguments(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


def no_weights(function: Any) -> bool:
    return not any("weight" in name for name in arguments(function))

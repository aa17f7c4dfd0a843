"""The losses beside the cross-entropies, by their textbook formulas in 360 digits: slow, and independent of NumPy.

Nothing here is rearranged: with that many digits 1 − p of a probability 1e-300 below 1 is still right.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import numpy as np
from mpmath_oracle import exact

DIGITS = 360


def in_many_digits(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        with mp.workdps(DIGITS):
            return function(*arguments, **options)

    return wrapped


def numbers(row: Sequence[Any]) -> list[mp.mpf]:
    return [exact(value) for value in row]


def cost(p: mp.mpf) -> mp.mpf:
    return mp.inf if p == 0 else -mp.log(p)


def weighted(weight: mp.mpf, value: mp.mpf) -> mp.mpf:
    return mp.mpf(0) if weight == 0 else weight * value


@in_many_digits
def softmax(row: Sequence[Any]) -> list[mp.mpf]:
    powers = [mp.exp(x) if x != -mp.inf else mp.mpf(0) for x in numbers(row)]
    total = mp.fsum(powers)
    return [power / total for power in powers]


@in_many_digits
def sigmoid_focal(logit: Any, target: Any, *, gamma: float, alpha: float | None = None) -> mp.mpf:
    y = exact(target)
    p = 1 / (1 + mp.exp(-exact(logit))) if exact(logit) != -mp.inf else mp.mpf(0)
    p_t = p * y + (1 - p) * (1 - y)
    loss = (1 - p_t) ** exact(gamma) * (weighted(y, cost(p)) + weighted(1 - y, cost(1 - p)))
    return loss if alpha is None else (exact(alpha) * y + (1 - exact(alpha)) * (1 - y)) * loss


@in_many_digits
def softmax_focal(row: Sequence[Any], target: Sequence[Any], *, gamma: float, alpha: Any = None) -> mp.mpf:
    alphas = [1.0] * len(row) if alpha is None else alpha
    return mp.fsum(
        weighted(exact(a) * exact(y), (1 - p) ** exact(gamma) * cost(p))
        for a, y, p in zip(alphas, target, softmax(row), strict=True)
    )


@in_many_digits
def generalized(probability: Any, q: float) -> mp.mpf:
    return (1 - exact(probability) ** exact(q)) / exact(q)


@in_many_digits
def poly1(row: Sequence[Any], target: Sequence[Any], epsilon: float) -> mp.mpf:
    return mp.fsum(
        weighted(exact(y), cost(p) + exact(epsilon) * (1 - p))
        for y, p in zip(target, softmax(row), strict=True)
    )


def kl(targets: Sequence[mp.mpf], predictions: Sequence[mp.mpf]) -> mp.mpf:
    return mp.fsum(
        weighted(t, mp.log(t) + cost(q)) if t else mp.mpf(0)
        for t, q in zip(targets, predictions, strict=True)
    )


@in_many_digits
def brier(row: Sequence[Any], target: Sequence[Any]) -> mp.mpf:
    return mp.fsum((exact(p) - exact(y)) ** 2 for p, y in zip(row, target, strict=True))


@in_many_digits
def hinge(score: Any, sign: int) -> mp.mpf:
    return max(mp.mpf(0), 1 - sign * exact(score))


@in_many_digits
def categorical_hinge(row: Sequence[Any], label: int) -> mp.mpf:
    wrong = [x for j, x in enumerate(numbers(row)) if j != label]
    return max([mp.mpf(0), *(1 + x - exact(row[label]) for x in wrong)])


@in_many_digits
def multi_margin(row: Sequence[Any], label: int, *, p: int, margin: float) -> mp.mpf:
    own = exact(row[label])
    wrong = [x for j, x in enumerate(numbers(row)) if j != label]
    return mp.fsum(max(mp.mpf(0), exact(margin) - own + x) ** p for x in wrong) / len(row)


@in_many_digits
def multilabel_margin(row: Sequence[Any], listed: Sequence[int]) -> mp.mpf:
    true = list(listed)[: list(listed).index(-1)] if -1 in listed else list(listed)
    values = numbers(row)
    return mp.fsum(
        max(mp.mpf(0), 1 - (values[j] - values[i])) for j in true for i in range(len(row)) if i not in true
    ) / len(row)


@in_many_digits
def sparsemax(row: Sequence[Any], target: Sequence[Any]) -> mp.mpf:
    """Return Martins and Astudillo's equation 18, with a distribution for the class."""
    z, y = numbers(row), numbers(target)
    ordered = sorted(z, reverse=True)
    size = max(k for k in range(1, len(z) + 1) if 1 + k * ordered[k - 1] > mp.fsum(ordered[:k]))
    tau = (mp.fsum(ordered[:size]) - 1) / size
    support = mp.fsum(x**2 - tau**2 for x in ordered[:size])
    return mp.fsum(-weighted(w, x) + w**2 / 2 for w, x in zip(y, z, strict=True)) + support / 2


@in_many_digits
def tversky(row: Sequence[Any], target: Sequence[Any], alpha: float, beta: float, smooth: float) -> mp.mpf:
    p, y = numbers(row), numbers(target)
    hits = mp.fsum(a * b for a, b in zip(p, y, strict=True))
    alarms = mp.fsum(a * (1 - b) for a, b in zip(p, y, strict=True))
    misses = mp.fsum((1 - a) * b for a, b in zip(p, y, strict=True))
    s = exact(smooth)
    return 1 - (hits + s) / (hits + exact(alpha) * alarms + exact(beta) * misses + s)


@in_many_digits
def pairwise(row: Sequence[Any], target: Sequence[Any]) -> mp.mpf:
    x, y = numbers(row), numbers(target)
    pairs = [(i, j) for j in range(len(x)) for i in range(j)]
    return mp.fsum(((x[i] - x[j]) - (y[i] - y[j])) ** 2 for i, j in pairs) / len(pairs)


def assert_absolute(
    actual: Any, oracle: Sequence[mp.mpf], tolerance: float = 1e-14, *, case: Any = ""
) -> None:
    """Assert the contract of a difference: its absolute error, or its relative error above 1."""
    got = np.asarray(actual)
    assert got.dtype == np.float64
    assert got.size == len(oracle)
    for value, truth in zip(got.reshape(-1).tolist(), oracle, strict=True):
        where = f"{case}: {value!r}, not {mp.nstr(truth, 20)}"
        if mp.isinf(truth):
            assert value == np.inf, where
        else:
            assert abs(mp.mpf(value) - truth) <= tolerance * max(1, abs(truth)), where

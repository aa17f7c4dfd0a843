"""The losses in 50-digit arithmetic, on plain numbers: slow, and independent of NumPy.

A gap or a rest far below its neighbours would vanish even in 50 digits, so the oracle too keeps the largest
term out of the sum. test_kernels_oracle.py checks it against the textbook formula in a thousand digits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import mpmath as mp
import numpy as np

mp.mp.dps = 50

INF, NAN = mp.inf, mp.nan


def exact(value: Any) -> mp.mpf:
    """Return the number as stored: every float16, float32 and float64 is a float64."""
    return mp.mpf(float(value))


def smoothed(weights: Sequence[mp.mpf], smoothing: float, outcomes: int | None = None) -> list[mp.mpf]:
    share = exact(smoothing) / (outcomes or len(weights))
    return [weight * (1 - exact(smoothing)) + share for weight in weights]


def one_hot(label: int, classes: int) -> list[mp.mpf]:
    return [mp.mpf(int(j == label)) for j in range(classes)]


def expected(weights: Iterable[mp.mpf], costs: Iterable[mp.mpf]) -> mp.mpf:
    """Return Σ weight·cost with 0·∞ = 0."""
    return mp.fsum(weight * cost for weight, cost in zip(weights, costs, strict=True) if weight)


def softmax_costs(logits: Iterable[Any]) -> list[mp.mpf]:
    """Return −log softmax of every class."""
    values = [float(value) for value in logits]
    top = max(values)
    if top in (float("inf"), float("-inf")) or any(value != value for value in values):
        return [NAN] * len(values)
    counts = Counter(values)
    counts[top] -= 1
    gaps = {value: exact(top) - exact(value) for value in counts}
    rest = mp.fsum(count * mp.exp(-gaps[value]) for value, count in counts.items() if count)
    shared = mp.log1p(rest)
    costs = {value: gap + shared for value, gap in gaps.items()}
    return [costs[value] for value in values]


def softplus(value: mp.mpf) -> mp.mpf:
    return mp.log1p(mp.exp(value)) if value <= 0 else value + mp.log1p(mp.exp(-value))


def two_sided(target: Any, if_true: mp.mpf, if_false: mp.mpf, smoothing: float, weight: float) -> mp.mpf:
    y, n = smoothed([exact(target), 1 - exact(target)], smoothing, 2)
    return expected([exact(weight) * y, n], [if_true, if_false])


def sigmoid_loss(logit: Any, target: Any, *, smoothing: float = 0.0, weight: float = 1.0) -> mp.mpf:
    x = exact(logit)
    return two_sided(target, softplus(-x), softplus(x), smoothing, weight)


def clipped(probability: Any, clip: float | None) -> tuple[mp.mpf, mp.mpf]:
    """Return −log p and −log(1 − p)."""
    p = exact(probability)
    if clip is not None and p < exact(clip):
        p = exact(clip)
    if clip is not None and p > 1 - exact(clip):
        return -mp.log1p(-exact(clip)), -mp.log(exact(clip)) if clip else INF
    return (INF if p == 0 else -mp.log(p)), (INF if p == 1 else -mp.log1p(-p))


def binary_loss(
    probability: Any, target: Any, *, clip: float | None = None, smoothing: float = 0.0
) -> mp.mpf:
    return two_sided(target, *clipped(probability, clip), smoothing, 1.0)


def assert_exact(actual: Any, oracle: Sequence[mp.mpf] | mp.mpf, *, case: Any = "") -> None:
    """Assert the contract of the numbers: relative error 1e-14, or 1e-12 where the loss is below 1e-4."""
    wanted = list(oracle) if isinstance(oracle, (list, tuple)) else [oracle]
    got = np.asarray(actual)
    assert got.dtype == np.float64
    assert got.size == len(wanted)
    for index, (value, truth) in enumerate(zip(got.reshape(-1).tolist(), wanted, strict=True)):
        where = f"{case} [{index}]: {value!r}, not {mp.nstr(truth, 20)}"
        if mp.isnan(truth):
            assert value != value, where
        elif mp.isinf(truth) or abs(truth) > np.finfo(np.float64).max:
            assert value == (np.inf if truth > 0 else -np.inf), where
        elif abs(truth) < mp.mpf("1e-300"):
            assert abs(value) < 2e-300, where
        else:
            tolerance = 1e-14 if abs(truth) >= mp.mpf("1e-4") else 1e-12
            assert abs(mp.mpf(value) - truth) <= tolerance * abs(truth), where

"""The arithmetic that keeps every term nonnegative, so that no digit of a small loss cancels.

Everything here is float64, whatever the arrays hold. In float32 the gap between two logits is itself
rounded: a gap of 20 by up to 1e-6, which the exponential turns into a relative error of 1e-6, and a
sum of 100,000 terms below 1e-38 has no digits left.
"""

from __future__ import annotations

import math

import numpy as np

from ce_core.kernels._shapes import FloatArray


def weighted(weights: FloatArray | float, costs: FloatArray) -> FloatArray:
    """Return ``weights * costs``, where a weight of zero costs nothing: 0·∞ = 0 and 0·NaN = 0."""
    with np.errstate(invalid="ignore", over="ignore"):  # 0·∞ is mended below; too large is infinite
        products = np.asarray(weights * costs)
    unknown = np.isnan(products)
    if unknown.any():
        products[unknown & np.equal(weights, 0.0)] = 0.0
    return products


def weighted_sum(weights: FloatArray, costs: FloatArray, axis: int) -> FloatArray:
    """Return Σ ``weights * costs`` over the axis, where a weight of zero costs nothing.

    ``costs`` is used as scratch space. Looking for 0·∞ in the sums spares a pass over every product.
    """
    with np.errstate(invalid="ignore", over="ignore"):  # as in weighted
        products = np.multiply(weights, costs, out=costs)
        sums = np.asarray(products.sum(axis=axis))
        if np.isnan(sums).any():
            products[weights == 0.0] = 0.0
            sums = np.asarray(products.sum(axis=axis))
    return sums


def expected_cost(costs: FloatArray, weights: FloatArray, axis: int, smooth: float) -> FloatArray:
    """Return Σ_j (y_j·(1 − ε) + ε/K)·cost_j over the axis; ``costs`` is used as scratch space."""
    spread = _mean(costs, axis) if smooth else None
    expected = weighted_sum(weights, costs, axis)
    return expected if spread is None else add(weighted(1 - smooth, expected), smooth * spread)


def chosen_cost(chosen: FloatArray, costs: FloatArray, axis: int, smooth: float) -> FloatArray:
    """Return (1 − ε)·chosen + ε/K·Σ_j cost_j: the expected cost of a smoothed one-hot row, never built."""
    return add(weighted(1 - smooth, chosen), smooth * _mean(costs, axis))


def weights_of_outcomes(targets: FloatArray, smooth: float) -> tuple[FloatArray, FloatArray]:
    """Return the weights y and 1 − y of the two outcomes, with y smoothed to y·(1 − ε) + ε/2."""
    positives, negatives = targets, np.asarray(1.0 - targets)
    if smooth:  # 1 − y is smoothed by itself: taking the smoothed y from 1 would lose digits
        positives = weighted(1 - smooth, positives) + smooth / 2
        negatives = weighted(1 - smooth, negatives) + smooth / 2
    return positives, negatives


def add(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the sum; infinities of both signs, which only targets outside [0, 1] bring, make NaN."""
    with np.errstate(invalid="ignore", over="ignore"):  # see above; too large is infinite
        return np.asarray(one + other)


def negative_log(probabilities: FloatArray, clip: float | None) -> FloatArray:
    """Return −log p, of the probability clipped to [clip, 1 − clip] where a clip is given."""
    with np.errstate(divide="ignore", invalid="ignore"):  # −log 0 = ∞ is the loss; a negative p has none
        if clip is None:
            return np.asarray(0.0 - np.log(probabilities))
        costs = 0.0 - np.log(np.maximum(probabilities, clip))
        # Near 1, 1 − p is exact and 1 − clip is not: compare the one, and use the logarithm of neither.
        return np.where(1.0 - probabilities <= clip, -math.log1p(-clip), costs)


def negative_log_complement(probabilities: FloatArray, clip: float | None) -> FloatArray:
    """Return −log(1 − p), of the probability clipped to [clip, 1 − clip] where a clip is given."""
    with np.errstate(divide="ignore", invalid="ignore"):  # as in negative_log
        if clip is None:
            return np.asarray(0.0 - np.log1p(-probabilities))
        costs = 0.0 - np.log1p(-np.maximum(probabilities, clip))
        most = -math.log(clip) if clip else math.inf
        return np.where(1.0 - probabilities <= clip, most, costs)


def difference(one: FloatArray, other: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ``one − other`` as stored, and what the rounding left over: together they are exact."""
    with np.errstate(invalid="ignore", over="ignore"):  # ∞ − ∞ has no value; too large is infinite
        high = np.asarray(one - other)
        back = high - one
        low = (one - (high - back)) - (other + back)
    return high, np.where(np.isfinite(high), low, 0.0)


def violation(margin: float, others: FloatArray, own: FloatArray) -> FloatArray:
    """Return ``max(0, margin + others − own)``, rounded as if once: near 0 the plain sum has no digits."""
    gap, low = difference(others, own)
    total, lower = difference(gap, np.asarray(-margin))
    with np.errstate(invalid="ignore", over="ignore"):  # as in difference
        return np.asarray(np.maximum(total + (low + lower), 0.0) + 0.0)  # + 0.0: no −0.0


def excess_of_log1p(values: FloatArray) -> FloatArray:
    """Return ``x − log1p(x)``, at least 0, with all its digits for an x near 0, where it is about x²/2."""
    with np.errstate(divide="ignore", invalid="ignore"):  # log1p(−1) = −∞ is right
        plain = np.asarray(values - np.log1p(values))
    near = np.abs(values) < 0.25
    if not near.any():
        return plain
    x = np.where(near, values, 0.0)
    ratio = x / (2.0 + x)  # log1p(x) = 2·atanh(ratio), and x − 2·ratio = x·ratio
    square = ratio * ratio
    series = np.zeros_like(square)
    for power in range(23, 1, -2):  # at most 0.0204^11 of the first term is left out
        series = series * square + 1.0 / power
    return np.where(near, ratio * (x - 2.0 * square * series), plain)


def _mean(costs: FloatArray, axis: int) -> FloatArray:
    with np.errstate(invalid="ignore", over="ignore"):  # as in add
        return np.asarray(costs.sum(axis=axis) / costs.shape[axis])

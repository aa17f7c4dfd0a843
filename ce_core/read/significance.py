"""Telling a real difference from chance: a paired test on per-example losses."""

from __future__ import annotations

import math

import numpy as np

from ce_core.records import dataclass

LEVEL = 1e-4
"""The chance of a false alarm that a check is allowed, before correcting for the alternatives tried."""
LEAST_NATS = 0.01
LEAST_SHARE = 0.01
"""An effect worth naming: at least 0.01 nats and 1 % of the loss."""


@dataclass(frozen=True, kw_only=True)
class Paired:
    """The difference of two losses on the same examples: how much lower the second is, and how surely."""

    first: float
    """The mean loss of the first reading, in nats."""
    second: float
    count: int
    p: float
    """The chance of a difference at least as large where there is none (one-sided)."""

    def lower(self, alternatives: int = 1) -> bool:
        """Tell whether the second loss is significantly lower, and by enough to be worth naming."""
        gain = self.first - self.second
        enough = gain >= max(LEAST_NATS, LEAST_SHARE * abs(self.first))
        return enough and self.p * alternatives < LEVEL


def paired(first: np.ndarray, second: np.ndarray) -> Paired:
    """Compare two losses of the same examples by a one-sided paired t test.

    With n pairs the chance is never taken to be below 2^-n, the least that a permutation test can give: a few
    pairs that happen to differ by the same amount prove nothing.

    >>> one, two = np.linspace(1.0, 1.5, 40), np.linspace(0.2, 0.9, 40)
    >>> paired(one, two).lower(), paired(two, one).lower()
    (True, False)
    """
    finite = np.isfinite(first) & np.isfinite(second)
    one, two = first[finite], second[finite]
    count = len(one)
    if count < 2:
        return Paired(first=math.nan, second=math.nan, count=count, p=1.0)
    difference = one - two
    mean, spread = float(difference.mean()), float(difference.std(ddof=1))
    t = mean / (spread / math.sqrt(count)) if spread else math.copysign(math.inf, mean) if mean else 0.0
    p = max(student_tail(t, count - 1), 0.5 ** min(count, 1000))
    return Paired(first=float(one.mean()), second=float(two.mean()), count=count, p=p)


def student_tail(t: float, freedom: float) -> float:
    """Return the chance that Student's t is above ``t``: half the regularised incomplete beta function.

    Source: Abramowitz and Stegun 1964, Handbook of Mathematical Functions, 26.7.1.

    >>> round(student_tail(2.0, 10), 6)
    0.036694
    """
    if t <= 0:
        return 1.0 - student_tail(-t, freedom) if t < 0 else 0.5
    return 0.5 * _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Return I_x(a, b) by its continued fraction (Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    tiny = 1e-300
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1), tiny)
    fraction = d
    for m in range(1, 500):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + numerator * d, tiny)
            c = _away(1 + numerator / c, tiny)
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return math.exp(log_front) * fraction / a


def _away(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny

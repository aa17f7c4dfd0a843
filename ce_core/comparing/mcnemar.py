"""McNemar's test: whether one model is right where the other is wrong more often than the other way round."""

from __future__ import annotations

import math

import numpy as np

_TERMS = 1 << 16
"""So many terms are summed at a time."""


def exact_mcnemar(only_a: int, only_b: int) -> float:
    """Return the two-sided chance of a split at least as uneven where both are equally often right alone.

    With n = only_a + only_b, it is twice P(X ≤ min(only_a, only_b)) of X ~ Binomial(n, 1/2), at most 1.
    Source: McNemar 1947, Note on the sampling error of the difference between correlated proportions.

    >>> round(exact_mcnemar(2, 10), 6), exact_mcnemar(5, 5)
    (0.038574, 1.0)
    """
    return min(1.0, 2 * at_most(min(only_a, only_b), only_a + only_b, 0.5))


def exact_interval(only_a: int, only_b: int, level: float) -> tuple[float, float]:
    """Return the interval of (only_b - only_a) / (only_a + only_b) that goes with the exact test.

    It holds 0 where the test's chance is at least 1 - level, and only there.
    Source: Clopper and Pearson 1934, The use of confidence or fiducial limits illustrated in the case of the binomial.

    >>> low, high = exact_interval(2, 10, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.0317, 0.9583)
    """
    tail = (1 - level) / 2
    return -_highest(only_a, only_b, tail), _highest(only_b, only_a, tail)


def _highest(hits: int, misses: int, tail: float) -> float:
    """Return 2 share - 1 of the greatest share of which so few hits still have the chance ``tail``."""
    count = hits + misses
    if not misses:
        return 1.0
    low, high = hits / count, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if at_most(hits, count, middle) > tail:
            low = middle
        else:
            high = middle
    return low + high - 1


def at_most(least: int, count: int, share: float) -> float:
    """Return P(X ≤ least) of X ~ Binomial(count, share) for a least of no more than the mean; beyond it, from above.

    From ``least`` down each term is k (1 - share) / ((count - k + 1) share) of the one before, so that few of them
    matter however large the count is.

    >>> round(at_most(2, 12, 0.5), 6), round(at_most(10, 12, 0.5), 6), at_most(0, 0, 0.5)
    (0.019287, 0.996826, 1.0)
    """
    if least >= count:
        return 1.0
    if least > count * share:
        return 1.0 - at_most(count - least - 1, count, 1 - share)
    logs = math.lgamma(count + 1) - math.lgamma(least + 1) - math.lgamma(count - least + 1)
    logs += least * math.log(share) + (count - least) * math.log1p(-share) if share < 1 else -math.inf
    odds = (1 - share) / share
    total, last, first = 1.0, 1.0, least
    while first > 0 and last > 1e-18 * total:
        k = np.arange(first, max(0, first - _TERMS), -1, dtype=np.float64)
        terms = last * np.cumprod(k / (count - k + 1) * odds)
        total, last, first = total + float(terms.sum()), float(terms[-1]), first - len(k)
    return math.exp(logs) * total

"""McNemar's test: whether one model is right where the other is wrong more often than the other way round."""

from __future__ import annotations

import math

import numpy as np

_TERMS = 1 << 16
"""So many terms are summed at a time."""


def exact_mcnemar(only_a: int, only_b: int) -> float:
    """Return the two-sided chance of a split at least as uneven where both are equally often right alone.

    With n = only_a + only_b, it is twice P(X ≤ min(only_a, only_b)) of X ~ Binomial(n, 1/2), at most 1. The terms
    shrink by k / (n - k + 1) from one to the next below, so that few of them matter however large n is.
    Source: McNemar 1947, Note on the sampling error of the difference between correlated proportions.

    >>> round(exact_mcnemar(2, 10), 6), exact_mcnemar(5, 5)
    (0.038574, 1.0)
    """
    count, least = only_a + only_b, min(only_a, only_b)
    if 2 * least + 1 >= count:
        return 1.0
    logs = math.lgamma(count + 1) - math.lgamma(least + 1) - math.lgamma(count - least + 1)
    scale, total, last, first = logs - count * math.log(2), 1.0, 1.0, least
    while first > 0 and last > 1e-18 * total:
        k = np.arange(first, max(0, first - _TERMS), -1, dtype=np.float64)
        terms = last * np.cumprod(k / (count - k + 1))
        total, last, first = total + float(terms.sum()), float(terms[-1]), first - len(k)
    return min(1.0, 2 * math.exp(scale) * total)

"""How sure the difference of two means on the same observations is: a paired bootstrap, and a paired t test.

Both are of D = Σ (b - a) / Σ m over n pairs, m being what divides the mean (see `ce_core.comparing.pairs`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

import numpy as np

from ce_core.errors import CepickError
from ce_core.read.significance import student_tail
from ce_core.records import dataclass

from .answer import Better, Difference
from .pairs import Pairs

Array = np.ndarray
Test = Literal["bootstrap", "t"]
TESTS: tuple[Test, ...] = ("bootstrap", "t")
METHODS = {"bootstrap": "paired bootstrap", "t": "paired t"}

GROUPS = 1 << 13
"""More pairs than this are put into so many random groups, which are then drawn in their place."""
_DRAWS = 1 << 17
"""So many draws are held at a time: 1 MB of numbers, which stay in a core's cache."""
_NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True)
class Tested:
    """The confidence interval of a difference, and the chance of one as large where there is none."""

    low: float | None = None
    high: float | None = None
    p: float | None = None
    """In either direction."""


def sureness(
    pairs: Pairs, *, test: Test = "bootstrap", level: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> Tested:
    """Return how sure the difference of two means is, by one of the tests; nothing of fewer than two pairs.

    The chance is never taken to be below 2^(1 - n) of n pairs, the least that a permutation test can give: a
    few pairs that happen to differ by the same amount prove nothing.
    """
    if len(pairs) < 2 or not pairs.divisors.sum() or not np.isfinite(pairs.differences).all():
        return Tested()
    if not pairs.differences.any():
        return Tested(low=0.0, high=0.0, p=1.0)
    if test == "bootstrap":
        return _bootstrap(pairs, level, resamples, seed)
    squares, divisor = float((pairs.residuals**2).sum()), float(pairs.divisors.sum())
    return by_student(pairs.difference, squares, len(pairs), divisor, level)


def _bounded(p: float, count: int) -> float:
    return min(1.0, max(p, 2.0 ** (1 - min(count, 1000))))


def difference_of(
    metric: str,
    pairs: Pairs,
    *,
    test: Test = "bootstrap",
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Difference:
    """Return both means of a metric, their difference, and how sure it is.

    More is better of accuracy, less of all else. Where a loss is infinite there is no interval: B is worse than A
    where only B's is.
    """
    found = sureness(pairs, test=test, level=level, resamples=resamples, seed=seed)
    divisor = float(pairs.divisors.sum())
    with np.errstate(invalid="ignore", over="ignore"):  # losses that are not finite
        a, b = (float(each.sum()) / divisor if divisor else math.nan for each in (pairs.a, pairs.b))
        difference = pairs.difference if divisor else math.nan
    drawn = test == "bootstrap"
    return Difference(
        metric=metric,
        a=None if math.isnan(a) else a,
        b=None if math.isnan(b) else b,
        difference=None if math.isnan(difference) else difference,
        low=found.low,
        high=found.high,
        level=level,
        p=found.p,
        method=METHODS[test],
        count=len(pairs),
        resamples=resamples if drawn else None,
        seed=seed if drawn else None,
        better=better_of(metric, difference, found.p, level),
    )


def better_of(metric: str, difference: float, p: float | None, level: float) -> Better | None:
    """Return which model is significantly better at a level; without a chance, the one whose loss is finite."""
    if math.isnan(difference) or (p is None and math.isfinite(difference)):
        return None
    if p is not None and p >= 1 - level:
        return None
    return "b" if (difference > 0) == (metric == "accuracy") else "a"


def check_test(test: str, level: float, resamples: int) -> None:
    """Refuse a test that does not exist, or one that could not tell anything.

    >>> check_test("bootstrap", 0.95, 50)
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: resamples: 50 are too few for an interval; give at least 1000
    """
    if test not in TESTS:
        raise CepickError(f"test: {test!r} is not one of its values; choose from {', '.join(TESTS)}")
    if not 0 < level < 1:
        raise CepickError(f"level: {level!r} is outside (0, 1); 0.95 is usual")
    if test == "bootstrap" and resamples < 1000:
        raise CepickError(f"resamples: {resamples} are too few for an interval; give at least 1000")


def _bootstrap(pairs: Pairs, level: float, resamples: int, seed: int) -> Tested:
    """Return the BCa interval, expanded for few pairs, and the chance at which it would just reach 0.

    BCa (bias-corrected and accelerated) is second-order accurate where the plain percentile interval is not, and
    differences of losses are skewed: a few examples carry most of the loss. A bootstrap is narrow by √((n-1)/n) and
    knows no Student's t; so its normal quantiles are taken as √(n/(n-1)) t, which is as good as nothing from some
    hundred pairs on. The p value is that of the same
    interval, so that the two never contradict each other. It is no smaller than 2 / (resamples + 1).

    Of more than `GROUPS` pairs random groups are drawn: their sums have the variance, and in proportion the
    skewness, that the pairs have; the standard error then is off by about 1 / √(2 · GROUPS), 0.8 %.

    Sources: Efron 1987, Better bootstrap confidence intervals; Hesterberg 2015, What teachers should know about the
    bootstrap (expanded quantiles); Wolter 2007, Introduction to Variance Estimation, chapter 2 (random groups).
    """
    rng = np.random.default_rng(seed)
    drawn = _drawn_means(_in_groups(pairs, rng), resamples, rng)
    difference = pairs.difference
    residuals = pairs.residuals
    squares = float((residuals * residuals).sum())
    skew = float((residuals**3).sum()) / (6 * squares**1.5) if squares else 0.0
    bias = _NORMAL.inv_cdf(_share_below(drawn, difference))

    wider = math.sqrt(len(pairs) / (len(pairs) - 1))
    reach = wider * student_quantile((1 + level) / 2, len(pairs) - 1)

    def corrected(quantile: float) -> float:
        """Return the share of the draws that a quantile of a perfect distribution corresponds to."""
        z = bias + quantile
        return _NORMAL.cdf(bias + z / max(1 - skew * z, 1e-3))

    low, high = np.quantile(drawn, [corrected(-reach), corrected(reach)])
    p = 2 / (resamples + 1)
    if drawn.min() <= 0 <= drawn.max():
        # The quantile whose corrected share is that of the draws below 0.
        z = _NORMAL.inv_cdf(_share_below(drawn, 0.0)) - bias
        quantile = z / max(1 + skew * z, 1e-3) - bias
        p = max(p, 2 * student_tail(abs(quantile) / wider, len(pairs) - 1))
    return Tested(low=float(low), high=float(high), p=_bounded(p, len(pairs)))


def _share_below(drawn: Array, value: float) -> float:
    """Return the share of draws below a value, half of those at it, never 0 or 1."""
    count = np.count_nonzero(drawn < value) + 0.5 * np.count_nonzero(drawn == value)
    least = 1 / (len(drawn) + 1)
    return float(min(max(count / len(drawn), least), 1 - least))


def _in_groups(pairs: Pairs, rng: np.random.Generator) -> Pairs:
    if len(pairs) <= GROUPS:
        return pairs
    which = rng.permutation(len(pairs)) % GROUPS
    return Pairs(
        a=np.bincount(which, weights=pairs.a, minlength=GROUPS),
        b=np.bincount(which, weights=pairs.b, minlength=GROUPS),
        divisors=np.bincount(which, weights=pairs.divisors, minlength=GROUPS),
    )


def _drawn_means(pairs: Pairs, resamples: int, rng: np.random.Generator) -> Array:
    """Return the difference of the means in each of many resamples with replacement."""
    count, divisors = len(pairs), pairs.divisors
    even = bool((divisors == divisors[0]).all())
    # Both sums at once: what is fetched lies side by side.
    values = pairs.differences if even else pairs.differences + 1j * divisors
    found = np.empty(resamples)
    step = max(1, _DRAWS // count)
    for first in range(0, resamples, step):
        last = min(first + step, resamples)
        sums = values[rng.integers(0, count, size=(last - first, count), dtype=np.uint16)].sum(axis=1)
        if even:
            found[first:last] = sums / (count * divisors[0])
        else:
            weights = sums.imag
            found[first:last] = np.divide(sums.real, weights, out=np.zeros(len(sums)), where=weights != 0)
    return found


def by_student(difference: float, squares: float, count: int, divisor: float, level: float) -> Tested:
    """Return the interval and the chance by Student's t, of a mean or of the ratio of two sums.

    squares: of the residuals of ``count`` pairs; divisor: the sum of what divides the mean. The chance is bounded as in
    `sureness`; there is none of fewer than two pairs.

    The standard error is √(n/(n-1) Σ r²) / Σ m with the residuals r = (b - a) - D m.
    Source: Cochran 1977, Sampling Techniques, 6.3.
    """
    if count < 2 or not math.isfinite(squares) or not math.isfinite(difference):
        return Tested()
    error = math.sqrt(squares * count / (count - 1)) / abs(divisor)
    if not error > 1e-12 * abs(difference):  # each pair differs by the same
        p = _bounded(0.0, count) if difference else 1.0
        return Tested(low=difference, high=difference, p=p)
    reach = error * student_quantile(1 - (1 - level) / 2, count - 1)
    p = 2 * student_tail(abs(difference) / error, count - 1)
    return Tested(low=difference - reach, high=difference + reach, p=_bounded(p, count))


@lru_cache(maxsize=1024)
def student_quantile(share: float, freedom: float) -> float:
    """Return the value that Student's t is below with a chance of ``share``, by bisection of its tail.

    >>> round(student_quantile(0.975, 10), 6)
    2.228139
    """
    if share < 0.5:
        return -student_quantile(1 - share, freedom)
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > 1 - share:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if student_tail(middle, freedom) > 1 - share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def holm(chances: Iterable[float | None]) -> list[float | None]:
    """Return chances corrected for how many there are; None stays None, and is not counted.

    The smallest of m is taken m times, the next m - 1 times and so on, none below one before it.
    Source: Holm 1979, A simple sequentially rejective multiple test procedure.

    >>> holm([0.01, None, 0.04, 0.03])
    [0.03, None, 0.06, 0.06]
    """
    given = list(chances)
    order = sorted((p, at) for at, p in enumerate(given) if p is not None)
    corrected: list[float | None] = [None] * len(given)
    highest = 0.0
    for rank, (p, at) in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p))
        corrected[at] = highest
    return corrected

"""How many definitions match a number by chance: the density of what was tried, times the tolerance."""

from __future__ import annotations

import math

import numpy as np

from .pieces import FloatArray

SAME = 1e-9
"""Values that differ by less, relatively, are the same number."""
_WINDOW = 1.5
"""The density of the values is taken within this factor of the number, above and below it."""
_FEW = 12
"""Where fewer values are within it, the window is widened until so many are, or it is as wide as it gets."""
_WIDEST = 100.0


def distinct(values: FloatArray) -> np.ndarray:
    """Return the places of the first of each distinct column of values [numbers, definitions].

    Shapes: the result holds one place for each distinct column, in the order of the columns.

    >>> distinct(np.array([[1.0, 2.0, 1.0 + 1e-12, 3.0]])).tolist()
    [0, 1, 3]
    """
    if not values.shape[1]:
        return np.zeros(0, dtype=np.intp)
    with np.errstate(divide="ignore"):  # 0 is a number of its own
        logs = np.log(np.abs(values))
    keys = np.where(np.isfinite(logs), np.rint(logs / (2 * SAME)), -(2.0**62)).astype(np.int64)
    signs = np.sign(np.where(np.isfinite(values), values, 0.0)).astype(np.int64)
    _, places = np.unique(np.concatenate([keys, signs]), axis=1, return_index=True)
    return np.sort(places)


def expected(values: FloatArray, numbers: FloatArray, tolerances: FloatArray) -> float:
    """Return how many of the tried values are to be expected within the tolerances of the numbers by chance.

    Use it with the distinct values of the definitions, [numbers, definitions], to tell whether a match means anything.

    Formula: with n values within a factor of 1.5 of the first number t, which is a window of width w = t·(1.5 − 1/1.5),
    n·2·tolerance / w. That is what a number finds that has nothing to do with the arrays, but is about as large. Of
    several numbers the first counts so. Definitions that agree on the first batch mostly agree on the others, so a
    further number sorts out less than it would if the values were independent: it counts by how the ratios of its
    value to the first number's are spread over the window: with their standard deviation σ, as a factor of
    2·tolerance / (√12·σ·t_k), at most 1.

    Units: a number of definitions.

    Source: a Poisson process of the same local density; the tests hold it against simulated numbers.

    >>> round(expected(np.linspace(1.0, 2.0, 1001)[None], np.array([1.5]), np.array([0.005])), 1)
    8.0
    """
    count, share = _near(values, numbers, tolerances)
    return count * share


def share_of_one(values: FloatArray, numbers: FloatArray, tolerances: FloatArray) -> float:
    """Return the chance that numbers about as large, but from elsewhere, are within the tolerances of one value.

    It is `expected` for each of the values in the window.

    >>> round(share_of_one(np.linspace(1.0, 2.0, 1001)[None], np.array([1.5]), np.array([0.005])), 3)
    0.008
    """
    return _near(values, numbers, tolerances)[1]


def _near(values: FloatArray, numbers: FloatArray, tolerances: FloatArray) -> tuple[float, float]:
    """Return how many values are in the window, and the chance of a number in it to be within tolerance of one."""
    first, tolerance = float(numbers[0]), float(tolerances[0])
    if not math.isfinite(first) or not values.shape[1]:
        return 0.0, 0.0
    mine = values[0]
    if first == 0.0:
        return float((np.abs(mine) <= 1000 * tolerance).sum()), 1e-3
    with np.errstate(all="ignore"):  # other signs and zeros are far off
        ratio = np.log(mine / first)
    factor = _WINDOW
    near = np.abs(ratio) <= math.log(factor)
    while near.sum() < _FEW and factor < _WIDEST:
        factor *= 1.5
        near = np.abs(ratio) <= math.log(factor)
    count = float(near.sum())
    share = min(1.0, 2 * tolerance / (abs(first) * (factor - 1 / factor)))
    for number, other, allowed in zip(numbers[1:], values[1:, near], tolerances[1:], strict=True):
        if not math.isfinite(float(number)) or number == 0.0 or count < 3:
            continue
        with np.errstate(all="ignore"):  # as above
            relative = other / mine[near]
        relative = relative[np.isfinite(relative)]
        spread = math.sqrt(12) * float(relative.std()) * abs(first) if relative.size else 0.0
        if spread > 0:
            share *= min(1.0, 2 * float(allowed) / spread)
    return count, share

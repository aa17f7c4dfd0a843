"""The accuracies of two models on the same examples, and how sure their difference is."""

from __future__ import annotations

from typing import Any

import numpy as np

from ce_core.compute.examples import Examples

from .answer import Difference
from .mcnemar import exact_interval, exact_mcnemar
from .paired import better_of, difference_of
from .pairs import share_pairs

Array = np.ndarray

METHOD = "exact McNemar"


def accuracy_difference(of: Examples, a: Array, b: Array, *, level: float, **how: Any) -> Difference:
    """Return how two accuracies differ, from how many outcomes of each example either model has right.

    Where each example is right or wrong, and counts once, by McNemar's exact test, whatever ``how`` says: of a few
    examples on which the models differ a bootstrap is too sure. Else by the test that ``how`` names.
    """
    pairs = share_pairs(of, a, b)
    kept = of.sample > 0
    once = len(of.layout.positions) < 2 and bool(((of.sample == 1) | ~kept).all())
    if not once or of.of_sets or not kept.any():
        return difference_of("accuracy", pairs, level=level, **how)
    right, other = a[kept] > 0, b[kept] > 0
    only_a, only_b = int(np.count_nonzero(right & ~other)), int(np.count_nonzero(other & ~right))
    count, apart = len(right), only_a + only_b
    low, high = (apart / count * each + 0.0 for each in exact_interval(only_a, only_b, level))
    p, difference = exact_mcnemar(only_a, only_b), (only_b - only_a) / count
    return Difference(
        metric="accuracy",
        a=int(np.count_nonzero(right)) / count,
        b=int(np.count_nonzero(other)) / count,
        difference=difference,
        low=low,
        high=high,
        level=level,
        p=p,
        method=METHOD,
        count=count,
        better=better_of("accuracy", difference, p, level),
    )

"""The pairs of observations that two models are compared on: what each loses there, and what divides it.

A mean is a ratio of two sums over observations: Σ numerator / Σ divisor. With weights the divisor of an example
is its weight; of a sequence it is the sum over its steps. So every observation is drawn whole, and the figure that
is tested is the very one that is shown.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from ce_core.compute.examples import Examples
from ce_core.probe.sample import ENOUGH_GROUPS, LEAST_STRETCH
from ce_core.read.settings import MeanOver
from ce_core.records import dataclass

Array = np.ndarray

TIE = 1e-6
"""Losses closer than this, or than this part of the greater where they are above 1, are the same.

A float32 probability near 1 is known to 6e-8, and so is the loss of float32 logits in proportion."""

FEW_ITEMS = 16
"""Where there are fewer sequences or images, each is cut into stretches of steps, which count as observations."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """Two models on the same observations, one entry for each."""

    a: Array
    b: Array
    divisors: Array

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.a)

    @property
    def differences(self) -> Array:
        """Return what B has more than A."""
        with np.errstate(invalid="ignore"):  # inf - inf: nobody knows
            return np.asarray(self.b - self.a)

    @property
    def difference(self) -> float:
        """Return the difference of the two means."""
        with np.errstate(invalid="ignore"):  # of infinite losses of both signs
            return float(self.differences.sum() / self.divisors.sum())

    @property
    def residuals(self) -> Array:
        """Return by how much each observation is off what its divisor makes of the difference of the means."""
        return np.asarray(self.differences - self.difference * self.divisors)

    def where(self, chosen: Array) -> Pairs:
        """Return some of the pairs."""
        return replace(self, a=self.a[chosen], b=self.b[chosen], divisors=self.divisors[chosen])


@dataclass(frozen=True, kw_only=True, eq=False)
class Observations:
    """Which observation each position is part of."""

    which: Array | None
    """None where each position is one by itself."""
    noun: str
    """What one of them is called."""
    count: int

    def of(self, a: Array, b: Array, divisors: Array) -> Pairs:
        """Return what positions add up to; an observation without a divisor is left out."""
        if self.which is None:
            found = Pairs(a=a, b=b, divisors=divisors)
        else:
            found = Pairs(
                **{
                    name: np.bincount(self.which, weights=values, minlength=self.count)
                    for name, values in (("a", a), ("b", b), ("divisors", divisors))
                }
            )
        used = (found.divisors != 0) | (found.a != 0) | (found.b != 0)
        return found if used.all() else found.where(used)


def observations(positions: tuple[int, ...], *, whole: bool = False) -> Observations:
    """Return the observations that positions of a shape make.

    Of [N] every position is one. Of sequences and images each item of the first axis is one, for its steps are
    alike; where there are few such items each is cut into stretches of consecutive steps, unless they are to stay
    ``whole``.

    >>> observations((5,)).noun, observations((40, 7)).noun, observations((2, 400)).noun
    ('example', 'sequence', 'stretch of a sequence')
    >>> observations((2, 400)).count
    64
    """
    rows = prod(positions)
    if len(positions) < 2:
        return Observations(which=None, noun="example", count=rows)
    items, inner = positions[0], prod(positions[1:])
    noun = "sequence" if len(positions) == 2 else "item of the first axis"
    pieces = 1
    if items < FEW_ITEMS and not whole:
        pieces = min(-(-ENOUGH_GROUPS // max(1, items)), max(1, inner // LEAST_STRETCH))
    if pieces > 1:
        noun = f"stretch of {'a sequence' if len(positions) == 2 else 'an item'}"
    numbers = np.arange(rows)
    stretch = -(-inner // pieces)
    which = (numbers // inner) * pieces + (numbers % inner) // stretch
    return Observations(which=which, noun=noun, count=items * pieces)


def snapped(a: Array, b: Array) -> Array:
    """Return B's losses, those that are A's but for rounding as A's own.

    >>> snapped(np.array([0.1, 0.5]), np.array([0.1 + 1e-9, 0.4])).tolist()
    [0.1, 0.4]
    """
    with np.errstate(invalid="ignore"):  # inf - inf: both are infinite, and stay so
        gaps = np.abs(b - a)
        tied = (gaps <= TIE * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))) & (gaps < np.inf)
    return np.where(tied, a, b)


def loss_pairs(of: Examples, a: Array, b: Array, over: MeanOver, *, chosen: Array | None = None) -> Pairs:
    """Return the losses of two models by observation, such that their means are those of an evaluation.

    ``a`` and ``b`` are the losses by position, in one unit; what counts, and with what weight, is that of one model's
    examples. ``chosen`` are the positions of a part.
    """
    weights = of.weights if chosen is None else np.where(chosen, of.weights, 0.0)
    divisors = _divisors(of, weights, over, chosen)
    scale = _element_scale(of) if over == "elements" else 1.0
    used = weights > 0
    one, two = (np.where(used, each, 0.0) for each in (a, b))
    two = snapped(one, two)
    parts = observations(of.layout.positions, whole=over == "sequences")
    pairs = parts.of(weights * one * scale, weights * two * scale, divisors)
    if over != "sequences":
        return pairs
    kept = pairs.where(pairs.divisors > 0)
    return Pairs(a=kept.a / kept.divisors, b=kept.b / kept.divisors, divisors=np.ones(len(kept)))


def _divisors(of: Examples, weights: Array, over: MeanOver, chosen: Array | None) -> Array:
    """Return what each position adds to the divisor of the mean (see `ce_core.compute.reduce`)."""
    if over in ("weights", "sequences"):
        return weights
    if over == "nonzero_weights":
        return (weights > 0).astype(np.float64)
    inside = np.ones(len(weights)) if chosen is None else chosen.astype(np.float64)
    if over == "batch":
        return inside
    counted: Array = inside * of.counted
    if over == "valid":
        return counted
    return np.asarray(counted * (of.layout.units if of.plan.reads == "classes" else of.outcomes))


def _element_scale(of: Examples) -> float:
    """Return how many times its weighted loss the losses of an example's single outcomes add up to."""
    plan = of.plan
    several = plan.reads in {"outcomes", "values"} and plan.layout.units > 1
    return float(plan.layout.units) if several and plan.settings.labels != "sum" else 1.0


def share_pairs(of: Examples, a: Array, b: Array, *, chosen: Array | None = None) -> Pairs:
    """Return what two models have of each outcome (hits, or squared distances) by observation.

    The mean is over outcomes, weighted by the sample weights alone, as `Diagnostics.accuracy` is.
    """
    sample = of.sample if chosen is None else np.where(chosen, of.sample, 0.0)
    one, two = (np.where(sample > 0, each, 0.0) for each in (a, b))
    two = snapped(one, two)
    return observations(of.layout.positions).of(sample * one, sample * two, sample * of.outcomes)

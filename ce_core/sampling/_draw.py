"""Drawing classes with and without replacement, how many tries it takes, and expected counts."""

from __future__ import annotations

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels._shapes import FloatArray, IndexArray

_ROUNDS = 200
"""More rounds of Newton's method than any distribution needs: from below, each at least halves what is left."""


def generator_of(seed: int | np.random.Generator) -> np.random.Generator:
    """Return the generator of a seed, or the generator itself."""
    if isinstance(seed, int) and seed < 0:
        raise CepickError(f"seed: {seed!r} is below 0; give a whole number from 0")
    return np.random.default_rng(seed)


def draw(
    probabilities: FloatArray, num_sampled: int, unique: bool, generator: np.random.Generator
) -> tuple[IndexArray, float]:
    """Return classes drawn one after the other, and how many tries they took."""
    if num_sampled < 1:
        raise CepickError(f"num_sampled: {num_sampled!r} is below 1; draw at least one class")
    if not unique:
        classes = generator.choice(len(probabilities), size=num_sampled, p=probabilities)
        return classes.astype(np.intp, copy=False), float(num_sampled)
    _check_enough(probabilities, num_sampled)
    # The class whose exponential clock of rate P rings first is the first draw, and so on: the same law as
    # drawing until enough distinct classes are there, without the draws that repeat one.
    with np.errstate(divide="ignore"):  # a class of probability 0 rings never
        rings = generator.standard_exponential(len(probabilities)) / probabilities
    chosen = np.argpartition(rings, num_sampled - 1)[:num_sampled]
    chosen = chosen[np.argsort(rings[chosen])].astype(np.intp, copy=False)
    # Between two new classes the tries are geometric: a success is any class that is not there yet.
    others = np.ones(len(probabilities), dtype=bool)
    others[chosen] = False
    fresh = probabilities[others].sum() + np.cumsum(probabilities[chosen][::-1])[::-1]
    tries = generator.geometric(np.minimum(fresh[1:], 1.0))
    return chosen, 1.0 + float(tries.sum())


def expected_counts(probabilities: FloatArray, num_sampled: int, tries: float) -> FloatArray:
    """Return the expected count of each class among S candidates that took T tries."""
    if tries == num_sampled:
        return probabilities * num_sampled
    with np.errstate(divide="ignore", invalid="ignore"):  # a class of probability 1 is sure to be drawn
        counts = -np.expm1(tries * np.log1p(-probabilities))
    return np.where(probabilities == 0, 0.0, counts)  # for 0 · −∞ tries, and for −0


def expected_tries(probabilities: FloatArray, num_sampled: int) -> float:
    """Return the T in which S distinct classes are to be expected; infinite if no other class is left."""
    _check_enough(probabilities, num_sampled)
    if num_sampled == np.count_nonzero(probabilities):
        return np.inf
    logs = np.log1p(-probabilities)
    # The number of distinct classes rises ever more slowly: from T = S below, Newton's steps never overshoot.
    tries = float(num_sampled)
    for _ in range(_ROUNDS):
        missed = np.exp(tries * logs)
        step = (num_sampled - (1 - missed).sum()) / -(logs * missed).sum()
        tries += step
        if step <= 1e-12 * tries:
            break
    return tries


def _check_enough(probabilities: FloatArray, num_sampled: int) -> None:
    there = int(np.count_nonzero(probabilities))
    if num_sampled > there:
        raise CepickError(
            f"num_sampled: {num_sampled!r} unique classes cannot be drawn from {there}; "
            "draw fewer, or with replacement"
        )

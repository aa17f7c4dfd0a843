"""Predictions that went through softmax or sigmoid more than once."""

from __future__ import annotations

from collections.abc import Iterator
from math import e

import numpy as np

from ce_core.read.infer import View

from .reading import Reading
from .sample import Sample

Array = np.ndarray

_MOST = 4
"""How many activations on top of each other are looked for."""
_SURE = 0.95
"""A share this near to 1 stands at the edge of what two activations can give."""
_MANY = 50
_PLAIN = 0.3
"""Of many classes all but a few are as good as equal, to within 1/K: then no noise has made so high a first choice."""
_ENOUGH = 3
_MOST_ERROR = 0.1
_FLOAT_ERROR = 4e-6
"""How far the logarithm of a probability of float32 arithmetic may be off."""
_LEAST_SHARE = 1e-12
_LOST = 0.05
_SIGMOID_OF_ONE = 1 / (1 + 1 / e)


def log_error(view: View, outputs: str, least: float) -> float:
    """Return how far the logarithm of a prediction may be off by the precision of its values.

    ``least`` is the smallest probability among them.
    """
    source, facts = view.predictions, view.prediction_facts
    like16 = source.precision == "float16" or facts.float16_like
    like_b16 = source.precision == "bfloat16" or facts.bfloat16_like
    logs = outputs == "log_probabilities"
    error = _FLOAT_ERROR
    if like16:
        error = max(error, 2.0**-11 * (-np.log(least) if logs else 1.0) + (0.0 if logs else 2.0**-25 / least))
    if like_b16:
        error = max(error, 2.0**-8 * (-np.log(least) if logs else 1.0))
    if source.precision == "decimals":
        error += 0.505 * 10.0 ** -(source.decimals or 0) / (1.0 if logs else least)
    return float(error)


def softmaxed_again(sample: Sample, view: View) -> Iterator[Reading]:
    """Yield the readings as the distribution that a second softmax, or a third, was taken of.

    If p = softmax(q) and q sums to 1, then q = log p + (1 - Σ log p)/K, and no entry of it is below 0. Weak models
    happen to lie in that narrow range; but only an activation piles values up at its edge without one beyond: rows in
    which q is nearly 1, or many an entry that is nearly 0.
    """
    if not sample.exclusive or sample.units < 2 or sample.outputs == "logits" or not sample.rows:
        return
    logs, least = sample.scores, 1 / (e + sample.units - 1)
    error = 2 * log_error(view, sample.outputs, least)
    for times in range(2, _MOST + 1):
        if error > _MOST_ERROR:
            return
        if not np.isfinite(logs.min(axis=1)).all():
            return
        shares = logs + (1 - logs.sum(axis=1, keepdims=True)) / sample.units
        if shares.min() < -error or shares.max() > 1 + error:
            return
        # What is lost in the rounding is no more than a small share together.
        shares = np.maximum(shares, max(min(error, _LOST / sample.units), _LEAST_SHARE))
        shares /= shares.sum(axis=1, keepdims=True)
        logs = np.log(shares)
        least_sure = _SURE if sample.units < _MANY or error * sample.units > 1 else _PLAIN
        sure = _at_the_edge(shares.max(axis=1) >= least_sure - error, 0.05 if sample.units == 2 else 0.02)
        if sure or _skewed(shares, error):
            yield Reading(code="CE104", name=f"{times} softmaxes", scores=logs, facts={"times": times})
        error = error / least + log_error(view, "probabilities", 1.0)


def sigmoided_again(sample: Sample, view: View) -> Iterator[Reading]:
    """Yield the reading as the probability that a second sigmoid was taken of.

    If p = sigmoid(q) and q is in [0, 1], then p is in [0.5, 0.7311] and q is its log-odds. Here, too, values have to
    pile up at the edges: at 0.5 for what the first sigmoid denied.
    """
    if sample.exclusive or sample.outputs != "probabilities" or not sample.rows:
        return
    values = sample.predictions if sample.elements is None else sample.predictions[sample.elements > 0]
    error = 5 * log_error(view, "probabilities", 0.5)
    low, high = float(values.min()), float(values.max())
    if low < 0.5 - error / 4 or high > _SIGMOID_OF_ONE + error / 5 or error > _MOST_ERROR:
        return
    shares = np.log(values) - np.log1p(-values)
    if shares.min() > 1 - _SURE + error or shares.max() < 0.5:
        return
    if not _at_the_edge((shares <= 1 - _SURE + error) | (shares >= _SURE - error), 0.05):
        return
    with np.errstate(divide="ignore", invalid="ignore"):  # outcomes that are left out may be anything
        every = np.clip(sample.scores, max(error, _LEAST_SHARE), 1 - max(error, _LEAST_SHARE))
    yield Reading(
        code="CE105",
        name="2 sigmoids",
        scores=np.log(every) - np.log1p(-every),
        facts={"low": low, "high": high},
    )


def _skewed(shares: Array, error: float) -> bool:
    """Tell whether the shares of what is not the first choice come near 0 by far closer than they do to their middle.

    Of a normal distribution of which no value in 200 is below 0, the lowest twentieth is above half its middle.
    """
    rows, units = shares.shape
    if units < 3 or rows * (units - 1) < _ENOUGH_SHARES:
        return False
    others = np.sort(shares, axis=1)[:, :-1] if units <= _SORTED else shares
    low, middle = np.quantile(others, [0.05, 0.5])
    return bool(error < 0.2 * middle and low < 0.25 * middle)


_ENOUGH_SHARES = 200
_SORTED = 64
"""Of more classes the first choice is a small part of the shares."""


def _at_the_edge(there: Array, share: float) -> bool:
    count = int(there.sum())
    return count >= max(_ENOUGH, share * there.size)

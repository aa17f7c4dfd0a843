"""Always answering with how often each class occurs, and whether predictions know more than that."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ce_core.compute.sums.dot import by_row
from ce_core.read.significance import Paired
from ce_core.records import dataclass

from .sample import Sample

Array = np.ndarray

_DRAWN = 0.5
"""Each class is taken to have occurred this much more often: one that never did among the others has a share."""
_BOUND = 30.0
"""A score is no farther below the best of its row, or from 0, when it is set against the others: a few would
outweigh the rest."""
_FIT_VALUES = 1 << 18
_LEAST_FIT_ROWS = 32
_MOST_SLOPE = 64.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Frequencies:
    """How often each outcome of a sample occurs, for each row among the other rows: it has no part in its own odds.

    Source: Krichevsky and Trofimov 1981, The Performance of Universal Encoding (the half).
    """

    sample: Sample
    counts: Array | None = None
    """The occurrences of each class in all rows, of which the sample is a part; None counts the sample's."""

    @cached_property
    def _told(self) -> Array:
        """Return the occurrences of each outcome, [columns]."""
        sample = self.sample
        if sample.targets.ndim == 1:
            if self.counts is not None:
                return self.counts
            return np.bincount(sample.targets, minlength=sample.units).astype(np.float64)
        return np.asarray((sample.targets * self._counted).sum(axis=0))

    @cached_property
    def _counted(self) -> Array:
        elements = self.sample.elements
        return np.ones((1, 1)) if elements is None else elements

    @cached_property
    def rates(self) -> Array:
        """Return for each row how often each outcome occurs among the other rows, [rows, columns]; see `losses`."""
        sample = self.sample
        told = self._told - sample.targets * self._counted
        if sample.exclusive:
            return np.asarray((told + _DRAWN) / (sample.rows - 1 + _DRAWN * sample.units))
        number = np.broadcast_to(self._counted, sample.targets.shape).sum(axis=0) - self._counted
        return np.asarray((told + _DRAWN) / (number + 2 * _DRAWN))

    @cached_property
    def losses(self) -> Array:
        """Return the loss of each row in nats under the frequencies among the others: leave-one-out entropy."""
        sample = self.sample
        if sample.targets.ndim == 1:
            told = self._told
            own = (told[sample.targets] - 1 + _DRAWN) / (told.sum() - 1 + _DRAWN * sample.units)
            return np.asarray(-np.log(own))
        rates = self.rates
        if sample.exclusive:
            return np.asarray(-(sample.targets * np.log(rates)).sum(axis=1))
        return sample.losses_of(np.log(rates) - np.log1p(-rates), sample.targets)

    @property
    def fewest(self) -> float:
        """Return how many examples are of another class than the commonest; of labels, for the label with most."""
        told = self._told
        if self.sample.exclusive:
            return float(told.sum() - told.max())
        number = np.broadcast_to(self._counted, self.sample.targets.shape).sum(axis=0)
        return float(np.minimum(told, number - told).max())

    @cached_property
    def _bounded(self) -> Array:
        """Return the scores, those far below the best of their row, or from 0, drawn near: [rows, columns]."""
        sample = self.sample
        if not sample.exclusive:
            return np.asarray(np.clip(sample.scores, -_BOUND, _BOUND))
        return np.asarray(np.maximum(sample.scores - sample.scores.max(axis=1, keepdims=True), -_BOUND))

    def association(self) -> tuple[Paired, Paired]:
        """Compare the scores, and the probabilities, of what is true with those of any label drawn by frequency.

        Where predictions know nothing of the targets the two are alike on average. The first of each pair is how far
        the true ones are above.
        """
        sample, scores = self.sample, self._bounded
        shares = np.exp(scores) if sample.exclusive else 1 / (1 + np.exp(-scores))
        if sample.exclusive:
            shares /= shares.sum(axis=1, keepdims=True)
        nothing = np.zeros(sample.rows)
        return (
            sample.compare(nothing, base=self._above(scores)),
            sample.compare(nothing, base=self._above(shares)),
        )

    def _above(self, values: Array) -> Array:
        """Return for each row how far the values of what is true are above those of what is drawn by frequency."""
        sample, told = self.sample, self._told
        if sample.targets.ndim == 1:
            mean = by_row(
                values, told / told.sum()
            )  # with the row itself: that changes the scale, not the sign
            return np.asarray(values[np.arange(sample.rows), sample.targets] - mean)
        if sample.exclusive:
            return np.asarray((values * (sample.targets - self.rates)).sum(axis=1))
        return np.asarray((values * (sample.targets - self.rates) * self._counted).mean(axis=1))

    def with_scores(self, half: Array) -> tuple[Array, Array]:
        """Return the losses under the frequencies, and under these and what the scores know beside them.

        Formula: the odds of each outcome are its frequency times exp(b (x - mean of x)), each mean that of a column,
        and b, at least 0, is found on one half of the rows and used on the other. It is that of least loss.
        """
        sample = self.sample
        told = self._told + _DRAWN
        if sample.exclusive:
            prior = np.log(told / told.sum())
        else:
            number = np.broadcast_to(self._counted, sample.targets.shape).sum(axis=0) + 2 * _DRAWN
            prior = np.log(told) - np.log(number - told)
        beside = self._bounded - self._bounded.mean(axis=0)
        scores = np.empty_like(beside)
        for first, second in ((half, ~half), (~half, half)):
            scores[second] = prior + _slope(sample, prior, beside, np.flatnonzero(first)) * beside[second]
        alone = sample.losses_of(np.broadcast_to(prior, scores.shape), sample.targets)
        return alone, sample.losses_of(scores, sample.targets)


def _slope(sample: Sample, prior: Array, beside: Array, rows: Array) -> float:
    """Return the b of least loss of the scores ``prior + b beside`` on some rows, at least 0."""
    if not len(rows):
        return 0.0
    most = max(_LEAST_FIT_ROWS, _FIT_VALUES // sample.units)
    rows = rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.intp)]
    x, targets = beside[rows].astype(np.float32), sample.targets[rows]
    counted = None if sample.elements is None else sample.elements[rows]

    def derivative(b: float) -> float:
        scores = prior.astype(np.float32) + np.float32(b) * x
        if sample.exclusive:
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
        else:
            with np.errstate(over="ignore"):  # exp of a large score is infinite, and its probability 0
                shares = 1 / (1 + np.exp(-scores))
        if targets.ndim == 1:
            return float((shares * x).sum(axis=1).mean() - x[np.arange(len(x)), targets].mean())
        off = (shares - targets) * x
        return float((off if counted is None else off * counted).sum(axis=1).mean())

    low, high = 0.0, 1.0
    if derivative(low) >= 0:
        return 0.0
    while high < _MOST_SLOPE and derivative(high) < 0:
        low, high = high, 4 * high
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (middle, high) if derivative(middle) < 0 else (low, middle)
    return high

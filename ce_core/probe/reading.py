"""Another reading of the same sample, and the test of whether the arrays fit it better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, lgamma
from typing import Any

import numpy as np

from ce_core.read.significance import Paired, paired

from .sample import Sample
from .terms import Terms, bounded_scores, terms

Array = np.ndarray

_STRETCHES = 32
_ENOUGH_ROWS = 256
"""From so many rows on stretches of rows are compared, too: rows that follow each other may be alike."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """One other way to read a sample: with other targets, or with other scores."""

    code: str
    """The finding that it is the signature of."""
    name: str
    """Which of the readings under that code."""
    targets: Array | None = None
    """In the form of `Sample.compact`; None where they stand as they are."""
    scores: Array | None = None
    where: Array | None = None
    """Which rows it has a loss for; None for all."""
    chosen_among: float = 1.0
    """Of how many readings this is the best on the rows that it is tested on."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a message says of it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Weighed:
    """A reading compared with the arrays as they stand."""

    reading: Reading
    losses: Paired
    """Rows whose loss is infinite under either are left out; ``p`` is that of the whole comparison."""

    def named(self, tried: int) -> bool:
        """Tell whether it is significantly better, by the number of readings tried in all."""
        return self.losses.lower(tried)


def weigh(sample: Sample, reading: Reading) -> Weighed:
    """Compare a reading with the arrays as they stand.

    Three things must be no matter of chance: its loss is lower; its scores go with its targets; and they do so more
    than as the arrays stand. The first alone is also true of untrained scores whose base rates are nearer by luck.
    Losses are of bounded scores, so that no row of log-probabilities of -10,000 decides alone.
    """
    where = reading.where
    now = sample.terms_where(where)
    other = _terms(sample, reading)
    kept = np.ones(sample.rows, dtype=bool) if where is None else where
    gain = (now.losses - other.losses)[kept]
    if (
        not len(gain)
        or gain.mean() <= 0
        or not Paired(
            first=float(now.losses[kept].mean()),
            second=float(other.losses[kept].mean()),
            count=len(gain),
            p=0.0,
        ).lower()
    ):
        return Weighed(reading=reading, losses=Paired(first=0.0, second=0.0, count=len(gain), p=1.0))
    moved = gain != 0
    numbers = np.flatnonzero(kept)
    closer = (other.association - now.association)[kept]
    p = max(
        _chance(sample, gain[moved], numbers[moved]),
        _chance(sample, closer[moved], numbers[moved]),
        _chance(sample, other.association[kept], numbers),
        _least_chance(sample, reading, kept),
    )
    p = min(1.0, p * reading.chosen_among)
    raw = sample.compare(_raw_losses(sample, reading), where)
    return Weighed(reading=reading, losses=Paired(first=raw.first, second=raw.second, count=raw.count, p=p))


def _terms(sample: Sample, reading: Reading) -> Terms:
    scores = (
        sample.bounded
        if reading.scores is None
        else bounded_scores(reading.scores, exclusive=sample.exclusive)
    )
    return terms(
        scores,
        sample.compact if reading.targets is None else reading.targets,
        exclusive=sample.exclusive,
        elements=sample.elements,
        where=reading.where,
    )


def _raw_losses(sample: Sample, reading: Reading) -> Array:
    return sample.losses_of(
        sample.scores if reading.scores is None else reading.scores,
        sample.compact if reading.targets is None else reading.targets,
    )


def _chance(sample: Sample, values: Array, rows: Array) -> float:
    """Return the chance of a mean this far above 0, by the rows and, as these may be alike, by stretches of them."""
    if len(sample.layout.positions) >= 2:
        return _above_zero(_means(values, sample.groups[rows]))
    p = _above_zero(values)
    if len(values) < _ENOUGH_ROWS:
        return p
    return max(p, _above_zero(_means(values, np.arange(len(values)) * _STRETCHES // len(values))))


def _means(values: Array, groups: Array) -> Array:
    _, which = np.unique(groups, return_inverse=True)
    return np.asarray(np.bincount(which, weights=values) / np.bincount(which))


def _above_zero(values: Array) -> float:
    return paired(values, np.zeros(len(values))).p


def _least_chance(sample: Sample, reading: Reading, kept: Array) -> float:
    """Return the chance of one deal of the labels among all: no association of few labels is rarer."""
    labels = sample.compact if reading.targets is None else reading.targets
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        return 0.0
    _, counts = np.unique(labels[kept], return_counts=True)
    return exp(max(-700.0, sum(lgamma(each + 1) for each in counts) - lgamma(counts.sum() + 1)))

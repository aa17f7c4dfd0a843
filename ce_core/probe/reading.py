"""Another reading of the same sample, and the test of whether the arrays fit it better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, lgamma
from typing import Any

import numpy as np

from ce_core.read.significance import Paired

from .chance import chance
from .sample import Sample
from .terms import Terms, bounded_scores, terms

Array = np.ndarray

_MOVED = 0.25
"""Where fewer rows have another loss, the others say nothing and are left out of the test."""


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
    stands_for: int = 1
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
    if moved.mean() >= _MOVED:
        moved[:] = True
    rows = np.flatnonzero(kept)
    labels = _labels(sample, reading)
    closer = (other.association - now.association)[kept]
    p = max(
        chance(sample, gain[moved], rows[moved], labels),
        chance(sample, closer[moved], rows[moved], labels),
        chance(sample, other.association[kept], rows, labels),
        0.0 if labels is None else _least_chance(labels[kept]),
    )
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


def _labels(sample: Sample, reading: Reading) -> Array | None:
    """Return the one label of each row, where each has one."""
    labels = sample.compact if reading.targets is None else reading.targets
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    return labels if labels.ndim == 1 else None


def _least_chance(labels: Array) -> float:
    """Return the chance of one deal of the labels among all: no association of few labels is rarer."""
    _, counts = np.unique(labels, return_counts=True)
    return exp(max(-700.0, sum(lgamma(each + 1) for each in counts) - lgamma(counts.sum() + 1)))

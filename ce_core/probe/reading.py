"""Another reading of the same sample, and the test of whether the arrays fit it better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from math import exp, inf, lgamma, nan
from typing import Any

import numpy as np

from ce_core.read.significance import Paired
from ce_core.records import dataclass

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
    """A reading compared with the arrays as they stand, by bounded scores."""

    reading: Reading
    losses: Paired
    """``p`` is that of the whole comparison."""
    now: Array
    """The losses of all rows as the arrays stand,"""
    other: Array
    """and as the reading has them."""


def weigh(sample: Sample, reading: Reading) -> Weighed:
    """Compare a reading with the arrays as they stand.

    Three things must be no matter of chance: its loss is lower; its scores go with its targets; and they do so more
    than as the arrays stand. The first alone is also true of untrained scores whose base rates are nearer by luck.
    Losses are of bounded scores, so that no row of log-probabilities of -10,000 decides alone.
    """
    where = reading.where
    now, other = sample.terms_where(where), _terms(sample, reading)
    kept = np.ones(sample.rows, dtype=bool) if where is None else where
    if not kept.any():
        nothing = Paired(first=nan, second=nan, count=0, p=1.0)
        return Weighed(reading=reading, losses=nothing, now=now.losses, other=other.losses)
    first, second = now.losses[kept], other.losses[kept]
    losses = Paired(first=float(first.mean()), second=float(second.mean()), count=len(first), p=0.0)
    p = _chance(sample, reading, now, other, kept) if losses.lower() else 1.0
    return Weighed(reading=reading, losses=replace(losses, p=p), now=now.losses, other=other.losses)


def exact_losses(sample: Sample, reading: Reading) -> Paired:
    """Return the two losses as they are; where both are infinite, of the rows in which neither is."""
    losses = sample.losses_of(
        sample.scores if reading.scores is None else reading.scores,
        sample.compact if reading.targets is None else reading.targets,
    )
    kept = slice(None) if reading.where is None else reading.where
    first, second = float(sample.losses[kept].mean()), float(losses[kept].mean())
    if second == inf:
        return sample.compare(losses, reading.where)
    return Paired(first=first, second=second, count=len(losses[kept]), p=1.0)


def _chance(sample: Sample, reading: Reading, now: Terms, other: Terms, kept: Array) -> float:
    from .chance import chance, chance_of_deal, chance_of_draw  # needed where a loss is lower

    gain = (now.losses - other.losses)[kept]
    closer = (other.association - now.association)[kept]
    moved = gain != 0
    if moved.mean() >= _MOVED:
        moved[:] = True
    rows = np.flatnonzero(kept)
    labels = labels_of(sample, reading)
    known = chance(sample, other.association[kept], rows, labels)
    nearer = chance(sample, closer[moved], rows[moved], labels)
    if len(sample.layout.positions) < 2 and sample.elements is None:
        scores = _bounded(sample, reading)[kept]
        targets = (sample.compact if reading.targets is None else reading.targets)[kept]
        known = max(known, chance_of_deal(scores, targets))
        if sample.units == 1:
            known = min(known, chance_of_draw(scores[:, 0], targets[:, 0]))
            if (
                reading.targets is None and moved.all()
            ):  # other scores of the same order, or of the opposite one
                nearer = min(nearer, max(known, chance(sample, gain, rows, labels)))
    return max(
        chance(sample, gain[moved], rows[moved], labels),
        nearer,
        known,
        0.0 if labels is None else _least_chance(labels[kept]),
    )


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
        without=sample.costs if reading.scores is None else None,
    )


def _bounded(sample: Sample, reading: Reading) -> Array:
    if reading.scores is None:
        return sample.bounded
    return bounded_scores(reading.scores, exclusive=sample.exclusive)


def labels_of(sample: Sample, reading: Reading) -> Array | None:
    """Return the one label of each row, where each has one."""
    labels = sample.compact if reading.targets is None else reading.targets
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    return labels if labels.ndim == 1 else None


def _least_chance(labels: Array) -> float:
    """Return the chance of one deal of the labels among all: no association of few labels is rarer."""
    _, counts = np.unique(labels, return_counts=True)
    return exp(max(-700.0, sum(lgamma(each + 1) for each in counts) - lgamma(counts.sum() + 1)))

"""The sums that every loss has, of examples that mostly have no weights: then nothing is multiplied by 1."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ce_core.compute.measure.common import common_sums, sequence_sums
from ce_core.compute.plan import Plan
from ce_core.compute.sums import Moments, Partial, SequenceSums, Spread, Worst
from ce_core.compute.sums.calibration import BINS, Bins
from ce_core.compute.sums.worst import LISTED
from ce_core.read.counting import Block

from .scratch import Scratch

Array = np.ndarray

_LANES = 128
"""So many runs of losses are compared side by side to find the few greatest."""


def loss_sums(block: Block, plan: Plan, losses: Array, weights: Array | None, sequences: bool) -> Partial:
    """Return the sums of the losses and their weights; without weights each is 1."""
    count = len(losses)
    total = float(losses.sum())
    if weights is not None or not math.isfinite(total):
        ones = np.ones(count) if weights is None else weights
        return common_sums(block, plan, losses, ones, sequences)
    moments = Moments.of(losses)
    return Partial(
        positions=block.span.stop - block.span.start,
        count=count,
        loss=total,
        weight=float(count),
        squared_weight=float(count),
        nonzero=count,
        moments=moments,
        spread_moments=moments,
        spread=Spread.of(losses, among=plan.layout.rows),
        sequences=sequence_sums(block, plan, losses, np.ones(count)) if sequences else SequenceSums(),
    )


def worst_sums(
    block: Block,
    losses: Array,
    weights: Array | None,
    named: Callable[[int], tuple[Any, Any, float]],
    scratch: Scratch,
    most: float = math.inf,
) -> Worst:
    """Return the worst of the examples that have a weight, but for those that are none among all met so far.

    ``named`` gives the label, the prediction and the probability of what is true of an example; no loss is above
    ``most``.
    """
    if len(scratch.greatest) == LISTED and most < scratch.greatest[-1]:
        return Worst()
    heavy = None if weights is None or weights.all() else np.flatnonzero(weights > 0)
    chosen = greatest(losses) if heavy is None else heavy[greatest(losses[heavy])]
    met = scratch.greatest
    floor = met[-1] if len(met) == LISTED else -math.inf
    kept = [
        (each, at)
        for each, at in zip(losses[chosen].tolist(), chosen.tolist(), strict=True)
        if not each < floor
    ]
    scratch.greatest = sorted(
        [*met, *(each if each == each else math.inf for each, _ in kept)], reverse=True
    )[:LISTED]
    return Worst(entries=tuple((each, int(block.numbers[at]), *named(at)) for each, at in kept))


def greatest(losses: Array) -> Array:
    """Return the positions of the few greatest losses, as `Worst.choose` does, without sorting all.

    Of runs of losses each has a greatest; no loss below the fifth of those is among the five greatest.

    >>> greatest(np.arange(1000.0)).tolist()
    [999, 998, 997, 996, 995]
    """
    lanes = len(losses) // _LANES
    if lanes < 4 * LISTED:
        return Worst.choose(losses)
    tops = losses[: lanes * _LANES].reshape(_LANES, lanes).max(axis=0)
    least = np.partition(tops, lanes - LISTED)[lanes - LISTED]
    if not least < np.inf:  # NaN counts as infinite
        return Worst.choose(losses)
    candidates = np.flatnonzero(~(losses < least))
    return np.asarray(candidates[Worst.choose(losses[candidates])])


def bins_of_hits(confidence: Array, hits: Array, weights: Array | None) -> Bins:
    """Return the reliability table of forecasts that came true or not."""
    if weights is not None or not math.isfinite(float(confidence.sum())):
        return Bins.of(confidence, hits.astype(np.float64), weights)
    place = places(confidence, BINS)
    sums = np.bincount(place, weights=confidence, minlength=BINS)
    place *= 2
    place += hits
    counts = np.bincount(place, minlength=2 * BINS).reshape(BINS, 2).astype(np.float64)
    total = counts.sum(axis=1)
    return Bins(counts=total, weights=total, confidence=sums, outcome=counts[:, 1])


def places(shares: Array, bins: int) -> Array:
    """Return the bin of each share in [0, 1]: i where i/bins < share <= (i + 1)/bins, and of 0 the first."""
    scaled = shares * np.asarray(bins, shares.dtype)
    np.ceil(scaled, out=scaled)
    place = scaled.astype(np.intp)
    place -= 1
    if place.size and (int(place.min()) < 0 or int(place.max()) >= bins):
        np.clip(place, 0, bins - 1, out=place)
    return np.asarray(place)

"""What the rounding of 16-bit outputs does to a mean loss: a bound for each row, and what is left in the mean."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from ce_core import kernels
from ce_core.probe import Sample

from .bits import SixteenBits, half_unit

Array = np.ndarray

_DEVIATIONS = 4
"""Of the mean of independent roundings, one in 16,000 is farther off than so many standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Rounding:
    """What rounding does to the mean loss of some rows, in nats."""

    rows: int
    loss: float
    moved: float
    """By how much the mean may be off: what is common to the rows in full, and the rest as far as it averages out."""
    bound: float
    """Σ |dl/dx| · half a unit, the mean over the rows."""
    low: float
    """The mean loss where every output was rounded against the model."""
    high: float
    certain: float
    """The share of the rows whose true outcome is stored as exactly 1."""
    largest: float
    step: float
    """A unit in the last place of the largest output."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rows:
    """For each row its loss, the bounds of it, and how rounding moves it."""

    losses: Array
    low: Array
    high: Array
    bound: Array
    variance: Array
    common: Array
    """What does not average out: the curvature of the loss, and what was rounded to exactly 1."""
    certain: Array


def rounding_of(sample: Sample, kind: SixteenBits) -> Rounding | None:
    """Return what rounding does to the mean loss of a sample, or None where no row has a finite loss."""
    if not sample.rows:
        return None
    rows = _of_logits(sample, kind) if sample.outputs == "logits" else _of_shares(sample, kind)
    kept = np.isfinite(rows.losses)
    count = int(kept.sum())
    if not count:
        return None

    def average(values: Array) -> float:
        return float(values[kept].mean())

    finite = sample.predictions[np.isfinite(sample.predictions)]
    largest = np.array([np.abs(finite).max()])
    return Rounding(
        rows=count,
        loss=average(rows.losses),
        moved=average(rows.common) + _DEVIATIONS * sqrt(float(rows.variance[kept].sum())) / count,
        bound=average(rows.bound),
        low=average(rows.low),
        high=average(rows.high),
        certain=average(rows.certain),
        largest=float(largest[0]),
        step=2 * float(half_unit(largest, kind)[0]),
    )


def _of_logits(sample: Sample, kind: SixteenBits) -> _Rows:
    """Return the rows of logits: dl/dx_j is p_j - y_j, and the loss is convex.

    With certain targets the two bounds are exact: the loss falls with the true logit, and grows with all others. With
    shares it lies above its tangent.
    """
    scores, half = sample.scores, half_unit(sample.predictions, kind)
    shares = np.exp(kernels.log_softmax(scores)) if sample.exclusive else _sigmoid(scores)
    curved = shares * (1 - shares)
    slope = shares
    if sample.targets.ndim == 1:
        at = (np.arange(sample.rows), sample.targets)
        slope[at] -= 1
        up = half.copy()
        up[at] = -up[at]
    else:
        total = sample.targets.sum(axis=1, keepdims=True) if sample.exclusive else 1.0
        slope = total * shares - sample.targets
        up = np.where((sample.targets > 0) & (slope <= 0), -half, half)
    if not sample.exclusive:
        share = _share_of_labels(sample)
        slope, curved = slope * share, curved * share
    moves = np.abs(slope) * half
    losses = sample.losses
    bound = moves.sum(axis=1)
    with np.errstate(invalid="ignore"):  # of infinite losses, which are left out
        low, high = _beside_the_tangent(
            sample,
            losses,
            bound,
            sample.losses_of(scores - up, sample.targets),
            sample.losses_of(scores + up, sample.targets),
        )
        curvature = np.minimum((curved * half * half).sum(axis=1) / 6, high - losses)
    return _Rows(
        losses=losses,
        low=low,
        high=high,
        bound=bound,
        variance=(moves * moves).sum(axis=1) / 3,
        common=curvature,
        certain=np.zeros(sample.rows),
    )


def _beside_the_tangent(
    sample: Sample, losses: Array, bound: Array, low: Array, high: Array
) -> tuple[Array, Array]:
    """Return the bounds, of rows of shares as far out as the tangent has them: their loss has its least within."""
    if sample.targets.ndim == 1:
        return low, high
    shares = ((sample.targets > 0) & (sample.targets < 1)).any(axis=1)
    return (
        np.where(shares, np.maximum(losses - bound, 0.0), low),
        np.where(shares, np.maximum(losses + bound, high), high),
    )


def _sigmoid(scores: Array) -> Array:
    decay = np.exp(-np.abs(scores))
    return np.asarray(np.where(scores >= 0, 1.0, decay) / (1 + decay))


def _share_of_labels(sample: Sample) -> Array:
    """Return what each label counts in the loss of its row."""
    if sample.elements is None:
        return np.full((1, sample.units), 1 / sample.units)
    return np.asarray(sample.elements / sample.elements.sum(axis=1, keepdims=True))


def _of_shares(sample: Sample, kind: SixteenBits) -> _Rows:
    """Return the rows of probabilities or log-probabilities: the loss is a sum of logarithms of single outputs.

    A probability stored as exactly 1 was anything from 1 less a quarter of a unit up: it erred to one side.
    """
    values, targets = sample.predictions, sample.targets
    if targets.ndim == 1:
        values, weights = values[np.arange(sample.rows), targets][:, None], np.ones((1, 1))
    else:
        weights = targets
    half = half_unit(values, kind)
    if sample.outputs == "log_probabilities" and sample.exclusive:
        losses = _costs(-values, weights)
        bound = (weights * half).sum(axis=1)
        return _Rows(
            losses=losses,
            low=np.maximum(losses - bound, 0.0),
            high=losses + bound,
            bound=bound,
            variance=((weights * half) ** 2).sum(axis=1) / 3,
            common=np.zeros(sample.rows),
            certain=np.zeros(sample.rows),
        )
    share = np.ones((1, 1)) if sample.exclusive else _share_of_labels(sample)
    yes = weights * share
    no = np.zeros((1, 1)) if sample.exclusive else (1 - weights) * share
    half = np.where(values == 1, half / 2, half)

    def loss(p: Array) -> Array:
        p = np.clip(p, 0.0, 1.0)
        with np.errstate(divide="ignore"):  # the loss of a probability of 0
            return np.asarray(_costs(-np.log(p), yes) + _costs(-np.log1p(-p), no))

    with np.errstate(divide="ignore", invalid="ignore"):  # of infinite losses, which are left out
        slope = _of_weight(no, 1 - values) - _of_weight(yes, values)
        curved = _of_weight(yes, values**2) + _of_weight(no, (1 - values) ** 2)
        certain = (values == 1) & (yes > 0)
        moves = np.where(certain, 0.0, np.abs(slope) * half)
        up = np.where(slope <= 0, -half, half)
        curvature = np.where(certain, -yes * np.log1p(-half), curved * half * half / 6)
        losses, bound = loss(values), (np.abs(slope) * half).sum(axis=1)
        low, high = loss(values - up), loss(values + up)
        if not sample.exclusive:
            low, high = _beside_the_tangent(sample, losses, bound, low, high)
        return _Rows(
            losses=losses,
            low=low,
            high=high,
            bound=bound,
            variance=(moves * moves).sum(axis=1) / 3,
            common=curvature.sum(axis=1),
            certain=certain.any(axis=1).astype(np.float64),
        )


def _of_weight(weights: Array, values: Array) -> Array:
    """Return ``weights / values``, 0 where there is no weight."""
    return np.asarray(np.where(weights == 0, 0.0, weights / values))


def _costs(costs: Array, weights: Array) -> Array:
    with np.errstate(invalid="ignore"):  # 0 * inf, which the next line mends
        products = weights * costs
    return np.asarray(np.where(weights == 0, 0.0, products).sum(axis=1))

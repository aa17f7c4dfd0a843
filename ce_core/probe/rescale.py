"""What a model's scores would be worth after a temperature or a shift of each column, found on the other half."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from ce_core.read.significance import LEVEL, Paired, student_tail
from ce_core.records import dataclass

from .sample import Sample

Array = np.ndarray

LEAST_INVERSE, MOST_INVERSE = 1 / 32, 32.0
"""A temperature is sought between 1/32 and 32: beyond that nothing, or everything, is certain."""
LEAST_COUNT = 20
"""A column of fewer outcomes, told and foretold, has no base rate to be off from."""
LEAST_TOLD = 5
"""An outcome that is true, or false, less often has no base rate that could be told."""
MOST_COLUMNS = 64
"""Of exclusive classes so many at most are shifted: those that are off by most."""
_FIT_VALUES = 1 << 19
_LEAST_FIT_ROWS = 32
_FARTHEST = 40.0
"""No shift is larger: beyond it every probability is 0 or 1."""
_CLOSE = 1e-4
"""How exact a shift must be: far below what it is known to."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rescaled:
    """Scores after a change that was found on one half of the observations and made on the other, both ways."""

    scores: Array
    losses: Array
    paired: Paired
    """The losses before against those after."""
    values: tuple[Array, Array]
    """What was found on either half: an inverse temperature, or a shift of each column."""
    p: float
    """The chance of outcomes as far from their probabilities as these, were these right; see `Rescaling.score`."""

    def lower(self, tried: int) -> bool:
        """Tell whether the losses are significantly lower, and no luck of outcomes that happened to be likely."""
        return self.paired.lower(tried) and self.p * tried < LEVEL


@dataclass(frozen=True, kw_only=True, eq=False)
class Columns:
    """How far the mean prediction of each column is from its base rate."""

    mean: Array
    rate: Array
    off: Array
    """Which columns are significantly off, after correcting for their number."""
    p: float
    """The smallest chance of such a difference where there is none."""


def _by_lot(count: int) -> Array:
    """Return one half of so many, drawn by lot and always the same, without the start of NumPy's generators.

    Source: Steele, Lea and Flood 2014, Fast Splittable Pseudorandom Number Generators (the mixing of the bits).
    """
    bits = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    half = np.zeros(count, dtype=bool)
    half[np.argsort(bits ^ (bits >> np.uint64(31)), kind="stable")[: count // 2]] = True
    return half


@dataclass(frozen=True, kw_only=True, eq=False)
class Rescaling:
    """Tries changes of a sample's scores."""

    sample: Sample
    scores: Array

    @classmethod
    def of(cls, sample: Sample) -> Rescaling:
        """Return the changes to try on a sample as it stands."""
        return cls(sample=sample, scores=sample.scores)

    def after(self, done: Rescaled) -> Rescaling:
        """Return the changes to try on top of one."""
        return replace(self, scores=done.scores)

    @cached_property
    def losses(self) -> Array:
        """Return the loss of each row before the change."""
        if self.scores is self.sample.scores:
            return self.sample.losses
        return self.sample.losses_of(self.scores, self.sample.targets)

    @cached_property
    def half(self) -> Array:
        """Return which rows are of the first half: whole observations, by lot and always the same."""
        _, which = np.unique(self.sample.groups, return_inverse=True)
        count = int(which.max(initial=-1)) + 1
        return np.asarray(_by_lot(count)[which])

    def temperature(self) -> Rescaled | None:
        """Return the scores divided by the temperature of least loss, or None where there is none to be found."""
        return self._crossed(self._inverse, lambda scores, inverse: scores * inverse, self.score)

    def shifted(self, columns: Columns) -> Rescaled | None:
        """Return the scores less a shift that makes the mean prediction of the columns that are off the base rate."""
        return self._crossed(
            lambda rows: self._shift(rows, columns.off),
            lambda scores, shift: scores - shift,
            lambda: columns.p,
        )

    def _crossed(
        self,
        find: Callable[[Array], Array | None],
        change: Callable[[Array, Array], Array],
        chance: Callable[[], float],
    ) -> Rescaled | None:
        first = self.half
        one, two = find(np.flatnonzero(first)), find(np.flatnonzero(~first))
        if one is None or two is None:
            return None
        scores = np.empty_like(self.scores)
        scores[first] = change(self.scores[first], two)
        scores[~first] = change(self.scores[~first], one)
        losses = self.sample.losses_of(scores, self.sample.targets)
        paired = self.sample.compare(losses, base=self.losses)
        return Rescaled(
            scores=scores,
            losses=losses,
            paired=paired,
            values=(one, two),
            p=chance() if paired.lower() else 1.0,
        )

    @cached_property
    def hard(self) -> bool:
        """Tell whether every target is certain."""
        targets = self.sample.targets
        return targets.ndim == 1 or bool(((targets == 0) | (targets == 1)).all())

    def score(self) -> float:
        """Return the chance of a slope of the loss by the temperature as steep as this, were the probabilities right.

        A few answers that are likely each, and right by luck all of them, make any surer answer look better; the
        losses alone do not show what was not drawn. Of soft targets, which are not drawn, there is no such chance.

        Formula: Rao's score test, z = Σ (E_p x - x_y) / √Σ Var_p x.
        """
        if not self.hard:
            return 0.0
        sample, shares = self.sample, self.probabilities
        finite = np.isfinite(self.scores)
        x = self.scores if finite.all() else np.where(finite, self.scores, 0.0)
        if sample.exclusive:
            each = shares * x
            mean = each.sum(axis=1)
            square = np.einsum("ij,ij->i", each, x)
            variance = np.maximum(square - mean * mean, 0.0)
            if sample.targets.ndim == 1:
                slope = mean - x[np.arange(sample.rows), sample.targets]
            else:
                slope = mean - (x * sample.targets).sum(axis=1)
        else:
            counted = 1.0 if sample.elements is None else sample.elements
            slope = (counted * x * (shares - sample.targets)).sum(axis=1)
            variance = (counted * x * x * shares * (1 - shares)).sum(axis=1)
        kept = np.isfinite(self.losses)
        spread = math.sqrt(float(variance[kept].sum()))
        return math.erfc(abs(float(slope[kept].sum())) / spread / math.sqrt(2)) if spread else 1.0

    def _inverse(self, rows: Array) -> Array | None:
        """Return the inverse temperature of least loss on some rows, [1]."""
        most = max(_LEAST_FIT_ROWS, _FIT_VALUES // self.sample.units)
        if len(rows) > most:
            rows = rows[np.linspace(0, len(rows) - 1, most).astype(np.intp)]
        rows = rows[np.isfinite(self.losses[rows])]
        if not len(rows):
            return None
        scores, targets = self.scores[rows], self.sample.targets[rows]
        slope = (_softmax_slope if self.sample.exclusive else _sigmoid_slope)(
            scores, targets, None if self.sample.elements is None else self.sample.elements[rows]
        )
        found = _root(slope, LEAST_INVERSE, MOST_INVERSE)
        return None if found is None else np.array([found])

    @cached_property
    def probabilities(self) -> Array:
        """Return the probability of each outcome, [rows, columns]."""
        with np.errstate(over="ignore"):  # exp of a large score is infinite, and its probability 0 or 1
            if not self.sample.exclusive:
                return np.asarray(1 / (1 + np.exp(-self.scores)))
            shares = np.asarray(self.scores - self.scores.max(axis=1, keepdims=True))
            np.exp(shares, out=shares)
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def columns(self, least_told: int = LEAST_TOLD) -> Columns:
        """Return how far the mean prediction of each column is from its base rate, by a paired test of p - y."""
        sample, units = self.sample, self.sample.units
        counted = sample.elements
        difference = self.probabilities.copy()
        foretold = (difference if counted is None else difference * counted).sum(axis=0)
        drawn = difference - difference * difference
        drawn = np.sqrt((drawn if counted is None else drawn * counted).sum(axis=0))
        if sample.targets.ndim == 1:
            told = np.bincount(sample.targets, minlength=units).astype(np.float64)
            difference[np.arange(sample.rows), sample.targets] -= 1
        else:
            told = (sample.targets if counted is None else sample.targets * counted).sum(axis=0)
            difference -= sample.targets
        if counted is not None:
            difference *= counted
        number = np.full(units, sample.rows) if counted is None else np.maximum(counted.sum(axis=0), 1)
        difference = _item_means(difference, sample.groups)
        count = len(difference)
        if count < 3:
            return Columns(mean=foretold / number, rate=told / number, off=np.zeros(units, dtype=bool), p=1.0)
        with np.errstate(divide="ignore", invalid="ignore"):  # a column that never differs is 0 / 0
            t = np.abs(difference.mean(axis=0)) / (difference.std(axis=0, ddof=1) / math.sqrt(count))
            if self.hard:  # what was not drawn does not show in the spread
                t = np.minimum(t, np.abs(foretold - told) / drawn)
        enough = np.maximum(told, foretold) >= LEAST_COUNT
        enough &= np.minimum(told, number - told) >= least_told
        t = np.where(enough & np.isfinite(t), t, 0.0)
        off = t > critical(LEVEL / (2 * units), count - 1)
        if sample.exclusive and off.sum() > MOST_COLUMNS:
            off &= t >= np.sort(t)[-MOST_COLUMNS]
        return Columns(
            mean=foretold / number,
            rate=told / number,
            off=off,
            p=min(1.0, 2 * student_tail(float(t.max(initial=0.0)), count - 1)),
        )

    def _shift(self, rows: Array, off: Array) -> Array | None:
        """Return the shift of each column, [columns], that makes its mean prediction its base rate on some rows."""
        sample, chosen = self.sample, np.flatnonzero(off)
        if not len(rows) or not len(chosen):
            return None
        targets = sample.targets[rows]
        outcomes = targets[:, None] == chosen if targets.ndim == 1 else targets[:, chosen]
        shift = np.zeros(sample.units)
        if sample.exclusive:
            rates = (outcomes.sum(axis=0) + 0.5) / (len(rows) + 0.5 * sample.units)
            shift[chosen] = _softmax_shift(self.scores[rows], rates, chosen)
        else:
            counted = np.ones_like(outcomes) if sample.elements is None else sample.elements[rows][:, chosen]
            shift[chosen] = _sigmoid_shift(self.scores[rows][:, chosen], outcomes, counted)
        return shift if np.isfinite(shift).all() else None


def critical(p: float, freedom: int) -> float:
    """Return the t that Student's t is above with chance ``p``.

    >>> round(critical(0.025, 10), 3)
    2.228
    """
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > p and high < 1e9:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > p else (low, middle)
    return high


def _item_means(values: Array, groups: Array) -> Array:
    """Return the mean over each observation's rows, [observations, columns]; the rows of one lie together."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    if len(starts) == len(values):
        return values
    sizes = np.diff(starts, append=len(values))
    return np.asarray(np.add.reduceat(values, starts, axis=0) / sizes[:, None])


def _softmax_slope(
    scores: Array, targets: Array, elements: Array | None
) -> Callable[[float], tuple[float, float]]:
    """Return the slope and curvature of the mean loss by the inverse temperature."""
    finite = np.isfinite(scores)
    top = scores.max(axis=1, keepdims=True)
    gaps = np.where(finite, top - scores, 0.0).astype(np.float32)
    open_ = None if finite.all() else finite.astype(np.float32)
    if targets.ndim == 1:
        expected = gaps[np.arange(len(gaps)), targets].astype(np.float64)
        mass = np.ones(len(gaps))
    else:
        expected, mass = np.einsum("ij,ij->i", gaps, targets), targets.sum(axis=1)

    def slope(inverse: float) -> tuple[float, float]:
        shares = np.exp(-np.float32(inverse) * gaps)
        if open_ is not None:
            shares *= open_
        total = shares.sum(axis=1)
        first = np.einsum("ij,ij->i", shares, gaps) / total
        shares *= gaps
        second = np.einsum("ij,ij->i", shares, gaps) / total
        return (
            float((expected - mass * first).mean()),
            float((mass * np.maximum(second - first * first, 0)).mean()),
        )

    return slope


def _sigmoid_slope(
    scores: Array, targets: Array, elements: Array | None
) -> Callable[[float], tuple[float, float]]:
    weights = np.isfinite(scores) * (np.ones((1, 1)) if elements is None else elements)
    x = np.where(np.isfinite(scores), scores, 0.0)

    def slope(inverse: float) -> tuple[float, float]:
        with np.errstate(over="ignore"):  # exp of a large score is infinite, and its probability 0
            shares = 1 / (1 + np.exp(-inverse * x))
        return (
            float((weights * x * (shares - targets)).mean()),
            float((weights * x * x * shares * (1 - shares)).mean()),
        )

    return slope


def _root(slope: Callable[[float], tuple[float, float]], low: float, high: float) -> float | None:
    """Return where an increasing function is 0 by Newton's method in a bracket, or the end it lies beyond."""
    at = 1.0
    value, curvature = slope(at)
    if not math.isfinite(value) or (value == 0 and curvature == 0):
        return None
    for _ in range(40):
        low, high = (at, high) if value < 0 else (low, at)
        step = at - value / curvature if curvature > 0 else math.nan
        step = min(max(step, at / 4), at * 4) if math.isfinite(step) else math.sqrt(low * high)
        if not low <= step <= high:
            step = math.sqrt(low * high)
        close = abs(step - at) <= 1e-3 * at
        at = step
        if close:
            break
        value, curvature = slope(at)
        if not math.isfinite(value):
            return None
    return at


def _sigmoid_shift(scores: Array, outcomes: Array, counted: Array) -> Array:
    """Return b of each column so that the mean of sigmoid(x - b) is the base rate, by a guarded Newton's method."""
    number = np.maximum(counted.sum(axis=0), 1)
    rate = ((outcomes * counted).sum(axis=0) + 0.5) / (number + 1)  # drawn a little inwards: none is 0 or 1
    weights = counted / number
    shift = np.zeros(scores.shape[1])
    low, high = np.full_like(shift, -_FARTHEST), np.full_like(shift, _FARTHEST)
    for _ in range(40):
        with np.errstate(over="ignore"):  # exp of a large score is infinite, and its probability 0
            shares = 1 / (1 + np.exp(shift - scores))
        off = (weights * shares).sum(axis=0) - rate
        low, high = np.where(off > 0, shift, low), np.where(off > 0, high, shift)
        slope = (weights * shares * (1 - shares)).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # flat where all is certain
            step = shift + np.clip(off / slope, -4, 4)
        inside = np.isfinite(step) & (step > low) & (step < high)
        step = np.where(inside, step, (low + high) / 2)
        done = np.abs(step - shift).max() < _CLOSE
        shift = step
        if done:
            break
    return shift


def _softmax_shift(scores: Array, rates: Array, chosen: Array) -> Array:
    """Return b of the chosen columns so that the mean of softmax(x - b) is their base rate.

    That is the bias of least loss, found by Newton's method. It is known but for a constant where all are chosen.
    """
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    own = shares[:, chosen]
    rest = np.maximum(shares.sum(axis=1) - own.sum(axis=1), 0.0)
    shift = np.zeros(len(chosen))
    for _ in range(50):
        moved = own * np.exp(-shift)
        p = moved / np.maximum(rest + moved.sum(axis=1), 1e-300)[:, None]
        mean = p.mean(axis=0)
        curve = np.diag(mean) - p.T @ p / len(p) + 1e-6 * np.eye(len(chosen))
        step = np.clip(np.linalg.solve(curve, mean - rates), -1, 1)
        shift = np.clip(shift + step, -_FARTHEST, _FARTHEST)
        if np.abs(step).max() < _CLOSE:
            break
    return shift

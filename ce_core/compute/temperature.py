"""The temperature that would make the loss least: how over- or under-confident the logits are as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ce_core.read.blocks import BLOCK_ELEMENTS, Span
from ce_core.read.counting import Block
from ce_core.read.layout import Layout
from ce_core.read.spread import spread_spans

from .evaluation import Temperature
from .measure.exclusive import class_weight_of
from .measure.independent import emphasis_of
from .plan import Plan
from .sums import dot

MOST_EXAMPLES = 1 << 16
"""The temperature is sought on at most so many examples."""
_VALUES = (1 << 20, 1 << 24)
"""At least and at most so many logits, and between them a 32nd of all: a pass costs less than the main one."""
_FEW_CLASSES = 64
_RANGE = 1e6
"""An optimum beyond this many times the scale of the logits, or below its inverse, is none."""

Array = np.ndarray
Derivatives = tuple[float, float, float]
"""The mean loss at an inverse temperature, and its first and second derivative by it."""


def sample_spans(layout: Layout) -> list[Span]:
    """Return the runs of positions on which the temperature is sought: all, or an evenly spaced sample."""
    total = layout.rows * layout.units
    least, most = _VALUES
    rows = max(1, min(MOST_EXAMPLES, min(max(total // 32, least), most) // layout.units))
    return spread_spans(layout, rows, block=least // layout.units)


def best_temperature(
    blocks: Iterable[Block], plan: Plan, mean: float | None, count: int
) -> Temperature | None:
    """Return the T > 0 for which the mean loss of logits / T is least, and that loss, or None without one.

    Use it to tell over-confident logits (T > 1) from under-confident ones. The mean is that of the loss with all
    its weights and its smoothing, divided by their sum. There is none where the loss keeps falling, as T nears 0
    when every prediction is right, or grows without end when none says anything; where every prediction is the
    same; and where the loss is not finite.

    Formula: Newton's method on 1/T, in which the loss is convex, kept within a bracket. Where the blocks are a
    sample of the ``count`` examples, what T saves on the sample is taken off the ``mean`` of all, and ``sample``
    says how many examples it has.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks.
    """
    if plan.given != "logits" or mean is None or not math.isfinite(mean):
        return None
    pieces: list[_Softmax | _Sigmoid] = []
    examples, varied = 0, False
    first: Array | None = None
    for block in blocks:
        if not len(block.numbers):
            continue
        examples += len(block.numbers)
        first = block.predictions[0] if first is None else first
        varied = varied or bool((block.predictions != first).any())
        pieces.append((_softmax_piece if plan.exclusive else _sigmoid_piece)(block, plan))
    pieces = _joined(pieces)
    with np.errstate(over="ignore"):
        scale = _scale(pieces)
    if not varied or not 0 < scale < math.inf:
        return None
    at_zero, at_infinity = np.sum([piece.ends() for piece in pieces], axis=0)
    if not at_zero < 0 < at_infinity:
        return None  # the loss is convex: it falls, or grows, all the way

    weight = sum(piece.weight for piece in pieces)

    def derivatives(inverse: float) -> Derivatives:
        sums = np.sum([piece.at(inverse) for piece in pieces], axis=0) / weight
        return float(sums[0]), float(sums[1]), float(sums[2])

    with np.errstate(over="ignore", invalid="ignore"):  # logits whose squares overflow have no optimum
        inverse, before, after = _least(derivatives, scale)
    if inverse is None:
        return None
    return Temperature(
        optimum=1 / inverse,
        loss=mean - (before - after) * plan.settings.unit,
        sample=examples if examples < count else None,
    )


def _least(derivatives: Callable[[float], Derivatives], scale: float) -> tuple[float | None, float, float]:
    """Return where a convex function is least, or None, with its value at 1 and there."""
    lower, upper = 0.0, math.inf
    inverse, (value, slope, curvature) = 1.0, derivatives(1.0)
    start = value
    for _ in range(100):
        if not (math.isfinite(slope) and curvature > 0 and 1 / _RANGE < inverse * scale < _RANGE):
            return None, start, start
        lower, upper = (inverse, upper) if slope < 0 else (lower, inverse)
        # Newton's step, no longer than a factor of four: far from the optimum the curvature misleads.
        step = min(max(inverse - slope / curvature, inverse / 4), inverse * 4)
        if not lower <= step <= upper:
            step = math.sqrt(lower * upper)
        close = (
            abs(step - inverse) <= 1e-5 * inverse
        )  # Newton's error at the step is about the square of this
        inverse = step
        value, slope, curvature = derivatives(inverse)
        if close:
            break
    return inverse, start, value


@dataclass(frozen=True, kw_only=True, eq=False)
class _Softmax:
    """Examples of exclusive classes: the loss at 1/T = b is b · expected + mass · log Σ exp(-b · gap)."""

    gaps: Array
    """How far each logit is below the largest of its example, 0 or more."""
    axis: int
    expected: Array
    """The mean gap under the target."""
    mass: Array
    """What the target sums to."""
    weights: Array

    @property
    def weight(self) -> float:
        """Return what the sums are divided by."""
        return float(self.weights.sum())

    @classmethod
    def join(cls, pieces: Sequence[_Softmax]) -> _Softmax:
        """Return the examples of several pieces as one."""
        return cls(
            gaps=np.concatenate([each.gaps for each in pieces], axis=1 - pieces[0].axis),
            axis=pieces[0].axis,
            expected=np.concatenate([each.expected for each in pieces]),
            mass=np.concatenate([each.mass for each in pieces]),
            weights=np.concatenate([each.weights for each in pieces]),
        )

    @property
    def sizes(self) -> tuple[float, int]:
        """Return the sum of the finite gaps, and their number."""
        finite = self.gaps[np.isfinite(self.gaps)]
        return float(finite.sum()), finite.size

    def ends(self) -> tuple[float, float]:
        """Return the slope of the loss where 1/T is 0, and where it is infinite."""
        finite = np.isfinite(self.gaps)
        gaps = np.where(finite, self.gaps, 0.0).sum(axis=self.axis) / finite.sum(axis=self.axis)
        return dot(self.weights, self.expected - self.mass * gaps), dot(self.weights, self.expected)

    def at(self, inverse: float) -> Derivatives:
        """Return the weighted sums of the loss and its derivatives."""
        shares = np.exp(-inverse * self.gaps)
        total = shares.sum(axis=self.axis)
        # A gap of infinity has no share: a class masked with -inf.
        gaps = self.gaps if np.isfinite(self.gaps).all() else np.where(np.isfinite(self.gaps), self.gaps, 0.0)
        shares *= gaps
        mean = shares.sum(axis=self.axis) / total
        shares *= gaps
        square = shares.sum(axis=self.axis) / total
        return (
            dot(self.weights, inverse * self.expected + self.mass * np.log(total)),
            dot(self.weights, self.expected - self.mass * mean),
            dot(self.weights, self.mass * np.maximum(square - mean * mean, 0.0)),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sigmoid:
    """Single outcomes: the loss at 1/T = b is positive · softplus(-b x) + negative · softplus(b x)."""

    logits: Array
    positive: Array
    negative: Array
    weight: float

    @classmethod
    def join(cls, pieces: Sequence[_Sigmoid]) -> _Sigmoid:
        """Return the outcomes of several pieces as one."""
        return cls(
            logits=np.concatenate([each.logits for each in pieces]),
            positive=np.concatenate([each.positive for each in pieces]),
            negative=np.concatenate([each.negative for each in pieces]),
            weight=sum(each.weight for each in pieces),
        )

    @property
    def sizes(self) -> tuple[float, int]:
        """Return the sum of the logits without their signs, and their number."""
        return float(np.abs(self.logits).sum()), self.logits.size

    def ends(self) -> tuple[float, float]:
        """Return the slope of the loss where 1/T is 0, and where it is infinite."""
        against = np.where(self.logits > 0, self.negative, self.positive)
        return dot(self.logits, (self.negative - self.positive) / 2), dot(np.abs(self.logits), against)

    def at(self, inverse: float) -> Derivatives:
        """Return the weighted sums of the loss and its derivatives."""
        scaled = inverse * self.logits
        decay = np.exp(-np.abs(scaled))
        more = 1 / (1 + decay)
        less = decay * more
        p = np.where(scaled < 0, less, more)
        both = self.positive + self.negative
        linear = self.positive * np.maximum(-scaled, 0.0) + self.negative * np.maximum(scaled, 0.0)
        return (
            float((linear + both * np.log1p(decay)).sum()),
            dot(self.logits, both * p - self.positive),
            dot(np.square(self.logits), both * more * less),
        )


def _joined(pieces: list[_Softmax | _Sigmoid]) -> list[_Softmax | _Sigmoid]:
    """Return the pieces joined to some that are large enough to be worth a call each."""
    groups: list[list[Any]] = [[]]
    for piece in pieces:
        groups[-1].append(piece)
        if sum(each.sizes[1] for each in groups[-1]) >= BLOCK_ELEMENTS:
            groups.append([])
    return [type(group[0]).join(group) for group in groups if group]


def _scale(pieces: Sequence[_Softmax | _Sigmoid]) -> float:
    sizes = [piece.sizes for piece in pieces]
    number = sum(count for _, count in sizes)
    return sum(size for size, _ in sizes) / number if number else 0.0


def _softmax_piece(block: Block, plan: Plan) -> _Softmax:
    smooth, units = plan.smooth, plan.layout.units
    sample = np.ones(len(block.numbers)) if block.weights is None else block.weights
    weights = sample * class_weight_of(block, plan)
    heavy = weights > 0
    logits = block.predictions[heavy].astype(np.float64)
    targets = block.targets[heavy]
    axis = 0 if units < _FEW_CLASSES else 1
    if axis == 0:
        logits = np.ascontiguousarray(logits.T)
    gaps = np.subtract(np.expand_dims(logits.max(axis=axis), axis), logits, out=logits)
    if targets.ndim == 1:
        at = np.expand_dims(targets.astype(np.intp), axis)
        expected = np.take_along_axis(gaps, at, axis).squeeze(axis)
        mass = np.ones(len(targets))
    else:
        shares = targets.astype(np.float64).T if axis == 0 else targets.astype(np.float64)
        expected = np.multiply(gaps, shares, out=np.zeros_like(gaps), where=shares != 0).sum(axis=axis)
        mass = shares.sum(axis=axis)
    if smooth:
        expected = (1 - smooth) * expected + smooth * gaps.mean(axis=axis)
        mass = (1 - smooth) * mass + smooth
    return _Softmax(gaps=gaps, axis=axis, expected=expected, mass=mass, weights=weights[heavy])


def _sigmoid_piece(block: Block, plan: Plan) -> _Sigmoid:
    smooth = plan.smooth
    targets = block.targets.astype(np.float64)
    sample = np.ones(len(block.numbers)) if block.weights is None else block.weights
    emphasis = emphasis_of(block, plan, targets)
    weights = np.broadcast_to(
        sample[:, None] if emphasis is None else sample[:, None] * emphasis, targets.shape
    )
    positive = weights * (targets * (1 - smooth) + smooth / 2)
    negative = weights * ((1 - targets) * (1 - smooth) + smooth / 2)
    if plan.pos_weight is not None:
        positive = positive * plan.pos_weight
    # A logit of -inf whose target has no weight costs nothing at any temperature.
    used = np.isfinite(block.predictions) & (weights > 0)
    summed = plan.settings.labels == "sum" and plan.layout.units > 1
    return _Sigmoid(
        logits=block.predictions[used].astype(np.float64),
        positive=positive[used],
        negative=negative[used],
        weight=float(sample.sum() if summed else weights.sum()),
    )

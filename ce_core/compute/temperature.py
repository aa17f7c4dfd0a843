"""The temperature that would make the loss least: how over- or under-confident the logits are as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ce_core.read.blocks import Span
from ce_core.read.counting import Block
from ce_core.read.layout import Layout
from ce_core.read.spread import spread_spans
from ce_core.records import dataclass

from .evaluation import Temperature
from .measure.exclusive import class_weight_of
from .plan import Plan
from .sums import dot
from .threads import Shared, shared

MOST_EXAMPLES = 1 << 16
"""The temperature is sought on at most so many examples."""
_VALUES = (1 << 20, 1 << 22)
"""At least and at most so many logits, and between them a 64th of all: a pass costs less than the main one."""
_EXAMPLES = 256
"""Of very many classes so many examples, where these are no more than a 32nd of all."""
_SINGLE = 1 << 19
"""So many logits are looked at in float32, where they are no more than that."""
_PIECE = 1 << 17
"""About so many logits are worked on at a time."""
_WARM = 8
"""Of so many pieces or more the search begins on every eighth, and ends on all."""
_FEW_CLASSES = 64
_CLOSE, _CLOSE_ON_SAMPLE = 1e-4, 2e-3
"""The last of Newton's steps is no larger than this share; its error is about the square. A sample knows less."""
_RANGE = 1e6
"""An optimum beyond this many times the scale of the logits, or below its inverse, is none."""

Array = np.ndarray
Derivatives = tuple[float, float, float]
"""The mean loss at an inverse temperature, and its first and second derivative by it."""


def sample_spans(layout: Layout) -> list[Span]:
    """Return the runs of positions on which the temperature is sought: all, or an evenly spaced sample."""
    total = layout.rows * layout.units
    least, most = _VALUES
    values = max(min(max(total // 64, least), most), min(_EXAMPLES * layout.units, total // 32))
    rows = max(1, min(MOST_EXAMPLES, values // layout.units))
    return spread_spans(layout, rows, block=max(1, _PIECE // layout.units))


def best_temperature(
    blocks: Iterable[Block], plan: Plan, mean: float | None, count: int, threads: int = 1
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
    single = plan.layout.rows * plan.layout.units >= _SINGLE
    make: Callable[..., _Softmax | _Sigmoid] = _softmax_piece if plan.exclusive else _sigmoid_piece

    def piece_of(block: Block) -> _Softmax | _Sigmoid:
        narrow = single and block.predictions.dtype in (np.float16, np.float32)
        return make(block, plan, np.float32 if narrow else np.float64)

    whole = list(_together(blocks))
    if not _varied(whole):
        return None
    examples = sum(len(block.numbers) for block in whole)
    with shared(threads) as over:
        found = _sought(over(piece_of, whole), over, _CLOSE if examples == count else _CLOSE_ON_SAMPLE)
    if found is None:
        return None
    inverse, saved = found
    return Temperature(
        optimum=1 / inverse,
        loss=mean - saved * plan.settings.unit,
        sample=examples if examples < count else None,
    )


def _varied(blocks: Sequence[Block]) -> bool:
    """Tell whether some prediction is another than the first; nearly always the second row already is."""
    first = blocks[0].predictions[0] if blocks else None
    parts = (part for block in blocks for part in (block.predictions[:2], block.predictions))
    return any(bool((part != first).any()) for part in parts)


def _sought(pieces: Sequence[_Softmax | _Sigmoid], over: Shared, close: float) -> tuple[float, float] | None:
    """Return the inverse of the best temperature, and what it saves in nats, or None without one."""
    with np.errstate(over="ignore"):
        scale = _scale(pieces)
    if not 0 < scale < math.inf:
        return None
    at_zero, at_infinity = np.sum(over(lambda piece: piece.ends(), pieces), axis=0)
    if not at_zero < 0 < at_infinity:
        return None  # the loss is convex: it falls, or grows, all the way

    def derivatives(inverse: float, some: Sequence[_Softmax | _Sigmoid] = pieces) -> Derivatives:
        parts = over(lambda piece: piece.at(inverse), some)
        with np.errstate(over="ignore", invalid="ignore"):  # logits whose squares overflow have no optimum
            sums = np.sum(parts, axis=0) / sum(piece.weight for piece in some)
        return float(sums[0]), float(sums[1]), float(sums[2])

    before = derivatives(1.0)
    begin = None
    if len(pieces) >= _WARM:
        few = pieces[::_WARM]
        begin = _least(lambda inverse: derivatives(inverse, few), scale, 1.0, derivatives(1.0, few), close)[0]
    known = before if begin is None else derivatives(begin)
    inverse, after = _least(derivatives, scale, begin or 1.0, known, close)
    return None if inverse is None else (inverse, before[0] - after)


def _together(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the examples of short runs as blocks that are worth a call each."""
    held: list[Block] = []
    for block in blocks:
        if len(block.numbers):
            held.append(block)
        if sum(each.predictions.size for each in held) >= _PIECE:
            yield _as_one(held)
            held = []
    if held:
        yield _as_one(held)


def _as_one(blocks: Sequence[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]

    def joined(name: str) -> Any:
        arrays = [getattr(each, name) for each in blocks]
        if all(each is None for each in arrays):
            return None
        if name == "elements":  # None where all count
            shapes = [each.predictions.shape for each in blocks]
            arrays = [
                np.ones(shape, dtype=bool) if each is None else each
                for each, shape in zip(arrays, shapes, strict=True)
            ]
        return np.concatenate(arrays)

    names = ("predictions", "targets", "weights", "elements")
    return replace(blocks[0], chosen=joined("numbers"), **{name: joined(name) for name in names})


def _least(
    derivatives: Callable[[float], Derivatives],
    scale: float,
    inverse: float,
    known: Derivatives,
    close: float,
) -> tuple[float | None, float]:
    """Return where a convex function is least, or None, with its value there; it is ``known`` where to begin."""
    lower, upper = 0.0, math.inf
    value, slope, curvature = known
    for _ in range(100):
        if not (math.isfinite(slope) and curvature > 0 and 1 / _RANGE < inverse * scale < _RANGE):
            return None, value
        lower, upper = (inverse, upper) if slope < 0 else (lower, inverse)
        # Newton's step, no longer than a factor of four: far from the optimum the curvature misleads.
        step = min(max(inverse - slope / curvature, inverse / 4), inverse * 4)
        if not lower <= step <= upper:
            step = math.sqrt(lower * upper)
        moved = step - inverse
        inverse = step
        if abs(moved) <= close * inverse:
            # The error of Newton's step is about its square, and the third derivative has no part in the value yet.
            value += moved * (slope + moved * curvature / 2)
            break
        value, slope, curvature = derivatives(inverse)
    return inverse, value


@dataclass(frozen=True, kw_only=True, eq=False)
class _Softmax:
    """Examples of exclusive classes: the loss at 1/T = b is b · expected + mass · log Σ exp(-b · gap)."""

    gaps: Array
    """How far each logit is below the largest of its example, 0 or more; 0 where it is infinite."""
    axis: int
    masked: Array | None
    """Where a class is masked with -inf: it has no share, and a gap of infinity. None where none is."""
    expected: Array
    """The mean gap under the target."""
    mass: Array
    """What the target sums to."""
    weights: Array

    @property
    def weight(self) -> float:
        """Return what the sums are divided by."""
        return float(self.weights.sum())

    @property
    def sizes(self) -> tuple[float, int]:
        """Return the sum of the finite gaps, and their number."""
        infinite = 0 if self.masked is None else int(np.count_nonzero(self.masked))
        return float(self.gaps.sum(dtype=np.float64)), self.gaps.size - infinite

    def ends(self) -> tuple[float, float]:
        """Return the slope of the loss where 1/T is 0, and where it is infinite."""
        classes: Any = self.gaps.shape[self.axis]
        if self.masked is not None:
            classes = classes - np.count_nonzero(self.masked, axis=self.axis)
        gaps = self._sums(self.gaps) / classes
        return dot(self.weights, self.expected - self.mass * gaps), dot(self.weights, self.expected)

    def at(self, inverse: float) -> Derivatives:
        """Return the weighted sums of the loss and its derivatives."""
        with np.errstate(
            over="ignore", under="ignore", invalid="ignore"
        ):  # logits whose squares overflow have no optimum
            return self._at(inverse)

    def _at(self, inverse: float) -> Derivatives:
        shares = self.gaps * np.asarray(-inverse, self.gaps.dtype)
        np.exp(shares, out=shares)  # 0 is right for a gap out of range
        if self.masked is not None:
            shares[self.masked] = 0.0
        total = self._sums(shares)
        shares *= self.gaps
        mean = self._sums(shares) / total
        shares *= self.gaps
        square = self._sums(shares) / total
        return (
            dot(self.weights, inverse * self.expected + self.mass * np.log(total)),
            dot(self.weights, self.expected - self.mass * mean),
            dot(self.weights, self.mass * np.maximum(square - mean * mean, 0.0)),
        )

    def _sums(self, values: Array) -> Array:
        """Return the sum over the classes of each example, as float64."""
        if self.axis == 1 and values.dtype == np.float32:
            return np.asarray(np.einsum("ij->i", values), dtype=np.float64)
        return np.asarray(values.sum(axis=self.axis), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sigmoid:
    """Single outcomes: the loss at 1/T = b is positive · softplus(-b x) + negative · softplus(b x).

    With a = |x| and u = exp(-b a) that is b · against + both · log1p(u), and its slope is
    against - both · a · u / (1 + u).
    """

    sizes_of: Array
    """a, how far each logit is from 0."""
    both: Array | None
    """The weight of each outcome; None where all are 1."""
    against: float
    """Σ a over the weight of what the sign of the logit speaks against."""
    at_zero: float
    """The slope of the loss where 1/T is 0."""
    weight: float

    @property
    def sizes(self) -> tuple[float, int]:
        """Return the sum of the logits without their signs, and their number."""
        return float(self.sizes_of.sum(dtype=np.float64)), self.sizes_of.size

    def ends(self) -> tuple[float, float]:
        """Return the slope of the loss where 1/T is 0, and where it is infinite."""
        return self.at_zero, self.against

    def at(self, inverse: float) -> Derivatives:
        """Return the weighted sums of the loss and its derivatives."""
        with np.errstate(
            over="ignore", under="ignore", invalid="ignore"
        ):  # logits whose squares overflow have no optimum
            return self._at(inverse)

    def _at(self, inverse: float) -> Derivatives:
        decay = self.sizes_of * np.asarray(-inverse, self.sizes_of.dtype)
        np.exp(decay, out=decay)  # 0 is right for a logit out of range
        value = self._sum(np.log1p(decay))
        share = 1 + decay
        np.divide(decay, share, out=decay)  # u / (1 + u)
        decay *= self.sizes_of
        slope = self._sum(decay)
        np.divide(self.sizes_of, share, out=share)
        share *= decay
        return inverse * self.against + value, self.against - slope, self._sum(share)

    def _sum(self, values: Array) -> float:
        if self.both is not None:
            return dot(self.both, values)
        return float(values.sum(dtype=np.float64))


def _scale(pieces: Sequence[_Softmax | _Sigmoid]) -> float:
    sizes = [piece.sizes for piece in pieces]
    number = sum(count for _, count in sizes)
    return sum(size for size, _ in sizes) / number if number else 0.0


def _softmax_piece(block: Block, plan: Plan, dtype: Any) -> _Softmax:
    smooth, units = plan.smooth, plan.layout.units
    sample = np.ones(len(block.numbers)) if block.weights is None else block.weights
    weights = sample * class_weight_of(block, plan)
    predictions, targets = block.predictions, block.targets
    if not weights.all():
        heavy = weights > 0
        predictions, targets, weights = predictions[heavy], targets[heavy], weights[heavy]
    axis = 0 if units < _FEW_CLASSES else 1
    gaps = np.array(predictions.T if axis == 0 else predictions, dtype=dtype, order="C")
    if not len(targets):
        top = np.zeros(0, dtype)
    elif axis == 0:
        top = gaps.max(axis=0)
    else:
        top = gaps[np.arange(len(gaps)), gaps.argmax(axis=1)]
    with np.errstate(over="ignore"):  # a gap too large for the precision has no share
        np.subtract(np.expand_dims(top, axis), gaps, out=gaps)
    if targets.ndim == 1:
        at = np.expand_dims(targets.astype(np.intp), axis)
        expected = np.take_along_axis(gaps, at, axis).squeeze(axis).astype(np.float64)
        mass = np.ones(len(targets))
    else:
        shares = targets.astype(np.float64).T if axis == 0 else targets.astype(np.float64)
        expected = np.multiply(gaps, shares, out=np.zeros_like(gaps), where=shares != 0).sum(axis=axis)
        mass = shares.sum(axis=axis)
    if smooth:
        expected = (1 - smooth) * expected + smooth * gaps.mean(axis=axis, dtype=np.float64)
        mass = (1 - smooth) * mass + smooth
    masked = None
    if gaps.size and not np.isfinite(gaps.sum(dtype=np.float64)):
        masked = ~np.isfinite(gaps)
        gaps[masked] = 0.0
    return _Softmax(gaps=gaps, axis=axis, masked=masked, expected=expected, mass=mass, weights=weights)


def _sigmoid_piece(block: Block, plan: Plan, dtype: Any) -> _Sigmoid:
    from .measure.independent import emphasis_of

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
    logits = block.predictions
    used = np.isfinite(logits) & (weights > 0)
    if used.all():
        logits, positive, negative = (each.reshape(-1) for each in (logits, positive, negative))
    else:
        logits, positive, negative = logits[used], positive[used], negative[used]
    both = positive + negative
    sizes = np.abs(logits.astype(dtype))
    summed = plan.settings.labels == "sum" and plan.layout.units > 1
    return _Sigmoid(
        sizes_of=sizes,
        both=None if (both == 1).all() else both,
        against=dot(sizes, np.where(logits > 0, negative, positive)),
        at_zero=dot(logits.astype(dtype), (negative - positive) / 2),
        weight=float(sample.sum() if summed else weights.sum()),
    )

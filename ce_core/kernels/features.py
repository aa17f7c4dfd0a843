"""Q given as hidden features with class weights and biases: softmax cross-entropy without its N × K logits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels import _shapes, _stable
from ce_core.kernels._shapes import AnyArray, FloatArray, IndexArray

if TYPE_CHECKING:
    import numpy.typing as npt

BLOCK = 1 << 19
"""How many numbers an array of a block may hold: small enough for memory, large enough for matrix products."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Head:
    """Hold the last layer of a classifier as stored: class weights [K, D] and biases [K], or None for none."""

    weights: AnyArray
    """One row of D weights for each of the K classes."""
    biases: AnyArray | None
    """One bias for each class; −inf masks a class."""

    def logits(self, features: FloatArray, classes: slice | IndexArray) -> FloatArray:
        """Return the logits [n, k] of rows of features against the chosen classes."""
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite makes NaN in its row only
            found = features @ self.weights[classes].astype(np.float64, copy=False).T
            return found if self.biases is None else np.add(found, self.biases[classes], out=found)

    def true_logits(self, features: FloatArray, labels: IndexArray) -> FloatArray:
        """Return the logit of each label, of the labels' shape: [n], or [n, T] for T true classes a row."""
        rows = self.weights[labels].astype(np.float64, copy=False)
        with np.errstate(invalid="ignore", over="ignore"):  # as in logits
            found = np.einsum("nd,n...d->n...", features, rows)
            return found if self.biases is None else np.asarray(found + self.biases[labels])


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearSoftmaxTerms:
    """Hold what the loss and the diagnostics of a run of rows need of all K logits, one number a row each.

    Made by :func:`linear_softmax_terms`. A row with a NaN or +inf logit, or with nothing but −inf, has NaN
    for ``top`` and all that follows from it.
    """

    start: int
    """The first row, counted over the flattened examples."""
    stop: int
    """One past the last row."""
    classes: int
    """K."""
    top: FloatArray
    """The largest logit of each row."""
    argmax: IndexArray
    """The class of the largest logit; of equal ones, the first (of no meaning where ``top`` is NaN)."""
    gap: FloatArray
    """``top − x_y``, of the label y."""
    above: IndexArray
    """How many classes have a logit above the label's: the label's rank, counted from 0."""
    rest: FloatArray
    """``Σ exp(x_j − top)`` over every class but ``argmax``."""
    square_rest: FloatArray
    """``Σ exp(2·(x_j − top))`` over every class but ``argmax``."""
    gap_sum: FloatArray
    """``Σ_j (top − x_j)``, which label smoothing needs."""

    def losses(self, *, label_smoothing: float = 0.0) -> FloatArray:
        """Return the loss of each row, in nats."""
        smooth = _shapes.smoothing(label_smoothing)
        cost = self.gap
        if smooth:
            cost = _stable.weighted(1 - smooth, self.gap)
            cost = _stable.add(cost, _stable.weighted(smooth / self.classes, self.gap_sum))
        return np.asarray(cost + np.log1p(self.rest))

    def confidence(self) -> FloatArray:
        """Return the probability of ``argmax``."""
        return np.asarray(1.0 / (1.0 + self.rest))

    def true_probability(self) -> FloatArray:
        """Return the probability of the label."""
        with np.errstate(under="ignore"):  # a probability below every float64 is 0
            return np.asarray(np.exp(-self.gap) / (1.0 + self.rest))

    def in_top(self, count: int = 5) -> npt.NDArray[np.bool_]:
        """Return whether fewer than ``count`` classes are above the label; False where ``top`` is NaN."""
        return (self.above < count) & ~np.isnan(self.top)

    def squares(self) -> FloatArray:
        """Return ``Σ_j p_j²`` over all classes."""
        return np.asarray((1.0 + self.square_rest) / (1.0 + self.rest) ** 2)

    def brier(self) -> FloatArray:
        """Return ``Σ_j (p_j − [j = y])²``, between 0 and 2."""
        true = self.true_probability()
        return np.asarray((1.0 - true) ** 2 + np.maximum(self.squares() - true * true, 0.0))


def head_of(features: AnyArray, weights: npt.ArrayLike, biases: npt.ArrayLike | None) -> Head:
    """Return class weights and biases that fit the features [..., D], as stored."""
    matrix = _shapes.real_array(weights, "weights")
    if (
        features.ndim == 0
        or matrix.ndim != 2
        or matrix.shape[0] == 0
        or matrix.shape[1] != features.shape[-1]
    ):
        turned = matrix.ndim == 2 and features.ndim > 0 and matrix.shape[0] == features.shape[-1]
        remedy = (
            "transpose them" if turned else "give [N, D] features and [K, D] weights, a row for each class"
        )
        raise CepickError(
            f"weights: shape {matrix.shape} does not fit features of shape {features.shape}; {remedy}",
            code="CE301",
        )
    if biases is None:
        return Head(weights=matrix, biases=None)
    vector = _shapes.real_array(biases, "biases")
    if vector.shape != matrix.shape[:1]:
        raise CepickError(
            f"biases: shape {vector.shape} does not fit weights of shape {matrix.shape}; "
            f"give {matrix.shape[0]} numbers, one for each class",
            code="CE301",
        )
    return Head(weights=matrix, biases=vector)


def linear_softmax_terms(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    weights: npt.ArrayLike,
    biases: npt.ArrayLike | None = None,
    block: int = BLOCK,
) -> Iterator[LinearSoftmaxTerms]:
    """Compute, run of rows by run of rows, what the loss and every diagnostic need of all K logits.

    Use it for accuracy, top-5 accuracy, confidence or Brier score beside the loss of a huge vocabulary: each
    logit is computed once, in blocks of rows × classes, and forgotten. The arrays may be memory-mapped; the
    weights are read once for each run of rows.

    Formula: ``x_j = features · weights_j + biases_j``. Each block of classes gives its own largest logit t_b
    and ``r_b = Σ exp(x_j − t_b)`` over its other classes; with ``top = max_b t_b`` the sum over all classes
    but the largest is ``rest = Σ_b (1 + r_b)·exp(t_b − top) − 1``, where the 1 is left out, not subtracted.

    Shapes: features [..., D], labels of the shape before D, weights [K, D], biases [K]. ``block`` bounds the
    size of every array that is made: of rows × classes, rows × D and classes × D.

    Raises:
        CepickError: for shapes that do not pair, labels outside [0, K) or fractional, arrays that are not
            real numbers, or a block below 1.

    Source: Milakov and Gimelshein (2018), "Online normalizer calculation for softmax"; Blanchard, Higham and
    Higham (2021), "Accurately computing the log-sum-exp and softmax functions".

    >>> features, head = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> for terms in linear_softmax_terms(features, [0, 0], weights=head):
    ...     print(terms.argmax, terms.above, terms.in_top(2), terms.true_probability().round(4))
    [0 1] [0 2] [ True False] [0.4223 0.0634]
    """
    array = _shapes.real_array(features, "features")
    head = head_of(array, weights, biases)
    if block < 1:
        raise CepickError(f"block: {block!r} is below 1; {BLOCK} is the default")
    classes, width = head.weights.shape
    indices = _shapes.index_labels(
        labels, (*array.shape[:-1], classes), array.ndim - 1, "logits (features times weights)"
    )
    rows = array.reshape(-1, width) if array.size or width else array.reshape(indices.size, 0)
    return _runs(rows, indices.reshape(-1), head, block)


def linear_softmax_cross_entropy(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    weights: npt.ArrayLike,
    biases: npt.ArrayLike | None = None,
    block: int = BLOCK,
    label_smoothing: float = 0.0,
) -> FloatArray:
    """Compute the softmax cross-entropy of a linear layer's logits without ever holding all N × K of them.

    Use it to evaluate a model with a huge vocabulary, and beside ``sampled_softmax`` and ``nce``, which are
    for training only. It equals :func:`ce_core.kernels.sparse_softmax_cross_entropy` on
    ``features @ weights.T + biases``.

    Formula: ``(top − x_y) + log1p(rest)`` with ``x_j = features · weights_j + biases_j``, the rest summed as
    in :func:`linear_softmax_terms`; smoothing gives
    ``(1 − ε)·(top − x_y) + ε/K·Σ_j (top − x_j) + log1p(rest)``.

    The logits are float64 dot products, each rounded by at most about ``D·1.1e-16·Σ_d |f_d·w_d|``, whatever
    the arrays' dtype. From there on the relative error is that of every kernel: 1e-14 for losses of at least
    1e-4, 1e-12 below. A feature or weight that is not finite makes NaN in the rows that it reaches; a bias
    of −inf masks its class.

    Shapes: features [..., D], labels and losses of the shape before D, weights [K, D] (as PyTorch's
    ``Linear`` and TensorFlow's sampled losses keep them; a Keras ``Dense`` kernel is the transpose), biases
    [K]. ``block`` as in :func:`linear_softmax_terms`.

    Units: nats.

    Raises:
        CepickError: as :func:`linear_softmax_terms`, and for a smoothing outside [0, 1].

    Source: https://www.tensorflow.org/api_docs/python/tf/nn/sampled_softmax_loss (the evaluation it advises).

    >>> weights = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> linear_softmax_cross_entropy([[1.0, 0.0], [0.0, 2.0]], [0, 2], weights=weights)
    array([0.8619948 , 0.75862368])
    """
    smooth = _shapes.smoothing(label_smoothing)
    runs = linear_softmax_terms(features, labels, weights=weights, biases=biases, block=block)
    losses = np.empty(np.shape(labels))
    flat = losses.reshape(-1)
    for terms in runs:
        flat[terms.start : terms.stop] = terms.losses(label_smoothing=smooth)
    return losses


def _runs(rows: AnyArray, labels: IndexArray, head: Head, block: int) -> Iterator[LinearSoftmaxTerms]:
    classes, width = head.weights.shape
    wide = max(1, min(classes, isqrt(block), block // max(1, width)))
    parts = [slice(first, min(first + wide, classes)) for first in range(0, classes, wide)]
    tall = max(1, block // max(1, wide, width, len(parts)))
    for start in range(0, len(labels), tall):
        run = slice(start, start + tall)
        yield _terms(rows[run].astype(np.float64, copy=False), labels[run], head, parts, start)


def _terms(
    features: FloatArray, labels: IndexArray, head: Head, parts: list[slice], start: int
) -> LinearSoftmaxTerms:
    """Return the terms of one run of rows: each part of the classes by itself, then all parts at once.

    Keeping one number a part and adding them together at the end, rather than rescaling a running sum,
    leaves the sum pairwise: its rounding does not grow with the number of parts.
    """
    count = len(labels)
    true = head.true_logits(features, labels)
    tops, rests, squares, gaps = np.empty((4, count, len(parts)))
    leaders, above = np.empty((count, len(parts)), dtype=np.intp), np.zeros(count, dtype=np.intp)
    every = np.arange(count)
    for place, part in enumerate(parts):
        logits = head.logits(features, part)
        # A matrix product rounds in another order: one value for the label, or its gap could be negative.
        mine = np.flatnonzero((labels >= part.start) & (labels < part.stop))
        logits[mine, labels[mine] - part.start] = true[mine]
        leader = logits.argmax(axis=1)
        top = logits[every, leader]
        above += np.count_nonzero(logits > true[:, None], axis=1)
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):  # a part may be masked, or NaN
            logits -= np.where(np.isfinite(top), top, 0.0)[:, None]
            gaps[:, place] = -logits.sum(axis=1)
            np.exp(logits, out=logits)
            logits[every, leader] = 0.0
            squares[:, place] = np.einsum("ij,ij->i", logits, logits)
        rests[:, place] = logits.sum(axis=1)
        tops[:, place], leaders[:, place] = top, leader + part.start
    best = tops.argmax(axis=1)
    top = tops[every, best]
    top = np.where(np.isfinite(top), top, np.nan)
    widths = np.array([part.stop - part.start for part in parts])
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):  # as above
        scales = np.exp(tops - top[:, None])
        heads = scales.copy()
        heads[every, best] = 0.0
        return LinearSoftmaxTerms(
            start=start,
            stop=start + count,
            classes=int(widths.sum()),
            top=top,
            argmax=leaders[every, best],
            gap=np.asarray(top - true),
            above=above,
            rest=(heads + rests * scales).sum(axis=1),
            square_rest=(heads**2 + squares * scales**2).sum(axis=1),
            gap_sum=(gaps + widths * (top[:, None] - tops)).sum(axis=1),
        )

"""Q given as logits of exclusive classes: softmax cross-entropy and its activations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ce_core.kernels import _shapes, _stable
from ce_core.kernels._shapes import AnyArray, FloatArray, IndexArray
from ce_core.records import dataclass

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftmaxTerms:
    """Hold what the losses and the probabilities of a block of logits share, one exponential a logit.

    Made by :func:`softmax_terms`. With ``top`` the largest logit of an example and j over its classes,
    ``log Σ exp(x_j) = top + log1p(rest)``: the largest term is kept out of the sum, so a small rest keeps
    its digits. An example with a NaN or +inf logit, or with nothing but −inf, has NaN for ``top`` and all
    that follows.

    Source: Blanchard, Higham and Higham (2021), "Accurately computing the log-sum-exp and softmax functions".
    """

    logits: AnyArray
    """The logits as they were given."""
    axis: int
    """The class axis, counted from the front."""
    top: FloatArray
    """The largest logit of each example."""
    argmax: IndexArray
    """The class of the largest logit; of equal ones, the first (of no meaning where ``top`` is NaN)."""
    exponentials: FloatArray
    """``exp(x_j − top)``, of the logits' shape; exactly 1 at ``argmax``."""
    rest: FloatArray
    """``Σ exp(x_j − top)`` over every class but ``argmax``."""

    def losses(self, labels: npt.ArrayLike, *, label_smoothing: float = 0.0) -> FloatArray:
        """Return the loss of each example against its class index, in nats."""
        smooth = _shapes.smoothing(label_smoothing)
        indices = _shapes.index_labels(labels, self.logits.shape, self.axis, "logits")
        with np.errstate(over="ignore"):  # a gap too large for float64 is an infinite loss
            gap = np.asarray(self.top - _shapes.of_labels(self.logits, indices, self.axis))
        if smooth:
            gaps, axis = self._gaps()
            gap = _stable.chosen_cost(gap, gaps, axis, smooth)
        return np.asarray(gap + np.log1p(self.rest))

    def dense_losses(self, targets: npt.ArrayLike, *, label_smoothing: float = 0.0) -> FloatArray:
        """Return the loss of each example against its row of class weights, in nats."""
        smooth = _shapes.smoothing(label_smoothing)
        given = _shapes.real_array(targets, "targets")
        _shapes.check_same_shape(self.logits.shape, given.shape, "logits", "targets")
        weights, axis = _shapes.classes_together(given, self.axis)
        gaps, _ = self._gaps()
        with np.errstate(invalid="ignore", over="ignore"):  # targets that are not finite have no loss
            total = weights.sum(axis=axis) * (1 - smooth) + smooth
            shared = np.asarray(total * np.log1p(self.rest))
        return _stable.add(_stable.expected_cost(gaps, weights, axis, smooth), shared)

    def probabilities(self) -> FloatArray:
        """Return the softmax of the logits, of their shape."""
        return np.asarray(self.exponentials / np.expand_dims(1.0 + self.rest, self.axis))

    def log_probabilities(self) -> FloatArray:
        """Return the logarithm of the softmax, of the logits' shape."""
        gaps, axis = self._gaps()
        gaps += np.expand_dims(np.log1p(self.rest), axis)
        return np.moveaxis(np.subtract(0.0, gaps, out=gaps), axis, self.axis)

    def _gaps(self) -> tuple[FloatArray, int]:
        """Return a fresh ``top − x_j``, at least 0, with its class axis."""
        values, axis = _shapes.classes_together(self.logits, self.axis)
        with np.errstate(over="ignore"):  # as in losses
            np.subtract(np.expand_dims(self.top, axis), values, out=values)
        return values, axis


def softmax_terms(logits: npt.ArrayLike, axis: int = -1) -> SoftmaxTerms:
    """Compute once what the losses and the probabilities of the same logits share.

    Use it when more than one of losses, probabilities and predicted classes is wanted of a block.

    Formula: ``top = max_j x_j``, ``rest = Σ_{j≠argmax} exp(x_j − top)``.

    Shapes: logits of any rank with the classes on ``axis``; the terms have that shape, or lack the class
    axis.

    Raises:
        CepickError: for logits that are not real numbers, or have no such axis or no class on it.

    Source: Blanchard, Higham and Higham (2021), "Accurately computing the log-sum-exp and softmax functions".

    >>> terms = softmax_terms([[40.0, 0.0]])
    >>> terms.losses([0])
    array([4.24835426e-18])
    >>> terms.argmax, terms.probabilities()
    (array([0]), array([[1.00000000e+00, 4.24835426e-18]]))
    """
    array = _shapes.real_array(logits, "logits")
    where = _shapes.class_axis(array.shape, axis, "logits")
    work, axis = _shapes.classes_together(array, where)
    top = np.asarray(work.max(axis=axis))
    top = np.where(np.isfinite(top), top, np.nan)
    with np.errstate(over="ignore", under="ignore"):  # exp(−∞) = 0 is the right term for a gap out of range
        work -= np.expand_dims(top, axis)
        argmax = _first_zero(work, axis)
        np.exp(work, out=work)
    flat, largest = work.reshape(-1), _flat_indices(argmax, work.shape[axis], axis)
    flat[largest] = 0.0
    rest = np.where(np.isnan(top), np.nan, work.sum(axis=axis))
    flat[largest] = 1.0
    return SoftmaxTerms(
        logits=array,
        axis=where,
        top=top,
        argmax=argmax,
        exponentials=np.moveaxis(work, axis, where),
        rest=rest,
    )


def softmax_cross_entropy(
    logits: npt.ArrayLike, targets: npt.ArrayLike, *, axis: int = -1, label_smoothing: float = 0.0
) -> FloatArray:
    """Compute the cross-entropy of a distribution over exclusive classes with the softmax of the logits.

    Use it for soft labels, distillation or one-hot rows. A class of weight 0 may have a logit of −inf. The
    targets are used as they are: a row that sums to 2 counts twice. Put no softmax before it.

    Formula: ``Σ_j y_j·(top − x_j) + (Σ_j y_j)·log1p(rest)``, which is ``−Σ_j y_j log softmax(x)_j`` without
    cancellation; smoothing replaces y_j by ``y_j·(1 − ε) + ε/K``.

    Shapes: logits and targets of the same shape, the classes on ``axis``; the losses lack that axis.

    Units: nats.

    Raises:
        CepickError: for shapes that differ, arrays that are not real numbers, or a smoothing outside [0, 1].

    Source: https://www.tensorflow.org/api_docs/python/tf/nn/softmax_cross_entropy_with_logits

    >>> softmax_cross_entropy([[2.0, 1.0, -float("inf")]], [[0.75, 0.25, 0.0]])
    array([0.56326169])
    """
    return softmax_terms(logits, axis).dense_losses(targets, label_smoothing=label_smoothing)


def sparse_softmax_cross_entropy(
    logits: npt.ArrayLike, labels: npt.ArrayLike, *, axis: int = -1, label_smoothing: float = 0.0
) -> FloatArray:
    """Compute the cross-entropy of one true class, given by index, with the softmax of the logits.

    Use it for single-label classification and language models: the usual training loss. It equals
    :func:`softmax_cross_entropy` on one-hot rows, and never builds them. Put no softmax before it.

    Formula: ``(top − x_y) + log1p(rest)``, which is ``−log softmax(x)_y`` without cancellation; smoothing
    gives ``(1 − ε)·(top − x_y) + ε/K·Σ_j (top − x_j) + log1p(rest)``.

    Shapes: logits of any rank with the classes on ``axis``; labels and losses lack that axis.

    Units: nats.

    Raises:
        CepickError: for labels outside [0, K) or fractional, for shapes that do not pair, or a smoothing
            outside [0, 1].

    Source: https://www.tensorflow.org/api_docs/python/tf/nn/sparse_softmax_cross_entropy_with_logits

    >>> sparse_softmax_cross_entropy([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 2])
    array([0.16984602, 1.68026967])
    """
    return softmax_terms(logits, axis).losses(labels, label_smoothing=label_smoothing)


def softmax(logits: npt.ArrayLike, axis: int = -1) -> FloatArray:
    """Compute the probabilities of exclusive classes from their logits.

    Use it to read predictions, not before a loss that takes logits.

    Formula: ``exp(x_j − top) / (1 + rest)``.

    Shapes: logits of any rank with the classes on ``axis``; the probabilities have the same shape.

    Raises:
        CepickError: as :func:`softmax_terms`.

    Source: https://docs.scipy.org/doc/scipy/reference/generated/scipy.special.softmax.html

    >>> softmax([1e8, 1e8, -float("inf")])
    array([0.5, 0.5, 0. ])
    """
    return softmax_terms(logits, axis).probabilities()


def log_softmax(logits: npt.ArrayLike, axis: int = -1) -> FloatArray:
    """Compute the log-probabilities of exclusive classes from their logits, in nats.

    Use it where log-probabilities are wanted, as :func:`ce_core.kernels.nll` does; it loses no digit near
    probability 1.

    Formula: ``−((top − x_j) + log1p(rest))``.

    Shapes: logits of any rank with the classes on ``axis``; the log-probabilities have the same shape.

    Raises:
        CepickError: as :func:`softmax_terms`.

    Source: https://docs.scipy.org/doc/scipy/reference/generated/scipy.special.log_softmax.html

    >>> log_softmax([40.0, 0.0])
    array([-4.24835426e-18, -4.00000000e+01])
    """
    return softmax_terms(logits, axis).log_probabilities()


def _first_zero(gaps: FloatArray, axis: int) -> IndexArray:
    """Return the first class whose gap to the top is zero; any class where all are NaN."""
    if axis or gaps.ndim == 1:
        return np.asarray(gaps.argmax(axis=axis), dtype=np.intp)
    # argmax over the first axis goes example by example; products of bytes go by vectors, far faster.
    classes = gaps.shape[0]
    countdown = np.arange(classes, 0, -1, dtype=np.uint8).reshape(-1, *([1] * (gaps.ndim - 1)))
    firsts = ((gaps == 0).view(np.uint8) * countdown).max(axis=0)
    return np.asarray(np.minimum(classes - firsts.astype(np.intp), classes - 1))


def _flat_indices(classes: IndexArray, count: int, axis: int) -> IndexArray:
    """Return where the class of each example stands in the flat work array of ``count`` classes."""
    chosen = classes.reshape(-1)
    examples = np.arange(chosen.size)
    return chosen * chosen.size + examples if axis == 0 else examples * count + chosen

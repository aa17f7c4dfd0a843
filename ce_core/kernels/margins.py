"""Margin losses on scores: what is asked for is a decision by some margin, not a probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels import _labels, _options, _shapes, _stable
from ce_core.kernels._shapes import FloatArray

if TYPE_CHECKING:
    import numpy.typing as npt


def hinge(scores: npt.ArrayLike, targets: npt.ArrayLike, *, labels: str = "signed") -> FloatArray:
    """Compute the hinge loss: how far a score falls short of a margin of 1 on its side.

    Use it for a decision by margin, as support vector machines make; the scores are not log-odds. ``labels``
    says whether the targets are −1 and +1 (``signed``) or 0 and 1 (``unit``); other targets are refused,
    because a 0 taken for a sign always costs 1. Keras and TensorFlow turn 0 and 1 into −1 and +1 unasked.

    Formula: ``max(0, 1 − y·x)``.

    Shapes: scores, targets and losses have the same shape, of any rank. Keras then takes the mean over the
    last axis.

    Raises:
        CepickError: for shapes that differ, targets that are not such labels, or another word for ``labels``.

    Source: Cortes and Vapnik (1995), "Support-Vector Networks"; https://keras.io/api/losses/hinge_losses/

    >>> hinge([0.5, 0.5, 3.0], [1, -1, 1])
    array([0.5, 1.5, 0. ])
    >>> hinge([0.5, 0.5], [1, 0], labels="unit")
    array([0.5, 1.5])
    """
    values = _shapes.as_float64(scores, "scores")
    signs = _labels.signs(targets, values.shape, "scores", labels)
    return np.asarray(np.maximum(1.0 - signs * values, 0.0))


def squared_hinge(scores: npt.ArrayLike, targets: npt.ArrayLike, *, labels: str = "signed") -> FloatArray:
    """Compute the squared hinge loss.

    Use it as :func:`hinge`, with a smooth start; large violations cost more, so wrong labels do too.

    Formula: ``max(0, 1 − y·x)²``.

    Shapes: scores, targets and losses have the same shape, of any rank.

    Raises:
        CepickError: as :func:`hinge`.

    Source: Tang (2013), "Deep Learning using Linear Support Vector Machines", arXiv:1306.0239

    >>> squared_hinge([0.5, 0.5, 3.0], [1, -1, 1])
    array([0.25, 2.25, 0.  ])
    """
    with np.errstate(over="ignore", under="ignore"):  # too large is infinite
        return np.asarray(np.square(hinge(scores, targets, labels=labels)))


def categorical_hinge(scores: npt.ArrayLike, targets: npt.ArrayLike, *, axis: int = -1) -> FloatArray:
    """Compute the multi-class hinge loss: the true class must beat the best wrong one by 1.

    Use it for exclusive classes by margin. This is Crammer and Singer's definition. Keras, and so
    ``tf.keras``, has ``max(0, 1 + max_j (1 − y_j)·x_j − x_y)``, which counts the true class as a wrong one
    with the score 0: the two differ where every wrong score is negative, as in the second example below,
    for which Keras returns 0.5. With one class there is none to beat, and the loss is 0.

    Formula: ``max(0, 1 + max_{j≠y} x_j − x_y)``.

    Shapes: scores of any rank with the classes on ``axis``; targets are class indices without that axis, or
    one-hot rows of the scores' shape; the losses lack that axis.

    Raises:
        CepickError: for labels outside [0, K) or fractional, rows that are not one-hot, or shapes that do not
            pair.

    Source: Crammer and Singer (2001), "On the Algorithmic Implementation of Multiclass Kernel-based Vector
    Machines"

    >>> categorical_hinge([[2.0, 0.0, -1.0], [0.5, -2.0, -3.0]], [1, 0])
    array([3., 0.])
    """
    values = _shapes.real_array(scores, "scores")
    where = _shapes.class_axis(values.shape, axis, "scores")
    labels = _labels.true_class(targets, values.shape, where, "scores")
    own = _shapes.of_labels(values, labels, where)
    together, place = _shapes.classes_together(values, where)
    np.put_along_axis(together, np.expand_dims(labels, place), -np.inf, place)
    return _stable.violation(1.0, np.asarray(together.max(axis=place)), own)


def multi_margin(
    scores: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    p: int = 1,
    margin: float = 1.0,
    class_weights: npt.ArrayLike | None = None,
    axis: int = -1,
) -> FloatArray:
    """Compute the multi-class margin loss: the true class must beat every other one by the margin.

    Use it for exclusive classes by margin, where :func:`categorical_hinge` looks at the worst class only. The
    weight of the true class multiplies the whole loss, also where p is 2, as torch computes it.

    Formula: ``w_y·Σ_{j≠y} max(0, margin − x_y + x_j)^p / K``. It divides by K, not by K − 1.

    Shapes: scores of any rank with the classes on ``axis``; targets are class indices without that axis, or
    one-hot rows of the scores' shape; the losses lack that axis; class_weights has one number for each class.

    Raises:
        CepickError: for labels outside [0, K) or fractional, rows that are not one-hot, shapes that do not
            pair, a p other than 1 and 2, a margin that is not finite, or weights that are no weights.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html

    >>> multi_margin([[0.1, 0.2, 0.4, 0.8]], [3])
    array([0.325])
    >>> multi_margin([[2.0, 0.0, -1.0]], [1], p=2)
    array([3.])
    """
    if p not in (1, 2):
        raise CepickError(f"p: {p!r} is neither 1 nor 2; 1 adds up the shortfalls, 2 their squares")
    gap = _options.number(margin, "margin", low=-np.inf, high=np.inf, usual="1 is common")
    values = _shapes.real_array(scores, "scores")
    where = _shapes.class_axis(values.shape, axis, "scores")
    labels = _labels.true_class(targets, values.shape, where, "scores")
    weights = None if class_weights is None else _options.class_weights(class_weights, values.shape[where])
    together, place = _shapes.classes_together(values, where)
    own = np.expand_dims(_shapes.of_labels(values, labels, where), place)
    costs = _stable.violation(gap, together, own)
    np.put_along_axis(costs, np.expand_dims(labels, place), 0.0, place)
    with np.errstate(over="ignore", under="ignore"):  # too large is infinite
        losses = (costs * costs if p == 2 else costs).sum(axis=place) / values.shape[where]
    losses = np.where(np.isnan(own.squeeze(place)), np.nan, losses)
    return losses if weights is None else _stable.weighted(weights[labels], losses)


def perceptron(scores: npt.ArrayLike, targets: npt.ArrayLike, *, labels: str = "signed") -> FloatArray:
    """Compute the perceptron loss: how far a score is on the wrong side.

    Use it for online learning of separable data. There is no margin: scores of 0 cost nothing. ``labels``
    says whether the targets are −1 and +1 (``signed``) or 0 and 1 (``unit``).

    Formula: ``max(0, −y·x)``.

    Shapes: scores, targets and losses have the same shape, of any rank.

    Raises:
        CepickError: as :func:`hinge`.

    Source: Rosenblatt (1958), "The Perceptron";
    https://optax.readthedocs.io/en/latest/api/losses.html#optax.losses.perceptron_loss

    >>> perceptron([0.5, 0.5, -3.0], [1, -1, 1])
    array([0. , 0.5, 3. ])
    """
    values = _shapes.as_float64(scores, "scores")
    signs = _labels.signs(targets, values.shape, "scores", labels)
    return np.asarray(np.maximum(-signs * values, 0.0) + 0.0)  # + 0.0: no −0.0


def multiclass_perceptron(scores: npt.ArrayLike, targets: npt.ArrayLike, *, axis: int = -1) -> FloatArray:
    """Compute the perceptron loss of exclusive classes: how far the true class is behind the best one.

    Use it as :func:`perceptron`, with several classes. Targets of one rank less are class indices, targets of
    the same shape are one-hot rows or distributions.

    Formula: ``max_j x_j − x_y``; of a row ``Σ_j y_j·(max x − x_j)``, which is ``max x − Σ_j y_j·x_j`` where the
    row sums to 1. A class of weight 0 may have a score of −inf; NaN, +inf and a row of nothing but −inf give
    NaN.

    Shapes: scores of any rank with the classes on ``axis``; the losses lack that axis.

    Raises:
        CepickError: for labels outside [0, K) or fractional, or shapes that do not pair.

    Source: Collins (2002), "Discriminative Training Methods for Hidden Markov Models: Theory and Experiments
    with Perceptron Algorithms"

    >>> multiclass_perceptron([[2.0, 0.0, -1.0], [2.0, 0.0, -1.0]], [0, 2])
    array([0., 3.])
    """
    values = _shapes.real_array(scores, "scores")
    where = _shapes.class_axis(values.shape, axis, "scores")
    given = _shapes.real_array(targets, "targets")
    together, place = _shapes.classes_together(values, where)
    top = np.asarray(together.max(axis=place))
    top = np.where(np.isfinite(top), top, np.nan)
    with np.errstate(over="ignore"):  # a gap too large for float64 is infinite
        if given.ndim != values.ndim:
            labels = _shapes.index_labels(given, values.shape, where, "scores", "targets")
            return np.asarray(top - _shapes.of_labels(values, labels, where))
        _shapes.check_same_shape(values.shape, given.shape, "scores", "targets")
        gaps = np.asarray(np.expand_dims(top, place) - together)
    rows, _ = _shapes.classes_together(given, where)
    return np.where(np.isnan(top), np.nan, _stable.weighted_sum(rows, gaps, place))

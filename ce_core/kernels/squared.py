"""Squared differences: of numbers, of probabilities, and of pairs of differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels import _options, _shapes, _stable
from ce_core.kernels._shapes import AnyArray, FloatArray

if TYPE_CHECKING:
    import numpy.typing as npt


def mean_squared_error(predictions: npt.ArrayLike, targets: npt.ArrayLike) -> FloatArray:
    """Compute the squared difference of each value: what a mean squared error is the mean of.

    Use it for regression. Of the probabilities of a binary outcome it is the Brier score of scale ``half``.
    Keras takes the mean over the last axis before anything else; here nothing is reduced.

    Formula: ``(x − y)²``.

    Shapes: predictions, targets and losses have the same shape, of any rank.

    Units: those of the values, squared.

    Raises:
        CepickError: for shapes that differ, or arrays that are not real numbers.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html

    >>> mean_squared_error([1.5, -0.5], [1, 0])
    array([0.25, 0.25])
    """
    values, given = _pair(predictions, targets)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):  # ∞ − ∞ has no value
        return np.asarray(np.square(values - given))


def brier(
    probabilities: npt.ArrayLike, targets: npt.ArrayLike, *, axis: int = -1, scale: str = "sum"
) -> FloatArray:
    """Compute the Brier score: the squared distance of the probabilities from what is true.

    Use it as a second opinion beside cross-entropy: it is proper too, and bounded. Two scales are in use:
    ``sum`` adds up all classes, from 0 to 2, as Brier did; ``half`` is half of that, from 0 to 1, which is
    scikit-learn's for binary outcomes. Targets of one rank less are class indices, targets of the same shape
    are rows.

    Formula: ``Σ_j (p_j − y_j)²``, or half of it.

    Shapes: probabilities of any rank with the classes on ``axis``; the scores lack that axis. A class axis
    of length 1 holds the probability of a binary outcome, with targets of 0 and 1 of the same shape or
    without that axis; the other outcome, with 1 − p and 1 − y, is counted too. Of a plain vector of such
    probabilities the score of scale ``half`` is :func:`mean_squared_error`.

    Raises:
        CepickError: for labels outside [0, K) or fractional, shapes that do not pair, or another scale.

    Source: Brier (1950), "Verification of Forecasts Expressed in Terms of Probability";
    https://scikit-learn.org/stable/modules/generated/sklearn.metrics.brier_score_loss.html

    >>> brier([[0.75, 0.25, 0.0]], [0])
    array([0.125])
    >>> brier([[0.25, 0.75]], [[0, 1]], scale="half"), brier([[0.75]], [1], scale="half")
    (array([0.0625]), array([0.0625]))
    """
    half = _options.choice(scale, "scale", ("sum", "half")) == "half"
    values = _shapes.real_array(probabilities, "probabilities")
    where = _shapes.class_axis(values.shape, axis, "probabilities")
    given = _shapes.real_array(targets, "targets")
    together, place = _shapes.classes_together(values, where)
    if values.shape[where] == 1 and given.shape == _shapes.without_axis(values.shape, where):
        given = np.expand_dims(given, where)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):  # as in mean_squared_error
        if given.ndim == values.ndim:
            _shapes.check_same_shape(values.shape, given.shape, "probabilities", "targets")
            together -= _shapes.classes_together(given, where)[0]
        else:
            labels = _shapes.index_labels(given, values.shape, where, "probabilities", "targets")
            label = np.expand_dims(labels, place)
            np.put_along_axis(together, label, np.take_along_axis(together, label, place) - 1.0, place)
        scores = np.asarray(np.square(together, out=together).sum(axis=place))
        return np.asarray(scores * ((2.0 if values.shape[where] == 1 else 1.0) * (0.5 if half else 1.0)))


def mean_pairwise_squared_error(predictions: npt.ArrayLike, targets: npt.ArrayLike) -> FloatArray:
    """Compute the mean over the pairs of values within each example of the squared error of their difference.

    Use it where only the differences between an example's values matter, not their level: a constant added
    to all predictions of an example changes nothing. This is what TensorFlow documents;
    :func:`tensorflow_mean_pairwise_squared_error` is what it returns.

    Formula: the mean over pairs i < j of ``((x_i − x_j) − (y_i − y_j))²``. With ``d = x − y`` that is twice the
    variance of an example's M differences, ``2·Σ(d_i − mean d)²/(M − 1)``, and so it is computed. One value
    makes no pair and costs 0.

    Shapes: predictions and targets of the same shape, the examples on the first axis; the losses have the
    shape of that axis.

    Units: those of the values, squared.

    Raises:
        CepickError: for shapes that differ, arrays that are not real numbers, or a single number.

    Source: https://www.tensorflow.org/api_docs/python/tf/compat/v1/losses/mean_pairwise_squared_error

    >>> mean_pairwise_squared_error([[2, 2, 0], [1, 2, 0]], [[0, 0, 0], [0, 0, 0]])
    array([2.66666667, 2.        ])
    """
    values, given = _examples(predictions, targets)
    size = values.shape[1]
    if size < 2:
        known = np.isfinite(values) & np.isfinite(given)
        return np.asarray(np.where(known, 0.0, np.nan).sum(axis=1))
    high, low = _stable.difference(values, given)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):  # as in mean_squared_error
        # Counted from the first of them, differences that lie close together keep their digits.
        centred = (high - high[:, :1]) + (low - low[:, :1])
        centred -= centred.mean(axis=1, keepdims=True)
        return np.asarray(2.0 * np.square(centred).sum(axis=1) / (size - 1))


def tensorflow_mean_pairwise_squared_error(
    predictions: npt.ArrayLike, targets: npt.ArrayLike, weights: npt.ArrayLike = 1.0, *, eager: bool = True
) -> FloatArray:
    """Compute what ``tf.compat.v1.losses.mean_pairwise_squared_error`` returns for a batch: one number.

    Use it to recognise a number that TensorFlow printed. It differs from the documented value, the mean over
    the examples of :func:`mean_pairwise_squared_error`, in two ways. The examples are added up, never
    averaged. And run eagerly with a scalar weight, the default, it takes the number of values of the whole
    batch for the number of values of one example, so that the value depends on how many examples there are
    and on the level of the predictions. Inside ``tf.function`` or a TF 1 session (``eager=False``), or with
    weights of ones of shape [N, 1, …], the count is right.

    Formula: ``Σ_b w_b·(2·Σ_i d_bi²/(n − 1) − 2·(Σ_i d_bi)²/(n·(n − 1)))``, where d = x − y and n, in the
    documentation the number of an example's values with a weight other than 0, is with a scalar weight run
    eagerly the number of the batch's values; a division by 0 gives 0. The weights multiply the finished
    value of each example, and a weight for each value adds it up once for each.

    Shapes: predictions and targets of the same shape, the examples on the first axis; weights are one
    number, or of the same rank with each axis of length 1 or the predictions'; the result has no axes.

    Units: those of the values, squared.

    Raises:
        CepickError: for shapes that differ, arrays that are not real numbers, a single number, or weights of
            another shape.

    Source: https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/python/ops/losses/losses_impl.py

    >>> predictions, targets = [[2, 2, 0], [1, 2, 0]], [[0, 0, 0], [0, 0, 0]]
    >>> float(tensorflow_mean_pairwise_squared_error(predictions, targets).round(4))
    3.5333
    >>> float(tensorflow_mean_pairwise_squared_error(predictions, targets, [[1], [1]]).round(4))
    4.6667
    >>> mean_pairwise_squared_error(predictions, targets)
    array([2.66666667, 2.        ])
    """
    values, given = _examples(predictions, targets)
    shape = np.shape(predictions)
    coefficients = _shapes.as_float64(weights, "weights")
    if coefficients.ndim and not (
        coefficients.ndim == len(shape)
        and all(own in (1, size) for own, size in zip(coefficients.shape, shape, strict=True))
    ):
        raise CepickError(
            f"weights: shape {coefficients.shape} does not fit predictions of shape {shape}; give one number, or "
            "the same rank with each axis of length 1 or the predictions'",
            code="CE301",
        )
    present = np.broadcast_to(coefficients != 0, shape).reshape(values.shape).sum(axis=1).astype(np.float64)
    if eager and not coefficients.ndim and coefficients != 0:
        present = np.full_like(present, values.size)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):  # as in mean_squared_error
        errors = values - given
        squares, sums = np.square(errors).sum(axis=1), np.square(errors.sum(axis=1))
        fewer = np.maximum(present - 1.0, 0.0)
        terms = 2.0 * _divided(squares, fewer) - 2.0 * _divided(sums, present * fewer)
        losses = terms.reshape(-1, *([1] * (len(shape) - 1))) * coefficients
        return np.asarray(losses.sum() if present.sum() > 0 else 0.0)


def _pair(predictions: npt.ArrayLike, targets: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    values = _shapes.as_float64(predictions, "predictions")
    given = _shapes.as_float64(targets, "targets")
    _shapes.check_same_shape(values.shape, given.shape, "predictions", "targets")
    return values, given


def _examples(predictions: npt.ArrayLike, targets: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return predictions and targets with one row for each example."""
    values, given = _pair(predictions, targets)
    if not values.ndim:
        raise CepickError("predictions: shape () has no axis of examples; give one row for each example")
    size = int(np.prod(values.shape[1:]))
    return values.reshape(len(values), size), given.reshape(len(given), size)


def _divided(numerators: AnyArray, divisors: AnyArray) -> FloatArray:
    """Return the quotients, 0 where the divisor is 0."""
    return np.divide(numerators, divisors, out=np.zeros_like(numerators), where=divisors != 0)

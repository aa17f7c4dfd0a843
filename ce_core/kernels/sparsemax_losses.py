"""The loss of the sparsemax: probabilities that are exactly 0, and a margin beyond which it costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ce_core.kernels import _labels, _options, _shapes, _stable
from ce_core.kernels._shapes import FloatArray

if TYPE_CHECKING:
    import numpy.typing as npt


def sparsemax(logits: npt.ArrayLike, targets: npt.ArrayLike, *, axis: int = -1) -> FloatArray:
    """Compute the sparsemax loss of exclusive classes.

    Use it where probabilities that are exactly 0 are wanted. The name is about the predictions, not about
    sparse labels. It is no cross-entropy; from a lead of 1 over every other logit it is exactly 0. Targets
    of one rank less are class indices, targets of the same shape are distributions.

    Formula: with ``p = max(x − τ, 0)``, where τ makes the p sum to 1, and S the classes where p > 0,
    ``−x_y + ½·Σ_{j∈S} (x_j² − τ²) + ½``; of a distribution ``−Σ_j y_j·x_j + ½·Σ_{j∈S} (x_j² − τ²) +
    ½·Σ_j y_j²``. Both are computed as ``½·Σ_j (p_j − y_j)² + Σ_{j∉S} y_j·(τ − x_j)``, where no term is
    negative; the two are equal for rows that sum to 1. The absolute error is at most 1e-14, or 1e-14 of a
    loss above 1.

    Shapes: logits of any rank with the classes on ``axis``; the losses lack that axis. A class of weight 0
    may have a logit of −inf; NaN, +inf and a row of nothing but −inf give NaN.

    Raises:
        CepickError: for labels outside [0, K) or fractional, or shapes that do not pair.

    Source: Martins and Astudillo (2016), "From Softmax to Sparsemax: A Sparse Model of Attention and
    Multi-Label Classification", arXiv:1602.02068

    >>> sparsemax([[0.5, 1.0, 0.0], [0.5, 1.0, 0.0], [3.0, 1.0, 2.0]], [2, 1, 0])
    array([1.0625, 0.0625, 0.    ])
    """
    values = _shapes.real_array(logits, "logits")
    where = _shapes.class_axis(values.shape, axis, "logits")
    given = _shapes.real_array(targets, "targets")
    gaps, place = _shapes.classes_together(values, where)
    top = np.asarray(gaps.max(axis=place))
    top = np.where(np.isfinite(top), top, np.nan)
    with np.errstate(over="ignore"):  # a gap too large for float64 is infinite
        np.subtract(np.expand_dims(top, place), gaps, out=gaps)
    reach = _reach(gaps, place)
    errors = np.maximum(reach - gaps, 0.0)
    if given.ndim == values.ndim:
        _shapes.check_same_shape(values.shape, given.shape, "logits", "targets")
        rows, _ = _shapes.classes_together(given, where)
        beyond = _stable.weighted_sum(rows, np.maximum(gaps - reach, 0.0), place)
        with np.errstate(invalid="ignore", over="ignore"):  # targets that are not finite have no loss
            errors -= rows
    else:
        labels = np.expand_dims(_shapes.index_labels(given, values.shape, where, "logits", "targets"), place)
        beyond = np.maximum(np.take_along_axis(gaps, labels, place) - reach, 0.0).squeeze(place)
        np.put_along_axis(errors, labels, np.take_along_axis(errors, labels, place) - 1.0, place)
    with np.errstate(over="ignore", under="ignore"):  # as above
        squares = np.asarray(0.5 * np.square(errors, out=errors).sum(axis=place))
    return _stable.add(squares, np.asarray(beyond))


def binary_sparsemax(logits: npt.ArrayLike, targets: npt.ArrayLike, *, labels: str = "unit") -> FloatArray:
    """Compute the sparsemax loss of independent outcomes, each with one logit.

    Use it as :func:`sparsemax`, which gives the same for two classes with the logits 0 and x. ``labels`` says
    whether the targets are 0 and 1 (``unit``) or −1 and +1 (``signed``).

    Formula: with ``m = y·x`` for y = ±1: 0 from m = 1 on, ``(1 − m)²/4`` between −1 and 1, and −m below.

    Shapes: logits, targets and losses have the same shape, of any rank.

    Raises:
        CepickError: for shapes that differ, or targets that are not such labels.

    Source: Blondel, Martins and Niculae (2020), "Learning with Fenchel-Young Losses";
    https://optax.readthedocs.io/en/latest/api/losses.html#optax.losses.sparsemax_loss

    >>> binary_sparsemax([2.0, 0.0, -3.0], [1, 1, 1])
    array([0.  , 0.25, 3.  ])
    """
    values = _shapes.as_float64(logits, "logits")
    wrong = -_labels.signs(targets, values.shape, "logits", labels) * values
    with np.errstate(over="ignore", under="ignore"):  # a square that is too large is not used
        inner = np.square(np.maximum(1.0 + wrong, 0.0)) / 4.0
    return np.where(wrong >= 1.0, wrong, inner)


def _reach(gaps: FloatArray, axis: int) -> FloatArray:
    """Return ``top − τ``: the classes whose gap to the top is below it share the probability.

    The first k gaps in order are in reach while ``1 + Σ_{i≤k} gap_i > k·gap_k``; a gap of 1 never is. The
    roundings of the running sum do no harm: at this threshold the loss is stationary, because the
    probabilities less the target sum to 0. The class axis is kept.
    """
    ordered = np.sort(np.minimum(gaps, 1.0), axis=axis)
    counts = _options.along(np.arange(1.0, gaps.shape[axis] + 1.0), gaps.ndim, axis)
    sums = np.cumsum(ordered, axis=axis)
    support = np.asarray((1.0 + sums > counts * ordered).sum(axis=axis, keepdims=True))
    last = np.maximum(support - 1, 0)  # NaN is in no order
    reach = (1.0 + np.take_along_axis(sums, last, axis)) / np.maximum(support, 1)
    return np.where(np.isnan(ordered).any(axis=axis, keepdims=True), np.nan, reach)

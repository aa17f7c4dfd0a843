"""Focal losses: cross-entropy that plays down what is already easy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels import _options, _shapes, _stable
from ce_core.kernels._complements import complements, complements_of
from ce_core.kernels._shapes import FloatArray
from ce_core.kernels.sigmoid_losses import sigmoid_terms
from ce_core.kernels.softmax_losses import softmax_terms

if TYPE_CHECKING:
    import numpy.typing as npt

_USUAL_GAMMA = "2 is common"


def sigmoid_focal(
    logits: npt.ArrayLike, targets: npt.ArrayLike, *, alpha: npt.ArrayLike | None = None, gamma: float = 2.0
) -> FloatArray:
    """Compute the focal loss of independent outcomes with the sigmoid of their logits.

    Use it in training where easy negatives outnumber everything else, as in dense detection. Its optimum is
    not the true probability: evaluate with :func:`ce_core.kernels.sigmoid_cross_entropy`. Targets may be
    soft. torchvision's default is ``alpha=0.25``; here, as in optax, there is no alpha unless it is given.

    Formula: ``α_t·(1 − p_t)^γ·CE``, with ``p = sigmoid(x)``, ``1 − p_t = p·(1 − y) + (1 − p)·y`` and
    ``α_t = α·y + (1 − α)·(1 − y)``. Every term is at least 0. The relative error grows with γ: it is that of
    ``1 − p_t``, about a unit in the last place, times γ.

    Shapes: logits, targets and losses have the same shape; alpha is one number in [0, 1], or one for each
    entry of the last axis.

    Units: nats, times α_t.

    Raises:
        CepickError: for shapes that differ, arrays that are not real numbers, a negative gamma, or an alpha
            outside [0, 1] or of another shape.

    Source: Lin et al. (2017), "Focal Loss for Dense Object Detection", arXiv:1708.02002;
    https://docs.pytorch.org/vision/main/generated/torchvision.ops.sigmoid_focal_loss.html

    >>> sigmoid_focal([2.0, 2.0, 40.0], [1, 0, 1])
    array([1.80356284e-03, 1.65007818e+00, 7.66764807e-53])
    >>> sigmoid_focal([2.0, 2.0], [1, 0], alpha=0.25)
    array([4.50890709e-04, 1.23755863e+00])
    """
    power = _options.number(gamma, "gamma", low=0.0, high=np.inf, usual=_USUAL_GAMMA)
    terms = sigmoid_terms(logits)
    losses = terms.losses(targets)
    given = _shapes.as_float64(targets, "targets")
    balance = None if alpha is None else _balance(alpha, given.shape)
    below = terms.logits < 0
    with np.errstate(
        invalid="ignore", over="ignore", under="ignore"
    ):  # only targets outside [0, 1] lack a power
        positive = np.where(below, terms.decay, 1.0) / (1.0 + terms.decay)
        negative = np.where(below, 1.0, terms.decay) / (1.0 + terms.decay)
        wrong = positive * (1.0 - given) + negative * given
        losses = np.asarray(np.power(wrong, power) * losses)
        if balance is not None:
            losses = np.asarray((balance * given + (1.0 - balance) * (1.0 - given)) * losses)
    return losses


def softmax_focal(
    logits: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    gamma: float = 2.0,
    alpha: npt.ArrayLike | None = None,
    axis: int = -1,
) -> FloatArray:
    """Compute the focal loss of exclusive classes with the softmax of the logits.

    Use it in training with many easy examples, and evaluate with the plain cross-entropy: the optimum of a
    focal loss is not the true probability. Targets of one rank less are class indices, targets of the same
    shape are one-hot rows or distributions, where each class is played down by its own probability, as
    Keras does. Keras multiplies every class by ``alpha=0.25`` unless told otherwise; here there is no alpha
    unless it is given.

    Formula: ``Σ_j α_j·y_j·(1 − p_j)^γ·(−log p_j)``, with ``p = softmax(x)``; a class of weight 0 costs
    nothing. The relative error grows with γ, as in :func:`sigmoid_focal`.

    Shapes: logits of any rank with the classes on ``axis``; the losses lack that axis. alpha is one number,
    or one for each class.

    Units: nats, times alpha.

    Raises:
        CepickError: for labels outside [0, K) or fractional, shapes that do not pair, a negative gamma, or an
            alpha that is negative, not finite or of another shape.

    Source: Lin et al. (2017), "Focal Loss for Dense Object Detection", arXiv:1708.02002;
    https://keras.io/api/losses/probabilistic_losses/#categoricalfocalcrossentropy-class

    >>> softmax_focal([[2.0, 0.0, -1.0], [40.0, 0.0, 0.0]], [0, 0])
    array([4.14425731e-03, 6.13411846e-52])
    >>> softmax_focal([[2.0, 0.0, -1.0]], [[0.5, 0.5, 0.0]], gamma=0)
    array([1.16984602])
    """
    power = _options.number(gamma, "gamma", low=0.0, high=np.inf, usual=_USUAL_GAMMA)
    terms = softmax_terms(logits, axis)
    shape, where = terms.logits.shape, terms.axis
    weights = None if alpha is None else _options.class_weights(alpha, shape[where], "alpha")
    given = _shapes.real_array(targets, "targets")
    if given.ndim != len(shape):
        labels = _shapes.index_labels(given, shape, where, "logits", "targets")
        with np.errstate(under="ignore"):  # a power below every float64 is 0
            losses = np.asarray(terms.losses(labels) * np.power(complements_of(terms, labels), power))
        return losses if weights is None else _stable.weighted(weights[labels], losses)
    _shapes.check_same_shape(shape, given.shape, "logits", "targets")
    with np.errstate(under="ignore"):  # as above
        costs = np.asarray((0.0 - terms.log_probabilities()) * np.power(complements(terms), power))
    if weights is not None:
        costs = _stable.weighted(_options.along(weights, costs.ndim, where), costs)
    together, place = _shapes.classes_together(costs, where)
    rows, _ = _shapes.classes_together(given, where)
    sums = _stable.weighted_sum(rows, together, place)
    return np.where(np.isnan(terms.top), np.nan, sums)


def _balance(alpha: npt.ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """Return α: one number in [0, 1], or one for each entry of the last axis."""
    balance = _shapes.as_float64(alpha, "alpha")
    if balance.ndim and balance.shape != shape[-1:]:
        raise CepickError(
            f"alpha: shape {balance.shape} does not fit the last axis of logits of shape {shape}; "
            "give one number, or one for each entry of the last axis",
            code="CE301",
        )
    for value in balance.reshape(-1).tolist():
        _options.number(value, "alpha", low=0.0, high=1.0, usual="0.25 is common")
    return balance

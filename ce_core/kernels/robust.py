"""Two variants of cross-entropy with one more number: generalised cross-entropy and Poly-1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ce_core.kernels import _options, _shapes, _stable
from ce_core.kernels._complements import complements, complements_of
from ce_core.kernels._shapes import FloatArray
from ce_core.kernels.softmax_losses import softmax_terms

if TYPE_CHECKING:
    import numpy.typing as npt


def generalized_cross_entropy(
    probabilities: npt.ArrayLike, targets: npt.ArrayLike, *, q: float = 0.5, axis: int = -1
) -> FloatArray:
    """Compute the generalised cross-entropy of exclusive classes with predicted probabilities.

    Use it in training when some labels are wrong: a wrong label costs at most 1/q. Towards q = 0 it is the
    cross-entropy, at q = 1 it is 1 − p, half the absolute error. Evaluate with the plain cross-entropy:
    values at different q cannot be compared. Targets of one rank less are class indices, targets of the same
    shape are distributions, whose loss is the expected one. Nothing is clipped.

    Formula: ``(1 − p_y^q)/q``, computed as ``−expm1(q·log p_y)/q``; of a row ``Σ_j y_j·(1 − p_j^q)/q``,
    where a class of weight 0 costs nothing.

    Shapes: probabilities of any rank with the classes on ``axis``; the losses lack that axis.

    Units: those of (1 − p^q)/q: nats towards q = 0, a probability at q = 1.

    Raises:
        CepickError: for labels outside [0, K) or fractional, shapes that do not pair, or a q outside (0, 1].

    Source: Zhang and Sabuncu (2018), "Generalized Cross Entropy Loss for Training Deep Neural Networks with
    Noisy Labels", arXiv:1805.07836

    >>> generalized_cross_entropy([[0.25, 0.75], [0.0, 1.0]], [0, 0])
    array([1., 2.])
    >>> generalized_cross_entropy([[0.25, 0.75]], [[0.0, 1.0]], q=1)
    array([0.25])
    """
    power = _options.number(q, "q", low=0.0, high=1.0, open_low=True, usual="0.5 and 0.7 are common")
    values = _shapes.real_array(probabilities, "probabilities")
    where = _shapes.class_axis(values.shape, axis, "probabilities")
    given = _shapes.real_array(targets, "targets")
    if given.ndim != values.ndim:
        labels = _shapes.index_labels(given, values.shape, where, "probabilities", "targets")
        return _generalized(_shapes.of_labels(values, labels, where), power)
    _shapes.check_same_shape(values.shape, given.shape, "probabilities", "targets")
    together, place = _shapes.classes_together(values, where)
    rows, _ = _shapes.classes_together(given, where)
    return _stable.weighted_sum(rows, _generalized(together, power), place)


def poly1_cross_entropy(
    logits: npt.ArrayLike, targets: npt.ArrayLike, *, epsilon: float = 1.0, axis: int = -1
) -> FloatArray:
    """Compute the Poly-1 loss of exclusive classes: cross-entropy with its first polynomial term changed.

    Use it as a tuned variant of softmax cross-entropy in training, and evaluate with the plain one. The paper
    tunes epsilon for each task (2 for ImageNet, −1 for detection); the default here is 1, optax's is 2.
    From −1 on the loss is at least 0; below it rewards mistakes. Targets of one rank less are class indices,
    targets of the same shape are one-hot rows or distributions.

    Formula: ``Σ_j y_j·(−log p_j + ε·(1 − p_j))``, with ``p = softmax(x)``; of one true class that is
    ``−log p_y + ε·(1 − p_y)``. A class of weight 0 costs nothing. From ε = −1 on nothing cancels; below, the
    absolute error is that of the cross-entropy.

    Shapes: logits of any rank with the classes on ``axis``; the losses lack that axis.

    Units: nats, and ε times a probability.

    Raises:
        CepickError: for labels outside [0, K) or fractional, shapes that do not pair, or an epsilon that is
            not finite.

    Source: Leng et al. (2022), "PolyLoss: A Polynomial Expansion Perspective of Classification Loss
    Functions", arXiv:2204.12511

    >>> poly1_cross_entropy([[2.0, 0.0, -1.0]], [0])
    array([0.32605129])
    >>> poly1_cross_entropy([[2.0, 0.0, -1.0]], [[1, 0, 0]], epsilon=-1)
    array([0.01364075])
    """
    extra = _options.number(epsilon, "epsilon", low=-np.inf, high=np.inf, usual="1 and 2 are common")
    terms = softmax_terms(logits, axis)
    shape, where = terms.logits.shape, terms.axis
    given = _shapes.real_array(targets, "targets")
    if given.ndim != len(shape):
        labels = _shapes.index_labels(given, shape, where, "logits", "targets")
        return _poly1(terms.losses(labels), complements_of(terms, labels), extra)
    _shapes.check_same_shape(shape, given.shape, "logits", "targets")
    costs = _poly1(np.asarray(0.0 - terms.log_probabilities()), complements(terms), extra)
    together, place = _shapes.classes_together(costs, where)
    rows, _ = _shapes.classes_together(given, where)
    return np.where(np.isnan(terms.top), np.nan, _stable.weighted_sum(rows, together, place))


def _generalized(probabilities: FloatArray, q: float) -> FloatArray:
    costs = _stable.negative_log(probabilities, None)
    with np.errstate(under="ignore"):  # below, a product that is too small is not used
        products = np.asarray(q * costs)
        powers = np.asarray(0.0 - np.expm1(-products) / q)
    return np.where(np.abs(products) < 2.0**-60, costs, powers)  # there the two are equal


def _poly1(costs: FloatArray, complements: FloatArray, epsilon: float) -> FloatArray:
    """Return −log p + ε·(1 − p) from −log p and 1 − p."""
    if epsilon >= 0:
        return np.asarray(costs + epsilon * complements)
    near = complements < 0.25
    # −log p − (1 − p) is about (1 − p)²/2 near p = 1, where the difference of the two has no digits.
    excess = np.where(near, _stable.excess_of_log1p(np.where(near, -complements, 0.0)), costs - complements)
    return np.asarray(excess + (1.0 + epsilon) * complements)

"""Q given as probabilities: binary and categorical cross-entropy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ce_core.kernels import _shapes, _stable
from ce_core.kernels._shapes import FloatArray

if TYPE_CHECKING:
    import numpy.typing as npt


def binary_cross_entropy(
    probabilities: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    clip: float | None = None,
    label_smoothing: float = 0.0,
) -> FloatArray:
    """Compute the cross-entropy of independent outcomes with their predicted probabilities.

    Use it when the model puts out sigmoid probabilities, of one outcome or of several labels. Nothing is
    clipped unless a clip is asked for: probability 0 of what happened is an infinite loss. In training
    prefer logits and :func:`ce_core.kernels.sigmoid_cross_entropy`.

    Formula: ``−(y·log p + (1 − y)·log1p(−p))`` with 0·log 0 = 0; a clip first moves p into [clip, 1 −
    clip]; smoothing replaces y by ``y·(1 − ε) + ε/2``.

    Shapes: probabilities, targets and losses have the same shape, of any rank.

    Units: nats.

    Raises:
        CepickError: for shapes that differ, arrays that are not real numbers, a clip outside [0, 0.5), or a
            smoothing outside [0, 1].

    Source: https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class

    >>> binary_cross_entropy([0.8, 1.0, 0.0], [1, 1, 0.5])
    array([0.22314355, 0.        ,        inf])
    >>> binary_cross_entropy([0.0], [1], clip=1e-7)
    array([16.11809565])
    """
    smooth, bound = _shapes.smoothing(label_smoothing), _shapes.clip_bound(clip)
    values = _shapes.as_float64(probabilities, "probabilities")
    given = _shapes.as_float64(targets, "targets")
    _shapes.check_same_shape(values.shape, given.shape, "probabilities", "targets")
    positives, negatives = _stable.weights_of_outcomes(given, smooth)
    return _stable.add(
        _stable.weighted(positives, _stable.negative_log(values, bound)),
        _stable.weighted(negatives, _stable.negative_log_complement(values, bound)),
    )


def categorical_cross_entropy(
    probabilities: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    axis: int = -1,
    clip: float | None = None,
    label_smoothing: float = 0.0,
) -> FloatArray:
    """Compute the cross-entropy of a distribution over exclusive classes with predicted probabilities.

    Use it when the model puts out softmax probabilities and the targets are one-hot rows or distributions.
    Neither is renormalised, and a class of weight 0 costs nothing whatever its probability. In training
    prefer logits and :func:`ce_core.kernels.softmax_cross_entropy`.

    Formula: ``−Σ_j y_j·log p_j`` with 0·log 0 = 0; a clip first moves p into [clip, 1 − clip]; smoothing
    replaces y_j by ``y_j·(1 − ε) + ε/K``.

    Shapes: probabilities and targets of the same shape, the classes on ``axis``; the losses lack that axis.

    Units: nats.

    Raises:
        CepickError: for shapes that differ, arrays that are not real numbers, a clip outside [0, 0.5), or a
            smoothing outside [0, 1].

    Source: https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class

    >>> categorical_cross_entropy([[0.7, 0.3, 0.0]], [[0.5, 0.5, 0.0]])
    array([0.78032387])
    """
    smooth, bound = _shapes.smoothing(label_smoothing), _shapes.clip_bound(clip)
    values = _shapes.real_array(probabilities, "probabilities")
    given = _shapes.real_array(targets, "targets")
    _shapes.check_same_shape(values.shape, given.shape, "probabilities", "targets")
    where = _shapes.class_axis(values.shape, axis, "probabilities")
    together, where_together = _shapes.classes_together(values, where)
    weights, _ = _shapes.classes_together(given, where)
    return _stable.expected_cost(_stable.negative_log(together, bound), weights, where_together, smooth)


def sparse_categorical_cross_entropy(
    probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    axis: int = -1,
    clip: float | None = None,
    label_smoothing: float = 0.0,
) -> FloatArray:
    """Compute the cross-entropy of one true class, given by index, with predicted probabilities.

    Use it when the model puts out softmax probabilities and the targets are class indices. It equals
    :func:`categorical_cross_entropy` on one-hot rows, and never builds them. In training prefer logits and
    :func:`ce_core.kernels.sparse_softmax_cross_entropy`.

    Formula: ``−log p_y``; a clip first moves p into [clip, 1 − clip]; smoothing gives
    ``−(1 − ε)·log p_y − ε/K·Σ_j log p_j``.

    Shapes: probabilities of any rank with the classes on ``axis``; labels and losses lack that axis.

    Units: nats.

    Raises:
        CepickError: for labels outside [0, K) or fractional, shapes that do not pair, a clip outside [0,
            0.5), or a smoothing outside [0, 1].

    Source: https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class

    >>> sparse_categorical_cross_entropy([[0.7, 0.3, 0.0], [0.0, 0.5, 0.5]], [1, 0])
    array([1.2039728,       inf])
    """
    smooth, bound = _shapes.smoothing(label_smoothing), _shapes.clip_bound(clip)
    values = _shapes.real_array(probabilities, "probabilities")
    where = _shapes.class_axis(values.shape, axis, "probabilities")
    indices = _shapes.index_labels(labels, values.shape, where, "probabilities")
    chosen = _stable.negative_log(_shapes.of_labels(values, indices, where), bound)
    if not smooth:
        return chosen
    together, where_together = _shapes.classes_together(values, where)
    return _stable.chosen_cost(chosen, _stable.negative_log(together, bound), where_together, smooth)

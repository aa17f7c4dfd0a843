"""Q given as log-probabilities: the negative log-likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ce_core.kernels import _shapes, _stable
from ce_core.kernels._shapes import AnyArray, FloatArray

if TYPE_CHECKING:
    import numpy.typing as npt


def nll(
    log_probabilities: npt.ArrayLike, targets: npt.ArrayLike, *, axis: int = -1, label_smoothing: float = 0.0
) -> FloatArray:
    """Compute the negative log-likelihood of exclusive classes from their log-probabilities.

    Use it after a log-softmax. The log-probabilities are not checked: probabilities or logits in their
    place give a number that is no loss. Targets of one rank less are class indices, targets of the same
    shape are distributions. A class of weight 0 costs nothing, whatever its log-probability.

    Formula: ``−log q_y`` or ``−Σ_j y_j·log q_j`` with 0·∞ = 0; smoothing replaces y_j by ``y_j·(1 − ε) +
    ε/K``.

    Shapes: log-probabilities of any rank with the classes on ``axis``; the losses lack that axis.

    Units: nats.

    Raises:
        CepickError: for labels outside [0, K) or fractional, shapes that do not pair, or a smoothing
            outside [0, 1].

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html

    >>> nll([[-0.25, -1.5, -float("inf")]], [1])
    array([1.5])
    >>> nll([[-0.25, -1.5, -float("inf")]], [[0.5, 0.5, 0.0]])
    array([0.875])
    """
    smooth = _shapes.smoothing(label_smoothing)
    values = _shapes.real_array(log_probabilities, "log_probabilities")
    where = _shapes.class_axis(values.shape, axis, "log_probabilities")
    given = _shapes.real_array(targets, "targets")
    if given.ndim == values.ndim:
        _shapes.check_same_shape(values.shape, given.shape, "log_probabilities", "targets")
        weights, _ = _shapes.classes_together(given, where)
        costs, together = _costs(values, where)
        return _stable.expected_cost(costs, weights, together, smooth)
    indices = _shapes.index_labels(given, values.shape, where, "log_probabilities", "targets")
    chosen = np.asarray(0.0 - _shapes.of_labels(values, indices, where))
    if not smooth:
        return chosen
    costs, together = _costs(values, where)
    return _stable.chosen_cost(chosen, costs, together, smooth)


def _costs(values: AnyArray, axis: int) -> tuple[FloatArray, int]:
    """Return −log q of every class, without a zero below zero, and the class axis."""
    costs, together = _shapes.classes_together(values, axis)
    return np.subtract(0.0, costs, out=costs), together

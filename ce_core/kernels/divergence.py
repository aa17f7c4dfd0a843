"""The Kullback-Leibler divergence of predicted distributions from target distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ce_core.kernels import _options, _shapes, _stable
from ce_core.kernels._shapes import FloatArray
from ce_core.kernels.softmax_losses import log_softmax

if TYPE_CHECKING:
    import numpy.typing as npt

GIVEN = ("logits", "probabilities", "log_probabilities")


def kl_divergence(
    predictions: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    given: str = "logits",
    log_targets: bool = False,
    axis: int = -1,
) -> FloatArray:
    """Compute how far predicted distributions are from target distributions: KL(T ‖ Q).

    Use it for soft targets where 0 should mean the same distribution, as in distillation. Its gradient is that
    of the cross-entropy, from which it differs by the entropy of the targets. ``given`` says what the
    predictions are: ``logits`` of a softmax, ``probabilities`` or ``log_probabilities``; with
    ``log_targets`` the targets are log-probabilities. Nothing is renormalised or clipped, and torch's
    reduction ``mean``, which divides by the classes too, is not done here.

    Formula: ``Σ_j t_j·(log t_j − log q_j)``, with 0·log 0 = 0, and ∞ where ``q_j = 0 < t_j``. It is exact for
    the rows as stored. Rounded rows do not sum to exactly 1, so of equal distributions it may come out
    below 0 by as much as their sums differ, about 1e-16 in float64 and 1e-7 in float32. Rows that are not
    distributions are used as they are, and then the value is no divergence.

    The absolute error for distributions is at most 1e-14, or 1e-14 of a value above 1. Two probabilities
    within a factor of 2 are compared by their difference, which is exact: of distributions 1e-9 apart, whose
    divergence is about 1e-18, six digits remain.

    Shapes: predictions and targets of the same shape, the classes on ``axis``; the values lack that axis.

    Units: nats.

    Raises:
        CepickError: for shapes that differ, arrays that are not real numbers, or another word for ``given``.

    Source: Kullback and Leibler (1951), "On Information and Sufficiency";
    https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html

    >>> kl_divergence([[0.5, 0.25, 0.25]], [[0.5, 0.5, 0.0]], given="probabilities")
    array([0.34657359])
    >>> kl_divergence([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]], [[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]])
    array([0.06802747, 1.09861229])
    """
    form = _options.choice(given, "given", GIVEN)
    values = _shapes.real_array(predictions, form)
    where = _shapes.class_axis(values.shape, axis, form)
    rows = _shapes.real_array(targets, "targets")
    _shapes.check_same_shape(values.shape, rows.shape, form, "targets")
    if form == "logits":
        values = log_softmax(values, where)
    q, place = _shapes.classes_together(values, where)
    t, _ = _shapes.classes_together(rows, where)
    if form == "probabilities" and not log_targets:
        return _stable.weighted_sum(t, _log_ratio(t, q), place)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        # log 0 = −∞ is right; −∞ − −∞ has the weight 0; a log-probability above 700 has no exponential.
        weights, logs = (np.exp(t), t) if log_targets else (t, np.log(t))
        ratios = np.asarray(logs - (np.log(q) if form == "probabilities" else q))
    values_of_rows = _stable.weighted_sum(weights, ratios, place)
    if form == "logits":  # a row that has no softmax has no divergence, even where every weight is 0
        return np.where(np.isnan(q).any(axis=place), np.nan, values_of_rows)
    return values_of_rows


def _log_ratio(t: FloatArray, q: FloatArray) -> FloatArray:
    """Return log(t/q), from the difference where that is exact."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):  # as above
        near = (t > 0) & (q >= 0.5 * t) & (q <= 2.0 * t)
        logs = np.asarray(np.log(t) - np.log(q))
        relative = np.where(near, q - t, 0.0) / np.where(near, t, 1.0)
        return np.where(near, 0.0 - np.log1p(relative), logs)

"""Overlap losses, whose sums run over a whole region: nothing here can be added up block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core import kernels
from ce_core.emulate.definition import Definition

FloatArray = npt.NDArray[np.float64]


def region_losses(predictions: FloatArray, targets: FloatArray, definition: Definition) -> FloatArray:
    """Return the Dice or Tversky loss of each region: one for all, or one for each that the axes leave.

    ``keras_denominator`` adds ε to the denominator. ``dice_smooth`` is optax's: a sigmoid over one channel or a
    softmax over several, s added to both sums, the first and the last axis kept, the mean over the last.
    """
    options = definition.options
    alarms, misses = options.get("alpha", 0.5), options.get("beta", 0.5)
    if definition.loss == "dice":
        alarms = misses = 0.5
    channels = definition.clip == "dice_smooth" or definition.given == "logits"
    given = predictions
    if definition.given == "logits":
        one = predictions.shape[-1] == 1
        given = kernels.sigmoid(predictions) if one else kernels.softmax(predictions)
    axes = _axes(options.get("sum_axes"), predictions.ndim, channels)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # an empty region is 0/0
        hits = (given * targets).sum(axis=axes)
        false = (given * (1.0 - targets)).sum(axis=axes)
        missed = ((1.0 - given) * targets).sum(axis=axes)
        errors = alarms * false + misses * missed
        # Keras's Dice adds ε to twice this denominator.
        below, above = {
            "keras_denominator": (definition.clip_epsilon * (0.5 if definition.loss == "dice" else 1.0), 0.0),
            "dice_smooth": (options.get("smooth", 0.0), options.get("smooth", 0.0)),
        }.get(definition.clip, (0.0, 0.0))
        losses = np.asarray(1.0 - (hits + above) / (hits + errors + below))
        if definition.class_weights is not None:
            losses = losses * definition.class_weights
    if definition.inner != "mean" or not losses.ndim or definition.reduction == "none":
        return losses
    return np.asarray(losses.sum(axis=-1) if definition.reduction == "sum" else losses.mean(axis=-1))


def _axes(said: Any, rank: int, channels: bool) -> tuple[int, ...] | None:
    if said is not None:
        return tuple(said) if isinstance(said, (list, tuple)) else (said,)
    return tuple(range(1, rank - 1)) if channels else None

"""Joining the losses of the examples: the sum, and the mean under each divisor."""

from __future__ import annotations

import math

import numpy as np

from ce_core.read.settings import MEANS_OVER, MeanOver

from .plan import Plan
from .sums import Partial


def reduced(partial: Partial, plan: Plan) -> float | None:
    """Return the value of the loss under the asked reduction, or None where there is none."""
    if plan.settings.reduction == "none":
        return None
    if not partial.nonzero and not partial.loss:
        return None  # nothing has weight
    if plan.settings.reduction == "sum":
        return partial.loss
    return mean(partial, plan, plan.settings.mean_over)


def mean(partial: Partial, plan: Plan, over: MeanOver) -> float | None:
    """Return the mean under one divisor, or None where that divides by nothing.

    With the loss l and the weight w of each counted example (see `ce_core.compute.measure`):

    - ``weights``: Σ w l / Σ w;
    - ``batch``: Σ w l / every position, ignored ones too;
    - ``valid``: Σ w l / the counted examples;
    - ``nonzero_weights``: Σ w l / the counted examples of a weight above 0;
    - ``elements``: the weighted losses of all single outcomes / their number; of exclusive classes
      Σ w l / (counted examples × classes);
    - ``sequences``: Σ w l / Σ w within each sequence (first axis), then the mean over those of a weight.
    """
    if not partial.count:
        return None
    if over == "sequences":
        return _over_sequences(partial, plan)
    total = partial.element_loss if over == "elements" else partial.loss
    divisor = {
        "weights": partial.weight,
        "batch": float(partial.positions),
        "valid": float(partial.count),
        "nonzero_weights": float(partial.nonzero),
        "elements": float(partial.elements),
    }[over]
    return total / divisor if divisor else None


def _over_sequences(partial: Partial, plan: Plan) -> float | None:
    if len(plan.layout.positions) < 2:
        return None
    loss, weight, _ = partial.sequences.totals(plan.layout.positions[0])
    used = weight > 0
    if not used.any():
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # infinite losses are a finding, not a warning
        return float(np.mean(loss[used] / weight[used]))


def every_mean(partial: Partial, plan: Plan) -> dict[str, float | None]:
    """Return the mean under each divisor."""
    return {over: mean(partial, plan, over) for over in MEANS_OVER}


def standard_error(partial: Partial) -> float | None:
    """Return the standard error of the weighted mean, or None for fewer than two examples or an infinite loss.

    Source: Cochran 1977, Sampling Techniques, 6.3: the ratio estimator's linearised variance.
    """
    count = partial.nonzero
    if count < 2 or partial.infinite or partial.undefined or not partial.weight:
        return None
    squares = partial.spread_moments.squares_about(partial.moments.mean)
    error = math.sqrt(squares * count / (count - 1)) / partial.weight
    return error if math.isfinite(error) else None

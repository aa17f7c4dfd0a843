"""Adding up the losses of a definition over blocks, and dividing as the framework divides."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core import kernels
from ce_core.emulate.classes import class_losses
from ce_core.emulate.definition import Definition
from ce_core.emulate.elements import element_losses
from ce_core.emulate.paired import Paired
from ce_core.emulate.regions import region_losses
from ce_core.emulate.results import Value

FloatArray = npt.NDArray[np.float64]


@dataclass(kw_only=True, eq=False)
class Sums:
    """What the blocks of one definition add up to."""

    total: float = 0.0
    """Σ of the weighted losses."""
    weight: float = 0.0
    """Σ of the weights that count."""
    counted: int = 0
    nonzero: int = 0
    elements: int = 0
    kept: list[FloatArray] = field(default_factory=list)
    """The weighted losses, where they are not reduced."""


def evaluate(paired: Paired, definition: Definition) -> tuple[Value | None, int]:
    """Return the value of a definition on paired arrays, and how many positions count.

    None where nothing is left and the framework raises.
    """
    with np.errstate(invalid="ignore", over="ignore"):  # infinite losses of both signs add up to NaN
        if definition.kind == "regions":
            losses = region_losses(
                _read(paired.predictions, definition), paired.targets.astype(np.float64), definition
            )
            return _whole(losses * definition.scale, paired, definition), int(losses.size)
        if definition.kind == "batch":
            value = _batch(paired, definition)
            return value * definition.scale, len(paired.predictions)
        sums = Sums()
        for part in paired.blocks():
            _add(sums, paired, part, definition)
        return _reduced(sums, paired, definition), sums.counted


def _read(values: Any, definition: Definition) -> FloatArray:
    """Return predictions as the function sees them: rounded to its own dtype where that is narrower."""
    given = values.astype(definition.dtype) if definition.narrows else values
    return np.asarray(given, dtype=np.float64)


def _add(sums: Sums, paired: Paired, part: slice, definition: Definition) -> None:
    predictions, targets = _read(paired.predictions[part], definition), paired.targets[part]
    if definition.kind == "classes":
        losses, weight, counted = class_losses(predictions, targets, definition)
    else:
        losses = element_losses(predictions, targets.astype(np.float64), definition)
        if paired.inner_weights is not None:
            losses = losses * paired.inner_weights[part]
        if definition.inner == "mean" and not definition.pools:
            losses = losses.mean(axis=-1)
        share = 1.0 / predictions.shape[-1] if definition.loss == "kl_divergence" else 1.0
        weight, counted = np.full(losses.shape, share), np.ones(losses.shape, dtype=bool)
    if paired.weights is not None and not definition.pools:
        own = paired.weights[part] if paired.shape else paired.weights
        light = own == 0
        weighted = np.asarray(own * losses)
        losses = np.where(light, 0.0, weighted) if definition.infinities == "exact" else weighted
        losses, weight = np.where(counted, losses, 0.0), own * weight
        sums.nonzero += int(np.count_nonzero(counted & ~light))
    else:
        sums.nonzero += int(np.count_nonzero(counted & (weight != 0)))
    sums.total += float(losses.sum())
    sums.weight += float(np.where(counted, weight, 0.0).sum())
    sums.counted += int(np.count_nonzero(counted))
    sums.elements += int(losses.size)
    if definition.reduction == "none":
        sums.kept.append(losses)


def _reduced(sums: Sums, paired: Paired, definition: Definition) -> Value | None:
    if definition.pools:
        return _pooled(sums, paired, definition)
    scale = definition.scale
    if definition.reduction == "none":
        losses = np.concatenate(sums.kept) if sums.kept else np.zeros(0)
        return np.asarray(scale * losses.reshape(paired.shape), dtype=np.float64)
    if definition.reduction == "sum":
        return scale * sums.total
    value = _divided(scale * sums.total, _divisor(sums, paired, definition), definition)
    return math.sqrt(value) if value is not None and definition.value == "root" else value


def _divisor(sums: Sums, paired: Paired, definition: Definition) -> float:
    given = paired.weight_total if definition.ignore_index is None else None
    normalizer = definition.options.get("normalizer")
    batch = sums.counted
    if definition.loss == "kl_divergence" and definition.kind == "elements":
        batch = len(paired.predictions)
    return {
        "weights": sums.weight,
        "given_weights": sums.weight if given is None else given,
        "whole_weights": 1.0 if paired.weights is None else float(np.trunc(paired.weights).sum()),
        "targets_dot_weights": sums.weight,
        "batch": float(batch),
        "elements_of_rows": float(sums.weight * paired.predictions.shape[-1]),
        "every": float(sums.elements),
        "valid": float(sums.counted),
        "nonzero_weights": float(sums.nonzero),
        "elements": float(sums.elements),
        "normalizer": float(normalizer) if normalizer is not None else 1.0,
    }[definition.divisor]


def _divided(total: float, divisor: float, definition: Definition) -> float | None:
    if divisor:
        return total / divisor
    return {"nan": math.nan, "0": 0.0, "error": None}[definition.nothing_left]


def _pooled(sums: Sums, paired: Paired, definition: Definition) -> Value | None:
    """Return the value where the inner mean has left one number, which then meets the weights."""
    one = definition.scale * sums.total / sums.elements if sums.elements else math.nan
    if paired.weights is None or not np.ndim(paired.weights):
        return one if paired.weights is None else one * float(paired.weights)
    if definition.reduction == "none":
        return np.asarray(one * paired.weights)
    total = one * float(np.sum(paired.weights))
    if definition.reduction == "sum":
        return total
    own = definition.divisor in {"weights", "given_weights"}
    return _divided(total, float(np.sum(paired.weights)) if own else float(paired.weights.size), definition)


def _whole(losses: FloatArray, paired: Paired, definition: Definition) -> Value | None:
    """Return the value of losses of regions."""
    if definition.inner == "mean":
        return float(losses) if losses.ndim == 0 else losses
    if paired.weights is not None:
        losses = np.asarray(losses * paired.weights)
    if definition.reduction == "none" and losses.ndim:
        return losses
    total = float(losses.sum())
    if definition.reduction != "mean":
        return total
    divisor = float(losses.size)
    if definition.divisor in {"weights", "given_weights"} and paired.weights is not None and losses.ndim:
        divisor = float(np.sum(paired.weights))
    return _divided(total, divisor, definition)


def _batch(paired: Paired, definition: Definition) -> float:
    """Return the pairwise squared error: TensorFlow's number for the batch, or the documented one summed."""
    predictions = _read(paired.predictions, definition)
    if definition.infinities == "exact":
        losses = kernels.mean_pairwise_squared_error(predictions, paired.targets)
        return float(losses.sum())
    weights = 1.0 if paired.weights is None else paired.weights
    return float(kernels.tensorflow_mean_pairwise_squared_error(predictions, paired.targets, weights))

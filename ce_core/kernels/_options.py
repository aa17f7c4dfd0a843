"""What an option of a kernel may be: a number in a range, one of some words, a weight for each class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels._shapes import AnyArray, FloatArray, as_float64, first

if TYPE_CHECKING:
    import numpy.typing as npt


def number(value: float, name: str, *, low: float, high: float, usual: str, open_low: bool = False) -> float:
    """Return ``value`` as a float; it must lie in [low, high], or in (low, high] where ``open_low``."""
    if not (low <= value <= high) or not math.isfinite(value) or (open_low and value == low):
        ends = f"{'(' if open_low or math.isinf(low) else '['}{low:g}, {high:g}{')' if math.isinf(high) else ']'}"
        raise CepickError(f"{name}: {value!r} is outside {ends}; {usual}")
    return float(value)


def choice(value: str, name: str, choices: tuple[str, ...]) -> str:
    """Return ``value``; it must be one of the choices."""
    if value not in choices:
        raise CepickError(f"{name}: {value!r} is not known; choose from {', '.join(choices)}")
    return value


def class_weights(weights: npt.ArrayLike, classes: int, name: str = "class_weights") -> FloatArray:
    """Return one weight for each class, from a vector or one number; finite and at least 0."""
    array = as_float64(weights, name)
    if array.shape not in ((), (classes,)):
        raise CepickError(
            f"{name}: shape {array.shape} does not fit {classes} classes; give one number, or one for each class",
            code="CE301",
        )
    wrong = ~((array >= 0) & (array < np.inf))
    if wrong.any():
        value, _ = first(array, wrong)
        raise CepickError(f"{name}: {value} is not a weight; give finite numbers of at least 0")
    return np.broadcast_to(array, (classes,))


def along(vector: AnyArray, rank: int, axis: int) -> AnyArray:
    """Return the vector shaped to run over one axis of an array of this rank."""
    return vector.reshape([-1 if place == axis else 1 for place in range(rank)])

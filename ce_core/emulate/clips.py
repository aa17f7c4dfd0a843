"""What each framework makes of probabilities near 0 and 1, in its own dtype where that decides the number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
AnyArray = npt.NDArray[Any]
Cost = Callable[[AnyArray, float], AnyArray]

_TORCH_FLOOR = -100.0


def costs(
    probabilities: FloatArray, policy: str, epsilon: float, dtype: np.dtype[Any]
) -> tuple[FloatArray, FloatArray]:
    """Return −log p and −log(1 − p) of probabilities under a clip policy of `ce_core.frameworks.CLIPS`.

    Use it on a block of probabilities. The bounds, what is added and 1 − p are those of ``dtype``; the logarithms
    are float64.

    Formula: by policy, see `ce_core.frameworks.CLIPS`.

    Shapes: both results have the shape of the probabilities.

    Units: nats.

    Source: ``keras/src/backend/*/nn.py``, ``tensorflow/python/ops/losses/losses_impl.py``,
    ``sklearn/metrics/_classification.py``, ``aten/src/ATen/native/Loss.cpp``.

    >>> true, _ = costs(np.array([0.0, 0.5]), "keras_clip", 1e-7, np.dtype("float32"))
    >>> true.round(4)
    array([16.1181,  0.6931])
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        # log 0 is an infinite cost, and that of a negative number NaN, as in the frameworks
        one, other = _POLICIES[policy](probabilities.astype(dtype), epsilon)
        return np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)


def bounds(epsilon: float, dtype: np.dtype[Any]) -> tuple[AnyArray, AnyArray]:
    """Return ε and 1 − ε as the dtype holds them.

    >>> bounds(1e-7, np.dtype("float32"))[1] == np.float32(1) - np.float32(2**-23)
    np.True_
    """
    return np.asarray(epsilon, dtype=dtype), np.asarray(1.0 - epsilon, dtype=dtype)


def clipped(values: AnyArray, epsilon: float, *, top: float | None = None) -> AnyArray:
    """Return values clipped to [ε, 1 − ε], or to [ε, top], in their own dtype."""
    low, high = bounds(epsilon, values.dtype)
    return np.clip(values, low, high if top is None else np.asarray(top, dtype=values.dtype))


def _log(values: AnyArray) -> FloatArray:
    return np.asarray(np.log(values.astype(np.float64, copy=False)))


def _none(values: AnyArray, epsilon: float) -> tuple[AnyArray, AnyArray]:
    wide = values.astype(np.float64, copy=False)
    return 0.0 - np.log(wide), 0.0 - np.log1p(-wide)


def _clip(values: AnyArray, epsilon: float) -> tuple[AnyArray, AnyArray]:
    kept = clipped(values, epsilon)
    return -_log(kept), -_log(1 - kept)


def _add(values: AnyArray, epsilon: float) -> tuple[AnyArray, AnyArray]:
    added = np.asarray(epsilon, dtype=values.dtype)
    return -_log(values + added), -_log((1 - values) + added)


def _dtype_epsilon(values: AnyArray, epsilon: float) -> tuple[AnyArray, AnyArray]:
    smallest = np.finfo(values.dtype).eps
    top = np.asarray(1, dtype=values.dtype) - smallest
    return -_log(np.clip(values, smallest, top)), -_log(np.clip(1 - values, smallest, top))


def _floor(values: AnyArray, epsilon: float) -> tuple[AnyArray, AnyArray]:
    one, other = _none(values, epsilon)
    return np.minimum(one, -_TORCH_FLOOR), np.minimum(other, -_TORCH_FLOOR)


def _at_least(values: AnyArray, epsilon: float) -> tuple[AnyArray, AnyArray]:
    most = -math.log(epsilon)
    complements = (1 - values).astype(np.float64)
    wide = values.astype(np.float64)
    return (
        np.where(wide < epsilon, most, -_log(wide)),
        np.where(complements < epsilon, most, -_log(complements)),
    )


_POLICIES: dict[str, Callable[[AnyArray, float], tuple[AnyArray, AnyArray]]] = {
    "none": _none,
    "keras_clip": _clip,
    "keras_clip_and_renormalise": _clip,
    "keras_clip_then_softmax": _clip,
    "tf1_add_epsilon": _add,
    "sklearn_dtype_epsilon": _dtype_epsilon,
    "torch_log_clamp_100": _floor,
    "xgboost_1e-16": _at_least,
    "lightgbm_1e-15": _at_least,
    "lightgbm_log_1e-12": _at_least,
    "mxnet_1e-12": _add,
}

"""Overlap losses of segmentation: one number for each region, not for each pixel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels import _options, _shapes
from ce_core.kernels._shapes import FloatArray

if TYPE_CHECKING:
    import numpy.typing as npt


def dice(
    probabilities: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    axis: int | tuple[int, ...] | None = None,
    smooth: float = 0.0,
) -> FloatArray:
    """Compute the Dice loss: one less the overlap of the predicted region with the true one.

    Use it for the segmentation of small regions, where the overlap is what is measured. It does not add up
    over blocks of a region, and what is pooled changes the value. It is :func:`tversky` with α = β = ½.

    Formula: ``1 − 2·TP/(2·TP + FP + FN)``, which is ``1 − 2·Σ p·y/(Σ p + Σ y)``, computed as ``(FP + FN)/(2·TP +
    FP + FN + 2·smooth)``. ``smooth`` is added to TP, as in optax; where ``2·TP + s`` over ``… + s`` is
    written, s is twice that. Keras adds 1e-7 to the denominator only.

    Shapes: probabilities and targets of the same shape; ``axis`` names the axes of a region, and the losses
    have those left: ``axis=tuple(range(1, rank))`` gives one for each example. None, as in Keras, takes the
    whole batch for one region.

    Raises:
        CepickError: for shapes that differ, arrays that are not real numbers, an axis that does not exist, or
            a smooth that is negative.

    Source: Milletari, Navab and Ahmadi (2016), "V-Net", arXiv:1606.04797;
    https://keras.io/api/losses/regression_losses/#dice-function

    >>> dice([[0.8, 0.4, 0.6], [0.0, 0.0, 1.0]], [[1, 0, 1], [0, 0, 1]], axis=1)
    array([0.26315789, 0.        ])
    """
    return tversky(probabilities, targets, axis=axis, smooth=smooth)


def tversky(
    probabilities: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: int | tuple[int, ...] | None = None,
    smooth: float = 0.0,
) -> FloatArray:
    """Compute the Tversky loss: the Dice loss with false alarms and misses weighted apart.

    Use it as :func:`dice`, when the two cost differently: ``alpha`` weighs false positives and ``beta`` false
    negatives, as in the paper and in optax. Keras exchanges the two: its ``alpha`` weighs false negatives.

    Formula: ``1 − TP/(TP + α·FP + β·FN)``, with ``TP = Σ p·y``, ``FP = Σ p·(1 − y)`` and ``FN = Σ (1 − p)·y``,
    computed as ``(α·FP + β·FN)/(TP + α·FP + β·FN + smooth)``, where nothing cancels. Where nothing is there,
    nothing is predicted and nothing is added, it is 0/0 and so NaN; with ``smooth`` it is 0, in Keras 1.

    Shapes: as :func:`dice`.

    Raises:
        CepickError: as :func:`dice`, and for an alpha or a beta that is negative.

    Source: Salehi, Erdogmus and Gholipour (2017), "Tversky Loss Function for Image Segmentation Using 3D Fully
    Convolutional Deep Networks", arXiv:1706.05721

    >>> tversky([[0.8, 0.4, 0.6]], [[1, 0, 1]], alpha=0.3, beta=0.7, axis=1)
    array([0.27835052])
    >>> tversky([[0.8, 0.4, 0.6], [0.0, 0.0, 0.0]], [[1, 0, 1], [0, 0, 0]], axis=1, smooth=1)
    array([0.17241379, 0.        ])
    """
    alarms = _options.number(alpha, "alpha", low=0.0, high=np.inf, usual="0.5 is common")
    misses = _options.number(beta, "beta", low=0.0, high=np.inf, usual="0.5 is common")
    added = _options.number(smooth, "smooth", low=0.0, high=np.inf, usual="0 and 1 are common")
    values = _shapes.as_float64(probabilities, "probabilities")
    given = _shapes.as_float64(targets, "targets")
    _shapes.check_same_shape(values.shape, given.shape, "probabilities", "targets")
    axes = _region(axis, values.ndim)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        # 0/0 is an empty region; values that are no probabilities may be infinite.
        hits = _sum(values * given, axes)
        errors = alarms * _sum(values * (1.0 - given), axes) + misses * _sum((1.0 - values) * given, axes)
        return np.asarray(errors / (hits + errors + added))


def _region(axis: int | tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    """Return the axes of a region, counted from the front."""
    if axis is None:
        return tuple(range(rank))
    axes = axis if isinstance(axis, tuple) else (axis,)
    for each in axes:
        if not -rank <= each < rank:
            raise CepickError(f"axis: {each!r} does not exist in {rank} axes; name the axes of a region")
    if len({each % rank for each in axes}) < len(axes):
        raise CepickError(f"axis: {axis!r} names an axis twice; name each once")
    return tuple(each % rank for each in axes)


def _sum(products: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """Return the sums over the axes, made one contiguous axis: NumPy adds only such a one pairwise."""
    array = np.asarray(products)
    left = tuple(size for place, size in enumerate(array.shape) if place not in axes)
    size = math.prod(array.shape[place] for place in axes)
    last = tuple(range(array.ndim - len(axes), array.ndim))
    return np.asarray(np.moveaxis(array, axes, last).reshape(*left, size).sum(axis=-1))

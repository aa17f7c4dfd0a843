"""What a kernel accepts: real numbers, shapes that pair exactly, labels that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ce_core.errors import CepickError

if TYPE_CHECKING:
    import numpy.typing as npt

# As numpy.typing has them, which is slow to import.
FloatArray = np.ndarray[Any, np.dtype[np.float64]]
IndexArray = np.ndarray[Any, np.dtype[np.intp]]
AnyArray = np.ndarray[Any, np.dtype[Any]]

_FEW_CLASSES = 64
"""Below this many classes the class axis goes first, so that each step is one long vector operation."""


def real_array(values: npt.ArrayLike, name: str) -> AnyArray:
    """Return ``values`` as an array of bools, integers or floats, as stored and without a copy."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise CepickError(f"{name}: rows of unequal length; give a rectangular array") from None
    if array.dtype.kind not in "biuf":
        raise CepickError(f"{name}: dtype {str(array.dtype)!r} is not real numbers; give floats or integers")
    return array


def as_float64(values: npt.ArrayLike, name: str) -> FloatArray:
    """Return ``values`` as float64, copied only where the dtype differs."""
    return real_array(values, name).astype(np.float64, copy=False)


def class_axis(shape: tuple[int, ...], axis: int, name: str) -> int:
    """Return the class axis counted from the front; it must exist and hold a class."""
    if not -len(shape) <= axis < len(shape):
        raise CepickError(f"{name}: shape {shape} has no axis {axis}; name the axis that counts the classes")
    axis %= len(shape)
    if shape[axis] == 0:
        raise CepickError(f"{name}: shape {shape} holds no classes on axis {axis}; give at least one")
    return axis


def without_axis(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """Return the shape of what is left when the class axis is gone."""
    return shape[:axis] + shape[axis + 1 :]


def classes_together(array: AnyArray, axis: int) -> tuple[FloatArray, int]:
    """Return a float64 copy laid out for speed, and its class axis: first when classes are few, else last.

    One layout for any class axis also makes the numbers independent of where that axis was.
    """
    place = 0 if array.shape[axis] < _FEW_CLASSES else array.ndim - 1
    return np.array(np.moveaxis(array, axis, place), dtype=np.float64, order="C"), place


def of_labels(array: AnyArray, labels: IndexArray, axis: int) -> FloatArray:
    """Return the entry of each example's label, as float64."""
    chosen = np.take_along_axis(array, np.expand_dims(labels, axis), axis)
    return chosen.squeeze(axis).astype(np.float64, copy=False)


def check_same_shape(
    predictions: tuple[int, ...], targets: tuple[int, ...], predictions_name: str, targets_name: str
) -> None:
    """Raise unless the two shapes are equal: predictions are never broadcast against targets."""
    if predictions != targets:
        raise CepickError(
            f"{targets_name}: shape {targets} does not equal the shape {predictions} of the "
            f"{predictions_name}; give one target for each prediction",
            code="CE301",
        )


def index_labels(
    labels: npt.ArrayLike, shape: tuple[int, ...], axis: int, predictions_name: str, name: str = "labels"
) -> IndexArray:
    """Return ``labels`` as indices into the class axis of predictions of this shape."""
    array = real_array(labels, name)
    if array.shape != without_axis(shape, axis):
        raise CepickError(
            f"{name}: shape {array.shape} does not equal {without_axis(shape, axis)}, the shape {shape} of "
            f"the {predictions_name} without its class axis {axis}; give one class index for each example",
            code="CE301",
        )
    if array.dtype.kind == "f":
        array = array.astype(np.float64, copy=False)  # float16 cannot be compared with a K above 65,504
        fractional = array != np.floor(array)  # NaN differs from itself; infinities fail the range below
        if fractional.any():
            value, row = first(array, fractional)
            raise CepickError(f"{name}: {value}{row} is not a class index; give integers")
    classes = shape[axis]
    if array.size and not (array.min() >= 0 and array.max() < classes):
        value, row = first(array, (array < 0) | (array >= classes))
        raise CepickError(
            f"{name}: {value}{row} is outside [0, {classes}); classes count from 0", code="CE201"
        )
    return array.astype(np.intp, copy=False)


def smoothing(label_smoothing: float) -> float:
    """Return ε as a float; it must lie in [0, 1]."""
    if not 0 <= label_smoothing <= 1:
        raise CepickError(f"label_smoothing: {label_smoothing!r} is outside [0, 1]; 0.1 is common")
    return float(label_smoothing)


def clip_bound(clip: float | None) -> float | None:
    """Return the clip as a float, or None for no clip; it must lie in [0, 0.5)."""
    if clip is None:
        return None
    if not 0 <= clip < 0.5:
        raise CepickError(f"clip: {clip!r} is outside [0, 0.5); 1e-7 is common")
    return float(clip)


def positive_weight(pos_weight: npt.ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """Return ``pos_weight``: a scalar, or a vector with one weight for each entry of the last axis."""
    weight = as_float64(pos_weight, "pos_weight")
    if weight.ndim and weight.shape != shape[-1:]:
        raise CepickError(
            f"pos_weight: shape {weight.shape} does not fit the last axis of logits of shape {shape}; "
            "give one number, or one for each entry of the last axis",
            code="CE301",
        )
    wrong = ~((weight >= 0) & (weight < np.inf))
    if wrong.any():
        value, _ = first(weight, wrong)
        raise CepickError(f"pos_weight: {value} is not a weight; give finite numbers of at least 0")
    return weight


def first(array: AnyArray, chosen: npt.NDArray[np.bool_]) -> tuple[str, str]:
    """Return the first chosen entry, and where: `` at row 3``, `` at row (1, 2)`` or, of one number, nothing."""
    where = tuple(int(i) for i in np.argwhere(chosen)[0])
    row = where[0] if len(where) == 1 else where
    return repr(array[where].item()), f" at row {row}" if where else ""

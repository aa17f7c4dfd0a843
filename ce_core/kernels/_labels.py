"""Targets that are not distributions: signs, one true class, lists of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels import _options
from ce_core.kernels._shapes import (
    AnyArray,
    FloatArray,
    IndexArray,
    check_same_shape,
    first,
    index_labels,
    real_array,
)

if TYPE_CHECKING:
    import numpy.typing as npt


def signs(targets: npt.ArrayLike, shape: tuple[int, ...], predictions_name: str, labels: str) -> FloatArray:
    """Return targets of −1 and +1: as given where ``labels`` is ``signed``, from 0 and 1 where it is ``unit``."""
    signed = _options.choice(labels, "labels", ("signed", "unit")) == "signed"
    array = real_array(targets, "targets")
    check_same_shape(shape, array.shape, predictions_name, "targets")
    wrong = (array != 1) & (array != (-1 if signed else 0))
    if wrong.any():
        value, row = first(array, wrong)
        pair, other, said = ("-1 nor +1", "0 and 1", "unit") if signed else ("0 nor 1", "-1 and +1", "signed")
        raise CepickError(f"targets: {value}{row} is neither {pair}; labels={said!r} takes {other}")
    return np.where(array == 1, 1.0, -1.0)


def true_class(
    targets: npt.ArrayLike, shape: tuple[int, ...], axis: int, predictions_name: str
) -> IndexArray:
    """Return the index of each example's true class, from class indices or from one-hot rows."""
    array = real_array(targets, "targets")
    if array.ndim != len(shape):
        return index_labels(array, shape, axis, predictions_name, "targets")
    check_same_shape(shape, array.shape, predictions_name, "targets")
    ones = array == 1
    wrong = np.asarray((ones.sum(axis=axis) != 1) | ((array != 0) & ~ones).any(axis=axis))
    if wrong.any():
        _, row = first(wrong, wrong)
        raise CepickError(f"targets: not one-hot{row}; give one 1 and zeros, or class indices")
    return np.asarray(ones.argmax(axis=axis), dtype=np.intp)


def padded_labels(array: AnyArray, classes: int) -> IndexArray:
    """Return lists of labels as indices: each in [0, classes), or −1 where a list has ended."""
    if array.dtype.kind == "f":
        array = array.astype(np.float64, copy=False)
    wrong = ~((array >= -1) & (array < classes))
    if array.dtype.kind == "f":
        wrong |= array != np.floor(array)
    if wrong.any():
        value, row = first(array, wrong)
        raise CepickError(
            f"targets: {value}{row} is neither a label in [0, {classes}) nor the padding -1", code="CE201"
        )
    return array.astype(np.intp, copy=False)


def multi_hot(array: AnyArray) -> npt.NDArray[np.bool_]:
    """Return which labels are true, from rows of 0 and 1."""
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        value, row = first(array, wrong)
        raise CepickError(f"targets: {value}{row} is neither 0 nor 1; give multi-hot rows")
    return np.asarray(array == 1)

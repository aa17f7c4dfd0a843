"""Take arrays from Python as they are: NumPy, lists, PyTorch, JAX, TensorFlow, pandas and the like.

No such library is imported: an object is known by what it can do.
"""

from __future__ import annotations

import os
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from ce_core.arrays.convert import to_source
from ce_core.arrays.files import read_array
from ce_core.arrays.source import Source
from ce_core.errors import CepickError

#: Objects that NumPy would wrap or take apart in a way that nobody means.
NOT_ARRAYS = (dict, set, frozenset, bytes, bytearray, type(None))


def from_object(obj: object, name: str, dtype: str | None = None) -> Source:
    """Return any array-like object as a `Source`; a path (text or `os.PathLike`) is read as a file.

    Tensors may require gradients and live on a device; bfloat16 becomes float32 and `precision` remembers it.
    The columns of a data frame are class names. Nothing is copied that need not be.

    name: what errors call it, such as "predictions". dtype: "bfloat16" for raw 2-byte values.

    Raises `CepickError` where the object holds no array.

    >>> from_object([[0.5, 0.5], [1, 0]], "predictions").precision
    'float64'
    >>> from_object(["cat", "dog"], "targets").precision
    'text'
    """
    if isinstance(obj, Source):
        return obj
    if isinstance(obj, (str, os.PathLike)):
        return read_array(os.fspath(obj), dtype=dtype)
    if isinstance(obj, NOT_ARRAYS):
        raise CepickError(f"{name}: is a {type(obj).__name__}, not an array; pass an array, a list or a path")
    if isinstance(obj, np.ma.MaskedArray):
        raise CepickError(f"{name}: is a masked array; pass its .data, and the mask on its own (1 = counted)")
    array, is_bfloat16 = _as_numpy(obj, name)
    source = to_source(_untangle(array, name), name, None if is_bfloat16 else dtype)
    if is_bfloat16:
        source = replace(source, precision="bfloat16")
    columns = _column_names(obj)
    return replace(source, columns=columns) if columns else source


def _from_torch(obj: Any) -> tuple[Any, bool]:
    """Bring a tensor of PyTorch to where NumPy can see it; return whether it held bfloat16."""
    if isinstance(obj, (list, tuple)) and obj and hasattr(obj[0], "detach"):
        moved = [_from_torch(item) for item in obj]
        return [np.asarray(item) for item, _ in moved], any(is_bfloat16 for _, is_bfloat16 in moved)
    if not (hasattr(obj, "detach") and hasattr(obj, "cpu")):
        return obj, False
    tensor = obj.detach().cpu()
    if getattr(tensor, "is_sparse", False):
        tensor = tensor.to_dense()
    # NumPy has no bfloat16, so PyTorch refuses to hand it over.
    is_bfloat16 = str(tensor.dtype).endswith("bfloat16")
    return (tensor.float() if is_bfloat16 else tensor), is_bfloat16


def _as_numpy(obj: Any, name: str) -> tuple[np.ndarray, bool]:
    """Return the object as NumPy sees it, and whether it was a tensor of bfloat16."""
    try:
        obj, is_bfloat16 = _from_torch(obj)
        if hasattr(obj, "toarray") and not hasattr(obj, "__array__"):
            obj = obj.toarray()  # SciPy's sparse matrices, which NumPy would wrap as one object.
        return np.asarray(obj), is_bfloat16
    except Exception as error:
        reason = str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
        if isinstance(obj, (list, tuple)) and "inhomogeneous" in reason:
            raise CepickError(
                f"{name}: has rows of different lengths; give each row the same length"
            ) from None
        kind = type(obj).__name__
        message = f"{name}: a {kind} cannot be read as an array ({reason}); pass a NumPy array"
        raise CepickError(message) from None


def _untangle(array: np.ndarray, name: str) -> np.ndarray:
    """Return an array of Python objects, in which pandas keeps text, as text or numbers."""
    if array.dtype != object:
        return array
    items = array.ravel().tolist()
    if all(isinstance(item, str) for item in items):
        return array.astype(str)
    if all(isinstance(item, bytes) for item in items):
        return array.astype(bytes)
    if all(isinstance(item, (Real, np.bool_)) for item in items):
        numbers = np.array(items)
        return (numbers.astype(np.float64) if numbers.dtype == object else numbers).reshape(array.shape)
    odd = next((item for item in items if not isinstance(item, (Real, str))), "")
    what = "missing values" if any(map(_is_missing, items)) else f"{type(odd).__name__} objects"
    raise CepickError(f"{name}: holds {what} among its values; pass only numbers, or only class names")


def _is_missing(item: object) -> bool:
    """Tell whether an item is None, NaN, or what pandas puts in their place."""
    return (
        item is None
        or type(item).__name__ in ("NAType", "NaTType")
        or (isinstance(item, float) and item != item)
    )


def _column_names(obj: Any) -> tuple[str, ...] | None:
    """Return a data frame's columns as class names, unless they are only numbered."""
    columns = getattr(obj, "columns", None)
    if columns is None or callable(columns) or not hasattr(obj, "to_numpy"):
        return None
    labels = list(columns)
    return None if labels == list(range(len(labels))) else tuple(map(str, labels))

"""Turn any NumPy array into a `Source`, or say in one line why it cannot be used."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ce_core.arrays.source import Source
from ce_core.arrays.stored import Converted, Stored
from ce_core.errors import CepickError

#: Kinds of dtype that hold no class scores and no labels, and what to do instead.
REFUSED = {
    "O": (
        "holds Python objects (pickle), which are never loaded",
        "save plain numbers, such as float32 or int64",
    ),
    "c": ("holds complex numbers", "save their real part, if that is what the model puts out"),
    "M": ("holds dates", "pass class indices, probabilities or logits"),
    "m": ("holds time differences", "pass class indices, probabilities or logits"),
}
PRECISIONS = {"b": "bool", "i": "integer", "u": "integer", "U": "text", "S": "text", "T": "text"}


#: For targets beside bfloat16 predictions: only values without a type are bfloat16, uint16 are class indices.
BFLOAT16_IF_RAW = "bfloat16 if raw"


def check_asked_dtype(dtype: str | None) -> None:
    """Refuse any `--dtype` but bfloat16: every other type is named by the file itself."""
    if dtype not in (None, "bfloat16", BFLOAT16_IF_RAW):
        raise CepickError(
            f"dtype: {dtype!r} cannot be asked for; the only one is 'bfloat16', for raw 2-byte values"
        )


def check_type(found: np.dtype, name: str, dtype: str | None = None) -> None:
    """Refuse a dtype that cannot hold predictions, targets or weights, before any value is read."""
    if found.names:
        fields = ", ".join(found.names)
        raise CepickError(f"{name}: has named fields ({fields}); save one of them as a plain array")
    kind = found.kind
    if found.hasobject and kind != "T":
        kind = "O"
    if kind in REFUSED:
        what, remedy = REFUSED[kind]
        raise CepickError(f"{name}: {what}; {remedy}")
    if found.name == "bfloat16" or (dtype == BFLOAT16_IF_RAW and kind != "V"):
        return
    if dtype is not None and (kind not in "Viu" or found.itemsize != 2):
        raise CepickError(f"{name}: holds {found.name}, not raw 2-byte values; leave out dtype bfloat16")
    if kind == "V" and dtype is None:
        raise CepickError(f"{name}: {_describe_raw(found)}")


def check_shape(shape: tuple[int, ...], name: str) -> None:
    """Refuse an array without a single value."""
    if 0 not in shape:
        return
    what = "rows" if shape[0] == 0 else "classes" if shape[-1] == 0 else f"values along axis {shape.index(0)}"
    raise CepickError(f"{name}: has 0 {what} (shape {shape}); pass an array with at least one")


def to_source(array: np.ndarray | Stored, name: str, dtype: str | None = None) -> Source:
    """Make a `Source` of an array: native byte order, bfloat16 widened to float32, bytes decoded.

    Nothing is copied unless one of these needs it, and what is stored is turned as it is read.
    """
    check_asked_dtype(dtype)
    check_type(array.dtype, name, dtype)
    check_shape(array.shape, name)
    kind = array.dtype.kind
    if array.dtype.name == "bfloat16":
        return Source(array=as_type(array, np.float32), name=name, precision="bfloat16")
    if dtype == "bfloat16" or (dtype == BFLOAT16_IF_RAW and kind == "V"):
        widened = Converted(array, _widen, dtype=np.float32) if isinstance(array, Stored) else _widen(array)
        return Source(array=widened, name=name, precision="bfloat16")
    if kind in "ST":
        array = _to_text(np.asarray(array), name)
    elif not array.dtype.isnative:
        array = as_type(array, array.dtype.newbyteorder("="))
    if kind == "U":
        array = np.asarray(array)
        _check_characters(array, name)
    if kind == "f" and array.dtype.itemsize > 8:
        note = f"{name} holds {array.dtype.name}; it is read as float64"
        return Source(array=as_type(array, np.float64), name=name, precision="float64", note=(note,))
    return Source(array=array, name=name, precision=PRECISIONS.get(kind, array.dtype.name))


def as_type(array: np.ndarray | Stored, kind: Any) -> np.ndarray | Stored:
    """Return an array as another type; one that is stored is converted as it is read."""
    if array.dtype == kind:
        return array
    if isinstance(array, Stored):
        return Converted(array, lambda part: part.astype(kind), dtype=kind)
    return np.asarray(array.astype(kind))


def _describe_raw(found: np.dtype) -> str:
    if found.itemsize == 2:
        return "holds raw 2-byte values; pass --dtype bfloat16 if that is what they are"
    if found.name.startswith("void"):
        return f"holds raw {found.itemsize}-byte values without a type; save it as float32 or int64"
    return f"holds {found.name}, which NumPy itself does not have; convert it to float32 or int64"


def _widen(raw: np.ndarray) -> np.ndarray:
    """Return the float32 whose upper half is the given 16 bits."""
    order = ">" if raw.dtype.byteorder == ">" else "<"
    bits = raw.view(f"{order}u2").astype(np.uint32)
    bits = np.left_shift(bits, 16, out=bits)
    return bits.view(np.float32)


def _check_characters(array: np.ndarray, name: str) -> None:
    """Refuse what is no Unicode: Python fails without saying why when it meets it or prints it."""
    if array.dtype.itemsize == 0:
        return
    codes = np.ascontiguousarray(array).view(np.uint32)
    if (codes > sys.maxunicode).any() or ((codes >= 0xD800) & (codes <= 0xDFFF)).any():
        raise CepickError(f"{name}: holds text that is no Unicode, so it is corrupt; save it again")


def _to_text(array: np.ndarray, name: str) -> np.ndarray:
    if array.dtype.kind == "T":
        return array.astype(str)
    try:
        return np.char.decode(array, "utf-8")
    except UnicodeDecodeError:
        raise CepickError(f"{name}: holds bytes that are not UTF-8; save the class names as text") from None

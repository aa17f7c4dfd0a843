"""Read one tensor of a `.safetensors` file: a JSON header, then the values of each tensor as they are.

Source: the format's description in the safetensors repository (huggingface/safetensors, README).
"""

from __future__ import annotations

import json
import mmap
import os
from typing import Any

import numpy as np

from ce_core.arrays.convert import to_source
from ce_core.arrays.keys import choose_key
from ce_core.arrays.mapped import Mapped
from ce_core.arrays.paths import open_binary
from ce_core.arrays.source import Source
from ce_core.errors import CepickError

_LARGEST_HEADER = 100_000_000
"""What the format itself allows."""

#: From the name of a type to NumPy's; bfloat16 is raw 2-byte values to NumPy.
TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<V2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}


def read_safetensors(file: str, name: str, dtype: str | None = None, key: str | None = None) -> Source:
    """Return the tensor that a key names, mapped read-only; without a key, the only one that there is."""
    with open_binary(file) as stream:
        size = os.fstat(stream.fileno()).st_size
        length = int.from_bytes(stream.read(8), "little")
        if size < 8 or length > min(size - 8, _LARGEST_HEADER):
            raise _corrupt(name)
        try:
            header = json.loads(stream.read(length))
            tensors = {each: value for each, value in header.items() if each != "__metadata__"}
        except (ValueError, AttributeError):
            raise _corrupt(name) from None
        mapped = Mapped(stream.fileno(), 0, access=mmap.ACCESS_READ)
    chosen = tensors[choose_key(list(tensors), file, key, "tensor", "safetensors.numpy.save_file")]
    kind, shape, begin, end = _described(chosen, name)
    if kind not in TYPES:
        raise CepickError(f"{name}: holds {kind}, which NumPy does not have; save it as float16 or float32")
    found = np.dtype(TYPES[kind])
    if end - begin != int(np.prod(shape, dtype=np.int64)) * found.itemsize:
        raise _corrupt(name)
    if 8 + length + end > size:
        raise CepickError(
            f"{name}: is truncated: {size} bytes where {8 + length + end} belong; save it again"
        )
    if not shape:
        raise CepickError(f"{name}: is a single number; pass an array of examples")
    array = np.ndarray(shape, found, mapped, 8 + length + begin)
    return to_source(array, name, "bfloat16" if kind == "BF16" else dtype)


def _described(tensor: Any, name: str) -> tuple[str, tuple[int, ...], int, int]:
    try:
        begin, end = (int(each) for each in tensor["data_offsets"])
        shape = tuple(int(each) for each in tensor["shape"])
        kind = str(tensor["dtype"])
    except (KeyError, TypeError, ValueError):
        raise _corrupt(name) from None
    if begin < 0 or end < begin or any(extent < 0 for extent in shape):
        raise _corrupt(name)
    return kind, shape, begin, end


def _corrupt(name: str) -> CepickError:
    return CepickError(f"{name}: is no whole .safetensors file (its header cannot be read); save it again")

"""Read `.npy` files by mapping them into memory, and arrays in the same form inside a `.npz`."""

from __future__ import annotations

import math
import mmap
import os
import stat
from dataclasses import replace
from typing import IO

import numpy as np

from ce_core.arrays.convert import check_asked_dtype, check_shape, check_type, to_source
from ce_core.arrays.mapped import Mapped
from ce_core.arrays.paths import open_binary
from ce_core.arrays.source import Source
from ce_core.errors import CepickError
from ce_core.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Header:
    """What stands before the values."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype
    offset: int

    @property
    def size(self) -> int:
        """The number of bytes that the values take."""
        return math.prod(self.shape) * self.dtype.itemsize

    def lay_over(self, buffer: bytes | mmap.mmap, offset: int = 0) -> np.ndarray:
        """Return the array that a buffer holds, without a copy."""
        return np.ndarray(self.shape, self.dtype, buffer, offset, order="F" if self.fortran else "C")


def read_npy(file: str, name: str, dtype: str | None = None) -> Source:
    """Map a `.npy` file, read-only: only what is looked at is ever loaded.

    dtype is None, or "bfloat16" for raw 2-byte values, which are widened to float32 (a copy).
    """
    with open_binary(file) as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise CepickError(f"{name}: is not a regular file, so it cannot be mapped; copy it to one")
        header = read_header(stream, name, dtype, status.st_size)
        mapped = Mapped(stream.fileno(), 0, access=mmap.ACCESS_READ)
    source = to_source(header.lay_over(mapped, header.offset), name, dtype)
    rest = status.st_size - header.offset - header.size
    if not rest:
        return source
    return replace(source, note=(*source.note, f"{name}: {rest} bytes after the first array are left out"))


def read_header(stream: IO[bytes], name: str, dtype: str | None, size: int) -> Header:
    """Read and check the header of an array that takes `size` bytes, header included.

    Everything that can be refused is refused here, before memory is taken for the values.
    """
    check_asked_dtype(dtype)
    corrupt = CepickError(
        f"{name}: is not a whole .npy array (its header cannot be read); save it again with numpy.save"
    )
    try:
        version = np.lib.format.read_magic(stream)
        # Version 3 differs from 2 only in that field names may be any Unicode.
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, fortran, found = read(stream)
    except OSError:
        raise
    except Exception:  # NumPy lets through whatever its parser and its tokenizer raise.
        raise corrupt from None
    if any(extent < 0 for extent in shape):
        raise corrupt
    check_type(found, name, dtype)
    check_shape(shape, name)
    header = Header(shape=shape, fortran=fortran, dtype=found, offset=stream.tell())
    present = size - header.offset
    if present < header.size:
        raise CepickError(
            f"{name}: is truncated: {present} bytes of values where shape {shape} of {found.name} takes "
            f"{header.size}; save it again"
        )
    return header

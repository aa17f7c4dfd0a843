"""Values that lie one after the other in a file, read in runs into memory of their own.

A mapped file counts as resident memory as far as it was looked at. What is read here is in memory only for as long as
somebody holds it, so that an evaluation of any size stays as small as its blocks.
"""

from __future__ import annotations

import os
from math import prod

import numpy as np

from ce_core.arrays.stored import Shape, Stored
from ce_core.errors import CepickError

SMALL = 1 << 26
"""What is smaller is mapped: 64 MiB."""


class RawFile(Stored):
    """An array in C order at an offset of a file.

    The file is opened once and closed with the array. Reading is at a given place, so threads may share it.
    """

    def __init__(self, file: str, name: str, *, shape: Shape, dtype: np.dtype, offset: int) -> None:
        self.shape, self.dtype = shape, dtype
        self._name, self._offset = name, offset
        self._descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))

    def __del__(self) -> None:
        descriptor = getattr(self, "_descriptor", None)
        if descriptor is not None:
            os.close(descriptor)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of items, read from the file."""
        item = prod(self.shape[1:]) * self.dtype.itemsize
        values = np.empty((stop - start, *self.shape[1:]), dtype=self.dtype)
        buffer = values.reshape(-1).view(np.uint8).data
        place = self._offset + start * item
        while buffer:
            count = os.preadv(self._descriptor, [buffer], place)
            if not count:
                raise CepickError(f"{self._name}: became shorter while it was read; read it again")
            buffer, place = buffer[count:], place + count
        return values

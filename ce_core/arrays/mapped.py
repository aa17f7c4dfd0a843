"""Files mapped into memory: their pages are let go once they were looked at, so that they do not pile up."""

from __future__ import annotations

import mmap

import numpy as np

LARGE = 1 << 28
"""Smaller files stay in memory, for whoever looks at them twice."""
_WORTH = 1 << 12
_LOADED = 1 << 21
"""So much of a file the system may load for one look: all of it is let go."""


class Mapped(mmap.mmap):
    """A file mapped read-only. Its pages may be let go at any time: they are read again when they are looked at."""


def let_go(view: np.ndarray, least: int = LARGE) -> None:
    """Let the pages go that hold a part of a mapped file of ``least`` bytes; of any other array do nothing.

    A part that lies scattered over the file is left alone, for others may be looking at what is between.
    """
    if view.nbytes < _WORTH or (mapped := _mapping(view)) is None or len(mapped) < least:
        return
    low, high = _bounds(view)
    if high - low > 2 * view.nbytes or not hasattr(mmap, "MADV_DONTNEED"):
        return
    start = np.frombuffer(mapped, np.uint8).__array_interface__["data"][0]
    first = (low - start) // _LOADED * _LOADED
    last = min(-(-(high - start) // _LOADED) * _LOADED, len(mapped))
    mapped.madvise(mmap.MADV_DONTNEED, first, last - first)


def is_mapped(view: np.ndarray) -> bool:
    """Tell whether an array is, or may be, a part of a mapped file."""
    return isinstance(view, np.memmap) or _mapping(view) is not None


def _mapping(view: np.ndarray) -> Mapped | None:
    base: object = view
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    return base if isinstance(base, Mapped) else None


def _bounds(view: np.ndarray) -> tuple[int, int]:
    """Return the addresses of the first byte of an array, and of what follows its last."""
    low = high = view.__array_interface__["data"][0]
    for size, stride in zip(view.shape, view.strides, strict=True):
        low, high = (low + min(0, (size - 1) * stride), high + max(0, (size - 1) * stride))
    return low, high + view.itemsize

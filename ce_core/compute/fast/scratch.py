"""Work arrays that are taken once for each thread and used again for every strip."""

from __future__ import annotations

import threading
from math import prod
from typing import Any

import numpy as np


class Scratch(threading.local):
    """Arrays by name, one of each for each thread: what was in them is gone when the name is asked for again.

    >>> scratch = Scratch()
    >>> first = scratch.get("work", (4, 2), np.float32)
    >>> np.shares_memory(first, scratch.get("work", (3, 2), np.float32))
    True
    """

    def __init__(self) -> None:
        self._arrays: dict[tuple[str, Any], np.ndarray] = {}
        self.greatest: list[float] = []
        """The greatest losses that the thread has met so far, as many as are listed: no smaller one will be."""

    def get(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Return an array of this shape, whatever it holds."""
        size = prod(shape)
        key = (name, np.dtype(dtype))
        held = self._arrays.get(key)
        if held is None or held.size < size:
            held = self._arrays[key] = np.empty(size, dtype)
        return held[:size].reshape(shape)

    def steps(self, count: int, step: int) -> np.ndarray:
        """Return 0, step, 2·step, … of so many entries, as indices."""
        key = (f"steps of {step}", np.dtype(np.intp))
        held = self._arrays.get(key)
        if held is None or held.size < count:
            held = self._arrays[key] = np.arange(count, dtype=np.intp) * step
        return held[:count]

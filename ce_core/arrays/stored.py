"""Arrays that stay where they are stored, and are read in runs of items of their first axis."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from ce_core.arrays.mapped import LARGE, let_go

Shape = tuple[int, ...]

_RUN_BYTES = 1 << 20
"""Single items that are wanted and lie no further apart than this are read together."""
_COPY_BYTES = 1 << 23
"""How much is read at a time where a whole array is wanted."""


class Stored(ABC):
    """An array of which only the items that are asked for are ever in memory.

    Use it where NumPy would map a file or hold an array: it has ``shape``, ``dtype`` and indexing by its first axis, of
    a run of items or of single ones. ``np.asarray`` reads it whole.
    """

    shape: Shape
    dtype: np.dtype

    @abstractmethod
    def read(self, start: int, stop: int) -> np.ndarray:
        """Return the items from ``start`` up to ``stop``, of shape ``(stop - start, *shape[1:])``."""

    def let_go(self, start: int, stop: int) -> None:  # noqa: B027 - what is read into fresh memory has nothing to do
        """Let the memory go that holds a run of items which were looked at, where it lies in mapped files."""

    @property
    def ndim(self) -> int:
        """Return the number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Return the number of values."""
        return prod(self.shape)

    @property
    def item_bytes(self) -> int:
        """Return how many bytes one item of the first axis takes."""
        return max(1, prod(self.shape[1:]) * self.dtype.itemsize)

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        whole = np.empty(self.shape, dtype=self.dtype if dtype is None else dtype)
        step = max(1, _COPY_BYTES // self.item_bytes)
        for first in range(0, len(self), step):
            last = min(first + step, len(self))
            whole[first:last] = self.read(first, last)
        return whole

    def __getitem__(self, index: Any) -> Any:
        first, rest = (index[0], index[1:]) if isinstance(index, tuple) else (index, ())
        if isinstance(first, slice):
            start, stop, step = first.indices(len(self))
            part = self.read(start, max(start, stop))[::step] if step > 0 else np.asarray(self)[first]
            return part[(slice(None), *rest)] if rest else part
        if isinstance(first, (int, np.integer)):
            at = int(first) + (len(self) if first < 0 else 0)
            return self.read(at, at + 1)[(0, *rest)]
        return self._items(np.asarray(first), rest)

    def _items(self, wanted: np.ndarray, rest: tuple[Any, ...]) -> np.ndarray:
        """Return single items, each read once and near ones together."""
        if wanted.dtype == bool:
            wanted = np.flatnonzero(wanted)
        distinct, inverse = np.unique(wanted % max(1, len(self)), return_inverse=True)
        found = np.empty((len(distinct), *self.shape[1:]), dtype=self.dtype)
        apart = max(1, _RUN_BYTES // self.item_bytes)
        starts = [0, *(np.flatnonzero(np.diff(distinct) > apart) + 1).tolist(), len(distinct)]
        for begin, end in pairwise(starts):
            if begin < end:
                low, high = int(distinct[begin]), int(distinct[end - 1]) + 1
                found[begin:end] = self.read(low, high)[distinct[begin:end] - low]
        return np.asarray(found[(inverse.reshape(wanted.shape), *rest)])


class Converted(Stored):
    """A stored array that is turned into another as it is read: bfloat16 into float32, the class axis to the end."""

    def __init__(
        self,
        stored: Stored,
        convert: Callable[[np.ndarray], np.ndarray],
        *,
        dtype: Any = None,
        shape: Shape | None = None,
    ) -> None:
        self.stored, self.convert = stored, convert
        self.shape = stored.shape if shape is None else shape
        self.dtype = stored.dtype if dtype is None else np.dtype(dtype)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of items, converted."""
        return self.convert(self.stored.read(start, stop))

    def let_go(self, start: int, stop: int) -> None:
        """Let the memory go that was converted."""
        self.stored.let_go(start, stop)


class Joined(Stored):
    """Several arrays one after the other along their first axis, read as one."""

    def __init__(self, parts: Sequence[Stored | np.ndarray]) -> None:
        self.parts = tuple(parts)
        self.ends = np.cumsum([part.shape[0] for part in parts])
        self.shape = (int(self.ends[-1]), *parts[0].shape[1:])
        self.dtype = np.result_type(*[part.dtype for part in parts])

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of items, from as many parts as it touches."""
        return joined_runs(
            (_run(part, first, last) for part, first, last in self._touched(start, stop)),
            (max(0, stop - start), *self.shape[1:]),
            self.dtype,
        )

    def let_go(self, start: int, stop: int) -> None:
        """Let the memory go that parts are mapped to; many small files are together as large as one."""
        if self.size * self.dtype.itemsize < LARGE:
            return
        for part, first, last in self._touched(start, stop):
            if isinstance(part, Stored):
                part.let_go(first, last)
            else:
                let_go(part[first:last], least=0)

    def _touched(self, start: int, stop: int) -> Iterator[tuple[Stored | np.ndarray, int, int]]:
        """Yield the parts that a run touches, each with the run of its own items."""
        at = int(np.searchsorted(self.ends, start, side="right"))
        while start < stop and at < len(self.parts):
            offset = int(self.ends[at]) - self.parts[at].shape[0]
            last = min(stop, int(self.ends[at]))
            yield self.parts[at], start - offset, last - offset
            start, at = last, at + 1


def joined_runs(runs: Iterable[np.ndarray], shape: Shape, dtype: Any) -> np.ndarray:
    """Return runs that follow each other as one array; of several none is held longer than it takes to copy it."""
    coming = iter(runs)
    first = next(coming, None)
    if first is None or len(first) == shape[0]:
        return np.empty(shape, dtype) if first is None else first.astype(dtype, copy=False)
    whole = np.empty(shape, dtype)
    at = len(first)
    whole[:at] = first
    del first
    for run in coming:
        whole[at : at + len(run)] = run
        at += len(run)
    return whole


class Chunked(Stored):
    """A stored array that is kept in chunks of items, each decoded as a whole: the last one of each thread is kept."""

    def __init__(self, shape: Shape, dtype: Any, ends: Sequence[int]) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.ends = np.asarray(ends)
        self._last = threading.local()

    @abstractmethod
    def decode(self, chunk: int) -> np.ndarray:
        """Return all the items of a chunk."""

    def _chunk(self, number: int) -> np.ndarray:
        if getattr(self._last, "number", None) != number:
            self._last.items = None  # let go of the old chunk before the new one is decoded
            self._last.items = self.decode(number)
            self._last.number = number
        return np.asarray(self._last.items)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of items, from as many chunks as it touches."""
        found = []
        at = int(np.searchsorted(self.ends, start, side="right"))
        while start < stop and at < len(self.ends):
            offset = int(self.ends[at - 1]) if at else 0
            last = min(stop, int(self.ends[at]))
            found.append(self._chunk(at)[start - offset : last - offset])
            start, at = last, at + 1
        if not found:
            return np.empty((0, *self.shape[1:]), dtype=self.dtype)
        return found[0] if len(found) == 1 else np.concatenate(found)


def _run(part: Stored | np.ndarray, start: int, stop: int) -> np.ndarray:
    return part.read(start, stop) if isinstance(part, Stored) else part[start:stop]

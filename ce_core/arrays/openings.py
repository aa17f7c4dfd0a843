"""How each file of an array is opened, as small data: whoever has it opens the file by itself."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ce_core.arrays.files import STANDARD_INPUT, files_of, open_predictions, open_target, open_two
from ce_core.arrays.mapped import let_go
from ce_core.arrays.paths import is_url
from ce_core.arrays.source import Source
from ce_core.arrays.stored import Shape, Stored, joined_runs
from ce_core.errors import CepickError

_HELD = 16
"""So many files are held open by a process."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One file of predictions or targets, and what was said of it."""

    side: Literal["predictions", "targets"]
    path: str
    """The file of this array; where ``other`` is given too, both are read together."""
    other: str | None = None
    """The file of the targets that go with these predictions, or of the predictions that go with these targets."""
    together: bool = False
    """Whether one file holds both."""
    target_column: str | None = None
    dtype: str | None = None

    def open(self) -> Source:
        """Return the array of this file."""
        if self.together:
            return open_two(self.path, None, self.target_column, self.dtype)[self.side == "targets"]
        if self.other is None:
            if self.side == "predictions":
                return open_predictions(self.path, self.dtype)
            return open_target(self.path, self.dtype, self.target_column)
        first, second = (self.path, self.other) if self.side == "predictions" else (self.other, self.path)
        return open_two(first, second, self.target_column, self.dtype)[self.side == "targets"]


def openings(
    predictions: str,
    targets: str | None,
    *,
    target_column: str | None = None,
    dtype: str | None = None,
    parts: Sequence[tuple[str, str]] = (),
) -> tuple[tuple[Opening, ...], tuple[Opening, ...]]:
    """Return how each file of the predictions and of the targets is opened, as `read_pair` does, with whole paths."""
    first, second = files_of(predictions, targets, parts)
    if STANDARD_INPUT in (*first, *(second or ())):
        raise CepickError("-: standard input cannot be read by others; pass a path")
    ones = [_whole(each) for each in first]
    others = ones if second is None else [_whole(each) for each in second]

    def one(side: Literal["predictions", "targets"], path: str, other: str | None) -> Opening:
        return Opening(
            side=side,
            path=path,
            other=other,
            together=path == other,
            target_column=target_column,
            dtype=dtype,
        )

    if len(ones) != len(others):
        return (
            tuple(one("predictions", path, None) for path in ones),
            tuple(one("targets", path, None) for path in others),
        )
    pairs = list(zip(ones, others, strict=True))
    return (
        tuple(one("predictions", path, other) for path, other in pairs),
        tuple(one("targets", path, other) for other, path in pairs),
    )


def _whole(path: str) -> str:
    return path if is_url(path) else os.path.abspath(path)


class Window(Stored):
    """A run of items of an array of many files: only the files that hold it are known, and opened when it is read.

    It has the shape and the numbering of the whole array, and may be sent anywhere. With ``text`` the files hold names,
    which are read as they are.
    """

    def __init__(
        self,
        openings: Sequence[Opening],
        lengths: Sequence[int],
        *,
        start: int,
        shape: Shape,
        dtype: np.dtype,
        text: bool = False,
    ) -> None:
        self.openings, self.lengths, self.start = tuple(openings), tuple(lengths), start
        self.shape, self.dtype, self.text = shape, dtype, text

    def between(self, start: int, stop: int) -> Window:
        """Return the window of the files that hold the items from ``start`` up to ``stop``."""
        ends = self.start + np.cumsum(self.lengths)
        first = int(np.searchsorted(ends, start, side="right"))
        last = int(np.searchsorted(ends, max(start, stop - 1), side="right")) + 1
        before = self.start if not first else int(ends[first - 1])
        return Window(
            self.openings[first:last],
            self.lengths[first:last],
            start=before,
            shape=self.shape,
            dtype=self.dtype,
            text=self.text,
        )

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of items, from as many files as it touches."""
        runs = (np.asarray(array[first:last]) for array, first, last in self._touched(start, stop))
        if self.text:
            return np.concatenate(list(runs))
        return joined_runs(runs, (max(0, stop - start), *self.shape[1:]), self.dtype)

    def let_go(self, start: int, stop: int) -> None:
        """Let the memory go that files are mapped to: a worker has many, each of any size."""
        for array, first, last in self._touched(start, stop):
            if isinstance(array, Stored):
                array.let_go(first, last)
            else:
                let_go(array[first:last], least=0)

    def _touched(self, start: int, stop: int) -> Iterator[tuple[np.ndarray | Stored, int, int]]:
        offset = self.start
        for opening, length in zip(self.openings, self.lengths, strict=True):
            first, last = max(start, offset), min(stop, offset + length)
            if first < last:
                yield HELD.array(opening, (length, *self.shape[1:])), first - offset, last - offset
            offset += length


def left_closed(source: Source, opening: Opening) -> Source:
    """Return a file's array as one that is opened when it is read, unless it is in memory anyhow."""
    array = source.array
    if not array.ndim or (isinstance(array, np.ndarray) and array.flags.writeable):
        return source
    window = Window((opening,), (len(array),), start=0, shape=array.shape, dtype=array.dtype)
    return replace(source, array=window)


class _Held:
    """The files that were opened last, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrays: OrderedDict[Opening, np.ndarray | Stored] = OrderedDict()

    def array(self, opening: Opening, shape: Shape) -> np.ndarray | Stored:
        """Return the array of a file, which has the shape that it had when it was counted."""
        with self._lock:
            if opening in self._arrays:
                self._arrays.move_to_end(opening)
                return self._arrays[opening]
        array = opening.open().array
        if array.shape != shape:
            raise CepickError(
                f"{opening.path}: has shape {list(array.shape)} here, and {list(shape)} where it was counted; "
                "give every machine the same files"
            )
        with self._lock:
            self._arrays[opening] = array
            while len(self._arrays) > _HELD:
                self._arrays.popitem(last=False)
        return array


HELD = _Held()

"""A CSV of numbers in its file, and its columns: blocks of lines that are parsed as they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from ce_core.arrays.csv_block import of_bytes, padded, parse
from ce_core.arrays.csv_grid import Grid, UnusualError
from ce_core.arrays.csv_text import cleaned, starts_outside_quotes
from ce_core.arrays.decimal_cells import PAD
from ce_core.arrays.paths import clear_errors
from ce_core.arrays.stored import Stored
from ce_core.arrays.table import Table, parse_table
from ce_core.errors import CepickError

CLEAN, QUOTED, UNCLEAN = range(3)
"""Of a block's lines must go: nothing; quotes, all around plain cells; blank lines, blanks, or quotes elsewhere."""

_THREADS = 2

_TASK = 16
"""Blocks that a thread takes at a time."""
_LONGEST = 1 << 26
"""A cell in quotes that is longer makes the file one that is read whole."""
_KEPT = 1 << 23
"""Bytes of working memory that are worth keeping between blocks."""

_T = TypeVar("_T")


class CsvFile:
    """The bytes of a file, and after the scan its blocks: where each starts, and which rows it holds.

    The file is opened once and closed with the last array. Reading is at a given place, so threads may share it.
    """

    grid: Grid
    #: Where each block starts, and behind the last one where the file ends.
    starts: np.ndarray
    #: How many rows there are up to the end of each block.
    ends: np.ndarray
    #: What must go before a block is parsed: `CLEAN`, `QUOTED` or `UNCLEAN`.
    unclean: np.ndarray
    #: Whether all rows of a block are written like its first.
    uniform: np.ndarray
    #: The columns that hold integers.
    integers: frozenset[int]

    def __init__(self, path: str, descriptor: int | None = None) -> None:
        self.path = path
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(path, flags) if descriptor is None else descriptor
        self._state = self._current()
        self.size = self._state[0]

    def __del__(self) -> None:
        descriptor = getattr(self, "_descriptor", None)
        if descriptor is not None:
            os.close(descriptor)

    def _current(self) -> tuple[int, int]:
        status = os.fstat(self._descriptor)
        return status.st_size, status.st_mtime_ns

    def bytes_at(self, start: int, stop: int) -> np.ndarray:
        """Return bytes of the file between zeros; the file's last line gets the line end that it may lack."""
        raw = padded(stop - start)
        buffer, place = raw[PAD : PAD + stop - start].data, start
        while buffer:
            count = os.preadv(self._descriptor, [buffer], place)
            if not count:
                raise self.changed()
            buffer, place = buffer[count:], place + count
        if self._current() != self._state:
            raise self.changed()
        if stop == self.size and stop > start and raw[-PAD - 1] != ord("\n"):
            return of_bytes(raw[PAD:-PAD].tobytes() + b"\n")
        return raw

    def changed(self) -> CepickError:
        """Return what is wrong where the bytes are not those of the scan."""
        return CepickError(f"{self.path}: changed while it was read; read it again")

    def whole(self, preferred: str) -> Table:
        """Return what the reader of all reads."""
        return parse_table(self.bytes_at(0, self.size)[PAD:-PAD].tobytes(), self.path, preferred)

    def _broken(self) -> CepickError:
        """Return what is wrong with lines of which only the sum of cells is right: what the reader of all says."""
        try:
            self.whole(chr(self.grid.delimiter))
        except CepickError as error:
            return error
        return CepickError(
            f"{self.path}: text follows many rows of numbers in a column; put it into one of its own"
        )

    def row_starts(self, start: int, step: int) -> list[int]:
        """Return what `line_starts` does, of lines that are not within quotes: all the bytes are read for that."""
        found, room = [start], step + (1 << 14)
        while found[-1] + step < self.size:
            stop = min(found[-1] + room, self.size)
            ahead = starts_outside_quotes(self.bytes_at(found[-1], stop)[PAD:-PAD], step)
            if ahead is None:
                if stop == self.size:
                    break
                if room > _LONGEST:
                    raise UnusualError
                room *= 2
                continue
            if found[-1] + ahead >= self.size:
                break
            found.append(found[-1] + ahead)
            room = step + (1 << 14)
        return [*found, self.size]

    def line_starts(self, start: int, step: int) -> list[int]:
        """Return the places of about every so many bytes where a line starts, from one on to the end of the file."""
        found = [start]
        while found[-1] + step < self.size:
            at = found[-1] + step - 1
            for block in (1 << 12, *[1 << 18] * (1 + self.size >> 18)):
                text = self.bytes_at(at, min(at + block, self.size))[PAD:-PAD]
                hit = np.flatnonzero(text == ord("\n"))
                if hit.size or at + block >= self.size:
                    break
                at += block
            place = at + int(hit[0]) + 1 if hit.size else self.size
            if place >= self.size:
                break
            found.append(place)
        return [*found, self.size]

    def block(self, number: int) -> np.ndarray:
        """Return the lines of a block, clean if need be."""
        raw = self.bytes_at(int(self.starts[number]), int(self.starts[number + 1]))
        if self.unclean[number] == QUOTED:
            return of_bytes(raw[PAD:-PAD].tobytes().replace(b'"', b""))
        if self.unclean[number]:
            return of_bytes(cleaned(raw[PAD:-PAD].tobytes(), self.grid)[0])
        return raw

    def rows(self, start: int, stop: int, columns: Sequence[int], kind: np.dtype, into: np.ndarray) -> None:
        """Parse rows from ``start`` up to ``stop`` into an array of shape (stop - start, len(columns))."""
        for number, first, last, place in self.runs(start, stop):
            raw = self.block(number)
            if first or last + self._before(number) < self.ends[number]:
                raw = lines_of(raw, first, last)
            try:
                values = parse(
                    raw,
                    self.grid,
                    columns,
                    self.integers,
                    whole=kind.kind == "i",
                    uniform=bool(self.uniform[number]),
                )
            except (UnusualError, ValueError):
                values = None
            if values is None or len(values) != last - first:
                raise self._broken()
            into[place : place + last - first] = values

    def rows_in(self, number: int) -> int:
        """Return how many rows a block holds."""
        return int(self.ends[number]) - self._before(number)

    def _before(self, number: int) -> int:
        return int(self.ends[number - 1]) if number else 0

    def runs(self, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield the blocks of a run of rows: the number, its first row, the one behind its last, where they go."""
        number, at = int(np.searchsorted(self.ends, start, side="right")), start
        while at < stop:
            offset = self._before(number)
            last = min(stop, int(self.ends[number]))
            yield number, at - offset, last - offset, at - start
            number, at = number + 1, last


class StreamedCsv(Stored):
    """Columns of a large CSV: of shape (rows,) for a single one, else (rows, columns)."""

    def __init__(self, file: CsvFile, columns: Sequence[int]) -> None:
        self.file, self.columns = file, tuple(columns)
        count = int(file.ends[-1])
        self.dtype = np.dtype(np.int64 if file.integers.issuperset(columns) else np.float64)
        self.shape = (count,) if len(self.columns) == 1 else (count, len(self.columns))

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of rows, parsed."""
        found = np.empty((max(0, stop - start), len(self.columns)), dtype=self.dtype)
        with clear_errors(self.file.path):
            self.file.rows(start, stop, self.columns, self.dtype, found)
        return found.reshape(-1, *self.shape[1:])

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        whole = np.empty(self.shape, dtype=self.dtype)
        flat = whole.reshape(len(self), len(self.columns))

        def fill(blocks: Sequence[int]) -> None:
            start = int(self.file.ends[blocks[0] - 1]) if blocks[0] else 0
            stop = int(self.file.ends[blocks[-1]])
            self.file.rows(start, stop, self.columns, self.dtype, flat[start:stop])

        with clear_errors(self.file.path):
            for _ in in_threads(fill, len(self.file.ends)):
                pass
        return whole if dtype is None else whole.astype(dtype, copy=False)  # type: ignore[call-overload]


def lines_of(raw: np.ndarray, first: int, last: int) -> np.ndarray:
    """Return some of the lines of a block, between zeros."""
    ends = np.flatnonzero(raw == ord("\n")) + 1
    start, stop = (int(ends[first - 1]) if first else PAD), int(ends[last - 1])
    if start == PAD and stop == len(raw) - PAD:
        return raw
    # A copy: what stands around the lines must be zeros.
    cut = padded(stop - start)
    cut[PAD : PAD + stop - start] = raw[start:stop]
    return cut


def in_threads(work: Callable[[Sequence[int]], _T], blocks: int) -> Iterator[_T]:
    """Yield what is found in runs of blocks, in their order, two runs at a time."""
    runs = [range(at, min(at + _TASK, blocks)) for at in range(0, blocks, _TASK)]
    # The C library gives memory back to the system at once, and pays for it again in page faults, until something as
    # large as this was freed.
    np.empty(_KEPT, dtype=np.uint8)
    pool = ThreadPoolExecutor(_THREADS)
    try:
        yield from pool.map(work, runs)
    finally:
        pool.shutdown(cancel_futures=True)

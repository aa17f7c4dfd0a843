"""A column of text of a large CSV: its labels, each once, and for each row the number of its label."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from ce_core.arrays.csv_file import CsvFile, in_threads
from ce_core.arrays.csv_grid import UnusualError, lattice_of
from ce_core.arrays.csv_text import Names, as_text, distinct_cells
from ce_core.arrays.labels import Labels
from ce_core.arrays.paths import clear_errors
from ce_core.arrays.stored import Stored

_RUN = 1 << 16
"""Rows whose labels are put in order at a time: NumPy widens what it takes by."""


class TextColumn(Stored):
    """A column of text, whose labels are looked for when they are asked for unless the scan knows them."""

    dtype = np.dtype(str)

    def __init__(
        self, file: CsvFile, column: int, cells: Sequence[bytes] | None, numbers: np.ndarray
    ) -> None:
        self.file, self.column, self.cells, self.numbers = file, column, cells, numbers
        self.shape = (int(file.ends[-1]),)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of labels."""
        return self.labels.read(start, stop)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.labels, dtype)

    @cached_property
    def labels(self) -> Labels:
        """Return the labels."""
        cells, numbers = (self.cells, self.numbers) if self.cells is not None else self._all()
        texts = [as_text(cell, self.file.grid) for cell in cells]
        labels = tuple(sorted(set(texts)))
        places = {label: number for number, label in enumerate(labels)}
        order = np.array([places[text] for text in texts], dtype=numbers.dtype)
        ordered = np.empty_like(numbers)
        for at in range(0, len(numbers), _RUN):
            ordered[at : at + _RUN] = order.take(numbers[at : at + _RUN])
        return Labels(labels, ordered)

    def _all(self) -> tuple[list[bytes], np.ndarray]:
        """Return the cells of a column of many labels, each once, and the numbers of the rows' cells, in two passes."""
        file = self.file

        def look(blocks: Sequence[int]) -> dict[bytes, None]:
            return dict.fromkeys(chain.from_iterable(distinct_cells(*self._cells(block)) for block in blocks))

        def number(blocks: Sequence[int]) -> list[np.ndarray | None]:
            return [names.numbers(*self._cells(block)) for block in blocks]

        with clear_errors(file.path):
            everything: dict[bytes, None] = {}
            for found in in_threads(look, len(file.ends)):
                everything.update(found)
            names = Names(list(everything))
            numbers, at = np.empty(self.shape, dtype=np.uint32), 0
            for block in chain.from_iterable(in_threads(number, len(file.ends))):
                if block is None:
                    raise file.changed()
                numbers[at : at + len(block)] = block
                at += len(block)
        return list(everything), numbers

    def _cells(self, block: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        raw = self.file.block(block)
        if len(raw) == 0 or self.file.rows_in(block) == 0:
            none = np.zeros(0, dtype=np.int64)
            return raw, none, none
        try:
            starts, stops, _ = lattice_of(raw, self.file.grid)
        except UnusualError:
            raise self.file.changed() from None
        if len(starts) != self.file.rows_in(block):
            raise self.file.changed()
        return raw, starts[:, self.column], stops[:, self.column]

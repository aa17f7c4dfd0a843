"""A column of text of a large CSV: labels that are numbered as they are read, of which only the names are kept."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from ce_core.arrays.csv_cells import UnusualError, lattice_of
from ce_core.arrays.csv_file import CsvFile, in_threads, lines_of
from ce_core.arrays.csv_text import Names, as_text, distinct_cells
from ce_core.arrays.labels import Labels
from ce_core.arrays.paths import clear_errors
from ce_core.arrays.stored import Stored


class TextColumn(Stored):
    """A column of text whose labels have not been looked at."""

    dtype = np.dtype(str)

    def __init__(self, file: CsvFile, column: int, seen: list[bytes] | None) -> None:
        self.file, self.column, self.seen = file, column, seen
        self.shape = (int(file.ends[-1]),)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of labels."""
        return self.labels().read(start, stop)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.labels(), dtype)

    def labels(self) -> CsvLabels:
        """Return the labels, which are looked for where the scan found too many to keep."""
        cells = self._all() if self.seen is None else self.seen
        texts = [as_text(cell, self.file.grid) for cell in cells]
        labels = tuple(sorted(set(texts)))
        numbers = {label: number for number, label in enumerate(labels)}
        return CsvLabels(
            self, labels, Names(cells), np.array([numbers[text] for text in texts], dtype=np.int64)
        )

    def _all(self) -> list[bytes]:
        def look(blocks: Sequence[int]) -> dict[bytes, None]:
            return dict.fromkeys(
                chain.from_iterable(distinct_cells(*self._cells(self.file.block(block))) for block in blocks)
            )

        everything: dict[bytes, None] = {}
        with clear_errors(self.file.path):
            for found in in_threads(look, len(self.file.ends)):
                everything.update(found)
        return list(everything)

    def _cells(self, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        starts, stops, _ = lattice_of(raw, self.file.grid)
        return raw, starts[:, self.column], stops[:, self.column]

    def numbers_in(self, raw: np.ndarray, names: Names) -> np.ndarray:
        """Return which name stands in each line of a block."""
        try:
            found = names.numbers(*self._cells(raw))
        except UnusualError:
            found = None
        if found is None:
            raise self.file.changed()
        return found


class CsvLabels(Labels):
    """The labels of a column."""

    def __init__(
        self, column: TextColumn, labels: tuple[str, ...], names: Names, numbers: np.ndarray
    ) -> None:
        super().__init__(labels, column.shape)
        self.column, self.names, self.numbers = column, names, numbers

    def numbers_of(self, start: int, stop: int) -> np.ndarray:
        """Return the numbers of a run of labels."""
        file, found = self.column.file, np.empty(max(0, stop - start), dtype=np.int64)
        with clear_errors(file.path):
            for number, first, last, place in file.runs(start, stop):
                values = self.column.numbers_in(lines_of(file.block(number), first, last), self.names)
                if len(values) != last - first:
                    raise file.changed()
                found[place : place + last - first] = self.numbers.take(values)
        return found

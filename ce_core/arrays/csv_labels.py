"""A column of text of a large CSV: labels that are numbered as they are read, of which only the names are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ce_core.arrays.csv_cells import UnusualError
from ce_core.arrays.csv_file import CsvFile, in_threads, lines_of
from ce_core.arrays.csv_text import as_text, text_cells
from ce_core.arrays.labels import Labels
from ce_core.arrays.paths import clear_errors
from ce_core.arrays.stored import Stored


class TextColumn(Stored):
    """A column of text whose labels have not been looked at."""

    dtype = np.dtype(str)

    def __init__(self, file: CsvFile, column: int, seen: dict[bytes, None] | None) -> None:
        self.file, self.column, self.seen = file, column, seen
        self.shape = (int(file.ends[-1]),)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of labels."""
        return self.labels().read(start, stop)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.labels(), dtype)

    def labels(self) -> CsvLabels:
        """Return the labels, which are looked for where the scan found too many to keep."""
        seen = self.seen if self.seen is not None else self._all()
        names = {cell: as_text(cell, self.file.grid) for cell in seen}
        labels = tuple(sorted(set(names.values())))
        numbers = {label: number for number, label in enumerate(labels)}
        return CsvLabels(self, labels, {cell: numbers[name] for cell, name in names.items()})

    def _all(self) -> dict[bytes, None]:
        def look(blocks: Sequence[int]) -> set[bytes]:
            found: set[bytes] = set()
            for block in blocks:
                found.update(text_cells(self.file.block(block), self.file.grid, self.column))
            return found

        everything: dict[bytes, None] = {}
        with clear_errors(self.file.path):
            for found in in_threads(look, len(self.file.ends)):
                everything.update(dict.fromkeys(found))
        return everything


class CsvLabels(Labels):
    """The labels of a column."""

    def __init__(self, column: TextColumn, labels: tuple[str, ...], numbers: dict[bytes, int]) -> None:
        super().__init__(labels, column.shape)
        self.column, self.numbers = column, numbers

    def numbers_of(self, start: int, stop: int) -> np.ndarray:
        """Return the numbers of a run of labels."""
        file, found = self.column.file, np.empty(max(0, stop - start), dtype=np.int64)
        with clear_errors(file.path):
            for number, first, last, place in file.runs(start, stop):
                try:
                    cells = text_cells(
                        lines_of(file.block(number), first, last), file.grid, self.column.column
                    )
                    values = [self.numbers[cell] for cell in cells]
                except (UnusualError, KeyError):
                    raise file.changed() from None
                if len(values) != last - first:
                    raise file.changed()
                found[place : place + last - first] = values
        return found

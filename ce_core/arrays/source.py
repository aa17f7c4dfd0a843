"""An array with what is known about where it came from."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ce_core.arrays.stored import Stored
from ce_core.errors import CepickError
from ce_core.records import dataclass


class Lines(Protocol):
    """The lines of rows, found one at a time."""

    def __getitem__(self, row: int, /) -> int:
        """Return the 1-based line of a row."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """Hold an array, the name that reports call it by, and the precision that its values really have.

    Use it wherever an array enters: the checks need to know that a float32 value was widened from
    bfloat16, or that a CSV was written with four decimals, and a finding names the line of a CSV.

    >>> source = Source(array=np.array([0.25, 0.75]), name="p.csv", precision="decimals", first_line=2)
    >>> source.line_of(1)
    3
    """

    #: Numbers, booleans, or text (class names); what is large stays in its file, and is read in runs.
    array: np.ndarray | Stored
    #: The path as given (`logits.npy`, `file.npz:key`, `-`), or `predictions` / `targets` from Python.
    name: str
    #: float16, bfloat16, float32, float64, decimals (a CSV), integer, bool or text.
    precision: str
    #: For a CSV: how many decimals the values were rounded to (see `columns.decimals_of`).
    decimals: int | None = None
    #: The names in the header, or a data frame's columns: the class names of a table of predictions.
    columns: tuple[str, ...] | None = None
    #: For a CSV: the 1-based line of row 0, when the rows stand on lines that follow each other.
    first_line: int | None = None
    #: For a CSV: the 1-based line of every row, when they do not.
    lines: np.ndarray | Lines | None = None
    #: Of several files read as one: how many items each holds.
    lengths: tuple[int, ...] | None = None
    #: What was assumed or left out on the way, each a sentence to show.
    note: tuple[str, ...] = ()

    @property
    def whole(self) -> np.ndarray:
        """Return the array in memory, for what is small or is needed all at once: labels, weights, masks."""
        return np.asarray(self.array)

    def line_of(self, row: int) -> int | None:
        """Return the 1-based line of a zero-based row; None for what is not a CSV."""
        if self.lines is not None:
            return int(self.lines[row])
        return None if self.first_line is None else self.first_line + row

    def require_numbers(self) -> Source:
        """Return the source itself, or raise a `CepickError` when it holds text."""
        if self.precision != "text":
            return self
        first = str(self.whole.ravel()[0])
        where = "" if (line := self.line_of(0)) is None else f" on line {line}"
        raise CepickError(
            f"{self.name}: holds text ({first!r}{where}) where numbers are needed; pass numbers"
        )

"""Where the lines of a CSV, its columns and its cells start and stop, whatever they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ce_core.arrays.decimal_cells import PAD

NEWLINE, RETURN, POINT, MINUS, PLUS, ZERO, POWER = b"\n\r.-+0e"


class UnusualError(Exception):
    """The lines are not of the kind that is read here."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """How the lines of a file are divided."""

    width: int
    #: One byte.
    delimiter: int
    #: The columns that hold text.
    text: tuple[int, ...] = ()


class Lattice(NamedTuple):
    """Where the cells of a block start and stop, of shape (lines, width), and how many lines end in a return."""

    starts: np.ndarray
    stops: np.ndarray
    returns: int


def lattice_of(raw: np.ndarray, grid: Grid) -> Lattice:
    """Find all cells of a block of whole lines, whatever they hold."""
    ends = raw == NEWLINE
    lines = int(np.count_nonzero(ends))
    ends |= raw == grid.delimiter
    return make_lattice(raw, grid, np.flatnonzero(ends), lines)


def make_lattice(raw: np.ndarray, grid: Grid, stops: np.ndarray, lines: int) -> Lattice:
    """Return the cells that end in these places."""
    if not lines or len(stops) != lines * grid.width:
        raise UnusualError
    starts = np.empty_like(stops)
    starts[0] = PAD
    np.add(stops[:-1], 1, out=starts[1:])
    stops = stops.reshape(lines, grid.width)
    last = stops[:, -1]
    if not (raw.take(last) == NEWLINE).all():
        raise UnusualError
    returns = raw.take(last - 1) == RETURN
    count = int(np.count_nonzero(returns))
    if count:
        # A copy: the ends of the lines are wanted too.
        stops = stops.copy()
        stops[:, -1] -= returns
    return Lattice(starts.reshape(stops.shape), stops, count)


def picking(columns: Sequence[int]) -> slice | list[int]:
    """Return columns as what picks them the fastest."""
    first, last = (columns[0], columns[-1] + 1) if columns else (0, 0)
    return slice(first, last) if list(columns) == list(range(first, last)) else list(columns)


def columns_of_numbers(grid: Grid) -> slice | list[int]:
    """Return the columns that hold no text, as what picks them."""
    return picking([column for column in range(grid.width) if column not in grid.text])


def text_places(grid: Grid, lattice: Lattice) -> np.ndarray:
    """Return the places of all bytes in cells of text."""
    text = list(grid.text)
    starts = lattice.starts[:, text]
    return positions_in(starts.ravel(), (lattice.stops[:, text] - starts).ravel())


def positions_in(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the places of so many bytes from each start on.

    >>> positions_in(np.array([3, 10]), np.array([2, 3])).tolist()
    [3, 4, 10, 11, 12]
    """
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))


def count_marks(raw: np.ndarray) -> int:
    """Return how many bytes are no digits."""
    return int(np.count_nonzero((raw - np.uint8(ZERO)) > 9))

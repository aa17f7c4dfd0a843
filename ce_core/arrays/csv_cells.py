"""The digits of all cells in a block of whole lines of a CSV of numbers, and where rows are alike how they are found.

Where every row is written like the first (`0.123456,12,-3.5`: as many decimals in each column, no exponents), the
places of all signs and points follow from the ends of the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ce_core.arrays.csv_grid import MINUS, POINT, Grid, lattice_of, picking
from ce_core.arrays.decimal_cells import MOST_WRITTEN


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """The digits of all cells of a block, as arrays of shape (rows, width), or what goes for all rows."""

    raw: np.ndarray
    #: Where the digits of the mantissa end.
    ends: np.ndarray
    #: How many digits stand before the point, and behind it.
    whole: np.ndarray
    decimals: np.ndarray
    #: The largest of `whole`.
    longest: int
    #: Which cells have a point; None where all do.
    pointed: np.ndarray | None
    negative: np.ndarray
    #: Whether all rows have the same decimals.
    uniform: bool
    fractional: np.ndarray
    exponents: np.ndarray | None = None
    #: Cells that Python reads, and where they are.
    odd: np.ndarray | None = None
    starts: np.ndarray
    stops: np.ndarray


def locate_uniform(raw: np.ndarray, grid: Grid, columns: Sequence[int]) -> Cells | None:
    """Find the cells of some columns where all rows are known to be written like the first; None if they are long."""
    starts, stops, _ = lattice_of(raw, grid)
    picked = picking(columns)
    return like_the_first(raw, starts[:, picked], stops[:, picked], None)


def like_the_first(raw: np.ndarray, starts: np.ndarray, stops: np.ndarray, marks: int | None) -> Cells | None:
    """Locate the digits where all rows are written like the first; marks is how many signs and points there are.

    Where marks is None, they are known to be.
    """
    if not stops.shape[1]:
        return None
    at = int(starts[0, 0])
    first = at + np.flatnonzero(raw[at : int(stops[0, -1])] == POINT)
    cell = np.searchsorted(stops[0], first)
    # Columns of text may stand between.
    inside = first >= starts[0].take(cell)
    first, cell = first[inside], cell[inside]
    pointed, decimals = np.zeros(stops.shape[1], dtype=bool), np.zeros(stops.shape[1], dtype=np.int64)
    pointed[cell] = True
    decimals[cell] = stops[0].take(cell) - first - 1
    negative = raw.take(starts) == MINUS
    behind = decimals + pointed
    points = stops - (behind[0] if (behind == behind[0]).all() else behind)
    whole = points - starts
    whole -= negative
    longest, most = int(whole.max()), int(decimals.max())
    if longest + most > MOST_WRITTEN:
        return None
    if marks is not None:
        signs = int(np.count_nonzero(negative))
        if marks != signs + len(stops) * int(np.count_nonzero(pointed)) or int(whole.min()) < 0:
            return None
        found = raw.take(points if pointed.all() else points[:, pointed])
        if found.size and not (found == POINT).all():
            return None
        empty = decimals == 0
        if empty.any() and int(whole[:, empty].min()) < 1:
            return None
    return Cells(
        raw=raw,
        ends=stops,
        whole=whole,
        longest=longest,
        decimals=np.broadcast_to(decimals, stops.shape),
        pointed=None if pointed.all() else np.broadcast_to(pointed, stops.shape),
        negative=negative,
        uniform=True,
        fractional=np.broadcast_to(pointed, stops.shape),
        starts=starts,
        stops=stops,
    )

"""Sums along rows or columns that no order of adding can spoil: a bounded number of roundings each."""

from __future__ import annotations

import numpy as np

from .scratch import Scratch

_PIECE = 64
"""So many entries are added with at most ten roundings."""
_WHOLE = 96

Array = np.ndarray


def row_totals(rows: Array, out: Array, scratch: Scratch) -> None:
    """Write the sum of each row, [rows], of contiguous [rows, columns].

    Pieces of 64 columns are added in the rows' own type, and the pieces in float64: in float32 the error is at most
    ten roundings, 6e-7, however many columns there are.
    """
    count, columns = rows.shape
    if columns < _WHOLE or rows.dtype == np.float64:
        if rows.dtype == np.float64 and columns >= _WHOLE:
            np.add.reduce(rows, axis=1, out=out)  # in pairs
        else:
            out[...] = np.einsum("ij->i", rows)
        return
    pieces = columns // _PIECE
    whole = pieces * _PIECE
    sums = scratch.get("pieces", (count, pieces), rows.dtype)
    np.einsum("ijk->ij", rows[:, :whole].reshape(count, pieces, _PIECE), out=sums)
    np.add.reduce(sums, axis=1, dtype=np.float64, out=out)
    if whole < columns:
        out += np.einsum("ij->i", rows[:, whole:])


def row_squares(rows: Array, out: Array, scratch: Scratch) -> None:
    """Write the sum of the squares of each row, [rows], of contiguous [rows, columns].

    NumPy lets other threads run while it makes 500 products or more, whatever the length of each: of long rows a strip
    has fewer, and they are cut. How depends on the columns alone, so that no other strip gives another digit.
    """
    count, columns = rows.shape
    if not hasattr(np, "vecdot"):
        out[...] = np.einsum("ij,ij->i", rows, rows)
        return
    pieces = max(1, columns // _PRODUCT)
    length = columns // pieces
    whole = pieces * length
    parts = rows[:, :whole].reshape(count, pieces, length)
    sums = np.vecdot(parts, parts, out=scratch.get("square pieces", (count, pieces), rows.dtype))
    np.add.reduce(sums, axis=1, dtype=np.float64, out=out)
    if whole < columns:
        out += np.einsum("ij,ij->i", rows[:, whole:], rows[:, whole:])


_PRODUCT = 400
"""Products of so many columns or more cost little beside their rows, and none goes to threads of a matrix library."""


def fold(columns: Array) -> Array:
    """Return the sum of the columns [columns, rows], added in halves: it overwrites them.

    >>> fold(np.arange(10.0).reshape(5, 2))
    array([20., 25.])
    """
    count = len(columns)
    while count > 1:
        half = (count + 1) // 2
        np.add(columns[: count - half], columns[half:count], out=columns[: count - half])
        count = half
    return np.asarray(columns[0])

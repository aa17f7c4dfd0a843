"""Walking over two paired arrays in blocks of rows, whatever their rank and wherever their class axis is."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from ce_core.arrays.stored import Stored
from ce_core.records import dataclass

from .layout import Layout, Shape

BLOCK_ELEMENTS = 1 << 16
"""How many predictions a block holds by default: with its work arrays it fits a core's cache."""
_ENOUGH_ROWS = 128


@dataclass(frozen=True, kw_only=True)
class Span:
    """A run of positions: the index that cuts it out of an array, and the numbers of its first and last row."""

    index: tuple[slice | int, ...]
    start: int
    stop: int


def spans(positions: Shape, limit: int) -> Iterator[Span]:
    """Yield runs of at most ``limit`` positions that together cover them all, in order.

    >>> [(span.start, span.stop) for span in spans((5,), 2)]
    [(0, 2), (2, 4), (4, 5)]
    >>> [(span.start, span.stop) for span in spans((2, 3), 4)]
    [(0, 3), (3, 6)]
    """
    for number in range(span_count(positions, limit)):
        yield span_at(positions, limit, number)


def span_count(positions: Shape, limit: int) -> int:
    """Return how many runs `spans` yields.

    >>> span_count((2, 3), 2)
    4
    """
    if not positions:
        return 1
    inner = prod(positions[1:])
    if inner <= limit or len(positions) == 1:
        return -(-positions[0] // max(1, limit // max(1, inner)))
    return positions[0] * span_count(positions[1:], limit)


def span_at(positions: Shape, limit: int, number: int) -> Span:
    """Return one of the runs that `spans` yields, by its number.

    >>> span = span_at((2, 3), 2, 3)
    >>> span.start, span.stop
    (5, 6)
    """
    if not positions:
        return Span(index=(), start=0, stop=1)
    inner = prod(positions[1:])
    if inner <= limit or len(positions) == 1:
        step = max(1, limit // max(1, inner))
        first = number * step
        last = min(first + step, positions[0])
        return Span(index=(slice(first, last),), start=first * inner, stop=last * inner)
    item, rest = divmod(number, span_count(positions[1:], limit))
    span = span_at(positions[1:], limit, rest)
    return Span(index=(item, *span.index), start=item * inner + span.start, stop=item * inner + span.stop)


def block_rows(units: int) -> int:
    """Return how many rows of so many columns make a block of `BLOCK_ELEMENTS`.

    Of wide rows there are up to eight times as many elements: each block has a cost of its own, and a few rows
    would not pay it back.
    """
    columns = max(1, units)
    return max(1, BLOCK_ELEMENTS // columns, min(_ENOUGH_ROWS, 8 * BLOCK_ELEMENTS // columns))


PIECE_BYTES = 1 << 25
"""How many bytes of predictions a thread takes at a time by default; it works on them strip by strip."""
_PIECE_ROWS = 1 << 19
_PIECES = 16
"""There are at least so many pieces of large arrays, for threads to share and for progress to show."""
_LARGE = 1 << 20


def piece_rows(layout: Layout, itemsize: int, block: int | None = None) -> int:
    """Return how many rows a thread takes at a time: a block of small arrays, and of large ones many more.

    ``block`` bounds the bytes of their predictions.
    """
    units = max(1, layout.units)
    if layout.rows * units < _LARGE and block is None:
        return block_rows(units)
    most = (PIECE_BYTES if block is None else block) // (units * itemsize)
    return max(1, min(most, _PIECE_ROWS, -(-layout.rows // _PIECES)))


def cut_view(view: np.ndarray | Stored, span: Span) -> np.ndarray:
    """Return a span of an array as it lies in memory."""
    return np.asarray(view[span.index] if span.index else view)


def cut(view: np.ndarray | Stored, span: Span, columns: int | None) -> np.ndarray:
    """Return a span of an array in the layout's form, as [rows, columns], or [rows] where columns is None."""
    part = cut_view(view, span)
    rows = span.stop - span.start
    return part.reshape(rows) if columns is None else part.reshape(rows, columns)


def target_columns(layout: Layout) -> int | None:
    """Return how many columns a block of targets has: None for class indices."""
    return None if layout.form == "index" else layout.units

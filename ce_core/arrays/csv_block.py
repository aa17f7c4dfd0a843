"""Read a block of whole lines of a CSV of numbers: what its columns hold, and their values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ce_core.arrays.csv_cells import Cells, locate_uniform
from ce_core.arrays.csv_grid import (
    MINUS,
    NEWLINE,
    PLUS,
    POINT,
    POWER,
    RETURN,
    ZERO,
    Grid,
    Lattice,
    UnusualError,
    columns_of_numbers,
    lattice_of,
    picking,
    positions_in,
    text_places,
)
from ce_core.arrays.csv_marks import locate, locate_by_marks
from ce_core.arrays.decimal_cells import PAD, around_point, mantissas, number_before, scaled

SLASH, NINE = b"/9"

SAFE_DIGITS = 18
"""Integers of as many digits fit into int64."""
#: In a cell these make Python read what is no number of a data file, or end a line.
_REFUSED = (b"_", b"\r", b'"')


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a block holds."""

    rows: int
    #: For each column: whether a cell is no integer.
    fractional: np.ndarray
    #: For each column: whether an integer may not fit into int64.
    wide: np.ndarray
    #: For each column: with how many decimals all its cells are written; -1 where that varies.
    decimals: np.ndarray
    #: Whether all rows are written like the first.
    uniform: bool = False


def padded(size: int) -> np.ndarray:
    """Return room for so many bytes, between zeros that are no separators."""
    raw = np.empty(size + 2 * PAD, dtype=np.uint8)
    raw[:PAD] = ZERO
    raw[PAD + size :] = ZERO
    return raw


def of_bytes(data: bytes) -> np.ndarray:
    """Return bytes between zeros."""
    raw = padded(len(data))
    raw[PAD : PAD + len(data)] = np.frombuffer(data, dtype=np.uint8)
    return raw


def examine(raw: np.ndarray, grid: Grid, lattice: Lattice | None = None) -> Facts:
    r"""Return what a block of whole lines holds, or raise `UnusualError` where it is no table of numbers.

    >>> found = examine(of_bytes(b"0.25,7\n-0.50,12\n"), Grid(width=2, delimiter=ord(",")))
    >>> found.rows, found.fractional.tolist(), found.decimals.tolist()
    (2, [True, False], [2, 0])
    """
    quick = _glance(raw, grid)
    if quick is not None:
        return quick
    cells = locate(raw, grid, lattice)
    fractional: np.ndarray = np.any(cells.fractional[:1] if cells.uniform else cells.fractional, axis=0)
    wide = np.zeros(len(fractional), dtype=bool)
    if cells.longest > SAFE_DIGITS:
        wide = ((cells.whole > SAFE_DIGITS) & ~cells.fractional).any(axis=0)
    if cells.odd is not None:
        for row, column in np.argwhere(cells.odd).tolist():
            value = _python(cells, row, column)
            fractional[column] |= isinstance(value, float)
            wide[column] |= abs(value) >= 10**SAFE_DIGITS
    decimals = cells.decimals[0] if cells.uniform else np.full(len(fractional), -1)
    columns = columns_of_numbers(grid)
    return Facts(
        rows=len(cells.ends),
        fractional=_spread(fractional, columns, grid, False),
        wide=_spread(wide, columns, grid, False),
        decimals=_spread(decimals, columns, grid, -1),
        uniform=cells.uniform,
    )


def _spread(found: np.ndarray, columns: slice | list[int], grid: Grid, of_text: int) -> np.ndarray:
    """Return for all columns what was found of those of numbers."""
    if not grid.text:
        return found
    every = np.full(grid.width, of_text, dtype=found.dtype)
    every[columns] = found
    return every


def _glance(raw: np.ndarray, grid: Grid) -> Facts | None:
    """Return what a block holds where all cells have a point and as many decimals, without looking for each.

    Every separator stands so many bytes behind a point, and no sign but behind a separator. Whether each line has as
    many cells as the others is seen where it is parsed: here only the sums are known to be right.
    """
    separators = raw == NEWLINE
    lines = int(np.count_nonzero(separators))
    first = raw[PAD : PAD + int(separators[PAD:].argmax())].tobytes().split(bytes([grid.delimiter]))
    decimals = len(first[0].partition(b".")[2])
    separators |= raw == grid.delimiter
    points, minus = raw == POINT, raw == MINUS
    count = lines * grid.width
    if (
        grid.text
        or not decimals
        or len(first) != grid.width
        or int(np.count_nonzero(separators)) != count
        or not (separators[decimals + 1 :] == points[: -decimals - 1]).all()
        or int(np.count_nonzero((raw - np.uint8(ZERO)) > 9)) != 2 * count + int(np.count_nonzero(minus))
        or bool((minus[PAD + 1 :] > separators[PAD:-1]).any())
    ):
        return None
    return Facts(
        rows=lines,
        fractional=np.ones(grid.width, dtype=bool),
        wide=np.zeros(grid.width, dtype=bool),
        decimals=np.full(grid.width, decimals),
        uniform=True,
    )


def skim(
    raw: np.ndarray, grid: Grid, integers: Sequence[int] = (), lattice: Lattice | None = None
) -> Facts | None:
    r"""Return what a block holds, by its bytes alone; None if that fails.

    All columns are known to hold fractions, but for those of text and of integers, which are looked at. All bytes may
    stand in numbers, and there are as many cells as in whole lines. That each is a number is seen where it is parsed.

    >>> found = skim(of_bytes(b"0.25,7\n-0.50,1e-3\n"), Grid(width=2, delimiter=ord(",")))
    >>> found.rows, skim(of_bytes(b"0.25,cat\n"), Grid(width=2, delimiter=ord(",")))
    (2, None)
    """
    if grid.text or integers:
        lattice = lattice or lattice_of(raw, grid)
        starts, stops, _ = lattice
        if not all(_plain_integers(raw, starts[:, at], stops[:, at]) for at in integers):
            return None
    ends = raw == NEWLINE
    lines = int(np.count_nonzero(ends))
    if not grid.text and int(np.count_nonzero(raw == grid.delimiter)) != lines * (grid.width - 1):
        return None
    heads = ends
    size, known = (
        len(raw),
        _in_numbers(raw) + (lines if PLUS <= grid.delimiter <= NINE else lines * grid.width),
    )
    if grid.text and lattice:
        text = raw.take(text_places(grid, lattice))
        known, size = known - _in_numbers(text), size - len(text)
    if known != size:
        returns = raw == RETURN
        if not ends[1:][returns[:-1]].all():
            return None
        known += int(np.count_nonzero(returns))
        heads = ends | returns
    # A blank line is left out where lines are cleaned; of several columns it lacks delimiters.
    blank = grid.width == 1 and bool(heads[PAD] or (ends[:-1] & heads[1:]).any())
    if blank or known != size:
        return None
    fractional = np.ones(grid.width, dtype=bool)
    fractional[[*integers, *grid.text]] = False
    wide = np.zeros(grid.width, dtype=bool)
    return Facts(rows=lines, fractional=fractional, wide=wide, decimals=np.full(grid.width, -1))


def _in_numbers(raw: np.ndarray) -> int:
    """Return how many bytes may stand in numbers, a comma among them."""
    # From the plus to the nine stand signs, point, digits, the comma and one more.
    found = int(np.count_nonzero((raw - np.uint8(PLUS)) <= NINE - PLUS)) - int(np.count_nonzero(raw == SLASH))
    return found + int(np.count_nonzero((raw | 0x20) == POWER))


def _plain_integers(raw: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> bool:
    """Tell whether cells are integers of at most `SAFE_DIGITS` digits, with or without a minus."""
    starts = starts + (raw.take(starts) == MINUS)
    counts = stops - starts
    if int(counts.min()) < 1 or int(counts.max()) > SAFE_DIGITS:
        return False
    return not bool(((raw.take(positions_in(starts, counts)) - np.uint8(ZERO)) > 9).any())


def parse(
    raw: np.ndarray,
    grid: Grid,
    columns: Sequence[int] | None,
    integers: Collection[int],
    *,
    whole: bool = False,
    uniform: bool | None = None,
) -> np.ndarray:
    r"""Return columns of a block of whole lines, of shape (rows, columns): float64, or int64 of integers.

    columns: which, or None for all in their order. integers: the columns that hold integers in the whole file: they
    have no negative zero. whole: return int64, where all columns that are asked for hold integers. uniform:
    `Facts.uniform` of the same bytes, where they were examined.

    >>> found = parse(of_bytes(b"0.25,7\n-0.5,1e3\n"), Grid(width=2, delimiter=ord(",")), None, [])
    >>> found.tolist()
    [[0.25, 7.0], [-0.5, 1000.0]]
    """
    every = [column for column in range(grid.width) if column not in grid.text]
    wanted = every if columns is None else list(columns)
    cells = locate_uniform(raw, grid, wanted) if uniform else None
    if cells is None:
        cells = locate(raw, grid) if uniform is None else locate_by_marks(raw, grid)
        if wanted != every:
            cells = _chosen(cells, [every.index(column) for column in wanted])
    found = _integers(cells) if whole else _floats(cells)
    if not whole and integers:
        found[:, [at for at, column in enumerate(wanted) if column in integers]] += 0.0
    return found


def _chosen(cells: Cells, columns: Sequence[int]) -> Cells:
    """Return some of the columns."""
    at = picking(columns)
    several = {
        name: value[:, at]
        for name in ("ends", "whole", "decimals", "pointed", "negative", "fractional", "exponents", "odd")
        if (value := getattr(cells, name)) is not None
    }
    return Cells(
        raw=cells.raw,
        uniform=cells.uniform,
        longest=cells.longest,
        starts=cells.starts[:, at],
        stops=cells.stops[:, at],
        **{"pointed": None, **several},
    )


def _integers(cells: Cells) -> np.ndarray:
    values = number_before(cells.raw, cells.ends, cells.whole, cells.longest).astype(np.int64)
    values *= 1 - 2 * cells.negative.astype(np.int64)
    if cells.odd is not None:
        for row, column in np.argwhere(cells.odd).tolist():
            values[row, column] = int(_python(cells, row, column))
    return values


def _floats(cells: Cells) -> np.ndarray:
    odd = cells.odd
    decimals: Any = cells.decimals
    most = int((decimals[0] if cells.uniform else decimals).max(initial=0))
    if (
        cells.uniform
        and cells.longest + most <= 8
        and bool((cells.fractional[0] & (decimals[0] == most)).all())
    ):
        values = around_point(cells.raw, cells.ends, cells.whole, most)
        return _signed(values, cells.negative)
    digits = cells.whole + decimals
    behind = decimals
    if cells.pointed is not None:
        behind = np.where(cells.pointed, decimals, digits)
    numbers, long = mantissas(cells.raw, cells.ends, digits, behind, int(digits.max()))
    scale: Any = decimals
    if cells.exponents is not None:
        scale = scale - cells.exponents
    elif cells.uniform and (decimals[0] == most).all():
        # One number for all cells costs the least.
        scale = most
    values, unsure = scaled(numbers, scale)
    if long is not None:
        odd = long if odd is None else odd | long
    values = _signed(values, cells.negative)
    if unsure is not None and unsure.any():
        odd = unsure if odd is None else odd | unsure
    if odd is not None:
        for row, column in np.argwhere(odd).tolist():
            values[row, column] = float(_text(cells, row, column))
    return values


def _python(cells: Cells, row: int, column: int) -> int | float:
    """Return what Python reads in a cell."""
    text = _text(cells, row, column)
    if any(each in text for each in _REFUSED) or not text.isascii():
        raise UnusualError
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise UnusualError from None


def _signed(values: np.ndarray, negative: np.ndarray) -> np.ndarray:
    sign = negative.astype(np.float64)
    sign *= -2.0
    sign += 1.0
    sign *= values
    return sign


def _text(cells: Cells, row: int, column: int) -> bytes:
    return cells.raw[cells.starts[row, column] : cells.stops[row, column]].tobytes()

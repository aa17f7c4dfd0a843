"""Read a block of whole lines of a CSV of numbers: what its columns hold, and their values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ce_core.arrays.csv_cells import MINUS, NEWLINE, POINT, ZERO, Cells, Grid, UnusualError, locate
from ce_core.arrays.decimal_cells import PAD, around_point, number_before, power_of_ten, scaled

SAFE_DIGITS = 18
"""Integers of as many digits fit into int64."""
_BLANKS = b" \t\r\x0b\x0c\x1c\x1d\x1e\x1f"
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


def examine(raw: np.ndarray, grid: Grid) -> Facts:
    r"""Return what a block of whole lines holds, or raise `UnusualError` where it is no table of numbers.

    >>> found = examine(of_bytes(b"0.25,7\n-0.50,12\n"), Grid(width=2, delimiter=ord(",")))
    >>> found.rows, found.fractional.tolist(), found.decimals.tolist()
    (2, [True, False], [2, 0])
    """
    quick = _glance(raw, grid)
    if quick is not None:
        return quick
    cells = locate(raw, grid)
    fractional: np.ndarray = np.any(cells.fractional[:1] if cells.uniform else cells.fractional, axis=0)
    wide = np.zeros(grid.width, dtype=bool)
    if cells.longest > SAFE_DIGITS:
        wide = ((cells.whole > SAFE_DIGITS) & ~cells.fractional).any(axis=0)
    if cells.odd is not None:
        for row, column in np.argwhere(cells.odd).tolist():
            value = _python(cells, row, column)
            fractional[column] |= isinstance(value, float)
            wide[column] |= abs(value) >= 10**SAFE_DIGITS
    decimals = cells.decimals[0] if cells.uniform else np.full(grid.width, -1)
    return Facts(
        rows=len(cells.ends), fractional=fractional, wide=wide, decimals=decimals, uniform=cells.uniform
    )


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
        not decimals
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


def parse(
    raw: np.ndarray,
    grid: Grid,
    columns: Sequence[int] | None,
    integers: Collection[int],
    *,
    whole: bool = False,
    trusted: bool = False,
) -> np.ndarray:
    r"""Return columns of a block of whole lines, of shape (rows, columns): float64, or int64 of integers.

    columns: which, or None for all in their order. integers: the columns that hold integers in the whole file: they
    have no negative zero. whole: return int64, where all columns that are asked for hold integers. trusted:
    `Facts.uniform` of the same bytes, which are then not examined again.

    >>> found = parse(of_bytes(b"0.25,7\n-0.5,1e3\n"), Grid(width=2, delimiter=ord(",")), None, [])
    >>> found.tolist()
    [[0.25, 7.0], [-0.5, 1000.0]]
    """
    cells = locate(raw, grid, trusted=trusted)
    every = list(range(grid.width))
    wanted = every if columns is None else list(columns)
    if wanted != every:
        cells = _chosen(cells, wanted)
    found = _integers(cells) if whole else _floats(cells)
    if not whole and integers:
        found[:, [at for at, column in enumerate(wanted) if column in integers]] += 0.0
    return found


def _chosen(cells: Cells, columns: Sequence[int]) -> Cells:
    """Return some of the columns."""
    first, last = columns[0], columns[-1] + 1
    at = slice(first, last) if list(columns) == list(range(first, last)) else list(columns)
    several = {
        name: value[:, at]
        for name in ("ends", "points", "whole", "decimals", "negative", "fractional", "exponents", "odd")
        if (value := getattr(cells, name)) is not None
    }
    return Cells(
        raw=cells.raw,
        uniform=cells.uniform,
        longest=cells.longest,
        starts=cells.starts[:, at],
        stops=cells.stops[:, at],
        **several,
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
    digits = number_before(cells.raw, cells.points, cells.whole, cells.longest)
    digits = digits.astype(np.uint64, copy=False)
    scale: Any = decimals
    if cells.uniform and (decimals[0] == most).all():
        # One number for all cells costs the least.
        decimals = scale = most
    if most:
        digits *= power_of_ten(decimals)
        if most <= 16:
            digits += number_before(cells.raw, cells.ends, decimals, most)
        else:
            digits += number_before(cells.raw, cells.ends, np.minimum(decimals, 16), 16)
            digits += number_before(
                cells.raw, cells.ends - 16, np.clip(np.subtract(decimals, 16), 0, 8), 8
            ) * (power_of_ten(16))
    if cells.exponents is not None:
        scale = scale - cells.exponents
    values, unsure = scaled(digits, scale)
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


def cleaned(data: bytes, grid: Grid) -> tuple[bytes, list[int]]:
    r"""Return the lines without blank ones and without blanks around the cells, and which lines were left out.

    >>> cleaned(b"1, 2\n\n 3 ,4 \n", Grid(width=2, delimiter=ord(",")))
    (b'1,2\n3,4\n', [1])
    """
    lines = data.split(b"\n")[:-1]
    dropped = [at for at, line in enumerate(lines) if not line.strip(_BLANKS)]
    if dropped:
        lines = [line for line in lines if line.strip(_BLANKS)]
    if grid.delimiter == ord(" "):
        lines = [b" ".join(line.split()) for line in lines]
    kept = b"\n".join([*lines, b""])
    delimiter = bytes([grid.delimiter])
    if b" " in kept and delimiter != b" ":
        kept = b"\n" + kept
        while True:
            before = len(kept)
            for around in (delimiter, b"\n", b"\r\n"):
                kept = kept.replace(b" " + around, around)
            for around in (delimiter, b"\n"):
                kept = kept.replace(around + b" ", around)
            if len(kept) == before:
                break
        kept = kept[1:]
    return kept, dropped

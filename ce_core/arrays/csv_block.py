"""Read a block of whole lines of a CSV of numbers: where its cells are, and what they say.

Where every row is written like the first (`0.123456,12,-3.5`: as many decimals in each column, no exponents), the
places of all signs and points follow from the ends of the cells. Elsewhere each byte that is no digit is looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ce_core.arrays.decimal_cells import (
    MOST_DIGITS,
    MOST_WRITTEN,
    PAD,
    around_point,
    number_before,
    power_of_ten,
    scaled,
)

SAFE_DIGITS = 18
"""Integers of as many digits fit into int64."""
_NEWLINE, _RETURN, _POINT, _MINUS, _PLUS, _ZERO = b"\n\r.-+0"
_BLANKS = b" \t\r\x0b\x0c\x1c\x1d\x1e\x1f"
#: In a cell these make Python read what is no number of a data file, or end a line.
_REFUSED = (b"_", b"\r", b'"')


class UnusualError(Exception):
    """The lines are not of the kind that is read here."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """How the lines of a file are divided."""

    width: int
    #: One byte.
    delimiter: int


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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cells:
    """The digits of all cells of a block, as arrays of shape (rows, width), or what goes for all rows."""

    raw: np.ndarray
    #: Where the digits of the mantissa end; where the point is, or would be.
    ends: np.ndarray
    points: np.ndarray
    whole: np.ndarray
    #: The largest of `whole`.
    longest: int
    decimals: np.ndarray
    negative: np.ndarray
    #: Whether all rows have the same decimals.
    uniform: bool
    fractional: np.ndarray
    exponents: np.ndarray | None = None
    #: Cells that Python reads, and where they are.
    odd: np.ndarray | None = None
    starts: np.ndarray
    stops: np.ndarray


def padded(size: int) -> np.ndarray:
    """Return room for so many bytes, between zeros that are no separators."""
    raw = np.empty(size + 2 * PAD, dtype=np.uint8)
    raw[:PAD] = _ZERO
    raw[PAD + size :] = _ZERO
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
    cells = _locate(raw, grid)
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
    separators = raw == _NEWLINE
    lines = int(np.count_nonzero(separators))
    first = raw[PAD : PAD + int(separators[PAD:].argmax())].tobytes().split(bytes([grid.delimiter]))
    decimals = len(first[0].partition(b".")[2])
    separators |= raw == grid.delimiter
    points, minus = raw == _POINT, raw == _MINUS
    count = lines * grid.width
    if (
        not decimals
        or len(first) != grid.width
        or int(np.count_nonzero(separators)) != count
        or not (separators[decimals + 1 :] == points[: -decimals - 1]).all()
        or int(np.count_nonzero((raw - np.uint8(_ZERO)) > 9)) != 2 * count + int(np.count_nonzero(minus))
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
    cells = _locate(raw, grid, trusted=trusted)
    every = list(range(grid.width))
    wanted = every if columns is None else list(columns)
    if wanted != every:
        cells = _chosen(cells, wanted)
    found = _integers(cells) if whole else _floats(cells)
    if not whole and integers:
        found[:, [at for at, column in enumerate(wanted) if column in integers]] += 0.0
    return found


def _chosen(cells: _Cells, columns: Sequence[int]) -> _Cells:
    """Return some of the columns."""
    first, last = columns[0], columns[-1] + 1
    at = slice(first, last) if list(columns) == list(range(first, last)) else list(columns)
    several = {
        name: value[:, at]
        for name in ("ends", "points", "whole", "decimals", "negative", "fractional", "exponents", "odd")
        if (value := getattr(cells, name)) is not None
    }
    return _Cells(
        raw=cells.raw,
        uniform=cells.uniform,
        longest=cells.longest,
        starts=cells.starts[:, at],
        stops=cells.stops[:, at],
        **several,
    )


def _integers(cells: _Cells) -> np.ndarray:
    values = number_before(cells.raw, cells.ends, cells.whole, cells.longest).astype(np.int64)
    values *= 1 - 2 * cells.negative.astype(np.int64)
    if cells.odd is not None:
        for row, column in np.argwhere(cells.odd).tolist():
            values[row, column] = int(_python(cells, row, column))
    return values


def _floats(cells: _Cells) -> np.ndarray:
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


def _python(cells: _Cells, row: int, column: int) -> int | float:
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


def _text(cells: _Cells, row: int, column: int) -> bytes:
    return cells.raw[cells.starts[row, column] : cells.stops[row, column]].tobytes()


def _locate(raw: np.ndarray, grid: Grid, *, trusted: bool = False) -> _Cells:
    """Find the cells; trusted: these bytes were examined before, and all rows are written like the first."""
    separators = raw == _NEWLINE
    lines = 0 if trusted else int(np.count_nonzero(separators))
    separators |= raw == grid.delimiter
    stops = np.flatnonzero(separators)
    if trusted:
        lines = len(stops) // grid.width
    if not lines or len(stops) != lines * grid.width:
        raise UnusualError
    starts = np.empty_like(stops)
    starts[0] = PAD
    np.add(stops[:-1], 1, out=starts[1:])
    grid_shape = (lines, grid.width)
    return _locate_rows(
        raw, separators, starts.reshape(grid_shape), stops.reshape(grid_shape), trusted=trusted
    )


def _locate_rows(
    raw: np.ndarray, separators: np.ndarray, starts: np.ndarray, stops: np.ndarray, *, trusted: bool
) -> _Cells:
    last = stops[:, -1]
    if not (raw[last] == _NEWLINE).all():
        raise UnusualError
    returns = raw[last - 1] == _RETURN
    last -= returns
    if trusted:
        marks = None
    else:
        marks = (
            int(np.count_nonzero((raw - np.uint8(_ZERO)) > 9)) - stops.size - int(np.count_nonzero(returns))
        )
    found = _like_the_first(raw, starts, stops, marks)
    if found is None and marks is not None:
        found = _plain(raw, separators.copy(), starts, stops, marks)
    return found or _one_by_one(raw, separators, starts, stops)


def _like_the_first(
    raw: np.ndarray, starts: np.ndarray, stops: np.ndarray, marks: int | None
) -> _Cells | None:
    """Locate the digits where all rows are written like the first; marks is how many signs and points there are.

    Where marks is None, they are known to be.
    """
    first = PAD + np.flatnonzero(raw[PAD : int(stops[0, -1])] == _POINT)
    cell = np.searchsorted(stops[0], first)
    pointed, decimals = np.zeros(stops.shape[1], dtype=bool), np.zeros(stops.shape[1], dtype=np.int64)
    pointed[cell] = True
    decimals[cell] = stops[0].take(cell) - first - 1
    negative = raw.take(starts) == _MINUS
    behind = decimals + pointed
    points = stops - (behind[0] if (behind == behind[0]).all() else behind)
    whole = points - starts
    whole -= negative
    longest, most = int(whole.max()), int(decimals.max())
    if longest + most > MOST_DIGITS:
        return None
    if marks is not None:
        signs = int(np.count_nonzero(negative))
        if marks != signs + len(stops) * int(np.count_nonzero(pointed)) or int(whole.min()) < 0:
            return None
        found = raw.take(points if pointed.all() else points[:, pointed])
        if found.size and not (found == _POINT).all():
            return None
        empty = decimals == 0
        if empty.any() and int(whole[:, empty].min()) < 1:
            return None
    return _Cells(
        raw=raw,
        ends=stops,
        points=points,
        whole=whole,
        longest=longest,
        decimals=np.broadcast_to(decimals, stops.shape),
        negative=negative,
        uniform=True,
        fractional=np.broadcast_to(pointed, stops.shape),
        starts=starts,
        stops=stops,
    )


def _plain(
    raw: np.ndarray, separators: np.ndarray, starts: np.ndarray, stops: np.ndarray, marks: int
) -> _Cells | None:
    """Locate the digits of cells with at most a sign, a point and an exponent."""
    shape = stops.shape
    separators |= raw == _POINT
    places = np.flatnonzero(separators)
    is_point = raw.take(places) == _POINT
    # What stands before the end of a cell is its point, or the end of another.
    before = np.flatnonzero(~is_point)
    before -= 1
    pointed = is_point.take(before, mode="wrap").reshape(shape)
    points = places.take(before, mode="wrap").reshape(shape)
    negative = raw.take(starts) == _MINUS
    marks -= int(np.count_nonzero(negative)) + int(np.count_nonzero(pointed))
    ends, exponents, fractional = stops, None, pointed
    if marks:
        found = _exponents(raw, starts, stops, marks)
        if found is None:
            return None
        ends, exponents, powered = found
        fractional = pointed | powered
    if not pointed.all():
        points = np.where(pointed, points, ends)
    whole = points - starts
    whole -= negative
    decimals = ends - points
    decimals -= pointed
    digits = whole + decimals
    if int(whole.min()) < 0 or int(decimals.min()) < 0 or int(digits.min()) < 1:
        return None
    # Past 19 digits, those in front must be zeros.
    many = digits > MOST_DIGITS
    if many.any() and not (~many | _small(raw, ends, points, whole, decimals)).all():
        return None
    return _Cells(
        raw=raw,
        ends=ends,
        points=points,
        whole=whole,
        longest=int(whole.max()),
        decimals=decimals,
        negative=negative,
        uniform=False,
        fractional=fractional,
        exponents=exponents,
        starts=starts,
        stops=stops,
    )


def _exponents(
    raw: np.ndarray, starts: np.ndarray, stops: np.ndarray, marks: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return where each mantissa ends, each exponent, and which cells have one; they take so many marks."""
    places = np.flatnonzero((raw | 0x20) == ord("e"))
    cells = np.searchsorted(stops.ravel(), places) if len(places) != stops.size else np.arange(stops.size)
    if not places.size or cells[-1] >= stops.size or (cells[1:] == cells[:-1]).any():
        return None
    after = raw.take(places + 1)
    minus = after == _MINUS
    signed = minus | (after == _PLUS)
    last = stops.ravel().take(cells)
    written = last - places - 1 - signed
    if (
        marks != len(places) + int(np.count_nonzero(signed))
        or (places < starts.ravel().take(cells)).any()
        or int(written.min()) < 1
        or int(written.max()) > 4
    ):
        return None
    powers = number_before(raw, last, written, 4).astype(np.int64)
    powers *= 1 - 2 * minus
    ends, exponents, powered = (
        stops.ravel().copy(),
        np.zeros(stops.size, dtype=np.int64),
        np.zeros(stops.size, dtype=bool),
    )
    ends[cells], exponents[cells], powered[cells] = places, powers, True
    return ends.reshape(stops.shape), exponents.reshape(stops.shape), powered.reshape(stops.shape)


def _one_by_one(raw: np.ndarray, separators: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> _Cells:
    """Locate the digits of cells of any kind by the bytes that are none."""
    shape = stops.shape
    starts, stops = starts.ravel(), stops.ravel()
    places = np.flatnonzero((raw - np.uint8(_ZERO)) > 9)
    ending = separators[places]
    cell = np.cumsum(ending)[~ending]
    places = places[~ending]
    # A carriage return is behind the end of its cell.
    inside = places < stops[cell]
    if not inside.all():
        places, cell = places[inside], cell[inside]
    kind = raw[places]
    odd = np.zeros(len(stops), dtype=bool)

    exponent = (kind | 0x20) == ord("e")
    ends = stops.copy()
    ends[cell[exponent]] = places[exponent]
    has_exponent = np.zeros(len(stops), dtype=bool)
    has_exponent[cell[exponent]] = True
    odd[_repeated(cell[exponent])] = True

    point = kind == _POINT
    points = ends.copy()
    points[cell[point]] = places[point]
    has_point = np.zeros(len(stops), dtype=bool)
    has_point[cell[point]] = True
    odd[_repeated(cell[point])] = True

    minus = kind == _MINUS
    sign = minus | (kind == _PLUS)
    leading = sign & (places == starts[cell])
    power = sign & has_exponent[cell] & (places == ends[cell] + 1)
    negative, signed, power_negative, power_signed = np.zeros((4, len(stops)), dtype=bool)
    signed[cell[leading]] = True
    negative[cell[leading & minus]] = True
    power_signed[cell[power]] = True
    power_negative[cell[power & minus]] = True
    odd[cell[~(exponent | point | leading | power)]] = True

    decimals = np.where(has_point, ends - points - 1, 0)
    whole = points - starts - signed
    odd |= (decimals < 0) | (whole < 0) | (decimals + whole < 1)
    # Past 19 digits, those in front must be zeros: what is read in whole words shows it for the decimals only.
    odd |= (whole + decimals > MOST_DIGITS) & ~_small(raw, ends, points, whole, decimals)
    exponents = None
    if has_exponent.any():
        written = np.where(has_exponent, stops - ends - 1 - power_signed, 0)
        odd |= has_exponent & ((written < 1) | (written > 4))
        exponents = number_before(raw, stops, np.clip(written, 0, 4), 4).astype(np.int64)
        exponents *= 1 - 2 * power_negative
    decimals[odd] = whole[odd] = 0
    if exponents is not None:
        exponents[odd] = 0
        exponents = exponents.reshape(shape)
    return _Cells(
        raw=raw,
        ends=ends.reshape(shape),
        points=points.reshape(shape),
        whole=whole.reshape(shape),
        longest=int(whole.max()),
        decimals=decimals.reshape(shape),
        negative=negative.reshape(shape),
        uniform=False,
        fractional=(has_point | has_exponent).reshape(shape),
        exponents=exponents,
        odd=odd.reshape(shape) if odd.any() else None,
        starts=starts.reshape(shape),
        stops=stops.reshape(shape),
    )


def _small(
    raw: np.ndarray, ends: np.ndarray, points: np.ndarray, whole: np.ndarray, decimals: np.ndarray
) -> np.ndarray:
    """Tell which cells of many digits hold at most 19 that count: `0.00012345678901234567`."""
    small = (whole <= 1) & (decimals >= 0) & (decimals <= MOST_WRITTEN) & (whole + decimals > MOST_DIGITS)
    at = np.nonzero(small)
    if at[0].size:
        front = number_before(raw, ends[at] - 16, np.clip(decimals[at] - 16, 0, 8), 8)
        small[at] = (front < 1000) & ((whole[at] == 0) | (raw[points[at] - 1] == _ZERO))
    return np.asarray(small)


def _repeated(cells: np.ndarray) -> np.ndarray:
    """Return the cells that are named more than once in a sorted list."""
    return np.asarray(cells[1:][cells[1:] == cells[:-1]])


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

"""Find the digits of all cells in a block of whole lines of a CSV of numbers.

Where every row is written like the first (`0.123456,12,-3.5`: as many decimals in each column, no exponents), the
places of all signs and points follow from the ends of the cells. Elsewhere points and exponents are looked for, and
where there is anything else, each byte that is no digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ce_core.arrays.decimal_cells import MOST_DIGITS, MOST_WRITTEN, PAD, number_before

NEWLINE, RETURN, POINT, MINUS, PLUS, ZERO = b"\n\r.-+0"


class UnusualError(Exception):
    """The lines are not of the kind that is read here."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """How the lines of a file are divided."""

    width: int
    #: One byte.
    delimiter: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
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


def locate(raw: np.ndarray, grid: Grid, *, trusted: bool = False) -> Cells:
    """Find the cells; trusted: these bytes were examined before, and all rows are written like the first."""
    separators = raw == NEWLINE
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
) -> Cells:
    last = stops[:, -1]
    if not (raw[last] == NEWLINE).all():
        raise UnusualError
    returns = raw[last - 1] == RETURN
    last -= returns
    if trusted:
        marks = None
    else:
        marks = (
            int(np.count_nonzero((raw - np.uint8(ZERO)) > 9)) - stops.size - int(np.count_nonzero(returns))
        )
    found = _like_the_first(raw, starts, stops, marks)
    if found is None and marks is not None:
        found = _plain(raw, separators.copy(), starts, stops, marks)
    return found or _one_by_one(raw, separators, starts, stops)


def _like_the_first(
    raw: np.ndarray, starts: np.ndarray, stops: np.ndarray, marks: int | None
) -> Cells | None:
    """Locate the digits where all rows are written like the first; marks is how many signs and points there are.

    Where marks is None, they are known to be.
    """
    first = PAD + np.flatnonzero(raw[PAD : int(stops[0, -1])] == POINT)
    cell = np.searchsorted(stops[0], first)
    pointed, decimals = np.zeros(stops.shape[1], dtype=bool), np.zeros(stops.shape[1], dtype=np.int64)
    pointed[cell] = True
    decimals[cell] = stops[0].take(cell) - first - 1
    negative = raw.take(starts) == MINUS
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
        if found.size and not (found == POINT).all():
            return None
        empty = decimals == 0
        if empty.any() and int(whole[:, empty].min()) < 1:
            return None
    return Cells(
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
) -> Cells | None:
    """Locate the digits of cells with at most a sign, a point and an exponent."""
    shape = stops.shape
    separators |= raw == POINT
    places = np.flatnonzero(separators)
    is_point = raw.take(places) == POINT
    # What stands before the end of a cell is its point, or the end of another.
    before = np.flatnonzero(~is_point)
    before -= 1
    pointed = is_point.take(before, mode="wrap").reshape(shape)
    points = places.take(before, mode="wrap").reshape(shape)
    negative = raw.take(starts) == MINUS
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
    return Cells(
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
    minus = after == MINUS
    signed = minus | (after == PLUS)
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


def _one_by_one(raw: np.ndarray, separators: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> Cells:
    """Locate the digits of cells of any kind by the bytes that are none."""
    shape = stops.shape
    starts, stops = starts.ravel(), stops.ravel()
    places = np.flatnonzero((raw - np.uint8(ZERO)) > 9)
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

    point = kind == POINT
    points = ends.copy()
    points[cell[point]] = places[point]
    has_point = np.zeros(len(stops), dtype=bool)
    has_point[cell[point]] = True
    odd[_repeated(cell[point])] = True

    minus = kind == MINUS
    sign = minus | (kind == PLUS)
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
    return Cells(
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
        small[at] = (front < 1000) & ((whole[at] == 0) | (raw[points[at] - 1] == ZERO))
    return np.asarray(small)


def _repeated(cells: np.ndarray) -> np.ndarray:
    """Return the cells that are named more than once in a sorted list."""
    return np.asarray(cells[1:][cells[1:] == cells[:-1]])

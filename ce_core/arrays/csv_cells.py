"""Find the digits of all cells in a block of whole lines of a CSV of numbers.

Where every row is written like the first (`0.123456,12,-3.5`: as many decimals in each column, no exponents), the
places of all signs and points follow from the ends of the cells. Elsewhere points and exponents are looked for, and
cells that hold anything else are left to Python. Of the bytes as little is asked as tells all about the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ce_core.arrays.decimal_cells import MOST_WRITTEN, PAD, number_before

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
    return _lattice(raw, grid, np.flatnonzero(ends), lines)


def _lattice(raw: np.ndarray, grid: Grid, stops: np.ndarray, lines: int) -> Lattice:
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


def locate(raw: np.ndarray, grid: Grid, lattice: Lattice | None = None) -> Cells:
    """Find the cells of all columns of numbers; lattice: the cells of any kind, where these are known."""
    lattice = lattice or lattice_of(raw, grid)
    starts, stops, returns = lattice
    marks = _count_marks(raw) - stops.size - returns
    if grid.text:
        marks -= _count_marks(raw.take(text_places(grid, lattice)))
    columns = columns_of_numbers(grid)
    return _like_the_first(raw, starts[:, columns], stops[:, columns], marks) or locate_by_marks(raw, grid)


def locate_uniform(raw: np.ndarray, grid: Grid, columns: Sequence[int]) -> Cells | None:
    """Find the cells of some columns where all rows are known to be written like the first; None if they are long."""
    starts, stops, _ = lattice_of(raw, grid)
    picked = picking(columns)
    return _like_the_first(raw, starts[:, picked], stops[:, picked], None)


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


def _count_marks(raw: np.ndarray) -> int:
    """Return how many bytes are no digits."""
    return int(np.count_nonzero((raw - np.uint8(ZERO)) > 9))


def _like_the_first(
    raw: np.ndarray, starts: np.ndarray, stops: np.ndarray, marks: int | None
) -> Cells | None:
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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Marks:
    """What stands in cells beside digits and signs, as arrays of one number for each cell."""

    stops: np.ndarray
    #: Where the point is, or the first mark of any kind.
    points: np.ndarray
    #: Which cells have a point, and which an exponent; None where all do.
    pointed: np.ndarray | None
    powered: np.ndarray | None
    #: Where the exponent starts, or the last mark of any kind; None where no cell has one.
    powers: np.ndarray | None
    #: Which cells have other marks than a point and then an exponent; None where none has.
    odd: np.ndarray | None = None

    def chosen(self, shape: tuple[int, ...], columns: slice | list[int]) -> _Marks:
        """Return what is known of some columns."""

        def some(values: np.ndarray) -> np.ndarray:
            return values.reshape(shape)[:, columns].ravel()

        def some_or_all(values: np.ndarray | None) -> np.ndarray | None:
            if values is None:
                return None
            found = some(values)
            return None if found.all() else found

        return _Marks(
            stops=some(self.stops),
            points=some(self.points),
            pointed=some_or_all(self.pointed),
            powered=some_or_all(self.powered),
            powers=None if self.powers is None else some(self.powers),
            odd=None if self.odd is None else some(self.odd),
        )


def locate_by_marks(raw: np.ndarray, grid: Grid) -> Cells:
    """Locate the digits of cells of any kind by the places of points, exponents and separators."""
    separators = raw == NEWLINE
    lines = int(np.count_nonzero(separators))
    separators |= raw == grid.delimiter
    kinds = raw | 0x20
    special = kinds == POWER
    special |= raw == POINT
    special |= separators
    columns = columns_of_numbers(grid)
    expected, lattice = 0, None
    if grid.text:
        lattice = lattice_of(raw, grid)
        text = text_places(grid, lattice)
        expected = _count_marks(raw.take(text))
        # Points and letters of text are no marks.
        special[text] = False
    places = np.flatnonzero(special)
    marks = _marks(places, kinds.take(places), separators, lines, grid.width, columns)
    starts, stops, returns = lattice or _lattice(raw, grid, marks.stops, lines)
    expected += len(places) + returns
    if grid.text:
        starts, stops = starts[:, columns], stops[:, columns]
    shape = stops.shape
    starts, stops = starts.ravel(), stops.ravel()
    lead = raw.take(starts)
    negative = lead == MINUS
    signed = negative | (lead == PLUS)

    ends, exponents, used, odd = stops, None, 0, marks.odd
    if marks.powers is not None:
        ends, exponents, used, wrong = _exponents(raw, stops, marks.powers, marks.powered)
        odd = _either(odd, wrong)
    points = marks.points if marks.pointed is None else np.where(marks.pointed, marks.points, ends)
    whole = points - starts
    whole -= signed
    decimals = ends - points
    decimals -= 1 if marks.pointed is None else marks.pointed
    # Below zero is a large number.
    wrong = (whole + decimals - 1).view(np.uint64) >= MOST_WRITTEN
    odd = _either(odd, wrong)
    if _count_marks(raw) != expected + int(np.count_nonzero(signed)) + used:
        odd = _either(odd, _others(raw, starts, stops, special))
    if odd is not None:
        decimals[odd] = whole[odd] = 0
        if exponents is not None:
            exponents[odd] = 0
    fractional = np.ones(len(stops), dtype=bool)
    if marks.pointed is not None:
        fractional = marks.pointed
        if marks.powers is not None:
            fractional = np.ones_like(fractional) if marks.powered is None else fractional | marks.powered
    return Cells(
        raw=raw,
        ends=ends.reshape(shape),
        whole=whole.reshape(shape),
        longest=int(whole.max(initial=0)),
        decimals=decimals.reshape(shape),
        pointed=None if marks.pointed is None else marks.pointed.reshape(shape),
        negative=negative.reshape(shape),
        uniform=False,
        fractional=fractional.reshape(shape),
        exponents=None if exponents is None else exponents.reshape(shape),
        odd=None if odd is None else odd.reshape(shape),
        starts=starts.reshape(shape),
        stops=stops.reshape(shape),
    )


def _marks(
    places: np.ndarray,
    kinds: np.ndarray,
    separators: np.ndarray,
    lines: int,
    width: int,
    columns: slice | list[int],
) -> _Marks:
    """Sort the marks of columns of whole lines; kinds are the bytes: points, exponents, else separators."""
    count = lines * width
    if not count:
        raise UnusualError
    each = len(places) // lines
    if each * lines == len(places) and (kinds.reshape(lines, each) == kinds[:each]).all():
        found = _marks_of_lines_alike(places.reshape(lines, each), kinds[:each], width, columns)
        if found is not None:
            return found
    at = np.flatnonzero(separators.take(places))
    if len(at) != count:
        raise UnusualError
    within = np.diff(at, prepend=-1)
    within -= 1
    first = at - within
    pointed = kinds.take(first) == POINT
    points = places.take(first)
    stops = places.take(at)
    at -= 1
    powered = kinds.take(at, mode="wrap") == POWER
    odd = within != pointed.view(np.int8) + powered.view(np.int8)
    found = _Marks(
        stops=stops,
        points=points,
        pointed=pointed,
        powered=powered,
        powers=places.take(at, mode="wrap") if powered.any() else None,
        odd=odd if odd.any() else None,
    )
    return found if columns == slice(0, width) else found.chosen((lines, width), columns)


def _marks_of_lines_alike(
    places: np.ndarray, kinds: np.ndarray, width: int, columns: slice | list[int]
) -> _Marks | None:
    """Sort the marks where these are the same in all lines: no cell need be looked at alone.

    places: of shape (lines, marks). kinds: of one line.
    """
    stops = np.flatnonzero((kinds != POINT) & (kinds != POWER))
    if len(stops) != width:
        return None
    within = np.diff(stops, prepend=-1) - 1
    pointed = kinds[stops - within] == POINT
    powered = (within > 0) & (kinds[stops - 1] == POWER)
    if (within != pointed.astype(int) + powered).any():
        return None

    stops, within, pointed, powered = (each[columns] for each in (stops, within, pointed, powered))

    def chosen(marks: np.ndarray) -> np.ndarray:
        steps = np.diff(marks)
        if not marks.size or (steps != steps[:1]).any():
            return places.take(marks, axis=1).ravel()
        return places[:, marks[0] : marks[-1] + 1 : int(steps[0]) if steps.size else 1].ravel()

    def of_all(cells: np.ndarray) -> np.ndarray | None:
        return None if cells.all() else np.broadcast_to(cells, (len(places), len(cells))).ravel()

    return _Marks(
        stops=chosen(stops),
        points=chosen(stops - within),
        pointed=of_all(pointed),
        powered=of_all(powered),
        powers=chosen(stops - powered) if powered.any() else None,
    )


def _exponents(
    raw: np.ndarray, stops: np.ndarray, powers: np.ndarray, powered: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
    """Return where mantissas end, the exponents, how many of these have a sign, and which cannot be read in words."""
    at = slice(None) if powered is None else np.flatnonzero(powered)
    last, powers = stops[at], powers[at]
    after = raw.take(powers + 1)
    minus = after == MINUS
    signed = minus | (after == PLUS)
    written = last - powers
    written -= 1
    written -= signed
    wrong = (written - 1).view(np.uint64) >= 4
    if (written == 2).all():
        tens = raw.take(powers + 1 + signed) & 15
        tens *= 10
        tens += raw.take(last - 1) & 15
        values = tens.astype(np.int64)
    else:
        values = number_before(raw, last, np.clip(written, 0, 4), 4).astype(np.int64)
    values *= 1 - 2 * minus.view(np.int8)
    count = int(np.count_nonzero(signed))
    if powered is None:
        return powers, values, count, wrong
    ends, exponents, every = (
        stops.copy(),
        np.zeros(len(stops), dtype=np.int64),
        np.zeros(len(stops), dtype=bool),
    )
    ends[at], exponents[at], every[at] = powers, values, wrong
    return ends, exponents, count, every


def _others(raw: np.ndarray, starts: np.ndarray, stops: np.ndarray, special: np.ndarray) -> np.ndarray:
    """Return which cells hold a byte that is no digit and no mark, and no sign where signs stand."""
    other = (raw - np.uint8(ZERO)) > 9
    other[special] = False
    sign = (raw == MINUS) | (raw == PLUS)
    lead = starts[sign.take(starts)]
    other[lead] = False
    behind = np.zeros(len(raw), dtype=bool)
    behind[1:] = sign[1:] & ((raw[:-1] | 0x20) == POWER)
    other[behind] = False
    places = np.flatnonzero(other)
    cells = np.searchsorted(stops, places)
    # What stands behind the end of a cell is a carriage return.
    inside = places < stops.take(cells, mode="clip")
    odd = np.zeros(len(stops), dtype=bool)
    odd[cells[inside & (places >= starts.take(cells, mode="clip"))]] = True
    return odd


def _either(one: np.ndarray | None, other: np.ndarray) -> np.ndarray | None:
    """Return what either of two says; None where neither says anything."""
    if not other.any():
        return one
    return other if one is None else one | other

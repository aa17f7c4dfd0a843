"""Find the digits of cells of any kind by what stands among them: points, exponents and separators.

What holds anything else is left to Python. Of the bytes as little is asked as tells all about the cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ce_core.arrays.csv_cells import Cells, like_the_first
from ce_core.arrays.csv_grid import (
    MINUS,
    NEWLINE,
    PLUS,
    POINT,
    POWER,
    ZERO,
    Grid,
    Lattice,
    UnusualError,
    columns_of_numbers,
    count_marks,
    lattice_of,
    make_lattice,
    text_places,
)
from ce_core.arrays.decimal_cells import MOST_WRITTEN, number_before


def locate(raw: np.ndarray, grid: Grid, lattice: Lattice | None = None) -> Cells:
    """Find the cells of all columns of numbers; lattice: the cells of any kind, where these are known."""
    lattice = lattice or lattice_of(raw, grid)
    starts, stops, returns = lattice
    marks = count_marks(raw) - stops.size - returns
    if grid.text:
        marks -= count_marks(raw.take(text_places(grid, lattice)))
    columns = columns_of_numbers(grid)
    return like_the_first(raw, starts[:, columns], stops[:, columns], marks) or locate_by_marks(raw, grid)


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
        expected = count_marks(raw.take(text))
        # Points and letters of text are no marks.
        special[text] = False
    places = np.flatnonzero(special)
    marks = _marks(places, kinds.take(places), separators, lines, grid.width, columns)
    starts, stops, returns = lattice or make_lattice(raw, grid, marks.stops, lines)
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
    if count_marks(raw) != expected + int(np.count_nonzero(signed)) + used:
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

"""Turn the cells of a CSV column into numbers, or into text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ce_core.errors import CepickError

#: How many cells are looked at to see how many decimals a file was written with.
CELLS_TO_LOOK_AT = 5_000

#: Where a row of the column stands, for errors: "p.csv: line 3, column 'dog'".
Where = Callable[[int], str]


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number as data files write them: `float` also takes `1_000` and `٣`."""
    if not cell.isascii() or "_" in cell:
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def looks_numeric(cell: str) -> bool:
    """Tell whether a cell is meant as a number: one with a decimal comma is, though it is an error."""
    return is_number(cell) or is_number(cell.replace(",", ".", 1))


def is_integer(cell: str) -> bool:
    """Tell whether a cell is an integer, written without a point or an exponent.

    >>> is_integer("-3"), is_integer("3.0")
    (True, False)
    """
    return cell.strip().lstrip("+-").isdecimal() and cell.isascii()


def parse_column(cells: Sequence[str], where: Where) -> np.ndarray:
    """Return int64 when every cell is an integer, float64 when every cell is a number, and text otherwise.

    An empty cell is an error, and so is text in a column of which at least half are numbers.
    """
    everything = "".join(cells)
    if everything.isascii() and "_" not in everything:
        try:
            return np.fromiter(map(int, cells), np.int64, len(cells))
        except (ValueError, OverflowError):
            pass
        try:
            return np.fromiter(map(float, cells), np.float64, len(cells))
        except ValueError:
            pass
    return _parse_text(cells, where)


def _parse_text(cells: Sequence[str], where: Where) -> np.ndarray:
    stripped = [cell.strip() for cell in cells]
    if "" in stripped:
        raise CepickError(f"{where(stripped.index(''))}: the cell is empty; fill it in, or remove the row")
    if 2 * sum(map(looks_numeric, stripped)) >= len(cells):
        row = [is_number(cell) for cell in stripped].index(False)
        raise CepickError(f"{where(row)}: {stripped[row]!r} is not a number; {_remedy(stripped[row])}")
    return np.array(stripped)


def _remedy(cell: str) -> str:
    if looks_numeric(cell):
        return "write decimals with a point"
    if is_number(cell.replace("_", "").replace(",", "")):
        return "write numbers without separators"
    return "correct it, or remove the row"


def decimals_of(columns: Sequence[Sequence[str]]) -> int | None:
    """Return how many decimals values were rounded to, judged by how they are written; None for integers.

    It is the smallest number of decimals among the cells with the most significant digits. So it is right
    for fixed decimals (`0.3000`), also when closing zeros were dropped (`0.3`), and for a fixed number of
    digits (`1.2346e-05` beside `1.2346e-01`), where the largest values are the coarsest. At most
    `CELLS_TO_LOOK_AT` cells are read, evenly spread over the rows.

    >>> decimals_of([["0.1234", "0.5"], ["0.8766", "0.5"]]), decimals_of([["1.23e-01", "1.23e-05"]])
    (4, 3)
    """
    step = step_to_look_at(sum(map(len, columns)))
    return decimals_in(cell for column in columns for cell in column[::step])


def step_to_look_at(cells: int) -> int:
    """Return how many rows apart the cells are that are looked at, of so many in all."""
    return max(1, cells // CELLS_TO_LOOK_AT)


def decimals_in(cells: Iterable[str]) -> int | None:
    """Return the same of the cells to look at."""
    # Most digits first, then fewest decimals.
    seen = [written for cell in cells if (written := _digits(cell))]
    return max(0, -max((digits, -decimals) for digits, decimals in seen)[1]) if seen else None


def _digits(cell: str) -> tuple[int, int] | None:
    """Return the number of significant digits and of decimals of one fractional cell."""
    mantissa, _, exponent = cell.strip().lower().partition("e")
    whole, point, fraction = mantissa.lstrip("+-").partition(".")
    if not (point or exponent) or not (whole + fraction).isdigit():
        return None
    return len((whole + fraction).lstrip("0")), len(fraction) - int(exponent or 0)

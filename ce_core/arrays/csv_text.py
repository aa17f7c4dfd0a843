"""Text in a block of lines of a CSV: cells of labels and names, and quotes around cells of any kind."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ce_core.arrays.cells import looks_numeric
from ce_core.arrays.csv_cells import NEWLINE, RETURN, ZERO, Grid, UnusualError, rows_of

QUOTE = ord('"')
HIDDEN = b"\xff"
"""Stands for a delimiter within a cell: no byte of UTF-8 is this one."""
#: Only what starts so can be a number.
_LIKE_NUMBERS = re.compile(rb"\s*[-+]?(?:[0-9.,]|inf|nan)", re.IGNORECASE)


def positions_in(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the places of so many bytes from each start on.

    >>> positions_in(np.array([3, 10]), np.array([2, 3])).tolist()
    [3, 4, 10, 11, 12]
    """
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))


def without_text(raw: np.ndarray, grid: Grid) -> np.ndarray:
    r"""Return the lines with zeros for each byte of a cell of text, as if all were numbers.

    >>> from ce_core.arrays.csv_block import of_bytes
    >>> bare = without_text(of_bytes(b"0.5,cat\n"), Grid(width=2, delimiter=ord(","), text=(1,)))
    >>> bare.tobytes().strip(b"0")
    b'.5,000\n'
    """
    if not grid.text:
        return raw
    starts, stops, _ = rows_of(raw, grid)
    bare = raw.copy()
    for column in grid.text:
        first = starts[:, column]
        bare[positions_in(first, stops[:, column] - first)] = ZERO
    return bare


def text_cells(raw: np.ndarray, grid: Grid, column: int) -> list[bytes]:
    r"""Return the cells of one column of a block of clean lines.

    >>> from ce_core.arrays.csv_block import of_bytes
    >>> text_cells(of_bytes(b"0.5,cat\n0.2,dog\n"), Grid(width=2, delimiter=ord(","), text=(1,)), 1)
    [b'cat', b'dog']
    """
    starts, stops, _ = rows_of(raw, grid)
    data = raw.tobytes()
    return [
        data[start:stop]
        for start, stop in zip(starts[:, column].tolist(), stops[:, column].tolist(), strict=True)
    ]


def as_text(cell: bytes, grid: Grid) -> str:
    """Return what a cell of text says, in one line."""
    from ce_core.arrays.table import one_line

    return one_line(cell.replace(HIDDEN, bytes([grid.delimiter])).decode("utf-8"))


def count_numbers(cells: Sequence[bytes], distinct: set[bytes], grid: Grid) -> int:
    """Return how many cells of text look like numbers."""
    like = [cell for cell in distinct if _LIKE_NUMBERS.match(cell) and looks_numeric(as_text(cell, grid))]
    return sum(map(set(like).__contains__, cells)) if like else 0


def check_characters(data: bytes) -> None:
    """Refuse what the reader of all refuses."""
    if b"\0" in data:
        raise UnusualError
    if b"\r" in data and b"\r" in data.replace(b"\r\n", b""):
        raise UnusualError
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            raise UnusualError from None


def without_quotes(data: bytes, grid: Grid) -> bytes | None:
    r"""Return lines without their quotes; None where these stand elsewhere than around plain cells.

    >>> grid = Grid(width=2, delimiter=ord(","), text=(1,))
    >>> without_quotes(b'"0.5","cat"\n', grid), without_quotes(b'0.5,"cat, small"\n', grid)
    (b'0.5,cat\n', None)
    """
    if grid.delimiter == ord(" "):
        raise UnusualError
    raw = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(raw == QUOTE)
    if len(quotes) % 2:
        raise OddQuotesError
    return data.replace(b'"', b"") if _around_cells(raw, quotes, grid) else None


class OddQuotesError(UnusualError):
    """A block ends between the quotes of a cell."""


def _around_cells(raw: np.ndarray, quotes: np.ndarray, grid: Grid) -> bool:
    """Tell whether quotes only stand around whole cells that hold no quote, delimiter or line end."""
    separators = np.concatenate([[True], (raw == grid.delimiter) | (raw == NEWLINE), [True]])
    opening, closing = quotes[::2], quotes[1::2]
    if (opening + 1 == closing).any():
        return False
    behind = closing + 1
    if (raw.take(behind, mode="clip") == RETURN).any():
        behind = behind + (raw.take(behind, mode="clip") == RETURN)
    if not (separators.take(opening).all() and separators.take(behind + 1, mode="clip").all()):
        return False
    ends = np.flatnonzero(separators[1:-1])
    return bool((np.searchsorted(ends, opening) == np.searchsorted(ends, closing)).all())


def read_quoted(data: bytes, grid: Grid) -> tuple[bytes, list[int]]:
    r"""Return whole lines without quotes, one for each row, and which lines were left out for that.

    They are read as the reader of all reads them, row by row.

    >>> read_quoted(b'0.5,"cat,\nsmall"\n', Grid(width=2, delimiter=ord(","), text=(1,)))
    (b'0.5,cat\xff small\n', [1])
    """
    import csv

    from ce_core.arrays.table import one_line

    delimiter = chr(grid.delimiter)
    lines = data.decode("utf-8").replace("\r\n", "\n").split("\n")[:-1]
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    kept: list[bytes] = []
    starts = [0]
    dropped: list[int] = []
    try:
        for row in reader:
            first = starts[-1]
            starts.append(reader.line_num)
            if not (row and (len(row) > 1 or not row[0] or row[0].strip())):
                dropped += range(first, reader.line_num)
                continue
            if len(row) != grid.width:
                raise UnusualError
            dropped += range(first + 1, reader.line_num)
            cells = [one_line(cell).encode("utf-8").replace(delimiter.encode(), HIDDEN) for cell in row]
            kept.append(delimiter.encode().join(cells))
    except csv.Error:
        raise UnusualError from None
    return b"\n".join([*kept, b""]), dropped


def starts_outside_quotes(text: np.ndarray, least: int) -> int | None:
    """Return the first place, at least so far on, where a line starts that is not within quotes; None without one."""
    ends = np.flatnonzero(text[least - 1 :] == NEWLINE) + (least - 1)
    quotes = np.flatnonzero(text == QUOTE)
    outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return int(outside[0]) + 1 if outside.size else None

"""Text in a block of lines of a CSV: cells of labels and names, and quotes around cells of any kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

import numpy as np

from ce_core.arrays.cells import looks_numeric
from ce_core.arrays.csv_grid import NEWLINE, RETURN, Grid, UnusualError
from ce_core.arrays.decimal_cells import MASKS, words_at

_BLANKS = b" \t\r\x0b\x0c\x1c\x1d\x1e\x1f"
QUOTE = ord('"')
HIDDEN = b"\xff"
"""Stands for a delimiter within a cell: no byte of UTF-8 is this one."""
#: Only what starts so can be a number, or blank.
_LEADS = np.array([byte <= 32 or byte >= 0x80 or byte in b"0123456789+-.,iInN" for byte in range(256)])
_ROOM = 32
"""Labels of as many bytes are compared in words."""
_MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)


def text_cells(raw: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> list[bytes]:
    """Return cells as bytes."""
    data = raw.data
    return [bytes(data[start:stop]) for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]


def as_text(cell: bytes, grid: Grid) -> str:
    """Return what a cell of text says, in one line."""
    from ce_core.arrays.table import one_line

    return one_line(cell.replace(HIDDEN, bytes([grid.delimiter])).decode("utf-8"))


def count_numbers(raw: np.ndarray, starts: np.ndarray, stops: np.ndarray, grid: Grid) -> int:
    """Return how many cells of text look like numbers; raise `UnusualError` where one is blank.

    >>> from ce_core.arrays.csv_block import of_bytes
    >>> grid = Grid(width=3, delimiter=ord(","))
    >>> count_numbers(of_bytes(b"1,cat,inf"), np.array([32, 34, 38]), np.array([33, 37, 41]), grid)
    2
    """
    if (starts == stops).any():
        raise UnusualError
    lead = raw.take(starts)
    at = np.flatnonzero(_LEADS.take(lead))
    words = (lead[at] | 0x20) > ord("9")
    if words.any():
        # Of words, infinity and NaN are numbers.
        second = raw.take(starts[at] + 1) | 0x20
        at = at[~words | (second == ord("n")) | (second == ord("a")) | (lead[at] >= 0x80)]
    if not at.size:
        return 0
    number = 0
    for cell, count in Counter(text_cells(raw, starts[at], stops[at])).items():
        text = as_text(cell, grid)
        if not text:
            raise UnusualError
        number += count * looks_numeric(text)
    return number


class Names:
    """Distinct cells of text, and which of them others are."""

    def __init__(self, cells: Sequence[bytes]) -> None:
        self.cells = tuple(cells)
        self._places = {cell: at for at, cell in enumerate(self.cells)}
        packed = np.frombuffer(bytes(_ROOM) + b"".join(self.cells) + bytes(_ROOM), dtype=np.uint8)
        stops = np.cumsum([len(cell) for cell in self.cells], dtype=np.int64) + _ROOM
        starts = stops - np.array([len(cell) for cell in self.cells], dtype=np.int64)
        words = _words(packed, starts, stops)
        self._keys: np.ndarray | None = None
        if words:
            keys = _key(words)
            self._order = np.argsort(keys)
            self._words = [word[self._order] for word in words]
            keys = keys[self._order]
            if not (keys[1:] == keys[:-1]).any():
                self._keys = keys

    def numbers(self, raw: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> np.ndarray | None:
        """Return which name each cell is; None where one is none of them.

        >>> raw = np.frombuffer(bytes(32) + b"cat,dog,cat" + bytes(32), dtype=np.uint8)
        >>> names = Names([b"dog", b"cat"])
        >>> names.numbers(raw, np.array([32, 36, 40]), np.array([35, 39, 43])).tolist()
        [1, 0, 1]
        """
        if not self.cells:
            return None
        words = None if self._keys is None else _words(raw, starts, stops)
        if self._keys is None or words is None:
            try:
                return np.array(
                    [self._places[cell] for cell in text_cells(raw, starts, stops)], dtype=np.int64
                )
            except KeyError:
                return None
        at = np.searchsorted(self._keys, _key(words))
        at[at == len(self._keys)] = 0
        none = np.uint64(0)
        for one, other in zip_longest(words, self._words):
            if not ((none if one is None else one) == (none if other is None else other.take(at))).all():
                return None
        return self._order.take(at)


def _words(raw: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> list[np.ndarray] | None:
    """Return the bytes of cells in words, the last one first; None where a cell has more than `_ROOM`."""
    counts = stops - starts
    longest = int(counts.max(initial=0))
    if longest > _ROOM:
        return None
    return [
        words_at(raw, stops - 8 * (at + 1)) & MASKS.take(np.clip(counts - 8 * at, 0, 8))
        for at in range(max(1, -(-longest // 8)))
    ]


def _key(words: Sequence[np.ndarray]) -> np.ndarray:
    """Return a number for each cell that mostly differs where cells do; words of zeros change nothing."""
    key = words[0] * np.uint64(_MIX[0])
    for word, mix in zip(words[1:], _MIX[1:], strict=False):
        key += word * np.uint64(mix)
    return key


def distinct_cells(raw: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> list[bytes]:
    """Return each cell once, in the order of the rows."""
    return list(dict.fromkeys(text_cells(raw, starts, stops)))


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


def cleaned(data: bytes, grid: Grid) -> tuple[bytes, list[int]]:
    r"""Return the lines without blank ones and without blanks around the cells, and which lines were left out.

    >>> cleaned(b"1, 2\n\n 3 ,4 \n", Grid(width=2, delimiter=ord(",")))
    (b'1,2\n3,4\n', [1])
    """
    if b'"' in data:
        plain = without_quotes(data, grid)
        if plain is None:
            return read_quoted(data, grid)
        data = plain
    if _is_clean(np.frombuffer(data, dtype=np.uint8), grid):
        return data, []
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


def _is_clean(raw: np.ndarray, grid: Grid) -> bool:
    """Tell whether no line is blank and no cell starts or ends with a blank, but for returns at the ends of lines."""
    newline = raw == NEWLINE
    separators = newline | (raw == grid.delimiter)
    blank = (raw <= 0x20) & ~separators
    if not raw.size or newline[0] or blank[0] or grid.delimiter == ord(" "):
        return False
    ends = newline | (blank & (raw == RETURN))
    return not bool(
        (newline[:-1] & ends[1:]).any()
        or (separators[:-1] & blank[1:]).any()
        or (blank[:-1] & separators[1:] & ~((raw[:-1] == RETURN) & newline[1:])).any()
    )

"""A large CSV that stays in its file: one scan finds its blocks, which are parsed as they are asked for.

What is no plain table of numbers and labels goes to the reader that takes the file as a whole, which also says what is
wrong with it.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import numpy as np

from ce_core.arrays.cells import decimals_in, is_number, step_to_look_at
from ce_core.arrays.csv_block import Facts, examine, of_bytes, skim
from ce_core.arrays.csv_file import CLEAN, QUOTED, UNCLEAN, CsvFile, StreamedCsv, in_threads
from ce_core.arrays.csv_grid import NEWLINE, Grid, Lattice, UnusualError, lattice_of
from ce_core.arrays.csv_labels import TextColumn
from ce_core.arrays.csv_text import (
    QUOTE,
    Names,
    OddQuotesError,
    check_characters,
    cleaned,
    count_numbers,
    distinct_cells,
)
from ce_core.arrays.decimal_cells import PAD
from ce_core.arrays.delimited import COMMENT, LINES_TO_LOOK_AT, Rows, decode, split
from ce_core.arrays.paths import clear_errors
from ce_core.arrays.source import Source
from ce_core.arrays.stored import Stored
from ce_core.arrays.table import PRECISIONS, Table, header_of, starts_at
from ce_core.errors import CepickError

BLOCK = 1 << 18
"""Bytes of text that are parsed together: with what they are turned into they fit the cache."""
_BLOCKS_TO_LOOK_AT = 64
"""Of more blocks than these not all are looked at for how many decimals cells have."""
_LABELS = 1 << 12
"""The scan keeps as many labels of a column; of more, only those of the column that is asked for are looked for."""
#: The lines that show the delimiter and the header must be within so many bytes.
_HEAD = 1 << 23
#: How many rows `find_header` looks at, the header among them.
_HEAD_ROWS = 2 + 5 * LINES_TO_LOOK_AT


def stream_table(
    path: str, preferred: str, target_column: str | None = None, unpacked: BinaryIO | None = None
) -> Table | None:
    """Return the table of a regular file without reading its values, or None where it must be read whole.

    preferred is the delimiter that the extension stands for. target_column is the column that will be asked for.
    unpacked: the file that the bytes are in, where this is not the one at the path.
    """
    with clear_errors(path):
        try:
            file = CsvFile(path, None if unpacked is None else os.dup(unpacked.fileno()))
            try:
                return _scan(file, preferred, target_column)
            except OddQuotesError:
                return _scan(file, preferred, target_column, quoted=True)
        except UnusualError:
            return None


class Breaks:
    """The lines of rows between which lines were left out."""

    def __init__(self, first: int, before: np.ndarray) -> None:
        self.first, self.before = first, before

    def __getitem__(self, row: int) -> int:
        return self.first + row + int(np.searchsorted(self.before, row, side="right"))


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamedTable(Table):
    """A table whose columns of numbers stay in the file; its rows are the first ones, which show the header."""

    file: CsvFile
    first_line: int
    #: For each line that was left out, how many rows stand before it.
    breaks: np.ndarray
    #: For each column, with how many decimals all cells are written; -1 where that varies.
    written: np.ndarray

    def whole(self) -> Table:
        """Return the table with all its rows in memory."""
        return self.file.whole(self.rows.delimiter)

    @property
    def height(self) -> int:
        """Return how many rows of cells there are, that of the header among them."""
        return self.start + int(self.file.ends[-1])

    def to_source(self, positions: Sequence[int], note: Iterable[str] = ()) -> Source:
        """Return columns as one array: [N] for one column, [N, K] for several."""
        self.check_numbers(positions)
        array: Stored
        if self.is_text(positions[0]):
            column = self.columns[positions[0]]
            assert isinstance(column, TextColumn)
            array = column.labels
        else:
            array = StreamedCsv(self.file, positions)
        whole = {*self.file.integers, *self.file.grid.text}
        fractions = [position for position in positions if position not in whole]
        return Source(
            array=array,
            name=self.name,
            precision=PRECISIONS[array.dtype.kind],
            decimals=self._decimals(fractions),
            columns=tuple(self.header[position] for position in positions) if self.header else None,
            first_line=None if self.breaks.size else self.first_line,
            lines=Breaks(self.first_line, self.breaks) if self.breaks.size else None,
            note=(*self.note, *note),
        )

    def _decimals(self, positions: Sequence[int]) -> int | None:
        """Return how many decimals columns were written with: `cells.decimals_of`, of the same cells."""
        if not positions:
            return None
        written = set(self.written[list(positions)].tolist())
        if len(written) == 1 and -1 not in written:
            return int(written.pop())
        count = len(self.file.ends)
        chosen = np.unique(np.linspace(0, count - 1, min(count, _BLOCKS_TO_LOOK_AT)).astype(int)).tolist()
        # Of few blocks these are the rows that the reader of all looks at.
        rows = int(self.file.ends[-1]) * len(chosen) // count
        step = step_to_look_at(len(positions) * rows)

        def look(blocks: Sequence[int]) -> list[str]:
            return [cell for at in blocks for cell in self._looked_at(chosen[at], step, positions)]

        return decimals_in(chain.from_iterable(in_threads(look, len(chosen))))

    def _looked_at(self, block: int, step: int, positions: Sequence[int]) -> Iterator[str]:
        """Yield the cells of every so many rows of the file that are in a block."""
        end = int(self.file.ends[block])
        first = int(self.file.ends[block - 1]) if block else 0
        wanted = range(-first % step, end - first, step)
        if not wanted:
            return
        raw = self.file.block(block)
        stops = np.flatnonzero(raw == NEWLINE)
        for row in wanted:
            line = raw[int(stops[row - 1]) + 1 if row else PAD : int(stops[row])].tobytes()
            cells = line.split(bytes([self.file.grid.delimiter]))
            yield from (cells[position].decode("ascii") for position in positions)


def _scan(file: CsvFile, preferred: str, target_column: str | None, *, quoted: bool = False) -> StreamedTable:
    """Find the header and the blocks of a file, and what each column holds."""
    rows, head = _head(file, preferred)
    start = starts_at(rows, target_column)
    first_line = int(rows.lines[start])
    offset = int(np.flatnonzero(head == ord("\n"))[first_line - 2]) + 1 if first_line > 1 else 0
    if not offset and head[:3].tobytes() == codecs.BOM_UTF8:
        offset = 3
    if not start and head[offset : offset + len(COMMENT)].tobytes() == COMMENT.encode():
        # A row that is taken for a line of the table without the sign of a comment before it.
        raise UnusualError
    file.grid = Grid(width=rows.width, delimiter=ord(rows.delimiter), text=_text_columns(rows, start))
    quoted = quoted or bool((head == QUOTE).any())
    file.starts = np.array((file.row_starts if quoted else file.line_starts)(offset, BLOCK))
    fractional, wide = np.zeros((2, rows.width), dtype=bool)
    written: np.ndarray | None = None
    # Lists of a little for each block; what is known of each column is of all blocks together.
    counts, breaks, done = [], [], 0
    unclean, uniform = [], []
    first = _look(file, range(1))
    # Where it is known which columns hold fractions, however these are written, the rest need only be numbers.
    integers = np.flatnonzero(~first.fractional)
    settled = None if first.uniform.any() else sorted({*integers.tolist()} - {*file.grid.text})
    seen: list[dict[bytes, int]] = [{} for _ in file.grid.text]
    labels: list[list[np.ndarray]] = [[] for _ in file.grid.text]
    numbers = np.zeros(len(file.grid.text), dtype=np.int64)
    for part in in_threads(lambda blocks: _look(file, blocks, settled), len(file.starts) - 1):
        numbers += part.numbers
        for known, held, (cells, found) in zip(seen, labels, part.labels, strict=True):
            if len(known) > _LABELS:
                held.clear()
            elif found is not None:
                order = np.array([known.setdefault(cell, len(known)) for cell in cells], dtype=np.uint16)
                held.append(order.take(found))
            else:
                known.update(dict.fromkeys(cells, 0))
        fractional |= part.fractional
        wide |= part.wide
        written = part.decimals if written is None else _alike([written, part.decimals])
        counts.append(part.rows)
        unclean.append(part.unclean)
        uniform.append(part.uniform)
        breaks.append(part.breaks + done)
        done += int(part.rows.sum())
    # Text of which half are numbers is an error, and what it says is found by the reader of all.
    if written is None or (wide & ~fractional).any() or (2 * numbers >= done).any():
        raise UnusualError
    file.ends = np.cumsum(np.concatenate(counts))
    file.unclean, file.uniform = np.concatenate(unclean), np.concatenate(uniform)
    file.integers = frozenset(np.flatnonzero(~fractional).tolist()) - {*file.grid.text}
    texts = {
        position: TextColumn(file, position, *_labels_of(known, held))
        for position, known, held in zip(file.grid.text, seen, labels, strict=True)
    }
    dropped = np.concatenate(breaks)
    header, note = header_of(rows, file.path, start)
    return StreamedTable(
        name=file.path,
        header=header,
        columns=tuple(texts.get(position) or StreamedCsv(file, [position]) for position in range(rows.width)),
        rows=rows,
        start=start,
        note=note,
        file=file,
        first_line=first_line,
        breaks=dropped[dropped < done],
        written=written,
    )


def _labels_of(known: dict[bytes, int], held: list[np.ndarray]) -> tuple[list[bytes] | None, np.ndarray]:
    """Return the labels of a column and the number of each row's; None of too many."""
    if len(known) > _LABELS:
        return None, np.zeros(0, dtype=np.uint16)
    return list(known), np.concatenate([*held, np.zeros(0, dtype=np.uint16)])


def _text_columns(rows: Rows, start: int) -> tuple[int, ...]:
    """Return the columns that hold something else than numbers below the header."""
    return tuple(
        position
        for position in range(rows.width)
        if not all(map(is_number, map(str.strip, rows.column(position, start))))
    )


def _head(file: CsvFile, preferred: str) -> tuple[Rows, np.ndarray]:
    """Return the first rows, as many as show the delimiter and the header, and the bytes that they are in."""
    size = 1 << 16
    while size <= _HEAD:
        head = file.bytes_at(0, min(size, file.size))[PAD:-PAD]
        text = head.tobytes()
        text = text[: text.rfind(b"\n") + 1]
        while text.count(b'"') % 2:
            text = text[: text.rfind(b"\n", 0, -1) + 1]
        if b"\r" in text.replace(b"\r\n", b"\n"):
            raise UnusualError
        if text.count(b"\n") >= _HEAD_ROWS:
            try:
                rows = split(decode(text, file.path), file.path, preferred)
            except CepickError:
                # What is wrong with the file as a whole may be something else.
                raise UnusualError from None
            if len(rows) >= _HEAD_ROWS:
                return rows, head
        size *= 4
    raise UnusualError


@dataclass(frozen=True, kw_only=True, eq=False)
class _Part:
    """What some blocks hold: rows and unclean for each block, the rest of all together."""

    rows: np.ndarray
    unclean: np.ndarray
    uniform: np.ndarray
    breaks: np.ndarray
    fractional: np.ndarray
    wide: np.ndarray
    decimals: np.ndarray
    #: For each column of text: the labels that were seen and which of them each row has; how many look like numbers.
    labels: tuple[tuple[tuple[bytes, ...], np.ndarray | None], ...]
    numbers: np.ndarray


def _look(file: CsvFile, blocks: Sequence[int], settled: Sequence[int] | None = None) -> _Part:
    """Look at blocks; settled: the columns of integers, where the first block has told which these are."""
    found: list[Facts] = []
    unclean: list[int] = []
    breaks: list[int] = []
    count = 0
    names = [Names(()) for _ in file.grid.text]
    places: list[list[np.ndarray]] = [[] for _ in file.grid.text]
    numbers = np.zeros(len(file.grid.text), dtype=np.int64)
    for block in blocks:
        raw = file.bytes_at(int(file.starts[block]), int(file.starts[block + 1]))
        facts, dropped, clean, lattice = _examined(raw, file.grid, settled if block else None)
        for at, column in enumerate(file.grid.text):
            if lattice is None:
                continue
            cells = clean, lattice.starts[:, column], lattice.stops[:, column]
            numbers[at] += count_numbers(*cells, file.grid)
            if len(names[at].cells) > _LABELS:
                continue
            found_at = names[at].numbers(*cells)
            if found_at is None:
                # Those that are known keep their numbers.
                names[at] = Names(list(dict.fromkeys([*names[at].cells, *distinct_cells(*cells)])))
                found_at = names[at].numbers(*cells)
            if found_at is not None:
                places[at].append(found_at.astype(np.uint16))
        breaks += [count + line - already for already, line in enumerate(dropped or ())]
        unclean.append(CLEAN if dropped is None else _cleaning(raw, clean, dropped))
        found.append(facts)
        count += facts.rows
    return _Part(
        rows=np.array([facts.rows for facts in found]),
        unclean=np.array(unclean),
        uniform=np.array([facts.uniform for facts in found]),
        breaks=np.array(breaks, dtype=np.int64),
        fractional=np.any([facts.fractional for facts in found], axis=0),
        wide=np.any([facts.wide for facts in found], axis=0),
        decimals=_alike([facts.decimals for facts in found if facts.rows] or [np.full(file.grid.width, -1)]),
        labels=tuple(
            (
                each.cells,
                np.concatenate([*held, np.zeros(0, dtype=np.uint16)]) if len(each.cells) <= _LABELS else None,
            )
            for each, held in zip(names, places, strict=True)
        ),
        numbers=numbers,
    )


def _examined(
    raw: np.ndarray, grid: Grid, settled: Sequence[int] | None
) -> tuple[Facts, list[int] | None, np.ndarray, Lattice | None]:
    """Return what a block holds, which lines are left out where it must be cleaned first, its clean lines and cells.

    The cells are found here where there is text among them.
    """
    quoted = False
    if grid.text:
        data = raw[PAD:-PAD].tobytes()
        check_characters(data)
        quoted = b'"' in data
    if not quoted:
        try:
            lattice = _lattice(raw, grid)
            facts = None if settled is None else skim(raw, grid, settled, lattice)
            return facts or examine(raw, grid, lattice), None, raw, lattice
        except UnusualError:
            pass
    data, dropped = cleaned(raw[PAD:-PAD].tobytes(), grid)
    if data:
        clean = of_bytes(data)
        lattice = _lattice(clean, grid)
        return examine(clean, grid, lattice), dropped, clean, lattice
    none = np.zeros(grid.width, dtype=bool)
    return Facts(rows=0, fractional=none, wide=none, decimals=np.full(grid.width, -1)), dropped, raw, None


def _cleaning(raw: np.ndarray, clean: np.ndarray, dropped: Sequence[int]) -> int:
    """Return what is to be done with a block that was cleaned, to make it the same again."""
    if dropped or clean is raw:
        return UNCLEAN
    return QUOTED if raw[PAD:-PAD].tobytes().replace(b'"', b"") == clean[PAD:-PAD].tobytes() else UNCLEAN


def _lattice(raw: np.ndarray, grid: Grid) -> Lattice | None:
    """Return the cells of a table that holds text, none of it empty."""
    if not grid.text:
        return None
    lattice = lattice_of(raw, grid)
    text = list(grid.text)
    if (lattice.starts[:, text] == lattice.stops[:, text]).any():
        raise UnusualError
    return lattice


def _alike(decimals: Sequence[np.ndarray]) -> np.ndarray:
    """Return for each column the decimals that all agree on, else -1."""
    every = np.array(decimals)
    return np.where((every == every[0]).all(axis=0), every[0], -1)

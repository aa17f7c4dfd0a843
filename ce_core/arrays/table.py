"""A table read from CSV or TSV: its columns, and which of them hold predictions and which the target."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ce_core.arrays.cells import decimals_of, parse_column
from ce_core.arrays.convert import as_type
from ce_core.arrays.delimited import Rows, counts_up, decode, find_header, split
from ce_core.arrays.source import Source
from ce_core.arrays.stored import Stored
from ce_core.errors import CepickError, did_you_mean

#: Names that say "this column is the target".
TARGET_NAMES = frozenset({"label", "labels", "target", "targets", "y_true"})
#: The same and two that may as well be names of classes.
TARGET_NAMES_OR_CLASSES = TARGET_NAMES | {"y", "class"}
#: Columns of these names are left out, and said so.
IDENTIFIERS = frozenset({"id", "index", "row"})
#: Integers under such a name are no scores, but whether to leave them out is the user's to say.
LIKE_IDENTIFIERS = re.compile(r"(^|[\W_])(id|idx|index|row|uid|uuid)$", re.IGNORECASE)
#: What pandas calls the index when it writes it, and when it reads it back.
PANDAS_INDEX = frozenset({"", "Unnamed: 0"})
PRECISIONS = {"f": "decimals", "i": "integer", "U": "text"}

LEAVE_OUT = "remove it, or name it 'id' to leave it out"


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Hold the columns of a table, each as int64, float64 or text."""

    name: str
    header: tuple[str, ...] | None
    columns: tuple[np.ndarray | Stored, ...]
    rows: Rows
    #: How many rows of cells stand before the first row of values: 1 with a header.
    start: int
    note: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """Return how many rows of cells there are, that of the header among them."""
        return len(self.rows)

    def whole(self) -> Table:
        """Return the table with all its rows in memory."""
        return self

    def describe(self, position: int) -> str:
        """Return what errors call a column: its name, or its zero-based position."""
        return _describe(self.header, position)

    def list_columns(self) -> str:
        """Return the names of all columns, for errors."""
        return ", ".join(self.header) if self.header else f"0 to {len(self.columns) - 1}, without names"

    def is_text(self, position: int) -> bool:
        """Tell whether a column holds text."""
        return self.columns[position].dtype.kind == "U"

    def is_identifier(self, position: int) -> bool:
        """Tell whether a column plainly numbers or names the rows.

        A column of fractions never does: `id` may be a class, as in `en, de, id`.
        """
        name = self.header[position] if self.header else None
        column = self.columns[position]
        if name is None or column.dtype.kind == "f":
            return False
        if position == 0 and name in PANDAS_INDEX and column.dtype.kind == "i":
            values = np.asarray(column)
            return bool(np.array_equal(values - values[0], np.arange(len(values))))
        return name.casefold() in IDENTIFIERS

    def find(self, wanted: str) -> int:
        """Return the position of the column with a name, or at a zero-based or negative position."""
        names = self.header or ()
        if wanted in names:
            return names.index(wanted)
        folded = [name.casefold() for name in names]
        if folded.count(wanted.casefold()) == 1:
            return folded.index(wanted.casefold())
        count = len(self.columns)
        if re.fullmatch(r"[+-]?\d{1,9}", wanted) and -count <= int(wanted) < count:
            return int(wanted) % count
        remedy = did_you_mean(wanted, names) if names else f"name one by its position ({self.list_columns()})"
        raise CepickError(f"{self.name}: has no column {wanted!r}; {remedy}")

    def named(self, names: frozenset[str]) -> list[int]:
        """Return the positions of the columns whose name is one of these, capitals aside."""
        return [position for position, name in enumerate(self.header or ()) if name.casefold() in names]

    def to_source(self, positions: Sequence[int], note: Iterable[str] = ()) -> Source:
        """Return columns as one array: [N] for one column, [N, K] for several of numbers."""
        self.check_numbers(positions)
        chosen = [np.asarray(self.columns[position]) for position in positions]
        array = chosen[0] if len(chosen) == 1 else np.stack(chosen, axis=1)
        fractions = [position for position in positions if self.columns[position].dtype.kind == "f"]
        lines = self.rows.lines[self.start :]
        follow = int(lines[-1] - lines[0]) == len(lines) - 1
        return Source(
            array=array,
            name=self.name,
            precision=PRECISIONS[array.dtype.kind],
            decimals=decimals_of([self.rows.column(position, self.start) for position in fractions]),
            columns=tuple(self.header[position] for position in positions) if self.header else None,
            first_line=int(lines[0]) if follow else None,
            lines=None if follow else lines,
            note=(*self.note, *note),
        )

    def check_numbers(self, positions: Sequence[int]) -> None:
        """Refuse text among numbers."""
        for position in positions:
            if len(positions) > 1 and self.is_text(position):
                raise CepickError(
                    f"{self.name}: {self.describe(position)} holds text among numbers; {LEAVE_OUT}, "
                    f"or choose one with --target-column ({self.list_columns()})"
                )


def parse_table(data: bytes, name: str, preferred: str, target_column: str | None = None) -> Table:
    """Parse the bytes of a CSV or TSV; preferred is the delimiter that its extension stands for."""
    rows = split(decode(data, name), name, preferred)
    return _build(rows, name, starts_at(rows, target_column))


def uncover_header(table: Table, expected: int) -> Table:
    """Return the table with its first row as the header, if that makes as many rows as are expected.

    Where all columns are text, nothing but the number of rows can tell `species` from a label.
    """
    if table.header is not None or table.height != expected + 1:
        return table
    texts = all(map(table.is_text, range(len(table.columns))))
    if texts:
        table = table.whole()
    # What stands below again is a label, not a name.
    if expected > 0 and texts and not any(column[0] in np.asarray(column)[1:] for column in table.columns):
        why = "without it there are as many rows as predictions"
        note = f"{table.name}: the first line is taken for the header: {why}"
        return replace(_build(table.rows, table.name, 1), note=(note,))
    return table


def _build(rows: Rows, name: str, start: int) -> Table:
    """Make the table of rows of cells, of which the first `start` are the header."""
    if len(rows) == start:
        raise CepickError(f"{name}: has a header and 0 rows; pass a table with at least one row")
    header, note = header_of(rows, name, start)

    def parse(position: int) -> np.ndarray:
        def where(row: int) -> str:
            return f"{name}: line {rows.lines[start + row]}, {_describe(header, position)}"

        column = parse_column(rows.column(position, start), where)
        # Labels are matched with the header's names, so both are read alike.
        return np.array([one_line(cell) for cell in column.tolist()]) if column.dtype.kind == "U" else column

    columns = tuple(map(parse, range(rows.width)))
    return Table(name=name, header=header, columns=columns, rows=rows, start=start, note=note)


def header_of(rows: Rows, name: str, start: int) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Return the names in the first row, if that is the header, and what there is to say about it."""
    if not start:
        return None, ()
    # A name of several lines is made one, as names go into errors of one line.
    header = tuple(map(one_line, rows.cells[: rows.width]))
    _check_header(header, name, int(rows.lines[0]))
    if not counts_up(header):
        return header, ()
    return header, (f"{name}: the first line, 0 to {len(header) - 1}, is taken for the header",)


def starts_at(rows: Rows, target_column: str | None) -> int:
    """Return the row of cells that is the first of values: 1 with a header.

    target_column is the column that will be asked for: where all columns are text, its name shows the header.
    """
    known_names = TARGET_NAMES_OR_CLASSES | (IDENTIFIERS if rows.width > 1 else frozenset())
    return int(find_header(rows, known_names | {(target_column or "label").casefold()}))


def one_line(cell: str) -> str:
    """Return a cell in one line, without blanks around it."""
    return " ".join(part.strip() for part in cell.strip().splitlines())


def choose_predictions(table: Table, target: int | None = None, left_out: Sequence[int] = ()) -> Source:
    """Return the columns that hold predictions: all but the target, the identifiers and some more, as float64."""
    others = [
        position for position in range(len(table.columns)) if position != target and position not in left_out
    ]
    kept = [position for position in others if not table.is_identifier(position)]
    if not kept:
        raise CepickError(f"{table.name}: has no column of predictions ({table.list_columns()}); add one")
    suspects = set(table.named(TARGET_NAMES)) | {position for position in kept if table.is_text(position)}
    if target is None and suspects.issuperset(kept):
        what = f"{table.describe(kept[0])} looks like the target, and there are no predictions"
        raise CepickError(f"{table.name}: {what}; pass the predictions first and the targets second")
    for position in kept:
        _check_score(table, position)
    source = table.to_source(kept, _left_out(table, others))
    return replace(source, array=as_type(source.array, np.float64))


def choose_target(table: Table, target_column: str | None = None) -> Source:
    """Return the column that was asked for, or that is named as a target, or the whole table."""
    if target_column is not None:
        return table.to_source([table.find(target_column)])
    named = table.named(TARGET_NAMES)
    everything = range(len(table.columns))
    if len(named) == 1:
        rest = [
            position for position in everything if position not in named and not table.is_identifier(position)
        ]
        left_out = ", ".join(table.describe(position) for position in rest)
        note = f"{table.name}: the target is the {table.describe(named[0])}; left out: {left_out}"
        return table.to_source(named, (*_left_out(table, everything), *([note] if rest else [])))
    kept = [position for position in everything if not table.is_identifier(position)]
    if not kept:
        raise CepickError(f"{table.name}: has only identifiers ({table.list_columns()}); add the target")
    return table.to_source(kept, _left_out(table, everything))


def guess_target(table: Table, left_out: Sequence[int] = ()) -> tuple[int, str]:
    """Return the column that is the target in a table of predictions, and a sentence that says so."""
    for names in (TARGET_NAMES, TARGET_NAMES_OR_CLASSES):
        found = table.named(names)
        if len(found) == 1:
            return found[0], f"{table.name}: the target is the {table.describe(found[0])}, by its name"
        if found:
            either = " or ".join(table.describe(position) for position in found)
            raise CepickError(f"{table.name}: the target may be {either}; pass --target-column")
    others = [position for position in range(len(table.columns)) if position not in left_out]
    kept = [position for position in others if not table.is_identifier(position)]
    text = [position for position in kept if table.is_text(position)]
    if len(text) == 1 and len(kept) > 1:
        return text[0], f"{table.name}: the target is the {table.describe(text[0])}, the only one of text"
    why = "more than one column holds text" if len(text) > 1 else "no column is plainly the target"
    raise CepickError(
        f"{table.name}: {why}; pass --target-column with one of these: {table.list_columns()}, "
        "or the targets as a second file"
    )


def _describe(header: tuple[str, ...] | None, position: int) -> str:
    return f"column {header[position]!r}" if header else f"column {position} (counted from 0)"


def _check_header(header: tuple[str, ...], name: str, line: int) -> None:
    for position, cell in enumerate(header):
        if header.index(cell) != position:
            what = f"two columns are named {cell!r}" if cell else "two columns have no name"
            raise CepickError(f"{name}: line {line}: {what}; give each its own name")
        if not cell and position:
            raise CepickError(f"{name}: line {line}: column {position} (counted from 0) has no name; name it")


def _left_out(table: Table, positions: Iterable[int]) -> list[str]:
    return [
        f"{table.name}: {table.describe(position)} is taken for an identifier and left out"
        for position in positions
        if table.is_identifier(position)
    ]


def _check_score(table: Table, position: int) -> None:
    name = table.header[position] if table.header else ""
    if table.is_text(position):
        what, remedy = "holds text, not numbers", LEAVE_OUT
    elif (
        table.columns[position].dtype.kind == "i"
        and (not name or LIKE_IDENTIFIERS.search(name))
        and table.header
    ):
        what, remedy = "looks like an identifier", LEAVE_OUT
    elif name.casefold() in TARGET_NAMES:
        what, remedy = "looks like a target among the predictions", "remove it, or rename it if it is a class"
    else:
        return
    raise CepickError(f"{table.name}: {table.describe(position)} {what}; {remedy}")

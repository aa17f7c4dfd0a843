"""Read CSV and TSV: find the encoding, the delimiter and the header, and split the text into cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice

import numpy as np

from ce_core.arrays.cells import is_integer, is_number, looks_numeric
from ce_core.errors import CepickError
from ce_core.records import dataclass

#: In the order in which they win when nothing else decides.
DELIMITERS = (",", ";", "\t", "|", " ")
DELIMITER_NAMES = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'", " ": "a space"}
LINES_TO_LOOK_AT = 20
#: `numpy.savetxt` writes its header so.
COMMENT = "# "
NO_ROWS = "has 0 rows; pass a table with at least one"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """All cells of a file, row after row, and the line that each row starts on."""

    cells: list[str]
    width: int
    lines: np.ndarray
    delimiter: str

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, position: int, start: int = 0, stop: int | None = None) -> list[str]:
        """Return the cells of one column, from one row on, up to another."""
        return self.cells[
            start * self.width + position : None if stop is None else stop * self.width : self.width
        ]


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8, with or without a byte order mark, and make every line end a single newline."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CepickError(f"{name}: is UTF-16, not UTF-8; save it as UTF-8")
    if data.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\x93NUMPY")):
        raise CepickError(
            f"{name}: is not text (an archive, a spreadsheet or a .npy); give it its own extension"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CepickError(
            f"{name}: line {line}, byte {error.start}: is not UTF-8; save it as UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise CepickError(
            f"{name}: line {line}: holds a zero byte, so it is not text; save it as CSV in UTF-8"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split(text: str, name: str, preferred: str) -> Rows:
    """Split a text into rows of the same number of cells.

    preferred is the delimiter that the extension stands for: it wins when several fit equally well.
    """
    lines = text.split("\n")
    sample = list(
        islice((line for line in lines if line.strip() and not line.startswith(COMMENT)), LINES_TO_LOOK_AT)
    )
    if not sample:
        raise CepickError(f"{name}: {NO_ROWS}")
    delimiter = find_delimiter(sample, preferred)
    skipped = _uncomment(lines, len(split_line(sample[0], delimiter)), delimiter)
    if '"' in text:
        return _split_quoted(lines[skipped:], skipped, delimiter, name)
    return _split_plain(lines[skipped:], skipped, delimiter, name)


def find_delimiter(lines: Sequence[str], preferred: str) -> str:
    """Return the delimiter that splits the lines most evenly, then into the most numbers."""
    best: tuple[tuple[float, float, bool, int], str] | None = None
    for order, delimiter in enumerate(DELIMITERS):
        rows = [split_line(line, delimiter) for line in lines]
        widths = [len(row) for row in rows]
        width = max(widths, key=widths.count)
        body = rows[1:] or rows
        if width < 2 or (delimiter == " " and not all(map(_is_spaced_row, body))):
            continue
        cells = list(chain.from_iterable(body))
        numbers = sum(map(looks_numeric, cells))
        score = (widths.count(width) / len(widths), numbers / len(cells), delimiter == preferred, -order)
        if best is None or score > best[0]:
            best = score, delimiter
    return best[1] if best else preferred


def split_line(line: str, delimiter: str) -> list[str]:
    """Split one line; a quoted cell may hold the delimiter."""
    if '"' in line:
        import csv

        return next(csv.reader([line.strip()], delimiter=delimiter, skipinitialspace=True))
    return line.split() if delimiter == " " else line.split(delimiter)


def find_header(rows: Rows, known_names: frozenset[str]) -> bool:
    """Tell whether the first row holds names: a cell that is no number stands above numbers.

    One kind of header holds only numbers: 0, 1, …, K-1, as pandas writes for columns without names. A column
    of nothing but text has a header when its first cell is one of the known names, such as `label`.
    """
    first = [cell.strip() for cell in rows.cells[: rows.width]]
    if len(rows) == 1:
        return not any(map(is_number, first)) and (rows.width > 1 or first[0].casefold() in known_names)
    if any(is_number(cell) and not is_integer(cell) for cell in first):
        return False
    below = [rows.column(position, 1, 1 + 5 * LINES_TO_LOOK_AT) for position in range(rows.width)]
    shares = [sum(map(looks_numeric, column)) / len(column) for column in below]
    for cell, share, column in zip(first, shares, below, strict=True):
        if share > 0.5 and cell and not is_number(cell):
            return True
        if share == 0 and (is_integer(cell) or (cell.casefold() in known_names and cell not in column)):
            return True
    if not first[0] and shares[0] > 0.5 and all(first[1:]):
        return not any(map(is_number, first[1:])) or counts_up(first[1:])
    return counts_up(first) and _cannot_be_data(below)


def _uncomment(lines: list[str], width: int, delimiter: str) -> int:
    """Uncover a header behind `# `, in place; return how many lines of comments stand before the data."""
    skipped = 0
    while lines[skipped].startswith(COMMENT) or not lines[skipped].strip():
        uncovered = lines[skipped].removeprefix(COMMENT)
        following = next((line for line in lines[skipped + 1 :] if line.strip()), "")
        if (
            uncovered.strip()
            and not following.startswith(COMMENT)
            and len(split_line(uncovered, delimiter)) == width
        ):
            lines[skipped] = uncovered
            break
        skipped += 1
    return skipped


def _split_plain(lines: list[str], skipped: int, delimiter: str, name: str) -> Rows:
    """Split text without quotes by joining the rows into one long row: the fastest way that checks widths."""
    kept = [line for line in lines if line and not line.isspace()]
    if len(kept) == len(lines):
        numbers = np.arange(len(lines)) + (skipped + 1)
    else:
        numbers = np.array([i for i, line in enumerate(lines, skipped + 1) if line and not line.isspace()])
    if delimiter == " ":
        kept = [" ".join(line.split()) for line in kept]
    widths = np.fromiter((line.count(delimiter) for line in kept), np.int64, len(kept)) + 1
    _check_widths(widths, numbers, delimiter, name)
    return Rows(
        cells=delimiter.join(kept).split(delimiter), width=int(widths[0]), lines=numbers, delimiter=delimiter
    )


def _split_quoted(lines: list[str], skipped: int, delimiter: str, name: str) -> Rows:
    import csv

    spaced = delimiter == " "
    ended = (f"{line.strip() if spaced else line}\n" for line in lines)
    reader = csv.reader(ended, delimiter=delimiter, strict=True, skipinitialspace=spaced)
    rows: list[list[str]] = []
    numbers: list[int] = []
    start = 1
    try:
        for row in reader:
            # A lone `""` is an empty cell, which is an error later; a lone blank is a blank line.
            if row and (len(row) > 1 or not row[0] or row[0].strip()):
                rows.append(row)
                numbers.append(start + skipped)
            start = reader.line_num + 1
    except csv.Error as error:
        remedy = "close the quote, or double a quote inside one"
        raise CepickError(
            f"{name}: line {start + skipped}: the quotes do not pair ({error}); {remedy}"
        ) from None
    widths = np.fromiter(map(len, rows), np.int64, len(rows))
    _check_widths(widths, np.array(numbers), delimiter, name)
    cells = list(chain.from_iterable(rows))
    return Rows(cells=cells, width=int(widths[0]), lines=np.array(numbers), delimiter=delimiter)


def _check_widths(widths: np.ndarray, numbers: np.ndarray, delimiter: str, name: str) -> None:
    if not widths.size:
        raise CepickError(f"{name}: {NO_ROWS}")
    expected = int(widths[0])
    ragged = np.flatnonzero(widths != expected)
    if not ragged.size:
        return
    row = int(ragged[0])
    plural = "" if expected == 1 else "s"
    raise CepickError(
        f"{name}: line {numbers[row]}: expected {expected} column{plural}, found {widths[row]}; "
        f"check the line (columns are separated by {DELIMITER_NAMES[delimiter]})"
    )


def _is_spaced_row(row: list[str]) -> bool:
    """Take spaces for delimiters only among numbers: `golden retriever` is one label."""
    numbers = sum(map(is_number, row))
    return numbers >= 2 and len(row) - numbers <= 1


def counts_up(cells: Sequence[str]) -> bool:
    """Tell whether cells are 0, 1, …, K-1."""
    return len(cells) > 1 and list(cells) == [str(number) for number in range(len(cells))]


def _cannot_be_data(below: Sequence[Sequence[str]]) -> bool:
    """Tell whether rows of fractions, or of zeros and ones, show that 0, 1, …, K-1 is no row of them."""
    cells = [cell.strip() for column in below for cell in column]
    return not any(map(is_integer, cells)) or (len(below) > 2 and set(cells) <= {"0", "1"})

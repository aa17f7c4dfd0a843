"""Read columns of a Parquet or Feather (Arrow IPC) file, a group of rows at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ce_core.arrays.convert import to_source
from ce_core.arrays.extras import require
from ce_core.arrays.keys import choose_key
from ce_core.arrays.paths import check_file, is_url
from ce_core.arrays.source import Source
from ce_core.arrays.stored import Chunked
from ce_core.arrays.table import IDENTIFIERS, TARGET_NAMES, TARGET_NAMES_OR_CLASSES
from ce_core.errors import CepickError

PARQUET = (".parquet", ".pq")


class Columns(Chunked):
    """Columns of numbers side by side [N, K], one column [N], or one column of lists [N, K]."""

    def __init__(
        self, file: ArrowFile, columns: Sequence[str], name: str, *, dtype: np.dtype, width: int | None
    ) -> None:
        rows = int(file.ends[-1]) if len(file.ends) else 0
        super().__init__((rows,) if width is None else (rows, width), dtype, file.ends)
        self._file, self._columns, self._name = file, list(columns), name

    def decode(self, chunk: int) -> np.ndarray:
        """Return the rows of a group."""
        table = self._file.read(chunk, self._columns)
        for column in self._columns:
            if table.column(column).null_count:
                raise CepickError(
                    f"{self._name}: column {column!r} has missing values; fill them in, or leave them out"
                )
        if len(self.shape) == 1:
            return np.asarray(table.column(self._columns[0]).to_numpy(), dtype=self.dtype)
        if len(self._columns) == 1 and _is_list(table.column(self._columns[0]).type):
            flat = [
                each.flatten().to_numpy(zero_copy_only=False)
                for each in table.column(self._columns[0]).chunks
            ]
            values = np.concatenate(flat) if flat else np.empty(0)
            if values.size != table.num_rows * self.shape[1]:
                raise CepickError(f"{self._name}: its lists are of different lengths; give each the same")
            return np.asarray(values, dtype=self.dtype).reshape(-1, self.shape[1])
        rows = np.empty((table.num_rows, len(self._columns)), dtype=self.dtype)
        for at, column in enumerate(self._columns):
            rows[:, at] = table.column(column).to_numpy()
        return rows


class ArrowFile:
    """A Parquet or Feather file: its schema, where its groups of rows end, and how one is read."""

    def __init__(self, schema: Any, ends: Sequence[int], read: Callable[[int, list[str]], Any]) -> None:
        self.schema, self.ends, self.read = schema, ends, read

    def names(self) -> list[str]:
        """Return the names of the columns."""
        return list(self.schema.names)

    def is_text(self, column: str) -> bool:
        """Tell whether a column holds text."""
        kind = str(self.schema.field(column).type)
        return kind in {"string", "large_string", "string_view"} or kind.startswith(
            "dictionary<values=string"
        )


class _OfThread:
    """A file that each thread opens for itself: Arrow's readers are made for one at a time."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._local = make, threading.local()

    def get(self) -> Any:
        """Return this thread's reader."""
        if not hasattr(self._local, "reader"):
            self._local.reader = self._make()
        return self._local.reader


def open_arrow(file: str, name: str) -> ArrowFile:
    """Open a file, or one behind a URL, and read its schema only."""
    if not is_url(file):
        check_file(file)
    pyarrow = require("pyarrow", name, "Parquet and Feather")
    try:
        if file.lower().endswith(PARQUET):
            library = require("pyarrow.parquet", name, "Parquet")
            parquet = library.ParquetFile(_opened(file))
            of_thread = _OfThread(lambda: library.ParquetFile(_opened(file)))
            counts = [parquet.metadata.row_group(at).num_rows for at in range(parquet.num_row_groups)]
            return ArrowFile(
                parquet.schema_arrow,
                np.cumsum(counts, dtype=np.int64).tolist(),
                lambda at, columns: of_thread.get().read_row_group(at, columns=columns),
            )
        readers = _OfThread(lambda: pyarrow.ipc.open_file(_opened(file, pyarrow.memory_map)))
        reader = readers.get()
        counts = [reader.get_batch(at).num_rows for at in range(reader.num_record_batches)]
        return ArrowFile(
            reader.schema,
            np.cumsum(counts, dtype=np.int64).tolist(),
            lambda at, columns: pyarrow.Table.from_batches([readers.get().get_batch(at)]).select(columns),
        )
    except (pyarrow.ArrowException, OSError) as error:
        text = " ".join(str(error).split())[:120]
        raise CepickError(
            f"{name}: is no Parquet or Feather file that can be read ({text}); write it again"
        ) from None


def _opened(file: str, of_path: Callable[[str], Any] = str) -> Any:
    """Return what Arrow reads: a path, or an open file behind a URL, which is read in ranges."""
    if not is_url(file):
        return of_path(file)
    from ce_core.arrays.remote import open_remote

    return open_remote(file)


def read_arrow(
    file: str, name: str, *, key: str | None = None, target_column: str | None = None
) -> tuple[Source, Source | None]:
    """Return the columns of predictions, and the column of targets where the file holds one of its name."""
    opened = open_arrow(file, name)
    names = opened.names()
    if key is not None:
        column = choose_key(names, file, key, "column", "pyarrow")
        return _column(opened, column, name), None
    target = _target(opened, names, file, target_column)
    kept = [
        each for each in names if each != target and each.casefold() not in IDENTIFIERS and not _index(each)
    ]
    if not kept and target is not None:
        return _column(opened, target, name), None
    if not kept:
        raise CepickError(f"{name}: has no column of predictions ({', '.join(names)}); add one")
    predictions = _columns(opened, kept, name)
    return predictions, None if target is None else _column(opened, target, name)


def _target(opened: ArrowFile, names: list[str], file: str, asked: str | None) -> str | None:
    if asked is not None:
        return choose_key(names, file, asked, "column", "pyarrow")
    for known in (TARGET_NAMES, TARGET_NAMES_OR_CLASSES):
        found = [each for each in names if each.casefold() in known]
        if len(found) == 1:
            return found[0]
    text = [each for each in names if opened.is_text(each)]
    return text[0] if len(text) == 1 and len(names) > 1 else None


def _index(column: str) -> bool:
    return column.startswith("__index_level_")


def _column(opened: ArrowFile, column: str, name: str) -> Source:
    if opened.is_text(column):
        parts = [opened.read(at, [column]).column(column) for at in range(len(opened.ends))]
        values = [each for part in parts for each in part.to_pylist()]
        if None in values:
            raise CepickError(
                f"{name}: column {column!r} has missing values; fill them in, or leave them out"
            )
        return to_source(np.array(values, dtype=str), name)
    return _columns(opened, [column], name)


def _columns(opened: ArrowFile, columns: list[str], name: str) -> Source:
    kinds = [opened.schema.field(each).type for each in columns]
    if len(columns) == 1 and _is_list(kinds[0]):
        first = opened.read(0, columns).column(columns[0])
        each = len(first[0].as_py()) if len(first) else 0
        kind = _dtype(kinds[0].value_type, columns[0], name)
        return to_source(Columns(opened, columns, name, dtype=kind, width=each), name)
    dtypes = [_dtype(kind, column, name) for kind, column in zip(kinds, columns, strict=True)]
    dtype = np.result_type(*dtypes)
    width = None if len(columns) == 1 else len(columns)
    source = to_source(Columns(opened, columns, name, dtype=dtype, width=width), name)
    named = Source(**{**vars(source), "columns": tuple(columns)})
    return named if len(columns) > 1 else source


def _is_list(kind: Any) -> bool:
    return str(kind).startswith(("list<", "large_list<", "fixed_size_list<"))


def _dtype(kind: Any, column: str, name: str) -> np.dtype:
    try:
        found: np.dtype = np.dtype(kind.to_pandas_dtype())
    except (NotImplementedError, TypeError):
        found = np.dtype(object)
    if found.kind not in "biuf":
        raise CepickError(
            f"{name}: column {column!r} holds {kind}, not numbers; remove it, or name the target column"
        )
    return found

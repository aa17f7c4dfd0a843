"""Read arrays from files: which reader an extension has, and how two arrays are found in one or two files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from ce_core.arrays.convert import BFLOAT16_IF_RAW, check_asked_dtype
from ce_core.arrays.npy import read_npy
from ce_core.arrays.paths import (
    check_present,
    clear_errors,
    extension_of,
    is_large,
    is_url,
    open_binary,
    split_key,
)
from ce_core.arrays.shards import check_lengths, joined, shards_of
from ce_core.arrays.source import Source
from ce_core.errors import CepickError
from ce_core.records import dataclass

if TYPE_CHECKING:
    from ce_core.arrays.table import Table

STANDARD_INPUT = "-"
#: The delimiter that an extension stands for, when several fit.
DELIMITED = {".csv": ",", ".tsv": "\t"}
READABLE = ".npy, .npz, .csv, .tsv, .csv.gz, .tsv.gz, .safetensors, .parquet, .feather, .h5, .zarr"

TORCH_REMEDY = (
    'convert it: python -c "import torch, numpy; numpy.save({to!r}, '
    'torch.load({file!r}, weights_only=True).detach().float().cpu().numpy())"'
)
PICKLE_REMEDY = "a pickle can run code when it is read; save plain numbers with numpy.save"


@dataclass(frozen=True, kw_only=True, eq=False)
class Both:
    """Predictions and targets of one file; targets is None where no column is plainly the target."""

    predictions: Source
    targets: Source | None


#: Known extensions that are not read, and what to do.
REFUSED = {
    ".pt": ("PyTorch files are not read", TORCH_REMEDY),
    ".pth": ("PyTorch files are not read", TORCH_REMEDY),
    ".pkl": ("pickles are not read", PICKLE_REMEDY),
    ".pickle": ("pickles are not read", PICKLE_REMEDY),
}


def read_array(path: str, *, dtype: str | None = None, target_column: str | None = None) -> Source:
    r"""Read one array from a file: targets, weights, a mask or lengths.

    Use `read_pair` for predictions and targets together.

    path: `.npy` (memory-mapped, read-only), `.npz` (`file.npz:key`), `.csv`, `.tsv`, both also `.gz`, or `-`
        for CSV on standard input. Pickles are never loaded.
    dtype: "bfloat16" for raw 2-byte values; they become float32.
    target_column: the column of a CSV to take, by name or by zero-based or negative position.

    Raises `CepickError`, one line that starts with the path.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "labels.csv")
    ...     _ = path.write_text("id,label\n1,cat\n2,dog\n")
    ...     source = read_array(str(path))
    >>> source.array.tolist(), source.precision, source.line_of(1)
    (['cat', 'dog'], 'text', 3)
    """
    return _read_target(path, dtype, target_column)


def read_pair(
    predictions: str,
    targets: str | None = None,
    *,
    target_column: str | None = None,
    dtype: str | None = None,
    parts: Sequence[tuple[str, str]] = (),
) -> tuple[Source, Source]:
    r"""Read predictions and targets from two files, or both from one CSV or Parquet file.

    In one CSV the target is the column that `target_column` names, else one named label, labels, target,
    targets, y_true, y or class, else the only column of text; all other columns are predictions, in their
    order. Columns of integers or text named `id`, `index` or `row` are left out, which `Source.note` says.

    predictions: shape [N] from a CSV of one column, else [N, K]; any shape from `.npy`.
    targets: None, or the same path again, when one CSV holds both.
    dtype: "bfloat16" when the predictions are raw 2-byte values.
    parts: more files of predictions and targets, which follow these. A glob or a folder stands for all its files, in
        the order people count; what is in file k of the predictions goes with file k of the targets.

    Raises `CepickError`, one line that starts with the path.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "both.csv")
    ...     _ = path.write_text("cat,dog,label\n0.9,0.1,cat\n0.2,0.8,dog\n")
    ...     p, y = read_pair(str(path))
    >>> p.array.shape, p.columns, p.decimals, y.array.tolist()
    ((2, 2), ('cat', 'dog'), 1, ['cat', 'dog'])
    """
    first, second = files_of(predictions, targets, parts)
    if first == [predictions] and second in (None, [targets]):
        return open_two(predictions, targets, target_column, dtype)
    if second is not None and len(second) != len(first):
        scores = joined([open_predictions(each, dtype) for each in first], predictions)
        return scores, joined([open_target(each, dtype, target_column) for each in second], str(targets))
    others: Sequence[str | None] = [None] * len(first) if second is None else second
    pairs = [
        _pair(one, other, target_column, dtype, closed=len(first) > _OPEN)
        for one, other in zip(first, others, strict=True)
    ]
    check_lengths([one for one, _ in pairs], [other for _, other in pairs])
    name = predictions if targets is None else targets
    return joined([one for one, _ in pairs], predictions), joined([other for _, other in pairs], name)


_OPEN = 64
"""Of more files than these each is closed again, and opened when it is read."""


def _pair(
    one: str, other: str | None, target_column: str | None, dtype: str | None, *, closed: bool
) -> tuple[Source, Source]:
    """Return the predictions and targets of a pair of files, which are left ``closed`` where there are many."""
    pair = open_two(one, other, target_column, dtype)
    if not closed:
        return pair
    from ce_core.arrays.openings import left_closed, openings

    (first,), (second,) = openings(one, other, target_column=target_column, dtype=dtype)
    return left_closed(pair[0], first), left_closed(pair[1], second)


def files_of(
    predictions: str, targets: str | None, parts: Sequence[tuple[str, str]] = ()
) -> tuple[list[str], list[str] | None]:
    """Return the files of predictions and of targets, each a glob's or a folder's too; None where one holds both.

    There are as many of one as of the other, but for targets in fewer or more files than the predictions of one path.
    """
    if predictions == targets == STANDARD_INPUT:
        raise CepickError("-: standard input can be read only once; pass - for one of the two")
    first = _shards(predictions)
    second = None if targets is None else first if targets == predictions else _shards(targets)
    if parts and second is None:
        raise CepickError("parts: the first predictions have no targets; pass their file too")
    for one, other in parts:
        first = [*first, *_shards(one)]
        second = [*(second or []), *_shards(other)]
    if parts and second is not None and len(second) != len(first):
        raise CepickError(
            f"{second[0]}: {len(second)} files of targets against {len(first)} of predictions; pass one for each"
        )
    return first, second


def _shards(path: str) -> list[str]:
    """Return the files that a path stands for: itself, or all of a glob or a folder."""
    return [path] if path == STANDARD_INPUT else shards_of(path, [*READERS]) or [path]


def open_predictions(path: str, dtype: str | None) -> Source:
    """Return the predictions of a file, whatever targets there may be."""
    opened = _open(path, dtype, None)
    if isinstance(opened, Source):
        return opened.require_numbers()
    if isinstance(opened, Both):
        return opened.predictions.require_numbers()
    from ce_core.arrays.table import choose_predictions

    return choose_predictions(opened)


def open_target(path: str, dtype: str | None, target_column: str | None) -> Source:
    """Return the targets of a file, of which the predictions are of ``dtype``."""
    return _read_target(path, None if dtype is None else BFLOAT16_IF_RAW, target_column)


def open_two(
    predictions: str, targets: str | None, target_column: str | None, dtype: str | None
) -> tuple[Source, Source]:
    """Return the predictions of a file and the targets of another, or of the same."""
    if targets is not None and targets != STANDARD_INPUT and not is_url(targets):
        check_present(targets)
    together = targets is None or targets == predictions
    opened = _open(predictions, dtype, target_column if together else None)
    if isinstance(opened, Both):
        if targets is None or targets == predictions:
            if opened.targets is None:
                raise CepickError(f"{predictions}: no column is plainly the target; pass --target-column")
            return opened.predictions.require_numbers(), opened.targets
        scores = opened.predictions.require_numbers()
    elif isinstance(opened, Source):
        if targets is None:
            what = "the targets are missing; pass their file too (only a CSV or Parquet file can hold both)"
            raise CepickError(f"{predictions}: {what}")
        scores = opened.require_numbers()
    elif targets is None or targets == predictions:
        return _split_table(opened, target_column)
    else:
        from ce_core.arrays.table import choose_predictions

        scores = choose_predictions(opened)
    dtype = None if dtype is None else BFLOAT16_IF_RAW
    rows = scores.array.shape[0] if scores.array.ndim else 1
    return scores, _read_target(targets, dtype, target_column, rows=rows)


def _read_target(path: str, dtype: str | None, target_column: str | None, rows: int = 0) -> Source:
    """Read an array that is not predictions; rows is how many rows it should have, if that is known."""
    opened = _open(path, dtype, target_column)
    if isinstance(opened, Source):
        return opened
    if isinstance(opened, Both):
        return opened.predictions if opened.targets is None else opened.targets
    from ce_core.arrays.table import choose_target, uncover_header

    return choose_target(uncover_header(opened, rows), target_column)


def read_less(
    path: str, columns: Sequence[str], target_column: str | None = None
) -> tuple[Source, Source] | None:
    """Read predictions and targets from one CSV, less the columns of some names; None of a file that is no table.

    Use it where a column tells something else of each example, such as its country.
    """
    table = _open(path, None, target_column)
    if isinstance(table, (Source, Both)):
        return None
    return _split_table(table, target_column, [table.find(each) for each in columns])


def header_of(path: str) -> tuple[str, ...]:
    """Return the names of a table's columns; none of a file that is no table, or has no header."""
    if extension_of(split_key(path)[0])[0] not in DELIMITED:
        return ()
    opened = _open(path, None, None)
    return () if isinstance(opened, (Source, Both)) else opened.header or ()


def _split_table(
    table: Table, target_column: str | None, left_out: Sequence[int] = ()
) -> tuple[Source, Source]:
    from ce_core.arrays.table import choose_predictions, guess_target

    if target_column is None:
        position, note = guess_target(table, left_out)
        notes: tuple[str, ...] = (note,)
    else:
        position, notes = table.find(target_column), ()
    return choose_predictions(table, position, left_out), table.to_source([position], notes)


def _open(path: str, dtype: str | None, target_column: str | None) -> Source | Table | Both:
    """Find the reader for a path's extension and read."""
    check_asked_dtype(dtype)
    if path == STANDARD_INPUT:
        return _read_standard_input(dtype, target_column)
    file, _ = split_key(path)
    if is_url(file):
        return _open_url(path, file, dtype, target_column)
    check_present(path)
    extension, zipped = extension_of(file)
    reader = READERS.get(extension)
    if reader is None or (zipped and extension not in DELIMITED):
        raise CepickError(f"{path}: {_describe_unknown(file, extension, zipped)}")
    return reader(path, dtype, target_column)


def _read_npy(path: str, dtype: str | None, target_column: str | None) -> Source:
    _refuse_column(path, target_column)
    return read_npy(path, path, dtype)


def _read_npz(path: str, dtype: str | None, target_column: str | None) -> Source:
    from ce_core.arrays.npz import read_npz

    _refuse_column(path, target_column)
    file, key = split_key(path)
    return read_npz(file, path, dtype, key)


def _read_safetensors(path: str, dtype: str | None, target_column: str | None) -> Source:
    from ce_core.arrays.safetensors import read_safetensors

    _refuse_column(path, target_column)
    file, key = split_key(path)
    return read_safetensors(file, path, dtype, key)


def _read_hdf5(path: str, dtype: str | None, target_column: str | None) -> Source:
    from ce_core.arrays.hdf5 import read_hdf5

    _refuse_column(path, target_column)
    file, key = split_key(path)
    return read_hdf5(file, path, dtype, key)


def _read_zarr(path: str, dtype: str | None, target_column: str | None) -> Source:
    from ce_core.arrays.zarr_arrays import read_zarr

    _refuse_column(path, target_column)
    file, key = split_key(path)
    return read_zarr(file, path, dtype, key)


def _read_arrow(path: str, dtype: str | None, target_column: str | None) -> Both:
    from ce_core.arrays.arrow import read_arrow

    _refuse_dtype(path, dtype)
    file, key = split_key(path)
    predictions, targets = read_arrow(file, path, key=key, target_column=target_column)
    return Both(predictions=predictions, targets=targets)


def _open_url(path: str, file: str, dtype: str | None, target_column: str | None) -> Source | Table | Both:
    """Read a file behind a URL: a .npy and the files of Arrow in ranges, a Zarr store through its own library."""
    from ce_core.arrays.remote import read_remote_npy

    extension, _ = extension_of(file)
    if extension == ".npy":
        _refuse_column(path, target_column)
        return read_remote_npy(path, dtype)
    if extension == ".zarr":
        return _read_zarr(path, dtype, target_column)
    if READERS.get(extension) is _read_arrow:
        return _read_arrow(path, dtype, target_column)
    raise CepickError(
        f"{path}: only .npy, .zarr, .parquet and .feather are read behind a URL; copy the file here"
    )


def _read_delimited(path: str, dtype: str | None, target_column: str | None) -> Table:
    from ce_core.arrays.table import parse_table

    _refuse_dtype(path, dtype)
    extension, zipped = extension_of(path)
    if not zipped and is_large(path):
        from ce_core.arrays.streamed_csv import stream_table

        streamed = stream_table(path, DELIMITED[extension], target_column)
        if streamed is not None:
            return streamed
    with open_binary(path) as stream:
        if zipped:
            return _read_in_turn(_unzip(stream, path), path, DELIMITED[extension], target_column)
        return parse_table(stream.read(), path, DELIMITED[extension], target_column)


def _read_standard_input(dtype: str | None, target_column: str | None) -> Table:
    _refuse_dtype(STANDARD_INPUT, dtype)
    with clear_errors(STANDARD_INPUT):
        parts = iter(lambda: sys.stdin.buffer.read(_PART), b"")
        first = next(parts, b"")
        if not first:
            raise CepickError("-: standard input is empty; pipe a CSV into it")
        return _read_in_turn(chain([first], parts), STANDARD_INPUT, DELIMITED[".csv"], target_column)


_PART = 1 << 20
"""Bytes that are unpacked, or read from standard input, at a time."""


def _read_in_turn(parts: Iterable[bytes], path: str, preferred: str, target_column: str | None) -> Table:
    """Read a table whose bytes come only once: what is large goes to a temporary file, and is read in blocks there."""
    from ce_core.arrays import paths
    from ce_core.arrays.table import parse_table

    held, size, coming = [], 0, iter(parts)
    for part in coming:
        held.append(part)
        size += len(part)
        if size > paths.LARGE:
            break
    else:
        return parse_table(b"".join(held), path, preferred, target_column)
    import tempfile

    from ce_core.arrays.streamed_csv import stream_table

    with clear_errors(path), tempfile.TemporaryFile(prefix="cepick-") as unpacked:
        for part in chain(held, coming):
            unpacked.write(part)
        unpacked.flush()
        streamed = stream_table(path, preferred, target_column, unpacked)
        if streamed is not None:
            return streamed
        unpacked.seek(0)
        return parse_table(unpacked.read(), path, preferred, target_column)


#: From the extension to its reader.
READERS: dict[str, Callable[[str, str | None, str | None], Source | Table | Both]] = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".csv": _read_delimited,
    ".tsv": _read_delimited,
    ".safetensors": _read_safetensors,
    ".h5": _read_hdf5,
    ".hdf5": _read_hdf5,
    ".zarr": _read_zarr,
    ".parquet": _read_arrow,
    ".pq": _read_arrow,
    ".feather": _read_arrow,
    ".arrow": _read_arrow,
}


def _unzip(stream: BinaryIO, path: str) -> Iterator[bytes]:
    """Yield the bytes of a gzip file, part by part."""
    import gzip
    import zlib

    try:
        with gzip.open(stream) as unpacked:
            yield from iter(lambda: unpacked.read(_PART), b"")
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise CepickError(f"{path}: is truncated or corrupt gzip; compress it again") from None


def _refuse_dtype(path: str, dtype: str | None) -> None:
    if dtype == "bfloat16":
        raise CepickError(f"{path}: is text, so dtype {dtype} does not apply; leave it out")


def _refuse_column(path: str, target_column: str | None) -> None:
    if target_column is not None:
        raise CepickError(
            f"{path}: has no columns to choose {target_column!r} from; --target-column is for CSV and TSV"
        )


def _describe_unknown(file: str, extension: str, zipped: bool) -> str:
    if extension in REFUSED:
        what, remedy = REFUSED[extension]
        return f"{what}; {remedy.format(file=file, to=file[: -len(extension)] + '.npy')}"
    if zipped and extension in READERS:
        return f"{extension}.gz is not read; unpack it with gunzip"
    what = (
        f"cannot read {extension}.gz"
        if zipped and extension
        else f"cannot read {extension or 'a file without extension'}"
    )
    return f"{what}; readable are {READABLE}, and - for CSV on standard input"

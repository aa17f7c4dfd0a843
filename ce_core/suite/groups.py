"""Which examples belong to each slice of a check: by the values of an array or of a CSV's column, or by masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ce_core.arrays import Source, from_object, read_array
from ce_core.arrays.files import header_of
from ce_core.errors import CepickError

from .spec import Slices

MOST = 200
"""A slice for each value is refused where there are more values."""

_TABLES = (".csv", ".tsv", ".parquet", ".feather")

Slice = tuple[str, np.ndarray]
"""Its name, and a truth value for each example or position."""


def slices_of(slices: Slices, tables: Sequence[str], positions: tuple[int, ...]) -> Iterator[Slice]:
    """Yield each slice with its examples, in the order of the values (numbers as numbers) or of the masks.

    tables: the files of the arrays, of which a column may be named; positions: the shape of the losses.
    """
    if slices.by is not None:
        yield from by_values(*_values(slices.by, tables), positions, slices.by)
    for name, path in slices.masks.items():
        yield name, fitted(chosen_by(read_array(path)), path, positions)


def chosen_by(source: Source) -> np.ndarray:
    """Return the truth values of a mask: anything but 0 and 1 is no mask, and more likely an array of groups."""
    values = np.asarray(source.require_numbers().whole)
    wrong = ~((values == 0) | (values == 1))
    if wrong.any():
        raise CepickError(
            f"{source.name}: {values[wrong][0]:g} in the mask of a slice; write 1 for what is in it and 0 for what is "
            "not, or slice by the array's values"
        )
    return np.asarray(values != 0)


def mask_of(wanted: np.ndarray, also: Any, positions: tuple[int, ...]) -> np.ndarray:
    """Return the mask of a slice, less what another mask leaves out already."""
    mask = np.broadcast_to(wanted.reshape(wanted.shape + (1,) * (len(positions) - wanted.ndim)), positions)
    if also is None:
        return mask.astype(np.uint8)
    given = np.asarray(from_object(also, "mask").require_numbers().whole) != 0
    mask = mask.reshape(mask.shape + (1,) * (given.ndim - mask.ndim))
    return np.asarray(given & mask, dtype=np.uint8)


def by_values(
    name: str, values: np.ndarray, positions: tuple[int, ...], what: str | None = None
) -> Iterator[Slice]:
    """Yield a slice for each different value; ``what`` is what errors call the values."""
    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) > MOST:
        raise CepickError(
            f"{what or name}: {len(distinct):,} different values, and a slice for each is more than {MOST}; "
            "name a column or an array of groups"
        )
    codes = fitted(codes.reshape(values.shape), what or name, positions)
    for code, value in enumerate(distinct.tolist()):
        yield f"{name}={_shown(value)}", codes == code


def _shown(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def columns_of(slices: Iterable[Slices]) -> list[str]:
    """Return the names of the columns that slices are taken by: what is no file."""
    named = [each.by for each in slices if each.by is not None]
    return [Path(by).name for by in named if not _is_file(by)]


def refuse_among(columns: Iterable[str], predictions: Iterable[str]) -> None:
    """Refuse columns that stand among the predictions, where they are read as classes."""
    for path in predictions:
        for name in sorted(set(columns) & set(header_of(path))) if Path(path).is_file() else ():
            raise CepickError(
                f"{path}: column {name!r}, which slices are taken by, is read as a class; put it beside the targets, "
                "or into a file of its own"
            )


def _is_file(by: str) -> bool:
    return Path(by).is_file() or Path(by.rpartition(":")[0] or by).is_file()


def _values(by: str, tables: Sequence[str]) -> tuple[str, np.ndarray]:
    """Return what to call the values, and the values: those of a file, or of the column of a table."""
    if _is_file(by):
        source = read_array(by)
        return Path(by).name.partition(".")[0], np.asarray(source.whole)
    column, refused = Path(by).name, None
    for path in dict.fromkeys(tables):
        if not path.lower().removesuffix(".gz").endswith(_TABLES):
            continue
        try:
            values = np.asarray(read_array(path, target_column=column).whole)
        except CepickError as error:
            refused = refused or error
            continue
        return column, values
    if refused is not None:
        raise CepickError(f"{column}: neither a file nor a column: {refused}")
    raise CepickError(f"{by}: no such file, and the arrays are no tables with columns; check the path")


def fitted(values: np.ndarray, what: str, positions: tuple[int, ...]) -> np.ndarray:
    """Return values that go with the examples, or with every position."""
    if values.ndim == 2 and values.shape[1] == 1 and len(positions) == 1:
        values = values[:, 0]
    if values.shape != positions[: values.ndim] or not values.ndim:
        raise CepickError(
            f"{what}: shape {list(values.shape)} for slices; give one value for each example: {list(positions[:1])}"
        )
    return values

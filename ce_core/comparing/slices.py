"""Which examples of a comparison each slice has: from files, columns and masks, or from arrays."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ce_core.arrays import from_object
from ce_core.errors import CepickError
from ce_core.suite.groups import MOST, slices_of
from ce_core.suite.spec import Slices, Where

Array = np.ndarray
Slice = tuple[str, Array]
"""Its name, and a truth value for each position."""

_ASKED = Where(file="the comparison")


def named_slices(
    by: Any, masks: Mapping[str, Any], tables: Sequence[str], positions: tuple[int, ...]
) -> Iterator[Slice]:
    """Yield the slices of every grouping, then those of the masks.

    by: a file with one value for each example, the name of a column of one of the ``tables``, or a mapping of names to
    arrays of values; or several of these in a list. masks: by name, files or arrays with 1 for what is in the slice.
    """
    for each in [by] if isinstance(by, (str, os.PathLike, Mapping)) else by or ():
        if isinstance(each, Mapping):
            for name, values in each.items():
                yield from _of_values(name, from_object(values, name).whole, positions)
        else:
            asked = Slices(by=os.fspath(each), where=_ASKED)
            for name, chosen in slices_of(asked, tables, positions):
                yield name, _at_positions(chosen, name, positions)
    for name, values in masks.items():
        source = from_object(values, name).require_numbers()
        yield name, _at_positions(source.whole != 0, source.name, positions)


def _of_values(name: str, values: Array, positions: tuple[int, ...]) -> Iterator[Slice]:
    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) > MOST:
        raise CepickError(
            f"{name}: {len(distinct):,} different values, and a slice for each is more than {MOST}; pass groups"
        )
    codes = codes.reshape(values.shape)
    for code, value in enumerate(distinct.tolist()):
        whole = isinstance(value, float) and value.is_integer()
        yield f"{name}={int(value) if whole else value}", _at_positions(codes == code, name, positions)


def _at_positions(chosen: Array, what: str, positions: tuple[int, ...]) -> Array:
    """Return a truth value for each position, flat, from one for each or for each item of the first axes."""
    if chosen.ndim == 2 and chosen.shape[1] == 1 and len(positions) == 1:
        chosen = chosen[:, 0]
    if not chosen.ndim or chosen.shape != positions[: chosen.ndim]:
        raise CepickError(
            f"{what}: shape {list(chosen.shape)} for slices; give one value for each example: {list(positions[:1])}"
        )
    wide = chosen.reshape(chosen.shape + (1,) * (len(positions) - chosen.ndim))
    return np.asarray(np.broadcast_to(wide, positions)).reshape(-1)

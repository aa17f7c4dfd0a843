"""Which examples of a comparison each slice has: from files, columns and masks, or from arrays."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ce_core.arrays import from_object
from ce_core.suite.groups import by_values, chosen_by, fitted, slices_of
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
                of_each = by_values(name, from_object(values, name).whole, positions)
                yield from ((part, _at_positions(chosen, name, positions)) for part, chosen in of_each)
        else:
            asked = Slices(by=os.fspath(each), where=_ASKED)
            for name, chosen in slices_of(asked, tables, positions):
                yield name, _at_positions(chosen, name, positions)
    for name, values in masks.items():
        source = from_object(values, name)
        yield name, _at_positions(chosen_by(source), source.name, positions)


def _at_positions(chosen: Array, what: str, positions: tuple[int, ...]) -> Array:
    """Return a truth value for each position, flat, from one for each or for each item of the first axes."""
    chosen = fitted(chosen, what, positions)
    wide = chosen.reshape(chosen.shape + (1,) * (len(positions) - chosen.ndim))
    return np.asarray(np.broadcast_to(wide, positions)).reshape(-1)

"""Read one array of a Zarr store (`store.zarr`, or `store.zarr:path` in a group), in runs of items."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ce_core.arrays.convert import to_source
from ce_core.arrays.extras import require
from ce_core.arrays.keys import choose_key
from ce_core.arrays.source import Source
from ce_core.arrays.stored import Stored
from ce_core.errors import CepickError


class ZarrArray(Stored):
    """An array of Zarr: only the chunks that a run touches are decoded."""

    def __init__(self, array: Any, name: str) -> None:
        self.shape, self.dtype = tuple(array.shape), np.dtype(array.dtype)
        self._array, self._name = array, name

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of items."""
        try:
            return np.asarray(self._array[start:stop])
        except Exception as error:  # codecs raise errors of their own
            raise CepickError(f"{self._name}: cannot be decoded ({_line(error)}); write it again") from None


def read_zarr(file: str, name: str, dtype: str | None = None, key: str | None = None) -> Source:
    """Return the array that a path names, left where it is; without a path, the only one that there is."""
    if "://" not in file and not os.path.exists(file):
        raise CepickError(f"{file}: no such store; check the path")
    zarr = require("zarr", name, "Zarr")
    try:
        store = zarr.open(file, mode="r")
    except Exception as error:  # each store and version raises its own
        raise CepickError(f"{name}: is no Zarr store that can be read ({_line(error)})") from None
    if isinstance(store, zarr.Group):
        arrays = dict(_arrays(zarr, store))
        wanted = None if key is None else key.strip("/")
        store = arrays[choose_key(sorted(arrays), file, wanted, "array", "zarr")]
    elif key is not None:
        raise CepickError(f"{file}: is one array and has no {key!r}; leave the key out")
    if not store.shape:
        raise CepickError(f"{name}: is a single number; pass an array of examples")
    return to_source(ZarrArray(store, name), name, dtype)


def _arrays(zarr: Any, group: Any, prefix: str = "") -> list[tuple[str, Any]]:
    found = []
    for key, member in group.members():
        path = f"{prefix}{key}"
        found += _arrays(zarr, member, f"{path}/") if isinstance(member, zarr.Group) else [(path, member)]
    return found


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__

"""Read one dataset of an HDF5 file (`file.h5:/path`), in runs of items."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from ce_core.arrays.convert import to_source
from ce_core.arrays.extras import require
from ce_core.arrays.keys import choose_key
from ce_core.arrays.paths import check_file
from ce_core.arrays.source import Source
from ce_core.arrays.stored import Stored
from ce_core.errors import CepickError


class Dataset(Stored):
    """A dataset of HDF5, whose library reads for one thread at a time."""

    def __init__(self, dataset: Any, name: str) -> None:
        self.shape, self.dtype = tuple(dataset.shape), dataset.dtype
        self._dataset, self._name = dataset, name
        self._one_at_a_time = threading.Lock()

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of items."""
        try:
            with self._one_at_a_time:
                return np.asarray(self._dataset[start:stop])
        except (OSError, RuntimeError):
            raise CepickError(
                f"{self._name}: cannot be read to its end; it is damaged, write it again"
            ) from None


def read_hdf5(file: str, name: str, dtype: str | None = None, key: str | None = None) -> Source:
    """Return the dataset that a path names, left where it is; without a path, the only one that there is."""
    check_file(file)
    h5py = require("h5py", name, "HDF5")
    try:
        opened = h5py.File(file, "r")
    except OSError:
        raise CepickError(f"{name}: is no HDF5 file, or a damaged one; write it again") from None
    found: list[str] = []
    opened.visititems(lambda path, each: found.append(f"/{path}") if isinstance(each, h5py.Dataset) else None)
    wanted = None if key is None else f"/{key.strip('/')}"
    dataset = opened[choose_key(found, file, wanted, "dataset", "h5py")]
    if dataset.shape is None or not dataset.shape:
        raise CepickError(f"{name}: is a single value or empty; pass a dataset of examples")
    if h5py.check_string_dtype(dataset.dtype) is not None:
        return to_source(np.asarray(dataset.asstr()[:]).astype(str), name, dtype)
    return to_source(Dataset(dataset, name), name, dtype)

"""Files behind a URL (`s3://…`, `gs://…`, `memory://…`), read in ranges through fsspec.

A file is opened and read only as far as it is looked at; nothing is downloaded whole.
"""

from __future__ import annotations

import io
from math import prod
from typing import Any

import numpy as np

from ce_core.arrays.convert import to_source
from ce_core.arrays.extras import require
from ce_core.arrays.npy import read_header
from ce_core.arrays.source import Source
from ce_core.arrays.stored import Shape, Stored
from ce_core.errors import CepickError

_HEADER = 1 << 16


def file_system(path: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path in it."""
    fsspec = require("fsspec", path, "a URL")
    try:
        return fsspec.core.url_to_fs(path)  # type: ignore[no-any-return]
    except (ImportError, ValueError) as error:
        raise CepickError(f"{path}: {' '.join(str(error).split())}; install what serves its scheme") from None


def listed(path: str) -> list[str]:
    """Return the URLs that a pattern or a folder names."""
    system, inner = file_system(path)
    scheme = path.partition("://")[0]
    found = _asked(path, lambda: system.glob(inner if any(each in inner for each in "*?[") else f"{inner}/*"))
    return [f"{scheme}://{each.lstrip('/')}" if scheme != "file" else f"file://{each}" for each in found]


class RemoteFile(Stored):
    """An array in C order at an offset of a file behind a URL."""

    def __init__(self, path: str, *, shape: Shape, dtype: np.dtype, offset: int) -> None:
        self.shape, self.dtype, self._offset, self._path = shape, dtype, offset, path
        self._system, self._inner = file_system(path)

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker on another machine opens the file by itself.
        return _reopened, (self._path, self.shape, self.dtype, self._offset)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of items, one range of the file."""
        item = prod(self.shape[1:]) * self.dtype.itemsize
        first, last = self._offset + start * item, self._offset + stop * item
        data = _asked(self._path, lambda: self._system.cat_file(self._inner, start=first, end=last))
        if len(data) < last - first:
            raise CepickError(f"{self._path}: is truncated; save it again")
        return np.frombuffer(data, dtype=self.dtype).reshape(stop - start, *self.shape[1:])


def _reopened(path: str, shape: Shape, dtype: np.dtype, offset: int) -> RemoteFile:
    return RemoteFile(path, shape=shape, dtype=dtype, offset=offset)


def read_remote_npy(path: str, dtype: str | None = None) -> Source:
    """Return the array of a `.npy` file behind a URL, left where it is."""
    system, inner = file_system(path)
    size = int(_asked(path, lambda: system.size(inner)) or 0)
    start = _asked(path, lambda: system.cat_file(inner, start=0, end=min(size, _HEADER)))
    header = read_header(io.BytesIO(start), path, dtype, size)
    if (header.fortran and len(header.shape) > 1) or not header.shape:
        content = _asked(path, lambda: system.cat_file(inner))
        return to_source(header.lay_over(content, header.offset), path, dtype)
    array = RemoteFile(path, shape=header.shape, dtype=header.dtype, offset=header.offset)
    return to_source(array, path, dtype)


def open_remote(path: str) -> Any:
    """Return a file behind a URL, open for reading; only what is read of it is fetched."""
    system, inner = file_system(path)
    return _asked(path, lambda: system.open(inner, "rb"))


def _asked(path: str, ask: Any) -> Any:
    """Return what a file system answers, its errors as one line."""
    try:
        return ask()
    except FileNotFoundError:
        raise CepickError(f"{path}: no such file; check the URL") from None
    except PermissionError:
        raise CepickError(f"{path}: permission denied; check the credentials") from None
    except Exception as error:  # every file system has errors of its own
        text = " ".join(str(error).split())[:160] or type(error).__name__
        raise CepickError(f"{path}: cannot be read ({text})") from None

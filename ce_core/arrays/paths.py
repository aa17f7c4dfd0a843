"""Open files so that whatever is wrong with a path becomes one clear line."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from ce_core.errors import CepickError, nearest

#: The endings that a similar name may have, each also before `.gz`; a `.bak` or `.py` beside it is not what was meant.
SUGGESTED = (".npy", ".npz", ".csv", ".tsv", ".txt", ".safetensors", ".parquet", ".feather", ".h5", ".zarr")
#: A folder with more entries than this is not searched to the end for a similar name.
ENTRIES_TO_SEARCH = 10_000


#: The files and folders that hold several arrays: one is named behind a colon.
KEYED = (".npz", ".safetensors", ".h5", ".hdf5", ".zarr", ".parquet", ".feather", ".arrow")


#: Text of at least 4 MiB is read in blocks.
LARGE = 1 << 22

#: Folders that are one array rather than a folder of shards.
STORES = (".zarr",)


def split_key(path: str) -> tuple[str, str | None]:
    """Split `file.npz:key` into the file and the key; any other path has none.

    >>> split_key("run/both.npz:logits"), split_key("logits.npy")
    (('run/both.npz', 'logits'), ('logits.npy', None))
    >>> split_key("run.h5:/eval/logits")
    ('run.h5', '/eval/logits')
    """
    if os.path.exists(path):
        return path, None
    lower = path.lower()
    for extension in KEYED:
        at = lower.find(extension + ":")
        if at >= 0:
            end = at + len(extension)
            return path[:end], path[end + 1 :]
    return path, None


def is_url(path: str) -> bool:
    """Tell whether a path is a URL.

    >>> is_url("s3://bucket/logits.npy"), is_url("logits.npy"), is_url("both.npz:logits")
    (True, False, False)
    """
    scheme, separator, _ = path.partition("://")
    return bool(separator) and scheme.replace("+", "").replace("-", "").isalnum()


def extension_of(file: str) -> tuple[str, bool]:
    """Return the extension in lower case without a closing `.gz`, and whether there was one.

    >>> extension_of("P.CSV.gz"), extension_of("logits.npy")
    (('.csv', True), ('.npy', False))
    """
    stem, last = os.path.splitext(file.lower())
    return (os.path.splitext(stem)[1], True) if last == ".gz" else (last, False)


def check_present(path: str) -> None:
    """Refuse a path of an array that is missing or empty; a store of many files may be a folder."""
    file, _ = split_key(path)
    if not (file.rstrip("/").lower().endswith(STORES) and os.path.isdir(file)):
        check_file(file)


def check_file(file: str) -> os.stat_result:
    """Refuse a path that is missing, a folder, or empty."""
    with clear_errors(file):
        try:
            status = os.stat(file)
        except (FileNotFoundError, NotADirectoryError):
            raise CepickError(f"{file}: {_describe_missing(file)}") from None
        except ValueError:
            raise CepickError(f"{file!r}: is not a path; check it") from None
    if stat.S_ISDIR(status.st_mode):
        raise CepickError(f"{file}: is a directory; pass a file in it")
    if stat.S_ISREG(status.st_mode) and status.st_size == 0:
        raise CepickError(f"{file}: is empty; write it again")
    return status


def is_large(file: str) -> bool:
    """Tell whether a file is a regular one of more bytes than are worth reading at once."""
    status = check_file(file)
    return stat.S_ISREG(status.st_mode) and status.st_size > LARGE


@contextmanager
def open_binary(file: str) -> Iterator[BinaryIO]:
    """Open a file that exists, with every failure of the system as a `CepickError`."""
    check_file(file)
    with clear_errors(file), open(file, "rb") as stream:
        yield stream


@contextmanager
def clear_errors(name: str) -> Iterator[None]:
    """Turn the system's errors into one line that starts with the name."""
    try:
        yield
    except PermissionError:
        raise CepickError(f"{name}: permission denied; check who may read it") from None
    except MemoryError:
        raise CepickError(f"{name}: does not fit into memory; save it as an uncompressed .npy") from None
    except OSError as error:
        raise CepickError(f"{name}: cannot be read ({error.strerror or error}); check the path") from None


def _describe_missing(file: str) -> str:
    folder, base = os.path.split(file)
    if folder and not os.path.isdir(folder):
        return f"no such file; there is no folder {folder!r}"
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in islice(entries, ENTRIES_TO_SEARCH)]
        near = nearest(base, [name for name in names if extension_of(name)[0] in SUGGESTED])
    except OSError:
        near = None
    return (
        f"no such file; did you mean {os.path.join(folder, near)!r}?"
        if near
        else "no such file; check the path"
    )

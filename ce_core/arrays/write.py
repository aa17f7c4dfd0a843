"""Write arrays and tables so that a file is whole or not there at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from ce_core.arrays.paths import split_key
from ce_core.errors import CepickError

ENDINGS = (".npy", ".csv")


def check_output(path: str | os.PathLike[str], endings: Sequence[str] = ENDINGS) -> None:
    """Refuse a path that could not be written, before anything is computed.

    >>> check_output("losses.txt")
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: losses.txt: cannot be written as '.txt'; end the name in .npy or .csv
    """
    path = os.fspath(path)
    ending = os.path.splitext(path)[1].lower()
    if ending not in endings:
        what = f"cannot be written as {ending!r}" if ending else "has no ending that says how to write it"
        raise CepickError(f"{path}: {what}; end the name in {' or '.join(endings)}")
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise CepickError(f"{path}: there is no folder {folder!r}; make it first")
    if os.path.isdir(path):
        raise CepickError(f"{path}: is a directory; pass the name of a file")
    if not os.access(folder, os.W_OK):
        raise CepickError(
            f"{path}: cannot be written into {folder!r} (permission denied); choose another folder"
        )


def check_apart(outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Refuse to write over a file that is read, or two outputs into one file, before anything is computed.

    Both are by the name that errors call them by; what is no path (an array, None, ``-``) is passed over. Two
    paths are one file when links lead both there.

    >>> check_apart({"losses_to": "a.npy"}, {"predictions": "./a.npy"})
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: losses_to: 'a.npy' is also predictions, and would be overwritten; choose another file
    """
    read = {name: path for name, each in inputs.items() if (path := _path(each)) is not None}
    written: dict[str, str] = {}
    for name, each in outputs.items():
        path = _path(each)
        # A device such as /dev/null takes what is written and holds nothing to lose.
        if path is None or (os.path.exists(path) and not os.path.isfile(path)):
            continue
        for other, taken in (*read.items(), *written.items()):
            if _same_file(path, taken):
                raise CepickError(
                    f"{name}: {path!r} is also {other}, and would be overwritten; choose another file"
                )
        written[name] = path


def _path(value: Any) -> str | None:
    if not isinstance(value, (str, os.PathLike)):
        return None
    path = os.fspath(value)
    return None if not isinstance(path, str) or path in ("", "-") else split_key(path)[0]


def _same_file(one: str, other: str) -> bool:
    try:
        return os.path.realpath(one) == os.path.realpath(other) or os.path.samefile(one, other)
    except (OSError, ValueError):
        return False


def write_array(path: str | os.PathLike[str], array: np.ndarray) -> None:
    """Write an array as `.npy`, or as `.csv` without a header if it has one or two dimensions.

    The file appears whole or not at all. Raises `CepickError` where it cannot be written.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_array(os.path.join(folder, "losses.npy"), np.array([0.5, 2.0]))
    ...     np.load(os.path.join(folder, "losses.npy")).tolist()
    [0.5, 2.0]
    """
    path = os.fspath(path)
    check_output(path)
    array = np.asarray(array)
    if path.lower().endswith(".csv"):
        if array.ndim not in (1, 2):
            raise CepickError(f"{path}: shape {array.shape} does not fit a CSV; end the name in .npy")
        _replace(path, _csv_writer(None, array.reshape(len(array), -1).tolist()))
        return
    _replace(path, lambda stream: np.lib.format.write_array(stream, array, allow_pickle=False))


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8. The file appears whole or not at all.

    Raises `CepickError` where it cannot be written.
    """
    path = os.fspath(path)
    check_output(path, (os.path.splitext(path)[1].lower(),))
    _replace(path, lambda stream: stream.write(text.encode()))


def write_csv(path: str | os.PathLike[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    r"""Write a table as `.csv`: UTF-8, one line for the header, numbers in full.

    The file appears whole or not at all, also when `rows` fails on the way. Raises `CepickError` where it
    cannot be written.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "worst.csv")
    ...     write_csv(str(path), ["label", "loss"], [["cat", 0.1]])
    ...     path.read_text()
    'label,loss\ncat,0.1\n'
    """
    path = os.fspath(path)
    check_output(path, (".csv",))
    _replace(path, _csv_writer(header, rows))


def _csv_writer(header: Sequence[str] | None, rows: Iterable[Sequence[object]]) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        import csv
        import io

        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        if header is not None:
            writer.writerow(header)
        writer.writerows(rows)
        text.detach()

    return write


def _replace(path: str, write: Callable[[BinaryIO], Any]) -> None:
    # A link keeps pointing where it did, and the temporary file lands on the same file system.
    path, shown = os.path.realpath(path), path
    with _clear_errors(shown):
        temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
        try:
            with open(temporary, "xb") as stream:
                write(stream)
            os.replace(temporary, path)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise


@contextmanager
def _clear_errors(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "choose another place"
        raise CepickError(f"{path}: cannot be written ({error.strerror or error}); {remedy}") from None

"""Where an answer goes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from ce_core.errors import CepickError

ENDINGS = {
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".md": "markdown",
    ".sarif": "sarif",
    ".txt": "text",
    ".xml": "junit",
}
"""The form that the ending of a file's name stands for."""


def form_of(path: str | None, known: Sequence[str]) -> str | None:
    """Return the form that the ending of a file's name stands for, of those that are known.

    >>> form_of("report.html", ["text", "html"]), form_of("report.log", ["text", "html"])
    ('html', None)
    """
    form = None if path is None else ENDINGS.get(os.path.splitext(path)[1].lower())
    return form if form in known else None


def check(path: str | None) -> None:
    """Refuse a path that could not be written, before anything is computed."""
    if path is None:
        return
    folder = os.path.dirname(path) or "."
    if not path or os.path.isdir(path):
        raise CepickError(f"{path or repr(path)}: is not the name of a file; pass one to --output")
    if not os.path.isdir(folder):
        raise CepickError(f"{path}: there is no folder {folder!r}; make it first")
    if not os.access(folder, os.W_OK):
        raise CepickError(f"{path}: no permission to write into {folder!r}; choose another folder")


def emit(text: str, path: str | None = None) -> None:
    """Write an answer to a file, or to standard output."""
    text = text if text.endswith("\n") else text + "\n"
    if path is None:
        _to_stdout(text)
    else:
        _to_file(text, path)


def _to_stdout(text: str) -> None:
    stream = sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        # A terminal or pipe of another encoding shows \u03a3 instead of ending in a traceback.
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # The reader has seen enough; Python would complain again when it flushes at exit.
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, stream.fileno())
        os.close(devnull)


def _to_file(text: str, path: str) -> None:
    # A link keeps pointing where it did, and the temporary file lands on the same file system.
    target = os.path.realpath(path)
    # A device or a named pipe is written into; replacing it would take it away.
    special = os.path.exists(target) and not os.path.isfile(target)
    temporary = target if special else f"{target}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w" if special else "x", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
        if not special:
            os.replace(temporary, target)
    except OSError as error:
        if not special:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise CepickError(f"{path}: cannot be written ({error.strerror}); choose another place") from None

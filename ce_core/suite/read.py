"""Reading a suite: its file, or a mapping of the same keys, becomes frozen data, or one line that says why not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ce_core.errors import CepickError

from .build import suite_of
from .find import NAMES, PROJECT, find_suite, in_folder, shown
from .marked import Marked, from_plain
from .parts import limits_in
from .spec import Limit, Suite

_NOT_FROM_FILES = "suite"
"""What a suite is called that stands in no file."""


def read_suite(path: str | Path | None = None, *, environment: Mapping[str, str] | None = None) -> Suite:
    """Return the suite that a file describes: YAML, or TOML with the same keys.

    path: a `cepick.yaml`, a `pyproject.toml` with ``[tool.cepick]``, another file of these kinds, a folder whose
        nearest file counts, or None for the nearest file of the working folder (see `ce_core.suite.find`).
    environment: what ``${NAME}`` stands for beside the matrix, in place of the environment of the process.

    Raises `CepickError`: one line with the file, line and column, what is wrong there and what to do.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "cepick.yaml")
    ...     _ = file.write_text("checks: [{name: digits, predictions: p.npy, targets: y.npy}]")
    ...     suite = read_suite(file)
    >>> suite.checks[0].name, suite.checks[0].where.line
    ('digits', 1)
    """
    found, others = _chosen(path)
    file = shown(found)
    root = _marked(found, file)
    suite = suite_of(
        root,
        file=file,
        folder=os.path.dirname(file) or ".",
        environment=os.environ if environment is None else environment,
    )
    if not others:
        return suite
    from dataclasses import replace

    return replace(suite, notes=(*suite.notes, f"{file}: read, and not {', '.join(others)} beside it"))


def suite_from_mapping(
    content: Mapping[str, Any],
    *,
    folder: str | Path = ".",
    environment: Mapping[str, str] | None = None,
) -> Suite:
    """Return the suite that a mapping describes, which has the keys of the file.

    folder: what its paths are relative to. The errors of `read_suite`, with the steps to a value as its place.

    >>> suite_from_mapping({"checks": [{"name": "digits", "predictions": "p.npy", "limts": {}}]})
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: suite.checks[0]: limts: no such key of a check; did you mean 'limits'?
    """
    if not isinstance(content, Mapping):
        raise CepickError(f"suite: {type(content).__name__} is no mapping; pass the keys of a cepick.yaml")
    return suite_of(
        from_plain(content, file=_NOT_FROM_FILES),
        file=None,
        folder=os.fspath(folder),
        environment=os.environ if environment is None else environment,
    )


def limits_of(limits: Mapping[str, Mapping[str, float | None]]) -> tuple[Limit, ...]:
    """Return limits that are given from Python, such as ``{"loss": {"max": 0.4}}``.

    >>> [(each.path, each.least, each.most) for each in limits_of({"accuracy": {"min": 0.9}})]
    [('accuracy', 0.9, None)]
    """
    return limits_in(from_plain(limits, file="limits"))


def _chosen(path: str | Path | None) -> tuple[Path, list[str]]:
    """Return the file to read, and the names of those beside it that would count if it were not there."""
    if path is not None and not os.path.isdir(path):
        return Path(path), []
    found = find_suite(None if path is None else Path(path))
    return found, [each.name for each in in_folder(found.parent) if each.name != found.name]


def _marked(path: Path, file: str) -> Marked:
    if path.suffix.lower() in _ARRAYS:
        raise CepickError(f"{file}: is an array, and no file of checks; name it in one, such as {NAMES[0]}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CepickError(f"{file}: not UTF-8 text at byte {error.start}; save it as UTF-8") from None
    except FileNotFoundError:
        raise CepickError(
            f"{file}: no such file; check the path, or write it with 'cepick check --init PREDICTIONS TARGETS'"
        ) from None
    except ValueError:
        raise CepickError(f"{file!r}: not a path; check it") from None
    except OSError as error:
        raise CepickError(f"{file}: cannot be read ({error.strerror or error}); check the path") from None
    if path.suffix.lower() == ".toml":
        from .toml_marked import from_toml

        return from_toml(text, file, project=path.name == PROJECT)
    from .yaml_marked import from_yaml

    return from_yaml(text, file)


_ARRAYS = frozenset({".npy", ".npz", ".csv", ".tsv", ".gz", ".safetensors", ".parquet", ".feather", ".h5"})

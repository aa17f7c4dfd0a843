"""The file that a suite stands in: the nearest one, from a folder upwards."""

from __future__ import annotations

import os
from pathlib import Path

from ce_core.errors import CepickError

NAMES = ("cepick.yaml", "cepick.yml")
PROJECT = "pyproject.toml"


def find_suite(start: Path | None = None) -> Path:
    """Return the nearest file of checks: in a folder, or else in the nearest one above it.

    In one folder `cepick.yaml` wins over `cepick.yml`, and that over the table ``[tool.cepick]`` of a
    `pyproject.toml`; a `pyproject.toml` without the table does not count. start: the folder, or None for the
    working folder.

    Raises `CepickError` where there is none, with what to do.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "cepick.yaml").write_text("checks: []")
    ...     inner = Path(folder, "runs")
    ...     inner.mkdir()
    ...     find_suite(inner).name
    'cepick.yaml'
    """
    here = Path(os.path.abspath(start if start is not None else Path.cwd()))
    for folder in (here, *here.parents):
        found = in_folder(folder)
        if found:
            return found[0]
    raise CepickError(
        f"{NAMES[0]}: not found in {here} or a folder above it, nor [tool.cepick] in a {PROJECT}; write one with "
        "'cepick check --init PREDICTIONS TARGETS', or name the file"
    )


def in_folder(folder: Path) -> list[Path]:
    """Return the files of a folder that a suite may stand in, the one that wins first."""
    found = [folder / name for name in NAMES if (folder / name).is_file()]
    project = folder / PROJECT
    return [*found, project] if _has_table(project, strict=not found) else found


def _has_table(project: Path, *, strict: bool) -> bool:
    """Tell whether a `pyproject.toml` has the table. One that is malformed is an error only where it is needed."""
    try:
        text = project.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    if "cepick" not in text:
        return False
    from .toml_marked import content_of, has_table

    try:
        return has_table(content_of(text, shown(project)))
    except CepickError:
        if strict:
            raise
        return False


def shown(path: str | Path) -> str:
    """Return a path as a person would type it: relative where it lies in the working folder, or was given so.

    >>> shown(Path.cwd() / "checks" / "cepick.yaml")
    'checks/cepick.yaml'
    """
    path = Path(path)
    if not path.is_absolute():
        return path.as_posix()
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()

"""The files that a suite reads, by what they are, so that no report is written over one of them."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping

from ce_core.comparing.baseline import side_file

from .spec import CheckSpec, Suite


def files_read(suite: Suite) -> Mapping[str, str]:
    """Return the files of a suite by name: its own, the arrays of its checks, their baselines, masks and slices.

    >>> from .read import suite_from_mapping
    >>> suite = suite_from_mapping({"checks": [{"name": "a", "predictions": "p.npy", "targets": "y.npy"}]})
    >>> files_read(suite)
    {'predictions of a': 'p.npy', 'targets of a': 'y.npy'}
    """
    found = {} if suite.file is None else {"the file of the checks": suite.file}
    for check in suite.checks:
        for what, paths in _of_check(check):
            every = [each for path in paths for each in _matched(path)]
            for at, path in enumerate(every):
                found[f"{what} of {check.name}" + (f", file {at + 1}" if len(every) > 1 else "")] = path
    return found


def _of_check(check: CheckSpec) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "predictions", check.predictions
    yield "targets", check.targets
    for name, value in check.options.items():
        if isinstance(value, (str, os.PathLike)):
            yield name, (os.fspath(value),)
    if check.baseline is not None:
        yield "the baseline", (check.baseline.file, side_file(check.baseline.file))
    for at, each in enumerate(check.slices, 1):
        which = f" {at}" if len(check.slices) > 1 else ""
        if each.by is not None:
            yield f"slices{which}", (each.by,)
        yield f"masks of slices{which}", tuple(each.masks.values())


def _matched(path: str) -> list[str]:
    return [path] if os.path.exists(path) else sorted(glob.glob(path, recursive=True)) or [path]

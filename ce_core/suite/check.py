"""The checks of a suite, as one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .report import CheckReport
from .spec import FailOn


def check(
    suite: str | Path | Mapping[str, Any] | None = None,
    *,
    fail_on: FailOn | None = None,
    only: str | Sequence[str] = (),
    jobs: int | None = None,
    threads: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> CheckReport:
    """Run the checks that a file describes, and report which pass.

    Use it where a training script, a notebook or a test should hold a model to what was promised of it; on the
    command line, and in CI, it is ``cepick check``.

    suite: a `cepick.yaml`, a `pyproject.toml`, or the same keys as a mapping, whose paths are relative to the
        working folder; None for the nearest file (see `ce_core.suite.find`).
    fail_on: the least severity that fails a check: error, warning, note, or never; it wins over what the file says.
    only: the names of the checks to run, if not all.
    jobs: how many checks run at a time; threads: how many threads each of them uses.
    environment: what ``${NAME}`` stands for, in place of the environment of the process.

    Returns a `CheckReport`: ``exit_code`` is 0, 1 where a check failed, or 2 where one could not run.

    Raises `CepickError` for a file that cannot be read: one line with its place.

    >>> import numpy as np, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/logits.npy", [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]])
    ...     np.save(f"{folder}/labels.npy", [0, 1])
    ...     file = pathlib.Path(folder, "cepick.yaml")
    ...     _ = file.write_text('''
    ... checks:
    ...   - {name: tiny, predictions: logits.npy, targets: labels.npy, limits: {loss: {max: 0.3}}}
    ... ''')
    ...     report = check(file)
    >>> report.exit_code, report.results[0].problems[0].message
    (1, 'loss is 0.42506, above its limit 0.3')
    """
    from .read import read_suite, suite_from_mapping
    from .run import run_suite

    if isinstance(suite, Mapping):
        read = suite_from_mapping(suite, environment=environment)
    else:
        read = read_suite(None if suite is None else Path(suite), environment=environment)
    names = (only,) if isinstance(only, str) else tuple(only)
    return run_suite(read, fail_on=fail_on, only=names, jobs=jobs, threads=threads)

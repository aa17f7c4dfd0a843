"""Writing the baselines of a suite anew: each check as it is now becomes what later runs are held against."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ce_core.comparing.baseline import Baseline, check_baseline_path, write_baseline
from ce_core.errors import CepickError

from .run import chosen_checks, evaluated
from .spec import CheckSpec, Suite


def write_for_suite(
    suite: Suite, *, only: tuple[str, ...] = (), threads: int | None = None
) -> Iterator[Baseline]:
    """Write the baseline of every check that has one, or of those of some names, and yield each once it is there.

    Raises `CepickError` for names that the suite does not have, where no check has a baseline, where two have the same
    file, and for what is wrong with a check.
    """
    checks = [each for each in chosen_checks(suite, only) if each.baseline is not None]
    if not checks:
        which = f"the checks {', '.join(only)}" if only else "the checks"
        raise CepickError(
            f"{suite.file or 'the suite'}: none of {which} has a baseline; write 'baseline: {{file: …}}' there first"
        )
    files: dict[str, CheckSpec] = {}
    for check in checks:
        path = _file(check)
        check_baseline_path(path)
        other = files.setdefault(os.path.realpath(path), check)
        if other is not check:
            raise CepickError(
                f"{path}: is the baseline of {other.name!r} and of {check.name!r}; give each a file of its own, "
                "such as one with a variable of the matrix in its name"
            )
    for check in checks:
        answer = evaluated(check, keep="examples", threads=threads)
        yield write_baseline(_file(check), answer, name=check.name)


def _file(check: CheckSpec) -> str:
    assert check.baseline is not None
    return check.baseline.file

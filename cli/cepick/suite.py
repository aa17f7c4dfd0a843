"""What `cepick check` does: read the suite, run it, hand the report to the renderers, say how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ce_core.errors import CepickError

from . import values
from .outputs import Outputs

FINE = 0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command line says of a run of checks."""

    file: str | None
    config: str | None
    isolated: bool
    only: Sequence[str]
    fail_on: str | None
    jobs: str | None
    threads: str | None
    exit_zero: bool

    @property
    def path(self) -> Path | None:
        """Return the file that is named; None to look for the nearest."""
        if self.file is not None and self.config is not None:
            raise CepickError("--config: the file is named already; give one of the two")
        named = self.file if self.file is not None else self.config
        if named is not None:
            return Path(named)
        if self.isolated:
            raise CepickError("--isolated: looks for no file; name one, as in cepick check --isolated FILE")
        return None

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what variables stand for; isolated, none but those of a matrix."""
        return {} if self.isolated else os.environ


def check(asked: Asked, to: Outputs) -> int:
    """Run the checks and report them."""
    from ce_core.suite.spec import FAIL_ON

    fail_on: Any = None if asked.fail_on is None else values.choice("--fail-on", asked.fail_on, FAIL_ON)
    counts = {
        name: None if text is None else values.whole(f"--{name}", text)
        for name, text in (("jobs", asked.jobs), ("threads", asked.threads))
    }
    from ce_core.arrays.write import check_apart
    from ce_core.suite.files import files_read
    from ce_core.suite.read import read_suite
    from ce_core.suite.run import run_suite

    from .progress import progress

    suite = read_suite(asked.path, environment=asked.environment)
    read = files_read(suite) if to.files else {}
    for _, path in to.files:
        check_apart({"--output": path}, read)
    for note in suite.notes:
        sys.stderr.write(f"cepick: note: {note}\n")
    with values.flags_in_errors(["only", "jobs", "threads"]), progress("checks") as told:
        report = run_suite(suite, fail_on=fail_on, only=tuple(asked.only), progress=told, **counts)
    to.take("check", report)
    if "github" in to.forms:
        from .render.github import write_step_summary

        write_step_summary(report, os.environ)
    code = report.exit_code
    return FINE if code == 1 and asked.exit_zero else code


def start(arrays: Sequence[str], path: str | None) -> int:
    """Write a first suite for two arrays, with limits from what is measured on them."""
    from ce_core.compute.evaluate import evaluate
    from ce_core.suite.init import init_text

    from . import output

    target = path or "cepick.yaml"
    if os.path.lexists(target):
        raise CepickError(f"{target}: is there already; name another with cepick check FILE --init …")
    if os.path.splitext(target)[1].lower() not in (".yaml", ".yml"):
        raise CepickError(f"{target}: --init writes YAML; end the name in .yaml")
    output.check(target)
    answer = evaluate(arrays[0], arrays[1])
    text = init_text(arrays[0], arrays[1], evaluation=answer, folder=os.path.dirname(target) or ".")
    output.emit(text, target)
    output.emit(f"wrote {target}; run it with: cepick check{'' if path is None else f' {target}'}")
    if errors := [each for each in answer.findings if each.severity == "error"]:
        told = "; ".join(f"{each.code}: {each.message}" for each in errors)
        sys.stderr.write(f"cepick: note: the limits are of arrays with a mistake in them ({told})\n")
    return FINE


def outputs(forms: Sequence[str] | None, paths: Sequence[str] | None) -> Outputs:
    """Return where the report goes."""
    return Outputs.of("check", forms or (), paths or ())

"""What a suite of checks found, as frozen data: every form of output is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ce_core.comparing.answer import Difference
from ce_core.compute.evaluation import Evaluation, Row, jsonable
from ce_core.findings import Finding, Severity

from .spec import FailOn, Where

Status = Literal["passed", "failed", "broken"]
STATUSES: tuple[Status, ...] = ("broken", "failed", "passed")
"""In the order in which a report shows them; a broken check could not run."""

RULES: Mapping[str, str] = {
    "limit": "a diagnostic is outside its limits",
    "slice-limit": "a diagnostic of a slice is outside its limits",
    "equals": "the loss is not the number that was expected",
    "baseline": "worse than the baseline",
    "undecided": "what the arrays are could not be decided",
    "no-loss": "no cross-entropy fits the arrays",
    "refused": "the framework whose call is asked for refuses the arrays",
    "could-not-run": "the check could not run",
}
"""What a problem may be that is no finding, by the id that stands in every form beside the codes of the findings."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with a check: what, the numbers that show it, and what to do."""

    rule: str
    """The code of a finding (``CE104``), or a key of `RULES`."""
    severity: Severity
    fails: bool
    """Whether it fails the check, by its ``fail_on``."""
    message: str
    because: str = ""
    remedy: str = ""
    where: Where
    """The place in the suite's file: of the limit, or of the check."""
    file: str
    """The array that it is about."""
    slice: str | None = None
    path: str | None = None
    """Of the diagnostic, where there is one; a class's has its name in brackets."""
    value: float | None = None
    least: float | None = None
    most: float | None = None
    rows: tuple[Row, ...] = ()
    lines: tuple[int, ...] = ()
    finding: Finding | None = None

    @property
    def slug(self) -> str:
        """Return the finding's slug, or the rule itself."""
        return self.finding.slug if self.finding is not None else self.rule

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as JSON shows it."""
        return {
            "rule": self.rule,
            "slug": self.slug,
            "severity": self.severity,
            "fails": self.fails,
            "message": self.message,
            "because": self.because,
            "remedy": self.remedy,
            "where": jsonable(self.where),
            "file": self.file,
            "slice": self.slice,
            "path": self.path,
            "value": jsonable(self.value),
            "min": jsonable(self.least),
            "max": jsonable(self.most),
            "rows": jsonable(self.rows),
            "lines": list(self.lines),
            "finding": None if self.finding is None else self.finding.to_dict(),
        }


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One number that a check held against what it may be."""

    path: str
    slice: str | None = None
    value: float | None
    """None where the arrays do not give it (which fails the check)."""
    least: float | None = None
    most: float | None = None
    held: bool

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {
            "path": self.path,
            "slice": self.slice,
            "value": jsonable(self.value),
            "min": jsonable(self.least),
            "max": jsonable(self.most),
            "held": self.held,
        }


@dataclass(frozen=True, kw_only=True)
class SliceResult:
    """How one slice of the examples fares."""

    name: str
    count: int
    loss: float | None
    accuracy: float | None
    held_to_limits: bool
    """False where it has too few examples."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        plain: dict[str, Any] = jsonable(self)
        return plain


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """How one check ended."""

    name: str
    status: Status
    where: Where
    predictions: str
    targets: str
    matrix: Mapping[str, str] = field(default_factory=dict)
    loss: str | None = None
    value: float | None = None
    unit: str | None = None
    count: int = 0
    problems: tuple[Problem, ...] = ()
    """Those that fail the check first, then by severity, then in the order in which they were looked for."""
    measured: tuple[Measured, ...] = ()
    """Every number that was held against something, in the file's order."""
    slices: tuple[SliceResult, ...] = ()
    baseline: Difference | None = None
    """The check (b) beside its baseline (a)."""
    notes: tuple[str, ...] = ()
    evaluation: Evaluation | None = field(default=None, repr=False, compare=False)
    """None where the check could not run."""

    @property
    def failing(self) -> tuple[Problem, ...]:
        """Return the problems that fail the check."""
        return tuple(each for each in self.problems if each.fails)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON shows it."""
        return {
            "name": self.name,
            "status": self.status,
            "where": jsonable(self.where),
            "predictions": self.predictions,
            "targets": self.targets,
            "matrix": dict(self.matrix),
            "loss": self.loss,
            "value": jsonable(self.value),
            "unit": self.unit,
            "count": self.count,
            "problems": [each.to_dict() for each in self.problems],
            "measured": [each.to_dict() for each in self.measured],
            "slices": [each.to_dict() for each in self.slices],
            "baseline": None if self.baseline is None else self.baseline.to_dict(),
            "notes": list(self.notes),
            "evaluation": None if self.evaluation is None else self.evaluation.to_dict(),
        }


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """How all checks of a suite ended, in the order of its file."""

    file: str | None
    fail_on: FailOn
    """The suite's; a check may have its own."""
    results: tuple[CheckResult, ...]

    def of_status(self, status: Status) -> tuple[CheckResult, ...]:
        """Return the results of one status, in the file's order."""
        return tuple(each for each in self.results if each.status == status)

    @property
    def ordered(self) -> tuple[CheckResult, ...]:
        """Return the results as a report shows them: what could not run, what failed, what passed."""
        return tuple(each for status in STATUSES for each in self.of_status(status))

    @property
    def exit_code(self) -> int:
        """Return 2 where a check could not run, 1 where one failed, or 0."""
        return 2 if self.of_status("broken") else 1 if self.of_status("failed") else 0

    def to_dict(self) -> dict[str, Any]:
        """Return the report as its JSON (``cepick.check/1``)."""
        return {
            "schema": "cepick.check/1",
            "file": self.file,
            "fail_on": self.fail_on,
            "passed": len(self.of_status("passed")),
            "failed": len(self.of_status("failed")),
            "broken": len(self.of_status("broken")),
            "checks": [each.to_dict() for each in self.results],
        }

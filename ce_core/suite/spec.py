"""What a suite of checks asks for, as frozen data: what its file says, and where it says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FailOn = Literal["error", "warning", "note", "never"]
FAIL_ON: tuple[FailOn, ...] = ("error", "warning", "note", "never")
"""The least severity that makes a check fail, from the strictest word to none at all."""


@dataclass(frozen=True, kw_only=True)
class Where:
    """The place in a file that something is said at."""

    file: str
    """As a person would type it: relative to the working folder where it lies below it."""
    line: int | None = None
    """Counted from 1; None where the file is not read by lines."""
    column: int | None = None

    def __str__(self) -> str:
        """Return the place as compilers write it: ``cepick.yaml:12:5``."""
        return ":".join(str(each) for each in (self.file, self.line, self.column) if each is not None)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a diagnostic may be at least and at most."""

    path: str
    """The path of the diagnostic in the JSON: ``loss`` (the value), ``accuracy``, ``quantiles.p99``,
    ``per_class.recall`` (of every class that is listed), ``per_class[cat].recall`` (of one, by its name or index)."""
    least: float | None = None
    most: float | None = None
    where: Where


@dataclass(frozen=True, kw_only=True)
class Equals:
    """The number that another program printed for the same arrays."""

    value: float
    rtol: float = 1e-5
    atol: float = 0.0
    where: Where


@dataclass(frozen=True, kw_only=True)
class FindingRules:
    """Which findings count, and from which severity on they fail the check."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    fail_on: FailOn | None = None
    """None: as the suite says."""


@dataclass(frozen=True, kw_only=True)
class BaselineRule:
    """The earlier run that a check is held against, and what is allowed."""

    file: str
    metric: str = "loss"
    """A per-example metric: ``loss``, or ``accuracy``."""
    tolerance: float | None = None
    """How much worse the metric may be, in its own unit."""
    significance: float | None = None
    """The chance of a false alarm that is allowed: fails where worse with a smaller p."""
    test: Literal["bootstrap", "t"] = "bootstrap"
    seed: int = 0
    resamples: int = 10_000
    where: Where


@dataclass(frozen=True, kw_only=True)
class Slices:
    """Parts of the examples that limits hold for, each by itself."""

    by: str | None = None
    """A file with one value for each example, or the name of a column of the CSV that holds the targets (or the
    predictions): one slice for each value."""
    masks: Mapping[str, str] = field(default_factory=dict)
    """By name, files with 1 for each example of the slice and 0 for the others."""
    limits: tuple[Limit, ...] = ()
    least_count: int = 1
    """Slices of fewer examples are reported, and not held to the limits."""
    where: Where


@dataclass(frozen=True, kw_only=True)
class CheckSpec:
    """One check: two arrays, what they should be, and what fails it. Paths are ready to be opened."""

    name: str
    predictions: tuple[str, ...]
    """A file, folder, glob or URL; several are shards of one array, in the order given."""
    targets: tuple[str, ...] = ()
    """None where the files of the predictions hold both."""
    task: Mapping[str, Any] = field(default_factory=dict)
    """The properties that are said."""
    loss: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of `ce_core.evaluate`, by name, such as ``label_smoothing`` and ``mask``."""
    equals: Equals | None = None
    limits: tuple[Limit, ...] = ()
    findings: FindingRules = FindingRules()
    baseline: BaselineRule | None = None
    slices: tuple[Slices, ...] = ()
    matrix: Mapping[str, str] = field(default_factory=dict)
    """The values of the variables that this check stands for, of the combinations of its matrix."""
    where: Where


@dataclass(frozen=True, kw_only=True)
class Suite:
    """All checks of a file, in its order."""

    file: str | None
    """As a person would type it; None where no file is read."""
    folder: str
    """What paths in the file are relative to."""
    fail_on: FailOn = "error"
    checks: tuple[CheckSpec, ...]
    notes: tuple[str, ...] = ()
    """What a reader should know, such as another file beside it that is not read."""

"""What a check may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from ce_core.compute.plan import Plan
from ce_core.compute.sums import Partial
from ce_core.findings import Effect, Finding
from ce_core.losses import LOSSES
from ce_core.probe import Sample
from ce_core.read.infer import View
from ce_core.read.wording import plural
from ce_core.records import dataclass
from ce_core.task import Task

__all__ = ["Case", "plural"]

_THINNED = 1 << 18
"""So many predictions, unless that makes too few rows, are enough for what is plain to see."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """Two arrays with what was said and inferred of them, and after the pass their sums."""

    view: View
    task: Task
    loss: str | None = None
    """The loss that was asked for or chosen, where there is one."""
    asked: bool = False
    """Whether the loss was asked for, rather than chosen to fit."""
    plan: Plan | None = None
    partial: Partial | None = None
    names: tuple[str, ...] | None = None
    """The names of the classes, where there are any."""
    found: frozenset[str] = frozenset()
    """The codes of what was found before, for checks that look for a cause of another kind."""
    sampled: Callable[[], Sample | None] | None = None
    """Takes a sample of both arrays, once; see `sample`."""
    again: Callable[..., float | None] | None = None
    """Computes the value once more: ``again(clip=1e-7)``, or ``again(constant_target=True)``, where every target is
    the mean of the counted ones."""

    @property
    def sample(self) -> Sample | None:
        """Return rows from all over the arrays, to read them otherwise; None where they have no such reading."""
        return self.sampled() if self.sampled is not None else None

    @cached_property
    def thinned(self) -> Sample | None:
        """Return fewer rows of the sample, for checks that take many passes over it."""
        return None if self.sample is None else self.sample.thinned(_THINNED)

    @property
    def competes(self) -> str | None:
        """Return how the loss makes outcomes compete, where there is a loss."""
        if not self.loss:
            return None
        row = LOSSES[self.loss]
        single = row.one_column and self.view.layout.units == 1
        return "sigmoid" if single and row.competes else row.competes

    @property
    def family(self) -> str | None:
        """Return what kind of loss it is, where there is a loss."""
        return LOSSES[self.loss].family if self.loss else None

    @property
    def is_cross_entropy(self) -> bool:
        """Tell whether the loss is a cross-entropy, or none was settled yet."""
        return self.family in {None, "cross_entropy"}

    def finding(
        self,
        code: str,
        message: str,
        *,
        because: str,
        remedy: str,
        count: int | None = None,
        rows: Iterable[int] = (),
        effect: Effect | None = None,
    ) -> Finding:
        """Return a finding about rows of the arrays, named by their indices and, in a CSV, their lines."""
        layout = self.view.layout
        numbers = list(rows)
        source: Any = self.view.targets if code.startswith("CE2") else self.view.predictions
        lines = []
        if len(layout.positions) == 1:
            lines = [line for each in numbers if (line := source.line_of(each)) is not None]
        return Finding(
            code=code,
            message=message,
            because=because,
            remedy=remedy,
            count=count,
            rows=tuple(layout.row(each) for each in numbers),
            lines=tuple(lines),
            effect=effect,
        )

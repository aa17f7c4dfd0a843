"""What a check may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ce_core.compute.plan import Plan
from ce_core.compute.sums import Partial
from ce_core.findings import Finding
from ce_core.losses import LOSSES
from ce_core.read.infer import View
from ce_core.task import Task


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
    again: Callable[..., float | None] | None = None
    """Computes the value once more: ``again(clip=1e-7)``, or ``again(constant_target=True)``, where every target is
    the mean of the counted ones."""

    @property
    def competes(self) -> str | None:
        """Return how the loss makes outcomes compete, where there is a loss."""
        return LOSSES[self.loss].competes if self.loss else None

    def finding(
        self,
        code: str,
        message: str,
        *,
        because: str,
        remedy: str,
        count: int | None = None,
        rows: Iterable[int] = (),
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
        )


def plural(count: int, noun: str, verb: str = "") -> str:
    """Return a count with its noun, and with its verb in the form that goes with it.

    >>> plural(1, "row"), plural(2, "row")
    ('1 row', '2 rows')
    >>> plural(1, "row", "hold"), plural(2, "row", "hold"), plural(1, "value", "are")
    ('1 row holds', '2 rows hold', '1 value is')
    """
    text = f"{count:,} {noun}" + ("" if count == 1 else "s")
    single = {"are": "is", "have": "has", "do": "does"}.get(verb, f"{verb}s") if verb else ""
    return f"{text} {single if count == 1 else verb}".rstrip()

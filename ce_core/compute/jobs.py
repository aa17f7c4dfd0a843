"""What is done with every piece of two arrays, said as small data: each job may be carried anywhere and done there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from ce_core.read.blocks import Span, block_rows
from ce_core.read.counting import Block
from ce_core.read.prepare import Prepared
from ce_core.records import dataclass

from .look import Look, Seen, is_large
from .measure import measure
from .plan import Plan
from .sums import Partial, Total
from .threads import keep_freed_memory


class Job(Protocol):
    """A job whose results for the pieces of two arrays add up."""

    def on(self, prepared: Prepared) -> Callable[[Span], Any]:
        """Return what is done with a piece of these arrays, by any thread."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Walk:
    """See what the arrays show, and under a plan sum up their losses and all that the diagnostics need."""

    plan: Plan | None
    by_row: str = "nothing"
    """What is wanted of each row: "all", its "loss", or "nothing"."""
    first: Block | None = None
    """The first block, where it was read already; it is not carried anywhere."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _walk, (self.plan, self.by_row)

    def on(self, prepared: Prepared) -> Callable[[Span], Seen]:
        """Return the look at a piece."""
        if is_large(prepared.layout):
            keep_freed_memory()
        look = Look(prepared=prepared, plan=self.plan, by_row=self.by_row)

        def one(span: Span) -> Seen:
            first = self.first
            block = first if first is not None and span == first.span else prepared.counting.block(span)
            seen = look.at(block)
            prepared.counting.let_go(span)
            return seen

        return one


def _walk(plan: Plan | None, by_row: str) -> Walk:
    return Walk(plan=plan, by_row=by_row)


@dataclass(frozen=True, kw_only=True, eq=False)
class Again:
    """Sum up the losses under another plan, or against one constant target."""

    plan: Plan
    constant: float | None = None

    def on(self, prepared: Prepared) -> Callable[[Span], Partial]:
        """Return the sums of a piece."""
        sequences = self.plan.settings.mean_over == "sequences"

        def one(span: Span) -> Partial:
            total = Total(Partial())
            for block in prepared.counting.block(span).parts(block_rows(prepared.layout.units)):
                if self.constant is not None:
                    block = replace(block, targets=np.full(block.targets.shape, self.constant))
                for measured in measure(block, self.plan, sequences=sequences):
                    total.take(measured.partial)
            prepared.counting.let_go(span)
            return total.sum()

        return one


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetSum:
    """Add up the counted targets, and count them."""

    def on(self, prepared: Prepared) -> Callable[[Span], np.ndarray]:
        """Return the sum and the number of a piece's targets."""

        def one(span: Span) -> np.ndarray:
            targets = prepared.counting.block(span).targets
            found = np.array([targets.sum(dtype=np.float64), targets.size], dtype=np.float64)
            prepared.counting.let_go(span)
            return found

        return one

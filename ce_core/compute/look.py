"""One look at a piece of the arrays: what it shows, and under a plan its sums. It may be taken by any thread."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ce_core.read.blocks import block_rows
from ce_core.read.counting import Block
from ce_core.read.facts import PredictionFacts, TargetFacts
from ce_core.read.layout import Layout
from ce_core.read.prepare import Prepared
from ce_core.records import dataclass

from .measure import Measured, measure
from .plan import Plan
from .sums import Partial, Total

if TYPE_CHECKING:
    from .fast import Scratch

WORTH = 1 << 20
"""Arrays of fewer predictions are measured in float64, and the fast forms not even imported."""


def is_large(layout: Layout) -> bool:
    """Tell whether arrays of a layout are worth a fast form."""
    return layout.rows * layout.units >= WORTH


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """What a piece of the arrays leaves behind."""

    facts: tuple[PredictionFacts, TargetFacts]
    partial: Partial
    measured: tuple[Measured, ...] = ()
    """Row by row, where rows are kept."""

    def __add__(self, other: Seen) -> Seen:
        """Merge with what the pieces that follow leave behind."""
        return Seen(
            facts=(self.facts[0] + other.facts[0], self.facts[1] + other.facts[1]),
            partial=self.partial + other.partial,
            measured=self.measured + other.measured,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """How pieces of two prepared arrays are looked at."""

    prepared: Prepared
    plan: Plan | None
    """None where only the facts are wanted."""
    by_row: str = "nothing"
    """What is wanted of each row: "all", its "loss", or "nothing"."""

    @cached_property
    def scratch(self) -> Scratch:
        """Return the work arrays of the fast forms."""
        from .fast import Scratch

        return Scratch()

    def at(self, block: Block) -> Seen:
        """Return what a block shows and its sums: in its own precision where that serves, else in float64."""
        layout = self.prepared.layout
        sequences = len(layout.positions) > 1
        if self.plan is not None and self.by_row != "all" and is_large(layout):
            from . import fast

            targets = self.prepared.target_facts_of(block)
            found = fast.measure_fast(block, self.plan, targets, self.scratch, sequences=sequences)
            if found is not None:
                measured, extremes = found
                return Seen(
                    facts=(self.prepared.prediction_facts_of(block, extremes), targets),
                    partial=measured.partial,
                    measured=() if self.by_row == "nothing" else (measured,),
                )
        predictions, outcomes = Total(PredictionFacts()), Total(TargetFacts())
        partial, kept = Total(Partial()), []
        for part in block.parts(block_rows(layout.units)):
            seen = self.prepared.facts_of(part)
            predictions.take(seen[0])
            outcomes.take(seen[1])
            if self.plan is None:
                continue
            for measured in measure(part, self.plan, sequences=sequences):
                partial.take(measured.partial)
                if self.by_row != "nothing":
                    kept.append(measured)
        return Seen(facts=(predictions.sum(), outcomes.sum()), partial=partial.sum(), measured=tuple(kept))

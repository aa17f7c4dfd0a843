"""Walking over hidden features: runs of rows, and for each what all K of its logits bring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ce_core.errors import CepickError
from ce_core.kernels.features import BLOCK, Head, LinearSoftmaxTerms, linear_softmax_terms
from ce_core.read.blocks import spans
from ce_core.read.counting import Block, Counting
from ce_core.read.prepare import Prepared

from .feature_inputs import FeatureInputs
from .keep import Keeper
from .measure.common import Measured, with_sums, worst_of
from .measure.from_terms import Rows, bare_sums, measure_rows, part_of, weights_of
from .plan import Plan
from .sums import Partial, Total, Worst
from .temperature import sample_spans

SAMPLE = 1 << 21
"""At most so many logits are held at once, to seek the temperature."""
_ROWS = 1 << 14
"""A block has at most so many rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureRows:
    """The examples of an evaluation from features, under a plan."""

    inputs: FeatureInputs
    prepared: Prepared
    plan: Plan

    def blocks(self) -> Iterator[Block]:
        """Yield the counted examples in blocks, with their features for predictions."""
        rows = max(1, min(_ROWS, BLOCK // self.inputs.features.array.shape[-1]))
        return (self._counting.block(span) for span in spans(self.prepared.layout.positions, rows))

    @cached_property
    def _counting(self) -> Counting:
        array = self.inputs.features.array
        layout = replace(self.prepared.layout, predictions=array.shape, units=array.shape[-1])
        return replace(self.prepared.counting, layout=layout, predictions=array)

    @cached_property
    def counted(self) -> np.ndarray:
        """Return which examples count."""
        counted = np.zeros(self.prepared.layout.rows, dtype=bool)
        for span in self.prepared.spans():
            counted[self.prepared.counting.labels(span)[1]] = True
        return counted

    @cached_property
    def true(self) -> np.ndarray:
        """Return the true classes of each example, [examples, T]; 0 where it is left out."""
        several = self.inputs.several
        true = np.zeros((len(self.counted), 1 if several is None else several.shape[1]), dtype=np.intp)
        if several is not None:
            true[self.counted] = self._checked(several)[self.counted]
            return true
        for span in self.prepared.spans():
            labels, numbers = self.prepared.counting.labels(span)
            true[numbers, 0] = labels
        return true

    def _checked(self, several: np.ndarray) -> np.ndarray:
        """Return the true classes counted from 0, or refuse one that is none."""
        base, classes = self.prepared.said.label_base or 0, self.inputs.classes
        chosen = several - base
        wrong = ~((chosen >= 0) & (chosen < classes) & (chosen == np.floor(chosen))) & self.counted[:, None]
        if wrong.any():
            row, column = (int(each) for each in np.argwhere(wrong)[0])
            raise CepickError(
                f"{self.inputs.labels.name}: {several[row, column]:g} at row {row} is no class from {base} to "
                f"{classes - 1 + base}; correct it, or leave the row out with --mask",
                code="CE201",
            )
        return chosen

    def walk(self, keeper: Keeper) -> tuple[Partial, list[int]]:
        """Walk over the rows once; return the sums of the full softmax loss, and the rows that have none."""
        total, bad = Total(Partial()), list[int]()
        for block in self.blocks():
            total.take(Partial(positions=block.span.stop - block.span.start))
            for each in self._runs(block) if self.inputs.several is None else self._several(block):
                total.take(each.partial)
                keeper.take(each)
                bad += each.numbers[np.isnan(each.true_probability)].tolist()
        return total.sum(), sorted(bad)

    @property
    def _sequences(self) -> bool:
        return len(self.plan.layout.positions) > 1

    def _runs(self, block: Block) -> Iterator[Measured]:
        """Yield runs of a block's rows, each with what its logits brought."""
        for terms in self._terms(block, block.targets):
            part = part_of(block, slice(terms.start, terms.stop))
            rows = Rows.of(terms, part.targets, self.plan)
            yield from measure_rows(part, rows, self.plan, sequences=self._sequences)

    def _several(self, block: Block) -> Iterator[Measured]:
        """Yield the rows of a block whose examples have several true classes, each of the weight 1/T."""
        plan, true = self.plan, self.true[block.numbers]
        if not len(true):
            return
        each = [
            Rows.join(
                [
                    Rows.of(terms, column[terms.start : terms.stop], plan)
                    for terms in self._terms(block, column)
                ]
            )
            for column in true.T
        ]
        losses = np.mean([rows.losses for rows in each], axis=0)
        rows = replace(each[0], losses=losses, true=np.sum([rows.true for rows in each], axis=0))
        weights = weights_of(block, true, plan)
        worst = worst_of(losses, weights, block.numbers, rows.labels, rows.predicted, rows.true)
        entries = tuple(
            (loss, number, tuple(self.true[number].tolist()), predicted, probability)
            for loss, number, _, predicted, probability in worst.entries
        )
        partial = bare_sums(block, losses, weights, plan, sequences=self._sequences)
        yield Measured(
            partial=with_sums(partial, worst=Worst(entries=entries)),
            numbers=block.numbers,
            losses=losses,
            probabilities=lambda: np.empty(0),
            labels=rows.labels,
            predicted=rows.predicted,
            true_probability=rows.true,
        )

    def _terms(self, block: Block, labels: np.ndarray) -> Iterator[LinearSoftmaxTerms]:
        return linear_softmax_terms(
            block.predictions, labels, weights=self.inputs.weights, biases=self.inputs.biases
        )

    def sample(self) -> Iterator[Block]:
        """Yield blocks of logits of a few rows, evenly spaced: all of them where they are few."""
        layout, inputs = self.prepared.layout, self.inputs
        chosen = sample_spans(layout)
        while len(chosen) > 1 and sum(each.stop - each.start for each in chosen) * layout.units > SAMPLE:
            chosen = chosen[::2]
        head = Head(weights=inputs.weights, biases=inputs.biases)
        for span in chosen:
            block = self._counting.block(span)
            features = block.predictions.astype(np.float64, copy=False)
            yield replace(block, predictions=head.logits(features, slice(None)))

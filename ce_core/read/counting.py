"""Which positions count, and with what weight: masks, ignored labels, sequence lengths, sample weights.

A position counts where its label is not ignored, its mask is not 0, and it is within its sequence's length. Of
rows of outcomes a mask, or an ignored label, may leave out single outcomes; a row without any left does not count.
What does not count is not computed on, so that NaN there is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from ce_core.arrays import Source, Stored
from ce_core.arrays.mapped import is_mapped, let_go
from ce_core.errors import CepickError
from ce_core.records import dataclass

from .blocks import Span, cut, cut_view, target_columns
from .layout import Layout
from .settings import Settings, weight_values


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """The counted examples of a run of positions."""

    span: Span
    chosen: np.ndarray | None = None
    """The number of each example among all positions, where some of the run do not count."""
    predictions: np.ndarray
    """[rows, columns]"""
    targets: np.ndarray
    """[rows] of class indices, or [rows, columns]."""
    weights: np.ndarray | None
    """The sample weight of each example."""
    elements: np.ndarray | None
    """1 where a single outcome counts, [rows, columns]; None where all do."""

    @cached_property
    def numbers(self) -> np.ndarray:
        """Return the number of each example among all positions."""
        return _numbers(self.span) if self.chosen is None else self.chosen

    def parts(self, rows: int) -> Iterator[Block]:
        """Yield the same examples as blocks of at most so many positions."""
        start, stop = self.span.start, self.span.stop
        if stop - start <= rows:
            yield self
            return
        edges = [*range(start, stop, rows), stop]
        chosen = self.chosen
        at = [each - start for each in edges] if chosen is None else np.searchsorted(chosen, edges).tolist()
        for first, last, begin, end in zip(edges[:-1], edges[1:], at[:-1], at[1:], strict=True):
            kept = slice(begin, end)
            yield replace(
                self,
                span=Span(index=(), start=first, stop=last),
                chosen=None if chosen is None else chosen[kept],
                predictions=self.predictions[kept],
                targets=self.targets[kept],
                weights=None if self.weights is None else self.weights[kept],
                elements=None if self.elements is None else self.elements[kept],
            )


_JOINED = 1 << 17
"""Short runs are joined to blocks of at least so many predictions."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Counting:
    """The arrays that say which positions count, held against the layout."""

    layout: Layout
    predictions: np.ndarray | Stored
    """The predictions as positions + (columns,)."""
    targets: np.ndarray | Stored
    """The targets as positions, or positions + (columns,)."""
    ignored_labels: tuple[int, ...] = ()
    label_base: int = 0
    mask: np.ndarray | None = None
    """As positions, or positions + (columns,)."""
    weights: np.ndarray | None = None
    """As positions, or one for each item of the first axis."""
    lengths: np.ndarray | None = None

    def block(self, span: Span) -> Block:
        """Return the counted examples of a run of positions."""
        layout = self.layout
        predictions = cut(self.predictions, span, layout.units)
        targets = cut(self.targets, span, target_columns(layout))
        chosen: np.ndarray | None = None
        counted, elements = self._counted(span, targets)
        weights = self._weights(span)
        if counted is not None and not counted.all():
            predictions, targets, chosen = predictions[counted], targets[counted], _numbers(span)[counted]
            weights = None if weights is None else weights[counted]
            elements = None if elements is None else elements[counted]
        if weights is not None and targets.ndim == 1:
            predictions, targets = _without_strange_labels(
                predictions, targets, weights, layout, self.label_base
            )
        if elements is not None and elements.all():
            elements = None
        if elements is not None:
            targets = np.where(elements, targets, 0)
            predictions = np.where(elements, predictions, np.zeros((), dtype=predictions.dtype))
        if self.label_base:
            targets = _from_zero(targets, self.label_base)
        return Block(
            span=span,
            chosen=chosen,
            predictions=predictions,
            targets=targets,
            weights=weights,
            elements=elements,
        )

    def whole(self, span: Span) -> tuple[Block, np.ndarray]:
        """Return every example of a run of positions as it is stored, and whether each counts.

        Use it where what does not count may be read after all. Labels are counted from 0.
        """
        targets = cut(self.targets, span, target_columns(self.layout))
        counted, elements = self._counted(span, targets)
        block = Block(
            span=span,
            predictions=cut(self.predictions, span, self.layout.units),
            targets=_from_zero(targets, self.label_base) if self.label_base else targets,
            weights=self._weights(span),
            elements=elements,
        )
        return block, np.ones(span.stop - span.start, dtype=bool) if counted is None else counted

    def blocks(self, spans: Iterable[Span]) -> Iterator[Block]:
        """Yield copies of the counted examples of runs from all over the arrays: what lies around them is not held.

        Short runs of arrays in memory of which every example counts are joined, for each block has a cost of its own.
        """
        if self._in_memory and self._all_count:
            yield from self._joined(spans)
            return
        for span in spans:
            block = self.block(span)
            copied = replace(block, predictions=block.predictions.copy(), targets=block.targets.copy())
            self.let_go(span)
            yield copied

    @cached_property
    def _in_memory(self) -> bool:
        views = (self.predictions, self.targets)
        return all(isinstance(view, np.ndarray) and not is_mapped(view) for view in views)

    @property
    def _all_count(self) -> bool:
        """Tell whether every position counts as it is stored, and weighs the same."""
        said = (self.mask, self.weights, self.lengths)
        return all(each is None for each in said) and not self.ignored_labels and not self.label_base

    def _joined(self, spans: Iterable[Span]) -> Iterator[Block]:
        units = max(1, self.layout.units)
        held: list[Span] = []
        rows = 0
        for span in spans:
            held.append(span)
            rows += span.stop - span.start
            if rows * units >= _JOINED:
                yield self._as_one(held)
                held, rows = [], 0
        if held:
            yield self._as_one(held)

    def _as_one(self, spans: Sequence[Span]) -> Block:
        layout = self.layout
        columns = target_columns(layout)
        return Block(
            span=spans[0],
            chosen=np.concatenate([np.arange(span.start, span.stop) for span in spans]),
            predictions=np.concatenate([cut(self.predictions, span, layout.units) for span in spans]),
            targets=np.concatenate([cut(self.targets, span, columns) for span in spans]),
            weights=None,
            elements=None,
        )

    def let_go(self, span: Span) -> None:
        """Let the memory go that holds a run of positions of mapped files: it is read again where it is needed."""
        _let_go(self.predictions, span)
        self.let_go_labels(span)

    def let_go_labels(self, span: Span) -> None:
        """Let the memory go that holds a run of targets of a mapped file."""
        _let_go(self.targets, span)

    def labels(self, span: Span) -> tuple[np.ndarray, np.ndarray]:
        """Return the counted targets of a run of positions, and the numbers of the positions.

        Use it where the predictions need not be read. Of rows, outcomes that are left out are 0.
        """
        targets = cut(self.targets, span, target_columns(self.layout))
        numbers = _numbers(span)
        counted, elements = self._counted(span, targets)
        if elements is not None:
            targets = np.where(elements, targets, 0)
        if counted is not None:
            targets, numbers = targets[counted], numbers[counted]
        if self.label_base:
            targets = _from_zero(targets, self.label_base)
        return targets, numbers

    def targets_at(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the targets of some positions, and which of these count.

        Use it for positions from all over the array, such as the neighbours of a sample's.
        """
        layout = self.layout
        at = np.unravel_index(numbers, layout.positions) if layout.positions else ()
        targets = self.targets[at].reshape(len(numbers), *self.targets.shape[len(layout.positions) :])
        counted = np.ones(len(numbers), dtype=bool)
        for label in self.ignored_labels:
            kept = targets != label
            counted &= kept if kept.ndim == 1 else kept.all(axis=1)
        if self.mask is not None:
            mask = self.mask[at].reshape(len(numbers), *self.mask.shape[len(layout.positions) :]) != 0
            counted &= mask if mask.ndim == 1 else mask.all(axis=1)
        if self.lengths is not None:
            steps = int(np.prod(layout.positions[1:]))
            time = layout.positions[1]
            counted &= (numbers % steps) // (steps // time) < self.lengths[numbers // steps]
        return (_from_zero(targets, self.label_base) if self.label_base else targets), counted

    def _counted(self, span: Span, targets: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return which positions count, and which single outcomes."""
        rows: np.ndarray | None = None
        elements: np.ndarray | None = None
        for label in self.ignored_labels:
            kept = targets != label
            if targets.ndim == 1:
                rows = kept if rows is None else rows & kept
            else:
                elements = kept if elements is None else elements & kept
        if self.mask is not None:
            if self.mask.ndim == len(self.layout.positions):
                part = cut(self.mask, span, None) != 0
                rows = part if rows is None else rows & part
            else:
                part = cut(self.mask, span, self.layout.units) != 0
                elements = part if elements is None else elements & part
        if self.lengths is not None:
            steps = int(np.prod(self.layout.positions[1:]))
            time = self.layout.positions[1]
            numbers = _numbers(span)
            within = np.asarray((numbers % steps) // (steps // time) < self.lengths[numbers // steps])
            rows = within if rows is None else rows & within
        if elements is not None:
            some = np.asarray(elements.any(axis=1))
            rows = some if rows is None else rows & some
        return rows, elements

    def weighed(self, numbers: np.ndarray) -> np.ndarray | None:
        """Return which of some positions have a weight, or None where all do, or none at all does."""
        if self.weights is None or not self._some_weigh:
            return None
        return np.asarray(self._weights_of(numbers) > 0)

    @cached_property
    def _some_weigh(self) -> bool:
        """Tell whether some positions have a weight, and others have none."""
        return self.weights is not None and bool((self.weights > 0).any() and (self.weights == 0).any())

    def _weights(self, span: Span) -> np.ndarray | None:
        if self.weights is None:
            return None
        if self.weights.shape == self.layout.positions:
            return np.asarray(cut(self.weights, span, None), dtype=np.float64)
        return self._weights_of(_numbers(span))

    def _weights_of(self, numbers: np.ndarray) -> np.ndarray:
        assert self.weights is not None
        if self.weights.shape == self.layout.positions:
            return np.asarray(self.weights.reshape(-1)[numbers], dtype=np.float64)
        inner = max(1, self.layout.rows // max(1, self.layout.positions[0]))
        return np.asarray(self.weights[numbers // inner], dtype=np.float64)


def _numbers(span: Span) -> np.ndarray:
    return np.arange(span.start, span.stop)


def _let_go(view: np.ndarray | Stored, span: Span) -> None:
    if not isinstance(view, Stored):
        let_go(cut_view(view, span))
    elif span.index:
        items = span.index[0]
        first, last = (items.start, items.stop) if isinstance(items, slice) else (items, items + 1)
        view.let_go(first, last)


def _without_strange_labels(
    predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray, layout: Layout, base: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return examples of no weight whose label names no column as examples whose loss is NaN, which costs nothing."""
    weightless = weights == 0
    if not weightless.any():
        return predictions, labels
    strange = weightless & ~((labels >= base) & (labels < layout.units + base) & (labels == np.floor(labels)))
    if not strange.any():
        return predictions, labels
    kind = predictions.dtype if predictions.dtype.kind == "f" else np.float64
    predictions = np.where(
        strange[:, None], np.asarray(np.nan, dtype=kind), predictions.astype(kind, copy=False)
    )
    return predictions, np.where(strange, np.asarray(base, dtype=labels.dtype), labels)


def _from_zero(targets: np.ndarray, base: int) -> np.ndarray:
    """Return labels that are counted from ``base`` as counted from 0; what is no label stays none."""
    return np.asarray((targets if targets.dtype.kind == "f" else targets.astype(np.int64)) - base)


def make_counting(
    predictions: np.ndarray | Stored,
    targets: np.ndarray | Stored,
    layout: Layout,
    settings: Settings,
    *,
    ignored_labels: tuple[int, ...] = (),
    label_base: int = 0,
) -> Counting:
    """Return what counts, or raise an error that names the array whose shape does not fit."""
    return Counting(
        layout=layout,
        predictions=layout.predictions_view(predictions),
        targets=layout.targets_view(targets),
        ignored_labels=ignored_labels,
        label_base=label_base,
        mask=_mask(settings.mask, layout),
        weights=_sample_weights(settings.sample_weights, layout),
        lengths=_lengths(settings.lengths, layout),
    )


def _mask(source: Source | None, layout: Layout) -> np.ndarray | None:
    if source is None:
        return None
    array = source.require_numbers().whole
    if array.dtype != bool and (wrong := ~((array == 0) | (array == 1))).any():
        first = array[wrong][0]
        shown = "NaN" if first != first else f"{first:g}"
        raise CepickError(
            f"{source.name}: {shown} in the mask; write 1 for what counts and 0 for what does not, and pass weights as "
            "sample weights"
        )
    if array.shape == layout.positions:
        return array
    if layout.form == "rows" and array.shape == layout.predictions:
        if layout.units == 1:
            return array.reshape(layout.positions)
        moved: np.ndarray = layout.predictions_view(array)
        return moved
    one_column = (*layout.positions, 1)
    if array.shape == one_column:
        return array.reshape(layout.positions)
    raise CepickError(
        f"{source.name}: shape {list(array.shape)} for a mask; pass one of shape {list(layout.positions)}: "
        "one number per example, 1 where it counts"
    )


def _sample_weights(source: Source | None, layout: Layout) -> np.ndarray | None:
    if source is None:
        return None
    values = weight_values(source, "sample weight")
    if values.shape == layout.positions or values.shape == layout.positions[:1]:
        return values
    if values.shape == (*layout.positions, 1):
        return values.reshape(layout.positions)
    raise CepickError(
        f"{source.name}: shape {list(values.shape)} for sample weights; "
        f"pass one number per example, shape {list(layout.positions)}"
    )


def _lengths(source: Source | None, layout: Layout) -> np.ndarray | None:
    if source is None:
        return None
    if len(layout.positions) < 2:
        raise CepickError(
            f"{source.name}: lengths need predictions of shape [sequences, time, …], not {list(layout.predictions)}; "
            "use a mask"
        )
    array = source.require_numbers().whole
    if array.shape != layout.positions[:1]:
        raise CepickError(
            f"{source.name}: shape {list(array.shape)} for lengths; pass one for each of the "
            f"{layout.positions[0]} sequences"
        )
    time = layout.positions[1]
    whole = array.dtype.kind in "iu" or bool(np.all(array == np.floor(array)))
    if not whole or (array < 0).any() or (array > time).any():
        wrong = array[(array < 0) | (array > time)] if whole else array[array != np.floor(array)]
        raise CepickError(
            f"{source.name}: {wrong.flat[0]} is not a length from 0 to {time}; pass whole numbers of time steps"
        )
    return array

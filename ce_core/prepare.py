"""From what the caller hands over to arrays that are paired, and to what counts among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from . import kernels
from .arrays import Source, encode_labels, from_object, read_pair
from .blocks import Span, block_rows, spans
from .counting import Block, Counting, make_counting
from .errors import CepickError
from .facts import PredictionFacts, TargetFacts, prediction_facts, target_facts
from .infer import View, sentinel_among
from .layout import Layout, pair
from .plan import Settings
from .significance import Paired, paired
from .task import Task

PROBE = 1 << 16
"""How many values are compared to tell sigmoid outputs from small logits."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """Two paired arrays, what was said of them, and which positions count."""

    predictions: Source
    targets: Source
    said: Task
    layout: Layout
    settings: Settings
    counting: Counting
    names: tuple[str, ...] | None
    """The names of the classes, where there are any."""
    notes: tuple[str, ...]
    index_facts: TargetFacts | None
    sentinel: int | None
    sentinel_count: int = 0
    sentinel_rows: tuple[int, ...] = ()
    has_zero_label: bool = False

    def spans(self) -> Iterator[Span]:
        """Yield the runs of positions that make a block each."""
        return spans(self.layout.positions, block_rows(self.layout.units))

    def facts_of(self, block: Block) -> tuple[PredictionFacts, TargetFacts]:
        """Return what a block shows."""
        found = TargetFacts()
        if self.index_facts is None:
            targets, numbers = block.targets, block.numbers
            found = target_facts(targets, numbers, self.layout.units)
        return prediction_facts(block.predictions, block.numbers), found

    def view(self, facts: tuple[PredictionFacts, TargetFacts]) -> View:
        """Return all that is known, for inference and for the checks."""
        predictions, targets = facts
        view = View(
            predictions=self.predictions,
            targets=self.targets,
            layout=self.layout,
            said=self.said,
            prediction_facts=predictions,
            target_facts=self.index_facts if self.index_facts is not None else targets,
            ignored=bool(self.counting.ignored_labels)
            and self.sentinel is None
            or self.counting.mask is not None
            or self.counting.lengths is not None,
            sentinel=self.sentinel,
            sentinel_count=self.sentinel_count,
            sentinel_rows=self.sentinel_rows,
            has_zero_label=self.has_zero_label,
        )
        return replace(view, probe=self._probe(view))

    def _probe(self, view: View) -> Paired | None:
        """Compare the two readings of values in [0, 1], on the first block of examples."""
        targets = view.target_facts
        if self.layout.form == "index" or not view.in_unit_interval or view.rows_are_distributions:
            return None
        if (
            not targets.rows
            or targets.low < 0
            or targets.high > 1
            or targets.nan
            or view.prediction_facts.nan
        ):
            return None
        first = next(self.spans())
        block = self.counting.block(first)
        values = np.clip(block.predictions.astype(np.float64), 0, 1).reshape(-1)[:PROBE]
        truth = block.targets.astype(np.float64).reshape(-1)[:PROBE]
        if not values.size:
            return None
        as_logits = kernels.sigmoid_cross_entropy(values, truth)
        as_probabilities = kernels.binary_cross_entropy(values, truth, clip=1e-7)
        return paired(as_logits, as_probabilities)


def prepare(
    predictions: Any,
    targets: Any,
    *,
    task: Task,
    settings: Settings,
    class_names: Sequence[str] | None = None,
    target_column: str | None = None,
    dtype: str | None = None,
) -> Prepared:
    """Return two arrays, or files, paired and ready to be walked over."""
    first, second = _sources(predictions, targets, target_column, dtype)
    notes = (*first.note, *second.note)
    names = tuple(class_names) if class_names is not None else first.columns
    if second.precision == "text":
        indices, names, how = encode_labels(second.array, names)
        second = replace(second, array=indices, precision="integer")
        notes += (how,)
    elif names is not None and class_names is None and not _are_class_names(names):
        names = None
    first = first.require_numbers()
    layout = pair(first.array.shape, second.array.shape, task, (first.name, second.name))
    layout = _settle_axis(layout, second, task)
    if not layout.rows or not layout.units:
        what = "rows" if not layout.rows else "classes"
        raise CepickError(
            f"{first.name}: 0 {what}, shape {list(first.array.shape)}; pass arrays that hold examples"
        )
    _check_said(layout, task, first.name)
    if names is not None and len(names) != (2 if layout.units == 1 else layout.units):
        if class_names is not None:
            raise CepickError(
                f"class_names: {len(names)} names for {layout.units} columns; pass one name for each class"
            )
        names = None
    return _with_counting(
        Prepared(
            predictions=first,
            targets=second,
            said=task,
            layout=layout,
            settings=settings,
            counting=_counting(first, second, layout, settings, task, ()),
            names=names,
            notes=notes,
            index_facts=None,
            sentinel=None,
        )
    )


def _sources(
    predictions: Any, targets: Any, target_column: str | None, dtype: str | None
) -> tuple[Source, Source]:
    if _is_path(predictions) and (targets is None or _is_path(targets)):
        return read_pair(
            str(predictions),
            None if targets is None else str(targets),
            target_column=target_column,
            dtype=dtype,
        )
    if targets is None:
        raise CepickError("targets: none were given; pass them, or one CSV file that holds both")
    return from_object(predictions, "predictions"), from_object(targets, "targets")


def _is_path(value: Any) -> bool:
    return isinstance(value, str) or hasattr(value, "__fspath__")


def _are_class_names(names: tuple[str, ...]) -> bool:
    """Tell whether a header's names mean something: not the bare numbers 0, 1, 2 ..."""
    return any(name != str(number) for number, name in enumerate(names))


def _settle_axis(layout: Layout, targets: Source, task: Task) -> Layout:
    """Take the other class axis where the labels fit no column of the first."""
    if layout.other_axis is None or task.class_axis is not None or not targets.array.size:
        return layout
    highest = targets.array.max()
    sizes = layout.predictions[layout.other_axis]
    if layout.units <= highest < sizes:
        return pair(layout.predictions, layout.targets, task.but(class_axis=layout.other_axis))
    return layout


def _check_said(layout: Layout, task: Task, name: str) -> None:
    """Refuse a number of columns that the predictions do not have."""
    columns = {"units": task.units, "classes": task.classes}
    for prop, number in columns.items():
        fits = number in {None, layout.units} or (prop == "classes" and number == 2 and layout.units == 1)
        if not fits:
            raise CepickError(
                f"{name}: has {layout.units} columns, and {prop} {number} was said; "
                f"leave it out, or pass predictions of {number} columns",
                code="CE301",
            )
    if task.outcomes == "binary" and layout.units > 2 and task.exclusive is not False:
        raise CepickError(
            f"{name}: has {layout.units} columns, and a binary task has one or two; use --multiclass or --multilabel",
            code="CE301",
        )


def _counting(
    predictions: Source,
    targets: Source,
    layout: Layout,
    settings: Settings,
    task: Task,
    extra: tuple[int, ...],
) -> Counting:
    said = () if task.ignore_index is None else (task.ignore_index,)
    return make_counting(
        predictions.array,
        targets.array,
        layout,
        settings,
        ignored_labels=said + extra,
        label_base=task.label_base or 0,
    )


def _with_counting(prepared: Prepared) -> Prepared:
    """Look at all class indices once, and leave an undeclared mark for padding out."""
    layout = prepared.layout
    if layout.form == "rows":
        return prepared
    facts, zero = _index_facts(prepared)
    label = sentinel_among(facts, layout.units)
    two_signed = layout.units == 2 and label == -1 and facts.high == 1 and not zero
    if label is None or two_signed or prepared.said.ignore_index is not None:
        return replace(prepared, index_facts=facts, has_zero_label=zero)
    counting = _counting(
        prepared.predictions, prepared.targets, layout, prepared.settings, prepared.said, (label,)
    )
    found = replace(
        prepared,
        counting=counting,
        sentinel=label,
        sentinel_count=facts.outside_count,
        sentinel_rows=facts.outside_at,
    )
    facts, zero = _index_facts(found)
    return replace(found, index_facts=facts, has_zero_label=zero)


def _index_facts(prepared: Prepared) -> tuple[TargetFacts, bool]:
    """Return the facts of every counted class index, and whether 0 is among them."""
    total, zero = TargetFacts(), False
    layout, counting = prepared.layout, prepared.counting
    for span in spans(layout.positions, block_rows(1)):
        labels, numbers = counting.labels(span)
        total += target_facts(labels, numbers, layout.units)
        zero = zero or bool((labels == 0).any())
    return total, zero

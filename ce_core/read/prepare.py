"""From what the caller hands over to arrays that are paired, and to what counts among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from functools import cached_property
from math import isinf, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ce_core.arrays import Source, Stored, read_pair
from ce_core.errors import CepickError
from ce_core.records import dataclass
from ce_core.task import Task

from .blocks import Span, block_rows, cut, piece_rows, spans, target_columns
from .counting import Block, Counting, make_counting
from .facts import ROWS_NAMED, Extremes, PredictionFacts, TargetFacts, prediction_facts, target_facts
from .infer import View, rounding_of_decimals, sentinel_among, sentinel_among_rows
from .layout import Layout, other_layouts, pair
from .settings import Settings
from .spread import spread_spans
from .wanted import Wanted

if TYPE_CHECKING:
    from .one_vs_rest import OneVsRest
    from .readings import Readings

PROBE = 1 << 16
"""How many values are compared to tell sigmoid outputs from small logits."""
PROBE_BLOCKS = 8
"""From how many places they are taken: the rows may be sorted by class."""
PROBE_ITEMS = 64
"""From how many places where each item of the first axis, such as a sequence, is one observation."""


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
    wanted: Wanted = field(default_factory=Wanted)
    """What the loss that was asked for wants of the arrays."""
    lists: bool = False
    """Whether the targets are lists of labels."""
    named: bool = False
    """Whether the targets were names of classes, which are indices now."""

    def spans(self) -> Iterator[Span]:
        """Yield the runs of positions that make a block each."""
        return spans(self.layout.positions, block_rows(self.layout.units))

    def pieces(self) -> Iterator[Span]:
        """Yield the runs of positions that a thread takes at a time."""
        return spans(self.layout.positions, self.piece_rows)

    @property
    def piece_rows(self) -> int:
        """Return how many positions a piece has at most."""
        return piece_rows(self.layout, self.predictions.array.dtype.itemsize, self.settings.block)

    def facts_of(self, block: Block) -> tuple[PredictionFacts, TargetFacts]:
        """Return what a block shows."""
        return self.prediction_facts_of(block), self.target_facts_of(block)

    def prediction_facts_of(self, block: Block, extremes: Extremes | None = None) -> PredictionFacts:
        """Return what the predictions of a block show, of which the extremes may be known already."""
        kept = self.counting.weighed(block.numbers)
        if kept is not None:  # what has no weight may be anything
            return prediction_facts(block.predictions[kept], block.numbers[kept])
        return prediction_facts(block.predictions, block.numbers, extremes)

    def target_facts_of(self, block: Block) -> TargetFacts:
        """Return what the targets of a block show; of class indices nothing, for all were looked at before."""
        if self.index_facts is not None:
            return TargetFacts()
        kept = self.counting.weighed(block.numbers)
        targets, numbers = block.targets, block.numbers
        if kept is not None:
            targets, numbers = targets[kept], numbers[kept]
        rounded = rounding_of_decimals(self.targets, self.layout.units)
        found = target_facts(targets, numbers, self.layout.units, rounded=rounded)
        _check_finite(found, self.targets.name)
        return found

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
            ignored=self.said.ignore_index is not None
            or self.counting.mask is not None
            or self.counting.lengths is not None,
            sentinel=self.sentinel,
            sentinel_count=self.sentinel_count,
            sentinel_rows=self.sentinel_rows,
            has_zero_label=self.has_zero_label,
            labelled=self.wanted.labels,
        )
        if self._comparable(view):
            view = replace(view, readings=self._readings)
        return replace(view, one_vs_rest=self._one_vs_rest) if self._one_true(view) else view

    def _comparable(self, view: View) -> bool:
        """Tell whether values in [0, 1] are there to be read as logits and as probabilities."""
        if not self.wanted.labels:
            return False
        if self.layout.form == "index" or not view.in_unit_interval or view.rows_are_distributions:
            return False
        targets = view.target_facts
        return bool(targets.rows) and targets.in_unit_interval

    def _one_true(self, view: View) -> bool:
        """Tell whether values in [0, 1] that are no distributions stand beside targets of which one is true each."""
        facts = view.target_facts
        if not self.wanted.labels or self.layout.units < 2 or not view.prediction_facts.whole:
            return False
        if not view.in_unit_interval or view.unreadable_labels:
            return False
        if view.rows_are_distributions or view.rows_are_nearly_distributions:
            return False
        return self.layout.form == "index" or (
            facts.hard and 0 < facts.rows == facts.one_hot_rows and self.counting.mask is None
        )

    @cached_property
    def _one_vs_rest(self) -> OneVsRest | None:
        """Compare the readings on rows from all over the arrays."""
        from .one_vs_rest import one_vs_rest

        layout = self.layout
        inner = prod(layout.positions[1:])
        rows = max(PROBE_ITEMS, PROBE // layout.units)
        blocks = [
            self.counting.block(span)
            for span in spread_spans(layout, rows, block=max(1, block_rows(layout.units)))
        ]
        values = np.concatenate([block.predictions.astype(np.float64) for block in blocks])
        targets = np.concatenate([block.targets for block in blocks])
        labels = targets if targets.ndim == 1 else targets.argmax(axis=1)
        known = np.isfinite(values).all(axis=1) & (labels >= 0) & (labels < layout.units)
        if known.sum() < _ENOUGH:
            return None
        items = np.concatenate([block.numbers for block in blocks])[known] // inner
        return one_vs_rest(np.clip(values[known], 0, 1), labels[known].astype(np.intp), items)

    @cached_property
    def _readings(self) -> Readings | None:
        """Compare the two readings on values from all over the arrays.

        The positions of a sequence or an image are alike: each item of the first axis is one observation.
        """
        from .readings import readings

        positions, every = self.layout.positions, list(self.spans())
        inner = prod(positions[1:]) if len(positions) > 1 else None
        places = PROBE_BLOCKS if inner is None else PROBE_ITEMS
        chosen = sorted({round(at) for at in np.linspace(0, len(every) - 1, places)})
        limit = PROBE // len(chosen)
        blocks = [self.counting.block(every[at]) for at in chosen]
        values = np.concatenate([_head(block.predictions, limit) for block in blocks])
        targets = np.concatenate([_head(block.targets, limit) for block in blocks])
        known = np.isfinite(values) & np.isfinite(targets)
        items = None
        if inner is not None:
            numbers = [np.broadcast_to(block.numbers[:, None], block.targets.shape) for block in blocks]
            items = np.concatenate([_head(each // inner, limit) for each in numbers])[known]
        values, targets = np.clip(values[known], 0, 1), np.clip(targets[known], 0, 1)
        return readings(values, targets, items) if values.size else None


def _head(block: np.ndarray, limit: int) -> np.ndarray:
    """Return the first values of a block of rows, as float64."""
    rows = max(1, limit // max(1, block.shape[-1]))
    return block[:rows].astype(np.float64).reshape(-1)[:limit]


def prepare(
    predictions: Any,
    targets: Any,
    *,
    task: Task,
    settings: Settings,
    class_names: Sequence[str] | None = None,
    target_column: str | None = None,
    dtype: str | None = None,
    parts: Sequence[tuple[Any, Any]] = (),
    wanted: Wanted | None = None,
) -> Prepared:
    """Return two arrays, or files, paired and ready to be walked over.

    ``wanted`` is what the loss that was asked for wants of them, beyond classes or shares.
    """
    wanted = wanted or Wanted()
    first, second = _sources(predictions, targets, target_column, dtype, parts)
    names = tuple(class_names) if class_names is not None else first.columns
    mapped: tuple[str, ...] = ()
    if second.precision == "text":
        from ce_core.arrays import encode_labels

        indices, names, how = encode_labels(second.array, names, second)
        second = replace(second, array=indices, precision="integer")
        mapped = (how,)
    elif names is not None and class_names is None and not _are_class_names(names):
        names = None
    first = first.require_numbers()
    second, lists = wanted.targets(first, second, task)
    layout = _paired(first, second, task, wanted)
    if wanted.labels and not wanted.whole:
        layout = _settle_axis(layout, first, second, task)
    if not layout.rows or not layout.units:
        what = "rows" if not layout.rows else "classes"
        raise CepickError(
            f"{first.name}: 0 {what}, shape {list(first.array.shape)}; pass arrays that hold examples"
        )
    if not wanted.whole:
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
            notes=(*first.note, *second.note, *mapped),
            index_facts=None,
            sentinel=None,
            wanted=wanted,
            lists=lists,
            named=bool(mapped),
        )
    )


def _sources(
    predictions: Any,
    targets: Any,
    target_column: str | None,
    dtype: str | None,
    parts: Sequence[tuple[Any, Any]],
) -> tuple[Source, Source]:
    if _is_path(predictions) and (targets is None or _is_path(targets)):
        return read_pair(
            str(predictions),
            None if targets is None else str(targets),
            target_column=target_column,
            dtype=dtype,
            parts=[(str(one), str(other)) for one, other in parts],
        )
    if parts:
        raise CepickError("parts: are files, and the first arrays are not; pass paths, or join the arrays")
    if targets is None:
        raise CepickError("targets: none were given; pass them, or one CSV file that holds both")
    from ce_core.arrays import from_object

    return from_object(predictions, "predictions", dtype), from_object(targets, "targets")


def _is_path(value: Any) -> bool:
    return isinstance(value, str) or hasattr(value, "__fspath__")


def _are_class_names(names: tuple[str, ...]) -> bool:
    """Tell whether a header's names mean something: not the bare numbers 0, 1, 2 ..."""
    return any(name != str(number) for number, name in enumerate(names))


def _paired(predictions: Source, targets: Source, task: Task, wanted: Wanted) -> Layout:
    """Return how two arrays pair, or raise CE301; CE304 where they are class indices and then rows of numbers."""
    first, second = predictions.array, targets.array
    try:
        return wanted.layout(first.shape, second.shape, task, (predictions.name, targets.name))
    except CepickError as error:
        if error.code != "CE301" or not _are_labels_of(first, second, task):
            raise
        shapes = f"{list(first.shape)} and {list(second.shape)}"
        raise CepickError(
            f"{predictions.name}: holds class indices, and {targets.name} a row of numbers for each (shapes {shapes}): "
            "the two are swapped; pass the predictions first, then the targets",
            code="CE304",
        ) from None


def _are_labels_of(labels: np.ndarray | Stored, predictions: np.ndarray | Stored, task: Task) -> bool:
    """Tell whether an array holds the class indices of another, which has fractions."""
    if not labels.size or predictions.dtype.kind != "f" or labels.dtype.kind not in "iuf":
        return False
    try:
        layout = pair(predictions.shape, labels.shape, task.but(encoding=None, targets=None))
    except CepickError:
        return False
    labels = np.asarray(labels)
    some = labels[labels == labels]
    whole = bool(some.size) and bool((some == np.floor(some)).all())
    with np.errstate(invalid="ignore"):  # infinity has no fraction
        step = max(1, PROBE * predictions.shape[0] // max(1, predictions.size)) if predictions.ndim else 0
        some_rows = predictions[:step] if step else np.asarray(predictions)
        fractions = bool((some_rows != np.floor(some_rows)).any())
    highest = _highest_label(some) if whole else 0.0
    return layout.form == "index" and whole and fractions and 0 <= highest < layout.units


def _settle_axis(layout: Layout, predictions: Source, targets: Source, task: Task) -> Layout:
    """Take another class axis where the shapes leave several, and the values speak for the other."""
    if task.class_axis is not None or not targets.array.size or not predictions.array.size:
        return layout
    others = other_layouts(layout, task)
    if layout.other_axis is not None:
        layout = _settle_by_sums(layout, predictions, targets, task)
    if layout.settled or not others:
        return layout
    return _settle_by_losses(layout, predictions, targets, task)


def _settle_by_losses(layout: Layout, predictions: Source, targets: Source, task: Task) -> Layout:
    """Take the class axis along which the loss is significantly lower, or whose rows of targets sum to 1."""
    from ce_core.probe.turned import better_axis

    found = better_axis(layout, predictions, targets, task)
    if found is None:
        return layout
    axis, why = found
    other = next(each for each in other_layouts(layout, task) if each.class_axes == (axis,))
    return replace(other, settled=why)


def _settle_by_sums(layout: Layout, predictions: Source, targets: Source, task: Task) -> Layout:
    """Take the second axis or the last by the largest label, or by which rows sum to 1."""
    other = pair(layout.predictions, layout.targets, task.but(class_axis=layout.other_axis))
    if layout.form == "index":
        highest = _highest_label(targets.whole)
        if layout.units <= highest < other.units:
            return replace(other, settled=f"the largest label is {highest:g}")
    for array, what in ((targets.array, "targets"), (predictions.array, "predictions")):
        if layout.form == "index" and what == "targets":
            continue
        first, second = (_sums_to_one(array, each) for each in (layout, other))
        if first != second:
            return replace(
                layout if first else other,
                other_axis=None,
                settled=f"there the rows of {what} sum to 1, and along axis "
                f"{other.class_axes[0] if first else layout.class_axes[0]} they do not",
            )
    return layout


def _highest_label(labels: np.ndarray) -> float:
    """Return the largest label that is no usual mark for positions to leave out."""
    kept = labels[labels != 255]
    return float(kept.max()) if kept.size else -1.0


def _sums_to_one(array: np.ndarray | Stored, layout: Layout) -> bool:
    """Tell whether the first rows of an array, read in a layout, each sum to about 1."""
    rows = layout.predictions_view(array)[: max(1, PROBE * len(array) // max(1, array.size))]
    with np.errstate(invalid="ignore"):  # inf - inf is no sum of 1
        sums = rows.astype(np.float64).sum(axis=-1)
    return sums.size >= _ENOUGH and bool((np.abs(sums - 1) < _ABOUT).all())


_ABOUT = 0.02
_ENOUGH = 14
"""How many rows must sum to 1 before that is no chance: one in 2^14 where each does so every other time."""


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
    """Look at the labels once, and leave an undeclared mark for what does not count out."""
    if not prepared.wanted.marks:
        return prepared
    if prepared.layout.form == "rows":
        return _without_marked_rows(prepared)
    layout, base = prepared.layout, prepared.said.label_base or 0
    facts, zero = _index_facts(prepared)
    label = sentinel_among(facts, layout.units, base)
    two_signed = layout.units == 2 and label == -1 and facts.high == 1 and not zero
    if label is None or two_signed or prepared.said.ignore_index is not None:
        return replace(prepared, index_facts=facts, has_zero_label=zero)
    found = _leaving_out(prepared, label, facts.outside_count, facts.outside_at)
    facts, zero = _index_facts(found)
    return replace(found, index_facts=facts, has_zero_label=zero)


def _leaving_out(prepared: Prepared, label: int, count: int, rows: tuple[int, ...]) -> Prepared:
    return replace(
        prepared,
        counting=_counting(
            prepared.predictions,
            prepared.targets,
            prepared.layout,
            prepared.settings,
            prepared.said,
            (label,),
        ),
        sentinel=label,
        sentinel_count=count,
        sentinel_rows=rows,
    )


_LABELS = 1 << 18
"""So many labels are looked at at a time."""


def _index_facts(prepared: Prepared) -> tuple[TargetFacts, bool]:
    """Return the facts of every counted class index, and whether 0 is among them."""
    total, zero = TargetFacts(), False
    layout, counting = prepared.layout, prepared.counting
    for span in spans(layout.positions, _LABELS if layout.rows > _LABELS else block_rows(1)):
        labels, numbers = counting.labels(span)
        kept = counting.weighed(numbers)
        if kept is not None:
            labels, numbers = labels[kept], numbers[kept]
        total += target_facts(labels, numbers, layout.units)
        _check_finite(total, prepared.targets.name)
        zero = zero or (total.low <= 0 <= total.high and bool((labels == 0).any()))
        counting.let_go_labels(span)
    return total, zero


def _check_finite(facts: TargetFacts, name: str) -> None:
    """Refuse targets that are infinite, which are neither labels nor missing."""
    found = (facts.low, facts.high) if facts.low <= facts.high else ()  # of no values low is above high
    infinite = next((each for each in found if isinf(each)), None)
    if infinite is not None:
        raise CepickError(
            f"{name}: holds {infinite:g}, and targets are labels or probabilities; correct them"
        )


def _without_marked_rows(prepared: Prepared) -> Prepared:
    """Leave out single outcomes that a usual mark stands for, such as -1 beside 0 and 1.

    All the labels are looked at, so that a mark is one wherever it stands.
    """
    layout, said = prepared.layout, prepared.said
    if said.ignore_index is not None or prepared.targets.array.dtype == bool:
        return prepared
    values: set[float] = set()
    for span in prepared.spans():
        values |= _few_values(prepared.counting.labels(span)[0])
        prepared.counting.let_go_labels(span)
        if len(values) > _FEW_VALUES or not all(each.is_integer() for each in values):
            return prepared  # soft targets are what they are, too
    label = sentinel_among_rows(values)
    if label is None:
        return prepared
    count, rows = 0, []
    for span in prepared.spans():
        marked = cut(prepared.counting.targets, span, target_columns(layout)) == label
        count += int(marked.sum())
        rows += [span.start + int(at) for at in np.flatnonzero(marked.any(axis=1))[:ROWS_NAMED]]
    return _leaving_out(prepared, label, count, tuple(rows[:ROWS_NAMED]))


_FEW_VALUES = 3


def _few_values(targets: np.ndarray) -> set[float]:
    """Return the values of targets, 0 and 1 and a few others; where there are many, any of them."""
    if targets.dtype.kind == "f" and np.isnan(targets).any():
        targets = targets[~np.isnan(targets)]
    if not targets.size:
        return set()
    low, high = targets.min(), targets.max()
    if low >= 0 and high <= 1:
        within = (
            ((targets > 0) & (targets < 1)).reshape(-1) if targets.dtype.kind == "f" else np.zeros(0, bool)
        )
        some = targets.reshape(-1)[[within.argmax()]] if within.any() else ()
        return {float(low), float(high), *map(float, some)}
    return {float(each) for each in np.unique(targets)[: _FEW_VALUES + 1]}

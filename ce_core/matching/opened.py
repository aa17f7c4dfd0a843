"""Two arrays opened for tracing: paired, with what the predictions are and which definitions make sense of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from ce_core.arrays import Source, from_object, read_pair
from ce_core.compute.run import all_facts
from ce_core.errors import CepickError
from ce_core.read.infer import read_task
from ce_core.read.prepare import Prepared, prepare
from ce_core.read.settings import Settings, weight_values
from ce_core.task import Task

from .exclusive import exclusive_readings
from .independent import independent_readings
from .pieces import FloatArray
from .space import Reading


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """Two arrays, or a run of their items, ready to be walked over."""

    prepared: Prepared
    task: Task
    given: str
    exclusive: bool
    hard: bool
    class_weights: FloatArray | None
    pos_weight: FloatArray | None
    label_smoothing: float
    notes: tuple[str, ...] = ()

    @property
    def index(self) -> bool:
        """Tell whether the targets are class indices."""
        return self.prepared.layout.form == "index"

    @property
    def columns(self) -> int:
        """Return how many columns the predictions have."""
        return self.prepared.layout.units

    @property
    def inner(self) -> int:
        """Return how many positions an item of the first axis has."""
        return prod(self.prepared.layout.positions[1:])

    @property
    def items(self) -> int:
        """Return how many items the first axis has."""
        return self.prepared.layout.positions[0] if self.prepared.layout.positions else 1

    @property
    def sampled(self) -> bool:
        """Tell whether examples have weights of their own."""
        return self.prepared.counting.weights is not None

    @property
    def some_weightless(self) -> bool:
        """Tell whether some weight is 0."""
        samples = self.prepared.counting.weights
        classes = self.class_weights if self.weighs_rows else None
        return any(each is not None and bool((each == 0).any()) for each in (samples, classes))

    @property
    def weighs_rows(self) -> bool:
        """Tell whether class weights are weights of examples, rather than of the labels of a row."""
        return self.class_weights is not None and (self.exclusive or self.columns == 1)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the dtype that a framework computes the clips in."""
        kind = self.prepared.predictions.array.dtype
        if self.prepared.predictions.precision == "decimals" or kind.kind != "f":
            return np.dtype(np.float64)
        return np.promote_types(kind, np.float32)

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """Return what may have been computed of each example."""
        if self.exclusive:
            return tuple(exclusive_readings(self.given, hard=self.hard, index=self.index))
        return tuple(independent_readings(self.given, hard=self.hard, columns=self.columns))

    @cached_property
    def uncounted(self) -> int:
        """Return how many positions (or single outcomes) do not count."""
        counting, missing = self.prepared.counting, 0
        if not counting.ignored_labels and counting.mask is None and counting.lengths is None:
            return 0
        for span in self.prepared.spans():
            block, counted = self.prepared.counting.whole(span)
            missing += int((~counted).sum())
            if block.elements is not None:
                missing += int((~block.elements[counted]).sum())
        return missing


def open_arrays(
    predictions: Any, targets: Any, *, task: Task, options: Mapping[str, Any], like: Opened | None = None
) -> Opened:
    """Return two arrays ready to be traced; what they are is read off them, or taken from others like them."""
    arrays: dict[str, Any] = {name: _source(options.get(name), name) for name in _ARRAYS}
    settings = Settings(label_smoothing=options.get("label_smoothing") or 0.0, **arrays)
    said: dict[str, Any] = {name: options.get(name) for name in ("class_names", "target_column", "dtype")}
    prepared = prepare(predictions, targets, task=task, settings=settings, **said)
    notes = list(prepared.notes)
    facts = all_facts(prepared)
    view = prepared.view(facts)
    labels = view.target_facts
    one_based = prepared.layout.form == "index" and labels.low == 1 and labels.high == prepared.layout.units
    if like is None and one_based and not prepared.has_zero_label and task.label_base is None:
        notes.append(f"labels run from 1 to {prepared.layout.units}: counted from 1")
        prepared = prepare(predictions, targets, task=task.but(label_base=1), settings=settings, **said)
        view = prepared.view(all_facts(prepared))
    elif view.unreadable_labels:
        notes.append(
            f"labels that name none of the {prepared.layout.units} classes were left out: cepick eval names them"
        )
    if prepared.sentinel is not None:
        notes.append(f"label {prepared.sentinel} marks what to leave out")
    if like is not None:
        found, given, exclusive = like.task, like.given, like.exclusive
    else:
        found, _, question = read_task(view)
        exclusive = prepared.layout.form == "index" or (
            prepared.layout.units > 1 and found.exclusive is not False
        )
        given = found.outputs or "logits"
        if question is not None and found.outputs is None:
            notes.append(
                "the arrays do not tell logits from probabilities: taken for logits; say which they are"
            )
    units = prepared.layout.units
    return Opened(
        prepared=prepared,
        task=found,
        given=given if exclusive or given != "log_probabilities" else "logits",
        exclusive=exclusive,
        hard=prepared.layout.form == "index" or bool(view.target_facts.hard),
        class_weights=_weights(settings.class_weights, "class weight", 2 if units == 1 else units),
        pos_weight=None if exclusive else _weights(settings.pos_weight, "pos_weight", units),
        label_smoothing=settings.label_smoothing,
        notes=tuple(notes),
    )


_ARRAYS = ("class_weights", "sample_weights", "pos_weight", "mask", "lengths")


def _source(value: Any, name: str) -> Source | None:
    return None if value is None else from_object(value, name)


def _weights(source: Source | None, what: str, size: int) -> FloatArray | None:
    if source is None:
        return None
    values = np.asarray(weight_values(source, what), dtype=np.float64).reshape(-1)
    if what == "pos_weight" and values.size == 1:
        return np.full(size, values[0])
    if values.size != size:
        raise CepickError(
            f"{source.name}: {values.size} numbers for {what} of {size} classes; pass {size} numbers"
        )
    return values


def run_of(opened: Opened, rows: tuple[int, int], what: str, *, options: Mapping[str, Any]) -> Opened:
    """Return a run of the items of the first axis, such as a batch."""
    start, stop = rows
    prepared = opened.prepared
    if not 0 <= start < stop <= opened.items:
        raise CepickError(
            f"{what}: rows {start}:{stop} are not among the {opened.items} of {prepared.predictions.name}; "
            "give the first and the one behind the last"
        )
    if 0 in prepared.layout.class_axes:
        raise CepickError(
            f"{what}: rows of arrays whose classes lie along the first axis; turn the arrays first"
        )

    def part(source: Source) -> Source:
        return replace(source, array=source.array[start:stop], lines=None, first_line=None)

    cut = dict(options)
    settings = prepared.settings
    for name in ("sample_weights", "mask", "lengths"):
        given = getattr(settings, name)
        cut[name] = None if given is None else part(given)
    cut["class_names"] = cut["target_column"] = cut["dtype"] = None
    label = prepared.sentinel
    task = prepared.said if label is None else prepared.said.but(ignore_index=label)
    axes = prepared.layout.class_axes
    if axes and task.class_axis is None and prepared.layout.other_axis is not None:
        task = task.but(class_axis=axes if len(axes) > 1 else axes[0])
    return open_arrays(
        part(prepared.predictions), part(prepared.targets), task=task, options=cut, like=opened
    )


def read_both(predictions: Any, targets: Any, options: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return both arrays as sources, so that files are read once however many runs of them are traced."""
    paths = [isinstance(each, str) or hasattr(each, "__fspath__") for each in (predictions, targets)]
    if paths[0] and (targets is None or paths[1]):
        return read_pair(
            str(predictions),
            None if targets is None else str(targets),
            target_column=options.get("target_column"),
            dtype=options.get("dtype"),
        )
    return predictions, targets


def names_of(sequence: Sequence[Opened]) -> tuple[str, str]:
    """Return what the first two arrays are called."""
    first = sequence[0].prepared
    return first.predictions.name, first.targets.name

"""How the arrays of a loss are to be read that takes other targets than classes or shares."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Literal

import numpy as np

from ce_core.arrays import Source
from ce_core.errors import CepickError
from ce_core.losses import Loss
from ce_core.records import dataclass
from ce_core.task import Task

from .layout import Layout, Shape, pair

Encoding = Literal["lists", "log_probabilities"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a loss wants of two arrays, beyond classes or shares: ``Wanted()`` wants nothing."""

    whole: bool = False
    """Whether an example is a whole: everything but the first axis (and a class axis that was said)."""
    marks: bool = True
    """Whether a usual mark such as -1 or 255 among the targets leaves positions out."""
    labels: bool = True
    """Whether the targets are labels or shares, from which a task can be read."""
    encoding: Encoding | None = None
    """What the targets are turned into rows from."""

    @classmethod
    def by(cls, loss: Loss, *, log_targets: bool = False) -> Wanted:
        """Return what a loss wants."""
        numbers = loss.target_values == "numbers"
        lists = loss.target_values == "lists"
        return cls(
            whole=loss.reading(1) == "examples",
            marks=not (numbers or lists),
            labels=loss.family not in {"numbers", "regions"} and not lists,
            encoding="lists" if lists else "log_probabilities" if log_targets else None,
        )

    def layout(self, predictions: Shape, targets: Shape, task: Task, names: tuple[str, str]) -> Layout:
        """Return how two shapes pair, or raise CE301."""
        if self.encoding == "lists":
            axis = -1 if task.class_axis is None else task.class_axis
            return pair(predictions, targets, Task(class_axis=axis), names)
        if not self.whole:
            return pair(predictions, targets, task, names)
        if predictions != targets:
            raise CepickError(
                f"{names[1]}: shape {list(targets)} is not that of {names[0]}, {list(predictions)}; pass one target "
                "for each value",
                code="CE301",
            )
        if not predictions:
            raise CepickError(
                f"{names[0]}: is a single number; pass examples of several values", code="CE301"
            )
        # One axis alone is one example.
        said = {0} if len(predictions) > 1 else set()
        if task.class_axis is not None:
            # The classes are examples of their own: their axis is found as `pair` finds it.
            said |= set(pair(predictions, targets, Task(class_axis=task.class_axis), names).class_axes)
        axes = tuple(axis for axis in range(len(predictions)) if axis not in said)
        return Layout(
            form="rows",
            predictions=predictions,
            targets=targets,
            class_axes=axes,
            positions=tuple(predictions[axis] for axis in sorted(said)),
            units=prod(predictions[axis] for axis in axes),
        )

    def targets(self, predictions: Source, targets: Source, task: Task) -> tuple[Source, bool]:
        """Return the targets as rows of the predictions' shape, and whether they are lists of labels."""
        if self.encoding == "log_probabilities":
            with np.errstate(over="ignore"):  # what is no log-probability is found afterwards
                shares = np.exp(targets.require_numbers().whole.astype(np.float64))
            return replace(
                targets, array=shares, note=(*targets.note, "targets read as log-probabilities")
            ), False
        if self.encoding != "lists":
            return targets, False
        return _lists(predictions, targets.require_numbers(), task)


def _lists(predictions: Source, targets: Source, task: Task) -> tuple[Source, bool]:
    """Return lists of labels, padded with -1 to as many as there are labels, or rows of 0 and 1 as they are."""
    array, shape = targets.whole, predictions.array.shape
    axis = task.class_axis if isinstance(task.class_axis, int) else -1
    zeros_and_ones = bool(((array == 0) | (array == 1)).all()) and array.shape == shape
    if task.encoding == "multi_hot" or (zeros_and_ones and task.encoding != "index"):
        if not zeros_and_ones:
            raise CepickError(
                f"{targets.name}: multi_hot was said, and these are no rows of 0 and 1 of shape {list(shape)}; "
                "leave it out for lists of labels"
            )
        return targets, False
    if not shape or array.ndim != len(shape) or not -len(shape) <= axis < len(shape):
        raise CepickError(
            f"{targets.name}: shape {list(array.shape)} is no list of labels for each row of predictions of shape "
            f"{list(shape)}; pad the lists with -1 to the same length",
            code="CE301",
        )
    labels, length = shape[axis], array.shape[axis]
    if length > labels or np.delete(array.shape, axis).tolist() != np.delete(shape, axis).tolist():
        raise CepickError(
            f"{targets.name}: lists of shape {list(array.shape)} do not fit predictions of shape {list(shape)}; pass a "
            f"list of at most {labels} labels for each row",
            code="CE301",
        )
    wrong = ~((array >= -1) & (array < labels) & (array == np.floor(array)))
    if wrong.any():
        place = np.argwhere(wrong)[0].tolist()
        raise CepickError(
            f"{targets.name}: {array[tuple(place)]} at {place} is neither a label from 0 to {labels - 1} nor the "
            "padding -1; correct the lists",
            code="CE201",
        )
    widths = [(0, 0)] * array.ndim
    widths[axis % array.ndim] = (0, labels - length)
    padded = np.pad(array.astype(np.int64), widths, constant_values=-1)
    said = "targets read as lists of labels that end at the first -1"
    return replace(targets, array=padded, note=(*targets.note, said)), True

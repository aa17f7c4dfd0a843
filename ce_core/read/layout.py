"""Pairing two shapes: which axis holds the classes, what one target is, and which positions are examples."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Literal, overload

import numpy as np

from ce_core.arrays.stored import Converted, Stored
from ce_core.errors import CepickError
from ce_core.records import dataclass
from ce_core.task import Task

Shape = tuple[int, ...]
Form = Literal["index", "rows"]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How two arrays are read together.

    ``index``: one class number per position. ``rows``: one number per position and column; with one
    column it is a single outcome for each position.
    """

    form: Form
    predictions: Shape
    targets: Shape
    class_axes: tuple[int, ...]
    """The axes of the predictions that hold the classes, from the front; none where each value is an example."""
    positions: Shape
    """The shape of the examples: the predictions' without the class axes."""
    units: int
    """How many columns the predictions have for each position."""
    other_axis: int | None = None
    """Another axis that would also pair the two shapes, where there is one."""
    squeezed: bool = False
    """Whether [N] is read together with [N, 1]."""
    settled: str = ""
    """What the values say for this axis, where the shapes leave two."""

    @property
    def rows(self) -> int:
        """Return the number of positions."""
        return prod(self.positions)

    @overload
    def predictions_view(self, array: np.ndarray) -> np.ndarray: ...
    @overload
    def predictions_view(self, array: np.ndarray | Stored) -> np.ndarray | Stored: ...
    def predictions_view(self, array: np.ndarray | Stored) -> np.ndarray | Stored:
        """Return the predictions as positions + (units,), without a copy where none is needed."""
        return self._view(array, classes=True)

    @overload
    def targets_view(self, array: np.ndarray) -> np.ndarray: ...
    @overload
    def targets_view(self, array: np.ndarray | Stored) -> np.ndarray | Stored: ...
    def targets_view(self, array: np.ndarray | Stored) -> np.ndarray | Stored:
        """Return the targets as positions, or positions + (units,) for rows."""
        flat = self.form == "index" or not self.class_axes or self.units == 1
        return self._view(array, classes=not flat)

    def _view(self, array: np.ndarray | Stored, *, classes: bool) -> np.ndarray | Stored:
        """Return an array with the classes last where it holds them, else as positions (and one column, of rows)."""
        column = () if self.form == "index" and not classes else (1,)

        def turned(part: np.ndarray, positions: Shape) -> np.ndarray:
            if classes:
                return _classes_last(part, self.class_axes, positions, self.units)
            return part.reshape((*positions, *column))

        if not isinstance(array, Stored):
            return turned(array, self.positions)
        if not self.positions or 0 in self.class_axes:
            return turned(np.asarray(array), self.positions)
        return Converted(
            array,
            lambda part: turned(part, (len(part), *self.positions[1:])),
            shape=(*self.positions, self.units) if classes else (*self.positions, *column),
        )

    def row(self, number: int) -> int | tuple[int, ...]:
        """Return how a position is named: its number, or its indices where there are several axes."""
        if len(self.positions) < 2:
            return int(number)
        return tuple(int(each) for each in np.unravel_index(number, self.positions))


def _classes_last(array: np.ndarray, axes: tuple[int, ...], positions: Shape, units: int) -> np.ndarray:
    if not axes:
        return array.reshape(positions)[..., None]
    moved = np.moveaxis(array, axes, range(-len(axes), 0))
    return moved if len(axes) == 1 else moved.reshape(*positions, units)


def pair(
    predictions: Shape, targets: Shape, task: Task, names: tuple[str, str] = ("predictions", "targets")
) -> Layout:
    """Return how two shapes pair, or raise CE301 with both shapes and the nearest reading.

    Where they pair along another class axis than the one that was said, the code is CE303.

    >>> pair((8, 10), (8,), Task()).form, pair((8, 10), (8, 10), Task()).form
    ('index', 'rows')
    >>> pair((2, 21, 5, 5), (2, 5, 5), Task()).class_axes
    (1,)
    """
    axes = _said_axes(predictions, task, names[0])
    layout = _elementwise(predictions, targets, task, axes) or _by_axis(predictions, targets, task, axes)
    if layout is None:
        elsewhere = axes is not None and _along_any(predictions, targets, task) is not None
        raise CepickError(
            _mismatch(predictions, targets, task, names), code="CE303" if elsewhere else "CE301"
        )
    return layout


def _said_axes(shape: Shape, task: Task, name: str) -> tuple[int, ...] | None:
    if task.class_axis is None:
        return None
    said = task.class_axis if isinstance(task.class_axis, tuple) else (task.class_axis,)
    rank = len(shape)
    for axis in said:
        if not -rank <= axis < rank:
            raise CepickError(
                f"{name}: has no axis {axis}, its shape is {list(shape)}; "
                f"pass --class-axis from {-rank} to {rank - 1}"
                if rank
                else f"{name}: is a single number and has no axis; leave out --class-axis",
                code="CE301",
            )
    axes = tuple(sorted(axis % rank for axis in said))
    if len(set(axes)) < len(axes):
        raise CepickError(
            f"{name}: class axis {list(said)} names an axis twice; name each once", code="CE301"
        )
    return axes


def _elementwise(
    predictions: Shape, targets: Shape, task: Task, axes: tuple[int, ...] | None
) -> Layout | None:
    """Return the reading in which each value is an outcome of its own, where it is the natural one."""
    single = _without_last(predictions) == targets or _without_last(targets) == predictions
    # The index of one of two classes is the outcome itself where the model has one column.
    one_each = single or len(predictions) == 1 or predictions[-1:] == (1,)
    if axes is not None or task.encoding in {"one_hot", "distribution", "multi_hot"}:
        return None
    if task.encoding == "index" and not one_each:
        return None
    if single and predictions != targets:
        if task.outcomes == "multiclass" and task.exclusive is not False:
            return None
        short = min(predictions, targets, key=len)
        return Layout(
            form="rows",
            predictions=predictions,
            targets=targets,
            class_axes=(),
            positions=short,
            units=1,
            squeezed=True,
        )
    if predictions != targets:
        return None
    rank = len(predictions)
    one_column = rank >= 2 and predictions[-1] == 1
    said_binary = task.outcomes == "binary" and task.units in {None, 1} and task.exclusive is not False
    several = task.outcomes == "multiclass" or task.exclusive is False or (task.classes or 0) > 2
    if (
        (rank == 1 and not several)
        or rank == 0
        or one_column
        or (said_binary and not (rank >= 2 and predictions[-1] == 2 and task.encoding != "scalar"))
    ):
        return Layout(
            form="rows",
            predictions=predictions,
            targets=targets,
            class_axes=(),
            positions=predictions[:-1] if one_column else predictions,
            units=1,
        )
    return None


def _without_last(shape: Shape) -> Shape | None:
    return shape[:-1] if shape and shape[-1] == 1 else None


def _by_axis(predictions: Shape, targets: Shape, task: Task, axes: tuple[int, ...] | None) -> Layout | None:
    """Return the reading with the classes along an axis: the said one, else the last, else the second."""
    rank = len(predictions)
    if rank == 0:
        return None
    tries = [axes] if axes is not None else [(rank - 1,)] + ([(1,)] if rank > 2 else [])
    found = [layout for each in tries if (layout := _along(predictions, targets, task, each))]
    if not found:
        return None
    if len(found) > 1 and (why := _second_first(predictions, task)):
        found = [replace(found[1], settled=why), found[0]]
    first = found[0]
    return replace(first, other_axis=found[1].class_axes[0]) if len(found) > 1 else first


def other_layouts(layout: Layout, task: Task) -> list[Layout]:
    """Return the other readings of two paired shapes: with the classes along any other single axis.

    >>> [each.class_axes for each in other_layouts(pair((4, 9, 9), (4, 9), Task()), Task())]
    [(1,)]
    """
    if len(layout.class_axes) != 1 or layout.squeezed:
        return []
    found = (
        _along(layout.predictions, layout.targets, task, (axis,))
        for axis in range(len(layout.predictions))
        if axis not in layout.class_axes
    )
    return [each for each in found if each is not None and each.form == layout.form and each.units > 1]


def _second_first(predictions: Shape, task: Task) -> str:
    """Return why the classes lie along axis 1, though the last axis would pair as well, or nothing."""
    if task.framework == "torch":
        return "PyTorch has its classes there"
    several = task.outcomes == "multiclass" or (task.classes or 0) > 2 or (task.units or 0) > 1
    if predictions[1] == 1 and not several and task.encoding not in {"one_hot", "distribution", "multi_hot"}:
        return "its size of 1 is one column"
    return ""


def _along(predictions: Shape, targets: Shape, task: Task, axes: tuple[int, ...]) -> Layout | None:
    positions = tuple(size for axis, size in enumerate(predictions) if axis not in axes)
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(predictions))
    units = prod(predictions[axis] for axis in axes)
    form: Form
    if targets == predictions and not (targets == kept and task.encoding == "index"):
        form = "rows"
    elif targets in {positions, kept} and task.encoding not in {"one_hot", "distribution", "multi_hot"}:
        form = "index"
    else:
        return None
    if units == 1 and not (task.outcomes == "multiclass" and task.exclusive is not False):
        form = "rows"  # one column is the outcome itself, also where a label names it
    elif form == "rows" and task.encoding == "index":
        return None
    return Layout(
        form=form,
        predictions=predictions,
        targets=targets,
        class_axes=axes,
        positions=positions,
        units=units,
        squeezed=form == "rows" and targets != predictions,
    )


def _mismatch(predictions: Shape, targets: Shape, task: Task, names: tuple[str, str]) -> str:
    """Return the error line of two shapes that do not pair: both shapes, and the nearest reading."""
    shapes = f"shape {list(targets)} does not pair with {names[0]} of shape {list(predictions)}"
    return f"{names[1]}: {shapes}; {_nearest_reading(predictions, targets, task)}"


def _nearest_reading(predictions: Shape, targets: Shape, task: Task) -> str:
    if task.encoding is not None and (
        layout := _along_any(predictions, targets, task.but(encoding=None, targets=None, exclusive=None))
    ):
        has = "one class index per row" if layout.form == "index" else "one number per row and column"
        return f"these targets have {has}, so encoding {task.encoding!r} cannot be; leave it out"
    for axis in range(len(predictions)):
        if len(targets) < len(predictions) and _along(predictions, targets, Task(), (axis,)):
            return f"it pairs with the classes along axis {axis}: pass --class-axis {axis}"
    if _along_any(targets, predictions, Task()) and len(targets) > len(predictions):
        return "the other way round they pair: pass the predictions first, then the targets"
    if predictions and targets and predictions[0] != targets[0]:
        return (
            f"{predictions[0]} rows against {targets[0]}: pass arrays of the same examples, "
            "or check a dropped last batch or a header row"
        )
    if predictions and len(predictions) == len(targets) and predictions[:-1] == targets[:-1]:
        return f"{predictions[-1]} columns against {targets[-1]}: pass targets with one column for each class"
    return "pass class indices of the predictions' shape without the class axis, or rows of the same shape"


def _along_any(predictions: Shape, targets: Shape, task: Task) -> Layout | None:
    rank = len(predictions)
    return next(
        (found for axis in range(rank) if (found := _along(predictions, targets, task, (axis,)))), None
    )

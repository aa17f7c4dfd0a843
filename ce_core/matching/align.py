"""What is true of the rows of a block when the two arrays are aligned in another way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ce_core.read.counting import Block

from .opened import Opened
from .pieces import FloatArray, Truth


@dataclass(frozen=True, kw_only=True, eq=False)
class Aligned:
    """The truth of a block's rows under one alignment, and which of its rows count."""

    truth: Truth
    counted: np.ndarray
    labels: FloatArray | None
    """The class weight of each row; None where there are no class weights."""


def alignments(opened: Opened) -> tuple[str, ...]:
    """Return the alignments that make sense for these arrays, by the keys of `ce_core.matching.space.ALIGNMENTS`."""
    layout = opened.prepared.layout
    found = ["own"]
    if opened.items > 1:
        found += ["rows+1", "rows-1", "rows+1 cut", "rows-1 cut"]
    if len(layout.positions) == 2 and layout.positions[1] > 1:
        found += ["time+1 cut", "time-1 cut", "time+1", "time-1"]
    if opened.exclusive and opened.columns > 1:
        found += ["classes+1"] if opened.columns == 2 else ["classes+1", "classes-1", "reversed"]
    if not opened.exclusive:
        found.append("negated")
    if opened.uncounted:
        found += ["kept", "kept as 0"] if opened.index else ["kept"]
    return tuple(found)


def aligned(opened: Opened, block: Block, counted: np.ndarray, name: str) -> Aligned | None:
    """Return what is true of a block's rows under an alignment, or None where a label has no column."""
    counting = opened.prepared.counting
    targets, shown = block.targets, block.elements
    way, _, step = name.partition("+") if "+" in name else name.partition("-")
    if way in {"rows", "time"}:
        sign = 1 if "+" in name else -1
        numbers, inside = _moved(opened, block.numbers, way, sign)
        targets, kept = counting.targets_at(numbers)
        counted = kept & inside if step.endswith("cut") else kept
    elif way == "classes":
        sign = 1 if "+" in name else -1
        columns = opened.columns
        targets = np.roll(targets, sign, axis=1) if targets.ndim > 1 else _shifted(targets, sign, columns)
    elif name == "reversed":
        targets = targets[:, ::-1] if targets.ndim > 1 else opened.columns - 1 - targets
    elif name == "negated":
        targets = 1.0 - targets
    elif name.startswith("kept"):
        if targets.ndim == 1:
            replaced = (
                _as_classes(targets, opened.columns) if name == "kept" else np.where(counted, targets, 0)
            )
            if replaced is None:
                return None
            targets = replaced
        counted, shown = np.ones(len(counted), dtype=bool), None
    return _aligned(opened, targets, counted, shown)


def _moved(opened: Opened, numbers: np.ndarray, way: str, sign: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the positions one row or time step away, round the end, and which are not round it."""
    inner, positions = opened.inner, opened.prepared.layout.positions
    if way == "rows":
        size, step = opened.items, inner
        at = numbers // inner
    else:
        size, step = positions[1], inner // positions[1]
        at = (numbers % inner) // step
    there = at + sign
    inside = (there >= 0) & (there < size)
    return numbers + (there % size - at) * step, inside


def _shifted(labels: np.ndarray, sign: int, columns: int) -> np.ndarray:
    valid = (labels >= 0) & (labels < columns)
    return np.where(valid, (labels + sign) % columns, labels)


def _as_classes(labels: np.ndarray, columns: int) -> np.ndarray | None:
    """Return labels with negative ones counted from the end, or None where one has no column even so."""
    wrapped = np.where(labels < 0, labels + columns, labels)
    fits = (wrapped >= 0) & (wrapped < columns)
    return wrapped if bool(fits.all()) else None


def _aligned(opened: Opened, targets: np.ndarray, counted: np.ndarray, shown: np.ndarray | None) -> Aligned:
    weights = opened.class_weights if opened.weighs_rows else None
    if targets.ndim == 1:
        with np.errstate(invalid="ignore"):  # NaN is no label
            named = (targets >= 0) & (targets < opened.columns) & (targets == np.floor(targets))
            labels = np.where(named, targets, 0).astype(np.intp)
        return Aligned(
            truth=Truth(labels=labels, rows=None),
            counted=counted & named,
            labels=None if weights is None else weights[labels],
        )
    rows = np.ascontiguousarray(targets.T, dtype=np.float64)
    mask = None
    if shown is not None and not shown.all():
        mask = np.ascontiguousarray(shown.T, dtype=np.float64)
        rows = np.where(mask > 0, rows, 0.0)
    whole = np.isfinite(rows).all(axis=0)
    of_rows = None
    if weights is not None:
        of_rows = rows[0] * weights[1] + (1 - rows[0]) * weights[0] if len(rows) == 1 else weights @ rows
    return Aligned(truth=Truth(labels=None, rows=rows, shown=mask), counted=counted & whole, labels=of_rows)

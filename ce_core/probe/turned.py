"""Classes that lie along another axis than the one that was taken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ce_core.arrays import Source
from ce_core.read.layout import Layout, other_layouts
from ce_core.task import Task

from .losses import scores_of
from .reading import Reading
from .sample import Outputs, Sample

Array = np.ndarray

_ABOUT = 0.02
"""How far the rows of probabilities may be from summing to 1."""
ENOUGH = 14
"""So many rows that each sum to 1 are no chance: one in 2^14 where each does so every other time."""


def turned(sample: Sample, predictions: Source, said: Task) -> Iterator[Reading]:
    """Yield the readings with the classes along another axis that pairs the two shapes: of class indices."""
    layout = sample.layout
    if layout.form != "index" or layout.units < 2:
        return
    at = np.unravel_index(sample.numbers, layout.positions)
    for other in other_layouts(layout, said):
        values = other.predictions_view(predictions.array)[at].astype(np.float64)
        whole = np.asarray(np.isfinite(values).all(axis=1))
        outputs: Outputs = "logits"
        if _sum_to_one(values[whole]) and values[whole].min() >= -_ABOUT:
            outputs = "probabilities"
        with np.errstate(divide="ignore"):  # a probability of 0
            scores = scores_of(np.where(whole[:, None], values, 0.0), outputs, exclusive=True)
        yield Reading(
            code="CE303",
            name=f"classes along axis {other.class_axes[0]}",
            scores=scores,
            where=None if whole.all() else whole,
            facts={"axis": other.class_axes[0]},
        )


def target_axis(layout: Layout, targets: Array, said: Task) -> int | None:
    """Return the other axis along which all rows of targets sum to 1, where along the one taken they do not."""
    if layout.form != "rows" or layout.units < 2 or _all_sum_to_one(layout, targets):
        return None
    for other in other_layouts(layout, said):
        if other.units > 1 and other.rows >= ENOUGH and _all_sum_to_one(other, targets):
            return other.class_axes[0]
    return None


def _all_sum_to_one(layout: Layout, targets: Array) -> bool:
    rows = layout.targets_view(targets)
    return bool(rows.size) and rows.min() >= 0 and _sum_to_one(rows)


def _sum_to_one(rows: Array) -> bool:
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf is no sum of 1
        return bool(rows.size) and bool((np.abs(rows.sum(axis=-1, dtype=np.float64) - 1) < _ABOUT).all())

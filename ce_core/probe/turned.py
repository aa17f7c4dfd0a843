"""Classes that lie along another axis than the one that was taken."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from ce_core.arrays import Source, Stored
from ce_core.read.counting import Counting
from ce_core.read.layout import Layout, other_layouts
from ce_core.read.significance import paired
from ce_core.read.wording import plural
from ce_core.task import Task

from .losses import mean_losses, scores_of
from .reading import Reading, exact_losses, weigh
from .sample import Outputs, Sample, take_sample

Array = np.ndarray

_AT_A_TIME = 1 << 20
"""So many values are looked at at a time."""

_ABOUT = 0.02
"""How far the rows of probabilities may be from summing to 1."""
_MOST_ROWS = 1 << 15
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
        if _are_distributions(values[whole]):
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


def better_axis(layout: Layout, predictions: Source, targets: Source, said: Task) -> tuple[int, str] | None:
    """Return the other axis that the values speak for, and why; None where they speak for none."""
    axis = target_axis(layout, predictions.array, targets.array, said)
    if axis is not None:
        return axis, f"there the rows of targets sum to 1, and along axis {layout.class_axes[0]} they do not"
    if layout.form != "index":
        return None
    rows = layout.predictions_view(predictions.array)
    outputs: Outputs = "probabilities" if _are_distributions(rows) else "logits"
    counting = Counting(
        layout=layout,
        predictions=rows,
        targets=layout.targets_view(targets.array),
        ignored_labels=() if said.ignore_index is None else (said.ignore_index,),
        label_base=said.label_base or 0,
    )
    sample = take_sample(counting, outputs, exclusive=True)
    if sample.rows < 2:
        return None
    weighed = [weigh(sample, each) for each in turned(sample, predictions, said)]
    named = [each for each in weighed if each.losses.lower(len(weighed))]
    if not named:
        return None
    best = min(named, key=lambda each: each.losses.second).reading
    exact = exact_losses(sample, best)
    return best.facts["axis"], (
        f"there the loss is {exact.second:.4g} nats, and along axis {layout.class_axes[0]} {exact.first:.4g} "
        f"({plural(exact.count, 'example')})"
    )


def target_axis(
    layout: Layout, predictions: Array | Stored, targets: Array | Stored, said: Task
) -> int | None:
    """Return the other axis along which all rows of targets sum to 1, where along the one taken they do not.

    Along the first axis labels of their own may do so, each of them true once. There the predictions must, too; or the
    arrays are [classes, examples], by their shape and by what was said, and the predictions know the targets so read
    where another axis was said.
    """
    if layout.form != "rows" or layout.units < 2 or _all_sum_to_one(layout, targets):
        return None
    for other in other_layouts(layout, said):
        if other.rows < ENOUGH or not _all_sum_to_one(other, targets):
            continue
        if other.class_axes != (0,) or _classes_first(layout, other, predictions, targets, said):
            return other.class_axes[0]
    return None


def _classes_first(
    layout: Layout, turned: Layout, predictions: Array | Stored, targets: Array | Stored, said: Task
) -> bool:
    """Tell whether the classes lie along the first axis, along which all rows of targets sum to 1."""
    if _are_distributions(layout.predictions_view(predictions)):
        return False
    if _are_distributions(turned.predictions_view(predictions)):
        return True
    return _is_wide(turned, said) and (said.class_axis is None or _known(turned, predictions, targets))


def _is_wide(turned: Layout, said: Task) -> bool:
    """Tell whether two axes are [classes, examples], more examples than classes, and labels of their own not said."""
    several = said.exclusive is False or said.encoding in {"multi_hot", "scalar"}
    return len(turned.predictions) == 2 and turned.rows > turned.units and not several


def _known(turned: Layout, predictions: Array | Stored, targets: Array | Stored) -> bool:
    """Tell whether predictions, read as logits of classes, know more of the targets than nothing."""
    step = max(1, turned.rows // _MOST_ROWS)
    rows, truth = (
        np.asarray(view[::step], dtype=np.float64)
        for view in (turned.predictions_view(predictions), turned.targets_view(targets))
    )
    whole = np.asarray(np.isfinite(rows).all(axis=1))
    losses = mean_losses(rows[whole], truth[whole], exclusive=True)
    return paired(np.full(len(losses), np.log(turned.units)), losses).lower()


def _are_distributions(rows: Array | Stored) -> bool:
    return _sum_to_one(rows, least=-_ABOUT)


def _all_sum_to_one(layout: Layout, targets: Array | Stored) -> bool:
    """Tell whether all rows of targets are at least 0 and sum to 1."""
    return _sum_to_one(layout.targets_view(targets), least=0)


def _sum_to_one(rows: Array | Stored, *, least: float) -> bool:
    """Tell whether all rows sum to 1 and none is below ``least``; the first ones mostly settle it."""

    def so(part: Array) -> bool:
        with np.errstate(invalid="ignore", over="ignore"):  # inf - inf is no sum of 1
            sums = np.einsum(
                "...j->...", part, dtype=np.float64, casting="same_kind"
            )  # of short rows sooner than a sum
        return bool((np.abs(sums - 1) < _ABOUT).all()) and bool(part.min() >= least)

    step = max(1, _AT_A_TIME * len(rows) // max(1, rows.size))
    edges = [0, 1, *range(1 + step, len(rows), step), len(rows)]
    return bool(rows.size) and all(so(rows[a:b]) for a, b in pairwise(edges) if a < b)

"""Labels handed over as predictions, and predictions as targets."""

from __future__ import annotations

import numpy as np

from ce_core.read.blocks import cut
from ce_core.read.infer import View
from ce_core.read.significance import LEVEL, paired
from ce_core.read.spread import spread_spans
from ce_core.records import dataclass

from .losses import scores_of
from .sample import Outputs
from .terms import bounded_scores, terms

Array = np.ndarray

_MOST_VALUES = 1 << 18
_MOST_ROWS = 1 << 13
_LEAST_DISTINCT = 8
"""Smoothed labels have fewer values than predictions."""
_ABOUT = 0.02


@dataclass(frozen=True, kw_only=True)
class Swapped:
    """What shows that two arrays are swapped."""

    first: str
    """What the first array holds, in words."""
    second: Outputs
    loss: float
    """The loss with the arrays the other way round, in nats."""
    p: float
    """The chance that the second array goes with the first this well, where it knows nothing of it."""
    count: int


def swapped(view: View) -> Swapped | None:
    """Return what shows that the first of two arrays of the same shape holds labels, and the second predictions."""
    facts, layout = view.prediction_facts, view.layout
    if layout.form != "rows" or facts.low != 0 or facts.high != 1 or facts.nan:
        return None
    if view.target_facts.hard or not view.target_facts.rows:
        return None
    labels, values = _some_rows(view)
    if not len(labels) or not ((labels == 0) | (labels == 1)).all() or not _many_values(values, len(labels)):
        return None
    exclusive = layout.units > 1 and bool((labels.sum(axis=1) == 1).all())
    within = bool(values.min() >= 0 and values.max() <= 1)
    sums_to_one = within and bool((np.abs(values.sum(axis=1) - 1) < _ABOUT).all())
    exclusive = exclusive and (sums_to_one or not within)
    outputs: Outputs = "probabilities" if within else "logits"
    scores = bounded_scores(scores_of(values, outputs, exclusive=exclusive), exclusive=exclusive)
    found = terms(scores, labels, exclusive=exclusive)
    chance = paired(found.association, np.zeros(len(labels))).p
    if chance >= LEVEL:
        return None
    return Swapped(
        first="one-hot rows" if exclusive else "labels of 0 and 1",
        second=outputs,
        loss=float(found.losses.mean()),
        p=chance,
        count=len(labels),
    )


def _some_rows(view: View) -> tuple[Array, Array]:
    """Return finite rows of both arrays, from all over them."""
    layout = view.layout
    first, second = layout.predictions_view(view.predictions.array), layout.targets_view(view.targets.array)
    most = min(_MOST_ROWS, max(1, _MOST_VALUES // layout.units))
    spans = spread_spans(layout, most, block=max(1, (1 << 16) // layout.units))
    labels = np.concatenate([cut(first, span, layout.units) for span in spans]).astype(np.float64)
    values = np.concatenate([cut(second, span, layout.units) for span in spans]).astype(np.float64)
    finite = np.isfinite(values).all(axis=1) & np.isfinite(labels).all(axis=1)
    return labels[finite], values[finite]


def _many_values(values: Array, rows: int) -> bool:
    """Tell whether values are as many as those of predictions are, rather than a few labels."""
    return bool(values.size) and len(np.unique(values[:256])) >= max(_LEAST_DISTINCT, min(rows, 256) // 2)

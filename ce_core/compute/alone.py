"""The loss of two arrays and nothing else: no look at what the arrays are, no diagnostics, no findings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ce_core.arrays import Source, from_object, read_pair
from ce_core.errors import CepickError
from ce_core.losses import LOSSES, loss_ids
from ce_core.read.blocks import Span, block_rows, piece_rows, spans
from ce_core.read.counting import Block, Counting, make_counting
from ce_core.read.layout import pair
from ce_core.read.settings import Settings
from ce_core.task import Task

from . import fast
from .look import is_large
from .measure import measure
from .measure.exclusive import class_weight_of
from .plan import Plan, make_plan
from .sums import Partial, Total, dot
from .threads import in_order, keep_freed_memory, thread_count


def loss_of(
    predictions: Any,
    targets: Any,
    loss: str,
    *,
    reduction: str = "mean",
    class_weights: Any = None,
    sample_weights: Any = None,
    ignore_index: int | None = None,
    class_axis: int | None = None,
    threads: int | None = None,
    block: int | None = None,
) -> float:
    """Compute the mean or the sum of one named loss over two arrays, and nothing else.

    Use it where the loss is known and the arrays are trusted, such as once an epoch; `evaluate` says what the number
    is worth, and what is wrong with the arrays. Cross-entropies of logits are computed in the precision that they are
    given in, within the same bounds as everywhere (see `ce_core.compute.fast`); class indices are never made rows.

    Formula: ``Σ w l / Σ w``, or ``Σ w l`` with ``reduction="sum"``; of several labels l is their mean.

    Shapes: as for `evaluate`. Arrays may be of NumPy, PyTorch, JAX, TensorFlow or pandas, or paths of files.

    Units: nats.

    Raises `CepickError` for arrays that do not pair, and for labels that name no class.

    >>> round(loss_of([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 2], "sparse_softmax_cross_entropy"), 6)
    0.925058
    """
    settings = Settings(
        block=block,
        class_weights=None if class_weights is None else from_object(class_weights, "class_weights"),
        sample_weights=None if sample_weights is None else from_object(sample_weights, "sample_weights"),
    )
    if reduction not in {"mean", "sum"}:
        raise CepickError(f"reduction: {reduction!r} is not one of its values; pass mean or sum")
    first, second = (each.require_numbers() for each in _sources(predictions, targets))
    row = LOSSES[loss_ids(loss)[0]]
    told = Task(outcomes="multiclass" if row.competes == "softmax" else None, class_axis=class_axis)
    layout = pair(first.array.shape, second.array.shape, told, (first.name, second.name))
    plan = make_plan(row.id, layout, settings, exclusive=row.competes == "softmax")
    counting = make_counting(
        first.array,
        second.array,
        layout,
        settings,
        ignored_labels=() if ignore_index is None else (ignore_index,),
    )
    if is_large(layout):
        keep_freed_memory()
    rows = piece_rows(layout, first.array.dtype.itemsize, block)
    try:
        sums = _sums(counting, plan, rows, thread_count(threads))
    except fast.SoftTargetsError:
        sums = _sums(counting, replace(plan, soft=True), rows, thread_count(threads))
    costs, weight = float(sums[0]), float(sums[1])
    if reduction == "mean" and not weight:
        raise CepickError(f"{second.name}: no example is left to count; a mean needs one")
    return costs / weight if reduction == "mean" else costs


def _sources(predictions: Any, targets: Any) -> tuple[Source, Source]:
    if isinstance(predictions, str) and isinstance(targets, str):
        return read_pair(predictions, targets)
    return from_object(predictions, "predictions"), from_object(targets, "targets")


def _sums(counting: Counting, plan: Plan, rows: int, threads: int) -> np.ndarray:
    """Return Σ w l and Σ w of all positions."""
    total = Total(np.zeros(2))
    one = partial(_piece, counting, plan, fast.Scratch())
    for _, sums in in_order(one, spans(plan.layout.positions, rows), threads):
        total.take(sums)
    return total.sum()


def _piece(counting: Counting, plan: Plan, scratch: fast.Scratch, span: Span) -> np.ndarray:
    """Return Σ w l and Σ w of a run of positions."""
    block = counting.block(span)
    losses = fast.losses_of(block, plan, scratch) if is_large(plan.layout) else None
    sums = _exact(block, plan) if losses is None else _joined(block, plan, losses)
    counting.let_go(span)
    return np.array(sums)


def _joined(block: Block, plan: Plan, losses: np.ndarray) -> tuple[float, float]:
    weights = block.weights
    if plan.class_weights is not None:
        weights = np.asarray(class_weight_of(block, plan) * (1.0 if weights is None else weights))
    if weights is None:
        return float(losses.sum()), float(len(losses))
    light = weights == 0
    if light.any():  # what has no weight costs nothing, not even an infinite loss
        losses, weights = losses[~light], weights[~light]
    return dot(weights, losses), float(weights.sum())


def _exact(block: Block, plan: Plan) -> tuple[float, float]:
    total = Total(Partial())
    for part in block.parts(block_rows(plan.layout.units)):
        for measured in measure(part, plan, sequences=False):
            total.take(measured.partial)
    whole = total.sum()
    return whole.loss, whole.weight

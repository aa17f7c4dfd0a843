"""Two arrays laid out alike, with the weights that their losses will meet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core.emulate import peculiar
from ce_core.emulate.definition import Definition
from ce_core.emulate.results import Setting
from ce_core.errors import CepickError
from ce_core.frameworks import Call

FloatArray = npt.NDArray[np.float64]
AnyArray = npt.NDArray[Any]

BLOCK = 1 << 18
"""How many predictions a block holds."""


class RefusedError(Exception):
    """The framework would raise: its error in one line."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Paired:
    """Predictions and targets of one layout: the classes, or the elements of an inner mean, on the last axis."""

    predictions: AnyArray
    targets: AnyArray
    shape: tuple[int, ...]
    """The shape of the losses."""
    weights: AnyArray | None = None
    """The weights of the losses, of their shape."""
    weight_total: float | None = None
    """The sum of the weights as they were given, where the mean divides by that."""
    inner_weights: AnyArray | None = None
    """Weights within an inner mean, of the predictions' shape."""

    def blocks(self) -> Iterator[slice]:
        """Yield slices of the first axis, each of at most about `BLOCK` predictions."""
        rows = len(self.predictions)
        inner = math.prod(self.predictions.shape[1:])
        step = max(1, BLOCK // max(1, inner))
        yield from (slice(first, min(first + step, rows)) for first in range(0, rows, step))


def pair(
    row: Call,
    definition: Definition,
    settings: Mapping[str, Setting],
    predictions: AnyArray,
    targets: AnyArray,
) -> Paired:
    """Return the arrays laid out as the definition reads them.

    Raises:
        RefusedError: for shapes that the framework refuses.
    """
    if predictions.ndim == 0:
        raise RefusedError("ValueError: predictions of shape () have no axis to take the loss over")
    if row.call in peculiar.AT_MOST_TWO_AXES and predictions.ndim > 2:
        raise RefusedError(f"ValueError: predictions of shape {predictions.shape} have more than two axes")
    axis = _class_axis(row, settings, predictions.ndim)
    if definition.kind in {"classes", "elements"} and axis != predictions.ndim - 1:
        predictions = np.moveaxis(predictions, axis, -1)
        if targets.ndim == predictions.ndim and definition.form != "index":
            targets = np.moveaxis(targets, axis, -1)
    predictions, targets = _paired(row, definition, predictions, targets)
    _check_weights(definition, predictions)
    if definition.kind == "classes" and predictions.ndim == 1:
        predictions, targets = predictions[None], targets[None]
        found = Paired(predictions=predictions, targets=targets, shape=())
    else:
        found = Paired(predictions=predictions, targets=targets, shape=_loss_shape(definition, predictions))
    return _with_weights(found, definition, settings)


def _check_weights(definition: Definition, predictions: AnyArray) -> None:
    """Raise for weights of classes, or of positives, that do not fit the last axis."""
    of_classes, positive = definition.class_weights, definition.pos_weight
    if of_classes is not None and of_classes.ndim and of_classes.shape != predictions.shape[-1:]:
        raise RefusedError(
            f"ValueError: {len(of_classes)} class weights do not fit shape {predictions.shape}"
        )
    if positive is not None:
        try:
            fits = np.broadcast_shapes(positive.shape, predictions.shape) == predictions.shape
        except ValueError:
            fits = False
        if not fits:
            raise RefusedError(
                f"ValueError: pos_weight of shape {positive.shape} does not fit {predictions.shape}"
            )


def same_rank(row: Call, predictions: AnyArray, targets: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Return the arrays with a last axis of length 1 added or dropped, where the framework does so."""
    if row.framework not in peculiar.REPAIRS_RANK:
        return predictions, targets
    if row.target_form == "index":
        if row.call in peculiar.PAIRS_EVERY_ROW and targets.ndim == predictions.ndim:
            raise CepickError(
                f"targets: {row.call} broadcasts shape {targets.shape} to a loss for every pair of rows; "
                "drop the last axis"
            )
        same = targets.ndim == predictions.ndim and targets.shape[-1:] == (1,)
        return predictions, targets[..., 0] if same else targets
    if predictions.ndim == targets.ndim + 1 and predictions.shape[-1] == 1:
        return (predictions, targets[:, None]) if targets.ndim == 1 else (predictions[..., 0], targets)
    if targets.ndim == predictions.ndim + 1 and targets.shape[-1] == 1:
        return (predictions[:, None], targets) if predictions.ndim == 1 else (predictions, targets[..., 0])
    return predictions, targets


def _class_axis(row: Call, settings: Mapping[str, Setting], rank: int) -> int:
    said = settings.get("class_axis")
    axis = row.class_axis if said is None or said.value is None else said.value
    if not isinstance(axis, int):
        raise CepickError(f"{row.call}: {said.name if said else 'axis'}={axis!r} is several axes; give one")
    if rank == 1 and said is None:
        return 0
    if not -rank <= axis < rank:
        raise RefusedError(f"IndexError: predictions have no axis {axis}")
    return axis % rank


def _paired(
    row: Call, definition: Definition, predictions: AnyArray, targets: AnyArray
) -> tuple[AnyArray, AnyArray]:
    """Return the two arrays in shapes that pair: as they are, or broadcast where the framework broadcasts."""
    if definition.form == "index":
        wanted = predictions.shape[:-1]
    elif definition.form == "index_lists" and targets.ndim == predictions.ndim:
        wanted = (*predictions.shape[:-1], targets.shape[-1])
    else:
        wanted = predictions.shape
    if targets.shape == wanted:
        return predictions, targets
    if definition.form == "index" or not peculiar.broadcasts(row):
        raise RefusedError(
            f"ValueError: targets of shape {targets.shape} do not fit predictions of shape {predictions.shape}"
        )
    try:
        shape = np.broadcast_shapes(predictions.shape, targets.shape)
    except ValueError:
        raise RefusedError(
            f"ValueError: shapes {predictions.shape} and {targets.shape} cannot be broadcast"
        ) from None
    return np.broadcast_to(predictions, shape), np.broadcast_to(targets, shape)


def _loss_shape(definition: Definition, predictions: AnyArray) -> tuple[int, ...]:
    if definition.kind in {"batch", "regions"} or definition.pools:
        return ()
    if definition.kind == "elements" and definition.inner is None:
        return predictions.shape
    return predictions.shape[:-1]


def _with_weights(paired: Paired, definition: Definition, settings: Mapping[str, Setting]) -> Paired:
    """Return the pair with the weights that the settings hold, aligned with the losses."""
    for sets in ("element_weights", "sample_weights"):
        setting = settings.get(sets)
        if setting is None or setting.value is None:
            continue
        given = np.asarray(setting.value, dtype=np.float64)
        if sets == "element_weights" and definition.inner is not None and not definition.pools:
            inner = _align(given, paired.predictions.shape, setting)
            return replace(paired, inner_weights=inner)
        if definition.pools or definition.kind in {"regions", "batch"}:
            return replace(paired, weights=given, weight_total=float(given.sum()))
        shape = paired.shape
        if given.ndim == len(shape) + 1 and given.shape[-1] == 1:
            given = given[..., 0]
        own = float(given.sum()) if sets == "sample_weights" else None
        return replace(paired, weights=_align(given, shape, setting), weight_total=own)
    return paired


def _align(weights: AnyArray, shape: tuple[int, ...], setting: Setting) -> AnyArray:
    """Return the weights broadcast to a shape; those of examples go along the leading axes."""
    if setting.source != "said" and weights.ndim and weights.shape == shape[: weights.ndim]:
        weights = weights.reshape(weights.shape + (1,) * (len(shape) - weights.ndim))
    try:
        return np.broadcast_to(weights, shape)
    except ValueError:
        raise RefusedError(
            f"ValueError: {setting.name} of shape {weights.shape} does not fit losses of shape {shape}"
        ) from None

"""What is to be computed: the loss, its modifiers, and how the examples are joined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ce_core.arrays import Source
from ce_core.errors import CepickError
from ce_core.losses import LOSSES, Loss
from ce_core.read.layout import Layout
from ce_core.read.settings import Settings, weight_values


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """A loss on arrays of a known layout, with its modifiers as arrays that fit."""

    loss: Loss
    layout: Layout
    settings: Settings
    class_weights: np.ndarray | None = None
    """One for each column; two for a single column (negative, positive)."""
    pos_weight: np.ndarray | float | None = None
    clamp: bool = False
    """Whether probabilities that leave [0, 1] by rounding are taken as 0 or 1."""
    soft: bool = False
    """Whether the targets, smoothed, have an entropy of their own."""

    @property
    def exclusive(self) -> bool:
        """Tell whether the classes compete (softmax), rather than each outcome being on its own (sigmoid)."""
        return self.loss.competes == "softmax"

    def same_pass(self, other: Plan) -> bool:
        """Tell whether another plan would compute the very same sums."""
        return (
            self.loss.id == other.loss.id
            and self.layout == other.layout
            and self.clamp == other.clamp
            and self.soft == other.soft
        )


def make_plan(
    loss: str, layout: Layout, settings: Settings, *, clamp: bool = False, soft: bool = False
) -> Plan:
    """Return the plan of a loss, or raise an error that says which modifier does not go with it."""
    row = LOSSES[loss]
    _check_targets(row, layout)
    _check_modifiers(row, layout, settings)
    units = layout.units
    return Plan(
        loss=row,
        layout=layout,
        settings=settings,
        class_weights=_weights(settings.class_weights, "class weights", 2 if units == 1 else units),
        pos_weight=_positive(settings.pos_weight, units),
        clamp=clamp,
        soft=soft or settings.label_smoothing > 0,
    )


_INDEX_ONLY = {
    "sparse_softmax_cross_entropy": "softmax_cross_entropy",
    "sparse_categorical_cross_entropy": "categorical_cross_entropy",
}
_ROWS_ONLY = {dense: sparse for sparse, dense in _INDEX_ONLY.items()}


def takes_form(loss: Loss, layout: Layout) -> bool:
    """Tell whether a loss takes targets of the form that the two shapes have: class indices, or rows."""
    if layout.form == "rows":
        return loss.id not in _INDEX_ONLY
    return loss.id not in _ROWS_ONLY and loss.competes != "sigmoid"


def _check_targets(loss: Loss, layout: Layout) -> None:
    """Refuse targets of another form than the loss takes, with the loss that takes them."""
    shapes = (
        f"targets of shape {list(layout.targets)} against predictions of shape {list(layout.predictions)}"
    )
    if loss.id in _INDEX_ONLY and layout.form == "rows" and layout.units > 1:
        raise CepickError(
            f"{loss.id}: takes one class index per row, and these are {shapes}; "
            f"use --loss {_INDEX_ONLY[loss.id]}, or pass the argmax of each row",
            code="CE301",
        )
    if loss.id in _ROWS_ONLY and layout.form == "index":
        raise CepickError(
            f"{loss.id}: takes one row per example, and these are {shapes}; "
            f"use --loss {_ROWS_ONLY[loss.id]}: the same number without one-hot rows",
            code="CE301",
        )
    if loss.competes == "sigmoid" and layout.form == "index":
        raise CepickError(
            f"{loss.id}: takes one target for each prediction, and these are {shapes}; "
            "pass rows of zeros and ones, or use a softmax loss for exclusive classes",
            code="CE301",
        )


def _check_modifiers(loss: Loss, layout: Layout, settings: Settings) -> None:
    if settings.clip is not None and loss.given != "probabilities":
        raise CepickError(
            f"clip: applies to probabilities, and {loss.id} takes {loss.given.replace('_', '-')}; leave it out"
        )
    if settings.pos_weight is not None and loss.id != "weighted_sigmoid_cross_entropy":
        raise CepickError(
            f"pos_weight: goes with weighted_sigmoid_cross_entropy, not with {loss.id}; "
            "use --class-weights, or logits of independent outcomes"
        )
    if loss.id == "weighted_sigmoid_cross_entropy" and settings.pos_weight is None:
        raise CepickError(
            f"{loss.id}: needs a positive weight; pass --pos-weight, such as negatives/positives"
        )
    if settings.mean_over == "sequences" and len(layout.positions) < 2:
        raise CepickError(
            f"mean_over: 'sequences' needs predictions of shape [sequences, time, …], not {list(layout.predictions)}; "
            "use 'weights'"
        )


def _weights(source: Source | None, what: str, size: int) -> np.ndarray | None:
    if source is None:
        return None
    values = weight_values(source, what)
    if values.shape != (size,):
        raise CepickError(
            f"{source.name}: shape {list(values.shape)} for {what} of {size} classes; pass {size} numbers"
        )
    return values


def _positive(source: Source | None, units: int) -> np.ndarray | float | None:
    if source is None:
        return None
    values = weight_values(source, "pos_weight")
    if values.size == 1:
        return float(values.reshape(-1)[0])
    if values.shape != (units,):
        raise CepickError(
            f"{source.name}: shape {list(values.shape)} for pos_weight of {units} outcomes; "
            f"pass one number or {units}"
        )
    return values

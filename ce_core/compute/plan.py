"""What is to be computed: the loss, its modifiers, and how the examples are joined."""

from __future__ import annotations

import numpy as np

from ce_core.arrays import Source
from ce_core.errors import CepickError
from ce_core.losses import LOSSES, Given, Loss, Reads
from ce_core.read.layout import Layout
from ce_core.read.settings import Settings, weight_values
from ce_core.records import dataclass


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
    clamp_targets: bool = False
    """Whether targets that leave [0, 1] by rounding are taken as 0 or 1."""
    outside: bool = False
    """Whether targets leave [0, 1] by more: they are no probabilities, and have no entropy."""
    soft: bool = False
    """Whether the targets, smoothed, have an entropy of their own."""
    given_as: Given | None = None
    """How Q is given, of a loss that takes it in several ways."""
    read_as: Reads | None = None
    """What one loss is of, where that depends on the arrays."""
    lists: bool = False
    """Whether the targets are lists of labels, rather than rows of 0 and 1."""

    @property
    def given(self) -> Given:
        """Return how Q is given."""
        return self.given_as or self.loss.given

    @property
    def reads(self) -> Reads:
        """Return what one loss is of: the classes of a row, each outcome, or another part of the arrays."""
        return self.read_as or self.loss.reading(self.layout.units)

    @property
    def exclusive(self) -> bool:
        """Tell whether the classes compete (softmax), rather than each outcome being on its own (sigmoid)."""
        return self.reads == "classes"

    @property
    def smooth(self) -> float:
        """Return ε as y·(1 − ε) + ε/K has it: mass ε on the wrong classes alone is ε·K/(K − 1) on all."""
        epsilon, units = self.settings.label_smoothing, self.layout.units
        if self.settings.smoothing == "others" and self.exclusive and units > 1:
            return min(1.0, epsilon * units / (units - 1))
        return epsilon

    @property
    def weighted_smoothing(self) -> bool:
        """Tell whether each class's smoothed mass has the class's weight, as in PyTorch, not its example's."""
        settings = self.settings
        return (
            settings.smoothing == "torch"
            and bool(settings.label_smoothing)
            and self.class_weights is not None
        )

    def same_pass(self, other: Plan) -> bool:
        """Tell whether another plan would compute the very same sums."""
        return (
            self.loss.id == other.loss.id
            and self.layout == other.layout
            and self.clamp == other.clamp
            and self.soft == other.soft
            and (self.clamp_targets, self.outside) == (other.clamp_targets, other.outside)
            and (self.given, self.reads, self.lists) == (other.given, other.reads, other.lists)
        )


def make_plan(
    loss: str,
    layout: Layout,
    settings: Settings,
    *,
    clamp: bool = False,
    soft: bool = False,
    given: Given | None = None,
    exclusive: bool | None = None,
    lists: bool = False,
) -> Plan:
    """Return the plan of a loss, or raise an error that says which modifier does not go with it.

    ``given`` is how Q is given, of a loss that takes it in several ways; ``exclusive`` whether one class is true for
    each example, where that is known; ``lists`` whether targets are lists of labels.
    """
    row = LOSSES[loss]
    reads = row.reading(layout.units, exclusive)
    _check_targets(row, layout)
    _check_modifiers(row, layout, settings)
    check_goes_with(row, reads, settings, layout.units)
    units = layout.units
    return Plan(
        loss=row,
        layout=layout,
        settings=settings,
        class_weights=_weights(settings.class_weights, "class weights", 2 if units == 1 else units),
        pos_weight=_positive(settings.pos_weight, units),
        clamp=clamp,
        soft=soft or settings.label_smoothing > 0,
        given_as=given if given in row.also_given else None,
        read_as=reads,
        lists=lists,
    )


_INDEX_ONLY = {
    "sparse_softmax_cross_entropy": "softmax_cross_entropy",
    "sparse_categorical_cross_entropy": "categorical_cross_entropy",
}
_ROWS_ONLY = {dense: sparse for sparse, dense in _INDEX_ONLY.items()} | {
    "kl_divergence": "sparse_softmax_cross_entropy"
}


def takes_form(loss: Loss, layout: Layout) -> bool:
    """Tell whether a loss takes targets of the form that the two shapes have: class indices, or rows."""
    if layout.form == "rows":
        return loss.id not in _INDEX_ONLY
    return loss.id not in _ROWS_ONLY and loss.reading(layout.units, True) == "classes"


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
    if loss.reading(layout.units, True) != "classes" and layout.form == "index":
        advice = (
            "pass targets of the predictions' shape"
            if loss.target_values == "numbers"
            else "pass rows of zeros and ones, or use a softmax loss for exclusive classes"
        )
        raise CepickError(
            f"{loss.id}: takes one target for each prediction, and these are {shapes}; {advice}",
            code="CE301",
        )


def _check_modifiers(loss: Loss, layout: Layout, settings: Settings) -> None:
    if settings.clipped and loss.given != "probabilities":
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


_UNWEIGHTED = frozenset({"label_sets", "values", "examples"})
"""What one loss may be of that has no class of its own."""
_SMOOTHED = frozenset({"sigmoid_focal", "softmax_focal", "poly1_cross_entropy"})
"""The losses beside the cross-entropies whose targets may be smoothed."""


def takes_smoothing(loss: Loss) -> bool:
    """Tell whether smoothed targets have a meaning under a loss."""
    return loss.family == "cross_entropy" or loss.id in _SMOOTHED


def takes_clip(loss: Loss) -> bool:
    """Tell whether a loss takes the logarithm of probabilities that it is given."""
    return loss.family == "cross_entropy" and loss.given == "probabilities"


def check_goes_with(loss: Loss, reads: Reads, settings: Settings, units: int) -> None:
    """Refuse the modifiers that make no sense for a loss, each in a line that says why."""
    name, epsilon, how = loss.id, settings.label_smoothing, settings.smoothing
    wrong = (
        (epsilon and not takes_smoothing(loss), f"label_smoothing: has no meaning for {name}; leave it out"),
        (
            epsilon and how != "uniform" and reads != "classes",
            f"smoothing: {how!r} is of classes, and {name} has single outcomes, smoothed by half; leave it out",
        ),
        (
            epsilon and how == "torch" and loss.family != "cross_entropy",
            f"smoothing: 'torch' is of a cross-entropy, and {name} is another loss; use 'uniform'",
        ),
        (
            epsilon and how != "uniform" and loss.given == "features",
            f"smoothing: {name} has the uniform one only; leave it out",
        ),
        (
            how == "others" and units > 1 and epsilon > (units - 1) / units,
            f"label_smoothing: {epsilon:g} over the other classes of {units} leaves the true one less than each of "
            f"them; give at most {(units - 1) / units:.4g}",
        ),
        (
            settings.clipped and not takes_clip(loss),
            f"clip: is of a logarithm, and {name} takes none of its probabilities; leave it out",
        ),
        (
            settings.clip_policy == "keras" and reads == "outcomes",
            f"clip: 'keras' divides rows by their sum, and {name} has single outcomes; use 'keras-binary'",
        ),
        (
            settings.base == "bits" and not loss.in_nats,
            f"base: {name} is no logarithm, so it has no base; leave it out",
        ),
        (
            settings.class_weights is not None and reads in _UNWEIGHTED,
            f"class_weights: {name} has no classes to weigh; use sample weights",
        ),
        (
            settings.labels == "sum"
            and loss.family != "cross_entropy"
            and reads not in {"outcomes", "values"},
            f"labels: 'sum' adds up independent outcomes, and {name} has one loss for each example; leave it out",
        ),
    )
    for found, says in wrong:
        if found:
            raise CepickError(says)


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

"""Everything that decides a framework's number, as data: the quirks are fields that can be turned off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core.emulate import peculiar
from ce_core.emulate.parse import form_of, reduction_word
from ce_core.emulate.results import Setting
from ce_core.errors import CepickError
from ce_core.frameworks import Call

FloatArray = npt.NDArray[np.float64]
AnyArray = npt.NDArray[Any]

ELEMENTWISE = frozenset(
    {
        "binary_cross_entropy",
        "sigmoid_cross_entropy",
        "weighted_sigmoid_cross_entropy",
        "multilabel_soft_margin",
        "sigmoid_focal",
        "mean_squared_error",
        "hinge",
        "squared_hinge",
    }
)
"""Losses of single outcomes, one for each element of the predictions."""

REGIONS = frozenset({"dice", "tversky"})
"""Losses of a region, which do not add up over its elements."""

_HABITS = {
    "log_targets": peculiar.LOG_TARGETS,
    "any_sum": peculiar.DIVERGENCES_OF_ANY_SUM,
    "exponentiates": peculiar.EXPONENTIATES,
    "in_logarithms": peculiar.FOCAL_IN_LOGARITHMS,
    "skips_nan": peculiar.SKIPS_NAN,
    "smooths_first": peculiar.SMOOTHS_BEFORE_WEIGHTS,
}
"""Options of a definition that hold for functions by name."""

_BY_FORM = {"index": "classes", "rows": "classes", "index_lists": "classes"}
_OPTIONS = (
    "alpha",
    "balance",
    "beta",
    "gamma",
    "epsilon",
    "q",
    "p",
    "margin",
    "smooth",
    "half",
    "log_targets",
    "sum_axes",
    "normalizer",
    "positive_label",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Definition:
    """One loss with all its modifiers and habits, as a framework has it, or as it would be without one."""

    loss: str
    given: str
    form: str
    kind: str
    """``classes`` (a loss for each row), ``elements``, ``regions`` or ``batch`` (one number for all)."""
    dtype: np.dtype[Any]
    """The dtype in which clips are done; everything else is done in float64."""
    narrows: bool = False
    """Whether the predictions are first rounded to `dtype`."""
    clip: str = "none"
    clip_epsilon: float = 0.0
    renormalise: bool = False
    smoothing: str = "uniform"
    label_smoothing: float = 0.0
    class_weights: FloatArray | None = None
    class_terms: bool = False
    """Whether the weight of a class multiplies its term of a soft row, instead of weighting the row."""
    pos_weight: FloatArray | None = None
    ignore_index: int | None = None
    reduction: str = "mean"
    divisor: str = "weights"
    inner: str | None = None
    pools: bool = False
    """Whether the inner mean over a vector leaves one number before the weights."""
    scale: float = 1.0
    value: str = "loss"
    nothing_left: str = "nan"
    out_of_range: str | None = None
    labels: AnyArray | None = None
    """The labels of the columns, in order, where columns are found by label."""
    reads: str | None = None
    """How labels are read (`peculiar.ROWS_OF_LABELS`)."""
    zero_one: bool = False
    """Whether 0 and 1 stand for the signs −1 and +1."""
    infinities: str = "exact"
    """``exact``: 0·∞ = 0; ``multiplied``: it is NaN; ``+`` or ``-``: so is all but the logits of that sign;
    ``logsumexp``: `peculiar.LOGSUMEXP`."""
    options: Mapping[str, Any] = field(default_factory=dict)


def define(row: Call, name: str, settings: Mapping[str, Setting], predictions: AnyArray) -> Definition:
    """Return what a row computes with these settings (by what they set) on predictions of this dtype.

    Raises:
        CepickError: for a row that has gradients only, or is random.
    """
    if row.value not in {"loss", "root", "d2"}:
        raise CepickError(f"{row.call}: reports no value of its loss; nothing to emulate")
    values = {key: setting.value for key, setting in settings.items()}
    word = _reduction(row, settings)
    reduction = word if word in {"none", "sum"} else "mean"
    kind = _kind(row)
    dtype = _dtype(row, name, settings, predictions)
    weighted = values.get("sample_weights") is not None or values.get("class_weights") is not None
    if row.call in peculiar.ANOTHER_LOSS_WITH_WEIGHTS and weighted:
        raise CepickError(
            f"{row.call}: with weights it is another loss, which is not emulated; leave them out"
        )
    clip, row_epsilon, clip_dtype = peculiar.CLIPS.get(row.call, (row.clip_policy, row.clip_epsilon, dtype))
    convention = row.smoothing_convention or "uniform"
    scale = 1.0 if values.get("scale") is None else float(values["scale"])
    epsilon = values.get("clip_epsilon")
    smooth = values.get("smooth")
    return Definition(
        loss=row.loss,
        given=row.outputs or "values",
        form=row.target_form,
        kind=kind,
        dtype=np.dtype(clip_dtype),
        narrows=dtype.itemsize < predictions.dtype.itemsize and predictions.dtype.kind == "f",
        clip=clip,
        clip_epsilon=float(row_epsilon or 0.0) if epsilon is None else float(epsilon),
        renormalise=row.clip_policy in {"keras_clip_and_renormalise", "keras_clip_then_softmax"},
        smoothing="uniform" if row.target_form == "rows" and convention == "torch_weighted" else convention,
        label_smoothing=float(values.get("label_smoothing") or 0.0),
        class_weights=_array(values.get("class_weights")),
        class_terms="targets_dot_weights" not in row.divisors.values(),
        pos_weight=_array(values.get("pos_weight")),
        ignore_index=values.get("ignore_index")
        if row.target_form == "index" and not _smooths_first(row, settings)
        else None,
        reduction=reduction,
        divisor=_divisor(row, word, settings),
        inner=row.inner,
        pools=row.inner == "mean" and kind == "elements" and predictions.ndim == 1,
        scale=row.scale * scale,
        value=row.value,
        nothing_left=row.all_ignored or ("0" if row.framework == "keras" else "nan"),
        out_of_range=peculiar.OUT_OF_RANGE.get(row.call, row.out_of_range_does),
        labels=None if values.get("labels") is None else np.asarray(values["labels"]),
        reads=peculiar.ROWS_OF_LABELS.get(row.call),
        zero_one=row.target_range == "unit_interval" and row.loss in {"hinge", "squared_hinge", "perceptron"},
        infinities=_infinities(row, name),
        options={key: values[key] for key in _OPTIONS if values.get(key) is not None}
        | {name: True for name, calls in _HABITS.items() if row.call in calls}
        | ({"lowest": peculiar.LOWEST_LOGIT[row.call]} if row.call in peculiar.LOWEST_LOGIT else {})
        | (
            {"smooth": float(row.clip_epsilon or 0.0) if smooth is None else smooth}
            if kind == "regions"
            else {}
        ),
    )


def _kind(row: Call) -> str:
    if row.loss in REGIONS:
        return "regions"
    if row.loss == "mean_pairwise_squared_error":
        return "batch"
    if row.loss in ELEMENTWISE or (row.loss == "kl_divergence" and row.divisors.get("mean") == "elements"):
        return "elements"
    return _BY_FORM.get(row.target_form, "elements")


def _reduction(row: Call, settings: Mapping[str, Setting]) -> str:
    """Return the reduction's word: what was said, else the function's own default."""
    said = settings.get("reduction")
    if said is None:
        return row.default_reduction
    if isinstance(said.value, bool):
        return "mean" if said.value else "sum"
    return reduction_word(said.value)


def _divisor(row: Call, word: str, settings: Mapping[str, Setting]) -> str:
    if (given := settings.get("normalizer")) is not None and given.value is not None:
        return "normalizer"
    divisor = row.divisors.get(word, "weights")
    classes, ignored = settings.get("class_weights"), settings.get("ignore_index")
    unweighted = classes is not None and classes.value is None
    if _smooths_first(row, settings):
        return "elements_of_rows" if ignored is not None and ignored.value >= 0 else divisor
    if row.call in peculiar.COUNTS_IGNORED and unweighted and ignored is not None and ignored.value < 0:
        return "every"
    weights = settings.get("sample_weights")
    if row.call in peculiar.SUMS_WHOLE_WEIGHTS and weights is not None and weights.value is not None:
        return "whole_weights"
    if row.framework != "keras" or divisor != "weights" or weights is None or weights.value is None:
        return divisor
    return "given_weights"


def _smooths_first(row: Call, settings: Mapping[str, Setting]) -> bool:
    """Tell whether the call makes smoothed rows of its labels first, and so can ignore none of them."""
    smooth = settings.get("label_smoothing")
    return row.call in peculiar.SMOOTHS_BEFORE_WEIGHTS and smooth is not None and bool(smooth.value)


def _dtype(row: Call, name: str, settings: Mapping[str, Setting], predictions: AnyArray) -> np.dtype[Any]:
    """Return the dtype of the clips: that of the predictions, or the one in which the function computes."""
    said = settings.get("dtype")
    casts = peculiar.CASTS_TO.get(row.framework) if form_of(row, name) is None else None
    fixed = (said.value if said is not None else None) or casts or row.computes_in
    if fixed is not None:
        return np.dtype(fixed)
    if predictions.dtype.kind != "f":
        return np.dtype(np.float64)
    return (
        predictions.dtype if row.framework == "sklearn" else np.promote_types(predictions.dtype, np.float32)
    )


def _infinities(row: Call, name: str) -> str:
    if row.call in peculiar.LOGSUMEXP:
        return "logsumexp"
    if name in peculiar.SKIPS_ZERO_TARGETS or (row.loss != "kl_divergence" and row.target_form == "index"):
        return "exact"
    if row.outputs != "logits" or row.loss not in ELEMENTWISE or row.target_form == "signed":
        return "multiplied"
    sign = peculiar.INFINITE_LOGITS_OF_A_LOSS.get(
        (row.framework, row.loss), peculiar.INFINITE_LOGITS.get(row.framework, 0)
    )
    return {1: "+", -1: "-", 0: "multiplied"}[sign]


def _array(values: Any) -> FloatArray | None:
    return None if values is None else np.asarray(values, dtype=np.float64)

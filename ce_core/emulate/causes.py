"""Each reason why a framework's number is not the exact loss: how to see it in a definition, and take it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ce_core.emulate.definition import Definition
from ce_core.frameworks import Call


@dataclass(frozen=True, kw_only=True, eq=False)
class Cause:
    """One habit: its slug, what to say about it, and the definition without it."""

    slug: str
    text: Callable[[Definition, Call], str]
    off: Callable[[Definition], Definition]
    has: Callable[[Definition], bool]


_CLIPS = {
    "keras_clip": "probabilities are clipped to [{e:g}, 1 − {e:g}]",
    "keras_clip_and_renormalise": "probabilities are clipped to [{e:g}, 1 − {e:g}]",
    "keras_clip_then_softmax": "probabilities are clipped to [{e:g}, 1 − {e:g}]",
    "keras_clip_both": "predictions and targets are clipped to [{e:g}, 1]",
    "keras_denominator": "{e:g} is added to the denominator",
    "tf1_add_epsilon": "{e:g} is added inside the logarithm",
    "mxnet_1e-12": "{e:g} is added inside the logarithm",
    "sklearn_dtype_epsilon": "probabilities are clipped at the machine epsilon of {d}",
    "torch_log_clamp_100": "the logarithm is clamped at −100",
    "xgboost_1e-16": "a probability below {e:g} costs −log {e:g}",
    "lightgbm_1e-15": "a probability below {e:g} costs −log {e:g}",
    "lightgbm_log_1e-12": "a probability below {e:g} costs −log {e:g}",
    "dice_smooth": "smooth={s:g} is added to both sums",
}

_DIVISORS = {
    "weights": "the sum of the weights",
    "given_weights": "the sum of the weights as they were given, before they were broadcast",
    "whole_weights": "the sum of the weights cut off to integers",
    "targets_dot_weights": "the sum of targets times weights",
    "batch": "the number of losses, not by the sum of their weights",
    "elements_of_rows": "the number of all the elements of the smoothed rows",
    "every": "the number of losses, ignored ones too",
    "valid": "the number of losses that count, not by the sum of their weights",
    "nonzero_weights": "the number of weights that are not 0, not by their sum",
    "elements": "the number of elements",
    "normalizer": "a number that the call hands over",
}

_LABELS = {
    "signs_if_binary": "labels of 0 and 1 become −1 and +1",
    "true_class_costs_zero": "the true class counts among the wrong ones, with a score of 0",
    "one_hot": "a label out of range is a row of zeros",
    "above_zero": "every label above 0 is positive",
    "above_half": "every label above 0.5 is positive",
    "negative_is_first": "a negative label is read as class 0",
}

_OUTSIDE = {
    "nan": "a label out of range makes NaN",
    "zero": "a label out of range costs 0",
    "wraps": "a label from −K to −1 counts from the end, any other out of range makes NaN",
    "wraps_or_error": "a label from −K to −1 counts from the end",
    "clipped": "a label out of range is taken for the nearest class",
    "wraps_then_clipped": "a label out of range is taken for the nearest class, after −1 for the last one",
}


def _clip_text(definition: Definition, row: Call) -> str:
    return _CLIPS[definition.clip].format(
        e=definition.clip_epsilon, d=definition.dtype.name, s=definition.options.get("smooth", 0.0)
    )


def _unclipped(definition: Definition) -> Definition:
    return replace(definition, clip="none")


def _plain_labels(definition: Definition) -> Definition:
    return replace(definition, reads=None)


def _without(definition: Definition, option: str) -> dict[str, Any]:
    return {name: value for name, value in definition.options.items() if name != option}


CAUSES = (
    Cause(
        slug="clip",
        text=_clip_text,
        off=_unclipped,
        has=lambda d: d.clip != "none",
    ),
    Cause(
        slug="renormalisation",
        text=lambda d, row: "each row of probabilities is divided by its sum",
        off=lambda d: replace(d, renormalise=False),
        has=lambda d: d.renormalise,
    ),
    Cause(
        slug="divisor",
        text=lambda d, row: f"the mean divides by {_DIVISORS[d.divisor]}",
        off=lambda d: replace(d, divisor="weights"),
        has=lambda d: d.reduction == "mean" and d.divisor != "weights",
    ),
    Cause(
        slug="mean-over-last-axis",
        text=lambda d, row: "the mean over the only axis is taken before the weights",
        off=lambda d: replace(d, pools=False, inner=None),
        has=lambda d: d.pools,
    ),
    Cause(
        slug="mean-over-classes",
        text=lambda d, row: "the sum over the classes is divided by their number",
        off=lambda d: replace(d, inner=None),
        has=lambda d: d.inner == "mean" and d.kind == "classes",
    ),
    Cause(
        slug="smoothing-with-weights",
        text=lambda d, row: "smoothed mass is multiplied by the weight of its own class",
        off=lambda d: replace(d, smoothing="uniform"),
        has=lambda d: (
            d.smoothing == "torch_weighted" and bool(d.label_smoothing) and d.class_weights is not None
        ),
    ),
    Cause(
        slug="weights-of-terms",
        text=lambda d, row: "the weight of each class multiplies its own term of a row",
        off=lambda d: replace(d, class_terms=False),
        has=lambda d: d.class_terms and d.form == "rows" and d.class_weights is not None,
    ),
    Cause(
        slug="out-of-range",
        text=lambda d, row: _OUTSIDE[d.out_of_range or ""],
        off=lambda d: replace(d, out_of_range="left out"),
        has=lambda d: d.out_of_range in _OUTSIDE and d.form == "index",
    ),
    Cause(
        slug="labels",
        text=lambda d, row: _LABELS[d.reads or ""],
        off=_plain_labels,
        has=lambda d: d.reads is not None and d.reads != "signs_if_binary",
    ),
    Cause(
        slug="scale",
        text=lambda d, row: f"every loss is multiplied by {d.scale:g}",
        off=lambda d: replace(d, scale=1.0),
        has=lambda d: d.scale != 1.0,
    ),
    Cause(
        slug="square-root",
        text=lambda d, row: "the root of the mean is reported",
        off=lambda d: replace(d, value="loss"),
        has=lambda d: d.value == "root",
    ),
    Cause(
        slug="share-explained",
        text=lambda d, row: "1 − loss / loss of the class frequencies is reported",
        off=lambda d: replace(d, value="loss"),
        has=lambda d: d.value == "d2",
    ),
    Cause(
        slug="pairs-of-the-whole-batch",
        text=lambda d, row: "the number of values is counted over the whole batch, not within each example",
        off=lambda d: replace(d, infinities="exact"),
        has=lambda d: d.kind == "batch",
    ),
    Cause(
        slug="zero-times-infinity",
        text=lambda d, row: "0 times infinity is NaN there, and 0 in the loss",
        off=lambda d: replace(d, infinities="exact"),
        has=lambda d: d.infinities != "exact" and d.kind != "batch",
    ),
    Cause(
        slug="weights-of-smoothed-rows",
        text=lambda d, row: "the weight of a row is that of its smoothed targets",
        off=lambda d: replace(d, options=_without(d, "smooths_first")),
        has=lambda d: bool(d.options.get("smooths_first")),
    ),
    Cause(
        slug="lowest-logit",
        text=lambda d, row: (
            f"a logit more than {d.options['lowest']:g} below the largest counts as that far below"
        ),
        off=lambda d: replace(d, options=_without(d, "lowest")),
        has=lambda d: "lowest" in d.options,
    ),
    Cause(
        slug="overflow",
        text=lambda d, row: f"the exponential overflows in {d.dtype.name}",
        off=lambda d: replace(d, options=_without(d, "exponentiates")),
        has=lambda d: bool(d.options.get("exponentiates")),
    ),
    Cause(
        slug="nan-skipped",
        text=lambda d, row: "NaN is not above 0, and so it costs nothing",
        off=lambda d: replace(d, options=_without(d, "skips_nan")),
        has=lambda d: bool(d.options.get("skips_nan")),
    ),
    Cause(
        slug="float-bounds",
        text=lambda d, row: f"it computes in {d.dtype.name}",
        off=lambda d: replace(d, narrows=False, dtype=np.dtype(np.float64)),
        has=lambda d: d.narrows or (d.dtype != np.float64 and d.clip not in {"none", "dice_smooth"}),
    ),
    Cause(
        slug="all-ignored",
        text=lambda d, row: {
            "nan": "nothing is left, and 0/0 is NaN",
            "0": "nothing is left, and that is 0",
        }.get(d.nothing_left, "nothing is left"),
        off=lambda d: replace(d, nothing_left="error"),
        has=lambda d: d.nothing_left != "error",
    ),
)
"""Every habit, in the order in which they are told."""


def exact(definition: Definition) -> Definition:
    """Return the definition without any habit: the loss itself."""
    for cause in CAUSES:
        if cause.has(definition):
            definition = cause.off(definition)
    return definition

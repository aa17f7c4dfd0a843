"""A framework's call on two arrays: the number it prints, the exact loss, and each reason between them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core.arrays import from_object
from ce_core.emulate import columns
from ce_core.emulate.causes import CAUSES, exact
from ce_core.emulate.definition import Definition, define
from ce_core.emulate.paired import Paired, RefusedError, pair, same_rank
from ce_core.emulate.parse import parse_call
from ce_core.emulate.refusals import check_dtypes, check_values
from ce_core.emulate.resolve import resolve
from ce_core.emulate.results import Difference, Emulated, Setting, Spelled, Value
from ce_core.emulate.sums import evaluate
from ce_core.errors import CepickError
from ce_core.frameworks import Call

AnyArray = npt.NDArray[Any]


def emulate(
    call: Spelled | str,
    predictions: Any,
    targets: Any,
    *,
    class_weights: Any = None,
    sample_weights: Any = None,
    pos_weight: Any = None,
    mask: Any = None,
    head: Any = None,
    bias: Any = None,
) -> Emulated:
    """Compute what a framework's function prints for two arrays, its quirks included, and why.

    Use it to recognise a number in a training log, or to see what a function would do with arrays before it is
    called. Weights go to the function's own arguments; class weights of a function that has none are handed over
    as one weight for each example, as Keras's ``fit(class_weight=…)`` does. ``mask`` leaves positions out
    before the call. For losses of hidden features ``head`` [K, D] and ``bias`` [K] are the last layer.

    Formula: that of the row in ``configs/frameworks``. Clips, and what is added inside a logarithm, are done in
    the dtype of the arrays, or the one in which the function computes; all else in float64. ``exact`` is the
    same loss without them, its mean divided by the weights that count.

    Shapes: as the framework wants them, the class axis too (the second one in PyTorch).

    Units: nats, times the row's own scale.

    Raises:
        CepickError: for a call that cannot be read, that is no loss of two arrays, or that takes no such weights.
            What the framework itself would refuse is no error here, but the result's ``raises``.

    Source: the rows of ``configs/frameworks``, each run against its framework in ``tests/frameworks``.

    >>> logits, labels = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]], [0, 2, 1]
    >>> found = emulate("torch.nn.CrossEntropyLoss(weight=[1, 2, 10])", logits, labels)
    >>> round(found.value, 4), [each.cause for each in found.differences]
    (2.0833, [])
    >>> found = emulate("torch.nn.CrossEntropyLoss(weight=[1, 2, 10])", logits, np.eye(3)[labels])
    >>> round(found.value, 4), round(found.exact, 4), found.differences[0].text
    (9.0275, 2.0833, 'the mean divides by the number of losses, not by the sum of their weights')
    """
    spelled = parse_call(call) if isinstance(call, str) else call
    values, given = _numbers(predictions, "predictions"), _numbers(targets, "targets")
    arrays = {
        "class_weights": _optional(class_weights, "class_weights"),
        "sample_weights": _optional(sample_weights, "sample_weights"),
        "pos_weight": _optional(pos_weight, "pos_weight"),
    }
    if head is not None:
        values = _logits(values, _numbers(head, "head"), _optional(bias, "bias"))
    if mask is not None:
        values, given, arrays = _masked(values, given, arrays, np.asarray(_numbers(mask, "mask")) != 0)
    row, settings = resolve(spelled, values, given, arrays)
    if row.outputs == "features":
        if head is None or row.loss != "linear_softmax_cross_entropy":
            what = "head=" if row.loss == "linear_softmax_cross_entropy" else "its own random samples"
            raise CepickError(f"{row.call}: needs {what} beside the arrays; nothing to emulate without")
        row = replace(row, outputs="logits")
    values, given = same_rank(row, values, given)
    definition = define(row, spelled.name, settings, values)
    return _emulated(spelled, row, definition, settings, values, given)


def _emulated(
    spelled: Spelled,
    row: Call,
    definition: Definition,
    settings: dict[str, Setting],
    predictions: AnyArray,
    targets: AnyArray,
) -> Emulated:
    raises: str | None = None
    value: Value | None = None
    true: Value | None = None
    differences: tuple[Difference, ...] = ()
    counted = 0
    try:
        check_dtypes(row, predictions, targets)
        definition, targets = columns.read(row, definition, predictions, targets)
        paired = pair(row, definition, settings, predictions, targets)
        check_values(row, definition, paired)
        value, counted = _value(paired, definition)
        true = value if _is_exact(definition, value) else None
        if true is None:
            true, _ = evaluate(_for_exact(paired, definition), exact(definition))
        if value is None:
            raise RefusedError("ValueError: nothing is left to average")
        differences = _differences(paired, definition, row, value, true)
    except RefusedError as refused:
        raises = str(refused)
        value = None
    return Emulated(
        text=_text(spelled, settings),
        call=row,
        loss=definition.loss,
        value=value,
        raises=raises,
        exact=true,
        differences=differences,
        arguments=tuple(settings.values()),
        counted=counted,
        verified=row.verified,
    )


def _value(paired: Paired, definition: Definition) -> tuple[Value | None, int]:
    value, counted = evaluate(paired, definition)
    if definition.value != "d2" or not isinstance(value, float):
        return value, counted
    if len(paired.predictions) < 2:
        return math.nan, counted
    null = columns.frequencies(paired, definition)
    base, _ = evaluate(replace(paired, predictions=null), replace(definition, value="loss"))
    return (1.0 - value / base if isinstance(base, float) and base else math.nan), counted


def _is_exact(definition: Definition, value: Value | None) -> bool:
    """Tell whether a value has no habit in it: those that it may have show in a number that is not finite."""
    habits = {cause.slug for cause in CAUSES if cause.has(definition)}
    finite = value is not None and bool(np.isfinite(value).all()) and definition.kind != "batch"
    return finite and habits <= {"zero-times-infinity", "all-ignored"} and definition.nothing_left != "0"


def _for_exact(paired: Paired, definition: Definition) -> Paired:
    """Return the pair with the weights of a vector's elements, where the mean over it is not taken first."""
    if definition.pools and paired.weights is not None:
        weights, shape = np.asarray(paired.weights), paired.predictions.shape
        if weights.shape not in {(), (1,), shape}:
            return replace(paired, weights=None, shape=shape)  # they weight nothing but the one number
        return replace(paired, weights=np.broadcast_to(weights, shape), shape=shape)
    return replace(paired, shape=paired.predictions.shape) if definition.pools else paired


def _differences(
    paired: Paired, definition: Definition, row: Call, value: Value, true: Value | None
) -> tuple[Difference, ...]:
    """Return each habit that changes this value by more than the dtype's rounding, with what it alone adds."""
    precise = definition.dtype == np.float64
    if _same(value, true):
        return ()
    found = []
    for cause in CAUSES:
        if not cause.has(definition):
            continue
        without = cause.off(definition)
        other, _ = _value(_for_exact(paired, definition) if not without.pools else paired, without)
        if _same(value, other, 1e-13 if precise else 1e-6):
            continue
        amount = math.nan if other is None else _mean(value) - _mean(other)
        found.append(Difference(cause=cause.slug, text=cause.text(definition, row), amount=amount))
    return tuple(found)


def _mean(value: Value) -> float:
    with np.errstate(invalid="ignore"):  # infinite losses of both signs
        return float(np.mean(value)) if np.size(value) else 0.0


def _same(one: Value | None, other: Value | None, relative: float = 1e-13) -> bool:
    """Tell whether two values are equal to within rounding; NaN equals NaN."""
    if one is None or other is None:
        return one is other
    if np.shape(one) != np.shape(other):
        return False
    return bool(np.allclose(one, other, rtol=relative, atol=1e-300, equal_nan=True))


def _text(spelled: Spelled, settings: dict[str, Setting]) -> str:
    """Return the call with its own arguments and the arrays that were handed to others."""
    parts = [f"{name}={value!r}" for name, value in spelled.arguments.items()]
    parts += [
        f"{each.name}={each.source}" for each in settings.values() if each.source not in {"said", "default"}
    ]
    return f"{spelled.name}({', '.join(parts)})" if parts else spelled.name


def _numbers(values: Any, name: str) -> AnyArray:
    array = from_object(values, name).whole
    if array.dtype.kind not in "biuf":
        raise CepickError(f"{name}: holds {array.dtype.name}, not numbers; give numbers")
    return array


def _optional(values: Any, name: str) -> AnyArray | None:
    return None if values is None else _numbers(values, name)


def _logits(features: AnyArray, head: AnyArray, bias: AnyArray | None) -> AnyArray:
    if head.ndim != 2 or features.shape[-1:] != head.shape[1:]:
        raise CepickError(
            f"head: shape {head.shape} does not fit features of shape {features.shape}; give [K, D]",
            code="CE301",
        )
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite stays in its row
        found = features @ head.T
        return found if bias is None else np.asarray(found + bias)


def _masked(
    predictions: AnyArray, targets: AnyArray, arrays: dict[str, AnyArray | None], mask: npt.NDArray[np.bool_]
) -> tuple[AnyArray, AnyArray, dict[str, AnyArray | None]]:
    """Return what is left of the arrays at the positions that count."""
    axes = mask.ndim
    if mask.shape != predictions.shape[:axes] or mask.shape != targets.shape[:axes]:
        raise CepickError(
            f"mask: shape {mask.shape} does not fit predictions of shape {predictions.shape}; give one for each row",
            code="CE301",
        )
    weights = arrays["sample_weights"]
    if weights is not None and weights.shape[:axes] == mask.shape:
        arrays = arrays | {"sample_weights": weights[mask]}
    return predictions[mask], targets[mask], arrays

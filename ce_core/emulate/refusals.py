"""What the frameworks refuse: dtypes, shapes and values, each as its error in one line."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core.emulate import peculiar
from ce_core.emulate.classes import read_labels
from ce_core.emulate.definition import Definition
from ce_core.emulate.paired import Paired, RefusedError
from ce_core.frameworks import Call

AnyArray = npt.NDArray[Any]

_KINDS = {"integer": "iu", "floating": "f", "numbers": "iuf", "any": "biuf"}


def check_dtypes(row: Call, predictions: AnyArray, targets: AnyArray) -> None:
    """Raise `RefusedError` for targets of a dtype that the framework does not take."""
    wanted = peculiar.TARGET_DTYPES.get((row.call, row.loss), row.target_dtypes)
    given = targets.dtype
    if any(
        given.kind in _KINDS.get(word, "")
        or word == given.name
        or (word == "same" and given == predictions.dtype)
        for word in wanted
    ):
        return
    error = peculiar.ERRORS[row.framework]
    words = {"same": f"that of the predictions ({predictions.dtype.name})"}
    takes = " or ".join(words.get(word, word) for word in wanted)
    raise RefusedError(f"{error}: targets of dtype {given.name}; the dtype must be {takes}")


def check_values(row: Call, definition: Definition, paired: Paired) -> None:
    """Raise `RefusedError` for values that the framework checks: probabilities, targets, labels."""
    error = peculiar.ERRORS[row.framework]
    if row.call in peculiar.CHECKS_PROBABILITIES:
        low, high, known = _range(paired.predictions, paired)
        if not known or low < 0 or high > 1:
            raise RefusedError(f"{error}: all elements of input should be between 0 and 1")
    if definition.form == "index" and definition.kind == "classes":
        _check_labels(row, definition, paired)
    elif definition.out_of_range == "error" and definition.form == "scalar" and definition.labels is None:
        low, high, known = _range(paired.targets, paired)
        if not known or low < 0 or high > 1:
            raise RefusedError(f"{error}: all elements of target should be between 0 and 1")


def _range(values: AnyArray, paired: Paired) -> tuple[float, float, bool]:
    """Return the least and the largest value, and whether none is NaN."""
    ends = [(values[part].min(), values[part].max()) for part in paired.blocks() if values[part].size]
    if not ends:
        return 0.0, 0.0, True
    low, high = min(float(one) for one, _ in ends), max(float(other) for _, other in ends)
    return low, high, not any(np.isnan(one) for pair in ends for one in pair)


def _check_labels(row: Call, definition: Definition, paired: Paired) -> None:
    classes = paired.predictions.shape[-1]
    if definition.out_of_range not in {"error", "wraps_or_error"}:
        return
    for part in paired.blocks():
        targets = paired.targets[part]
        counted = np.ones(targets.shape, dtype=bool)
        if definition.ignore_index is not None and definition.reads != "negative_is_first":
            counted = np.asarray(targets != definition.ignore_index)
        _, outside = read_labels(targets, counted, classes, definition)
        wrong = outside & counted
        if wrong.any():
            label = targets[wrong].reshape(-1)[0].item()
            error = peculiar.LABEL_ERRORS.get(row.framework, peculiar.ERRORS[row.framework])
            raise RefusedError(f"{error}: label {label!r} is out of range for {classes} classes")

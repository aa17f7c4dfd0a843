"""scikit-learn's way with labels: the columns are the sorted labels, given or found among the targets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core.emulate.definition import Definition
from ce_core.emulate.paired import Paired, RefusedError
from ce_core.frameworks import Call

AnyArray = npt.NDArray[Any]


def read(
    row: Call, definition: Definition, predictions: AnyArray, targets: AnyArray
) -> tuple[Definition, AnyArray]:
    """Return the definition with the labels of its columns, where the function finds its columns by label.

    Raises:
        RefusedError: for labels that scikit-learn refuses.
    """
    if row.framework != "sklearn" or not any(each.sets == "labels" for each in row.arguments.values()):
        return definition, targets
    if not targets.ndim or not predictions.ndim:
        raise RefusedError("ValueError: an array without an axis")
    if not targets.size:
        raise RefusedError("ValueError: found an array with 0 samples")
    if predictions.dtype.kind == "f" and not np.isfinite(predictions).all():
        raise RefusedError("ValueError: input contains NaN or infinity")
    if definition.value == "d2" and len(targets) < 2:
        return replace(definition, labels=np.arange(max(2, predictions.shape[-1]))), targets
    if targets.ndim > 1 and targets.shape[-1] > 1:
        return _indicators(definition, targets), targets
    targets = targets.reshape(len(targets))
    if targets.dtype.kind == "f" and not np.array_equal(targets, np.floor(targets)):
        raise RefusedError("ValueError: soft labels are refused (continuous targets)")
    occurring = np.unique(targets)
    if definition.loss == "brier" and definition.form == "scalar":
        return _positive(definition, occurring), targets
    given = occurring if definition.labels is None else np.unique(definition.labels)
    columns = 2 if predictions.ndim == 1 or predictions.shape[-1] == 1 else predictions.shape[-1]
    if definition.loss == "hinge":
        if len(given) > 2:
            raise RefusedError("ValueError: more than two labels for one column of scores")
        pair = occurring if len(occurring) == 2 else np.array([occurring[0] - 1, occurring[0] + 1])
        return replace(definition, labels=pair), targets
    if len(given) == 1:
        raise RefusedError("ValueError: only one label; give labels")
    if len(given) != columns:
        raise RefusedError(f"ValueError: {len(given)} labels for {columns} columns; give labels")
    outside = ~np.isin(targets, given)
    if outside.any():
        raise RefusedError(f"ValueError: label {targets[outside][0].item()!r} is not in labels")
    return replace(definition, labels=given), targets


def _indicators(definition: Definition, targets: AnyArray) -> Definition:
    """Return the definition for rows of 0 and 1: only the logarithms of the ones are added up."""
    if (
        definition.loss != "binary_cross_entropy"
        or definition.value != "loss"
        or definition.labels is not None
        or not np.isin(targets, (0, 1)).all()
    ):
        raise RefusedError("ValueError: y_true must be one-dimensional here")
    return replace(definition, loss="categorical_cross_entropy", form="rows", kind="classes")


def _positive(definition: Definition, occurring: AnyArray) -> Definition:
    if len(occurring) > 2:
        raise RefusedError("ValueError: the targets are multiclass but should be binary")
    said = definition.options.get("positive_label")
    usual = set(occurring.tolist()) <= {0, 1} or set(occurring.tolist()) <= {-1, 1}
    positive = said if said is not None else (1 if usual else occurring[-1])
    return replace(definition, labels=np.array([positive]))


def frequencies(paired: Paired, definition: Definition) -> AnyArray:
    """Return predictions that are the same for every example: the weighted share of each class."""
    labels = np.unique(paired.targets) if definition.labels is None else definition.labels
    weights = np.ones(len(paired.targets)) if paired.weights is None else np.asarray(paired.weights)
    if paired.predictions.ndim == 1:
        share = np.average(paired.targets == labels[-1], weights=weights)
        return np.full(paired.predictions.shape, share)
    shares = [np.average(paired.targets == label, weights=weights) for label in labels]
    return np.broadcast_to(np.asarray(shares), paired.predictions.shape)

"""Models to break, and how their arrays are handed over: some precision, encoding and rank."""

from __future__ import annotations

from typing import Any

import numpy as np
from models import EXCLUSIVE, LABELS, Model, real, synthetic, take
from rig import FORMS, SIGMOID_FORMS, Rig, one_hot, pick, precision_for, raw_bfloat16

from clean_pairs import stored  # isort: skip
from ce_core import Task

Rng = np.random.Generator


def some_classes(rng: Rng, rows: int, *, most: int = 50, least: int = 2, skill: float = 6.0) -> Model:
    """Return a model of exclusive classes that knows something: a trained one in half of the rigs."""
    if rng.random() < 0.5:
        found = real(pick(rng, *EXCLUSIVE), int(rng.integers(3)))
        if len(found.scores) >= rows and least <= found.columns <= most:
            return take(found, rng, rows)
    classes = pick(rng, *(each for each in (2, 3, 5, 10, 50, 1000) if least <= each <= most))
    return synthetic(rng, rows, classes, skill=skill)


def some_labels(rng: Rng, rows: int, *, skill: float = 5.0) -> Model:
    """Return a model of several labels; some rows have several, some none."""
    if rng.random() < 0.5:
        return take(real(pick(rng, *LABELS), int(rng.integers(3))), rng, rows)
    return synthetic(rng, rows, pick(rng, 2, 4, 12), skill=skill, exclusive=False)


def one_outcome(rng: Rng, rows: int, *, skill: float = 5.0) -> Model:
    """Return a model of one outcome, [N, 1]."""
    if rng.random() < 0.5 and rows <= 400:
        return take(real("logistic breast_cancer", int(rng.integers(3))), rng, rows)
    return synthetic(rng, rows, 1, skill=skill, exclusive=False)


def handed(
    rng: Rng,
    model: Model,
    outputs: str = "logits",
    encoding: str | None = None,
    *,
    scores: np.ndarray | None = None,
    targets: np.ndarray | None = None,
    fine: bool = False,
    shaped: bool = False,
) -> Rig:
    """Return a model's arrays as they are handed over: some precision, encoding and, where ``shaped``, rank."""
    forms = FORMS if model.exclusive else SIGMOID_FORMS
    values = forms[outputs](model.scores if scores is None else scores)
    truth = model.targets if targets is None else targets
    classes = model.columns
    if model.exclusive and truth.ndim == values.ndim - 1 and encoding in {"one_hot", "smoothed"}:
        truth = one_hot(truth, classes)
        if encoding == "smoothed":
            truth = 0.9 * truth + 0.1 / classes
    said = Task()
    if shaped and len(values) >= 12 and values.ndim == 2:
        values, truth, said = _shaped(rng, values, truth)
    return arrays(rng, values, truth, said=said, outputs=outputs, fine=fine, name=model.name, classes=classes)


def arrays(
    rng: Rng,
    values: np.ndarray,
    targets: np.ndarray,
    *,
    said: Task | None = None,
    outputs: str = "logits",
    fine: bool = False,
    name: str = "",
    classes: int | None = None,
) -> Rig:
    """Return values at some precision with their targets."""
    precision = precision_for(rng, classes or values.shape[-1], fine=fine)
    if outputs == "probabilities":
        values = without_zeros(values, precision)
    told = said or Task()
    if precision == "bfloat16":
        options = {"dtype": "bfloat16"}
        return Rig(predictions=raw_bfloat16(values), targets=targets, said=told, options=options, name=name)
    label = f"{name}, {precision}"
    return Rig(predictions=stored(values, precision), targets=targets, said=told, name=label)


def without_zeros(values: np.ndarray, precision: str) -> np.ndarray:
    """Return probabilities that are not rounded to 0 or 1, which is another fault than the one that is planted."""
    decimals = int(precision.split()[0]) if precision.endswith("decimals") else None
    floor = 10.0**-decimals if decimals else 2.0**-20 if "16" in precision else 0.0
    ends = 2.0**-8 if precision.startswith("bfloat16") else 2.0**-11 if "float16" in precision else floor
    summed = values.shape[-1] > 1 and np.allclose(values.sum(axis=-1), 1)
    if summed:
        return (1 - floor * values.shape[-1]) * values + floor
    return np.clip(values, floor, 1 - ends)


def _shaped(rng: Rng, values: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, Task]:
    """Return rows as they are, as sequences, or as images with the classes along axis 1."""
    columns = values.shape[-1]
    how = pick(rng, "rows", "sequences", "images")
    if how == "rows" or columns == 1:
        return values, targets, Task()
    length = (len(values) // 12) * 12
    positions = (length // 4, 4) if how == "sequences" else (length // 12, 4, 3)
    values = values[:length].reshape(*positions, columns)
    dense = targets.ndim == 2
    targets = targets[:length].reshape(*positions, columns) if dense else targets[:length].reshape(positions)
    if how == "sequences":
        return values, targets, Task()
    return np.moveaxis(values, -1, 1), np.moveaxis(targets, -1, 1) if dense else targets, Task(class_axis=1)


def told(rng: Rng, model: Model, **changes: Any) -> Rig:
    """Return a model of independent outcomes, in half of the rigs as probabilities, which are said to be such.

    Values in [0, 1] that do not fit the targets might be logits as well: unless it is said, the reader asks.
    """
    outputs = pick(rng, *SIGMOID_FORMS)
    rig = handed(rng, model, outputs, **changes)
    return rig.saying(outputs=outputs) if outputs == "probabilities" else rig


def some_encoding(rng: Rng) -> str:
    return str(pick(rng, "index", "one_hot", "smoothed"))


def cells(rng: Rng, array: np.ndarray, count: int) -> np.ndarray:
    """Return a mask of so many cells of an array."""
    mask = np.zeros(array.size, dtype=bool)
    mask[rng.permutation(array.size)[:count]] = True
    return mask.reshape(array.shape)


def share_of(rng: Rng, rows: int, share: float) -> np.ndarray:
    """Return a mask of a share of the rows, one at least."""
    return cells(rng, np.zeros(rows), max(1, round(share * rows)))


def some_targets(rng: Rng, model: Model) -> np.ndarray:
    hot = one_hot(model.targets, model.columns)
    return pick(rng, model.targets, hot, 0.9 * hot + 0.1 / model.columns)

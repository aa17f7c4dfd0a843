"""Every fault of the catalogue, planted at several strengths: a table with a row for each way to make it.

The last of a row's strengths is its full one: there, with the number of rows that is stated, the fault must be named in
at least 99 % of rigs. The weaker ones give the curve of its power.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from models import EXCLUSIVE, LABELS, Model, calibrated, log_softmax, real, sigmoid, softmax, synthetic, take
from rig import FORMS, SIGMOID_FORMS, Rig, one_hot, pick, precision_for, raw_bfloat16

from clean_pairs import stored  # isort: skip
from ce_core import Task

Rng = np.random.Generator
Plant = Callable[[Rng, float], Rig]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way to make a fault, and the code that must name it."""

    code: str
    name: str
    strengths: tuple[float, ...]
    measure: str
    """What a strength counts."""
    rows: str
    """How many rows the rigs have."""
    plant: Plant
    also: tuple[str, ...] = ()
    """Codes that name the same cause as well."""
    why_also: str = ""

    @property
    def full(self) -> float:
        return self.strengths[-1]

    @property
    def names(self) -> frozenset[str]:
        return frozenset((self.code, *self.also))

    def rig(self, seed: int, strength: float | None = None) -> Rig:
        """Return the rig of a seed: the same one each time."""
        level = self.full if strength is None else strength
        rng = np.random.default_rng([seed, *self.name.encode(), *str(level).encode()])
        return self.plant(rng, level)


# --- Models to break ---------------------------------------------------------------------------------------------


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


# --- CE1xx: the predictions --------------------------------------------------------------------------------------


def not_finite(rng: Rng, strength: float) -> Rig:
    rig = handed(rng, some_classes(rng, 60), encoding=some_encoding(rng), fine=True, shaped=True)
    values = np.array(getattr(rig.predictions, "array", rig.predictions))
    values[cells(rng, values, int(strength))] = pick(rng, np.nan, np.inf)
    return rig.but(predictions=values)


def nan_targets(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 60)
    truth = (model.targets if rng.random() < 0.5 else one_hot(model.targets, model.columns)).astype(
        np.float64
    )
    truth[cells(rng, truth, int(strength))] = np.nan
    return handed(rng, model, targets=truth)


def rows_of_minus_infinity(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 60)
    scores = np.array(model.scores)
    scores[share_of(rng, 60, strength / 60)] = -np.inf
    return handed(rng, model, scores=scores, fine=True)


def probabilities_as_logits(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength), most=1000)
    rig = handed(rng, model, "probabilities", pick(rng, "index", "one_hot"), shaped=True)
    if rng.random() < 0.5:
        return rig.saying(outputs="logits")
    dense = rig.targets.ndim == np.ndim(getattr(rig.predictions, "array", rig.predictions))
    return rig.asking(loss="softmax_cross_entropy" if dense else "sparse_softmax_cross_entropy")


def sigmoid_as_logits(rng: Rng, strength: float) -> Rig:
    model = pick(rng, some_labels, one_outcome)(rng, int(strength))
    rig = handed(rng, model, "probabilities")
    return rig.saying(outputs="logits") if rng.random() < 0.5 else rig.asking(loss="sigmoid_cross_entropy")


def logits_as_probabilities(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 30, most=1000)
    rig = handed(
        rng, model, scores=strength * model.scores, encoding=pick(rng, "index", "one_hot"), shaped=True
    )
    return rig.saying(outputs="probabilities", exclusive=True)


def sigmoid_of_exclusive(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 30, least=3)
    values = np.array(softmax(model.scores))
    some = share_of(rng, 30, strength)
    values[some] = sigmoid(model.scores[some] + 2)
    rig = arrays(rng, values, model.targets, outputs="probabilities", name=model.name)
    return rig.saying(outputs="probabilities", exclusive=True)


def sigmoid_logits_as_probabilities(rng: Rng, strength: float) -> Rig:
    model = pick(rng, some_labels, one_outcome)(rng, 30)
    return handed(rng, model, scores=strength * model.scores).asking(loss="binary_cross_entropy")


def double_softmax(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength))
    values = softmax(softmax(model.scores))
    return arrays(
        rng, values, _encoded(rng, model), outputs="probabilities", name=model.name, fine=model.columns > 5
    )


def double_log_softmax(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength))
    values = log_softmax(softmax(model.scores))
    return arrays(rng, values, _encoded(rng, model), name=model.name, fine=model.columns > 5)


def double_sigmoid(rng: Rng, strength: float) -> Rig:
    model = pick(rng, some_labels, one_outcome)(rng, int(strength))
    rig = handed(rng, model, "probabilities", scores=sigmoid(model.scores))
    return rig.saying(outputs="probabilities") if rng.random() < 0.5 else rig


def log_probabilities_as_probabilities(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength), most=1000)
    rig = handed(rng, model, "log_probabilities", pick(rng, "index", "one_hot"), shaped=True)
    if rng.random() < 0.5:
        return rig.saying(outputs="probabilities")
    dense = rig.targets.ndim == np.ndim(getattr(rig.predictions, "array", rig.predictions))
    return rig.asking(loss="categorical_cross_entropy" if dense else "sparse_categorical_cross_entropy")


def one_unit_softmax(rng: Rng, strength: float) -> Rig:
    model = one_outcome(rng, int(strength))
    rig = handed(rng, model)
    index = rng.random() < 0.5
    return rig.but(targets=model.targets[:, 0] if index else model.targets).asking(
        loss="sparse_softmax_cross_entropy" if index else "softmax_cross_entropy"
    )


def ones_from_softmax(rng: Rng, strength: float) -> Rig:
    model = one_outcome(rng, int(strength))
    return Rig(predictions=softmax(model.scores), targets=model.targets, name=model.name).asking(
        loss="categorical_cross_entropy"
    )


def zero_probability(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 100)
    values = np.array(softmax(model.scores))
    some = np.flatnonzero(share_of(rng, 100, strength / 100))
    values[some, model.targets[some]] = 0
    values[some] /= values[some].sum(axis=1, keepdims=True)
    kind = pick(rng, "float16", "float32", "float64")
    return Rig(predictions=values.astype(kind), targets=model.targets, name=model.name)


def coarse_logits(rng: Rng, strength: float) -> Rig:
    """Logits far from 0 in 16 bits: their unit in the last place is ``strength``."""
    model = some_classes(rng, 200, most=10)
    kind, digits = pick(
        rng, ("float16", 10), ("bfloat16", 7), ("float16 in float32", 10), ("bfloat16 in float32", 7)
    )
    base = strength * 2.0**digits
    values = model.scores - model.scores.min() + base * 1.05
    return Rig(predictions=stored(values, kind), targets=model.targets, name=f"{model.name}, {kind}")


def saturated(rng: Rng, strength: float) -> Rig:
    """float16 probabilities of 1 where the model is nearly certain: what it says beyond is lost."""
    rows = 200
    model = synthetic(rng, rows, pick(rng, 2, 3, 10), skill=10.0, spread=1.0)
    plain = synthetic(rng, rows, model.columns, skill=2.0)
    some = share_of(rng, rows, strength)
    scores = np.where(some[:, None], model.scores, plain.scores)
    targets = np.where(some, model.targets, plain.targets)
    values = np.maximum(softmax(scores), 2.0**-20).astype(pick(rng, "float16", "float16"))
    return Rig(predictions=values, targets=targets, name="saturated")


def constant(rng: Rng, strength: float) -> Rig:
    model = pick(rng, some_classes, one_outcome, some_labels)(rng, 60)
    row = rng.normal(0, 1, model.columns)
    scores = row + (1 - strength) * rng.normal(0, 1, model.scores.shape)
    return handed(rng, model, pick(rng, "logits", "probabilities"), scores=scores)


def not_log_probabilities(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength), most=1000)
    rig = handed(rng, model, pick(rng, "logits", "probabilities"), pick(rng, "index", "one_hot"), shaped=True)
    return rig.asking(loss="nll") if rng.random() < 0.5 else rig.saying(outputs="log_probabilities")


# --- CE2xx: the targets ------------------------------------------------------------------------------------------


def _encoded(rng: Rng, model: Model) -> np.ndarray:
    hot = one_hot(model.targets, model.columns)
    return pick(rng, model.targets, hot, 0.9 * hot + 0.1 / model.columns)


def out_of_range(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 100, most=1000)
    truth = np.array(model.targets, dtype=np.int64)
    some = rng.permutation(100)[: int(strength)]
    truth[some] = rng.integers(model.columns + 1, model.columns + 90, len(some))
    truth[some[:1]] = -7  # two labels, so that they are no mark for padding
    return handed(rng, model, pick(rng, *FORMS), targets=truth, shaped=True)


def one_based(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength), most=10)
    return handed(rng, model, pick(rng, *FORMS), targets=model.targets + 1)


def sentinel(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 120, most=50)
    marks = (-100, -1, 255, model.columns)
    mark = pick(rng, *(marks if 0 in model.targets else marks[:2]))
    truth = np.where(share_of(rng, 120, strength), mark, model.targets)
    return handed(rng, model, pick(rng, *FORMS), targets=truth, shaped=True)


def signed(rng: Rng, strength: float) -> Rig:
    model = one_outcome(rng, int(strength))
    return handed(rng, model, targets=2 * model.targets - 1)


def signed_indices(rng: Rng, strength: float) -> Rig:
    model = synthetic(rng, int(strength), 2)
    return handed(rng, model, targets=2 * model.targets - 1)


def unequal_rows(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 60)
    hot = 0.6 * one_hot(model.targets, model.columns) + 0.4 / model.columns
    truth = (
        hot * (1 + strength * rng.choice([-1, 1], (60, 1))) if rng.random() < 0.5 else hot / (1 + strength)
    )
    outputs = pick(rng, *FORMS)
    rig = handed(rng, model, outputs, targets=truth)
    return rig.saying(exclusive=True) if outputs == "logits" else rig


def bytes_for_shares(rng: Rng, strength: float) -> Rig:
    model = pick(rng, one_outcome, some_labels)(rng, int(strength))
    return handed(rng, model, targets=255 * model.targets)


def everything_ignored(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 60)
    how = pick(rng, "label", "mask", "weights")
    rig = handed(rng, model, targets=np.full(60, -100) if how == "label" else None)
    if how == "label":
        return rig.saying(ignore_index=-100)
    zeros = np.zeros(60)
    return rig.asking(mask=zeros) if how == "mask" else rig.asking(sample_weights=zeros)


def ignored_sequences(rng: Rng, strength: float) -> Rig:
    model = take(real("bigram tokens", int(rng.integers(3))), rng, 30)
    truth = np.array(model.targets)
    truth[share_of(rng, 30, strength / 30)] = -100
    rig = handed(rng, model, pick(rng, *FORMS), targets=truth)
    return rig.saying(ignore_index=-100)


def unlabelled(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 100)
    truth = one_hot(model.targets, model.columns)
    truth[share_of(rng, 100, strength)] = 0
    outputs = pick(rng, *FORMS)
    rig = handed(rng, model, outputs, targets=truth)
    return rig.saying(exclusive=True) if outputs == "logits" else rig


def quantities(rng: Rng, strength: float) -> Rig:
    rows = int(strength)
    values = rng.normal(0, 3, (rows, 1)) + pick(rng, 0, 20)
    truth = values + rng.normal(0, 0.5, values.shape)
    if rng.random() < 0.5:
        values, truth = values[:, 0], truth[:, 0]
    return arrays(rng, values, truth, fine=True, name="regression", classes=1)


def imbalance(rng: Rng, strength: float) -> Rig:
    """The rarest class is ``strength`` times as rare as the commonest."""
    rows, classes = 3000, pick(rng, 2, 3, 10)
    shares = np.ones(classes)
    shares[0] = 1 / strength
    labels = rng.choice(classes, rows, p=shares / shares.sum())
    labels[0] = 0
    scores = rng.normal(0, 1, (rows, classes)) + 4 * np.eye(classes)[labels]
    model = Model(name="imbalanced", scores=scores, targets=labels)
    if classes == 2 and rng.random() < 0.5:
        model = Model(
            name="imbalanced",
            scores=scores[:, 1:] - scores[:, :1],
            targets=labels[:, None],
            exclusive=False,
        )
        return handed(rng, model, pick(rng, *SIGMOID_FORMS))
    return handed(rng, model, pick(rng, *FORMS), pick(rng, "index", "one_hot"))


def absent(rng: Rng, strength: float) -> Rig:
    classes, rows = 10, 300
    there = rng.permutation(classes)[int(strength) :]
    labels = rng.choice(there, rows)
    scores = rng.normal(0, 1, (rows, classes)) + 4 * np.eye(classes)[labels]
    model = Model(name="absent", scores=scores, targets=labels)
    return handed(rng, model, pick(rng, *FORMS), pick(rng, "index", "one_hot"))


def float_labels(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength), most=1000)
    truth = model.targets.astype(pick(rng, "float32", "float64"))
    return handed(rng, model, pick(rng, *FORMS), targets=truth, shaped=True)


# --- CE3xx: how both go together ---------------------------------------------------------------------------------


def mismatch(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 60)
    rig = handed(rng, model, pick(rng, *FORMS), pick(rng, "index", "one_hot"))
    return rig.but(targets=rig.targets[: 60 - int(strength)])


def broadcast(rng: Rng, strength: float) -> Rig:
    model = one_outcome(rng, int(strength))
    rig = handed(rng, model, pick(rng, *SIGMOID_FORMS))
    return rig.but(targets=model.targets[:, 0])


def class_axis_of_square(rng: Rng, strength: float) -> Rig:
    """[B, K, T] with as many steps as classes: nothing in the shapes tells that the classes are not last."""
    size, batch = pick(rng, 4, 8, 12), int(strength)
    model = synthetic(rng, batch * size, size, skill=5.0)
    scores = model.scores.reshape(batch, size, size)
    labels = model.targets.reshape(batch, size)
    outputs = pick(rng, *FORMS)
    values = np.moveaxis(FORMS[outputs](scores), -1, 1)
    rig = arrays(rng, values, labels, outputs=outputs, name="square", classes=size)
    return rig.saying(class_axis=-1)


def class_axis_of_rows(rng: Rng, strength: float) -> Rig:
    """One-hot targets along axis 1, and the last said: shapes that fit either way."""
    model = take(real("logistic pixels", int(rng.integers(3))), rng, int(strength))
    outputs = pick(rng, *FORMS)
    values = np.moveaxis(FORMS[outputs](model.scores[:, :5, :6]), -1, 1)
    truth = np.moveaxis(one_hot(model.targets[:, :5, :6], 4), -1, 1)
    rig = arrays(rng, values, truth, outputs=outputs, name=model.name, classes=4)
    return rig.saying(class_axis=-1, exclusive=True)


def class_axis_of_labels(rng: Rng, strength: float) -> Rig:
    """[B, K, T] against [B, T], and the last axis said: the shapes say that it is another."""
    model = synthetic(rng, int(strength) * 7, 5, skill=5.0)
    scores = np.moveaxis(model.scores.reshape(-1, 7, 5), -1, 1)
    rig = arrays(rng, scores, model.targets.reshape(-1, 7), name="sequences", classes=5)
    return rig.saying(class_axis=-1)


def transposed(rng: Rng, strength: float) -> Rig:
    """[K, N] against one-hot [K, N]: every row is read as an example, and every example as a class."""
    model = some_classes(rng, int(strength), most=10, least=3)
    outputs = pick(rng, *FORMS)
    values = FORMS[outputs](model.scores).T
    return arrays(
        rng, values, one_hot(model.targets, model.columns).T, outputs=outputs, fine=True, name=model.name
    )


def swapped_rows(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength))
    values = FORMS[pick(rng, *FORMS)](model.scores).astype(np.float32)
    return Rig(predictions=one_hot(model.targets, model.columns), targets=values, name=model.name)


def swapped_indices(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength), least=3)
    values = FORMS[pick(rng, *FORMS)](model.scores).astype(np.float32)
    return Rig(predictions=model.targets, targets=values, name=model.name)


def swapped_outcomes(rng: Rng, strength: float) -> Rig:
    model = one_outcome(rng, int(strength))
    values = SIGMOID_FORMS[pick(rng, *SIGMOID_FORMS)](model.scores).astype(np.float32)
    flat = rng.random() < 0.5
    return Rig(
        predictions=model.targets[:, 0] if flat else model.targets,
        targets=values[:, 0] if flat else values,
        name=model.name,
    )


def several_under_softmax(rng: Rng, strength: float) -> Rig:
    """``strength`` of the rows hold several ones."""
    rows = 60
    model = synthetic(rng, rows, pick(rng, 4, 12), skill=4.0)
    truth = one_hot(model.targets, model.columns)
    some = np.flatnonzero(share_of(rng, rows, strength))
    truth[some, (model.targets[some] + 1 + rng.integers(0, model.columns - 1, len(some))) % model.columns] = 1
    outputs = pick(rng, *FORMS)
    rig = handed(rng, model, outputs, targets=truth)
    return rig.asking(loss="softmax_cross_entropy") if outputs == "logits" else rig


def exclusive_under_sigmoid(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength), least=3)
    truth = one_hot(model.targets, model.columns)
    if rng.random() < 0.5:
        return arrays(rng, model.scores, truth, name=model.name).asking(loss="sigmoid_cross_entropy")
    values = sigmoid(model.scores - np.log(model.columns))
    return arrays(rng, values, truth, outputs="probabilities", name=model.name).saying(
        exclusive=False, outputs="probabilities"
    )


def shifted_rows(rng: Rng, strength: float) -> Rig:
    """From some row on, every label is its neighbour's, as when a row is lost: a share of ``strength``."""
    model = some_classes(rng, 120)
    step, rows = pick(rng, 1, -1), len(model.targets)
    truth = np.array(model.targets)
    first = rows - round(strength * rows)
    truth[first:] = np.roll(truth, step)[first:]
    return handed(rng, model, pick(rng, *FORMS), some_encoding(rng), targets=truth)


def shifted_rows_of_the_weak(rng: Rng, strength: float) -> Rig:
    """The true class's logit is ``strength`` above the others."""
    model = synthetic(rng, 300, pick(rng, 2, 10), skill=strength)
    return handed(rng, model, targets=np.roll(model.targets, pick(rng, 1, -1)))


def shifted_outcomes(rng: Rng, strength: float) -> Rig:
    model = pick(rng, one_outcome, some_labels)(rng, int(strength))
    return handed(
        rng, model, pick(rng, *SIGMOID_FORMS), targets=np.roll(model.targets, pick(rng, 1, -1), axis=0)
    )


def shifted_steps(rng: Rng, strength: float) -> Rig:
    """Labels one step late or early within each of ``strength`` sequences; the last step is padded."""
    model = take(real("bigram tokens", int(rng.integers(3))), rng, int(strength))
    step = pick(rng, 1, -1)
    truth = np.full(model.targets.shape, -100)
    if step > 0:
        truth[:, 1:] = model.targets[:, :-1]
    else:
        truth[:, :-1] = model.targets[:, 1:]
    outputs = pick(rng, *FORMS)
    return handed(rng, model, outputs, targets=truth).saying(ignore_index=-100)


def shifted_frames(rng: Rng, strength: float) -> Rig:
    """Labels one step off within each of ``strength`` sequences, without padding: they go round."""
    model = synthetic(rng, int(strength) * 20, pick(rng, 3, 10), skill=5.0)
    values = model.scores.reshape(int(strength), 20, -1)
    truth = np.roll(model.targets.reshape(int(strength), 20), pick(rng, 1, -1), axis=1)
    return arrays(rng, values, truth, name="frames")


def permuted(rng: Rng, strength: float) -> Rig:
    """A cycle through ``strength`` of ten classes, as other names or another order make it."""
    found = real(pick(rng, "logistic digits", "mlp digits"), int(rng.integers(3)))
    model = take(found, rng, 400) if rng.random() < 0.5 else synthetic(rng, 400, 10, skill=5.0)
    cycle = rng.permutation(10)[: int(strength)]
    order = np.arange(10)
    order[cycle] = np.roll(cycle, 1)
    outputs = pick(rng, *FORMS)
    return handed(rng, model, outputs, some_encoding(rng), targets=order[model.targets])


def permuted_names(rng: Rng, strength: float) -> Rig:
    """Columns in the order of names ("0", "1", "10", "11", "2" …), labels in the order of numbers."""
    classes = int(strength)
    model = synthetic(rng, 600, classes, skill=5.0)
    order = np.array(sorted(range(classes), key=str))
    return handed(rng, model, scores=model.scores[:, order])


def shifted_classes(rng: Rng, strength: float) -> Rig:
    """Every label names the class beside its own, the last one the first, of up to 1,000 classes."""
    model = synthetic(rng, int(strength), pick(rng, 3, 10, 100, 1000), skill=7.0)
    return handed(rng, model, pick(rng, *FORMS), targets=(model.targets + pick(rng, 1, -1)) % model.columns)


def permuted_labels(rng: Rng, strength: float) -> Rig:
    """The columns of a multi-label model in another order."""
    model = some_labels(rng, int(strength))
    if model.columns < 4:
        model = synthetic(rng, int(strength), 4, skill=5.0, exclusive=False)
    return handed(rng, model, pick(rng, *SIGMOID_FORMS), targets=np.roll(model.targets, 1, axis=1))


def permuted_two(rng: Rng, strength: float) -> Rig:
    model = synthetic(rng, int(strength), 2, skill=4.0)
    return handed(rng, model, pick(rng, *FORMS), targets=1 - model.targets)


def flipped(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength), least=3)
    return handed(rng, model, encoding=some_encoding(rng), scores=-model.scores)


def flipped_logs(rng: Rng, strength: float) -> Rig:
    """-log p in place of log p."""
    model = some_classes(rng, int(strength), least=3)
    return handed(rng, model, scores=-log_softmax(model.scores))


def flipped_outcome(rng: Rng, strength: float) -> Rig:
    model = one_outcome(rng, int(strength))
    return handed(rng, model, pick(rng, *SIGMOID_FORMS), scores=-model.scores)


def flipped_labels(rng: Rng, strength: float) -> Rig:
    model = some_labels(rng, int(strength))
    return handed(rng, model, pick(rng, *SIGMOID_FORMS), scores=-model.scores)


# --- CE4xx and CE5xx: the loss and its worth ---------------------------------------------------------------------


def clip_decides(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 400)
    values = np.array(softmax(model.scores))
    some = np.flatnonzero(share_of(rng, 400, strength))
    values[some, model.targets[some]] = 0
    values[some] /= values[some].sum(axis=1, keepdims=True)
    kind = pick(rng, "float32", "float64")
    rig = Rig(predictions=values.astype(kind), targets=model.targets, name=model.name)
    return rig.asking(clip=pick(rng, 1e-7, 1e-15, "keras", "sklearn"))


def infinite_loss(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, 60)
    scores = np.array(model.scores)
    some = rng.permutation(60)[: int(strength)]
    scores[some, model.targets[some]] = -np.inf
    return handed(rng, model, encoding=pick(rng, "index", "one_hot"), scores=scores, fine=True)


def no_better(rng: Rng, strength: float) -> Rig:
    """The predictions of a share of ``strength`` of the rows are another row's."""
    model = some_classes(rng, 600, most=10)
    some = np.flatnonzero(share_of(rng, len(model.targets), strength))
    scores = np.array(model.scores)
    scores[some] = scores[rng.permutation(some)]
    return handed(rng, model, pick(rng, *FORMS), scores=scores)


def untrained(rng: Rng, strength: float) -> Rig:
    """A model that has not learnt: logits of any spread, that have nothing to do with the labels."""
    how = pick(rng, "digits", "small", "one")
    rows = int(strength)
    if how == "digits":
        model = take(real("untrained digits", int(rng.integers(3))), rng, rows)
    elif how == "small":
        model = synthetic(rng, rows, pick(rng, 2, 10), skill=0, spread=0.3)
    else:
        model = synthetic(rng, rows, 1, skill=0, spread=1.5, exclusive=False)
    return handed(rng, model)


def too_good(rng: Rng, strength: float) -> Rig:
    """A share of ``strength`` of the rows is the label itself, at probability 1."""
    rows = 100
    if rng.random() < 0.3:
        model = synthetic(rng, rows, 1, skill=5.0, exclusive=False)
        leaked = 30.0 * (2 * model.targets - 1)
    else:
        model = some_classes(rng, rows)
        leaked = 30.0 * one_hot(model.targets, model.columns)
    scores = np.where(share_of(rng, rows, strength)[:, None], leaked, model.scores)
    rig = handed(rng, model, scores=scores, fine=True)
    return rig if rng.random() < 0.5 else handed(rng, model, "probabilities", scores=scores, fine=True)


def miscalibrated(rng: Rng, strength: float) -> Rig:
    """The logits of a calibrated model, times ``strength`` or divided by it."""
    model = calibrated(rng, 1000, pick(rng, 1, 2, 3, 10))
    factor = pick(rng, strength, 1 / strength)
    outputs = pick(rng, "logits", "probabilities")
    return handed(rng, model, outputs, scores=factor * model.scores, fine=True)


def divisors(rng: Rng, strength: float) -> Rig:
    """Class or sample weights from 1 to ``strength``."""
    model = some_classes(rng, 100)
    rig = handed(rng, model)
    if rng.random() < 0.5:
        return rig.asking(class_weights=np.linspace(1, strength, model.columns))
    return rig.asking(sample_weights=rng.uniform(1, strength, 100))


def prior_shift(rng: Rng, strength: float) -> Rig:
    """A model that was trained with a positive weight of ``strength``: its logits are log(strength) too high."""
    model = calibrated(rng, 1000, 1, base=-1.0)
    return handed(rng, model, pick(rng, *SIGMOID_FORMS), scores=model.scores + np.log(strength), fine=True)


def prior_shift_of_labels(rng: Rng, strength: float) -> Rig:
    scores = rng.normal(-1, 2, (1000, 4))
    truth = (rng.random(scores.shape) < sigmoid(scores)).astype(np.int64)
    model = Model(name="calibrated labels", scores=scores, targets=truth, exclusive=False)
    return handed(rng, model, pick(rng, *SIGMOID_FORMS), scores=scores + np.log(strength), fine=True)


def _fault(
    code: str, plant: Plant, measure: str, strengths: tuple[float, ...], rows: str = "", **more: Any
) -> Fault:
    name = plant.__name__.strip("_").replace("_", " ")
    stated = rows or f"{strengths[-1]:,g}"  # the strength is the number of rows
    return Fault(code=code, name=name, strengths=strengths, measure=measure, rows=stated, plant=plant, **more)


FAULTS: tuple[Fault, ...] = (
    _fault("CE101", not_finite, "cells", (1,), "60"),
    _fault("CE101", nan_targets, "cells", (1,), "60"),
    _fault("CE101", rows_of_minus_infinity, "rows of -inf", (1,), "60"),
    _fault("CE102", probabilities_as_logits, "rows", (3, 30)),
    _fault("CE102", sigmoid_as_logits, "rows", (10, 30, 100, 200)),
    _fault("CE103", logits_as_probabilities, "factor of the logits", (0.01, 1), "30"),
    _fault("CE103", sigmoid_of_exclusive, "share of rows", (0.01, 0.1, 1), "30"),
    _fault("CE103", sigmoid_logits_as_probabilities, "factor of the logits", (1,), "30"),
    _fault("CE104", double_softmax, "rows", (10, 30, 100, 200)),
    _fault("CE104", double_log_softmax, "rows", (10, 30, 100, 200)),
    _fault("CE105", double_sigmoid, "rows", (10, 30, 100, 200)),
    _fault("CE106", log_probabilities_as_probabilities, "rows", (3, 30)),
    _fault("CE107", one_unit_softmax, "rows", (30,)),
    _fault("CE107", ones_from_softmax, "rows", (30,)),
    _fault("CE108", zero_probability, "rows with a 0", (1,), "100"),
    _fault("CE109", coarse_logits, "unit in the last place", (2.0**-6, 0.125, 1), "200"),
    _fault("CE109", saturated, "share of rows", (0.1, 0.5, 0.9, 1), "200"),
    _fault("CE110", constant, "1 - spread", (0.99, 0.999999, 1), "60"),
    _fault("CE111", not_log_probabilities, "rows", (3, 30)),
    _fault("CE201", out_of_range, "labels", (2, 10), "100"),
    _fault("CE202", one_based, "rows", (30, 100, 300)),
    _fault("CE203", sentinel, "share of rows", (0.01, 0.05), "120"),
    _fault("CE204", signed, "rows", (30,)),
    _fault("CE204", signed_indices, "rows", (30,)),
    _fault("CE205", unequal_rows, "row sums are off by", (0.01, 0.05, 0.2), "60"),
    _fault("CE206", bytes_for_shares, "rows", (30,)),
    _fault("CE207", everything_ignored, "share of rows", (1,), "60"),
    _fault("CE207", ignored_sequences, "sequences", (1,), "30 sequences of 16"),
    _fault("CE208", unlabelled, "share of rows", (0.01, 0.05, 0.2), "100"),
    _fault("CE209", quantities, "rows", (30,)),
    _fault("CE210", imbalance, "commonest to rarest", (5, 12, 30), "3,000"),
    _fault("CE211", absent, "classes of 10", (1,), "300"),
    _fault("CE212", float_labels, "rows", (30,)),
    _fault("CE301", mismatch, "rows missing", (1, 10), "60"),
    _fault("CE302", broadcast, "rows", (30,)),
    _fault("CE303", class_axis_of_square, "sequences", (5, 10, 30, 60), "as many, of 4 to 12 steps"),
    _fault("CE303", class_axis_of_rows, "images", (5, 20, 60), "as many, of 5 x 6"),
    _fault(
        "CE303",
        class_axis_of_labels,
        "sequences",
        (30,),
        "as many, of 7 steps",
        also=("CE301",),
        why_also="with the axis that was said the shapes do not pair, and the mismatch names the reading that does",
    ),
    _fault("CE303", transposed, "rows", (30, 100, 300)),
    _fault("CE304", swapped_rows, "rows", (30,)),
    _fault("CE304", swapped_indices, "rows", (30,)),
    _fault("CE304", swapped_outcomes, "rows", (30,)),
    _fault("CE305", several_under_softmax, "share of rows", (0.02, 0.2, 1), "60"),
    _fault("CE306", exclusive_under_sigmoid, "rows", (30,)),
    _fault("CE307", shifted_rows, "share of rows", (0.1, 0.25, 0.5, 1), "120"),
    _fault(
        "CE307", shifted_rows_of_the_weak, "logit of the true class above others", (0.25, 0.5, 1, 2), "300"
    ),
    _fault("CE307", shifted_outcomes, "rows", (30, 100, 300)),
    _fault("CE307", shifted_steps, "sequences", (5, 10, 30, 60), "as many, of 16 steps"),
    _fault("CE307", shifted_frames, "sequences", (3, 10, 30), "as many, of 20 steps"),
    _fault("CE308", permuted, "classes of 10", (2, 3, 5, 10), "400"),
    _fault("CE308", permuted_names, "classes", (12, 20, 50), "600"),
    _fault("CE308", shifted_classes, "rows", (30, 100, 300)),
    _fault("CE308", permuted_labels, "rows", (30, 100, 300)),
    _fault(
        "CE308",
        permuted_two,
        "rows",
        (30, 100),
        also=("CE309",),
        why_also="of two classes the other order and the other sign are one and the same",
    ),
    _fault("CE309", flipped, "rows", (30, 100, 200)),
    _fault("CE309", flipped_logs, "rows", (30, 100, 200)),
    _fault("CE309", flipped_outcome, "rows", (30, 100, 200)),
    _fault("CE309", flipped_labels, "rows", (30, 100, 200)),
    _fault("CE401", clip_decides, "share of rows", (0.0025, 0.01, 0.05), "400"),
    _fault("CE402", infinite_loss, "rows", (1,), "60"),
    _fault("CE501", no_better, "share of rows", (0.25, 0.5, 0.75, 1), "600, or as many as there are"),
    _fault("CE501", untrained, "rows", (30, 100, 500)),
    _fault("CE502", too_good, "share of rows", (0.9, 0.99, 1), "100"),
    _fault("CE503", miscalibrated, "factor of the logits", (1.2, 1.5, 2, 3), "1,000"),
    _fault("CE504", divisors, "largest to smallest weight", (1.01, 1.1, 10), "100"),
    _fault("CE505", prior_shift, "positive weight", (1.5, 2, 5, 10), "1,000"),
    _fault("CE505", prior_shift_of_labels, "positive weight", (1.5, 2, 5, 10), "1,000"),
)
"""Every fault; the code is that of the finding which must name it."""

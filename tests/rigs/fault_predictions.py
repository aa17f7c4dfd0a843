"""Faults of the predictions: codes CE1xx."""

from __future__ import annotations

import numpy as np
from models import log_softmax, real, sigmoid, softmax, synthetic, take
from planting import (
    Rng,
    arrays,
    cells,
    handed,
    one_outcome,
    share_of,
    some_classes,
    some_encoding,
    some_labels,
    some_targets,
)
from rig import Rig, one_hot, pick

from clean_pairs import stored  # isort: skip


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
        rng,
        values,
        some_targets(rng, model),
        outputs="probabilities",
        name=model.name,
        fine=model.columns > 5,
    )


def double_log_softmax(rng: Rng, strength: float) -> Rig:
    model = some_classes(rng, int(strength))
    values = log_softmax(softmax(model.scores))
    return arrays(rng, values, some_targets(rng, model), name=model.name, fine=model.columns > 5)


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
    weak = synthetic(rng, 200, pick(rng, 3, 10), skill=2.5)
    model = pick(rng, take(real("logistic digits", int(rng.integers(3))), rng, 200), weak)
    kind, digits = pick(
        rng, ("float16", 10), ("bfloat16", 7), ("float16 in float32", 10), ("bfloat16 in float32", 7)
    )
    base = strength * 2.0**digits
    values = model.scores - model.scores.min() + base * 1.05
    return Rig(predictions=stored(values, kind), targets=model.targets, name=f"{model.name}, {kind}")


def saturated(rng: Rng, strength: float) -> Rig:
    """float16 probabilities of 1 where the model is nearly certain: what it says beyond is lost."""
    rows = 200
    model = synthetic(rng, rows, pick(rng, 2, 3, 10), skill=14.0, spread=1.0)
    plain = synthetic(rng, rows, model.columns, skill=2.0)
    some = share_of(rng, rows, strength)
    scores = np.where(some[:, None], model.scores, plain.scores)
    targets = np.where(some, model.targets, plain.targets)
    values = np.maximum(softmax(scores), 2.0**-20).astype(np.float16)
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

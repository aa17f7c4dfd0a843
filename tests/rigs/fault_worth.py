"""Faults of the loss, and of what the predictions are worth: codes CE4xx and CE5xx."""

from __future__ import annotations

import numpy as np
from models import Model, calibrated, real, sigmoid, softmax, synthetic, take
from planting import (
    Rng,
    handed,
    share_of,
    some_classes,
    told,
)
from rig import FORMS, Rig, one_hot, pick


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
    if not model.exclusive:
        return told(rng, model, scores=factor * model.scores, fine=True)
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
    return told(rng, model, scores=model.scores + np.log(strength), fine=True)


def prior_shift_of_labels(rng: Rng, strength: float) -> Rig:
    scores = rng.normal(-1, 2, (1000, 4))
    truth = (rng.random(scores.shape) < sigmoid(scores)).astype(np.int64)
    model = Model(name="calibrated labels", scores=scores, targets=truth, exclusive=False)
    return told(rng, model, scores=scores + np.log(strength), fine=True)

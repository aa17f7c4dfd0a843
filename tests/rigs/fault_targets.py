"""Faults of the targets: codes CE2xx."""

from __future__ import annotations

import numpy as np
from models import Model, real, synthetic, take
from planting import (
    Rng,
    arrays,
    handed,
    one_outcome,
    share_of,
    some_classes,
    some_labels,
)
from rig import FORMS, SIGMOID_FORMS, Rig, one_hot, pick


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

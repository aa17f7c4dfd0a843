"""Faults of how both arrays go together: codes CE3xx."""

from __future__ import annotations

import numpy as np
from models import log_softmax, real, sigmoid, synthetic, take
from planting import (
    Rng,
    arrays,
    handed,
    one_outcome,
    share_of,
    some_classes,
    some_encoding,
    some_labels,
    told,
)
from rig import FORMS, SIGMOID_FORMS, Rig, one_hot, pick


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
    """[K, N] against one-hot [K, N], and the last axis said: every row is read as an example, and every example as a
    class. Where no axis is said the targets settle it.
    """
    model = some_classes(rng, int(strength), most=10, least=3)
    outputs = pick(rng, *FORMS)
    values = FORMS[outputs](model.scores).T
    truth = one_hot(model.targets, model.columns).T
    rig = arrays(rng, values, truth, outputs=outputs, fine=True, name=model.name)
    return rig.saying(class_axis=-1)


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
    return arrays(rng, values, truth, outputs="probabilities", name=model.name).asking(
        loss="binary_cross_entropy"
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
    return told(rng, model, targets=np.roll(model.targets, pick(rng, 1, -1), axis=0))


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
    return told(rng, model, targets=np.roll(model.targets, 1, axis=1))


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
    return told(rng, model, scores=-model.scores)


def flipped_labels(rng: Rng, strength: float) -> Rig:
    model = some_labels(rng, int(strength))
    return told(rng, model, scores=-model.scores)

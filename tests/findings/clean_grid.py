"""Seeded pairs with nothing wrong that tempt the other readings: biased, untrained, sorted, imbalanced, heavy tails."""

from __future__ import annotations

from typing import Any

import numpy as np
from rigs import Rig, kept, log_softmax, sigmoid, softmax

from ce_core import Task

CLASSES = (2, 2, 3, 3, 4, 10, 10, 50, 300)
ROWS = (30, 30, 50, 100, 300, 1000)
PRIORS = ("even", "skewed", "1:1000", "one class")
ORDERS = ("shuffled", "sorted", "runs", "alike within items")
DTYPES = ("float64", "float32", "float16", "bfloat16")
MODELS = (
    "untrained",
    "tiny logits",
    "biased",
    "weak",
    "mediocre",
    "good",
    "perfect",
    "overconfident",
    "naive Bayes",
    "constant",
    "good and biased",
)


def clean_rig(seed: int) -> tuple[str, Rig]:
    """Return one pair of the grid and its name; the same seed makes the same pair."""
    rng = np.random.default_rng(seed)

    def pick(options: Any) -> Any:
        return options[int(rng.integers(len(options)))]

    classes, rows, quality = pick(CLASSES), pick(ROWS), pick(MODELS)
    positions = pick([(rows,), (rows,), (max(2, rows // 20), 20), (max(2, rows // 20), 5, 4)])
    prior, order, dtype = pick(PRIORS), pick(ORDERS), pick(DTYPES)
    if len(positions) == 1 and order == "alike within items":
        order = "shuffled"
    items = np.arange(np.prod(positions)).reshape(positions) // max(1, int(np.prod(positions[1:])))
    together = order == "alike within items"
    if classes <= 50 and rng.random() < 0.35:
        rig = _independent(rng, positions, pick([1, classes]), quality, items if together else None, dtype)
    else:
        labels = _labels(rng, positions, classes, prior, order, items)
        rig = _exclusive(rng, labels, classes, quality, items if together else None, dtype, pick)
    made_of = f"{quality}, {classes} classes, {prior}, {order}"
    name = f"{seed}: {made_of}, {rig.predictions.shape} {dtype}, {rig.said.outputs}"
    return name, rig


def _labels(
    rng: np.random.Generator,
    positions: tuple[int, ...],
    classes: int,
    prior: str,
    order: str,
    items: np.ndarray,
) -> np.ndarray:
    weights = {
        "even": np.ones(classes),
        "skewed": rng.dirichlet(np.ones(classes) / 2) + 1e-6,
        "1:1000": np.r_[1000.0, np.ones(classes - 1)],
        "one class": np.eye(classes)[rng.integers(classes)],
    }[prior]
    weights = weights / weights.sum()
    if order == "alike within items":
        return rng.choice(classes, int(items.max()) + 1, p=weights)[items]
    labels = rng.choice(classes, int(np.prod(positions)), p=weights)
    if order == "sorted":
        labels = np.sort(labels)
    elif order == "runs":
        starts = np.flatnonzero(np.r_[True, rng.random(len(labels) - 1) < 0.2])
        labels = np.repeat(labels[starts], np.diff(np.r_[starts, len(labels)]))
    return labels.reshape(positions)


def _noise(rng: np.random.Generator, shape: tuple[int, ...], items: np.ndarray | None) -> np.ndarray:
    single = rng.normal(size=shape)
    if items is None:
        return single
    return 0.95 * rng.normal(size=(int(items.max()) + 1, shape[-1]))[items] + 0.3 * single


def _exclusive(
    rng: np.random.Generator,
    labels: np.ndarray,
    classes: int,
    quality: str,
    items: np.ndarray | None,
    dtype: str,
    pick: Any,
) -> Rig:
    true = np.eye(classes)[labels]
    noise = _noise(rng, true.shape, items)
    bias = rng.normal(0, 3, classes)
    logits = {
        "untrained": lambda: 0.5 * noise,
        "tiny logits": lambda: 0.03 * noise,
        "biased": lambda: 0.3 * noise + bias,
        "weak": lambda: 0.3 * noise + 0.3 * true,
        "mediocre": lambda: noise + 1.5 * true,
        "good": lambda: noise + 5 * true,
        "perfect": lambda: 0.5 * noise + 14 * true,
        "overconfident": lambda: 8 * noise + 10 * true,
        "naive Bayes": lambda: -(10 ** rng.uniform(1, 5, true.shape)) * (1 - 0.9 * true),
        "constant": lambda: bias + 1e-3 * noise,
        "good and biased": lambda: noise + 3 * true + bias / 2,
    }[quality]()
    outputs = pick(["logits", "probabilities", "log_probabilities"])
    made = {"logits": logits, "probabilities": softmax(logits), "log_probabilities": log_softmax(logits)}[
        outputs
    ]
    soft = softmax(np.clip(logits, -20, 20) / 2 + rng.normal(size=logits.shape))
    targets = pick([labels, labels, true, soft])
    return Rig(predictions=_stored(made, dtype), targets=targets, said=Task(class_axis=-1, outputs=outputs))


def _independent(
    rng: np.random.Generator,
    positions: tuple[int, ...],
    labels: int,
    quality: str,
    items: np.ndarray | None,
    dtype: str,
) -> Rig:
    rate = float(rng.choice([0.5, 0.2, 0.02]))
    shape = (*positions, labels)
    if items is None:
        targets = (rng.random(shape) < rate).astype(np.float64)
    else:
        targets = (rng.random((int(items.max()) + 1, labels)) < rate).astype(np.float64)[items]
    noise, bias = _noise(rng, shape, items), float(rng.choice([0, 1, -2, 4]))
    logits = {
        "untrained": lambda: 0.5 * noise + bias,
        "tiny logits": lambda: 0.03 * noise + 0.3 * bias,
        "biased": lambda: 0.3 * noise + rng.normal(0, 3, labels),
        "weak": lambda: 0.3 * noise + 0.3 * targets + bias,
        "mediocre": lambda: noise + 1.5 * (targets - 0.5) + 0.3 * bias,
        "good": lambda: noise + 5 * (targets - 0.5),
        "perfect": lambda: 0.5 * noise + 14 * (targets - 0.5),
        "overconfident": lambda: 8 * noise + 10 * (targets - 0.5),
        "naive Bayes": lambda: (10 ** rng.uniform(0, 3, shape)) * (2 * targets - 1),
        "constant": lambda: 0.01 * noise + bias,
        "good and biased": lambda: noise + 3 * targets - 3,
    }[quality]()
    outputs = str(rng.choice(["logits", "probabilities"]))
    said = Task(outcomes="binary") if labels == 1 else Task(exclusive=False)
    made = _stored(sigmoid(np.clip(logits, -700, 700)) if outputs == "probabilities" else logits, dtype)
    if labels == 1:
        made, targets = made[..., 0], targets[..., 0]
    return Rig(predictions=made, targets=targets, said=said.but(outputs=outputs))


def _stored(values: np.ndarray, dtype: str) -> np.ndarray:
    return kept(np.clip(values, -6e4, 6e4) if dtype == "float16" else values, dtype)

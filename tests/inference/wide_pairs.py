"""Seeded pairs with nothing wrong at the edges of the grid: huge, rare, padded, absent, rounded and far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from clean_pairs import Pair, log_softmax, sigmoid, softmax, stored, values_of

from ce_core import Task

Rng = np.random.Generator

OUTPUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "logits": lambda x: x,
    "probabilities": softmax,
    "log_probabilities": log_softmax,
}
PRECISIONS = ("float16", "bfloat16 in float32", "float32", "float64", "6 decimals")


def drawn(rng: Rng, logits: np.ndarray) -> np.ndarray:
    """Return labels as often as the model says: it is calibrated."""
    chances = softmax(logits).cumsum(axis=-1)
    return np.minimum(
        (chances < rng.random((*logits.shape[:-1], 1))).sum(axis=-1), logits.shape[-1] - 1
    ).astype(np.int64)


def model(rng: Rng, rows: int, classes: int, spread: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits and the labels of a calibrated model of exclusive classes."""
    logits = rng.normal(0, spread, (rows, classes))
    return logits, drawn(rng, logits)


def exclusive(
    rng: Rng,
    logits: np.ndarray,
    labels: np.ndarray,
    *,
    precision: str | None = None,
    one_hot: bool | None = None,
) -> Pair:
    """Return a pair of exclusive classes in some form of the outputs and the targets."""
    outputs = str(rng.choice(list(OUTPUTS)))
    rows = bool(rng.random() < 0.5) if one_hot is None else one_hot
    exact = OUTPUTS[outputs](logits)
    predictions = stored(exact, precision or str(rng.choice(PRECISIONS)))
    hard = np.zeros(logits.shape, dtype=np.float32) if rows else None
    if hard is not None:
        np.put_along_axis(hard, labels[..., None], 1, -1)
    encoding = "one_hot" if rows else "index"
    return Pair(
        predictions=predictions,
        targets=labels if hard is None else hard,
        expected={"outputs": outputs, "exclusive": True, "encoding": encoding, "units": logits.shape[-1]},
    )


def huge(rng: Rng) -> Pair:
    classes, rows = int(rng.choice([5_000, 50_000])), int(rng.choice([1, 4, 16]))
    logits, labels = model(rng, rows, classes, 4.0)
    return exclusive(rng, logits, labels, precision=str(rng.choice(["float32", "float64"])))


def imbalanced(rng: Rng) -> Pair:
    classes = int(rng.choice([2, 3, 10]))
    prior = np.array([0.0, *[-np.log(1000 / (each + 1)) for each in range(classes - 1)]])
    logits = prior + rng.normal(0, 1.5, (4000, classes))
    return exclusive(rng, logits, drawn(rng, logits), precision="float32")


def rare_outcome(rng: Rng) -> Pair:
    logits = rng.normal(-7.5, 1.5, 6000)
    labels = (rng.random(6000) < sigmoid(logits)).astype(rng.choice(["int64", "float32", "bool"]))
    return Pair(
        predictions=logits, targets=labels, expected={"outputs": "logits", "encoding": "scalar", "units": 1}
    )


def padded(rng: Rng) -> Pair:
    steps, classes = (30, 8), int(rng.choice([3, 50]))
    logits = rng.normal(0, 2, (*steps, classes))
    labels = drawn(rng, logits)
    labels[np.arange(8) >= rng.integers(1, 9, (30, 1))] = -100
    outputs = str(rng.choice(list(OUTPUTS)))
    return Pair(
        predictions=stored(OUTPUTS[outputs](logits), "float32"),
        targets=labels,
        expected={"outputs": outputs, "exclusive": True, "encoding": "index", "masked": True},
        said=Task(ignore_index=-100),
    )


def absent(rng: Rng) -> Pair:
    classes = int(rng.choice([10, 300]))
    logits = rng.normal(0, 2, (200, classes))
    logits[:, 3:] -= 12
    return exclusive(rng, logits, drawn(rng, logits), precision=str(rng.choice(["float32", "float64"])))


def above_one(rng: Rng) -> Pair:
    logits, labels = model(rng, 100, int(rng.choice([2, 4])), 8.0)
    pair = exclusive(rng, logits, labels, precision="float32")
    values = (softmax(logits) * (1 + 2e-7)).astype(np.float32)
    return Pair(
        predictions=values, targets=pair.targets, expected={**pair.expected, "outputs": "probabilities"}
    )


def naive_bayes(rng: Rng) -> Pair:
    joint = -(10 ** rng.uniform(2, 4, (60, int(rng.choice([2, 5, 40])))))
    labels = np.where(np.arange(60) % 5 > 0, joint.argmax(axis=1), joint.argmin(axis=1))
    pair = exclusive(rng, joint, labels, precision=str(rng.choice(["float32", "float64", "4 decimals"])))
    values = stored(log_softmax(joint), str(rng.choice(["float16", "float32", "float64", "4 decimals"])))
    return Pair(
        predictions=values, targets=pair.targets, expected={**pair.expected, "outputs": "log_probabilities"}
    )


def one_label_each(rng: Rng) -> Pair:
    """Return sigmoid outputs whose every row happens to have one true label."""
    classes, rows = int(rng.choice([3, 5, 20])), int(rng.choice([100, 300]))
    labels = rng.integers(0, classes, rows)
    hard = np.eye(classes)[labels]
    logits = 2 * (rng.normal(0, 1, (rows, classes)) + 2 * hard) - 2 - np.log(classes - 1)
    values = stored(sigmoid(logits), str(rng.choice(["float32", "float64", "6 decimals"])))
    return Pair(
        predictions=values,
        targets=hard.astype(np.float32),
        expected={"outputs": "probabilities", "exclusive": False, "encoding": "multi_hot"},
    )


def clipped(rng: Rng) -> Pair:
    """Return probabilities that were clipped from below, so that the rows of many sum to a little more than 1."""
    logits, labels = model(rng, int(rng.choice([4, 30])), int(rng.choice([100, 20_000])), 3.0)
    pair = exclusive(rng, logits, labels, precision="float32")
    values = np.clip(softmax(logits), 1e-7, 1 - 1e-7).astype(np.float32)
    return Pair(
        predictions=values, targets=pair.targets, expected={**pair.expected, "outputs": "probabilities"}
    )


MAKERS = (clipped, huge, imbalanced, rare_outcome, padded, absent, above_one, naive_bayes, one_label_each)


def wide_pair(seed: int) -> Pair:
    """Return one pair of the edges; the same seed makes the same pair."""
    maker = MAKERS[seed % len(MAKERS)]
    pair = maker(np.random.default_rng(seed))
    values: Any = values_of(pair.predictions)
    name = f"{seed}: {maker.__name__} {values.shape} against {pair.targets.shape}, {pair.expected}"
    return Pair(**{**vars(pair), "name": name})

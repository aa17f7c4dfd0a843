"""Pairs of models on the same targets, of every shape that there is."""

from __future__ import annotations

from typing import Any

import numpy as np

RNG = np.random.default_rng(77)


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def model(labels: np.ndarray, classes: int, skill: float) -> np.ndarray:
    """Return logits that know the labels so well."""
    logits = RNG.normal(0, 1, (*labels.shape, classes))
    return np.asarray(logits + skill * np.eye(classes)[labels])


LABELS = RNG.integers(0, 4, 300)
GOOD, POOR = model(LABELS, 4, 3.0), model(LABELS, 4, 1.5)
BINARY = RNG.integers(0, 2, 300)
BINARY_GOOD, BINARY_POOR = ((2 * BINARY - 1) * skill + RNG.normal(0, 1, 300) for skill in (2.0, 0.5))
MULTI = (RNG.random((300, 5)) < 0.4).astype(int)
MULTI_GOOD, MULTI_POOR = ((2 * MULTI - 1) * skill + RNG.normal(0, 1, (300, 5)) for skill in (2.0, 0.5))
TOKENS = RNG.integers(0, 6, (40, 7))
TOKENS_GOOD, TOKENS_POOR = model(TOKENS, 6, 3.0), model(TOKENS, 6, 1.0)

PAIRS: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "classes": (GOOD, POOR, LABELS, {}),
    "one-hot": (softmax(GOOD), softmax(POOR), np.eye(4)[LABELS], {}),
    "soft": (GOOD, POOR, softmax(GOOD + 0.3 * POOR), {}),
    "logits and probabilities": (GOOD, softmax(POOR), LABELS, {}),
    "log-probabilities and logits": (np.log(softmax(GOOD)), POOR, LABELS, {}),
    "binary": (BINARY_GOOD, BINARY_POOR, BINARY, {}),
    "binary logits and probabilities": (BINARY_GOOD, 1 / (1 + np.exp(-BINARY_POOR)), BINARY, {"loss": None}),
    "one column and two": (BINARY_GOOD, np.stack([-BINARY_POOR, BINARY_POOR], axis=1) / 2, BINARY, {}),
    "multi-label": (MULTI_GOOD, MULTI_POOR, MULTI, {}),
    "tokens": (TOKENS_GOOD, TOKENS_POOR, TOKENS, {}),
    "tokens, some ignored": (
        TOKENS_GOOD,
        TOKENS_POOR,
        np.where(TOKENS == 5, -100, TOKENS),
        {"ignore_index": -100},
    ),
    "weighted": (
        GOOD,
        POOR,
        LABELS,
        {"sample_weights": RNG.uniform(0, 2, 300), "class_weights": [1, 2, 3, 4]},
    ),
    "masked": (GOOD, POOR, LABELS, {"mask": (np.arange(300) % 3 > 0).astype(int)}),
    "bits": (GOOD, POOR, LABELS, {"base": "bits"}),
    "brier": (softmax(GOOD), softmax(POOR), LABELS, {"loss": "brier"}),
    "by sequences": (TOKENS_GOOD, TOKENS_POOR, TOKENS, {"mean_over": "sequences"}),
    "per element": (MULTI_GOOD, MULTI_POOR, MULTI, {"mean_over": "elements"}),
}
"""A, B, the targets and the options; A is the better model of each."""
